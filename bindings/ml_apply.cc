// bindings/ml_apply.cc - what fitted estimators give of samples.
#include <algorithm>
#include <cmath>
#include <cstring>

#include "bindings/ml_estimator.h"
#include "bindings/ml_parts.h"
#include "bindings/tensor_parts.h"
#include "engine/tensor/convert.h"

namespace moonlet {
namespace {

Shape ShapeOf(std::initializer_list<Index> dims) {
  Shape shape;
  for (const Index d : dims) shape.dims[shape.rank++] = d;
  return shape;
}

Status RunCompute(const ml::Estimator& e, const ml::Method& method, const ml::Samples& x,
                  double* scratch, const StopToken& stop, float* out) noexcept {
  return ml::Compute(e, method, x, scratch, stop, out);
}

Status RunPredict(const ml::Estimator& e, const ml::Samples& x, double* scratch,
                  const StopToken& stop, int32_t* codes) noexcept {
  return ml::PredictCodes(e, x, scratch, stop, codes);
}

// Codes of classes, clusters, or in- and outliers, pushed.
const int32_t* PushCodes(lua_State* L, const ml::Estimator& e, const ml::Samples& x) {
  auto* codes = NewTensor(L, DType::kInt32, ShapeOf({x.count}))->as<int32_t>();
  const ml::Method& method = *ml::PredictionOf(e).method;
  double* scratch = ScratchOfBox(L, 1, ml::ScratchOf(e, method));
  RaiseIf(L, RunPredict(e, x, scratch, StopOf(L), codes));
  return codes;
}

bool FitsIntegers(const ml::Estimator& e) {
  return e.kind->integers != nullptr && e.kind->integers(e);
}

const ml::Kind& KindOf(lua_State* L) { return *CheckEstimatorBox(L, 1).estimator.kind; }

// estimator:METHOD(x [, out])
int Apply(lua_State* L, const ml::Method& method, const char* name, bool flat) {
  const ml::Estimator& e = CheckHas(L, method, name);
  lua_settop(L, 3);
  return PushComputed(L, method, 2, 3, e.features, flat);
}

int PredictProba(lua_State* L) {
  if (KindOf(L).sequences) return SequenceProba(L);
  return Apply(L, KindOf(L).proba, "predict_proba", false);
}
int Decision(lua_State* L) { return Apply(L, KindOf(L).decision, "decision_function", true); }
int Transform(lua_State* L) { return Apply(L, KindOf(L).transform, "transform", false); }
int ScoreSamples(lua_State* L) { return Apply(L, KindOf(L).scores, "score_samples", true); }

int InverseTransform(lua_State* L) {
  const ml::Estimator& e = CheckHas(L, KindOf(L).inverse, "inverse_transform");
  lua_settop(L, 3);
  return PushComputed(L, e.kind->inverse, 2, 3, e.kind->transform.width(e), false);
}

// A cluster's or outlier's code as scripts see it: clusters count from 1, none is 0.
int32_t Shown(const ml::Estimator& e, int32_t code) {
  return e.kind->task == ml::Task::kOutliers ? code : code + 1;
}

int PushSingle(lua_State* L, const ml::Estimator& e, int32_t code) {
  if (e.kind->task == ml::Task::kClassify) {
    PushLabel(L, e, code);
  } else {
    lua_pushinteger(L, Shown(e, code));
  }
  return 1;
}

// The share of rows whose label is predicted.
double Accuracy(lua_State* L, const ml::Estimator& e, const ml::Samples& x) {
  const int32_t* codes = PushCodes(L, e, x);
  const Encoded y = EncodeLabels(L, 3, x.count, &e, 0);
  Index hits = 0;
  for (Index i = 0; i < x.count; ++i) hits += codes[i] == y.codes[i];
  return static_cast<double>(hits) / static_cast<double>(x.count);
}

// 1 - the sum of squared errors over that of a constant.
double Determination(lua_State* L, const ml::Estimator& e, const ml::Samples& x) {
  const ml::Method& method = e.kind->predict;
  const float* predicted = NewTensor(L, DType::kFloat32, ShapeOf({x.count}))->as<float>();
  double* scratch = ScratchOfBox(L, 1, ml::ScratchOf(e, method));
  RaiseIf(L, RunCompute(e, method, x, scratch, StopOf(L), const_cast<float*>(predicted)));
  const Tensor& t = *NewTensorFrom(L, 3, DType::kFloat64);
  if (t.rank() != 1 || t.dim(0) != x.count)
    ArgumentError(L, 3, "values: {%I} expected, one for each row",
                  static_cast<LUAI_UACINT>(x.count));
  const auto* y = t.as<double>();
  double mean = 0, errors = 0, spread = 0;
  for (Index i = 0; i < x.count; ++i) mean += y[i];
  mean /= static_cast<double>(x.count);
  for (Index i = 0; i < x.count; ++i) {
    errors += (y[i] - predicted[i]) * (y[i] - predicted[i]);
    spread += (y[i] - mean) * (y[i] - mean);
  }
  if (spread == 0) return errors == 0 ? 1 : 0;
  return 1 - errors / spread;
}

// The mean of score_samples; of clusters their sum.
double MeanScore(lua_State* L, const ml::Estimator& e, const ml::Samples& x) {
  const ml::Method& method = e.kind->scores;
  if (method.run == nullptr) ArgumentError(L, 1, "%s has no score", e.kind->name);
  auto* scores = NewTensor(L, DType::kFloat32, ShapeOf({x.count}))->as<float>();
  double* scratch = ScratchOfBox(L, 1, ml::ScratchOf(e, method));
  RaiseIf(L, RunCompute(e, method, x, scratch, StopOf(L), scores));
  double sum = 0;
  for (Index i = 0; i < x.count; ++i) sum += scores[i];
  return e.kind->task == ml::Task::kCluster ? sum : sum / static_cast<double>(x.count);
}

int Score(lua_State* L) {
  const ml::Estimator& e = CheckFitted(L, 1);
  lua_settop(L, 3);
  if (e.kind->sequences) return SequenceScore(L);
  const ml::Samples x = CheckSamples(L, 2, e, e.features, FitsIntegers(e), nullptr);
  double score;
  if (e.kind->task == ml::Task::kClassify) {
    score = Accuracy(L, e, x);
  } else if (e.kind->task == ml::Task::kRegress) {
    score = Determination(L, e, x);
  } else {
    score = MeanScore(L, e, x);
  }
  lua_pushnumber(L, score);
  return 1;
}

constexpr Entry kApplyTable[] = {
    {"predict", PredictMethod, "estimator:predict(x [, out]) -> tensor | label | number",
     "x: {samples, features}, or {features} for one sample; result: {samples}",
     Doc("Labels of a classifier (a tensor of the labels' dtype, or an array of strings), float32 "
         "values of a regressor, numbers of clusters from 1 (0: none), 1 for inliers and -1 for "
         "outliers. One sample of rank 1 gives one label or number. Raises for another number of "
         "features than it was fitted with, and for numbers that are not finite."),
     Doc("local model = ml.gaussian_nb():fit(tensor.new {{1}, {2}, {8}, {9}}, {3, 3, 7, 7})\n"
         "print(model:predict(tensor.new {{1.5}, {8.4}}):totable()[2]) --> 7")},
    {"predict_proba", PredictProba, "estimator:predict_proba(x [, out]) -> tensor",
     "x: {samples, features} or {features}; result: float32 {samples, classes} or {classes}",
     Doc("How probable each class is, in the order of `estimator.classes`."),
     Doc("local model = ml.gaussian_nb():fit(tensor.new {{1}, {2}, {8}, {9}}, {3, 3, 7, 7})\n"
         "print(model:predict_proba(tensor.new {5})[1]) --> 0.5")},
    {"decision_function", Decision, "estimator:decision_function(x [, out]) -> tensor",
     "x: {samples, features} or {features}; result: float32 {samples}, or {samples, classes} for "
     "more than two classes",
     Doc("How far samples lie on a class's side, or inside: what `predict` decides by."),
     Doc("local x = tensor.new {{1}, {2}, {8}, {9}}\n"
         "local svm = ml.linear_svm{seed = 1}:fit(x, {3, 3, 7, 7})\n"
         "print(svm:decision_function(tensor.new {9}) > 0) --> true")},
    {"transform", Transform, "estimator:transform(x [, out]) -> tensor",
     "x: {samples, features} or {features}; result: float32 {samples, width} or {width}",
     Doc("Samples as the estimator changes them."),
     Doc("local scaler = ml.standard_scaler():fit(tensor.new {{1}, {3}})\n"
         "print(scaler:transform(tensor.new {4})[1]) --> 2.0")},
    {"inverse_transform", InverseTransform, "estimator:inverse_transform(x [, out]) -> tensor",
     "x: {samples, width} or {width}; result: float32 {samples, features} or {features}",
     Doc("Back to what `transform` was given, as far as it can."),
     Doc("local scaler = ml.standard_scaler():fit(tensor.new {{1}, {3}})\n"
         "print(scaler:inverse_transform(tensor.new {2})[1]) --> 4.0")},
    {"score_samples", ScoreSamples, "estimator:score_samples(x [, out]) -> tensor",
     "x: {samples, features} or {features}; result: float32 {samples}",
     Doc("Log-likelihood of each sample, or for anomaly detectors a score: the lower, the "
         "stranger."),
     Doc("local x = tensor.new {{1, 2}, {2, 1}, {3, 5}, {4, 4}}\n"
         "local model = ml.covariance():fit(x)\n"
         "local usual = model:score_samples(tensor.new {2, 3})\n"
         "print(usual > model:score_samples(tensor.new {9, -9})) --> true")},
    {"score", Score, "estimator:score(x [, y]) -> number",
     "x: {samples, features}; y: labels or values {samples}",
     Doc("How well it predicts: a classifier's accuracy, a regressor's coefficient of "
         "determination R2, else the mean of `score_samples`; of clusters minus the inertia, their "
         "sum; of an hmm the log-likelihood of the whole sequence."),
     Doc("local x, y = tensor.new {{1}, {2}, {8}, {9}}, {3, 3, 7, 7}\n"
         "print(ml.gaussian_nb():fit(x, y):score(x, y)) --> 1.0")},
};

}  // namespace

const std::span<const Entry> kMlApplyMethods = kApplyTable;

int PredictMethod(lua_State* L) {
  const ml::Estimator& e = CheckFitted(L, 1);
  lua_settop(L, 3);
  if (e.kind->sequences) return SequencePredict(L);
  if (e.kind->task == ml::Task::kRegress)
    return PushComputed(L, e.kind->predict, 2, 3, e.features, true);
  if (ml::PredictionOf(e).method == nullptr) ArgumentError(L, 1, "%s has no predict", e.kind->name);
  bool single;
  const ml::Samples x = CheckSamples(L, 2, e, e.features, FitsIntegers(e), &single);
  const int32_t* codes = PushCodes(L, e, x);
  if (single) return PushSingle(L, e, codes[0]);
  if (e.kind->task == ml::Task::kClassify) {
    PushLabels(L, e, codes, x.count, 3);
    return 1;
  }
  const Tensor& out = *NewOrOut(L, 3, DType::kInt32, ShapeOf({x.count}));
  for (Index i = 0; i < x.count; ++i) out.as<int32_t>()[i * out.strides[0]] = Shown(e, codes[i]);
  return 1;
}

const ml::Estimator& CheckHas(lua_State* L, const ml::Method& method, const char* name) {
  const ml::Estimator& e = CheckFitted(L, 1);
  if (method.run == nullptr) ArgumentError(L, 1, "%s has no %s", e.kind->name, name);
  if (method.width(e) == 0)
    ArgumentError(L, 1, "%s with these options has no %s", e.kind->name, name);
  return e;
}

ml::Samples CheckSamples(lua_State* L, int index, const ml::Estimator& e, Index width,
                         bool integers, bool* single) {
  const Tensor* t = TestTensor(L, index);
  if (integers && (t == nullptr || IsFloat(t->dtype)))
    ArgumentError(L, index, "%s was fitted on int16 samples, expected such, got %s", e.kind->name,
                  t != nullptr ? NameOf(t->dtype) : Given(L, index));
  const DType dtype = integers ? DType::kInt16 : DType::kFloat32;
  if (t == nullptr || t->dtype != dtype || !t->contiguous()) t = NewTensorFrom(L, index, dtype);
  const bool row = t->rank() == 1 && single != nullptr;
  if (single != nullptr) *single = row;
  if (!row && t->rank() != 2)
    ArgumentError(L, index, "samples: a tensor {samples, features} expected, got rank %d",
                  t->rank());
  ml::Samples x;
  x.count = row ? 1 : t->dim(0);
  x.width = t->dim(row ? 0 : 1);
  if (integers) x.integers = t->as<int16_t>();
  if (!integers) x.data = t->as<float>();
  if (x.count < 1) ArgumentError(L, index, "samples: at least one row expected");
  if (x.width < 1) ArgumentError(L, index, "samples: at least one feature expected");
  if (width > 0 && x.width != width)
    ArgumentError(L, index, "samples: %I features expected, got %I",
                  static_cast<LUAI_UACINT>(width), static_cast<LUAI_UACINT>(x.width));
  const Index bad = ml::FirstNotFinite(x, e.kind->nan);
  if (bad >= 0)
    ArgumentError(L, index, "samples: row %I has a number that is not finite",
                  static_cast<LUAI_UACINT>(bad + 1));
  return x;
}

int PushComputed(lua_State* L, const ml::Method& method, int samples, int out, Index width_in,
                 bool flat) {
  const ml::Estimator& e = CheckFitted(L, 1);
  bool single;
  const ml::Samples x = CheckSamples(L, samples, e, width_in, FitsIntegers(e), &single);
  const Index width = method.width(e);
  const bool drop = flat && width == 1;
  Shape shape = drop ? ShapeOf({x.count}) : ShapeOf({x.count, width});
  double* scratch = ScratchOfBox(L, 1, ml::ScratchOf(e, method));
  if (single && drop) {
    float value;
    RaiseIf(L, RunCompute(e, method, x, scratch, StopOf(L), &value));
    lua_pushnumber(L, value);
    return 1;
  }
  if (single) shape = ShapeOf({width});
  const Tensor& result = *NewOrOut(L, out, DType::kFloat32, shape);
  const Tensor& made = result.contiguous() ? result : *NewTensor(L, DType::kFloat32, shape);
  RaiseIf(L, RunCompute(e, method, x, scratch, StopOf(L), made.as<float>()));
  if (&made != &result) {
    RaiseIf(L, Convert(made, result, StopOf(L)));
    lua_pop(L, 1);
  }
  return 1;
}

}  // namespace moonlet
