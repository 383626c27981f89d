// bindings/dsp_peaks.cc - maxima of a signal: SciPy's find_peaks.
#include <cmath>

#include "bindings/dsp_parts.h"
#include "bindings/dsp_rows.h"
#include "bindings/options.h"
#include "dsp/peaks.h"

namespace moonlet {
namespace {

// The signal at 1 as an array; pushes.
std::span<const float> PushPeakSignal(lua_State* L) {
  const Tensor& t = CheckRank(L, 1, 1, 1);
  if (t.size() > INT32_MAX) luaL_argerror(L, 1, "fewer than 2^31 samples expected");
  const Tensor& x = PushAsFloats(L, 1);
  return {x.as<float>(), static_cast<size_t>(x.size())};
}

// A number is the least, a table {least, most}; either of these may be nil.
dsp::Interval IntervalOption(lua_State* L, const OptionTable& options, const char* name) {
  dsp::Interval interval;
  if (!options.Has(name)) return interval;
  lua_getfield(L, 2, name);
  double* const ends[] = {&interval.least, &interval.most};
  bool valid = true;
  if (lua_type(L, -1) == LUA_TTABLE) {
    for (int i = 0; i < 2; ++i) {
      lua_rawgeti(L, -1, i + 1);
      valid = valid && (lua_isnil(L, -1) || lua_type(L, -1) == LUA_TNUMBER);
      if (lua_type(L, -1) == LUA_TNUMBER) *ends[i] = lua_tonumber(L, -1);
      lua_pop(L, 1);
    }
  } else {
    valid = lua_type(L, -1) == LUA_TNUMBER;
    interval.least = lua_tonumber(L, -1);
  }
  lua_pop(L, 1);
  if (!valid || std::isnan(interval.least) || std::isnan(interval.most))
    ArgumentError(L, 2, "option '%s': number or {least, most} expected", name);
  return interval;
}

using Peak = dsp::Peak;
using Peaks = std::span<const dsp::Peak>;

// What a list tells of each peak. Positions and crossings count from 1 there.
template <typename T>
struct PeakField {
  const char* name;
  T Peak::*value;
  int start = 0;
};
constexpr PeakField<int32_t> kPositions = {"", &Peak::at, 1};
constexpr PeakField<int32_t> kPlateaus[] = {{"plateau_sizes", &Peak::samples},
                                            {"left_edges", &Peak::first, 1},
                                            {"right_edges", &Peak::last, 1}};
constexpr PeakField<float> kHeights[] = {{"peak_heights", &Peak::height}};
constexpr PeakField<float> kThresholds[] = {{"left_thresholds", &Peak::left_fall},
                                            {"right_thresholds", &Peak::right_fall}};
constexpr PeakField<float> kProminences[] = {{"prominences", &Peak::prominence}};
constexpr PeakField<int32_t> kBases[] = {{"left_bases", &Peak::left_base, 1},
                                         {"right_bases", &Peak::right_base, 1}};
constexpr PeakField<float> kWidths[] = {{"widths", &Peak::width},
                                        {"width_heights", &Peak::width_height},
                                        {"left_ips", &Peak::left_crossing, 1},
                                        {"right_ips", &Peak::right_crossing, 1}};

// Pushes one number per peak.
template <typename T>
void PushPeakField(lua_State* L, Peaks peaks, const PeakField<T>& field) {
  const Tensor& t = *NewTensor(L, DTypeOf<T>(), {1, {static_cast<Index>(peaks.size())}});
  auto* to = static_cast<T*>(t.data);
  for (const Peak& peak : peaks) {
    const T value = peak.*field.value;
    *to++ = field.start == 0 ? value : value + static_cast<T>(field.start);
  }
}
// Pushes several.
template <typename T, size_t N>
int PushPeakFields(lua_State* L, Peaks peaks, const PeakField<T> (&fields)[N]) {
  for (const PeakField<T>& field : fields) PushPeakField(L, peaks, field);
  return static_cast<int>(N);
}
// Sets them in the table on top.
template <typename T>
void SetPeakFields(lua_State* L, Peaks peaks, std::span<const PeakField<T>> fields) {
  for (const PeakField<T>& field : fields) {
    PushPeakField(L, peaks, field);
    lua_setfield(L, -2, field.name);
  }
}

constexpr const char* kFindPeaksOptions[] = {"height", "threshold", "distance",   "prominence",
                                             "width",  "wlen",      "rel_height", "plateau_size"};

// What find_peaks was asked for.
struct PeakCall {
  bool plateau, height, threshold, prominence, width;
  dsp::Interval plateaus, heights, thresholds, prominences, widths;
  double distance;
  size_t window;
  double part;
};

size_t WlenOption(const OptionTable& options) {
  return static_cast<size_t>(options.Integer("wlen", 0, 2, INT32_MAX));
}

PeakCall CheckPeakCall(lua_State* L) {
  const OptionTable options(L, 2, kFindPeaksOptions);
  PeakCall call;
  call.plateau = options.Has("plateau_size");
  call.height = options.Has("height");
  call.threshold = options.Has("threshold");
  call.width = options.Has("width");
  call.prominence = call.width || options.Has("prominence");
  call.plateaus = IntervalOption(L, options, "plateau_size");
  call.heights = IntervalOption(L, options, "height");
  call.thresholds = IntervalOption(L, options, "threshold");
  call.prominences = IntervalOption(L, options, "prominence");
  call.widths = IntervalOption(L, options, "width");
  call.distance = options.Number("distance", 0, 1, HUGE_VAL);
  call.window = options.Has("wlen") ? WlenOption(options) : 0;
  call.part = options.Number("rel_height", 0.5, 0, 1);
  return call;
}

// Keeps what the call asks for; in SciPy's order, which matters for `distance`.
size_t KeepPeaks(const PeakCall& call, std::span<const float> x, std::span<Peak> peaks,
                 const StopToken& stop) {
  if (call.plateau) peaks = peaks.first(dsp::KeepFlat(peaks, call.plateaus));
  if (call.height) peaks = peaks.first(dsp::KeepHigh(x, peaks, call.heights));
  if (call.threshold) peaks = peaks.first(dsp::KeepSteep(x, peaks, call.thresholds));
  if (call.distance > 1) peaks = peaks.first(dsp::KeepDistant(x, peaks, call.distance, stop));
  if (call.prominence)
    peaks = peaks.first(dsp::KeepProminent(x, peaks, call.prominences, call.window, stop));
  if (call.width) peaks = peaks.first(dsp::KeepWide(x, peaks, call.widths, call.part, stop));
  return peaks.size();
}

std::span<Peak> PushPeaks(lua_State* L, size_t count) {
  return {static_cast<Peak*>(lua_newuserdatauv(L, count * sizeof(Peak), 0)), count};
}

int FindPeaksFunction(lua_State* L) {
  lua_settop(L, 2);
  const PeakCall call = CheckPeakCall(L);
  const std::span<const float> x = PushPeakSignal(L);
  std::span<Peak> peaks = PushPeaks(L, dsp::CountMaxima(x));
  dsp::FindMaxima(x, peaks.data());
  peaks = peaks.first(KeepPeaks(call, x, peaks, StopOf(L)));
  PollStop(L);
  PushPeakField(L, peaks, kPositions);
  lua_newtable(L);
  if (call.plateau) SetPeakFields<int32_t>(L, peaks, kPlateaus);
  if (call.height) SetPeakFields<float>(L, peaks, kHeights);
  if (call.threshold) SetPeakFields<float>(L, peaks, kThresholds);
  if (call.prominence) SetPeakFields<float>(L, peaks, kProminences);
  if (call.prominence) SetPeakFields<int32_t>(L, peaks, kBases);
  if (call.width) SetPeakFields<float>(L, peaks, kWidths);
  return 2;
}

// The peaks at the positions in the int32 tensor at 2.
std::span<Peak> PushGivenPeaks(lua_State* L, std::span<const float> x) {
  const Tensor& at = CheckRank(L, 2, 1, 1);
  if (at.dtype != DType::kInt32) ArgumentError(L, 2, "int32 expected, got %s", NameOf(at.dtype));
  const std::span<Peak> peaks = PushPeaks(L, static_cast<size_t>(at.size()));
  for (size_t i = 0; i < peaks.size(); ++i) {
    const int32_t position = at.as<int32_t>()[static_cast<Index>(i) * at.strides[0]];
    const Index from_zero = FromPosition(position, static_cast<Index>(x.size()));
    if (from_zero < 0)
      luaL_argerror(L, 2, OutOfRange(L, "position", position, static_cast<Index>(x.size())));
    peaks[i] = {};
    peaks[i].at = static_cast<int32_t>(from_zero);
  }
  return peaks;
}

constexpr const char* kProminenceOptions[] = {"wlen"};
constexpr const char* kWidthOptions[] = {"wlen", "rel_height"};

int PeakProminencesFunction(lua_State* L) {
  const OptionTable options(L, 3, kProminenceOptions);
  const size_t window = options.Has("wlen") ? WlenOption(options) : 0;
  const std::span<const float> x = PushPeakSignal(L);
  const std::span<Peak> peaks = PushGivenPeaks(L, x);
  dsp::KeepProminent(x, peaks, {}, window, StopOf(L));
  PollStop(L);
  const int prominences = PushPeakFields(L, peaks, kProminences);
  return prominences + PushPeakFields(L, peaks, kBases);
}

int PeakWidthsFunction(lua_State* L) {
  const OptionTable options(L, 3, kWidthOptions);
  const size_t window = options.Has("wlen") ? WlenOption(options) : 0;
  const double part = options.Number("rel_height", 0.5, 0, 1);
  const std::span<const float> x = PushPeakSignal(L);
  const std::span<Peak> peaks = PushGivenPeaks(L, x);
  dsp::KeepProminent(x, peaks, {}, window, StopOf(L));
  dsp::KeepWide(x, peaks, {}, part, StopOf(L));
  PollStop(L);
  return PushPeakFields(L, peaks, kWidths);
}

constexpr Entry kDspPeaksTable[] = {
    {"find_peaks", FindPeaksFunction,
     "dsp.find_peaks(x [, options]) -> peaks: tensor, properties: table",
     "x: {n}; peaks: int32 {m}, positions; properties: tensors {m}",
     Doc("The positions of samples, or of the middle of runs of equal samples, above both "
         "neighbours, as scipy.signal.find_peaks finds them. Options keep those that fit, each a "
         "number (the least) or {least, most}: `height`; `threshold`, the fall to a neighbour; "
         "`prominence`, the rise above the higher of the two lowest points next to the peak; "
         "`width` in samples at `rel_height` (0.5) of the prominence; `plateau_size`. `distance` "
         "removes peaks nearer than so many samples to a higher one; `wlen` is how many samples "
         "around a peak its prominence may look at. What an option measures is in `properties` "
         "under SciPy's names, with positions that count from 1: `peak_heights`, "
         "`left_thresholds`, `right_thresholds`, `prominences`, `left_bases`, `right_bases`, "
         "`widths`, `width_heights`, `left_ips`, `right_ips`, `plateau_sizes`, `left_edges`, "
         "`right_edges`. Integers are rounded to float32 first."),
     Doc("local x = tensor.new{0, 2, 1, 5, 0, 3, 3, 0}\n"
         "local peaks, found = dsp.find_peaks(x, {prominence = 2})\n"
         "print(peaks) --> tensor int32 {2}\n"
         "--> [4, 6]\n"
         "print(found.prominences:at(1)) --> 5.0")},
    {"peak_prominences", PeakProminencesFunction,
     "dsp.peak_prominences(x, peaks [, options]) -> prominences: tensor, left_bases: tensor, "
     "right_bases: tensor",
     "x: {n}; peaks: int32 {m}, positions",
     Doc("How far each peak rises above the higher one of the lowest points to its left and right, "
         "as far as no sample is higher, or as far as the option `wlen` (samples around the peak) "
         "says; and where these two points are. scipy.signal.peak_prominences."),
     Doc("local x = tensor.new{0, 2, 1, 5, 0}\n"
         "print(dsp.peak_prominences(x, tensor.new({2}, \"int32\")):at(1)) --> 1.0")},
    {"peak_widths", PeakWidthsFunction,
     "dsp.peak_widths(x, peaks [, options]) -> widths: tensor, heights: tensor, left: tensor, "
     "right: tensor",
     "x: {n}; peaks: int32 {m}, positions; widths in samples",
     Doc("The width of each peak at the part `rel_height` (an option, 0.5 unless given) of its "
         "prominence below the top; the height where it was measured, and the positions to the "
         "left and right, interpolated. Option `wlen` as for peak_prominences. "
         "scipy.signal.peak_widths."),
     Doc("local x = tensor.new{0, 1, 2, 1, 0}\n"
         "print(dsp.peak_widths(x, tensor.new({3}, \"int32\")):at(1)) --> 2.0")},
};

}  // namespace

const std::span<const Entry> kDspPeaks = kDspPeaksTable;

}  // namespace moonlet
