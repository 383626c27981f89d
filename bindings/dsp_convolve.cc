// bindings/dsp_convolve.cc - convolution and correlation.
#include <algorithm>

#include "bindings/dsp_fft.h"
#include "bindings/dsp_parts.h"
#include "bindings/dsp_signal.h"
#include "dsp/convolve.h"
#include "engine/base/float_mode.h"

namespace moonlet {
namespace {

// Direct sums are quicker up to here, as the shorter signal goes.
constexpr size_t kLongestDirect = 64;

std::span<const float> SignalOf(const Tensor& x) {
  return {x.as<float>(), static_cast<size_t>(x.size())};
}

struct Convolution {
  std::span<const float> a, b;
  size_t first;
  std::span<float> y;
};

Status ConvolveDirectly(const Convolution& c, const StopToken& stop) {
  const FlushDenormals mode;
  return dsp::ConvolveDirect(c.a, c.b, c.first, c.y, stop);
}

void ConvolveThroughFft(const Convolution& c, dsp::RealFftPlan& plan, float* room) {
  const FlushDenormals mode;
  dsp::ConvolveFft(c.a, c.b, c.first, c.y, plan, room);
}

// "auto" | "direct" | "fft" at `index`.
bool WantsFft(lua_State* L, int index, size_t n, size_t m) {
  static constexpr const char* kMethods[] = {"auto", "direct", "fft", nullptr};
  const int method = luaL_checkoption(L, index, "auto", kMethods);
  const size_t full = n + m - 1;
  const bool fits = full <= dsp::kMaxFft && dsp::FftLengthFor(full) <= dsp::kMaxFft;
  if (method == 2 && !fits) luaL_argerror(L, index, "signals of at most 1048576 samples expected");
  return method == 2 || (method == 0 && fits && std::min(n, m) > kLongestDirect);
}

// The part of a * b that the mode at 3 names, by the method at 4, into `out` at 5; what the
// method takes is pushed below it.
int PushConvolution(lua_State* L, std::span<const float> a, std::span<const float> b,
                    std::initializer_list<const Tensor*> inputs) {
  static constexpr const char* kModes[] = {"full", "same", "valid", nullptr};
  const auto mode = static_cast<dsp::ConvolveMode>(luaL_checkoption(L, 3, "full", kModes));
  const dsp::ConvolvePart part = dsp::PartOf(mode, a.size(), b.size());
  const bool fft = WantsFft(L, 4, a.size(), b.size());
  dsp::RealFftPlan* plan = nullptr;
  float* room = nullptr;
  if (fft) {
    const size_t points = dsp::FftLengthFor(a.size() + b.size() - 1);
    plan = &PushRealPlan(L, 4, static_cast<lua_Integer>(points));
    room = PushFloats(L, dsp::ConvolveRoom(*plan));
  }
  const SignalOut y =
      PushSignalOut(L, 5, WithLastAxes(L, {}, 0, {static_cast<Index>(part.length)}), inputs);
  const Convolution c = {a, b, part.first, {y.data(), part.length}};
  if (!fft) return ReturnSignal(L, y, ConvolveDirectly(c, StopOf(L)));
  ConvolveThroughFft(c, *plan, room);
  return ReturnSignal(L, y, {});
}

// convolve(a, b [, mode [, method [, out]]])
int ConvolveFunction(lua_State* L) {
  lua_settop(L, 5);
  const Tensor& a = CheckVector(L, 1);
  const Tensor& b = CheckVector(L, 2);
  return PushConvolution(L, SignalOf(a), SignalOf(b), {&a, &b});
}

// Pushes the samples in reverse.
std::span<const float> PushReversed(lua_State* L, const Tensor& x) {
  const std::span<const float> samples = SignalOf(x);
  float* reversed = PushFloats(L, samples.size());
  std::reverse_copy(samples.begin(), samples.end(), reversed);
  return {reversed, samples.size()};
}

// xcorr(a, b [, mode [, method [, out]]])
int XcorrFunction(lua_State* L) {
  lua_settop(L, 5);
  const Tensor& a = CheckVector(L, 1);
  const Tensor& b = CheckVector(L, 2);
  return PushConvolution(L, SignalOf(a), PushReversed(L, b), {&a, &b});
}

// autocorr(x [, lags [, out]])
int AutocorrFunction(lua_State* L) {
  lua_settop(L, 3);
  const Tensor& x = CheckVector(L, 1);
  const auto n = static_cast<lua_Integer>(x.dim(0));
  const lua_Integer lags = luaL_optinteger(L, 2, n - 1);
  if (lags < 0 || lags >= n) ArgumentError(L, 2, "0 to %d lags expected", static_cast<int>(n - 1));
  const std::span<const float> reversed = PushReversed(L, x);
  const SignalOut y =
      PushSignalOut(L, 3, WithLastAxes(L, {}, 0, {static_cast<Index>(lags + 1)}), {&x});
  const Convolution c = {
      SignalOf(x), reversed, static_cast<size_t>(n - 1), {y.data(), static_cast<size_t>(lags + 1)}};
  return ReturnSignal(L, y, ConvolveDirectly(c, StopOf(L)));
}

constexpr Entry kDspConvolveTable[] = {
    {"convolve", ConvolveFunction, "dsp.convolve(a, b [, mode [, method [, out]]]) -> tensor",
     "a: float32 {n}; b: float32 {m}; mode: \"full\" (n + m - 1 values, unless given), \"same\" "
     "(n) "
     "or \"valid\" (max - min + 1); method: \"auto\" unless given, \"direct\" or \"fft\"",
     Doc("The convolution of two signals, as scipy.signal.convolve. Directly each value is one "
         "chain of fused multiply-adds, ascending over the shorter signal; \"fft\" multiplies "
         "spectra and is off by about 1e-7 of the largest value; \"auto\" is direct when the "
         "shorter signal has at most 64 samples."),
     Doc("print(table.concat(dsp.convolve(tensor.new{1, 2, 3}, tensor.new{1, 1}):totable(), \" "
         "\")) "
         "--> 1.0 3.0 5.0 3.0")},
    {"xcorr", XcorrFunction, "dsp.xcorr(a, b [, mode [, method [, out]]]) -> tensor",
     "as for dsp.convolve",
     Doc("The cross-correlation, as scipy.signal.correlate: the convolution of a with the reversed "
         "b; in mode \"full\" lag 0 is at position #b."),
     Doc("local x = tensor.new{0, 0, 1, 2}\nprint(dsp.xcorr(x, tensor.new{1, 2}, "
         "\"valid\"):argmax())"
         " --> 3")},
    {"autocorr", AutocorrFunction, "dsp.autocorr(x [, lags [, out]]) -> tensor",
     "x: float32 {n}; lags: 0 to n - 1, all unless given; result: float32 {lags + 1}",
     Doc("The sums of x[i] x[i + lag] for lag 0 and up, each one chain of fused multiply-adds: the "
         "second half of dsp.xcorr(x, x)."),
     Doc("print(table.concat(dsp.autocorr(tensor.new{1, 2, 3}):totable(), \" \")) --> 14.0 8.0 "
         "3.0")},
};

}  // namespace

const std::span<const Entry> kDspConvolve = kDspConvolveTable;

}  // namespace moonlet
