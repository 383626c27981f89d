// bindings/dsp_measures.cc - distances between sequences, and bands of a spectrum.
#include <algorithm>

#include "bindings/dsp_parts.h"
#include "bindings/dsp_rows.h"
#include "bindings/tensor_parts.h"
#include "dsp/dtw.h"
#include "dsp/octave_bands.h"

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
};

}  // namespace

const std::span<const Entry> kDspMeasures = kDspMeasuresTable;

}  // namespace moonlet
