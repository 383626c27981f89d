// bindings/dsp_windows.cc - windows.
#include "bindings/dsp_design.h"
#include "bindings/dsp_parts.h"
#include "bindings/dsp_window.h"

namespace moonlet {

dsp::WindowSpec CheckWindowSpec(lua_State* L, int index, int argument, const char* otherwise) {
  index = lua_absindex(L, index);
  const bool table = lua_istable(L, index);
  if (table) lua_geti(L, index, 1);
  const bool left_out = lua_isnoneornil(L, index) && otherwise != nullptr;
  const int name_at = table ? -1 : index;
  if (!left_out && lua_type(L, name_at) != LUA_TSTRING) {
    ArgumentError(L, argument, "window: name or {name, parameter...} expected, got %s",
                  luaL_typename(L, name_at));
  }
  dsp::WindowSpec spec;
  Status s = dsp::WindowByName(left_out ? otherwise : lua_tostring(L, name_at), &spec);
  for (int i = 0; table && s.ok() && i < dsp::ParametersOf(spec.kind); ++i) {
    if (lua_geti(L, index, i + 2) == LUA_TNUMBER) spec.parameters[i] = lua_tonumber(L, -1);
    lua_pop(L, 1);
  }
  if (table) lua_pop(L, 1);
  if (s.ok()) s = dsp::CheckWindow(spec);
  if (!s.ok()) luaL_argerror(L, argument, s.what());
  return spec;
}

namespace {

// Pushes the window of the length at `index`; behind it `periodic` and `out`.
int PushWindow(lua_State* L, const dsp::WindowSpec& spec, int index, bool periodic) {
  const lua_Integer n = luaL_checkinteger(L, index);
  const int64_t dims[] = {n};
  Shape shape;
  if (n < 1 || !ShapeFrom(dims, DType::kFloat64, &shape))
    ArgumentError(L, index, "1 or more samples expected, got %I", static_cast<LUAI_UACINT>(n));
  if (!lua_isnoneornil(L, index + 1)) {
    luaL_checktype(L, index + 1, LUA_TBOOLEAN);
    periodic = lua_toboolean(L, index + 1) != 0;
  }
  const Tensor& out = *NewOrOut(L, index + 2, DType::kFloat32, shape);
  const std::span<double> samples = PushScratch(L, static_cast<size_t>(n));
  RaiseIf(L, dsp::FillWindow(spec, periodic, samples, &StopOf(L)));
  StoreDoubles(samples.data(), DType::kFloat32, out.strides[0], out.dim(0), out.data);
  lua_pop(L, 1);
  return 1;
}

// window(window, n [, periodic [, out]])
int WindowFunction(lua_State* L) {
  lua_settop(L, 4);
  return PushWindow(L, CheckWindowSpec(L, 1, 1, nullptr), 2, true);
}

// hann(n [, periodic [, out]]) and others without parameters
template <dsp::WindowKind kKind>
int PlainWindow(lua_State* L) {
  lua_settop(L, 3);
  return PushWindow(L, {kKind, {}}, 1, false);
}

// kaiser(n, beta [, periodic [, out]]) and others with one parameter
template <dsp::WindowKind kKind>
int ShapedWindow(lua_State* L) {
  lua_settop(L, 4);
  dsp::WindowSpec spec;
  RaiseIf(L, dsp::WindowByName(dsp::NameOf(kKind), &spec));
  spec.parameters[0] = luaL_optnumber(L, 2, spec.parameters[0]);
  if (Status s = dsp::CheckWindow(spec); !s.ok()) return luaL_argerror(L, 2, s.what());
  lua_remove(L, 2);
  return PushWindow(L, spec, 1, false);
}

using dsp::WindowKind;
constexpr Entry kDspWindowTable[] = {
    {"window", WindowFunction, "dsp.window(window, n [, periodic [, out]]) -> tensor",
     "window: name | {name, parameter...}; n: samples; result: float32 {n}",
     Doc("A window by name, as scipy.signal.get_window gives it: periodic, for spectra, unless "
         "`periodic` is false, which gives the symmetric one, for filters. Without parameters: "
         "boxcar triang parzen bohman blackman nuttall blackmanharris flattop bartlett barthann "
         "hamming hann cosine; with them: {\"kaiser\", beta}, {\"gaussian\", deviation}, "
         "{\"tukey\" [, tapered part = 0.5]}, {\"general_hamming\", alpha}, {\"chebwin\", dB}, "
         "{\"exponential\" [, centre, time constant = 1]}. Computed in double, rounded once."),
     Doc("print(table.concat(dsp.window(\"hann\", 4):totable(), \" \")) --> 0.0 0.5 1.0 0.5\n"
         "print(#dsp.window({\"kaiser\", 8.6}, 32, false)) --> 32")},
    {"hann", PlainWindow<WindowKind::kHann>, "dsp.hann(n [, periodic [, out]]) -> tensor",
     "n: samples; result: float32 {n}",
     Doc("The raised cosine, as scipy.signal.windows.hann: symmetric unless `periodic` is true."),
     Doc("print(table.concat(dsp.hann(3):totable(), \" \")) --> 0.0 1.0 0.0")},
    {"hamming", PlainWindow<WindowKind::kHamming>, "dsp.hamming(n [, periodic [, out]]) -> tensor",
     "n: samples; result: float32 {n}",
     Doc("0.54 less 0.46 times a cosine, as scipy.signal.windows.hamming: symmetric unless "
         "`periodic` is true."),
     Doc("print((\"%.2f\"):format(dsp.hamming(3)[1])) --> 0.08")},
    {"blackman", PlainWindow<WindowKind::kBlackman>,
     "dsp.blackman(n [, periodic [, out]]) -> tensor", "n: samples; result: float32 {n}",
     Doc("Three cosine terms, as scipy.signal.windows.blackman: symmetric unless `periodic` is "
         "true."),
     Doc("print((\"%.2f\"):format(dsp.blackman(5)[2])) --> 0.34")},
    {"blackmanharris", PlainWindow<WindowKind::kBlackmanHarris>,
     "dsp.blackmanharris(n [, periodic [, out]]) -> tensor", "n: samples; result: float32 {n}",
     Doc("Four cosine terms with side lobes below -92 dB, as scipy.signal.windows.blackmanharris: "
         "symmetric unless `periodic` is true."),
     Doc("print((\"%.4f\"):format(dsp.blackmanharris(5)[2])) --> 0.2175")},
    {"flattop", PlainWindow<WindowKind::kFlattop>, "dsp.flattop(n [, periodic [, out]]) -> tensor",
     "n: samples; result: float32 {n}",
     Doc("Five cosine terms that keep the height of a line between two bins, as "
         "scipy.signal.windows.flattop: symmetric unless `periodic` is true."),
     Doc("print((\"%.3f\"):format(dsp.flattop(5)[2])) --> -0.055")},
    {"bartlett", PlainWindow<WindowKind::kBartlett>,
     "dsp.bartlett(n [, periodic [, out]]) -> tensor", "n: samples; result: float32 {n}",
     Doc("A triangle from 0 to 0, as scipy.signal.windows.bartlett: symmetric unless `periodic` "
         "is true."),
     Doc("print(table.concat(dsp.bartlett(5):totable(), \" \")) --> 0.0 0.5 1.0 0.5 0.0")},
    {"kaiser", ShapedWindow<WindowKind::kKaiser>,
     "dsp.kaiser(n, beta [, periodic [, out]]) -> tensor",
     "n: samples; beta: 0 to 700; result: float32 {n}",
     Doc("Bessel functions that trade the main lobe's width for lower side lobes as beta grows, "
         "as scipy.signal.windows.kaiser: symmetric unless `periodic` is true. dsp.kaiserord "
         "finds n and beta for a filter."),
     Doc("print((\"%.4f\"):format(dsp.kaiser(3, 5)[1])) --> 0.0367")},
    {"gaussian", ShapedWindow<WindowKind::kGaussian>,
     "dsp.gaussian(n, deviation [, periodic [, out]]) -> tensor",
     "n, deviation: samples; result: float32 {n}",
     Doc("The bell curve of a standard deviation, as scipy.signal.windows.gaussian: symmetric "
         "unless `periodic` is true."),
     Doc("print((\"%.4f\"):format(dsp.gaussian(3, 1)[1])) --> 0.6065")},
    {"tukey", ShapedWindow<WindowKind::kTukey>,
     "dsp.tukey(n [, tapered [, periodic [, out]]]) -> tensor",
     "n: samples; tapered: part of the length, 0 to 1, 0.5 unless given; result: float32 {n}",
     Doc("Flat with cosine ends, as scipy.signal.windows.tukey: symmetric unless `periodic` is "
         "true."),
     Doc("print(table.concat(dsp.tukey(5):totable(), \" \")) --> 0.0 1.0 1.0 1.0 0.0")},
};

}  // namespace

const std::span<const Entry> kDspWindows = kDspWindowTable;

}  // namespace moonlet
