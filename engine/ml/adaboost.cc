// engine/ml/adaboost.cc - trees that vote, each grown for what those before it got wrong: SAMME of
// Zhu, Zou, Rosset and Hastie, "Multi-class AdaBoost" (2009).
//
// A leaf holds its tree's vote: its weight in the column of a class or, for two classes, plus or
// minus it in a single column.
#include <algorithm>
#include <cmath>

#include "engine/base/libm.h"
#include "engine/ml/forest.h"
#include "engine/ml/kinds.h"
#include "engine/ml/softmax.h"
#include "engine/ml/tree_options.h"

namespace moonlet::ml {
namespace adaboost {
namespace {

enum { kTrees = kTreeOptions, kRate };
constexpr OptionSpec kOwn[] = {
    {"trees", "n_estimators", OptionType::kWhole, 50, 1, 1e5f},
    {"rate", "learning_rate", OptionType::kNumber, 1, 1e-9f, 1e9f},
};
constexpr auto kOptions = TreeOptionsWith(kClassCriteria, 1, kAllFeatures, kOwn);

enum { kEstimatorWeights = kImportances + 1 };
constexpr ArraySpec kArrays[] = {
    kNodesSpec,
    kRootsSpec,
    kLeavesSpec,
    kLeafCodesSpec,
    kLeafScaleSpec,
    kImportancesSpec,
    {"estimator_weights", DType::kFloat64, "t"},
};

Index Columns(const Estimator& e) { return e.classes == 2 ? 1 : e.classes; }

// Samples do not vanish by rounding.
constexpr double kLeastWeight = 0x1p-52;

struct Boosting {
  Boosting(const Fit& f)
      : fit(f),
        weights(f.work.memory, f.x.count),
        wrong(f.work.memory, f.x.count),
        importances(f.work.memory, f.x.width),
        votes(f.work.memory),
        all(f.work.memory) {
    all.outputs = f.classes == 2 ? 1 : f.classes;
    stage_outputs = f.classes;
  }

