// bindings/dsp_sections.cc - single second-order sections, weighting curves, and gains of cascades.
#include <algorithm>

#include "bindings/dsp_design.h"
#include "bindings/dsp_parts.h"
#include "dsp/biquad.h"
#include "dsp/scaling.h"

namespace moonlet {
namespace {

using Resonator = Status(double frequency, double q, dsp::Section* section);

// iirnotch(w0, q [, options])
int PushResonator(lua_State* L, Resonator* design) {
  static constexpr const char* kNames[] = {"sample_rate", "dtype"};
  lua_settop(L, 3);
  const double frequency = luaL_checknumber(L, 1), q = luaL_checknumber(L, 2);
  const OptionTable options(L, 3, kNames);
  dsp::Section section;
  RaiseIf(L, design(frequency / DesignRate(options) * 2, q, &section));
  return PushDesign(L, {&section, 1}, DesignDType(options));
}

int IirNotch(lua_State* L) { return PushResonator(L, dsp::DesignNotch); }
int IirPeak(lua_State* L) { return PushResonator(L, dsp::DesignPeak); }

// rbj(kind, frequency [, options])
int Rbj(lua_State* L) {
  static constexpr const char* kKinds[] = {"lowpass", "highpass", "bandpass",  "notch", "allpass",
                                           "peaking", "lowshelf", "highshelf", nullptr};
  static constexpr const char* kNames[] = {"sample_rate", "q", "gain_db", "dtype"};
  lua_settop(L, 3);
  const auto kind = static_cast<dsp::Cookbook>(luaL_checkoption(L, 1, nullptr, kKinds));
  const double frequency = luaL_checknumber(L, 2);
  const OptionTable options(L, 3, kNames);
  const double q = options.Number("q", 0.70710678118654752440, 0, 1e9);
  const double gain = options.Number("gain_db", 0, -200, 200);
  dsp::Section section;
  RaiseIf(L, dsp::DesignCookbook(kind, frequency / DesignRate(options) * 2, q, gain, &section));
  return PushDesign(L, {&section, 1}, DesignDType(options));
}

// weighting(curve, sample_rate [, options])
int WeightingFunction(lua_State* L) {
  static constexpr const char* kCurves[] = {"A", "C", nullptr};
  static constexpr const char* kNames[] = {"dtype"};
  lua_settop(L, 3);
  const auto curve = static_cast<dsp::Weighting>(luaL_checkoption(L, 1, nullptr, kCurves));
  const double sample_rate = luaL_checknumber(L, 2);
  const OptionTable options(L, 3, kNames);
  dsp::Zpk filter;
  RaiseIf(L, dsp::DesignWeighting(curve, sample_rate, &filter));
  dsp::Section sections[dsp::kWeightingSections];
  const auto n = static_cast<size_t>(dsp::SectionsOf(filter));
  dsp::ToSections(filter, {sections, n});
  return PushDesign(L, {sections, n}, DesignDType(options));
}

// scale_sections(sos)
int ScaleSectionsFunction(lua_State* L) {
  lua_settop(L, 1);
  const std::span<const dsp::Section> given = PushSections(L, 1);
  const size_t n = given.size();
  auto* sections = static_cast<dsp::Section*>(lua_newuserdatauv(L, given.size_bytes(), 0));
  std::copy(given.begin(), given.end(), sections);
  dsp::ScaleSections({sections, n}, PushScratch(L, dsp::ScalingScratch(n)));
  return PushDesign(L, {sections, n}, FloatResult(CheckTensor(L, 1)->dtype));
}

constexpr Entry kDspSectionTable[] = {
    {"iirnotch", IirNotch, "dsp.iirnotch(frequency, q [, options]) -> sos",
     "frequency: Hz, or a fraction of half the sample rate when none is given; q: frequency over "
     "the width at -3 dB; sos: {1, 6}",
     Doc("A section that takes one frequency out, such as the mains' hum: the coefficients of "
         "scipy.signal.iirnotch (Orfanidis, Introduction to Signal Processing, 1996). Options: "
         "sample_rate, dtype = \"float32\" or \"float64\"."),
     Doc("local sos = dsp.iirnotch(50, 30, {sample_rate = 1000})\n"
         "local _, h = dsp.sosfreqz(sos, tensor.new{50}, {sample_rate = 1000})\n"
         "print(h:abs():max() < 1e-4) --> true")},
    {"iirpeak", IirPeak, "dsp.iirpeak(frequency, q [, options]) -> sos",
     "frequency: Hz, or a fraction of half the sample rate when none is given; q: frequency over "
     "the width at -3 dB; sos: {1, 6}",
     Doc("A section that lets one frequency through at 0 dB: the coefficients of "
         "scipy.signal.iirpeak. Options as of dsp.iirnotch."),
     Doc("print(dsp.iirpeak(0.2, 30)[1][2]) --> 0.0")},
    {"rbj", Rbj, "dsp.rbj(kind, frequency [, options]) -> sos",
     "frequency: Hz, or a fraction of half the sample rate when none is given; sos: {1, 6}",
     Doc("A section of R. Bristow-Johnson's cookbook for audio equalizers. Kinds: \"lowpass\" "
         "\"highpass\" \"bandpass\" (0 dB at its frequency) \"notch\" \"allpass\" \"peaking\" "
         "\"lowshelf\" \"highshelf\". Options: q, 0.7071 unless given; gain_db for peaking and "
         "shelves; sample_rate; dtype."),
     Doc("local sos = dsp.rbj(\"peaking\", 1000, {sample_rate = 16000, q = 0.9, gain_db = 6})\n"
         "print((\"%.4f\"):format(sos[1][1])) --> 1.1302")},
    {"weighting", WeightingFunction, "dsp.weighting(curve, sample_rate [, options]) -> sos",
     "curve: \"A\" | \"C\"; sample_rate: Hz, above 2000; sos: {3, 6} for A, {2, 6} for C",
     Doc("The frequency weighting of sound levels by IEC 61672-1, 0 dB at 1 kHz, by the bilinear "
         "transform: within 0.1 dB of the curve up to a twelfth of the sample rate, lower than "
         "it towards the half. Option: dtype."),
     Doc("local sos = dsp.weighting(\"A\", 48000)\n"
         "local _, h = dsp.sosfreqz(sos, tensor.new{100}, {sample_rate = 48000})\n"
         "print((\"%.1f dB\"):format(20 * math.log(h[1]:norm(), 10))) --> -19.1 dB")},
    {"scale_sections", ScaleSectionsFunction, "dsp.scale_sections(sos) -> sos",
     "sos: {sections, 6}",
     Doc("The same filter with its gain shared out for fixed point: up to each section but the "
         "last, the loudest frequency comes out as loud as it went in (Jackson 1970, by 512 "
         "frequencies and the poles' own). Designs have all gain in the first section, and the "
         "others' coefficients reach 2, which q15 and q31 do not."),
     Doc("local sos = dsp.butter(4, 1000, {sample_rate = 16000})\n"
         "local low = dsp.sos {sections = dsp.scale_sections(sos), dtype = \"int16\"}\n"
         "print(low:push(tensor.full({200}, 16384, \"int16\"))[-1] // 100) --> 163")},
};

}  // namespace

const std::span<const Entry> kDspSections = kDspSectionTable;

}  // namespace moonlet
