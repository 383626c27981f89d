// bindings/dsp_fir_blocks.cc - blocks of finite impulse response: filters and changes of rate.
#include <algorithm>
#include <numeric>

#include "bindings/dsp_block.h"
#include "bindings/dsp_design.h"
#include "bindings/dsp_parts.h"
#include "bindings/tensor.h"
#include "bindings/tensor_parts.h"
#include "dsp/fixed_filters.h"
#include "dsp/polyphase.h"
#include "dsp/resample_filter.h"
#include "dsp/window_blocks.h"

namespace moonlet {
namespace {

constexpr int64_t kLongestFir = 1 << 24;
constexpr int64_t kMostRate = 1 << 20;

// Pushes the taps as float32.
std::span<const float> PushTapsOption(lua_State* L) {
  const Tensor& t = PushTensorOption(L, 1, "taps", DType::kFloat32, 1);
  return {t.as<float>(), static_cast<size_t>(t.size())};
}

// The option `taps` in fractions of T: a tensor of T as it is, anything else rounded.
template <typename T>
std::span<const T> PushFixedTaps(lua_State* L) {
  lua_getfield(L, 1, "taps");
  const Tensor* given = TestTensor(L, -1);
  const bool ready = given != nullptr && given->dtype == DTypeOf<T>();
  lua_pop(L, 1);
  if (ready) {
    const Tensor& t = PushTensorOption(L, 1, "taps", DTypeOf<T>(), 1);
    return {t.as<T>(), static_cast<size_t>(t.size())};
  }
  const Tensor& values = PushTensorOption(L, 1, "taps", DType::kFloat64, 1);
  const Tensor& taps = *NewTensor(L, DTypeOf<T>(), values.shape);
  for (Index i = 0; i < values.size(); ++i) {
    const double value = values.as<double>()[i];
    if (dsp::ToFixed(value, std::numeric_limits<T>::digits, taps.as<T>() + i)) continue;
    ArgumentError(L, 1, "option 'taps': tap %I is %f, expected from -1 to below 1",
                  static_cast<LUAI_UACINT>(i + 1), value);
  }
  return {taps.as<T>(), static_cast<size_t>(taps.size())};
}

template <typename T>
int FixedFir(lua_State* L, const OptionTable& options) {
  const std::span<const T> taps = PushFixedTaps<T>(L);
  NewBlock<dsp::FixedFir<T>>(L, "fir", taps, WidthOption(options));
  FinishBlock(L, options);
  return 1;
}

int Polyphase(lua_State* L, const char* kind, const OptionTable& options,
              const dsp::PolyphaseSpec& spec) {
  NewBlock<dsp::Polyphase>(L, kind, spec);
  FinishBlock(L, options);
  return 1;
}

int FirBlock(lua_State* L) {
  static constexpr const char* kNames[] = {"taps", "dtype", "width", "max_push"};
  static constexpr const char* kTypes[] = {"float32", "int16", "int32"};
  luaL_checktype(L, 1, LUA_TTABLE);
  const OptionTable options(L, 1, kNames);
  const int type = options.Choice("dtype", 0, kTypes);
  if (type == 1) return FixedFir<int16_t>(L, options);
  if (type == 2) return FixedFir<int32_t>(L, options);
  dsp::PolyphaseSpec spec;
  spec.width = WidthOption(options);
  spec.taps = PushTapsOption(L);
  return Polyphase(L, "fir", options, spec);
}

int FactorFir(lua_State* L, const char* kind, uint32_t dsp::PolyphaseSpec::*rate) {
  static constexpr const char* kNames[] = {"taps", "factor", "width", "max_push"};
  luaL_checktype(L, 1, LUA_TTABLE);
  const OptionTable options(L, 1, kNames);
  dsp::PolyphaseSpec spec;
  spec.*rate = static_cast<uint32_t>(options.Integer("factor", 2, 1, kMostRate));
  spec.width = WidthOption(options);
  spec.taps = PushTapsOption(L);
  return Polyphase(L, kind, options, spec);
}

int FirDecimator(lua_State* L) { return FactorFir(L, "fir_decimator", &dsp::PolyphaseSpec::down); }

int FirInterpolator(lua_State* L) {
  return FactorFir(L, "fir_interpolator", &dsp::PolyphaseSpec::up);
}

// The two rates, by `up` and `down` or by the sample rates, in lowest terms.
void TakeRates(lua_State* L, const OptionTable& options, dsp::PolyphaseSpec* spec) {
  const bool hertz = options.Has("sample_rate") || options.Has("to");
  if (hertz == (options.Has("up") || options.Has("down")))
    luaL_argerror(L, 1, "either 'sample_rate' and 'to' or 'up' and 'down' expected");
  const int64_t most = hertz ? INT32_MAX : kMostRate;
  const int64_t up = options.Integer(hertz ? "to" : "up", hertz ? 0 : 1, 1, most);
  const int64_t down = options.Integer(hertz ? "sample_rate" : "down", hertz ? 0 : 1, 1, most);
  if (up == 0 || down == 0) luaL_argerror(L, 1, "'sample_rate' and 'to' go together");
  const int64_t common = std::gcd(up, down);
  if (std::max(up, down) / common > kMostRate) luaL_argerror(L, 1, "the ratio is too long");
  spec->up = static_cast<uint32_t>(up / common);
  spec->down = static_cast<uint32_t>(down / common);
  if (hertz) spec->sample_rate = static_cast<double>(down);
}

int Resampler(lua_State* L) {
  static constexpr const char* kNames[] = {"sample_rate", "to",    "up",      "down",
                                           "taps",        "width", "max_push"};
  luaL_checktype(L, 1, LUA_TTABLE);
  const OptionTable options(L, 1, kNames);
  dsp::PolyphaseSpec spec;
  TakeRates(L, options, &spec);
  spec.width = WidthOption(options);
  if (options.Has("taps")) lua_getfield(L, 1, "taps");
  spec.taps = PushResampleTaps(L, options.Has("taps") ? lua_gettop(L) : 0, spec.up, spec.down);
  spec.offset = static_cast<uint32_t>((spec.taps.size() - 1) / 2);
  return Polyphase(L, "resampler", options, spec);
}

int MovingAverage(lua_State* L) {
  static constexpr const char* kNames[] = {"length", "width", "max_push"};
  const OptionTable options(L, 1, kNames);
  const int64_t length = options.Integer("length", 8, 1, kLongestFir);
  dsp::PolyphaseSpec spec;
  spec.width = WidthOption(options);
  const Tensor& taps = *NewTensor(L, DType::kFloat32, {1, {static_cast<Index>(length)}});
  std::fill_n(taps.as<float>(), length, static_cast<float>(1.0 / static_cast<double>(length)));
  spec.taps = {taps.as<float>(), static_cast<size_t>(length)};
  return Polyphase(L, "moving_average", options, spec);
}

int Differentiator(lua_State* L) {
  static constexpr const char* kNames[] = {"sample_rate", "width", "max_push"};
  const OptionTable options(L, 1, kNames);
  const double rate = options.Number("sample_rate", 1, 1e-6, 1e9);
  const float taps[] = {static_cast<float>(rate), -static_cast<float>(rate)};
  dsp::PolyphaseSpec spec;
  spec.taps = taps;
  spec.width = WidthOption(options);
  spec.sample_rate = options.Has("sample_rate") ? rate : 0;
  return Polyphase(L, "differentiator", options, spec);
}

int DelayBlock(lua_State* L) {
  static constexpr const char* kNames[] = {"length", "dtype", "width", "max_push"};
  static constexpr const char* kTypes[] = {"float32", "int16", "int32"};
  static constexpr DType kTypesOf[] = {DType::kFloat32, DType::kInt16, DType::kInt32};
  const OptionTable options(L, 1, kNames);
  const auto length = static_cast<size_t>(options.Integer("length", 1, 0, INT32_MAX));
  const DType dtype = kTypesOf[options.Choice("dtype", 0, kTypes)];
  NewBlock<dsp::Delay>(L, "delay", dtype, length, WidthOption(options));
  FinishBlock(L, options);
  return 1;
}

int MedianBlock(lua_State* L) {
  static constexpr const char* kNames[] = {"length", "width", "max_push"};
  const OptionTable options(L, 1, kNames);
  const auto length = static_cast<size_t>(options.Integer("length", 5, 1, kLongestFir));
  NewBlock<dsp::Median>(L, "median", length, WidthOption(options));
  FinishBlock(L, options);
  return 1;
}

constexpr Entry kFirBlockTable[] = {
    {"fir", FirBlock, "dsp.fir(options) -> block",
     "options: taps: {k}; dtype: \"float32\", \"int16\" (q15) or \"int32\" (q31); width; max_push",
     Doc("A filter of finite impulse response: y[n] = taps[1] x[n] + taps[2] x[n-1] + ..., as "
         "scipy.signal.lfilter(taps, 1, x). In float32 one chain of fused multiply-adds per "
         "output, in ascending tap. In q15 and q31 taps and items are fractions (taps that are not "
         "integers already are rounded), sums are exact, rounded once, half up, and saturated. "
         "`width` channels are filtered each by itself."),
     Doc("local smooth = dsp.fir {taps = {0.25, 0.5, 0.25}}\n"
         "print(smooth:push(tensor.new {4, 4, 4})[2], smooth.latency) --> 3.0 1.0")},
    {"fir_decimator", FirDecimator, "dsp.fir_decimator(options) -> block",
     "options: taps: {k}; factor: items in for one out, 2 unless given; width; max_push",
     Doc("What `fir` gives, of which one item in `factor` is kept, beginning with the first; the "
         "others are not computed."),
     Doc("local half = dsp.fir_decimator {taps = {1}, factor = 2}\n"
         "print(#half:push(tensor.new {1, 2, 3}), half:push(tensor.new {4, 5})[1]) --> 2 5.0")},
    {"fir_interpolator", FirInterpolator, "dsp.fir_interpolator(options) -> block",
     "options: taps: {k}; factor: items out for one in, 2 unless given; width; max_push",
     Doc("What `fir` makes of the signal with `factor` - 1 zeros after each item; the zeros are "
         "not multiplied. Taps with a sum of `factor` keep the level."),
     Doc("local twice = dsp.fir_interpolator {taps = {1, 1}}\n"
         "print(twice:push(tensor.new {3, 5}):totable()[4]) --> 5.0")},
    {"resampler", Resampler, "dsp.resampler(options) -> block",
     "options: sample_rate, to: hertz, whole numbers; or up, down; taps: {k}; width; max_push",
     Doc("Changes the sample rate by a ratio of whole numbers, as scipy.signal.resample_poly: a "
         "polyphase filter, by default a sinc of 10 zero crossings to each side under Kaiser's "
         "window with beta 5, or the `taps` given, for the higher rate; they are multiplied by "
         "`up`. The output is centred: it "
         "begins with the first item's time, so the bits are those of `dsp.resample_poly`, as far "
         "as the input so far allows."),
     Doc("local to16k = dsp.resampler {sample_rate = 48000, to = 16000}\n"
         "print(to16k.rate_out, to16k.rate_in, to16k.latency) --> 1 3 30.0")},
    {"moving_average", MovingAverage, "dsp.moving_average([options]) -> block",
     "options: length: items, 8 unless given; width; max_push",
     Doc("The mean of the last `length` items, zeros before the first. A filter of equal taps, so "
         "nothing that passed by leaves a rounding error behind."),
     Doc("print(dsp.moving_average {length = 2}:push(tensor.new {2, 4})[2]) --> 3.0")},
    {"differentiator", Differentiator, "dsp.differentiator([options]) -> block",
     "options: sample_rate: hertz, 1 unless given; width; max_push",
     Doc("The difference to the item before, times `sample_rate`: the slope per second."),
     Doc("print(dsp.differentiator {sample_rate = 100}:push(tensor.new {1, 3})[2]) --> 200.0")},
    {"delay", DelayBlock, "dsp.delay([options]) -> block",
     "options: length: items, 1 unless given; dtype: float32, int16 or int32; width; max_push",
     Doc("Gives each item `length` items later, bit for bit; zeros before that."),
     Doc("print(dsp.delay {length = 2}:push(tensor.new {7, 8, 9})[3]) --> 7.0")},
    {"median", MedianBlock, "dsp.median([options]) -> block",
     "options: length: items, 5 unless given; width; max_push",
     Doc("The median of the last `length` items, zeros before the first; of an even length the "
         "mean of the two in the middle. NaN counts as larger than every number."),
     Doc("print(dsp.median {length = 3}:push(tensor.new {1, 9, 2}):totable()[3]) --> 2.0")},
};

}  // namespace

const std::span<const Entry> kDspFirBlocks = kFirBlockTable;

std::span<const float> PushResampleTaps(lua_State* L, int index, uint32_t up, uint32_t down) {
  if (index != 0) {
    const Tensor& t = *NewTensorFrom(L, index, DType::kFloat32);
    if (t.rank() != 1 || t.size() == 0) luaL_error(L, "option 'taps': a vector expected");
    for (Index i = 0; i < t.size(); ++i) t.as<float>()[i] *= static_cast<float>(up);
    return {t.as<float>(), static_cast<size_t>(t.size())};
  }
  const size_t length = dsp::ResampleLength(up, down);
  const std::span<double> work = PushScratch(L, length);
  const Tensor& t = *NewTensor(L, DType::kFloat32, {1, {static_cast<Index>(length)}});
  const std::span<float> taps = {t.as<float>(), length};
  RaiseIf(L, dsp::ResampleTaps(up, down, work, taps, StopOf(L)));
  return taps;
}

}  // namespace moonlet