  const Fit& fit;
  Index stage_outputs;
  Buffer<double> weights;  // of samples, sum 1
  Buffer<uint8_t> wrong;
  Buffer<double> importances;
  List<double> votes;  // of each tree
  GrownTrees all;
};

Status Start(Boosting* b) {
  if (!b->weights.ok()) return b->weights.Refusal();
  if (!b->wrong.ok()) return b->wrong.Refusal();
  if (!b->importances.ok()) return b->importances.Refusal();
  double sum = 0;
  for (Index i = 0; i < b->fit.x.count; ++i) sum += b->fit.weight(i);
  for (Index i = 0; i < b->fit.x.count; ++i) b->weights[i] = b->fit.weight(i) / sum;
  return {};
}

Index VoteOf(const GrownTrees& tree, Index node) {
  const double* row = tree.values.data() + node * tree.outputs;
  return std::max_element(row, row + tree.outputs) - row;
}

// The weighted share of samples that a tree gets wrong, which it marks.
Status ErrorOf(const GrownTrees& tree, Boosting* b, double* error) {
  constexpr Index kRowsBetweenPolls = 10000;
  double sum = 0, wrong = 0;
  for (Index i = 0; i < b->fit.x.count; ++i) {
    if (i % kRowsBetweenPolls == 0)
      if (Status s = b->fit.work.Poll(); !s.ok()) return s;
    b->wrong[i] = VoteOf(tree, LeafOf(tree, 0, b->fit.x, i)) != b->fit.codes[i];
    sum += b->weights[i];
    if (b->wrong[i] != 0) wrong += b->weights[i];
  }
  *error = wrong / sum;
  return {};
}

// Appends a tree, its leaves replaced by votes.
Status AddVotes(const GrownTrees& tree, double vote, Boosting* b) {
  GrownTrees& all = b->all;
  const auto base = static_cast<int32_t>(all.nodes.size());
  if (!all.roots.Add(base)) return all.roots.Refusal();
  if (!b->votes.Add(vote)) return b->votes.Refusal();
  for (Index i = 0; i < tree.nodes.size(); ++i) {
    GrownNode node = tree.nodes[i];
    node.left += base;
    node.right += base;
    if (!all.nodes.Add(node)) return all.nodes.Refusal();
    const Index chosen = VoteOf(tree, i);
    for (Index k = 0; k < all.outputs; ++k) {
      const double two = chosen == 1 ? vote : -vote;
      const double value = all.outputs == 1 ? two : chosen == k ? vote : 0;
      if (!all.values.Add(value)) return all.values.Refusal();
    }
  }
  return {};
}

// Weighs up the samples that were wrong; false when weights have left the range of doubles.
bool Reweigh(double vote, Boosting* b) {
  const double factor = moonlet_exp(vote);
  double sum = 0;
  for (Index i = 0; i < b->fit.x.count; ++i) {
    if (b->wrong[i] != 0) b->weights[i] *= factor;
    sum += b->weights[i];
  }
  if (!std::isfinite(sum) || sum <= 0) return false;
  for (Index i = 0; i < b->fit.x.count; ++i) {
    double& w = b->weights[i];
    w /= sum;
    if (w > 0) w = std::max(w, kLeastWeight);
  }
  return true;
}

// Grows one tree after the other until as many are there as asked, or no more would help.
Status Boost(Grower* grower, Boosting* b) {
  const Options& options = b->fit.options;
  const Index trees = static_cast<Index>(options.Whole(kTrees));
  const auto classes = static_cast<double>(b->fit.classes);
  const auto share = [&](Index t) { return static_cast<double>(t) / static_cast<double>(trees); };
  const Targets targets = {b->fit.codes, b->fit.classes, nullptr};
  GrownTrees tree(b->fit.work.memory);
  tree.outputs = b->fit.classes;
  for (Index t = 0; t < trees; ++t) {
    tree.nodes.Clear();
    tree.roots.Clear();
    tree.values.Clear();
    Status s = grower->Grow(targets, b->weights.data(), share(t), share(t + 1), &tree);
    if (s.ok()) s = b->fit.work.Done(share(t + 1));
    double error = 0;
    if (s.ok()) s = ErrorOf(tree, b, &error);
    if (!s.ok()) return s;
    if (error >= 1 - 1 / classes) {
      if (t == 0) return Status::Invalid("the first tree is no better than guessing");
      return {};
    }
    double vote = 1;
    if (error > 0)
      vote = options.Number(kRate) * (moonlet_log((1 - error) / error) + moonlet_log(classes - 1));
    if (s = AddVotes(tree, vote, b); !s.ok()) return s;
    if (grower->split()) grower->AddImportances(vote, true, b->importances.data());
    if (error <= 0 || !Reweigh(vote, b)) return {};
  }
  return {};
}

Status FitAdaBoost(const Fit& fit, State* state) {
  Random random(fit.options.Seed(kTreeSeed));
  Boosting boosting(fit);
  if (Status s = Start(&boosting); !s.ok()) return s;
  Grower grower(fit.work, fit.x, RulesOf(fit), fit.classes, &random);
  if (Status s = grower.Prepare(); !s.ok()) return s;
  if (Status s = Boost(&grower, &boosting); !s.ok()) return s;
  const Index trees = boosting.votes.size();
  if (Status s = state->Make(kEstimatorWeights, DType::kFloat64, {trees}); !s.ok()) return s;
  std::copy_n(boosting.votes.data(), trees, state->own<double>(kEstimatorWeights));
  if (Status s = MakeImportances(boosting.importances, fit.x.width, state); !s.ok()) return s;
  return PackTrees(boosting.all, {.integers = fit.x.integers != nullptr}, fit.work, state);
}

Status Check(const Estimator& e) {
  if (e.classes < 2) return Status::Invalid("at least 2 classes expected");
  return CheckTrees(e, Columns(e));
}

void RunDecision(const Estimator& e, const Samples& x, double* out, double*) {
  const Index columns = Columns(e);
  double sum = 0;
  for (Index t = 0; t < TreeCount(e); ++t) sum += e.state.get<double>(kEstimatorWeights)[t];
  std::fill_n(out, x.count * columns, 0.0);
  SumLeaves(e, x, columns, out);
  for (Index i = 0; i < x.count * columns; ++i) out[i] /= sum;
}

void RunProba(const Estimator& e, const Samples& x, double* out, double* scratch) {
  RunDecision(e, x, out, scratch);
  for (Index i = x.count - 1; i >= 0; --i) {
    double* row = out + i * e.classes;
    if (e.classes == 2) {  // from one column to two, from the last row on
      row[1] = out[i] / 2;
      row[0] = -row[1];
    } else {
      for (Index k = 0; k < e.classes; ++k) row[k] /= static_cast<double>(e.classes - 1);
    }
    Softmax(row, e.classes);
  }
}

}  // namespace
}  // namespace adaboost

const Kind kAdaBoost = {
    .name = "adaboost",
    .sklearn = "AdaBoostClassifier",
    .task = Task::kClassify,
    .options = adaboost::kOptions,
    .arrays = adaboost::kArrays,
    .fit = adaboost::FitAdaBoost,
    .check = adaboost::Check,
    .proba = {Classes, adaboost::RunProba, nullptr, TreeWork},
    .decision = {adaboost::Columns, adaboost::RunDecision, nullptr, TreeWork},
    .integers = TreesOfIntegers,
    .weights = true,
};

}  // namespace moonlet::ml
