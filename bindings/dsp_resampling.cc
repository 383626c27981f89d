// bindings/dsp_resampling.cc - other sample rates for whole signals, along the last axis.
#include <algorithm>
#include <numeric>

#include "bindings/dsp_block.h"
#include "bindings/dsp_design.h"
#include "bindings/dsp_fft.h"
#include "bindings/dsp_filtering.h"
#include "bindings/dsp_parts.h"
#include "bindings/dsp_signal.h"
#include "bindings/options.h"
#include "dsp/fir_design.h"
#include "dsp/iir_design.h"
#include "dsp/polyphase.h"
#include "engine/base/float_mode.h"

namespace moonlet {
namespace {

constexpr lua_Integer kMostFactor = 1 << 20;
// Float32 sections lose the pass band of a filter narrower than this.
constexpr uint32_t kMostRecursiveFactor = 64;

// Polyphase filters -------------------------------------------------------------------

// Memory for a line through a Polyphase: zeros that follow it, and all that comes out.
struct PolyphaseWork {
  size_t zeros;
  float* tail;     // the zeros
  float* results;  // for the line and the zeros
};

// Takes each line of `x` through the block, and zeros behind it, for `length` results.
Status PolyphaseLines(dsp::Polyphase& block, const PolyphaseWork& work, const Tensor& x,
                      size_t length, float* y, const StopToken& stop) noexcept {
  std::fill_n(work.tail, work.zeros, 0.0f);
  const auto n = static_cast<size_t>(x.dim(x.rank() - 1));
  const float* end = x.as<float>() + x.size();
  for (const float* line = x.as<float>(); line != end; line += n, y += length) {
    block.Reset();
    size_t given = 0;
    if (Status s = PushItems(block, line, n, work.results, stop, &given); !s.ok()) return s;
    float* more = work.results + given;
    given = 0;
    if (Status s = PushItems(block, work.tail, work.zeros, more, stop, &given); !s.ok()) return s;
    std::copy_n(work.results, length, y);
  }
  return Status();
}

// Pushes the result, {..., length}, of the filter on the lines of `x`.
int PushPolyphase(lua_State* L, const dsp::PolyphaseSpec& spec, const Tensor& x, uint64_t length,
                  int out_index) {
  const Shape shape = WithLastAxes(L, x.shape, 1, {static_cast<Index>(length)});
  dsp::Polyphase& block = *NewBlock<dsp::Polyphase>(L, "polyphase", spec);
  PolyphaseWork work;
  work.zeros = spec.taps.size() / spec.up + 2;
  work.tail = PushFloats(L, work.zeros);
  const uint64_t items = static_cast<uint64_t>(x.dim(x.rank() - 1)) + work.zeros;
  const uint64_t room = items * spec.up / spec.down + 2;
  if (room > PTRDIFF_MAX / sizeof(float)) RaiseStatus(L, Status::NoMemory(room));
  work.results = PushFloats(L, static_cast<size_t>(room));
  const SignalOut y = PushSignalOut(L, out_index, shape, {&x});
  return ReturnSignal(
      L, y, PolyphaseLines(block, work, x, static_cast<size_t>(length), y.data(), StopOf(L)));
}

uint32_t CheckFactor(lua_State* L, int index) {
  const lua_Integer factor = luaL_optinteger(L, index, 1);
  if (factor < 1 || factor > kMostFactor) luaL_argerror(L, index, "a factor of 1 to 2^20 expected");
  return static_cast<uint32_t>(factor);
}

int UpFirDown(lua_State* L) {
  lua_settop(L, 5);
  const Tensor& x = CheckSignal(L, 2);
  dsp::PolyphaseSpec spec;
  spec.up = CheckFactor(L, 3);
  spec.down = CheckFactor(L, 4);
  if (TestTensor(L, 1) == nullptr) luaL_checktype(L, 1, LUA_TTABLE);
  const Tensor& h = *NewTensorFrom(L, 1, DType::kFloat32);
  if (h.rank() != 1 || h.size() == 0) luaL_argerror(L, 1, "a vector of taps expected");
  spec.taps = {h.as<float>(), static_cast<size_t>(h.size())};
  const auto n = static_cast<uint64_t>(x.dim(x.rank() - 1));
  return PushPolyphase(L, spec, x, ((n - 1) * spec.up + spec.taps.size() - 1) / spec.down + 1, 5);
}

// By up / down in lowest terms, with the vector of taps at `taps`, 0 for the usual ones.
int PushResampled(lua_State* L, const Tensor& x, uint32_t up, uint32_t down, int taps,
                  int out_index) {
  const uint32_t common = std::gcd(up, down);
  dsp::PolyphaseSpec spec;
  spec.up = up / common;
  spec.down = down / common;
  spec.taps = PushResampleTaps(L, taps, spec.up, spec.down);
  spec.offset = static_cast<uint32_t>((spec.taps.size() - 1) / 2);
  const auto n = static_cast<uint64_t>(x.dim(x.rank() - 1));
  return PushPolyphase(L, spec, x, (n * spec.up + spec.down - 1) / spec.down, out_index);
}

int ResamplePoly(lua_State* L) {
  static constexpr const char* kNames[] = {"taps"};
  lua_settop(L, 5);
  const Tensor& x = CheckSignal(L, 1);
  const uint32_t up = CheckFactor(L, 2), down = CheckFactor(L, 3);
  const OptionTable options(L, 4, kNames);
  int taps = 0;
  if (options.Has("taps")) {
    lua_getfield(L, 4, "taps");
    taps = lua_gettop(L);
  }
  return PushResampled(L, x, up, down, taps, 5);
}

// Decimation --------------------------------------------------------------------------

// The usual filter of scipy.signal.decimate, which goes there and back.
Status DecimationSections(int order, uint32_t factor, dsp::Section* sections, int* count) noexcept {
  dsp::IirSpec spec;
  spec.family = dsp::IirFamily::kChebyshev1;
  spec.order = order;
  spec.edges[0] = 0.8 / factor;
  spec.ripple = 0.05;
  dsp::Zpk filter;
  if (Status s = dsp::DesignIir(spec, &filter); !s.ok()) return s;
  *count = dsp::SectionsOf(filter);
  const std::span<dsp::Section> made = {sections, static_cast<size_t>(*count)};
  dsp::ToSections(filter, made);
  return dsp::CheckSections(made, true);
}

int DecimateRecursive(lua_State* L, const Tensor& x, uint32_t factor, const OptionTable& options) {
  if (factor > kMostRecursiveFactor)
    luaL_argerror(L, 2, "at most 64 for \"iir\": decimate in steps, or by \"fir\"");
  dsp::Section sections[dsp::IirSpec::kMostOrder];
  int count = 0;
  const auto order = static_cast<int>(options.Integer("order", 8, 1, dsp::IirSpec::kMostOrder));
  RaiseIf(L, DecimationSections(order, factor, sections, &count));
  const std::span<const dsp::Section> design = {sections, static_cast<size_t>(count)};
  const Ends ends = {dsp::Padding::kOdd, UsualPad(design)};
  const auto n = static_cast<size_t>(x.dim(x.rank() - 1));
  if (n <= ends.pad) {
    ArgumentError(L, 1, "a signal of more than %d samples expected", static_cast<int>(ends.pad));
  }
  float* smooth = PushFloats(L, static_cast<size_t>(x.size()));
  RaiseIf(L, SosFiltFiltLines(L, design, x, ends, smooth));
  const size_t length = (n - 1) / factor + 1;
  const Shape shape = WithLastAxes(L, x.shape, 1, {static_cast<Index>(length)});
  const SignalOut y = PushSignalOut(L, 4, shape, {&x});
  float* to = y.data();
  for (size_t line = 0; line < static_cast<size_t>(x.size()); line += n)
    for (size_t i = 0; i < n; i += factor) *to++ = smooth[line + i];
  return ReturnSignal(L, y, Status());
}

int DecimateFinite(lua_State* L, const Tensor& x, uint32_t factor, const OptionTable& options) {
  const int64_t order = options.Integer("order", 20 * int64_t{factor}, 1, 1 << 24);
  if (factor == 1) return PushResampled(L, x, 1, 1, 0, 4);
  const std::span<double> taps = PushScratch(L, static_cast<size_t>(order) + 1);
  const double cutoff = 1.0 / factor;
  dsp::WindowedDesign design;  // under Hamming's window
  design.cutoffs = {&cutoff, 1};
  RaiseIf(L, dsp::DesignFirwin(design, taps, StopOf(L)));
  PushRounded(L, taps, DType::kFloat32, {order + 1});
  return PushResampled(L, x, 1, factor, lua_gettop(L), 4);
}

int Decimate(lua_State* L) {
  static constexpr const char* kNames[] = {"ftype", "order"};
  static constexpr const char* kTypes[] = {"iir", "fir"};
  lua_settop(L, 4);
  const Tensor& x = CheckSignal(L, 1);
  luaL_checkinteger(L, 2);
  const uint32_t factor = CheckFactor(L, 2);
  const OptionTable options(L, 3, kNames);
  if (options.Choice("ftype", 0, kTypes) == 1) return DecimateFinite(L, x, factor, options);
  return DecimateRecursive(L, x, factor, options);
}

// By the Fourier transform --------------------------------------------------------------

// `spectrum`, bins of n samples with room for those of `length`, becomes that of `length`.
void ChangeLength(float* spectrum, size_t n, size_t length) {
  const size_t shorter = std::min(n, length), bins = shorter / 2 + 1;
  if (length > n) std::fill(spectrum + 2 * bins, spectrum + 2 * (length / 2 + 1), 0.0f);
  if (shorter % 2 == 1 || length == n) return;
  // The bin at half the lower rate stands for itself and its mirror image.
  const float factor = length < n ? 2.0f : 0.5f;
  spectrum[2 * bins - 2] *= factor;
  spectrum[2 * bins - 1] *= factor;
}

void ResampleLines(dsp::RealFftPlan& to, dsp::RealFftPlan& back, float* spectrum, const Tensor& x,
                   float* y) {
  const FlushDenormals flush;
  const size_t n = to.size(), length = back.size();
  const auto scale = static_cast<float>(static_cast<double>(length) / static_cast<double>(n));
  const float* end = x.as<float>() + x.size();
  for (const float* line = x.as<float>(); line != end; line += n, y += length) {
    to.Forward(line, n, spectrum);
    ChangeLength(spectrum, n, length);
    for (size_t i = 0; i < 2 * back.bins(); ++i) spectrum[i] *= scale;
    back.Inverse(spectrum, y);
  }
}

int Resample(lua_State* L) {
  lua_settop(L, 3);
  const Tensor& x = CheckSignal(L, 1);
  const lua_Integer length = luaL_checkinteger(L, 2);
  dsp::RealFftPlan& to = PushRealPlan(L, 1, x.dim(x.rank() - 1));
  dsp::RealFftPlan& back = PushRealPlan(L, 2, length);
  float* spectrum = PushFloats(L, 2 * std::max(to.bins(), back.bins()));
  const Shape shape = WithLastAxes(L, x.shape, 1, {static_cast<Index>(length)});
  const SignalOut y = PushSignalOut(L, 3, shape, {&x});
  ResampleLines(to, back, spectrum, x, y.data());
  return ReturnSignal(L, y, Status());
}

constexpr Entry kResamplingTable[] = {
    {"upfirdn", UpFirDown, "dsp.upfirdn(h, x [, up [, down [, out]]]) -> tensor",
     "h: taps {k}; x: float32 {..., n}, each line by itself; up, down: 1 unless given; result: "
     "{..., ((n - 1) up + k - 1) // down + 1}",
     Doc("Puts up - 1 zeros after each sample, filters by h, and keeps one of `down` results, as "
         "scipy.signal.upfirdn; the zeros are not multiplied, nor what is dropped computed."),
     Doc("print(dsp.upfirdn({1, 1}, tensor.new {3, 5}, 2):totable()[4]) --> 5.0")},
    {"resample_poly", ResamplePoly, "dsp.resample_poly(x, up, down [, options [, out]]) -> tensor",
     "x: float32 {..., n}, each line by itself; options: taps: {k}; result: {..., ceil(n up / "
     "down)}",
     Doc("Changes the sample rate by up / down through a polyphase filter without delay, as "
         "scipy.signal.resample_poly: a sinc of 10 zero crossings to each side under Kaiser's "
         "window with beta 5, or the `taps` given; they are multiplied by `up`. Zeros surround "
         "the signal. The block `dsp.resampler` gives the same bits."),
     Doc("print(#dsp.resample_poly(tensor.ones {300}, 2, 3)) --> 200")},
    {"resample", Resample, "dsp.resample(x, count [, out]) -> tensor",
     "x: float32 {..., n}, each line by itself; result: {..., count}",
     Doc("`count` samples for the same time by the Fourier transform, as scipy.signal.resample: "
         "the signal is taken to repeat itself."),
     Doc("print(#dsp.resample(tensor.ones {30}, 20)) --> 20")},
    {"decimate", Decimate, "dsp.decimate(x, factor [, options [, out]]) -> tensor",
     "x: float32 {..., n}, each line by itself; options: ftype: \"iir\" or \"fir\"; order; result: "
     "{..., ceil(n / factor)}",
     Doc("One sample in `factor` after a low-pass without delay, as scipy.signal.decimate: "
         "\"iir\" a Chebyshev filter of order 8 with 0.05 dB ripple there and back, for factors "
         "to 64, \"fir\" a sinc of order 20 factor under Hamming's window."),
     Doc("print(#dsp.decimate(tensor.ones {100}, 4)) --> 25")},
};

}  // namespace

const std::span<const Entry> kDspResampling = kResamplingTable;

}  // namespace moonlet
