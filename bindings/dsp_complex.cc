// bindings/dsp_complex.cc - complex numbers on the last axis, and the order of bins.
#include <cmath>

#include "bindings/dsp_parts.h"
#include "bindings/dsp_signal.h"
#include "dsp/fft.h"
#include "engine/base/libm.h"
#include "engine/tensor/broadcast.h"
#include "engine/tensor/convert.h"
#include "engine/tensor/doubles.h"

namespace moonlet {
namespace {

// Numbers between looks at the stop token.
constexpr Index kPollEvery = 65536;

// A denormal result flushed.
float FlushedFloat(double x) {
  const auto value = static_cast<float>(x);
  return std::fabs(value) < 0x1p-126F ? std::copysign(0.0F, value) : value;
}

// One real result per complex number.
template <typename Function>
int PushReal(lua_State* L, Function function) {
  lua_settop(L, 2);
  const Tensor& z = CheckComplexSignal(L, 1);
  const SignalOut out = PushSignalOut(L, 2, WithLastAxes(L, z.shape, 1, {}), {&z});
  const auto n = static_cast<size_t>(z.size()) / 2;
  const auto* from = z.as<float>();
  float* to = out.data();
  for (size_t i = 0; i < n; ++i) {
    if (i % static_cast<size_t>(kPollEvery) == 0) PollStop(L);
    to[i] = function(static_cast<double>(from[2 * i]), static_cast<double>(from[2 * i + 1]));
  }
  return ReturnSignal(L, out, {});
}

// cabs(z [, out])
int CabsFunction(lua_State* L) {
  return PushReal(L,
                  [](double re, double im) { return FlushedFloat(std::sqrt(re * re + im * im)); });
}

// carg(z [, out])
int CargFunction(lua_State* L) {
  return PushReal(L, [](double re, double im) { return FlushedFloat(moonlet_atan2(im, re)); });
}

// conj(z [, out])
int ConjFunction(lua_State* L) {
  lua_settop(L, 2);
  const Tensor& z = CheckComplexSignal(L, 1);
  const SignalOut out = PushSignalInPlace(L, 2, z.shape, {&z});
  const auto* from = z.as<float>();
  float* to = out.data();
  for (Index i = 0; i < z.size(); i += 2) {
    to[i] = from[i];
    to[i + 1] = -from[i + 1];
  }
  return ReturnSignal(L, out, {});
}

// Whether the axes of b are the last ones of a.
bool EndsWith(const Shape& a, const Shape& b) {
  if (b.rank > a.rank) return false;
  for (int i = 1; i <= b.rank; ++i)
    if (a.dims[a.rank - i] != b.dims[b.rank - i]) return false;
  return true;
}

// cmul(a, b [, out])
int CmulFunction(lua_State* L) {
  lua_settop(L, 3);
  const Tensor& a = CheckComplexSignal(L, 1);
  const Tensor& b = CheckComplexSignal(L, 2);
  if (!EndsWith(a.shape, b.shape)) {
    ArgumentError(L, 2, "the last axes of %s expected, got shape %s", TextOf(a.shape).text,
                  TextOf(b.shape).text);
  }
  const SignalOut out = PushSignalInPlace(L, 3, a.shape, {&a, &b});
  const auto *x = a.as<float>(), *y = b.as<float>();
  float* z = out.data();
  for (Index i = 0, j = 0; i < a.size(); i += 2, j = j + 2 == b.size() ? 0 : j + 2) {
    if (i % kPollEvery == 0) PollStop(L);
    const double re = static_cast<double>(x[i]), im = static_cast<double>(x[i + 1]);
    const double by_re = static_cast<double>(y[j]), by_im = static_cast<double>(y[j + 1]);
    z[i] = FlushedFloat(re * by_re - im * by_im);
    z[i + 1] = FlushedFloat(re * by_im + im * by_re);
  }
  return ReturnSignal(L, out, {});
}

// `length` places of an axis from `first` on.
Tensor PartOfAxis(const Tensor& x, int axis, Index first, Index length) {
  Tensor part = x;
  part.shape.dims[axis] = length;
  part.data =
      static_cast<char*>(x.data) + first * x.strides[axis] * static_cast<Index>(SizeOf(x.dtype));
  return part;
}

// fftshift(x [, axis [, out]]), ifftshift: the first n - shift places move back by `shift`.
int PushShifted(lua_State* L, bool inverse) {
  lua_settop(L, 3);
  const Tensor& x = *CheckTensor(L, 1);
  if (x.rank() == 0) return luaL_argerror(L, 1, "rank 1 or more expected, got a scalar");
  const int axis = lua_isnoneornil(L, 2) ? 0 : CheckAxis(L, 2, x.rank());
  const Tensor& out = *NewOrOut(L, 3, x.dtype, x.shape);
  if (!lua_isnoneornil(L, 3)) CheckApart(L, 3, out, {&x});
  const Index n = x.dim(axis), shift = inverse ? n - n / 2 : n / 2;
  RaiseIf(L, Convert(PartOfAxis(x, axis, 0, n - shift), PartOfAxis(out, axis, shift, n - shift),
                     StopOf(L)));
  RaiseIf(L, Convert(PartOfAxis(x, axis, n - shift, shift), PartOfAxis(out, axis, 0, shift),
                     StopOf(L)));
  return 1;
}

int FftshiftFunction(lua_State* L) { return PushShifted(L, false); }
int IfftshiftFunction(lua_State* L) { return PushShifted(L, true); }

// fftfreq(n [, sample_rate [, out]]), rfftfreq
template <bool kReal>
int FftfreqFunction(lua_State* L) {
  lua_settop(L, 3);
  const lua_Integer n = luaL_checkinteger(L, 1);
  if (n < 1 || n > static_cast<lua_Integer>(dsp::kMaxFft))
    return luaL_argerror(L, 1, "1 to 1048576 points expected");
  const double sample_rate = luaL_optnumber(L, 2, 1);
  const auto count = static_cast<Index>(kReal ? n / 2 + 1 : n);
  const Tensor& out = *NewOrOut(L, 3, DType::kFloat32, WithLastAxes(L, {}, 0, {count}));
  for (Index i = 0; i < count; ++i) {
    const auto bin = static_cast<double>(kReal || i < (n + 1) / 2 ? i : i - n);
    const double frequency = bin * sample_rate / static_cast<double>(n);
    out.as<float>()[i * out.strides[0]] = FlushedFloat(frequency);
  }
  return 1;
}

constexpr Entry kDspComplexTable[] = {
    {"cabs", CabsFunction, "dsp.cabs(z [, out]) -> tensor",
     "z: float32 {..., 2}; result: float32 {...}",
     Doc("The sizes of complex numbers, computed in double and rounded once."),
     Doc("print(dsp.cabs(tensor.new{{3, 4}, {0, -2}}):totable()[1]) --> 5.0")},
    {"carg", CargFunction, "dsp.carg(z [, out]) -> tensor",
     "z: float32 {..., 2}; result: float32 {...}, radians",
     Doc("The angles of complex numbers, from -pi to pi, computed in double and rounded once."),
     Doc("print((\"%.4f\"):format(dsp.carg(tensor.new{{0, 2}})[1])) --> 1.5708")},
    {"cmul", CmulFunction, "dsp.cmul(a, b [, out]) -> tensor",
     "a: float32 {..., 2}; b: the same, or only the last axes of it; result: as a",
     Doc("The products of complex numbers, computed in double and rounded once. `out` may be a, or "
         "b of the same shape."),
     Doc("print(dsp.cmul(tensor.new{{1, 2}}, tensor.new{0, 1}):at(1, 1)) --> -2.0")},
    {"conj", ConjFunction, "dsp.conj(z [, out]) -> tensor", "z: float32 {..., 2}; result: as z",
     Doc("The conjugates of complex numbers. `out` may be z."),
     Doc("print(dsp.conj(tensor.new{{1, 2}}):at(1, 2)) --> -2.0")},
    {"fftfreq", FftfreqFunction<false>, "dsp.fftfreq(n [, sample_rate [, out]]) -> tensor",
     "n: points; sample_rate: hertz, 1 unless given; result: float32 {n}",
     Doc("The frequencies of the bins of dsp.fft, as scipy.fft.fftfreq(n, 1 / sample_rate)."),
     Doc("print(table.concat(dsp.fftfreq(4, 8):totable(), \" \")) --> 0.0 2.0 -4.0 -2.0")},
    {"rfftfreq", FftfreqFunction<true>, "dsp.rfftfreq(n [, sample_rate [, out]]) -> tensor",
     "n: points; sample_rate: hertz, 1 unless given; result: float32 {n // 2 + 1}",
     Doc("The frequencies of the bins of dsp.rfft, as scipy.fft.rfftfreq(n, 1 / sample_rate)."),
     Doc("print(table.concat(dsp.rfftfreq(4, 8):totable(), \" \")) --> 0.0 2.0 4.0")},
    {"fftshift", FftshiftFunction, "dsp.fftshift(x [, axis [, out]]) -> tensor",
     "axis: the first unless given; result: dtype and shape of x",
     Doc("Bins with the negative frequencies first, as scipy.fft.fftshift."),
     Doc("print(table.concat(dsp.fftshift(dsp.fftfreq(4, 8)):totable(), \" \")) --> -4.0 -2.0 0.0 "
         "2.0")},
    {"ifftshift", IfftshiftFunction, "dsp.ifftshift(x [, axis [, out]]) -> tensor",
     "axis: the first unless given; result: dtype and shape of x",
     Doc("The inverse of dsp.fftshift, as scipy.fft.ifftshift."),
     Doc("print(table.concat(dsp.ifftshift(tensor.new{3, 1, 2}):totable(), \" \")) --> 1.0 2.0 "
         "3.0")},
};

}  // namespace

const std::span<const Entry> kDspComplex = kDspComplexTable;

}  // namespace moonlet
