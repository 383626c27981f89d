// engine/ml/forest.cc - forests of trees on bootstrap samples (Breiman, "Random Forests", 2001),
// extremely randomised trees (Geurts, Ernst and Wehenkel, 2006), and out-of-bag scores.
#include "engine/ml/forest.h"

#include <algorithm>

#include "engine/ml/kinds.h"
#include "engine/ml/tree_options.h"

namespace moonlet::ml {
namespace forest {
namespace {

// What trees say of the samples that they did not draw.
class OutOfBag {
 public:
  OutOfBag(const Fit& fit, Index outputs, bool wanted)
      : fit_(fit),
        outputs_(outputs),
        sums_(fit.work.memory, wanted ? fit.x.count : 0, outputs),
        votes_(fit.work.memory, wanted ? fit.x.count : 0) {}

  Status Prepare() const {
    if (!sums_.ok()) return sums_.Refusal();
    return votes_.ok() ? Status() : votes_.Refusal();
  }
  // The last of the trees, grown from samples of which so many are `drawn`.
  Status Add(const GrownTrees& trees, const int32_t* drawn) {
    const Index root = trees.roots[trees.roots.size() - 1];
    for (Index i = 0; i < fit_.x.count; ++i) {
      if (i % kRowsBetweenPolls == 0)
        if (Status s = fit_.work.Poll(); !s.ok()) return s;
      if (drawn[i] > 0) continue;
      const Index leaf = LeafOf(trees, root, fit_.x, i);
      for (Index c = 0; c < outputs_; ++c)
        sums_[i * outputs_ + c] += trees.values[leaf * outputs_ + c];
      ++votes_[i];
    }
    return {};
  }
  double Score() const { return fit_.targets != nullptr ? Determination() : Accuracy(); }

 private:
  static constexpr Index kRowsBetweenPolls = 10000;

  double Accuracy() const {
    Index hits = 0;
    for (Index i = 0; i < fit_.x.count; ++i) {
      const double* row = sums_.data() + i * outputs_;
      hits += std::max_element(row, row + outputs_) - row == fit_.codes[i];
    }
    return static_cast<double>(hits) / static_cast<double>(fit_.x.count);
  }
  double Determination() const {
    double mean = 0, errors = 0, spread = 0;
    for (Index i = 0; i < fit_.x.count; ++i) mean += fit_.targets[i];
    mean /= static_cast<double>(fit_.x.count);
    for (Index i = 0; i < fit_.x.count; ++i) {
      const double y = fit_.targets[i];
      const double error = y - sums_[i] / static_cast<double>(std::max<int32_t>(votes_[i], 1));
      errors += error * error;
      spread += (y - mean) * (y - mean);
    }
    return spread > 0 ? 1 - errors / spread : 0;
  }

