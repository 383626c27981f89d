// bindings/ml_neighbours.cc - what decides by the nearest samples, and teaching it more.
#include <algorithm>
#include <cmath>
#include <cstring>

#include "bindings/ml_estimator.h"
#include "bindings/ml_parts.h"
#include "bindings/options.h"
#include "bindings/tensor_parts.h"
#include "engine/ml/kinds.h"
#include "engine/ml/nearest.h"
#include "engine/ml/sample_store.h"
#include "vm/runtime.h"

namespace moonlet {
namespace {

ml::Estimator& CheckStore(lua_State* L) {
  ml::Estimator& e = CheckEstimatorBox(L, 1).estimator;
  if (!ml::KeepsSamples(*e.kind)) ArgumentError(L, 1, "%s is not taught by add", e.kind->name);
  return e;
}

// Replaces the label or value at 3, of all of `rows`, by an array that says it for each.
void RepeatForRows(lua_State* L, Index rows) {
  const int type = lua_type(L, 3);
  if (type != LUA_TNUMBER && type != LUA_TSTRING && type != LUA_TBOOLEAN) return;
  lua_createtable(L, static_cast<int>(std::min<Index>(rows, INT32_MAX)), 0);
  for (Index i = 1; i <= rows; ++i) {
    lua_pushvalue(L, 3);
    lua_rawseti(L, -2, static_cast<lua_Integer>(i));
  }
  lua_replace(L, 3);
}

// Appends what the array or tensor of labels at `from` holds to the array at `to`.
void AppendLabels(lua_State* L, int from, int to) {
  lua_Integer at = luaL_len(L, to);
  const lua_Integer count = luaL_len(L, from);
  for (lua_Integer i = 1; i <= count; ++i) {
    lua_geti(L, from, i);
    lua_rawseti(L, to, ++at);
  }
}

void CheckLabelType(lua_State* L, const ml::Estimator& e) {
  if (!e.fitted() || lua_isnoneornil(L, 3)) return;
  const bool names = e.state[ml::kLabelArray].dtype == DType::kUint8;
  lua_geti(L, 3, 1);
  if (names != (lua_type(L, -1) == LUA_TSTRING))
    ArgumentError(L, 3, "labels: %s expected, as at the first fit", names ? "strings" : "numbers");
  lua_pop(L, 1);
}

struct Taught {
  Encoded labels;        // of the new samples, among all labels
  const int32_t* known;  // where the labels known so far stand among all
};

// Labels at 3 of new samples, together with those known and those at option `classes`; pushed.
Taught EncodeTaught(lua_State* L, const ml::Estimator& e, Index rows, int options) {
  if (lua_isnoneornil(L, 3)) ArgumentError(L, 3, "labels expected, got nil");
  if (lua_type(L, 3) != LUA_TTABLE && TestTensor(L, 3) == nullptr)
    ArgumentError(L, 3, "labels expected, got %s", Given(L, 3));
  CheckLabelType(L, e);
  lua_newtable(L);
  const int all = lua_gettop(L);
  AppendLabels(L, 3, all);
  if (!lua_isnoneornil(L, options) && lua_getfield(L, options, "classes") != LUA_TNIL)
    AppendLabels(L, lua_gettop(L), all);
  Taught taught = {};
  if (e.fitted()) {
    PushClasses(L, e);
    const int known = lua_gettop(L);
    AppendLabels(L, known, all);
    taught.known = EncodeLabels(L, known, e.classes, nullptr, all).codes;
  }
  taught.labels = EncodeLabels(L, 3, rows, nullptr, all);
  return taught;
}

const double* PushTaughtValues(lua_State* L, Index rows) {
  if (lua_isnoneornil(L, 3)) ArgumentError(L, 3, "values expected, got nil");
  const Tensor& t = *NewTensorFrom(L, 3, DType::kFloat64);
  if (t.rank() != 1 || t.dim(0) != rows)
    ArgumentError(L, 3, "values: {%I} expected, one for each row", static_cast<LUAI_UACINT>(rows));
  const std::span<const double> values(t.as<double>(), static_cast<size_t>(rows));
  for (const double v : values)
    if (!std::isfinite(v)) ArgumentError(L, 3, "values: all must be finite");
  return values.data();
}

Status RunAdd(const ml::Fit& fit, const Taught& taught, ml::Estimator* e) noexcept {
  const Tensor* labels = taught.labels.labels;
  if (!e->fitted()) return ml::FitEstimator(fit, true, labels, taught.labels.dtype, e);
  return ml::AddSamples(fit, labels, taught.known, e);
}

// Lets go of a file's bytes once the estimator has all arrays in memory of its own.
void ReleaseFileOf(lua_State* L, const ml::Estimator& e) {
  for (int i = 0; i <= ml::kMostArrays; ++i)
    if (e.state.has(i) && !e.state.owns(i)) return;
  lua_pushnil(L);
  lua_setiuservalue(L, 1, kEstimatorFile);
}

// knn:remove(position | label | {label =})
int RemoveMethod(lua_State* L) {
  ml::Estimator& e = CheckStore(L);
  CheckFitted(L, 1);
  lua_settop(L, 2);
  Index position = -1;
  int32_t code = 0;
  const int type = lua_type(L, 2);
  if (type == LUA_TNUMBER) {
    position = CheckPosition(L, 2, ml::StoredCount(e), "position");
  } else if (e.kind->task != ml::Task::kClassify || (type != LUA_TSTRING && type != LUA_TTABLE)) {
    ArgumentError(L, 2, "position%s expected, got %s",
                  e.kind->task == ml::Task::kClassify ? ", string or {label = ...}" : "",
                  Given(L, 2));
  } else {
    if (type == LUA_TTABLE) {
      static constexpr const char* kNames[] = {"label"};
      const OptionTable options(L, 2, kNames);
      lua_getfield(L, 2, "label");
      lua_replace(L, 2);
    }
    lua_createtable(L, 1, 0);
    lua_pushvalue(L, 2);
    lua_rawseti(L, -2, 1);
    lua_replace(L, 2);
    code = EncodeLabels(L, 2, 1, &e, 0).codes[0];
  }
  Index removed;
  RaiseIf(L, ml::RemoveSamples(position, code, &e, &removed));
  ReleaseFileOf(L, e);
  lua_pushinteger(L, static_cast<lua_Integer>(removed));
  return 1;
}

bool MeasuresNeighbors(const ml::Kind& kind) {
  return !kind.arrays.empty() && std::strcmp(kind.arrays[0].name, "fit_X") == 0 &&
         kind.options.size() > ml::kMetricOption &&
         std::strcmp(kind.options[ml::kMetricOption].name, "metric") == 0;
}

Status RunNearest(const ml::Stored& in, const ml::Samples& x, Index k, double* scratch,
                  const StopToken& stop, float* distances, int32_t* positions) noexcept {
  auto* found = reinterpret_cast<ml::Neighbor*>(scratch);
  for (Index first = 0; first < x.count; first += ml::kLanes) {
    if (stop.raised()) return Status::Stopped();
    const Index rows = std::min<Index>(ml::kLanes, x.count - first);
    ml::FindNearest(in, x.part(first, rows), k, -1, found, scratch + 2 * ml::kLanes * k);
    for (Index i = 0; i < rows * k; ++i) {
      distances[first * k + i] = static_cast<float>(found[i].distance);
      positions[first * k + i] = static_cast<int32_t>(found[i].position) + 1;
    }
  }
  return {};
}

// estimator:kneighbors(x [, k]) -> distances, positions
int KneighborsMethod(lua_State* L) {
  const ml::Estimator& e = CheckFitted(L, 1);
  if (!MeasuresNeighbors(*e.kind)) ArgumentError(L, 1, "%s has no kneighbors", e.kind->name);
  lua_settop(L, 3);
  const ml::Stored in = ml::Stored::Of(e, ml::kStoredX);
  const int option = ml::FindOption(e.kind->options, "neighbors");
  const lua_Integer k = lua_isnil(L, 3) && option >= 0
                            ? std::min<lua_Integer>(e.options.Whole(option), in.count)
                            : luaL_checkinteger(L, 3);
  if (k < 1 || k > in.count)
    ArgumentError(L, 3, "neighbors: 1 to %I expected, got %I", static_cast<LUAI_UACINT>(in.count),
                  static_cast<LUAI_UACINT>(k));
  bool single;
  const ml::Samples x = CheckSamples(L, 2, e, e.features, false, &single);
  Shape shape;
  shape.rank = single ? 1 : 2;
  shape.dims[0] = single ? static_cast<Index>(k) : x.count;
  shape.dims[1] = static_cast<Index>(k);
  const Tensor& distances = *NewTensor(L, DType::kFloat32, shape);
  const Tensor& positions = *NewTensor(L, DType::kInt32, shape);
  double* scratch = ScratchOfBox(L, 1, ml::EachNearestRoom(in.width, static_cast<Index>(k)));
  RaiseIf(L, RunNearest(in, x, static_cast<Index>(k), scratch, StopOf(L), distances.as<float>(),
                        positions.as<int32_t>()));
  return 2;
}

// #estimator
int StoreLength(lua_State* L) {
  const ml::Estimator& e = CheckEstimatorBox(L, 1).estimator;
  if (!ml::KeepsSamples(*e.kind)) return luaL_error(L, "%s keeps no samples", e.kind->name);
  lua_pushinteger(L, e.fitted() ? static_cast<lua_Integer>(ml::StoredCount(e)) : 0);
  return 1;
}

constexpr Entry kNeighboursTable[] = {
    {"knn", New<ml::kKnn>, "ml.knn([options]) -> estimator",
     "options: neighbors: 5; weights: \"uniform\" or \"distance\"; metric: \"euclidean\", "
     "\"manhattan\", \"chebyshev\", \"minkowski\" or \"cosine\"; p: of minkowski, 2; capacity: "
     "samples, 0 (no limit); replace: \"none\" or \"oldest\"",
     Doc("Classes by a vote of the nearest samples (scikit-learn's KNeighborsClassifier, brute "
         "force); with fewer samples than `neighbors`, of all. It can be taught one by one: `add`, "
         "`remove`, `#knn`. `capacity` takes the memory for so many samples at once; when they are "
         "there, another one raises, or with `replace = \"oldest\"` takes the oldest's place."),
     Doc("local knn = ml.knn{neighbors = 1, capacity = 100}\n"
         "knn:add({1, 1}, \"low\")\n"
         "knn:add({8, 9}, \"high\")\n"
         "print(#knn, knn:predict {7, 7}) --> 2 high")},
    {"knn_regressor", New<ml::kKnnRegressor>, "ml.knn_regressor([options]) -> estimator",
     "options: as of ml.knn",
     Doc("The mean of the nearest samples' values (scikit-learn's KNeighborsRegressor), weighted "
         "by 1 / distance with `weights = \"distance\"`. Taught one by one as `ml.knn`."),
     Doc("local model = ml.knn_regressor{neighbors = 2}:fit({{1}, {2}, {9}}, {10, 20, 90})\n"
         "print(model:predict {1.4}) --> 15.0")},
    {"nearest_centroid", New<ml::kNearestCentroid>, "ml.nearest_centroid([options]) -> estimator",
     "options: metric, p: as of ml.knn; shrink: threshold, 0 (none)",
     Doc("Classes by the nearest of their centroids (scikit-learn's NearestCentroid): means, or "
         "medians with `metric = \"manhattan\"`. `shrink` moves each centroid to that of all "
         "samples by so many standard deviations, which leaves out features that tell nothing."),
     Doc("local model = ml.nearest_centroid():fit({{1}, {3}, {8}, {10}}, {0, 0, 1, 1})\n"
         "print(model:predict {5}, model.centroids:at(2, 1)) --> 0 9.0")},
    {"radius_neighbors", New<ml::kRadiusNeighbors>, "ml.radius_neighbors([options]) -> estimator",
     "options: radius: 1; weights, metric, p, capacity, replace: as of ml.knn",
     Doc("Classes by a vote of all samples within `radius` (scikit-learn's "
         "RadiusNeighborsClassifier); where there is none, the class that most samples have."),
     Doc("local model = ml.radius_neighbors{radius = 2}:fit({{1}, {2}, {9}}, {0, 0, 1})\n"
         "print(model:predict {8}) --> 1")},
    {"radius_regressor", New<ml::kRadiusRegressor>, "ml.radius_regressor([options]) -> estimator",
     "options: as of ml.radius_neighbors",
     Doc("The mean of the values of all samples within `radius` (scikit-learn's "
         "RadiusNeighborsRegressor); NaN where there is none."),
     Doc("local model = ml.radius_regressor{radius = 2}:fit({{1}, {2}, {9}}, {10, 20, 90})\n"
         "print(model:predict {1.5}) --> 15.0")},
};

constexpr Entry kNeighbourMethodTable[] = {
    {"add", AddMethod, "estimator:add(x, y) -> estimator",
     "x: {samples, features} or {features}; y: labels or values {samples}, or one for all",
     Doc("Teaches ml.knn and its like more samples, where they lie: the first ones too, and labels "
         "never seen before. Nothing is computed, and samples known are not moved unless memory "
         "has to grow; those of a file in /rom are copied at the first call. `partial_fit` does "
         "the same."),
     Doc("local knn = ml.knn{neighbors = 3}\n"
         "knn:add({{0, 0}, {1, 0}}, \"rest\")\n"
         "knn:add({{8, 8}, {9, 8}, {8, 9}}, \"wave\")\n"
         "print(#knn, knn:predict {8, 7}) --> 5 wave")},
    {"remove", RemoveMethod, "estimator:remove(which) -> integer",
     "which: position of a sample, a string that is a label, or {label = label}; result: samples "
     "removed",
     Doc("Forgets one sample, or all of a label. Later samples move down by as many positions; "
         "after samples were replaced, the oldest comes first. A label without samples is no "
         "longer known. The last samples stay: raises when none would be left."),
     Doc("local knn = ml.knn():fit({{1}, {2}, {8}}, {\"low\", \"low\", \"high\"})\n"
         "print(knn:remove \"low\", #knn, #knn.classes) --> 2 1 1")},
    {"kneighbors", KneighborsMethod, "estimator:kneighbors(x [, k]) -> distances, positions",
     "x: {samples, features} or {features}; k: option `neighbors` unless given; results: float32 "
     "and int32 {samples, k} or {k}",
     Doc("The samples nearest to each row, nearest first, and of equally near ones the first: how "
         "far they are and their positions in what was fitted. For ml.knn, its like and ml.lof."),
     Doc("local knn = ml.knn():fit({{1}, {2}, {8}}, {0, 0, 1})\n"
         "local distances, positions = knn:kneighbors({7}, 2)\n"
         "print(distances[2], positions[1], positions[2]) --> 5.0 3 2")},
};

}  // namespace

const std::span<const Entry> kMlNeighbours = kNeighboursTable;
const std::span<const Entry> kMlNeighbourMethods = kNeighbourMethodTable;
const luaL_Reg kMlNeighbourMetamethods[] = {{"__len", StoreLength}, {nullptr, nullptr}};

// estimator:add(x, y); as partial_fit it is given options too.
int AddMethod(lua_State* L) {
  ml::Estimator& e = CheckStore(L);
  lua_settop(L, 4);
  static constexpr const char* kNames[] = {"classes", "verbose"};
  const OptionTable options(L, 4, kNames);
  bool single;
  const ml::Samples x = CheckSamples(L, 2, e, e.features, false, &single);
  RepeatForRows(L, x.count);
  Taught taught = {};
  const double* values = nullptr;
  if (e.kind->task == ml::Task::kClassify) {
    taught = EncodeTaught(L, e, x.count, 4);
  } else {
    values = PushTaughtValues(L, x.count);
  }
  const ml::Work work = {Runtime::Of(L).engine_memory(), StopOf(L)};
  const ml::Fit fit = {e.options, x,   taught.labels.codes, taught.labels.classes, values, nullptr,
                       nullptr,   work};
  RaiseIf(L, RunAdd(fit, taught, &e));
  ReleaseFileOf(L, e);
  lua_settop(L, 1);
  return 1;
}

}  // namespace moonlet
