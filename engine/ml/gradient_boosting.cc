// engine/ml/gradient_boosting.cc - sums of small trees, each grown on the gradient of the loss that
// is left (Friedman, "Greedy Function Approximation: A Gradient Boosting Machine", 2001, and
// "Stochastic Gradient Boosting", 2002). Loss: squared error, or the deviance of logistic models.
//
// Each stage has a tree for each column: one for values and two classes, else one per class. The
// leaves hold steps, already times the rate.
#include <algorithm>
#include <cmath>

#include "engine/base/libm.h"
#include "engine/ml/forest.h"
#include "engine/ml/kinds.h"
#include "engine/ml/softmax.h"
#include "engine/ml/tree_options.h"

namespace moonlet::ml {
namespace gradient_boosting {
namespace {

enum { kTrees = kTreeOptions, kRate, kSubsample };
constexpr OptionSpec kOwn[] = {
    {"trees", "n_estimators", OptionType::kWhole, 100, 1, 1e5f},
    {"rate", "learning_rate", OptionType::kNumber, 0.1, 0, 1e9f},
    {"subsample", "", OptionType::kNumber, 1, 1e-9f, 1},
};
// Friedman's criterion orders splits as the squared error does.
constexpr auto kOptions = TreeOptionsWith("friedman_mse|squared_error", 3, kAllFeatures, kOwn);

enum { kInit = kImportances + 1 };
constexpr ArraySpec kArrays[] = {
    kNodesSpec,
    kRootsSpec,
    kLeavesSpec,
    kLeafCodesSpec,
    kLeafScaleSpec,
    kImportancesSpec,
    {"init", DType::kFloat64, "c"},
};

Index ColumnsFor(Index classes) { return classes > 2 ? classes : 1; }
Index Columns(const Estimator& e) { return ColumnsFor(e.classes); }

double Logistic(double x) { return 1 / (1 + moonlet_exp(-x)); }

struct Boosting {
  Boosting(const Fit& f)
      : fit(f),
        columns(ColumnsFor(f.classes)),
        random(f.options.Seed(kTreeSeed)),
        rate(f.options.Number(kRate)),
        raw(f.work.memory, f.x.count, columns),
        share(f.work.memory, columns > 1 ? f.x.count : 0, columns),
        residuals(f.work.memory, f.x.count),
        weights(f.work.memory, f.x.count),
        leaf(f.work.memory, f.x.count),
        importances(f.work.memory, f.x.width),
        trees(f.work.memory) {}

  // What is to be predicted in column c: a value, or whether the sample is of the class.
  double Wanted(Index i, Index c) const {
    if (fit.targets != nullptr) return fit.targets[i];
    return fit.codes[i] == (columns > 1 ? c : 1) ? 1 : 0;
  }

