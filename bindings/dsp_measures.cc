// bindings/dsp_measures.cc - distances between sequences, bands of a spectrum, and what changes
// from frame to frame.
#include <cmath>

#include "bindings/dsp_parts.h"
#include "bindings/dsp_rows.h"
#include "bindings/tensor_parts.h"
#include "dsp/dtw.h"
#include "dsp/frames_math.h"
#include "dsp/octave_bands.h"
#include "engine/base/float_mode.h"

namespace moonlet {
namespace {

// Dynamic time warping ------------------------------------------------------------------

// The sequence {n} or {n, width} at `index`; pushes.
dsp::Sequence PushSequence(lua_State* L, int index) {
  const Tensor& given = CheckRank(L, index, 1, 2);
  luaL_argcheck(L, given.size() > 0, index, "at least one item expected");
  const Tensor& t = PushAsFloats(L, index);
  return {t.as<float>(), static_cast<size_t>(t.dim(0)),
          t.rank() == 2 ? static_cast<size_t>(t.dim(1)) : 1};
}

int DtwFunction(lua_State* L) {
  lua_settop(L, 3);
  const dsp::Sequence a = PushSequence(L, 1);
  const dsp::Sequence b = PushSequence(L, 2);
  if (a.width != b.width)
    ArgumentError(L, 2, "items of %I values expected, got %I", static_cast<LUAI_UACINT>(a.width),
                  static_cast<LUAI_UACINT>(b.width));
  const lua_Integer band = luaL_optinteger(L, 3, INT32_MAX);
  luaL_argcheck(L, band >= 0, 3, "a band of 0 or more expected");
  auto* row = static_cast<double*>(lua_newuserdatauv(L, b.length * sizeof(double), 0));
  const double distance = dsp::DtwDistance(
      a, b, static_cast<size_t>(std::min<lua_Integer>(band, INT32_MAX)), row, StopOf(L));
  PollStop(L);
  lua_pushnumber(L, distance);
  return 1;
}

// Octave bands --------------------------------------------------------------------------

// The bands that lie between the first and the last bin.
struct OctaveSet {
  int fraction;  // to an octave
  int first;
  int count;
};

OctaveSet CheckOctaves(lua_State* L, double spacing, double half, int fraction_index) {
  const lua_Integer fraction = luaL_optinteger(L, fraction_index, 1);
  luaL_argcheck(L, fraction == 1 || fraction == 3, fraction_index, "1 or 3 expected");
  const int parts = static_cast<int>(fraction);
  int first = 0;
  while (dsp::BandEdge(parts, first) >= spacing) --first;
  while (dsp::BandEdge(parts, first) < spacing) ++first;
  int end = first;
  while (dsp::BandEdge(parts, end + 1) <= half) ++end;
  return {parts, first, end - first};
}

double CheckBandRate(lua_State* L, int index) {
  const lua_Number rate = luaL_checknumber(L, index);
  luaL_argcheck(L, rate >= 1e-3 && rate <= 1e9, index, "0.001 to 1e9 Hz expected");
  return rate;
}

int OctaveBandsFunction(lua_State* L) {
  lua_settop(L, 4);
  const Tensor& x = CheckRank(L, 1, 1, kMaxRank);
  CheckLast(L, 1, x, 2);
  const int last = x.rank() - 1;
  const double half = CheckBandRate(L, 2) / 2;
  const double spacing = half / static_cast<double>(x.dim(last) - 1);
  const OctaveSet bands = CheckOctaves(L, spacing, half, 3);
  Shape shape = x.shape;
  shape.dims[last] = bands.count;
  const Tensor& out = *NewOrOut(L, 4, DType::kFloat32, shape);
  if (!lua_isnil(L, 4)) CheckApart(L, 4, out, {&x});
  for (Index i = 0; i < out.size(); ++i) {
    const int band = bands.first + static_cast<int>(i % bands.count);
    const double power =
        dsp::BandPower(RowAt(L, x, i / bands.count), spacing, dsp::BandEdge(bands.fraction, band),
                       dsp::BandEdge(bands.fraction, band + 1));
    PollStop(L);
    StoreRowResult(out, i, power);
  }
  return 1;
}

int OctaveCentresFunction(lua_State* L) {
  const lua_Integer bins = luaL_checkinteger(L, 1);
  luaL_argcheck(L, bins >= 2, 1, "2 bins or more expected");
  const double half = CheckBandRate(L, 2) / 2;
  const OctaveSet bands = CheckOctaves(L, half / static_cast<double>(bins - 1), half, 3);
  const Tensor& centres = *NewTensor(L, DType::kFloat32, {1, {bands.count}});
  for (int i = 0; i < bands.count; ++i)
    StoreRowResult(centres, i, dsp::BandCentre(bands.fraction, bands.first + i));
  return 1;
}

// From frame to frame -------------------------------------------------------------------

// The features {frames, width} at 1 as an array; pushes.
const Tensor& PushFrames(lua_State* L) {
  CheckRank(L, 1, 2, 2);
  return PushAsFloats(L, 1);
}

// A new float32 tensor, or the contiguous `out` at `index`; apart from the argument at 1.
const Tensor& PushFrameResult(lua_State* L, int index, const Shape& shape) {
  const Tensor& out = *NewOrOut(L, index, DType::kFloat32, shape);
  if (lua_isnoneornil(L, index)) return out;
  CheckApart(L, index, out, {CheckTensor(L, 1)});
  luaL_argcheck(L, out.contiguous(), index, "a tensor without gaps expected");
  return out;
}

// An integer of 1 or more.
size_t OptCount(lua_State* L, int index, lua_Integer otherwise) {
  const lua_Integer count = luaL_optinteger(L, index, otherwise);
  luaL_argcheck(L, count >= 1 && count <= 1000, index, "1 to 1000 frames expected");
  return static_cast<size_t>(count);
}

// Calls compute(first frame, frames, width) under the float mode.
template <typename Compute>
void ComputeFrames(lua_State* L, const Tensor& x, Compute compute) {
  {
    const FlushDenormals flush;
    compute(x.as<float>(), static_cast<size_t>(x.dim(0)), static_cast<size_t>(x.dim(1)));
  }
  PollStop(L);
}

int DeltasFunction(lua_State* L) {
  lua_settop(L, 3);
  const size_t reach = OptCount(L, 2, 2);
  const Tensor& x = PushFrames(L);
  const Tensor& out = PushFrameResult(L, 3, x.shape);
  ComputeFrames(L, x, [&](const float* frames, size_t count, size_t width) {
    dsp::Deltas(frames, count, width, reach, out.as<float>(), StopOf(L));
  });
  return 1;
}

int SpectralFluxFunction(lua_State* L) {
  lua_settop(L, 2);
  const Tensor& x = PushFrames(L);
  const Tensor& out = PushFrameResult(L, 2, {1, {x.dim(0)}});
  ComputeFrames(L, x, [&](const float* frames, size_t count, size_t width) {
    dsp::SpectralFlux(frames, count, width, out.as<float>(), StopOf(L));
  });
  return 1;
}

int OnsetStrengthFunction(lua_State* L) {
  lua_settop(L, 3);
  const size_t lag = OptCount(L, 2, 1);
  const Tensor& x = PushFrames(L);
  luaL_argcheck(L, x.dim(1) > 0, 1, "at least one value per frame expected");
  const Tensor& out = PushFrameResult(L, 3, {1, {x.dim(0)}});
  ComputeFrames(L, x, [&](const float* frames, size_t count, size_t width) {
    dsp::OnsetStrength(frames, count, width, lag, out.as<float>(), StopOf(L));
  });
  return 1;
}

// Pre-emphasis --------------------------------------------------------------------------

int PreemphasisFunction(lua_State* L) {
  lua_settop(L, 3);
  const lua_Number part = luaL_optnumber(L, 2, 0.97);
  luaL_argcheck(L, part >= 0 && part <= 1, 2, "0 to 1 expected");
  CheckRank(L, 1, 1, 1);
  const Tensor& x = PushAsFloats(L, 1);
  const Tensor& out = PushFrameResult(L, 3, x.shape);
  {
    const FlushDenormals flush;
    dsp::Preemphasis(x.as<float>(), static_cast<size_t>(x.size()), static_cast<float>(part), 0,
                     out.as<float>());
  }
  return 1;
}

constexpr Entry kDspMeasuresTable[] = {
    {"dtw", DtwFunction, "dsp.dtw(a, b [, band]) -> number",
     "a: {n} or {n, width}, b: {m} or {m, width}; band: items, >= 0",
     Doc("How far apart two sequences are when their time may be stretched: the least sum of "
         "Euclidean distances between items along a path from both beginnings to both ends that "
         "moves on by one in a, in b, or in both (dynamic time warping, Sakoe and Chiba 1978). "
         "With a band, positions paired on the path differ by at most that much, or by the "
         "difference in length. In double."),
     Doc("print(dsp.dtw(tensor.new{1, 2, 3}, tensor.new{1, 2, 2, 2, 3})) --> 0.0\n"
         "print(dsp.dtw(tensor.new{1, 2, 3}, tensor.new{1, 2, 5})) --> 2.0")},
    {"octave_bands", OctaveBandsFunction,
     "dsp.octave_bands(power, sample_rate [, fraction [, out]]) -> tensor",
     "power: {bins} or {..., bins}, 0 Hz to sample_rate / 2; fraction: 1 or 3 bands to an octave",
     Doc("The power in each octave, or third of one, whose edges lie between the first bin above "
         "0 Hz and half the sample rate: IEC 61260-1, base ten, one band centred on 1 kHz. A bin "
         "that lies on an edge counts in part for both. octave_centres gives the bands' "
         "frequencies. In double, rounded once."),
     Doc("local power = tensor.ones{257}\n"
         "print(dsp.octave_bands(power, 16000).shape[1]) --> 7\n"
         "print(dsp.octave_centres(257, 16000):at(5)) --> 1000.0")},
    {"octave_centres", OctaveCentresFunction,
     "dsp.octave_centres(bins, sample_rate [, fraction]) -> tensor", "Hz",
     Doc("The centre frequencies of the bands that octave_bands gives for a spectrum of `bins` "
         "values: exact ones, 1000 * 10^(0.3 k / fraction)."),
     Doc("print(dsp.octave_centres(257, 16000).shape[1]) --> 7")},
    {"preemphasis", PreemphasisFunction, "dsp.preemphasis(x [, part [, out]]) -> tensor",
     "x: {n}; part: 0 to 1",
     Doc("x[n] - part * x[n - 1], 0.97 unless given; the first sample stays. It lifts the treble "
         "of "
         "speech before features are taken. librosa.effects.preemphasis with zi = 0."),
     Doc("print(dsp.preemphasis(tensor.new{1, 1, 1}, 0.5)) --> tensor float32 {3}\n"
         "--> [1. , 0.5, 0.5]")},
    {"deltas", DeltasFunction, "dsp.deltas(x [, reach [, out]]) -> tensor",
     "x: {frames, features}; reach: 1 to 1000 frames",
     Doc("How fast each feature changes per frame: the slope of a line through the frames up to "
         "`reach` (2 unless given) before and after, where the first and the last frame stand for "
         "those outside (The HTK Book, 5.9). Again for the second derivative."),
     Doc("local x = tensor.new{{1}, {2}, {3}, {4}, {5}}\n"
         "print(dsp.deltas(x):at(3, 1)) --> 1.0")},
    {"spectral_flux", SpectralFluxFunction, "dsp.spectral_flux(x [, out]) -> tensor",
     "x: {frames, bins}; result: {frames}",
     Doc("How much the spectrum changes: the Euclidean distance of each frame from the one "
         "before, 0 for the first."),
     Doc("print(dsp.spectral_flux(tensor.new{{0, 0}, {3, 4}}):at(2)) --> 5.0")},
    {"onset_strength", OnsetStrengthFunction, "dsp.onset_strength(x [, lag [, out]]) -> tensor",
     "x: {frames, bands}, logarithms such as logmel gives; result: {frames}",
     Doc("How much begins in each frame: the mean over the bands of the rise since `lag` frames "
         "before (1 unless given), falls counted as 0; 0 for the first `lag` frames. "
         "librosa.onset.onset_strength without centring."),
     Doc("print(dsp.onset_strength(tensor.new{{0, 4}, {3, 1}}):at(2)) --> 1.5")},
};

}  // namespace

const std::span<const Entry> kDspMeasures = kDspMeasuresTable;

}  // namespace moonlet
