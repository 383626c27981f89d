// bindings/dsp_shapes.cc - what a signal or a spectrum looks like, in single numbers.
#include <cmath>

#include "bindings/dsp_parts.h"
#include "bindings/dsp_rows.h"
#include "dsp/spectral_shape.h"
#include "dsp/waveform.h"

namespace moonlet {
namespace {

int RmsFunction(lua_State* L) { return PushPerRow(L, 2, 1, dsp::Rms); }
int CrestFactorFunction(lua_State* L) { return PushPerRow(L, 2, 1, dsp::CrestFactor); }
int KurtosisFunction(lua_State* L) { return PushPerRow(L, 2, 1, dsp::Kurtosis); }
int SkewnessFunction(lua_State* L) { return PushPerRow(L, 2, 1, dsp::Skewness); }
int PeakToPeakFunction(lua_State* L) { return PushPerRow(L, 2, 1, dsp::PeakToPeak); }

int ZeroCrossingsFunction(lua_State* L) {
  const int results = PushPerRow(L, 2, 0, dsp::ZeroCrossings);
  if (lua_type(L, -1) == LUA_TNUMBER)
    lua_pushinteger(L, static_cast<lua_Integer>(lua_tonumber(L, -1)));
  return results;
}

int HjorthFunction(lua_State* L) {
  const Tensor& x = CheckRank(L, 1, 1, 1);
  CheckLast(L, 1, x, 3);
  const dsp::HjorthParameters h = dsp::Hjorth(RowAt(L, x, 0));
  PollStop(L);
  lua_pushnumber(L, h.activity);
  lua_pushnumber(L, h.mobility);
  lua_pushnumber(L, h.complexity);
  return 3;
}

// Hz from bin to bin of the spectrum at 1, whose last bin is half the rate at 2.
double CheckSpacing(lua_State* L) {
  const Tensor& x = CheckRank(L, 1, 1, kMaxRank);
  CheckLast(L, 1, x, 2);
  const lua_Number rate = luaL_checknumber(L, 2);
  luaL_argcheck(L, rate > 0 && std::isfinite(rate), 2, "finite sample rate > 0 expected");
  return rate / 2 / static_cast<double>(x.dim(x.rank() - 1) - 1);
}

int SpectralCentroidFunction(lua_State* L) {
  const double spacing = CheckSpacing(L);
  return PushPerRow(L, 3, 2,
                    [=](const dsp::Row& row) { return dsp::SpectralCentroid(row, spacing); });
}

int SpectralBandwidthFunction(lua_State* L) {
  const double spacing = CheckSpacing(L);
  return PushPerRow(L, 3, 2,
                    [=](const dsp::Row& row) { return dsp::SpectralBandwidth(row, spacing); });
}

int SpectralRolloffFunction(lua_State* L) {
  const double spacing = CheckSpacing(L);
  const lua_Number part = luaL_optnumber(L, 3, 0.85);
  luaL_argcheck(L, part > 0 && part <= 1, 3, "a part above 0, 1 at most, expected");
  return PushPerRow(L, 4, 2,
                    [=](const dsp::Row& row) { return dsp::SpectralRolloff(row, spacing, part); });
}

int SpectralFlatnessFunction(lua_State* L) { return PushPerRow(L, 2, 1, dsp::SpectralFlatness); }

constexpr const char* kLineUnits =
    "x: {n} gives a number, {..., n} a float32 tensor without the last axis";
constexpr const char* kSpectrumUnits =
    "spectrum: {bins} or {..., bins}, 0 Hz to sample_rate / 2; Hz";

constexpr Entry kDspShapesTable[] = {
    {"rms", RmsFunction, "dsp.rms(x [, out]) -> number | tensor", kLineUnits,
     Doc("The root of the mean square, computed in double."),
     Doc("print(dsp.rms(tensor.new{3, -3, 3, -3})) --> 3.0")},
    {"crest_factor", CrestFactorFunction, "dsp.crest_factor(x [, out]) -> number | tensor",
     kLineUnits,
     Doc("The largest magnitude divided by the RMS: 1 for a square wave, 1.41 for a "
         "sine; NaN for silence."),
     Doc("print(dsp.crest_factor(tensor.new{2, -2, 2, -2})) --> 1.0")},
    {"kurtosis", KurtosisFunction, "dsp.kurtosis(x [, out]) -> number | tensor", kLineUnits,
     Doc("The fourth central moment divided by the square of the variance, less 3: 0 for a normal "
         "distribution, more for one with heavy tails, such as the knocks of a worn bearing; NaN "
         "for a constant. scipy.stats.kurtosis, in double."),
     Doc("print(dsp.kurtosis(tensor.new{1, -1, 1, -1})) --> -2.0")},
    {"skewness", SkewnessFunction, "dsp.skewness(x [, out]) -> number | tensor", kLineUnits,
     Doc("The third central moment divided by the cube of the deviation; 0 for a symmetric "
         "distribution, NaN for a constant. scipy.stats.skew, in double."),
     Doc("print(dsp.skewness(tensor.new{1, 2, 3})) --> 0.0")},
    {"peak_to_peak", PeakToPeakFunction, "dsp.peak_to_peak(x [, out]) -> number | tensor",
     kLineUnits, Doc("The largest less the smallest value; NaN when one is NaN. numpy.ptp."),
     Doc("print(dsp.peak_to_peak(tensor.new{1, -2, 5})) --> 7.0")},
    {"zero_crossings", ZeroCrossingsFunction, "dsp.zero_crossings(x [, out]) -> integer | tensor",
     kLineUnits,
     Doc("How many neighbours differ in sign. 0 counts as positive, -0 as negative, as in "
         "librosa.zero_crossings without a threshold."),
     Doc("print(dsp.zero_crossings(tensor.new{1, -1, -2, 3})) --> 2")},
    {"hjorth", HjorthFunction,
     "dsp.hjorth(x) -> activity: number, mobility: number, complexity: number", "x: {n}, n >= 3",
     Doc("Hjorth's parameters: the variance of x; the deviation of its differences by its own, a "
         "mean frequency; the mobility of the differences by that of x, which is 1 for a sine "
         "(B. Hjorth, EEG analysis based on time domain properties, 1970). In double."),
     Doc("print(dsp.hjorth(tensor.new{1, -1, 1, -1})) --> 1.0 1.8856180831641 1.125")},
    {"spectral_centroid", SpectralCentroidFunction,
     "dsp.spectral_centroid(spectrum, sample_rate [, out]) -> number | tensor", kSpectrumUnits,
     Doc("The mean frequency, weighted by the values of the spectrum, magnitudes as a rule; NaN "
         "for silence. librosa.feature.spectral_centroid, in double."),
     Doc("print(dsp.spectral_centroid(tensor.new{0, 1, 0, 1, 0}, 8000)) --> 2000.0")},
    {"spectral_bandwidth", SpectralBandwidthFunction,
     "dsp.spectral_bandwidth(spectrum, sample_rate [, out]) -> number | tensor", kSpectrumUnits,
     Doc("The deviation of the frequency from the centroid, weighted alike. "
         "librosa.feature.spectral_bandwidth, in double."),
     Doc("print(dsp.spectral_bandwidth(tensor.new{0, 1, 0, 1, 0}, 8000)) --> 1000.0")},
    {"spectral_rolloff", SpectralRolloffFunction,
     "dsp.spectral_rolloff(spectrum, sample_rate [, part [, out]]) -> number | tensor",
     kSpectrumUnits,
     Doc("The frequency of the first bin where the values up to it sum to `part` (0.85 unless "
         "given) of all. librosa.feature.spectral_rolloff, in double."),
     Doc("print(dsp.spectral_rolloff(tensor.new{1, 1, 1, 1, 0}, 8000)) --> 3000.0")},
    {"spectral_flatness", SpectralFlatnessFunction,
     "dsp.spectral_flatness(power [, out]) -> number | tensor", "power: {bins} or {..., bins}",
     Doc("The geometric by the arithmetic mean of the powers, each taken as 1e-10 at least: 1 for "
         "white noise, near 0 for a tone. librosa.feature.spectral_flatness, in double."),
     Doc("print(dsp.spectral_flatness(tensor.new{2, 2, 2})) --> 1.0")},
};

}  // namespace

const std::span<const Entry> kDspShapes = kDspShapesTable;

}  // namespace moonlet
