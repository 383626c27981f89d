// bindings/ml_metrics_ranking.cc - how good scores and probabilities of classes are.
#include "engine/ml/metrics_ranking.h"

#include <cmath>

#include "bindings/ml_metrics.h"
#include "bindings/ml_parts.h"

namespace moonlet {
namespace {

// The points of a curve, and what made it.
struct RankCurve {
  ml::CurvePoint* points;
  Index count;
};

// Two classes at 1 with the positive one in the options, and a score of each sample at 2.
struct TwoClasses {
  const int32_t* codes;
  int32_t positive;
  std::span<const double> scores;
  const double* weights;
};

TwoClasses CheckBinary(lua_State* L, const OptionTable& options) {
  const Index n = CountLabels(L, 1);
  const int parts[] = {1, PushPositive(L)};
  const LabelUnion all = UniteLabels(L, parts);
  const int32_t positive = all.codes[n];
  Index hits = 0;
  for (Index i = 0; i < n; ++i) hits += all.codes[i] == positive ? 1 : 0;
  if (all.classes > 2)
    ArgumentError(L, 1,
                  hits > 0 ? "labels of two classes expected, got %I"
                           : "option 'pos_label': one of the labels expected (1 unless given)",
                  static_cast<LUAI_UACINT>(all.classes));
  return {all.codes, positive, CheckNumbers(L, 2, n), SampleWeights(L, options, n)};
}

RankCurve PushCurve(lua_State* L, const OptionTable& options) {
  const TwoClasses y = CheckBinary(L, options);
  const auto n = static_cast<Index>(y.scores.size());
  auto* order = PushRoom<int32_t>(L, n);
  auto* points = PushRoom<ml::CurvePoint>(L, n);
  const ml::Ranked ranked = {y.scores.data(), 1, y.codes, y.positive, -1, n, y.weights};
  const Index count = ml::ThresholdCurve(ranked, order, points);
  const ml::CurvePoint& last = points[count - 1];
  if (!(last.positives > 0 && last.negatives > 0))
    ArgumentError(L, 1, "both positive and negative labels expected");
  return {points, count};
}

// ml.roc_curve(y, scores [, options])
int RocCurve(lua_State* L) {
  lua_settop(L, 3);
  static constexpr const char* kNames[] = {"weights", "pos_label", "drop_intermediate"};
  const OptionTable options(L, 3, kNames);
  const bool drop = options.Boolean("drop_intermediate", true);
  RankCurve curve = PushCurve(L, options);
  const ml::CurvePoint last = curve.points[curve.count - 1];
  if (drop) curve.count = ml::KeepCorners(curve.points, curve.count);
  const Shape shape = VectorShape(curve.count + 1);
  double* negatives = NewDoubles(L, shape);
  double* positives = NewDoubles(L, shape);
  double* thresholds = NewDoubles(L, shape);
  negatives[0] = positives[0] = 0;
  thresholds[0] = curve.points[0].threshold + 1;
  for (Index i = 0; i < curve.count; ++i) {
    negatives[i + 1] = curve.points[i].negatives / last.negatives;
    positives[i + 1] = curve.points[i].positives / last.positives;
    thresholds[i + 1] = curve.points[i].threshold;
  }
  return 3;
}

// ml.precision_recall_curve(y, scores [, options])
int PrecisionRecallCurve(lua_State* L) {
  lua_settop(L, 3);
  static constexpr const char* kNames[] = {"weights", "pos_label"};
  const RankCurve curve = PushCurve(L, OptionTable(L, 3, kNames));
  const Index n = curve.count;
  double* precision = NewDoubles(L, VectorShape(n + 1));
  double* recall = NewDoubles(L, VectorShape(n + 1));
  double* thresholds = NewDoubles(L, VectorShape(n));
  for (Index i = 0; i < n; ++i) {
    const ml::CurvePoint& point = curve.points[n - 1 - i];
    const double above = point.positives + point.negatives;
    precision[i] = above > 0 ? point.positives / above : 0;
    recall[i] = point.positives / curve.points[n - 1].positives;
    thresholds[i] = point.threshold;
  }
  precision[n] = 1;
  recall[n] = 0;
  return 3;
}

int AveragePrecisionScore(lua_State* L) {
  lua_settop(L, 3);
  static constexpr const char* kNames[] = {"weights", "pos_label"};
  const RankCurve curve = PushCurve(L, OptionTable(L, 3, kNames));
  lua_pushnumber(L, ml::AveragePrecision(curve.points, curve.count));
  return 1;
}

int BrierScoreLoss(lua_State* L) {
  lua_settop(L, 3);
  static constexpr const char* kNames[] = {"weights", "pos_label"};
  const TwoClasses y = CheckBinary(L, OptionTable(L, 3, kNames));
  double loss = 0, weights = 0;
  for (size_t i = 0; i < y.scores.size(); ++i) {
    const double p = y.scores[i], w = y.weights != nullptr ? y.weights[i] : 1.0;
    if (!(p >= 0 && p <= 1)) ArgumentError(L, 2, "probabilities from 0 to 1 expected");
    const double d = (y.codes[i] == y.positive ? 1.0 : 0.0) - p;
    loss += w * d * d;
    weights += w;
  }
  lua_pushnumber(L, loss / weights);
  return 1;
}

// ClassColumns at 2 of the classes at 1: {samples, classes}, or those of the second of two.
struct ClassColumns {
  ml::Rankings r;
  Index columns;
};

ClassColumns CheckScores(lua_State* L, const OptionTable& options, const int32_t* codes, Index n,
                         Index classes) {
  if (lua_isnoneornil(L, 2)) ArgumentError(L, 2, "scores expected, got nil");
  const Tensor& t = *NewTensorFrom(L, 2, DType::kFloat64);
  const Index columns = t.rank() == 2 ? t.dim(1) : 1;
  if (t.rank() < 1 || t.rank() > 2 || t.dim(0) != n)
    ArgumentError(L, 2, "scores: %I rows expected, one for each label",
                  static_cast<LUAI_UACINT>(n));
  if (columns != classes && !(columns == 1 && classes == 2))
    ArgumentError(L, 2, "scores: %I columns expected, one for each class, got %I",
                  static_cast<LUAI_UACINT>(classes), static_cast<LUAI_UACINT>(columns));
  for (Index i = 0; i < t.size(); ++i)
    if (!std::isfinite(t.as<double>()[i]))
      ArgumentError(L, 2, "scores: row %I has a number that is not finite",
                    static_cast<LUAI_UACINT>(i / columns + 1));
  return {{t.as<double>(), codes, n, classes, SampleWeights(L, options, n)}, columns};
}

// Raises unless rows are probabilities.
void CheckSums(lua_State* L, const ClassColumns& s) {
  constexpr double kTolerance = 1e-5;
  for (Index i = 0; i < s.r.count; ++i) {
    double sum = 0;
    for (Index k = 0; k < s.columns; ++k) sum += s.r.scores[i * s.columns + k];
    if (std::fabs(sum - 1) > kTolerance)
      ArgumentError(L, 2, "probabilities expected, row %I sums to %f",
                    static_cast<LUAI_UACINT>(i + 1), static_cast<LUAI_UACNUMBER>(sum));
  }
}

// ml.roc_auc_score(y, scores [, options])
int RocAucScore(lua_State* L) {
  lua_settop(L, 3);
  static constexpr const char* kNames[] = {"weights", "average", "multi"};
  static constexpr const char* kAverages[] = {"macro", "weighted"};
  static constexpr const char* kMulti[] = {"ovr", "ovo"};
  const OptionTable options(L, 3, kNames);
  const bool weighted = options.Choice("average", 0, kAverages) == 1;
  const bool pairs = options.Choice("multi", 0, kMulti) == 1;
  static constexpr int kFirst[] = {1};
  const Index n = CountLabels(L, 1);
  const LabelUnion all = UniteLabels(L, kFirst);
  if (all.classes < 2) ArgumentError(L, 1, "labels of at least 2 classes expected, got 1");
  const ClassColumns s = CheckScores(L, options, all.codes, n, all.classes);
  auto* order = PushRoom<int32_t>(L, n);
  auto* points = PushRoom<ml::CurvePoint>(L, n);
  if (all.classes == 2) {
    const ml::Ranked ranked = {
        s.r.scores + s.columns - 1, s.columns, all.codes, 1, -1, n, s.r.weights};
    lua_pushnumber(L, ml::RocArea(points, ml::ThresholdCurve(ranked, order, points)));
    return 1;
  }
  CheckSums(L, s);
  if (pairs && s.r.weights != nullptr)
    ArgumentError(L, 3, "option 'weights': not with multi = \"ovo\"");
  lua_pushnumber(L, pairs ? ml::OneVersusOne(s.r, weighted, order, points)
                          : ml::OneVersusRest(s.r, weighted, order, points));
  return 1;
}

// ml.log_loss(y, probabilities [, options])
int LogLoss(lua_State* L) {
  lua_settop(L, 3);
  static constexpr const char* kNames[] = {"weights", "labels", "normalize"};
  const OptionTable options(L, 3, kNames);
  const bool mean = options.Boolean("normalize", true);
  int all = 0;
  if (options.Has("labels")) {
    lua_getfield(L, 3, "labels");
    all = lua_gettop(L);
  }
  const Index n = CountLabels(L, 1);
  if (n < 1) ArgumentError(L, 1, "labels: a vector of at least one expected");
  const Encoded y = EncodeLabels(L, 1, n, nullptr, all);
  if (y.classes < 2)
    ArgumentError(L, 1,
                  "labels of at least 2 classes expected; option 'labels' lists those that "
                  "do not occur");
  const Tensor* given = TestTensor(L, 2);
  const double least = given != nullptr && given->dtype == DType::kFloat32 ? 0x1p-23 : 0x1p-52;
  const ClassColumns s = CheckScores(L, options, y.codes, n, y.classes);
  lua_pushnumber(L, ml::LogLoss(s.r, s.columns, least, mean));
  return 1;
}

constexpr Entry kRankingTable[] = {
    {"average_precision_score", AveragePrecisionScore,
     "ml.average_precision_score(y, scores [, options]) -> number",
     "y: labels {samples}; scores: {samples}; options: pos_label: label, 1; weights: {samples}",
     Doc("The area under the curve of precision by recall, as a sum of steps."),
     Doc("print(ml.average_precision_score({0, 1, 1}, {0.1, 0.4, 0.3})) --> 1.0")},
    {"brier_score_loss", BrierScoreLoss,
     "ml.brier_score_loss(y, probabilities [, options]) -> number",
     "y: labels {samples}; probabilities: {samples}, of the positive label; options: pos_label: "
     "label, 1; weights: {samples}",
     Doc("The mean squared difference between a probability and what happened, 1 or 0."),
     Doc("print(ml.brier_score_loss({0, 1}, {0.5, 0.5})) --> 0.25")},
    {"log_loss", LogLoss, "ml.log_loss(y, probabilities [, options]) -> number",
     "y: labels {samples}; probabilities: {samples, classes} as predict_proba gives them, or "
     "{samples} of the second of two classes; options: labels: all labels; weights: {samples}; "
     "normalize: boolean, true",
     Doc("The mean of -log of the probability given to the true class; the sum without "
         "`normalize`. Probabilities are kept off 0 and 1 by the resolution of their dtype."),
     Doc("print(ml.log_loss({0, 1}, {0.5, 0.5}) == math.log(2)) --> true")},
    {"precision_recall_curve", PrecisionRecallCurve,
     "ml.precision_recall_curve(y, scores [, options]) -> tensor, tensor, tensor",
     "y: labels {samples}; scores: {samples}; options: pos_label: label, 1; weights: {samples}; "
     "results: float64 precision {n + 1}, recall {n + 1}, thresholds {n}",
     Doc("Precision and recall when all samples with a score of at least a threshold count as "
         "positive, for thresholds in ascending order; at the end stand 1 and 0."),
     Doc("local p, r, t = ml.precision_recall_curve({0, 1}, {0.25, 0.5})\n"
         "print(p[1], r[1], t[2]) --> 0.5 1.0 0.5")},
    {"roc_auc_score", RocAucScore, "ml.roc_auc_score(y, scores [, options]) -> number",
     "y: labels {samples}; scores: {samples} of the second of two classes, or {samples, classes}; "
     "options: multi: \"ovr\" or \"ovo\", \"ovr\"; average: \"macro\" or \"weighted\", \"macro\"; "
     "weights: {samples}",
     Doc("The area under the curve of rates: how often a positive sample scores higher than a "
         "negative one. Of more than two classes, whose scores must be probabilities, the mean "
         "over each class against the rest, or over all pairs of classes."),
     Doc("print(ml.roc_auc_score({0, 0, 1, 1}, {0.1, 0.4, 0.35, 0.8})) --> 0.75")},
    {"roc_curve", RocCurve, "ml.roc_curve(y, scores [, options]) -> tensor, tensor, tensor",
     "y: labels {samples}; scores: {samples}; options: pos_label: label, 1; drop_intermediate: "
     "boolean, true; weights: {samples}; results: float64 {n} each: false positive rate, true "
     "positive rate, thresholds",
     Doc("Which share of negatives and of positives has a score of at least a threshold, for "
         "thresholds in descending order; the first lies 1 above all scores. "
         "`drop_intermediate` leaves out points on a line between two others."),
     Doc("local fpr, tpr, t = ml.roc_curve({0, 1}, {0.25, 0.5})\n"
         "print(fpr[2], tpr[2], t[2]) --> 0.0 1.0 0.5")},
};

}  // namespace

const std::span<const Entry> kMlMetricsRanking = kRankingTable;

}  // namespace moonlet
