// bindings/dsp_fixed_fft.cc - fixed-point signals and their Fourier transforms.
#include "bindings/dsp_parts.h"
#include "bindings/dsp_signal.h"
#include "dsp/fft_fixed.h"
#include "dsp/fixed_filters.h"
#include "engine/tensor/broadcast.h"
#include "engine/tensor/convert.h"

namespace moonlet {
namespace {

constexpr char kKeptFixedKey[] = "fixed";

// Pushes the plan kept, if it has n points, or a new one in its place.
dsp::FixedRfft& PushFixedPlan(lua_State* L, size_t n) {
  if (lua_rawgetp(L, LUA_REGISTRYINDEX, kKeptFixedKey) == LUA_TUSERDATA) {
    auto& kept = *static_cast<dsp::FixedRfft*>(lua_touserdata(L, -1));
    if (kept.size() == n) return kept;
  }
  lua_pop(L, 1);
  const size_t bytes = sizeof(dsp::FixedRfft) + dsp::FixedRfft::Words(n) * sizeof(int32_t);
  auto& plan = *static_cast<dsp::FixedRfft*>(lua_newuserdatauv(L, bytes, 0));
  plan.Make(n, reinterpret_cast<int32_t*>(&plan + 1));
  lua_pushvalue(L, -1);
  lua_rawsetp(L, LUA_REGISTRYINDEX, kKeptFixedKey);
  return plan;
}

// The tensor at 1, without gaps and of a power of two of samples.
const Tensor& CheckFixed(lua_State* L, DType dtype) {
  const Tensor& x = *CheckTensor(L, 1);
  if (x.dtype != dtype) ArgumentError(L, 1, "%s expected, got %s", NameOf(dtype), NameOf(x.dtype));
  const Index n = x.rank() == 0 ? 0 : x.dim(x.rank() - 1);
  if (n < 2 || (n & (n - 1)) != 0 || n > static_cast<Index>(dsp::kMaxFixedFft)) {
    ArgumentError(L, 1,
                  "a power of two of samples, 2 to 1048576, expected, got "
                  "shape %s",
                  TextOf(x.shape).text);
  }
  if (x.contiguous()) return x;
  const Tensor& dense = *NewTensor(L, x.dtype, x.shape);
  RaiseIf(L, Convert(x, dense, StopOf(L)));
  lua_replace(L, 1);
  return dense;
}

Status FixedRows(const Tensor& x, dsp::FixedRfft& plan, const Tensor& out, const StopToken& stop) {
  const size_t n = plan.size(), rows = static_cast<size_t>(x.size()) / n;
  for (size_t i = 0; i < rows; ++i) {
    if (stop.raised()) return Status::Stopped();
    if (x.dtype == DType::kInt16) {
      plan.Forward(x.as<int16_t>() + i * n, out.as<int16_t>() + i * (n + 2));
    } else {
      plan.Forward(x.as<int32_t>() + i * n, out.as<int32_t>() + i * (n + 2));
    }
  }
  return {};
}

int PushFixedRfft(lua_State* L, DType dtype) {
  lua_settop(L, 2);
  const Tensor& x = CheckFixed(L, dtype);
  const Index n = x.dim(x.rank() - 1);
  dsp::FixedRfft& plan = PushFixedPlan(L, static_cast<size_t>(n));
  const Tensor& out = *NewOrOut(L, 2, dtype, WithLastAxes(L, x.shape, 1, {n / 2 + 1, 2}));
  if (!lua_isnoneornil(L, 2)) CheckApart(L, 2, out, {&x});
  if (!out.contiguous()) return luaL_argerror(L, 2, "a tensor without gaps expected");
  RaiseIf(L, FixedRows(x, plan, out, StopOf(L)));
  return 1;
}

// rfft_q15(x [, out])
int RfftQ15Function(lua_State* L) { return PushFixedRfft(L, DType::kInt16); }
// rfft_q31(x [, out])
int RfftQ31Function(lua_State* L) { return PushFixedRfft(L, DType::kInt32); }

int PushFixed(lua_State* L, DType dtype) {
  lua_settop(L, 2);
  const Tensor& x = CheckSignal(L, 1);
  const Tensor& out = *NewOrOut(L, 2, dtype, x.shape);
  if (!lua_isnoneornil(L, 2)) CheckApart(L, 2, out, {&x});
  if (!out.contiguous()) return luaL_argerror(L, 2, "a tensor without gaps expected");
  const std::span<const float> values = {x.as<float>(), static_cast<size_t>(x.size())};
  if (dtype == DType::kInt16) {
    dsp::ToFixedPoint(values, out.as<int16_t>());
  } else {
    dsp::ToFixedPoint(values, out.as<int32_t>());
  }
  return 1;
}

// to_q15(x [, out])
int ToQ15Function(lua_State* L) { return PushFixed(L, DType::kInt16); }
// to_q31(x [, out])
int ToQ31Function(lua_State* L) { return PushFixed(L, DType::kInt32); }

constexpr Entry kDspFixedFftTable[] = {
    {"to_q15", ToQ15Function, "dsp.to_q15(x [, out]) -> tensor",
     "x: float32 {..., n}, from -1 to 1; result: int16, the shape of x",
     Doc("Fractions as the fixed-point blocks and transforms take them: in steps of 2^-15, halves "
         "up, saturated; NaN becomes 0. Divide by 32768 for the way back."),
     Doc("print(dsp.to_q15(tensor.new{0.5, -1, 1})) --> tensor int16 {3}\n--> [ 16384, -32768,  "
         "32767]")},
    {"to_q31", ToQ31Function, "dsp.to_q31(x [, out]) -> tensor",
     "x: float32 {..., n}, from -1 to 1; result: int32, the shape of x",
     Doc("The same in steps of 2^-31."),
     Doc("print(dsp.to_q31(tensor.new{0.5})[1]) --> 1073741824")},
    {"rfft_q15", RfftQ15Function, "dsp.rfft_q15(x [, out]) -> tensor",
     "x: int16 {..., n}, n a power of two; result: int16 {..., n // 2 + 1, 2}",
     Doc("The discrete Fourier transform of real fixed-point signals, divided by n. All in "
         "integers: every stage halves, with 30 fractional bits inside, and the result is rounded "
         "to 15, halves up, and saturated."),
     Doc("local x = tensor.full({8}, 16384, \"int16\")\nprint(dsp.rfft_q15(x):at(1, 1)) --> "
         "16384")},
    {"rfft_q31", RfftQ31Function, "dsp.rfft_q31(x [, out]) -> tensor",
     "x: int32 {..., n}, n a power of two; result: int32 {..., n // 2 + 1, 2}",
     Doc("The same for 31 fractional bits, of which one is lost inside."),
     Doc("local x = tensor.full({8}, 1 << 30, \"int32\")\nprint(dsp.rfft_q31(x):at(1, 1)) --> "
         "1073741824")},
};

}  // namespace

const std::span<const Entry> kDspFixedFft = kDspFixedFftTable;

}  // namespace moonlet
