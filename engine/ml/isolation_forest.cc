// engine/ml/isolation_forest.cc - anomalies are few and different, so random splits soon part them
// from the rest: Liu, Ting and Zhou, "Isolation Forest" (2008).
//
// A leaf holds its depth, plus the mean depth of a tree of the samples left in it.
#include <algorithm>
#include <cmath>

#include "engine/base/libm.h"
#include "engine/ml/columns.h"
#include "engine/ml/grow.h"
#include "engine/ml/kinds.h"
#include "engine/ml/tree_options.h"
#include "engine/ml/trees.h"

namespace moonlet::ml {
namespace isolation_forest {
namespace {

enum { kTrees, kMaxSamples, kContamination, kSeed };
constexpr double kAuto = -1;
constexpr OptionSpec kOptions[] = {
    {"trees", "n_estimators", OptionType::kWhole, 100, 1, 1e5f},
    {"max_samples", "", OptionType::kNumber, kAuto, 0, 1e9f, "auto"},
    {"contamination", "", OptionType::kNumber, kAuto, 1e-9f, 0.5f, "auto"},
    {"seed", "random_state", OptionType::kSeed},
};

enum { kOffset = kTreeArrays, kSamples };
constexpr ArraySpec kArrays[] = {
    kNodesSpec,
    kRootsSpec,
    kLeavesSpec,
    kLeafCodesSpec,
    kLeafScaleSpec,
    {"offset", DType::kFloat64, "a"},
    {"max_samples", DType::kFloat64, "a"},
};

constexpr double kOffsetOfPaper = -0.5;

// From the sum of path lengths to minus the anomaly score.
double ScoreOf(double paths, Index trees, double samples) {
  const double usual = static_cast<double>(trees) * MeanPath(samples);
  return -moonlet_pow(2, usual > 0 ? -paths / usual : -1.0);
}

// Weighs `wanted` of n samples 1, the others 0, drawn without replacement.
void DrawPart(Random* random, Index wanted, Index n, double* weights) {
  for (Index i = 0; i < n; ++i) {
    const auto draw = static_cast<Index>(random->UpTo(static_cast<uint64_t>(n - i - 1)));
    weights[i] = draw < wanted ? 1 : 0;
    wanted -= draw < wanted;
  }
}

// The score below which a share of the samples lies, interpolated.
Status OffsetFor(const Fit& fit, const GrownTrees& trees, double samples, double share,
                 double* offset) {
  const Index n = fit.x.count, count = trees.roots.size();
  Buffer<double> scores(fit.work.memory, n);
  if (!scores.ok()) return scores.Refusal();
  for (Index i = 0; i < n; ++i) {
    if (Status s = fit.work.Poll(); !s.ok()) return s;
    double paths = 0;
    for (Index t = 0; t < count; ++t)  // rounded as the leaves that are kept
      paths += static_cast<float>(trees.values[LeafOf(trees, trees.roots[t], fit.x, i)]);
    scores[i] = ScoreOf(paths, count, samples);
  }
  Sort(scores.data(), n);
  const double place = share * static_cast<double>(n - 1);
  const auto below = static_cast<Index>(place);
  const Index above = std::min(below + 1, n - 1);
  *offset = scores[below] + (scores[above] - scores[below]) * (place - static_cast<double>(below));
  return {};
}

Index SamplesOf(const Fit& fit) {
  constexpr Index kUsual = 256;
  const double asked = fit.options.Number(kMaxSamples);
  return asked == kAuto ? std::min(kUsual, fit.x.count) : CountOf(asked, fit.x.count);
}

Status FitForest(const Fit& fit, State* state) {
  Random random(fit.options.Seed(kSeed));
  const Index samples = SamplesOf(fit);
  GrowRules rules = {.criterion = Criterion::kNone, .random_thresholds = true, .max_features = 1};
  rules.depth = 1;
  while ((Index{1} << rules.depth) < samples) ++rules.depth;
  Grower grower(fit.work, fit.x, rules, 0, &random);
  GrownTrees trees(fit.work.memory);
  Buffer<double> weights(fit.work.memory, fit.x.count);
  if (!weights.ok()) return weights.Refusal();
  if (Status s = grower.Prepare(); !s.ok()) return s;
  const auto count = static_cast<Index>(fit.options.Whole(kTrees));
  for (Index t = 0; t < count; ++t) {
    const double share = static_cast<double>(t) / static_cast<double>(count);
    if (Status s = fit.work.Done(share); !s.ok()) return s;
    DrawPart(&random, samples, fit.x.count, weights.data());
    if (Status s = grower.Grow({}, weights.data(), share, share, &trees); !s.ok()) return s;
  }
  for (const int array : {kOffset, kSamples})
    if (Status s = state->Make(array, DType::kFloat64, {1}); !s.ok()) return s;
  const auto drawn = static_cast<double>(samples);
  double* offset = state->own<double>(kOffset);
  *offset = kOffsetOfPaper;
  state->own<double>(kSamples)[0] = drawn;
  const double contamination = fit.options.Number(kContamination);
  if (contamination != kAuto)
    if (Status s = OffsetFor(fit, trees, drawn, contamination, offset); !s.ok()) return s;
  return PackTrees(trees, {.integers = fit.x.integers != nullptr}, fit.work, state);
}

Status Check(const Estimator& e) {
  if (e.state[kOffset].dim(0) != 1) return Status::Invalid("offset is not a single number");
  return CheckTrees(e, 1);
}

void RunScores(const Estimator& e, const Samples& x, double* out, double*) {
  std::fill_n(out, x.count, 0.0);
  SumLeaves(e, x, 1, out);
  const double samples = e.state.get<double>(kSamples)[0];
  for (Index i = 0; i < x.count; ++i) out[i] = ScoreOf(out[i], TreeCount(e), samples);
}

void RunDecision(const Estimator& e, const Samples& x, double* out, double* scratch) {
  RunScores(e, x, out, scratch);
  for (Index i = 0; i < x.count; ++i) out[i] -= e.state.get<double>(kOffset)[0];
}

void RunPredict(const Estimator& e, const Samples& x, double* out, double* scratch) {
  RunDecision(e, x, out, scratch);
  for (Index i = 0; i < x.count; ++i) out[i] = out[i] < 0 ? -1 : 1;
}

}  // namespace
}  // namespace isolation_forest

const Kind kIsolationForest = {
    .name = "isolation_forest",
    .sklearn = "IsolationForest",
    .task = Task::kOutliers,
    .options = isolation_forest::kOptions,
    .arrays = isolation_forest::kArrays,
    .fit = isolation_forest::FitForest,
    .check = isolation_forest::Check,
    .predict = {One, isolation_forest::RunPredict, nullptr, TreeWork},
    .decision = {One, isolation_forest::RunDecision, nullptr, TreeWork},
    .scores = {One, isolation_forest::RunScores, nullptr, TreeWork},
    .integers = TreesOfIntegers,
};

}  // namespace moonlet::ml
