// bindings/ml_fit.cc - fit and partial_fit.
#include <algorithm>
#include <cmath>
#include <cstring>

#include "bindings/ml_bar.h"
#include "bindings/ml_estimator.h"
#include "bindings/ml_parts.h"
#include "bindings/options.h"
#include "bindings/tensor_parts.h"
#include "engine/ml/sample_store.h"
#include "engine/tensor/convert.h"
#include "vm/runtime.h"

namespace moonlet {
namespace {

bool Supervised(const ml::Kind& kind) {
  return kind.task == ml::Task::kClassify || kind.task == ml::Task::kRegress;
}

// The weights of samples at option `weights` of the table at `index`, pushed; null without any.
double* PushWeights(lua_State* L, int index, const ml::Estimator& e, Index rows) {
  if (lua_isnil(L, index) || lua_getfield(L, index, "weights") == LUA_TNIL) return nullptr;
  if (!e.kind->weights) ArgumentError(L, index, "%s takes no weights", e.kind->name);
  const Tensor& t = *NewTensorFrom(L, lua_gettop(L), DType::kFloat64, index);
  if (t.rank() != 1 || t.dim(0) != rows)
    ArgumentError(L, index, "option 'weights': %I numbers expected, one for each row",
                  static_cast<LUAI_UACINT>(rows));
  double sum = 0;
  for (Index i = 0; i < rows; ++i) {
    const double w = t.as<double>()[i];
    if (!(w >= 0) || std::isinf(w))
      ArgumentError(L, index, "option 'weights': finite numbers of at least 0 expected");
    sum += w;
  }
  if (!(sum > 0)) ArgumentError(L, index, "option 'weights': all are 0");
  return t.as<double>();
}

// The weight of class `code`: from the table at the top by its label, 1 unless it is there.
double TableWeight(lua_State* L, const Encoded& y, Index code) {
  PushLabel(L, *y.labels, y.dtype, code);
  lua_gettable(L, -2);
  const double weight = lua_isnil(L, -1) ? 1.0 : lua_tonumber(L, -1);
  if (!(weight >= 0) || std::isinf(weight))
    ArgumentError(L, 1, "option 'class_weight': numbers of at least 0 expected");
  lua_pop(L, 1);
  return weight;
}

// Samples' weights times those of their classes, pushed: as asked by option `class_weight`.
const double* ClassWeights(lua_State* L, const Encoded& y, Index rows, double* weights) {
  const int type = lua_getiuservalue(L, 1, kEstimatorClassWeight);
  if (type == LUA_TNIL) return weights;
  const int table = lua_gettop(L);
  auto* result = static_cast<double*>(
      lua_newuserdatauv(L, static_cast<size_t>(rows + y.classes) * sizeof(double), 0));
  double* of_class = result + rows;
  std::fill_n(of_class, y.classes, 0.0);
  for (Index i = 0; i < rows; ++i) of_class[y.codes[i]] += 1;
  for (Index k = 0; k < y.classes; ++k)
    of_class[k] = static_cast<double>(rows) / (static_cast<double>(y.classes) * of_class[k]);
  if (type == LUA_TTABLE) {
    lua_pushvalue(L, table);
    for (Index k = 0; k < y.classes; ++k) of_class[k] = TableWeight(L, y, k);
  }
  for (Index i = 0; i < rows; ++i)
    result[i] = (weights != nullptr ? weights[i] : 1.0) * of_class[y.codes[i]];
  return result;
}

// The values of a regressor's targets at `index`, pushed.
const double* PushTargets(lua_State* L, int index, Index rows) {
  if (lua_isnoneornil(L, index)) ArgumentError(L, index, "values expected, got nil");
  const Tensor& t = *NewTensorFrom(L, index, DType::kFloat64);
  if (t.rank() != 1 || t.dim(0) != rows)
    ArgumentError(L, index, "values: {%I} expected, one for each row",
                  static_cast<LUAI_UACINT>(rows));
  for (Index i = 0; i < rows; ++i)
    if (!std::isfinite(t.as<double>()[i]))
      ArgumentError(L, index, "values: number %I is not finite", static_cast<LUAI_UACINT>(i + 1));
  return t.as<double>();
}

// The centers to start from at option `init` of the table at `index`, pushed; null without any.
const double* PushInit(lua_State* L, int index, const ml::Estimator& e, Index width) {
  if (lua_isnil(L, index) || lua_getfield(L, index, "init") == LUA_TNIL) return nullptr;
  const Index rows = e.kind->init(e.options);
  const Tensor& t = *NewTensorFrom(L, lua_gettop(L), DType::kFloat64, index);
  if (t.rank() != 2 || t.dim(0) != rows || t.dim(1) != width)
    ArgumentError(L, index, "option 'init': {%I, %I} expected", static_cast<LUAI_UACINT>(rows),
                  static_cast<LUAI_UACINT>(width));
  for (Index i = 0; i < t.size(); ++i)
    if (!std::isfinite(t.as<double>()[i]))
      ArgumentError(L, index, "option 'init': finite numbers expected");
  return t.as<double>();
}

// The option `lengths` of the table at `index`, pushed; an empty tensor without it.
const Tensor& PushLengths(lua_State* L, int index, Index rows) {
  // An unknown option has raised before, for kinds that take no lengths.
  if (lua_isnil(L, index) || lua_getfield(L, index, "lengths") == LUA_TNIL) {
    Shape none;
    none.rank = 1;
    return *NewTensor(L, DType::kInt32, none);
  }
  const Tensor& t = *NewTensorFrom(L, lua_gettop(L), DType::kInt32, index);
  Index sum = 0;
  for (Index i = 0; t.rank() == 1 && i < t.dim(0); ++i) {
    const int32_t length = t.as<int32_t>()[i];
    sum = length > 0 && length <= rows - sum ? sum + length : rows + 1;
    if (sum > rows) break;
  }
  if (t.rank() != 1 || sum != rows)
    ArgumentError(L, index, "option 'lengths': numbers of rows that add up to %I expected",
                  static_cast<LUAI_UACINT>(rows));
  return t;
}

// The bar is drawn and gone in here, where nothing raises.
Status RunFit(const ml::Fit& fit, ml::Work* work, bool partial, bool verbose, const Encoded& y,
              ml::Estimator* e) noexcept {
  FitBar bar(verbose);
  work->progress = &bar;
  const Status s = ml::FitEstimator(fit, partial, y.labels, y.dtype, e);
  work->progress = nullptr;
  if (s.ok()) bar.Show(1);
  return s;
}

// Whether samples are to be taken as int16.
bool TakesIntegers(lua_State* L, const ml::Estimator& e, const ml::Estimator* before) {
  if (e.kind->integers == nullptr) return false;
  if (before != nullptr) return e.kind->integers(e);
  return TestTensor(L, 2) != nullptr && !IsFloat(TestTensor(L, 2)->dtype);
}

int FitAs(lua_State* L, bool partial) {
  const ml::Kind& kind = *CheckEstimatorBox(L, 1).estimator.kind;
  if (partial && kind.partial_fit == nullptr)
    ArgumentError(L, 1, "%s has no partial_fit", kind.name);
  const int options_at = FitOptionsAt(kind);
  lua_settop(L, options_at);
  FitArguments(L, partial, options_at);
  lua_settop(L, 1);
  return 1;
}

int FitMethod(lua_State* L) { return FitAs(L, false); }
int PartialFitMethod(lua_State* L) {
  const bool store = ml::KeepsSamples(*CheckEstimatorBox(L, 1).estimator.kind);
  return store ? AddMethod(L) : FitAs(L, true);
}

int FitTransformMethod(lua_State* L) {
  const ml::Kind& kind = *CheckEstimatorBox(L, 1).estimator.kind;
  if (kind.transform.run == nullptr) ArgumentError(L, 1, "%s has no transform", kind.name);
  const int options_at = FitOptionsAt(kind);
  lua_settop(L, options_at + 1);  // and no `out`
  FitArguments(L, false, options_at);
  const ml::Estimator& e = CheckHas(L, kind.transform, "transform");
  return PushComputed(L, kind.transform, 2, options_at + 1, e.features, false);
}

constexpr Entry kFitTable[] = {
    {"fit", FitMethod, "estimator:fit(x [, y] [, options]) -> estimator",
     "x: {samples, features}, float32 or what converts to it; y: labels (whole numbers or "
     "strings) of a classifier, values of a regressor, {samples}; options: weights: {samples}; "
     "init: {clusters, features}, centers to start from; lengths: {sequences}, of an hmm; "
     "verbose: boolean",
     Doc("Learns from samples, and forgets what it learnt before. An error, Ctrl-C or a lack of "
         "memory leaves it as it was. `verbose = true` draws a bar where there is a terminal. "
         "`weights` says how much each sample counts. Raises for numbers that are not finite, for "
         "labels of a single class, and for lengths that do not match."),
     Doc("local x = tensor.new {{1, 2}, {2, 1}, {8, 9}, {9, 8}}\n"
         "local model = ml.gaussian_nb():fit(x, {\"low\", \"low\", \"high\", \"high\"})\n"
         "print(model) --> gaussian_nb: 2 features, 2 classes, 113 bytes")},
    {"partial_fit", PartialFitMethod, "estimator:partial_fit(x [, y] [, options]) -> estimator",
     "as fit; options.classes: all labels there will be, at the first call",
     Doc("Learns from more samples without forgetting those before. The first call fixes the "
         "width of samples and the labels: those in y, or all in `classes`; another label later "
         "raises."),
     Doc("local model = ml.gaussian_nb()\n"
         "model:partial_fit(tensor.new {{1}, {2}}, {0, 0}, {classes = {0, 1}})\n"
         "model:partial_fit(tensor.new {{8}, {9}}, {1, 1})\n"
         "print(model:predict(tensor.new {1.4}), model:predict(tensor.new {8.6})) --> 0 1")},
    {"fit_transform", FitTransformMethod, "estimator:fit_transform(x [, y] [, options]) -> tensor",
     "as fit and transform", Doc("`fit`, then `transform` of the same samples."),
     Doc("print(ml.standard_scaler():fit_transform(tensor.new {{1}, {3}}):at(2, 1)) --> 1.0")},
};

}  // namespace

const std::span<const Entry> kMlFitMethods = kFitTable;

int FitOptionsAt(const ml::Kind& kind) { return Supervised(kind) ? 4 : 3; }

void FitArguments(lua_State* L, bool partial, int options_at) {
  constexpr int kSlots = 40;  // for what is left on the stack
  CheckStack(L, kSlots);
  ml::Estimator& e = CheckEstimatorBox(L, 1).estimator;
  const bool classes_allowed = partial && e.kind->task == ml::Task::kClassify;
  const char* names[5] = {"verbose", "weights"};
  size_t count = 2;
  if (classes_allowed) names[count++] = "classes";
  if (e.kind->init != nullptr) names[count++] = "init";
  if (e.kind->sequences) names[count++] = "lengths";
  const OptionTable options(L, options_at, {names, count});
  const bool verbose = options.Boolean("verbose", false);
  const ml::Estimator* before = partial && e.fitted() ? &e : nullptr;
  const ml::Samples x = CheckSamples(L, 2, e, before != nullptr ? e.features : 0,
                                     TakesIntegers(L, e, before), nullptr);
  Encoded y = {};
  const double* targets = nullptr;
  if (e.kind->task == ml::Task::kClassify) {
    int all = 0;
    if (classes_allowed && options.Has("classes")) {
      lua_getfield(L, options_at, "classes");
      all = lua_gettop(L);
    }
    y = EncodeLabels(L, 3, x.count, before, all);
  } else if (Supervised(*e.kind)) {
    targets = PushTargets(L, 3, x.count);
  }
  double* own = PushWeights(L, options_at, e, x.count);
  const double* weights = y.codes != nullptr ? ClassWeights(L, y, x.count, own) : own;
  const double* init = e.kind->init != nullptr ? PushInit(L, options_at, e, x.width) : nullptr;
  const Tensor& lengths = PushLengths(L, options_at, x.count);
  ml::Work work = {Runtime::Of(L).engine_memory(), StopOf(L)};
  ml::Fit fit = {e.options, x, y.codes, y.classes, targets, weights, before, work};
  fit.init = init;
  fit.lengths = lengths.as<int32_t>();
  fit.sequences = lengths.dim(0);
  RaiseIf(L, RunFit(fit, &work, partial, verbose, y, &e));
}

}  // namespace moonlet
