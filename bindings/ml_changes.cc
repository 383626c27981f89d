// bindings/ml_changes.cc - change detection and running statistics as Lua values.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <new>

#include "bindings/ml_estimator.h"
#include "bindings/ml_parts.h"
#include "bindings/options.h"
#include "engine/ml/changes.h"

namespace moonlet {
namespace {

constexpr Index kPushesPerPoll = 1 << 16;

// The element at `offset` of a tensor, which must be a finite number.
double FiniteElement(lua_State* L, const Tensor& t, Index offset) {
  double value;
  if (t.dtype == DType::kFloat32) {
    value = t.as<float>()[offset];
  } else {
    PushElement(L, t, offset);
    value = lua_tonumber(L, -1);
    lua_pop(L, 1);
  }
  if (!std::isfinite(value)) ArgumentError(L, 2, "finite numbers expected");
  return value;
}

double FiniteNumber(lua_State* L) {
  const double value = luaL_checknumber(L, 2);
  if (!std::isfinite(value)) ArgumentError(L, 2, "finite numbers expected");
  return value;
}

// Detectors.

ml::Detector& CheckDetector(lua_State* L) {
  return *static_cast<ml::Detector*>(CheckObject(L, 1, kDetectorClass));
}

// What both constructors take: pushes the detector.
ml::Detector& NewDetector(lua_State* L, ml::Detector::Scheme scheme, const OptionTable& options) {
  constexpr double kMost = 1e30;
  constexpr int64_t kWarmup = 30;
  const bool target = options.Has("target"), deviation = options.Has("deviation");
  ml::Detector detector;
  detector.scheme = scheme;
  detector.baseline.target = options.Number("target", 0, -kMost, kMost);
  detector.baseline.deviation = options.Number("deviation", 1, 0, kMost);
  // A target alone leaves slack and threshold in the signal's own unit.
  const bool learn = options.Has("warmup") || !target;
  detector.baseline.learn_target = learn && !target;
  detector.baseline.learn_deviation = learn && !deviation;
  detector.baseline.warmup = options.Integer("warmup", learn ? kWarmup : 0, learn ? 2 : 0, 1 << 30);
  auto* made = new (NewObject(L, kDetectorClass, sizeof(ml::Detector), 0)) ml::Detector(detector);
  return *made;
}

int EwmaFunction(lua_State* L) {
  static constexpr const char* kNames[] = {"alpha", "limit", "target", "deviation", "warmup"};
  lua_settop(L, 1);
  const OptionTable options(L, 1, kNames);
  const double alpha = options.Number("alpha", 0.2, 0x1p-20, 1);
  const double limit = options.Number("limit", 3, 0, 1e30);
  ml::Detector& detector = NewDetector(L, ml::Detector::kEwma, options);
  detector.alpha = alpha;
  detector.limit = limit;
  detector.Reset();
  return 1;
}

int CusumFunction(lua_State* L) {
  static constexpr const char* kNames[] = {"slack", "threshold", "target", "deviation", "warmup"};
  lua_settop(L, 1);
  const OptionTable options(L, 1, kNames);
  const double slack = options.Number("slack", 0.5, 0, 1e30);
  const double threshold = options.Number("threshold", 5, 0, 1e30);
  ml::Detector& detector = NewDetector(L, ml::Detector::kCusum, options);
  detector.slack = slack;
  detector.limit = threshold;
  detector.Reset();
  return 1;
}

// Pushes value, whether any sample alarmed, and the position of the first that did.
int PushPushed(lua_State* L, const ml::Detector& detector, Index first) {
  lua_pushnumber(L, detector.value);
  lua_pushboolean(L, first > 0);
  if (first == 0) return 2;
  lua_pushinteger(L, static_cast<lua_Integer>(first));
  return 3;
}

// detector:push(x [, out]) -> value, alarm [, position]
int PushSamples(lua_State* L) {
  ml::Detector& detector = CheckDetector(L);
  const Tensor* t = TestTensor(L, 2);
  if (t == nullptr) return PushPushed(L, detector, detector.Push(FiniteNumber(L)) ? 1 : 0);
  if (t->rank() != 1) ArgumentError(L, 2, "number or tensor of rank 1 expected");
  lua_settop(L, 3);
  const Tensor* out = lua_isnil(L, 3) ? nullptr : NewOrOut(L, 3, DType::kFloat32, t->shape, {t});
  for (Index i = 0; i < t->dim(0); ++i) FiniteElement(L, *t, i * t->strides[0]);
  Index first = 0;
  for (Index i = 0; i < t->dim(0); ++i) {
    if (i % kPushesPerPoll == 0) PollStop(L);
    if (detector.Push(FiniteElement(L, *t, i * t->strides[0])) && first == 0) first = i + 1;
    if (out != nullptr) out->as<float>()[i * out->strides[0]] = static_cast<float>(detector.value);
  }
  return PushPushed(L, detector, first);
}

int ResetDetector(lua_State* L) {
  ml::Detector& detector = CheckDetector(L);
  static constexpr const char* kNames[] = {"baseline"};
  lua_settop(L, 2);
  if (OptionTable(L, 2, kNames).Boolean("baseline", false)) detector.baseline.seen = {};
  detector.Reset();
  return 0;
}

struct DetectorField {
  const char* name;
  double (*value)(const ml::Detector& d);
  bool whole;
};
constexpr DetectorField kDetectorFields[] = {
    {"value", [](const ml::Detector& d) { return d.value; }, false},
    {"upper", [](const ml::Detector& d) { return d.upper; }, false},
    {"lower", [](const ml::Detector& d) { return d.lower; }, false},
    {"target", [](const ml::Detector& d) { return d.baseline.target; }, false},
    {"deviation", [](const ml::Detector& d) { return d.baseline.deviation; }, false},
    {"side", [](const ml::Detector& d) { return static_cast<double>(d.side); }, true},
    {"count", [](const ml::Detector& d) { return static_cast<double>(d.count); }, true},
};

// A field, else a method from upvalue 1.
int DetectorIndex(lua_State* L) {
  const ml::Detector& detector = CheckDetector(L);
  const char* name = lua_type(L, 2) == LUA_TSTRING ? lua_tostring(L, 2) : "";
  for (const DetectorField& field : kDetectorFields) {
    if (std::strcmp(field.name, name) != 0) continue;
    const double value = field.value(detector);
    field.whole ? lua_pushinteger(L, static_cast<lua_Integer>(value)) : lua_pushnumber(L, value);
    return 1;
  }
  if (std::strcmp(name, "ready") == 0) {
    lua_pushboolean(L, detector.baseline.ready());
    return 1;
  }
  lua_pushvalue(L, 2);
  lua_rawget(L, lua_upvalueindex(1));
  return 1;
}

int DetectorToString(lua_State* L) {
  const ml::Detector& d = CheckDetector(L);
  const char* name = d.scheme == ml::Detector::kEwma ? "ewma" : "cusum";
  if (!d.baseline.ready()) {
    lua_pushfstring(L, "%s, learning its baseline", name);
  } else {
    lua_pushfstring(L, "%s: %I samples, value %f%s", name, static_cast<LUAI_UACINT>(d.count),
                    static_cast<LUAI_UACNUMBER>(d.value), d.side != 0 ? ", alarm" : "");
  }
  return 1;
}

int RefuseField(lua_State* L) {
  return luaL_error(L, "no field '%s' to set", luaL_tolstring(L, 2, nullptr));
}

// Running statistics. Behind each other: moments, least and largest of each feature.

struct WelfordBox {
  Index width;
  ml::RunningMoments* moments;
  double* least;
  double* most;
};

WelfordBox& CheckWelford(lua_State* L, int index) {
  return *static_cast<WelfordBox*>(CheckObject(L, index, kWelfordClass));
}

void ClearWelford(const WelfordBox& box) {
  for (Index j = 0; j < box.width; ++j) {
    box.moments[j] = {};
    box.least[j] = HUGE_VAL;
    box.most[j] = -HUGE_VAL;
  }
}

int WelfordFunction(lua_State* L) {
  const lua_Integer width = luaL_optinteger(L, 1, 1);
  luaL_argcheck(L, width >= 1 && width <= 1 << 24, 1, "a width from 1 expected");
  const auto n = static_cast<size_t>(width);
  const size_t bytes = sizeof(WelfordBox) + n * (sizeof(ml::RunningMoments) + 2 * sizeof(double));
  auto* box = new (NewObject(L, kWelfordClass, bytes, 0)) WelfordBox();
  box->moments = reinterpret_cast<ml::RunningMoments*>(box + 1);
  box->least = reinterpret_cast<double*>(box->moments + n);
  box->most = box->least + n;
  box->width = static_cast<Index>(n);
  ClearWelford(*box);
  return 1;
}

void PushWelford(const WelfordBox& box, Index j, double x) {
  box.moments[j].Push(x);
  box.least[j] = std::min(box.least[j], x);
  box.most[j] = std::max(box.most[j], x);
}

// welford:push(x)
int PushStatistics(lua_State* L) {
  const WelfordBox& box = CheckWelford(L, 1);
  const Tensor* t = TestTensor(L, 2);
  if (t == nullptr) {
    if (box.width != 1)
      ArgumentError(L, 2, "tensor of %I numbers expected, got %s",
                    static_cast<LUAI_UACINT>(box.width), Given(L, 2));
    PushWelford(box, 0, FiniteNumber(L));
    return 0;
  }
  const bool rows = t->rank() == 2 || (t->rank() == 1 && box.width == 1);
  const Index width = t->rank() == 2 ? t->dim(1) : t->rank() == 1 && box.width > 1 ? t->dim(0) : 1;
  if (t->rank() < 1 || t->rank() > 2 || width != box.width)
    ArgumentError(L, 2, "samples of %I numbers expected", static_cast<LUAI_UACINT>(box.width));
  const Index count = rows ? t->dim(0) : 1;
  const Index by_row = rows ? t->strides[0] : 0;
  const Index by_column = t->strides[t->rank() - 1];
  for (int pass = 0; pass < 2; ++pass)  // all are checked before any counts
    for (Index i = 0; i < count; ++i) {
      if (i % kPushesPerPoll == 0) PollStop(L);
      for (Index j = 0; j < width; ++j) {
        const double x = FiniteElement(L, *t, i * by_row + j * by_column);
        if (pass == 1) PushWelford(box, j, x);
      }
    }
  return 0;
}

double CountOf(const WelfordBox& box) { return box.moments[0].count; }

// Pushes get(feature) of each: a number, or float64 {width}.
template <typename Get>
int PushFeatures(lua_State* L, const WelfordBox& box, int out, Get get) {
  if (box.width == 1 && lua_isnoneornil(L, out)) {
    lua_pushnumber(L, get(0));
    return 1;
  }
  const Tensor& t = *NewOrOut(L, out, DType::kFloat64, {1, {box.width}});
  for (Index j = 0; j < box.width; ++j) t.as<double>()[j * t.strides[0]] = get(j);
  return 1;
}

const WelfordBox& CheckPushed(lua_State* L, double least) {
  const WelfordBox& box = CheckWelford(L, 1);
  if (!(CountOf(box) >= least))
    ArgumentError(L, 1, "at least %d samples expected, %d came", static_cast<int>(least),
                  static_cast<int>(std::min(CountOf(box), 2e9)));
  return box;
}

int WelfordMean(lua_State* L) {
  const WelfordBox& box = CheckPushed(L, 1);
  return PushFeatures(L, box, 2, [&](Index j) { return box.moments[j].mean; });
}

int CheckDdof(lua_State* L) {
  const lua_Integer ddof = luaL_optinteger(L, 2, 0);
  luaL_argcheck(L, ddof >= 0 && ddof <= 1000, 2, "0 to 1000 expected");
  return static_cast<int>(ddof);
}

int WelfordVar(lua_State* L) {
  const int ddof = CheckDdof(L);
  const WelfordBox& box = CheckPushed(L, ddof + 1);
  return PushFeatures(L, box, 3, [&](Index j) { return box.moments[j].Variance(ddof); });
}

int WelfordStd(lua_State* L) {
  const int ddof = CheckDdof(L);
  const WelfordBox& box = CheckPushed(L, ddof + 1);
  return PushFeatures(L, box, 3, [&](Index j) { return std::sqrt(box.moments[j].Variance(ddof)); });
}

int WelfordMin(lua_State* L) {
  const WelfordBox& box = CheckPushed(L, 1);
  return PushFeatures(L, box, 2, [&](Index j) { return box.least[j]; });
}

int WelfordMax(lua_State* L) {
  const WelfordBox& box = CheckPushed(L, 1);
  return PushFeatures(L, box, 2, [&](Index j) { return box.most[j]; });
}

int MergeWelford(lua_State* L) {
  const WelfordBox& box = CheckWelford(L, 1);
  const WelfordBox& other = CheckWelford(L, 2);
  if (other.width != box.width)
    ArgumentError(L, 2, "width %I expected, got %I", static_cast<LUAI_UACINT>(box.width),
                  static_cast<LUAI_UACINT>(other.width));
  for (Index j = 0; j < box.width; ++j) {
    const ml::RunningMoments moments = other.moments[j];  // may be its own
    box.moments[j].Merge(moments);
    box.least[j] = std::min(box.least[j], other.least[j]);
    box.most[j] = std::max(box.most[j], other.most[j]);
  }
  lua_settop(L, 1);
  return 1;
}

int ResetWelford(lua_State* L) {
  ClearWelford(CheckWelford(L, 1));
  return 0;
}

int WelfordIndex(lua_State* L) {
  const WelfordBox& box = CheckWelford(L, 1);
  const char* name = lua_type(L, 2) == LUA_TSTRING ? lua_tostring(L, 2) : "";
  if (std::strcmp(name, "count") == 0) {
    lua_pushinteger(L, static_cast<lua_Integer>(CountOf(box)));
  } else if (std::strcmp(name, "width") == 0) {
    lua_pushinteger(L, static_cast<lua_Integer>(box.width));
  } else {
    lua_pushvalue(L, 2);
    lua_rawget(L, lua_upvalueindex(1));
  }
  return 1;
}

int WelfordToString(lua_State* L) {
  const WelfordBox& box = CheckWelford(L, 1);
  lua_pushfstring(L, "welford: width %I, %I samples", static_cast<LUAI_UACINT>(box.width),
                  static_cast<LUAI_UACINT>(CountOf(box)));
  return 1;
}

constexpr Entry kChangesTable[] = {
    {"cusum", CusumFunction, "ml.cusum([options]) -> detector",
     "options: target, deviation: number, learnt; slack: deviations, 0.5; threshold: deviations, "
     "5; warmup: samples, 30",
     Doc("Detects small lasting changes of a mean by cumulative sums of what samples lie above and "
         "below it, less `slack` (Page 1954; Montgomery, Introduction to Statistical Quality "
         "Control). `target` and `deviation` are learnt from the first `warmup` samples unless "
         "given; with `target` alone, slack and threshold are in the signal's unit."),
     Doc("local detector = ml.cusum{target = 10, slack = 0.5, threshold = 4}\n"
         "for _, x in ipairs{10, 11, 12, 13} do print(detector:push(x)) end\n"
         "--> 0.0 false\n--> 0.5 false\n--> 2.0 false\n--> 4.5 true 1")},
    {"ewma", EwmaFunction, "ml.ewma([options]) -> detector",
     "options: alpha: share of each sample, 0.2; limit: deviations, 3; target, deviation: number, "
     "learnt; warmup: samples, 30",
     Doc("Detects changes of a mean by an exponentially weighted moving average, which alarms "
         "outside `limit` of its own deviations (Roberts 1959; Montgomery, Introduction to "
         "Statistical Quality Control). `target` and `deviation` are learnt from the first "
         "`warmup` samples unless given; with `target` alone the deviation is 1."),
     Doc("local detector = ml.ewma{alpha = 0.5, target = 0, deviation = 1}\n"
         "print(detector:push(1)) --> 0.5 false\n"
         "print(detector:push(8)) --> 4.25 true 1")},
    {"welford", WelfordFunction, "ml.welford([width]) -> welford", "width: features, 1",
     Doc("Statistics of samples as they come, in double: each is looked at once and none is kept "
         "(Welford 1962)."),
     Doc("local statistics = ml.welford()\n"
         "statistics:push(tensor.new {2, 4, 4, 4, 5, 5, 7, 9})\n"
         "print(statistics:mean(), statistics:std()) --> 5.0 2.0")},
};

constexpr Entry kDetectorTable[] = {
    {"push", PushSamples, "detector:push(x [, out]) -> number, boolean [, integer]",
     "x: number or {samples}; out: float32 {samples}",
     Doc("Takes a sample, or several in order: gives the value watched, whether any sample was an "
         "alarm, and the position of the first. `out` takes the value at each. While the baseline "
         "is learnt there is no alarm. After one it goes on: `reset` starts anew. Raises for "
         "numbers that are not finite, before any of them counts."),
     Doc("local detector = ml.cusum{target = 0, threshold = 2}\n"
         "print(detector:push(tensor.new {0, 2, 2, 0})) --> 2.5 true 3")},
    {"reset", ResetDetector, "detector:reset([options])", "options: baseline: boolean, false",
     Doc("Forgets what came, but for the baseline; with `baseline = true` that is learnt anew "
         "too."),
     Doc("local detector = ml.cusum{target = 0}\n"
         "detector:push(9)\n"
         "detector:reset()\n"
         "print(detector.value, detector.count) --> 0.0 0")},
    {"value", nullptr, "detector.value -> number", "",
     Doc("What is watched: the moving average, or the larger of both sums."), ""},
    {"upper", nullptr, "detector.upper -> number", "",
     Doc("The limit above the average, or the sum of what lay above the target."), ""},
    {"lower", nullptr, "detector.lower -> number", "",
     Doc("The limit below the average, or the sum of what lay below the target."), ""},
    {"side", nullptr, "detector.side -> integer", "",
     Doc("1 when the last sample alarms for a mean above the target, -1 below it, 0 without an "
         "alarm."),
     ""},
    {"target", nullptr, "detector.target -> number", "",
     Doc("The mean while nothing happens, given or learnt."), ""},
    {"deviation", nullptr, "detector.deviation -> number", "",
     Doc("The standard deviation while nothing happens, given or learnt."), ""},
    {"ready", nullptr, "detector.ready -> boolean", "", Doc("Whether the baseline is known."), ""},
    {"count", nullptr, "detector.count -> integer", "",
     Doc("Samples since the baseline was known, or the last reset."), ""},
};

constexpr Entry kWelfordTable[] = {
    {"push", PushStatistics, "welford:push(x)",
     "x: number, {samples} or {samples, 1} of width 1; {width} or {samples, width}",
     Doc("Takes a sample, or several. Raises for numbers that are not finite, before any of them "
         "counts."),
     Doc("local statistics = ml.welford(2)\n"
         "statistics:push(tensor.new {{1, 10}, {3, 30}})\n"
         "print(statistics:mean()[2], statistics.count) --> 20.0 2")},
    {"mean", WelfordMean, "welford:mean([out]) -> number | tensor", "result: float64 {width}",
     Doc("Means of all samples: a number of width 1."),
     Doc("local statistics = ml.welford()\n"
         "statistics:push(tensor.new {1, 2, 6})\n"
         "print(statistics:mean()) --> 3.0")},
    {"var", WelfordVar, "welford:var([ddof [, out]]) -> number | tensor",
     "ddof: 0; result: float64 {width}",
     Doc("Variances: sums of squares over the samples less `ddof`."),
     Doc("local statistics = ml.welford()\n"
         "statistics:push(tensor.new {1, 2, 3})\n"
         "print(statistics:var(1)) --> 1.0")},
    {"std", WelfordStd, "welford:std([ddof [, out]]) -> number | tensor",
     "ddof: 0; result: float64 {width}", Doc("Standard deviations: the roots of `var`."),
     Doc("local statistics = ml.welford()\n"
         "statistics:push(tensor.new {1, 5})\n"
         "print(statistics:std()) --> 2.0")},
    {"min", WelfordMin, "welford:min([out]) -> number | tensor", "result: float64 {width}",
     Doc("The least of all samples."),
     Doc("local statistics = ml.welford()\n"
         "statistics:push(tensor.new {3, 1, 2})\n"
         "print(statistics:min()) --> 1.0")},
    {"max", WelfordMax, "welford:max([out]) -> number | tensor", "result: float64 {width}",
     Doc("The largest of all samples."),
     Doc("local statistics = ml.welford()\n"
         "statistics:push(tensor.new {3, 1, 2})\n"
         "print(statistics:max()) --> 3.0")},
    {"merge", MergeWelford, "welford:merge(other) -> welford", "",
     Doc("Adds what another one of the same width took, as if it had come here."),
     Doc("local a, b = ml.welford(), ml.welford()\n"
         "a:push(1)\n"
         "b:push(tensor.new {2, 6})\n"
         "print(a:merge(b):mean()) --> 3.0")},
    {"reset", ResetWelford, "welford:reset()", "", Doc("Forgets all samples."),
     Doc("local statistics = ml.welford()\n"
         "statistics:push(1)\n"
         "statistics:reset()\n"
         "print(statistics.count) --> 0")},
    {"count", nullptr, "welford.count -> integer", "", Doc("How many samples came."), ""},
    {"width", nullptr, "welford.width -> integer", "", Doc("Features of a sample."), ""},
};

constexpr luaL_Reg kDetectorMetamethods[] = {
    {"__tostring", DetectorToString}, {"__newindex", RefuseField}, {nullptr, nullptr}};
const luaL_Reg* const kDetectorMetamethodLists[] = {kDetectorMetamethods};
const std::span<const Entry> kDetectorMethods[] = {kDetectorTable};

constexpr luaL_Reg kWelfordMetamethods[] = {
    {"__tostring", WelfordToString}, {"__newindex", RefuseField}, {nullptr, nullptr}};
const luaL_Reg* const kWelfordMetamethodLists[] = {kWelfordMetamethods};
const std::span<const Entry> kWelfordMethods[] = {kWelfordTable};

}  // namespace

const std::span<const Entry> kMlChanges = kChangesTable;

const Class kDetectorClass = {"detector",
                              "moonlet.detector",
                              Doc("Watches a signal for a change of its mean: `ml.ewma`, "
                                  "`ml.cusum`. Pushing takes no memory."),
                              kDetectorMethods,
                              kDetectorMetamethodLists,
                              DetectorIndex};

const Class kWelfordClass = {"welford",
                             "moonlet.welford",
                             Doc("Running statistics of each feature. Pushing takes no memory."),
                             kWelfordMethods,
                             kWelfordMetamethodLists,
                             WelfordIndex};

}  // namespace moonlet
