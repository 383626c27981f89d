// bindings/dsp_designs.cc - recursive filters: the classic families.
#include "bindings/dsp_design.h"
#include "bindings/dsp_parts.h"
#include "dsp/iir_design.h"

namespace moonlet {
namespace {

constexpr const char* kDesignOptions[] = {"btype", "sample_rate", "output", "dtype", "norm"};

// One edge or a table of two at `index`, into fractions of half the sample rate. Gives how many.
int CheckEdges(lua_State* L, int index, double sample_rate, double* edges) {
  if (lua_type(L, index) == LUA_TNUMBER) {
    edges[0] = lua_tonumber(L, index) / sample_rate * 2;
    return 1;
  }
  if (!lua_istable(L, index) || luaL_len(L, index) != 2)
    luaL_argerror(L, index, "a frequency or a table of two expected");
  for (int i = 0; i < 2; ++i) {
    if (lua_geti(L, index, i + 1) != LUA_TNUMBER)
      luaL_argerror(L, index, "a frequency or a table of two expected");
    edges[i] = lua_tonumber(L, -1) / sample_rate * 2;
    lua_pop(L, 1);
  }
  return 2;
}

// Pushes all roots, conjugates side by side, as {n, 2}.
void PushRoots(lua_State* L, const dsp::Roots& roots, DType dtype) {
  const int n = roots.degree();
  double values[2 * dsp::Roots::kMost];
  double* next = values;
  for (int i = 0; i < roots.count; ++i) {
    const dsp::Complex root = roots.at[i];
    *next++ = root.re, *next++ = root.im;
    if (root.im != 0) *next++ = root.re, *next++ = -root.im;
  }
  PushRounded(L, {values, static_cast<size_t>(2 * n)}, dtype, {n, 2});
}

int PushZpk(lua_State* L, const dsp::Zpk& filter, DType dtype) {
  PushRoots(L, filter.zeros, dtype);
  PushRoots(L, filter.poles, dtype);
  lua_pushnumber(L, filter.gain);
  return 3;
}

int PushPolynomials(lua_State* L, const dsp::Zpk& filter, DType dtype) {
  constexpr size_t kMost = dsp::Roots::kMost + 1;
  double b[kMost], a[kMost], scratch[kMost];
  const auto n = static_cast<size_t>(filter.poles.degree()) + 1;
  dsp::ToPolynomials(filter, {b, n}, {a, n});
  RaiseIf(L, dsp::CheckDenominator({a, n}, dtype == DType::kFloat32, {scratch, n}));
  PushRounded(L, {b, n}, dtype, {static_cast<int64_t>(n)});
  PushRounded(L, {a, n}, dtype, {static_cast<int64_t>(n)});
  return 2;
}

// Designs what `spec` says but for band and edges, which lie at `index`, options behind.
int PushIir(lua_State* L, dsp::IirSpec spec, int index) {
  static constexpr const char* kBands[] = {"lowpass", "highpass", "bandpass", "bandstop",
                                           "low",     "high",     "band",     "stop"};
  static constexpr const char* kOutputs[] = {"sos", "ba", "zpk"};
  static constexpr const char* kNorms[] = {"phase", "delay", "mag"};
  lua_settop(L, index + 1);
  const bool bessel = spec.family == dsp::IirFamily::kBessel;
  const OptionTable options(L, index + 1, {kDesignOptions, bessel ? 5u : 4u});
  const int edges = CheckEdges(L, index, DesignRate(options), spec.edges);
  const int band = options.Choice("btype", edges == 1 ? 0 : 2, kBands) % 4;
  spec.band = static_cast<dsp::Band>(band);
  if ((band >= 2) != (edges == 2))
    return luaL_argerror(L, index,
                         edges == 1 ? "two edges expected, got one" : "one edge expected, got two");
  if (bessel) spec.norm = static_cast<dsp::BesselNorm>(options.Choice("norm", 0, kNorms));
  const int output = options.Choice("output", 0, kOutputs);
  const DType dtype = DesignDType(options);
  dsp::Zpk filter;
  RaiseIf(L, dsp::DesignIir(spec, &filter));
  if (output == 1) return PushPolynomials(L, filter, dtype);
  if (output == 2) return PushZpk(L, filter, dtype);
  dsp::Section sections[dsp::Roots::kMost / 2];
  const auto n = static_cast<size_t>(dsp::SectionsOf(filter));
  dsp::ToSections(filter, {sections, n});
  return PushDesign(L, {sections, n}, dtype);
}

// The order at 1.
dsp::IirSpec CheckOrder(lua_State* L, dsp::IirFamily family) {
  dsp::IirSpec spec;
  spec.family = family;
  const lua_Integer order = luaL_checkinteger(L, 1);
  if (order < 1 || order > dsp::IirSpec::kMostOrder)
    ArgumentError(L, 1, "an order of 1 to %d expected, got %I", dsp::IirSpec::kMostOrder,
                  static_cast<LUAI_UACINT>(order));
  spec.order = static_cast<int>(order);
  return spec;
}

int Butter(lua_State* L) { return PushIir(L, CheckOrder(L, dsp::IirFamily::kButterworth), 2); }

int Bessel(lua_State* L) { return PushIir(L, CheckOrder(L, dsp::IirFamily::kBessel), 2); }

int Cheby1(lua_State* L) {
  dsp::IirSpec spec = CheckOrder(L, dsp::IirFamily::kChebyshev1);
  spec.ripple = luaL_checknumber(L, 2);
  return PushIir(L, spec, 3);
}

int Cheby2(lua_State* L) {
  dsp::IirSpec spec = CheckOrder(L, dsp::IirFamily::kChebyshev2);
  spec.attenuation = luaL_checknumber(L, 2);
  return PushIir(L, spec, 3);
}

int Ellip(lua_State* L) {
  dsp::IirSpec spec = CheckOrder(L, dsp::IirFamily::kElliptic);
  spec.ripple = luaL_checknumber(L, 2);
  spec.attenuation = luaL_checknumber(L, 3);
  return PushIir(L, spec, 4);
}

constexpr Entry kDspDesignTable[] = {
    {"butter", Butter, "dsp.butter(order, cutoff [, options]) -> sos",
     "order: 1 to 32; cutoff: Hz or {low, high}, or fractions of half the sample rate when none "
     "is given; sos: {sections, 6}",
     Doc("A Butterworth filter as second-order sections, each row b0 b1 b2 1 a1 a2, as "
         "scipy.signal.butter(..., output = 'sos') makes them: flat in the pass band, -3 dB at "
         "the edges. Options: btype = \"lowpass\", \"highpass\", \"bandpass\" or \"bandstop\" "
         "(unless given low-pass for one edge, band-pass for two); sample_rate; output = \"sos\", "
         "\"ba\" (two vectors of coefficients) or \"zpk\" (zeros {n, 2}, poles {n, 2}, gain); "
         "dtype = \"float32\" or \"float64\". Designed in double by the bilinear transform and "
         "rounded once; raises when a rounded pole is not inside of the unit circle."),
     Doc("local sos = dsp.butter(4, 1000, {sample_rate = 16000})\n"
         "print(sos:dim(1), sos:dim(2)) --> 2\t6\n"
         "local b, a = dsp.butter(1, 0.5, {output = \"ba\"})\n"
         "print(b[1], b[2]) --> 0.5\t0.5")},
    {"cheby1", Cheby1, "dsp.cheby1(order, ripple, cutoff [, options]) -> sos",
     "order: 1 to 32; ripple: dB; cutoff and options: as dsp.butter; sos: {sections, 6}",
     Doc("A Chebyshev filter of type I, as scipy.signal.cheby1: equal ripples in the pass band, "
         "`ripple` below 0 dB at the edges and steeper behind than Butterworth's."),
     Doc("local sos = dsp.cheby1(5, 0.5, 0.3, {btype = \"highpass\"})\n"
         "print(sos:dim(1)) --> 3")},
    {"cheby2", Cheby2, "dsp.cheby2(order, attenuation, cutoff [, options]) -> sos",
     "order: 1 to 32; attenuation: dB; cutoff and options: as dsp.butter; sos: {sections, 6}",
     Doc("A Chebyshev filter of type II, as scipy.signal.cheby2: flat in the pass band, equal "
         "ripples in the stop band, which begins at the edges with `attenuation` below 0 dB."),
     Doc("local sos = dsp.cheby2(4, 40, {0.2, 0.5})\n"
         "print(sos:dim(1)) --> 4")},
    {"ellip", Ellip, "dsp.ellip(order, ripple, attenuation, cutoff [, options]) -> sos",
     "order: 1 to 32; ripple, attenuation: dB; cutoff and options: as dsp.butter; sos: "
     "{sections, 6}",
     Doc("An elliptic (Cauer) filter, as scipy.signal.ellip: equal ripples in both bands and the "
         "shortest way from the one to the other that an order can have. The passband's edges "
         "are given."),
     Doc("local sos = dsp.ellip(4, 1, 40, 0.3)\n"
         "print(sos:dim(1)) --> 2")},
    {"bessel", Bessel, "dsp.bessel(order, cutoff [, options]) -> sos",
     "order: 1 to 32; cutoff and options: as dsp.butter, and norm; sos: {sections, 6}",
     Doc("A Bessel (Thomson) filter, as scipy.signal.bessel: nearly constant delay in the pass "
         "band, so that shapes stay. Option norm tells what the edge is: \"phase\", the middle "
         "of the phase's course; \"mag\", -3 dB; \"delay\", 1 over the delay at low frequencies."),
     Doc("local sos = dsp.bessel(4, 100, {sample_rate = 1000, norm = \"mag\"})\n"
         "print(sos:dim(1)) --> 2")},
};

}  // namespace

const std::span<const Entry> kDspDesigns = kDspDesignTable;

}  // namespace moonlet
