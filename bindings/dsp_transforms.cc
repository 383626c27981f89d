// bindings/dsp_transforms.cc - cosine transforms, analytic signals, single tones and chirps.
#include <algorithm>
#include <cmath>
#include <cstring>

#include "bindings/dsp_design.h"
#include "bindings/dsp_fft.h"
#include "bindings/dsp_parts.h"
#include "bindings/dsp_signal.h"
#include "bindings/options.h"
#include "dsp/analytic.h"
#include "dsp/dct.h"
#include "engine/base/float_mode.h"
#include "engine/base/libm.h"

namespace moonlet {
namespace {

size_t LastAxis(const Tensor& x) { return static_cast<size_t>(x.dim(x.rank() - 1)); }

// Runs row(x, y) over the rows of n numbers of x; those of y have `step`.
template <typename Row>
Status EachSignal(const Tensor& x, float* y, size_t step, const StopToken& stop, Row row) {
  const FlushDenormals mode;
  const size_t n = LastAxis(x), rows = static_cast<size_t>(x.size()) / n;
  for (size_t i = 0; i < rows; ++i) {
    if (stop.raised()) return Status::Stopped();
    row(x.as<float>() + i * n, y + i * step);
  }
  return {};
}

// A plan is kept with what it was made for.
struct KeptDct {
  size_t n;
  dsp::DctPlan::Type type;
  bool ortho;
  double scale;
  dsp::DctPlan plan;
};
constexpr char kKeptDctKey[] = "dct";

dsp::DctPlan& PushDctPlan(lua_State* L, size_t n, dsp::DctPlan::Type type, bool ortho,
                          double scale) {
  auto* kept = lua_rawgetp(L, LUA_REGISTRYINDEX, kKeptDctKey) == LUA_TUSERDATA
                   ? static_cast<KeptDct*>(lua_touserdata(L, -1))
                   : nullptr;
  if (kept != nullptr && kept->n == n && kept->type == type && kept->ortho == ortho &&
      kept->scale == scale)
    return kept->plan;
  lua_pop(L, 1);
  const size_t bytes = sizeof(KeptDct) + dsp::DctPlan::Floats(n, type) * sizeof(float);
  kept = static_cast<KeptDct*>(lua_newuserdatauv(L, bytes, 0));
  *kept = {n, type, ortho, scale, {}};
  kept->plan.Make(n, type, scale, ortho, reinterpret_cast<float*>(kept + 1));
  lua_pushvalue(L, -1);
  lua_rawsetp(L, LUA_REGISTRYINDEX, kKeptDctKey);
  return kept->plan;
}

// dct(x [, type [, norm [, out]]]), idct: the inverse of a type is another, divided by 2 n.
int PushDct(lua_State* L, bool inverse) {
  static constexpr const char* kNorms[] = {"backward", "ortho", nullptr};
  lua_settop(L, 4);
  const Tensor& x = CheckSignal(L, 1);
  const lua_Integer number = luaL_optinteger(L, 2, 2);
  if (number < 2 || number > 4) return luaL_argerror(L, 2, "type 2, 3 or 4 expected");
  const bool ortho = luaL_checkoption(L, 3, "backward", kNorms) == 1;
  const size_t n = LastAxis(x);
  if (n > dsp::kMaxFft / 2) return luaL_argerror(L, 1, "at most 524288 samples expected");
  const lua_Integer run = inverse && number < 4 ? 5 - number : number;
  const double scale = inverse ? 1 / (2 * static_cast<double>(n)) : 1;
  dsp::DctPlan& plan =
      PushDctPlan(L, n, static_cast<dsp::DctPlan::Type>(run), ortho, ortho ? 1 : scale);
  const SignalOut y = PushSignalInPlace(L, 4, x.shape, {&x});
  const auto row = [&plan](const float* from, float* to) { plan.Run(from, to); };
  return ReturnSignal(L, y, EachSignal(x, y.data(), n, StopOf(L), row));
}

int DctFunction(lua_State* L) { return PushDct(L, false); }
int IdctFunction(lua_State* L) { return PushDct(L, true); }

// hilbert(x [, out])
int HilbertFunction(lua_State* L) {
  lua_settop(L, 2);
  const Tensor& x = CheckSignal(L, 1);
  dsp::FftPlan& plan = PushComplexPlan(L, 1, static_cast<lua_Integer>(LastAxis(x)));
  const SignalOut z = PushSignalOut(L, 2, WithLastAxes(L, x.shape, 0, {2}), {&x});
  const auto row = [&plan](const float* from, float* to) { dsp::Analytic(from, plan, to); };
  return ReturnSignal(L, z, EachSignal(x, z.data(), 2 * LastAxis(x), StopOf(L), row));
}

// envelope(x [, out])
int EnvelopeFunction(lua_State* L) {
  lua_settop(L, 2);
  const Tensor& x = CheckSignal(L, 1);
  const size_t n = LastAxis(x);
  dsp::FftPlan& plan = PushComplexPlan(L, 1, static_cast<lua_Integer>(n));
  float* analytic = PushFloats(L, 2 * n);
  const SignalOut y = PushSignalInPlace(L, 2, x.shape, {&x});
  const auto row = [&plan, analytic, n](const float* from, float* to) {
    dsp::Analytic(from, plan, analytic);
    for (size_t i = 0; i < n; ++i) {
      const double re = static_cast<double>(analytic[2 * i]);
      const double im = static_cast<double>(analytic[2 * i + 1]);
      to[i] = static_cast<float>(std::sqrt(re * re + im * im));
    }
  };
  return ReturnSignal(L, y, EachSignal(x, y.data(), n, StopOf(L), row));
}

// Frequencies as doubles: a number, or a vector of any dtype; pushes their memory.
std::span<double> PushFrequencyList(lua_State* L, int index) {
  if (lua_isnumber(L, index)) {
    const std::span<double> one = PushScratch(L, 1);
    one[0] = lua_tonumber(L, index);
    return one;
  }
  const Tensor& t = *CheckTensor(L, index);
  if (t.rank() != 1) luaL_argerror(L, index, "a number or a tensor of rank 1 expected");
  const std::span<double> list = PushScratch(L, static_cast<size_t>(t.dim(0)));
  LoadDoubles(t.data, t.dtype, t.strides[0], t.dim(0), list.data());
  return list;
}

// goertzel(x, frequency [, sample_rate [, out]])
int GoertzelFunction(lua_State* L) {
  lua_settop(L, 4);
  const Tensor& x = CheckVector(L, 1);
  const double sample_rate = luaL_optnumber(L, 3, 1);
  if (!(sample_rate > 0)) return luaL_argerror(L, 3, "positive sample rate expected");
  const std::span<double> frequencies = PushFrequencyList(L, 2);
  const auto count = static_cast<Index>(frequencies.size());
  const Shape shape =
      lua_isnumber(L, 2) ? WithLastAxes(L, {}, 0, {2}) : WithLastAxes(L, {}, 0, {count, 2});
  const SignalOut z = PushSignalOut(L, 4, shape, {&x});
  const std::span<const float> samples(x.as<float>(), LastAxis(x));
  for (size_t i = 0; i < frequencies.size(); ++i) {
    if (StopOf(L).raised()) return ReturnSignal(L, z, Status::Stopped());
    double both[2];
    dsp::Goertzel(samples, frequencies[i] / sample_rate, &both[0], &both[1]);
    StoreDoubles(both, DType::kFloat32, 1, 2, z.data() + 2 * i);
  }
  return ReturnSignal(L, z, {});
}

// Pushes complex numbers: those at `index`, or the real ones there with zeros.
const float* PushComplexNumbers(lua_State* L, int index, size_t* n) {
  const Tensor& x = CheckSignal(L, index);
  if (x.rank() == 2 && x.dim(1) == 2) {
    *n = static_cast<size_t>(x.dim(0));
    lua_pushvalue(L, index);
    return x.as<float>();
  }
  if (x.rank() != 1) luaL_argerror(L, index, "shape {n} or {n, 2} expected");
  *n = LastAxis(x);
  float* z = PushFloats(L, 2 * *n);
  for (size_t i = 0; i < *n; ++i) {
    z[2 * i] = x.as<float>()[i];
    z[2 * i + 1] = 0;
  }
  return z;
}

Status RunChirp(const dsp::ChirpTransform& chirp, const float* x, dsp::FftPlan& plan, float* memory,
                float* y) {
  const FlushDenormals mode;
  chirp.Run(x, plan, memory, y);
  return {};
}

// The transform of the signal at 1 into `out` at out_index.
int PushChirp(lua_State* L, dsp::ChirpTransform chirp, int points_index, int out_index) {
  const float* x = PushComplexNumbers(L, 1, &chirp.n);
  if (chirp.n + chirp.points - 1 > dsp::kMaxFft / 2)
    return luaL_argerror(L, points_index, "samples and points exceed 524288");
  dsp::FftPlan& plan = PushComplexPlan(L, points_index, static_cast<lua_Integer>(chirp.Length()));
  float* memory = PushFloats(L, chirp.Floats());
  const Shape shape = WithLastAxes(L, {}, 0, {static_cast<Index>(chirp.points), 2});
  const SignalOut y = PushSignalOut(L, out_index, shape, {TestTensor(L, 1)});
  return ReturnSignal(L, y, RunChirp(chirp, x, plan, memory, y.data()));
}

// The complex option {re, im}, not 0, as logarithm and turns.
dsp::ChirpPoint ReadPoint(lua_State* L, int index, const OptionTable& options, const char* name,
                          const dsp::ChirpPoint& otherwise) {
  if (!options.Has(name)) return otherwise;
  double part[2] = {0, 0};
  if (lua_getfield(L, index, name) == LUA_TTABLE) {
    for (int i = 0; i < 2; ++i) {
      lua_geti(L, -1, i + 1);
      part[i] = lua_tonumber(L, -1);
      lua_pop(L, 1);
    }
  }
  lua_pop(L, 1);
  const double size = moonlet_hypot(part[0], part[1]);
  if (!(size > 0) || !std::isfinite(size))
    ArgumentError(L, index, "option '%s': {re, im}, not zero, expected", name);
  return {size == 1 ? 0 : moonlet_log(size), moonlet_atan2(part[1], part[0]) / 6.283185307179586};
}

size_t SamplesAt(lua_State* L, int index) {
  const Tensor& x = CheckSignal(L, index);
  return static_cast<size_t>(x.dim(0));
}

// czt(x [, options [, out]])
int CztFunction(lua_State* L) {
  static constexpr const char* kNames[] = {"points", "w", "a"};
  lua_settop(L, 3);
  const OptionTable options(L, 2, kNames);
  dsp::ChirpTransform chirp = {};
  const auto samples = static_cast<int64_t>(SamplesAt(L, 1));
  chirp.points = static_cast<size_t>(options.Integer("points", samples, 1, dsp::kMaxFft));
  chirp.w = ReadPoint(L, 2, options, "w", {0, -1 / static_cast<double>(chirp.points)});
  chirp.a = ReadPoint(L, 2, options, "a", {});
  return PushChirp(L, chirp, 2, 3);
}

// zoom_fft(x, low, high, points [, sample_rate [, out]])
int ZoomFftFunction(lua_State* L) {
  lua_settop(L, 6);
  const double low = luaL_checknumber(L, 2), high = luaL_checknumber(L, 3);
  const lua_Integer points = luaL_checkinteger(L, 4);
  const double sample_rate = luaL_optnumber(L, 5, 1);
  if (points < 1 || points > static_cast<lua_Integer>(dsp::kMaxFft))
    return luaL_argerror(L, 4, "1 to 1048576 points expected");
  if (!(sample_rate > 0)) return luaL_argerror(L, 5, "positive sample rate expected");
  if (!(high > low) || !std::isfinite(high - low))
    return luaL_argerror(L, 3, "a frequency above the lower one expected");
  dsp::ChirpTransform chirp = {};
  chirp.points = static_cast<size_t>(points);
  chirp.w.turns = -(high - low) / sample_rate / static_cast<double>(points);
  chirp.a.turns = low / sample_rate;
  return PushChirp(L, chirp, 4, 6);
}

constexpr Entry kDspTransformTable[] = {
    {"dct", DctFunction, "dsp.dct(x [, type [, norm [, out]]]) -> tensor",
     "x: float32 {..., n}; type: 2, 3 or 4, 2 unless given; norm: \"backward\" unless given, or "
     "\"ortho\"; result: as x",
     Doc("The discrete cosine transform along the last axis, as scipy.fft.dct: of type II, the sum "
         "of 2 x[i] cos(pi k (2 i + 1) / 2 n); \"ortho\" makes it orthonormal. Through Fourier "
         "transforms (Makhoul 1980). The plan last used is kept. `out` may be x."),
     Doc("print(dsp.dct(tensor.ones{4})[1]) --> 8.0\nprint(dsp.dct(tensor.ones{4}, 2, \"ortho\")"
         "[1]) --> 2.0")},
    {"idct", IdctFunction, "dsp.idct(x [, type [, norm [, out]]]) -> tensor", "as for dsp.dct",
     Doc("The inverse of dsp.dct of the same type and norm, as scipy.fft.idct."),
     Doc("local x = tensor.new{3, 1, 2}\nprint(dsp.idct(dsp.dct(x)):sub(x):abs():max() < 1e-6) --> "
         "true")},
    {"hilbert", HilbertFunction, "dsp.hilbert(x [, out]) -> tensor",
     "x: float32 {..., n}; result: float32 {..., n, 2}",
     Doc("The analytic signal along the last axis, as scipy.signal.hilbert: x as the real part, "
         "and as the imaginary part x with every tone a quarter of a period late."),
     Doc("local z = dsp.hilbert(tensor.new{1, 0, -1, 0})\nprint(z:at(2, 2)) --> 1.0")},
    {"envelope", EnvelopeFunction, "dsp.envelope(x [, out]) -> tensor",
     "x: float32 {..., n}; result: as x",
     Doc("The size of dsp.hilbert: how loud a signal is from sample to sample. `out` may be x."),
     Doc("print(dsp.envelope(tensor.new{1, 0, -1, 0})[2]) --> 1.0")},
    {"goertzel", GoertzelFunction, "dsp.goertzel(x, frequency [, sample_rate [, out]]) -> tensor",
     "x: float32 {n}; frequency: hertz, a number or a tensor {k}; sample_rate: hertz, 1 unless "
     "given; result: float32 {2} or {k, 2}",
     Doc("The sum of x[i] e^(-2 pi i j f / sample_rate), i from 0: one bin of a Fourier transform "
         "for any frequency, by Goertzel's (1958) recursion in double."),
     Doc("local tone = tensor.new{0, 1, 0, -1, 0, 1, 0, -1}\nprint((\"%.3f\"):format(dsp.cabs("
         "dsp.goertzel(tone, 2, 8):reshape{1, 2})[1])) --> 4.000")},
    {"czt", CztFunction, "dsp.czt(x [, options [, out]]) -> tensor",
     "x: float32 {n} or {n, 2}; options: points = n, w = {re, im}, e^(-2 pi i / points) unless "
     "given, a = {1, 0}; result: float32 {points, 2}",
     Doc("The chirp z-transform, as scipy.signal.czt: the z-transform of x at a w^-k for k = 0 "
         "... points - 1 (Rabiner, Schafer and Rader 1969), through a convolution with a chirp."),
     Doc("local x = tensor.new{1, 2, 3}\nprint((\"%.3f\"):format(dsp.czt(x):at(1, 1))) --> 6.000")},
    {"zoom_fft", ZoomFftFunction,
     "dsp.zoom_fft(x, low, high, points [, sample_rate [, out]]) -> tensor",
     "x: float32 {n} or {n, 2}; low, high: hertz; sample_rate: hertz, 1 unless given; result: "
     "float32 {points, 2}",
     Doc("The Fourier transform of x at `points` frequencies from low up to, but without, high, as "
         "scipy.signal.zoom_fft; through dsp.czt."),
     Doc("local x = tensor.ones{8}\nprint((\"%.3f\"):format(dsp.zoom_fft(x, 0, 1, 4, 8):at(1, 1)))"
         " --> 8.000")},
};

}  // namespace

const std::span<const Entry> kDspTransforms = kDspTransformTable;

}  // namespace moonlet