  const Fit& fit;
  const Index columns;
  Random random;
  const double rate;
  Buffer<double> raw;        // the sums so far
  Buffer<double> share;      // probabilities that they stand for, of more than two classes
  Buffer<double> residuals;  // of the column at work
  Buffer<double> weights;    // of the stage at work
  Buffer<int32_t> leaf;      // that each sample falls into
  Buffer<double> importances;
  GrownTrees trees;
};

Status Prepare(const Boosting& b) {
  for (const Buffer<double>* buffer : {&b.raw, &b.share, &b.residuals, &b.weights, &b.importances})
    if (!buffer->ok()) return buffer->Refusal();
  return b.leaf.ok() ? Status() : b.leaf.Refusal();
}

// The best constant of a column: the mean, or the logarithm of the odds or of the share.
double InitOf(const Boosting& b, Index c) {
  constexpr double kLeastShare = 0x1p-23;
  double sum = 0, weight = 0;
  for (Index i = 0; i < b.fit.x.count; ++i) {
    sum += b.fit.weight(i) * b.Wanted(i, c);
    weight += b.fit.weight(i);
  }
  const double mean = sum / weight;
  if (b.fit.targets != nullptr) return mean;
  const double p = std::clamp(mean, kLeastShare, 1 - kLeastShare);
  return b.columns > 1 ? moonlet_log(p) : moonlet_log(p / (1 - p));
}

// Weights of the samples of a stage: of a part of them, drawn without replacement. All samples
// count where none of those drawn has any.
void DrawStage(Boosting* b) {
  const Index n = b->fit.x.count;
  const double asked = b->fit.options.Number(kSubsample);
  Index wanted = asked < 1 ? CountOf(asked, n) : n;
  bool any = false;
  for (Index i = 0; i < n; ++i) {
    const Index left = n - i;
    const bool drawn = wanted == left ||
                       static_cast<Index>(b->random.UpTo(static_cast<uint64_t>(left - 1))) < wanted;
    b->weights[i] = drawn ? b->fit.weight(i) : 0;
    any |= b->weights[i] > 0;
    wanted -= drawn;
  }
  for (Index i = 0; i < n && !any; ++i) b->weights[i] = b->fit.weight(i);
}

void FindShares(Boosting* b) {
  std::copy_n(b->raw.data(), b->fit.x.count * b->columns, b->share.data());
  for (Index i = 0; i < b->fit.x.count; ++i) Softmax(b->share.data() + i * b->columns, b->columns);
}

void FindResiduals(Boosting* b, Index c) {
  for (Index i = 0; i < b->fit.x.count; ++i) {
    const Index at = i * b->columns + c;
    const double now = b->fit.targets != nullptr ? b->raw[at]
                       : b->columns > 1          ? b->share[at]
                                                 : Logistic(b->raw[at]);
    b->residuals[i] = b->Wanted(i, c) - now;
  }
}

// The step of each leaf from node `root` on: its mean for values; for classes one of Newton's.
Status FindSteps(Boosting* b, Index root, Index c) {
  constexpr double kLeastCurvature = 1e-150;
  const Index nodes = b->trees.nodes.size() - root;
  double* values = b->trees.values.data() + root;
  if (b->fit.targets == nullptr) {
    Buffer<double> slope(b->fit.work.memory, nodes), curvature(b->fit.work.memory, nodes);
    if (!slope.ok()) return slope.Refusal();
    if (!curvature.ok()) return curvature.Refusal();
    for (Index i = 0; i < b->fit.x.count; ++i) {
      if (!(b->weights[i] > 0)) continue;
      const double p = b->Wanted(i, c) - b->residuals[i];
      slope[b->leaf[i] - root] += b->weights[i] * b->residuals[i];
      curvature[b->leaf[i] - root] += b->weights[i] * p * (1 - p);
    }
    const auto k = static_cast<double>(b->columns);
    for (Index i = 0; i < nodes; ++i) {
      const double step = (b->columns > 1 ? slope[i] * (k - 1) / k : slope[i]) / curvature[i];
      values[i] = std::fabs(curvature[i]) < kLeastCurvature ? 0 : step;
    }
  }
  for (Index i = 0; i < nodes; ++i) values[i] *= b->rate;
  return {};
}

Status Step(Grower* grower, Boosting* b, Index c, double from, double to) {
  const Samples& x = b->fit.x;
  FindResiduals(b, c);
  const Index root = b->trees.nodes.size();
  const Targets targets = {.values = b->residuals.data()};
  if (Status s = grower->Grow(targets, b->weights.data(), from, to, &b->trees); !s.ok()) return s;
  if (grower->split()) grower->AddImportances(1, false, b->importances.data());
  for (Index i = 0; i < x.count; ++i)
    b->leaf[i] = static_cast<int32_t>(LeafOf(b->trees, root, x, i));
  if (Status s = FindSteps(b, root, c); !s.ok()) return s;
  for (Index i = 0; i < x.count; ++i) b->raw[i * b->columns + c] += b->trees.values[b->leaf[i]];
  return b->fit.work.Done(to);
}

Status Boost(Boosting* b) {
  GrowRules rules = RulesOf(b->fit);
  rules.criterion = Criterion::kSquares;
  Grower grower(b->fit.work, b->fit.x, rules, 0, &b->random);
  if (Status s = grower.Prepare(); !s.ok()) return s;
  const auto stages = static_cast<Index>(b->fit.options.Whole(kTrees));
  const auto steps = static_cast<double>(stages * b->columns);
  for (Index m = 0; m < stages; ++m) {
    DrawStage(b);
    if (b->columns > 1) FindShares(b);
    for (Index c = 0; c < b->columns; ++c) {
      const auto step = static_cast<double>(m * b->columns + c);
      if (Status s = Step(&grower, b, c, step / steps, (step + 1) / steps); !s.ok()) return s;
    }
  }
  return {};
}

Status FitBoosting(const Fit& fit, State* state) {
  Boosting b(fit);
  if (Status s = Prepare(b); !s.ok()) return s;
  if (Status s = state->Make(kInit, DType::kFloat64, {b.columns}); !s.ok()) return s;
  double* init = state->own<double>(kInit);
  for (Index c = 0; c < b.columns; ++c) {
    init[c] = InitOf(b, c);
    for (Index i = 0; i < fit.x.count; ++i) b.raw[i * b.columns + c] = init[c];
  }
  if (Status s = Boost(&b); !s.ok()) return s;
  if (Status s = MakeImportances(b.importances, fit.x.width, state); !s.ok()) return s;
  return PackTrees(b.trees, {.integers = fit.x.integers != nullptr}, fit.work, state);
}

Status Check(const Estimator& e) {
  if (e.kind->task == Task::kClassify && e.classes < 2)
    return Status::Invalid("at least 2 classes expected");
  if (e.state[kInit].dim(0) != Columns(e))
    return Status::Invalid("init has %td values, expected %td", e.state[kInit].dim(0), Columns(e));
  return CheckTrees(e, 1);
}

void RunRaw(const Estimator& e, const Samples& x, double* out, double*) {
  const Index columns = Columns(e);
  for (Index i = 0; i < x.count; ++i)
    std::copy_n(e.state.get<double>(kInit), columns, out + i * columns);
  SumLeaves(e, x, columns, out);
}

void RunProba(const Estimator& e, const Samples& x, double* out, double* scratch) {
  RunRaw(e, x, out, scratch);
  if (e.classes > 2) {
    for (Index i = 0; i < x.count; ++i) Softmax(out + i * e.classes, e.classes);
    return;
  }
  for (Index i = x.count - 1; i >= 0; --i) {  // from one column to two
    const double p = Logistic(out[i]);
    out[2 * i + 1] = p;
    out[2 * i] = 1 - p;
  }
}

}  // namespace
}  // namespace gradient_boosting

const Kind kGradientBoosting = {
    .name = "gradient_boosting",
    .sklearn = "GradientBoostingClassifier",
    .task = Task::kClassify,
    .options = gradient_boosting::kOptions,
    .arrays = gradient_boosting::kArrays,
    .fit = gradient_boosting::FitBoosting,
    .check = gradient_boosting::Check,
    .proba = {Classes, gradient_boosting::RunProba, nullptr, TreeWork},
    .decision = {gradient_boosting::Columns, gradient_boosting::RunRaw, nullptr, TreeWork},
    .integers = TreesOfIntegers,
    .weights = true,
};

const Kind kGradientBoostingRegressor = {
    .name = "gradient_boosting_regressor",
    .sklearn = "GradientBoostingRegressor",
    .task = Task::kRegress,
    .options = gradient_boosting::kOptions,
    .arrays = gradient_boosting::kArrays,
    .fit = gradient_boosting::FitBoosting,
    .check = gradient_boosting::Check,
    .predict = {One, gradient_boosting::RunRaw, nullptr, TreeWork},
    .integers = TreesOfIntegers,
    .weights = true,
};

}  // namespace moonlet::ml