  const Fit& fit_;
  const Index outputs_;
  Buffer<double> sums_;
  Buffer<int32_t> votes_;
};

// How often each of n samples is drawn in `draws` with replacement.
void DrawSamples(Random* random, Index draws, Index n, int32_t* drawn) {
  std::fill_n(drawn, n, 0);
  for (Index i = 0; i < draws; ++i) ++drawn[random->UpTo(static_cast<uint64_t>(n - 1))];
}

// Weights of the samples drawn. All samples count where none of those drawn has any.
void WeighDrawn(const Fit& fit, const int32_t* drawn, double* weights) {
  bool any = false;
  for (Index i = 0; i < fit.x.count; ++i) {
    weights[i] = drawn[i] * fit.weight(i);
    any |= weights[i] > 0;
  }
  for (Index i = 0; i < fit.x.count && !any; ++i) weights[i] = fit.weight(i);
}

}  // namespace
}  // namespace forest

Status GrowForest(const Fit& fit, const ForestPlan& plan, State* state) {
  Random random(fit.options.Seed(kTreeSeed));
  const Targets targets = {fit.codes, fit.classes, fit.targets};
  Grower grower(fit.work, fit.x, plan.rules, fit.classes, &random);
  GrownTrees trees(fit.work.memory);
  trees.outputs = std::max<Index>(fit.classes, 1);
  forest::OutOfBag bag(fit, trees.outputs, plan.oob_score);
  Buffer<int32_t> drawn(fit.work.memory, plan.draws > 0 ? fit.x.count : 0);
  Buffer<double> weights(fit.work.memory, plan.draws > 0 ? fit.x.count : 0);
  Buffer<double> importances(fit.work.memory, fit.x.width);
  if (!drawn.ok()) return drawn.Refusal();
  if (!weights.ok()) return weights.Refusal();
  if (!importances.ok()) return importances.Refusal();
  if (Status s = bag.Prepare(); !s.ok()) return s;
  if (Status s = grower.Prepare(); !s.ok()) return s;
  const auto share = [&](Index t) {
    return static_cast<double>(t) / static_cast<double>(plan.trees);
  };
  for (Index t = 0; t < plan.trees; ++t) {
    const double* of_tree = fit.weights;
    if (plan.draws > 0) {
      forest::DrawSamples(&random, plan.draws, fit.x.count, drawn.data());
      forest::WeighDrawn(fit, drawn.data(), weights.data());
      of_tree = weights.data();
    }
    if (Status s = grower.Grow(targets, of_tree, share(t), share(t + 1), &trees); !s.ok()) return s;
    if (Status s = fit.work.Done(share(t + 1)); !s.ok()) return s;
    if (grower.split()) grower.AddImportances(1, true, importances.data());
    if (plan.oob_score)
      if (Status s = bag.Add(trees, drawn.data()); !s.ok()) return s;
  }
  if (plan.oob_score) {
    if (Status s = state->Make(kOobScore, DType::kFloat64, {1}); !s.ok()) return s;
    state->own<double>(kOobScore)[0] = bag.Score();
  }
  if (Status s = MakeImportances(importances, fit.x.width, state); !s.ok()) return s;
  return PackTrees(trees, {fit.x.integers != nullptr, plan.quantize}, fit.work, state);
}

Status MakeImportances(const Buffer<double>& sums, Index features, State* state) {
  if (Status s = state->Make(kImportances, DType::kFloat64, {features}); !s.ok()) return s;
  double total = 0;
  for (Index j = 0; j < features; ++j) total += sums[j];
  for (Index j = 0; j < features && total > 0; ++j)
    state->own<double>(kImportances)[j] = sums[j] / total;
  return {};
}

Status CheckForest(const Estimator& e) { return CheckTrees(e, std::max<Index>(e.classes, 1)); }

void RunForestProba(const Estimator& e, const Samples& x, double* out, double*) {
  std::fill_n(out, x.count * e.classes, 0.0);
  SumLeaves(e, x, e.classes, out);
  for (double* row = out; row < out + x.count * e.classes; row += e.classes) {
    double sum = 0;
    for (Index k = 0; k < e.classes; ++k) sum += row[k];
    for (Index k = 0; k < e.classes; ++k) row[k] /= sum;
  }
}

void RunForestMean(const Estimator& e, const Samples& x, double* out, double*) {
  std::fill_n(out, x.count, 0.0);
  SumLeaves(e, x, 1, out);
  for (Index i = 0; i < x.count; ++i) out[i] /= static_cast<double>(TreeCount(e));
}

namespace forest {
namespace {

enum { kTrees = kTreeOptions, kBootstrap, kMaxSamples, kWithOobScore, kLeafType };
constexpr double kAllSamples = -1;
constexpr OptionSpec Own(bool bootstrap, int i) {
  const OptionSpec specs[] = {
      {"trees", "n_estimators", OptionType::kWhole, 100, 1, 1e5f},
      {"bootstrap", "", OptionType::kFlag, bootstrap ? 1.0 : 0.0},
      {"max_samples", "", OptionType::kNumber, kAllSamples, 0, 1e9f, "all"},
      {"oob_score", "", OptionType::kFlag, 0},
      {"leaves", "", OptionType::kWord, 0, 0, 0, "float32|uint8"},
  };
  return specs[i];
}
constexpr auto OptionsOf(const char* criteria, double max_features, bool bootstrap) {
  const OptionSpec own[] = {Own(bootstrap, 0), Own(bootstrap, 1), Own(bootstrap, 2),
                            Own(bootstrap, 3), Own(bootstrap, 4)};
  return TreeOptionsWith(criteria, kUnlimited, max_features, own);
}
constexpr auto kForestOptions = OptionsOf(kClassCriteria, kSqrtFeatures, true);
constexpr auto kForestRegressorOptions = OptionsOf(kValueCriteria, kAllFeatures, true);
constexpr auto kExtraOptions = OptionsOf(kClassCriteria, kSqrtFeatures, false);
constexpr auto kExtraRegressorOptions = OptionsOf(kValueCriteria, kAllFeatures, false);

Status FitForest(const Fit& fit, bool random_thresholds, State* state) {
  const Options& options = fit.options;
  ForestPlan plan = {.rules = RulesOf(fit)};
  plan.rules.random_thresholds = random_thresholds;
  plan.trees = static_cast<Index>(options.Whole(kTrees));
  plan.oob_score = options.Flag(kWithOobScore);
  plan.quantize = options.Word(kLeafType) == 1;
  const double samples = options.Number(kMaxSamples);
  if (options.Flag(kBootstrap)) {
    plan.draws = samples == kAllSamples ? fit.x.count : CountOf(samples, fit.x.count);
  } else if (samples != kAllSamples) {
    return Status::Invalid("option 'max_samples' needs bootstrap = true");
  } else if (plan.oob_score) {
    return Status::Invalid("option 'oob_score' needs bootstrap = true");
  }
  return GrowForest(fit, plan, state);
}

Status FitBest(const Fit& fit, State* state) { return FitForest(fit, false, state); }
Status FitRandom(const Fit& fit, State* state) { return FitForest(fit, true, state); }

}  // namespace
}  // namespace forest

const Kind kForest = {
    .name = "forest",
    .sklearn = "RandomForestClassifier",
    .task = Task::kClassify,
    .options = forest::kForestOptions,
    .arrays = kForestArrays,
    .fit = forest::FitBest,
    .check = CheckForest,
    .proba = {Classes, RunForestProba, nullptr, TreeWork},
    .integers = TreesOfIntegers,
    .weights = true,
};

const Kind kForestRegressor = {
    .name = "forest_regressor",
    .sklearn = "RandomForestRegressor",
    .task = Task::kRegress,
    .options = forest::kForestRegressorOptions,
    .arrays = kForestArrays,
    .fit = forest::FitBest,
    .check = CheckForest,
    .predict = {One, RunForestMean, nullptr, TreeWork},
    .integers = TreesOfIntegers,
    .weights = true,
};

const Kind kExtraTrees = {
    .name = "extra_trees",
    .sklearn = "ExtraTreesClassifier",
    .task = Task::kClassify,
    .options = forest::kExtraOptions,
    .arrays = kForestArrays,
    .fit = forest::FitRandom,
    .check = CheckForest,
    .proba = {Classes, RunForestProba, nullptr, TreeWork},
    .integers = TreesOfIntegers,
    .weights = true,
};

const Kind kExtraTreesRegressor = {
    .name = "extra_trees_regressor",
    .sklearn = "ExtraTreesRegressor",
    .task = Task::kRegress,
    .options = forest::kExtraRegressorOptions,
    .arrays = kForestArrays,
    .fit = forest::FitRandom,
    .check = CheckForest,
    .predict = {One, RunForestMean, nullptr, TreeWork},
    .integers = TreesOfIntegers,
    .weights = true,
};

}  // namespace moonlet::ml
