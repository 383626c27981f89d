// bindings/dsp_fir.cc - designs of FIR filters.
#include <cmath>
#include <cstring>

#include "bindings/dsp_design.h"
#include "bindings/dsp_parts.h"
#include "bindings/dsp_window.h"
#include "dsp/fir_design.h"
#include "dsp/remez.h"

namespace moonlet {
namespace {

// Pushes memory for as many taps as the number at 1 says.
std::span<double> PushTapDoubles(lua_State* L) {
  constexpr lua_Integer kMost = 1 << 16;
  const lua_Integer n = luaL_checkinteger(L, 1);
  if (n < 1 || n > kMost)
    ArgumentError(L, 1, "1 to %I taps expected, got %I", static_cast<LUAI_UACINT>(kMost),
                  static_cast<LUAI_UACINT>(n));
  return PushScratch(L, static_cast<size_t>(n));
}

int PushFir(lua_State* L, std::span<const double> taps, DType dtype) {
  PushRounded(L, taps, dtype, {static_cast<int64_t>(taps.size())});
  return 1;
}

// The frequencies at `index` as fractions of half the sample rate.
std::span<double> PushFractions(lua_State* L, int index, double sample_rate) {
  const std::span<double> values = PushNumbers(L, index);
  for (double& value : values) value = value / sample_rate * 2;
  return values;
}

// Pushes the option's value, or nil.
void PushOption(lua_State* L, int options, const char* name) {
  if (lua_istable(L, options)) {
    lua_getfield(L, options, name);
  } else {
    lua_pushnil(L);
  }
}

// Option `weight` of the table at `options`: numbers, or none.
std::span<double> PushWeights(lua_State* L, int options) {
  PushOption(L, options, "weight");
  if (lua_isnil(L, -1)) return {};
  return PushNumbers(L, lua_gettop(L));
}

// Option `pass_zero`: whether, or a kind of filter with as many cutoffs.
bool PassZero(lua_State* L, int options, size_t cutoffs) {
  static constexpr const char* kKinds[] = {"lowpass", "highpass", "bandstop", "bandpass", nullptr};
  PushOption(L, options, "pass_zero");
  if (lua_isnil(L, -1)) return true;
  if (lua_isboolean(L, -1)) return lua_toboolean(L, -1) != 0;
  const char* word = lua_tostring(L, -1);
  for (int i = 0; kKinds[i] != nullptr && word != nullptr; ++i) {
    if (std::strcmp(word, kKinds[i]) != 0) continue;
    if ((i < 2) != (cutoffs == 1))
      ArgumentError(L, 2, "%s expected for \"%s\"", i < 2 ? "one cutoff" : "two or more cutoffs",
                    word);
    return i % 2 == 0;
  }
  luaL_argerror(L, options,
                "option 'pass_zero': boolean, \"lowpass\", \"highpass\", \"bandpass\" "
                "or \"bandstop\" expected");
  return true;
}

// firwin(taps, cutoff [, options])
int Firwin(lua_State* L) {
  static constexpr const char* kNames[] = {"width", "window",      "pass_zero",
                                           "scale", "sample_rate", "dtype"};
  lua_settop(L, 3);
  const OptionTable options(L, 3, kNames);
  const double rate = DesignRate(options);
  const std::span<double> taps = PushTapDoubles(L);
  dsp::WindowedDesign design;
  design.cutoffs = PushFractions(L, 2, rate);
  design.pass_zero = PassZero(L, 3, design.cutoffs.size());
  design.scale = options.Boolean("scale", true);
  PushOption(L, 3, "window");
  design.window = CheckWindowSpec(L, -1, 3, "hamming");
  if (options.Has("width")) {
    const double width = options.Number("width", 0, 0, rate / 2) / rate * 2;
    const double beta =
        dsp::KaiserBeta(dsp::KaiserAttenuation(static_cast<int64_t>(taps.size()), width));
    design.window = {dsp::WindowKind::kKaiser, {beta}};
  }
  RaiseIf(L, dsp::DesignFirwin(design, taps, StopOf(L)));
  return PushFir(L, taps, DesignDType(options));
}

// firwin2(taps, frequencies, gains [, options])
int Firwin2(lua_State* L) {
  static constexpr const char* kNames[] = {"nfreqs", "window", "antisymmetric", "sample_rate",
                                           "dtype"};
  constexpr int64_t kMostPoints = 1 << 20;
  lua_settop(L, 4);
  const OptionTable options(L, 4, kNames);
  const std::span<double> taps = PushTapDoubles(L);
  dsp::SampledDesign design;
  design.frequencies = PushFractions(L, 2, DesignRate(options));
  design.gains = PushNumbers(L, 3);
  design.points = options.Integer("nfreqs", 0, 2, kMostPoints);
  design.antisymmetric = options.Boolean("antisymmetric", false);
  PushOption(L, 4, "window");
  design.window = CheckWindowSpec(L, -1, 4, "hamming");
  const auto points = static_cast<size_t>(dsp::SampledPoints(design, taps.size()));
  RaiseIf(L, dsp::DesignFirwin2(design, taps, PushScratch(L, points), StopOf(L)));
  return PushFir(L, taps, DesignDType(options));
}

// firls(taps, bands, desired [, options])
int Firls(lua_State* L) {
  static constexpr const char* kNames[] = {"weight", "sample_rate", "dtype"};
  lua_settop(L, 4);
  const OptionTable options(L, 4, kNames);
  const std::span<double> taps = PushTapDoubles(L);
  dsp::LeastSquaresDesign design;
  design.bands = PushFractions(L, 2, DesignRate(options));
  design.desired = PushNumbers(L, 3);
  design.weights = PushWeights(L, 4);
  RaiseIf(L, dsp::DesignFirls(design, taps, EngineMemory(L), StopOf(L)));
  return PushFir(L, taps, DesignDType(options));
}

// remez(taps, bands, desired [, options])
int RemezFunction(lua_State* L) {
  static constexpr const char* kNames[] = {"weight",       "type",    "sample_rate",
                                           "grid_density", "maxiter", "dtype"};
  static constexpr const char* kTypes[] = {"bandpass", "differentiator", "hilbert"};
  lua_settop(L, 4);
  const OptionTable options(L, 4, kNames);
  const double rate = options.Number("sample_rate", 1, 0x1p-100, 0x1p100);
  const std::span<double> taps = PushTapDoubles(L);
  dsp::RemezDesign design;
  const std::span<double> bands = PushNumbers(L, 2);
  for (double& edge : bands) edge /= rate;
  design.bands = bands;
  design.desired = PushNumbers(L, 3);
  design.weights = PushWeights(L, 4);
  design.type = static_cast<dsp::RemezType>(options.Choice("type", 0, kTypes));
  design.grid_density = static_cast<int>(options.Integer("grid_density", 16, 2, 256));
  design.most_turns = static_cast<int>(options.Integer("maxiter", 25, 1, 10000));
  RaiseIf(L, dsp::DesignRemez(design, taps, EngineMemory(L), StopOf(L)));
  return PushFir(L, taps, DesignDType(options));
}

// kaiser_beta(attenuation)
int KaiserBetaFunction(lua_State* L) {
  lua_pushnumber(L, dsp::KaiserBeta(luaL_checknumber(L, 1)));
  return 1;
}

// kaiserord(attenuation, width [, options])
int Kaiserord(lua_State* L) {
  static constexpr const char* kNames[] = {"sample_rate"};
  lua_settop(L, 3);
  const double attenuation = std::fabs(luaL_checknumber(L, 1));
  if (!(attenuation >= 8)) return luaL_argerror(L, 1, "8 dB or more expected");
  const OptionTable options(L, 3, kNames);
  const double width = luaL_checknumber(L, 2) / DesignRate(options) * 2;
  const double taps = width > 0 && width <= 1 ? dsp::KaiserTaps(attenuation, width) : HUGE_VAL;
  if (!(taps < 0x1p52))
    return luaL_argerror(L, 2, "a width above 0, at most half the sample rate, expected");
  lua_pushinteger(L, static_cast<lua_Integer>(taps));
  lua_pushnumber(L, dsp::KaiserBeta(attenuation));
  return 2;
}

constexpr Entry kDspFirTable[] = {
    {"firwin", Firwin, "dsp.firwin(taps, cutoff [, options]) -> tensor",
     "taps: 1 to 65536; cutoff: Hz, or fractions of half the sample rate when none is given, one "
     "or a list; result: {taps}",
     Doc("A linear-phase FIR filter: the ideal response, windowed, as scipy.signal.firwin. "
         "Options: window (\"hamming\", see dsp.window) or width of the transition, which picks "
         "a Kaiser window; pass_zero = true, false, \"lowpass\", \"highpass\", \"bandpass\" or "
         "\"bandstop\"; scale = true makes the first pass band's middle (or end) 1; sample_rate; "
         "dtype = \"float32\" or \"float64\". An even number of taps cannot pass half the sample "
         "rate. Computed in double, rounded once."),
     Doc("local h = dsp.firwin(31, 1000, {sample_rate = 8000})\n"
         "print((\"%.4f %.4f\"):format(h:sum(), h[16])) --> 1.0000 0.2507")},
    {"firwin2", Firwin2, "dsp.firwin2(taps, frequencies, gains [, options]) -> tensor",
     "taps: 1 to 65536; frequencies: from 0 to half the sample rate (1 when none is given); "
     "gains: one each; result: {taps}",
     Doc("A linear-phase FIR filter with straight lines between given gains, by the inverse "
         "transform of a grid of them, windowed, as scipy.signal.firwin2. A frequency that is "
         "there twice is a jump. Options: nfreqs, points of the grid; window (\"hamming\"); "
         "antisymmetric = true; sample_rate; dtype."),
     Doc("local h = dsp.firwin2(31, {0, 0.3, 0.5, 1}, {1, 1, 0, 0})\n"
         "print(#h, h[1] == h[31]) --> 31\ttrue")},
    {"firls", Firls, "dsp.firls(taps, bands, desired [, options]) -> tensor",
     "taps: odd; bands: pairs of edges in Hz, or fractions of half the sample rate when none is "
     "given; desired: a gain for each edge; result: {taps}",
     Doc("The linear-phase FIR filter with the least squared error over the bands, straight lines "
         "between the desired gains of each, as scipy.signal.firls. Options: weight, one for "
         "each band; sample_rate; dtype."),
     Doc("local h = dsp.firls(31, {0, 0.3, 0.4, 1}, {1, 1, 0, 0})\n"
         "print((\"%.2f\"):format(h:sum())) --> 1.00")},
    {"remez", RemezFunction, "dsp.remez(taps, bands, desired [, options]) -> tensor",
     "taps: 3 to 2048; bands: pairs of edges in Hz, or fractions of the sample rate when none is "
     "given; desired: a gain for each band; result: {taps}",
     Doc("The linear-phase FIR filter with the least largest error over the bands (Parks and "
         "McClellan, 1972), as scipy.signal.remez, whose sample rate is 1 unless given. Options: "
         "weight, one for each band; type = \"bandpass\", \"differentiator\" or \"hilbert\"; "
         "sample_rate; grid_density = 16; maxiter = 25; dtype. Raises when the exchange does "
         "not settle."),
     Doc("local h = dsp.remez(33, {0, 0.2, 0.25, 0.5}, {1, 0})\n"
         "print((\"%.3f\"):format(h[17])) --> 0.450")},
    {"kaiser_beta", KaiserBetaFunction, "dsp.kaiser_beta(attenuation) -> beta", "attenuation: dB",
     Doc("The shape of a Kaiser window that gives a filter this attenuation, as "
         "scipy.signal.kaiser_beta."),
     Doc("print((\"%.3f\"):format(dsp.kaiser_beta(60))) --> 5.653")},
    {"kaiserord", Kaiserord, "dsp.kaiserord(attenuation, width [, options]) -> taps, beta",
     "attenuation: dB, 8 or more; width: Hz, or a fraction of half the sample rate when none is "
     "given",
     Doc("How many taps, and which shape of a Kaiser window, a filter needs for an attenuation "
         "and the width of its transition, as scipy.signal.kaiserord. Option: sample_rate."),
     Doc("local taps, beta = dsp.kaiserord(60, 0.1)\n"
         "local h = dsp.firwin(taps | 1, 0.4, {window = {\"kaiser\", beta}})\n"
         "print(taps, #h) --> 74\t75")},
};

}  // namespace

const std::span<const Entry> kDspFir = kDspFirTable;

}  // namespace moonlet
