#include "engine/kernels/pool.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "engine/kernels/fixed_point.h"
#include "engine/kernels/integer_loops.h"
#include "engine/kernels/work_meter.h"

namespace moonlet {
namespace {

// Channels pooled together: neighbours in memory.
constexpr int32_t kPoolChannels = 32;

// Folds the window of each output pixel, a block of channels at a time: fold(so far, x)
// from `start` on, then finish(result, number of taps).
template <typename T, typename Value, typename Fold, typename Finish>
bool Pool(const Window& window, int32_t channels, const T* input, T* output, const StopToken& stop,
          Value start, Fold fold, Finish finish) {
  const Axis& y = window.y;
  const Axis& x = window.x;
  const std::ptrdiff_t image_size = std::ptrdiff_t{y.input} * x.input * channels;
  WorkMeter meter(stop);
  for (int32_t n = 0; n < window.batches; ++n, input += image_size) {
    for (int32_t oy = 0; oy < y.output; ++oy) {
      const Axis::Taps ty = y.TapsAt(oy);
      for (int32_t ox = 0; ox < x.output; ++ox) {
        const Axis::Taps tx = x.TapsAt(ox);
        const int32_t taps = (ty.last - ty.first) * (tx.last - tx.first);
        for (int32_t c = 0; c < channels; c += kPoolChannels) {
          const int32_t count = std::min(kPoolChannels, channels - c);
          if (!meter.Spend(int64_t{taps} * count)) return false;
          Value values[kPoolChannels];
          std::fill_n(values, kPoolChannels, start);
          for (int32_t iy = ty.origin + ty.first; iy < ty.origin + ty.last; ++iy) {
            for (int32_t ix = tx.origin + tx.first; ix < tx.origin + tx.last; ++ix) {
              const T* in = input + (std::ptrdiff_t{iy} * x.input + ix) * channels + c;
              for (int32_t j = 0; j < count; ++j) values[j] = fold(values[j], in[j]);
            }
          }
          for (int32_t j = 0; j < count; ++j) *output++ = finish(values[j], taps);
        }
      }
    }
  }
  return true;
}

template <typename T, typename Params>
bool AveragePoolInteger(const Params& p, const T* input, T* output, const StopToken& stop) {
  const auto add = [](int32_t sum, T x) { return WrapAdd(sum, x); };
  const auto mean = [&p](int32_t sum, int32_t n) {
    const int32_t rounded = (sum > 0 ? WrapAdd(sum, n / 2) : WrapSub(sum, n / 2)) / n;
    return static_cast<T>(std::clamp<int32_t>(rounded, p.min, p.max));
  };
  return Pool(p.window, p.channels, input, output, stop, int32_t{0}, add, mean);
}

template <typename T, typename Params>
bool MaxPoolInteger(const Params& p, const T* input, T* output, const StopToken& stop) {
  const auto larger = [](T best, T x) { return x > best ? x : best; };
  const auto clamp = [&p](T best, int32_t) {
    return static_cast<T>(std::clamp<int32_t>(best, p.min, p.max));
  };
  return Pool(p.window, p.channels, input, output, stop, std::numeric_limits<T>::min(), larger,
              clamp);
}

using PoolLoopS8 = decltype(IntegerLoops::average_s8);

// Pools each window by `loop`.
bool PoolS8(const PoolS8Params& p, const int8_t* input, int8_t* output, const StopToken& stop,
            PoolLoopS8 loop) {
  const Axis& y = p.window.y;
  const Axis& x = p.window.x;
  constexpr int64_t kWork = 1'000'000;
  PoolWindowS8 window = {};
  window.row = std::ptrdiff_t{x.input} * p.channels;
  window.column = p.channels;
  window.min = p.min;
  window.max = p.max;
  WorkMeter meter(stop);
  for (int32_t n = 0; n < p.window.batches; ++n, input += window.row * y.input) {
    for (int32_t oy = 0; oy < y.output; ++oy) {
      const Axis::Taps ty = y.TapsAt(oy);
      window.rows = ty.last - ty.first;
      for (int32_t ox = 0; ox < x.output; ++ox, output += p.channels) {
        const Axis::Taps tx = x.TapsAt(ox);
        window.columns = tx.last - tx.first;
        const int64_t taps = std::max<int64_t>(1, int64_t{window.rows} * window.columns);
        const auto step = static_cast<int32_t>(std::clamp<int64_t>(kWork / taps, 1, p.channels));
        const int8_t* first = input + (ty.origin + ty.first) * window.row +
                              std::ptrdiff_t{tx.origin + tx.first} * window.column;
        for (int32_t c = 0; c < p.channels; c += step) {
          window.channels = std::min(step, p.channels - c);
          window.first = first + c;
          if (!meter.Spend(taps * window.channels)) return false;
          loop(window, output + c);
        }
      }
    }
  }
  return true;
}

}  // namespace

bool AveragePoolS16(const PoolS16Params& p, const int16_t* input, int16_t* output,
                    const StopToken& stop) {
  return AveragePoolInteger(p, input, output, stop);
}

bool MaxPoolS16(const PoolS16Params& p, const int16_t* input, int16_t* output,
                const StopToken& stop) {
  return MaxPoolInteger(p, input, output, stop);
}

bool scalar::AveragePoolF32(const PoolF32Params& p, const float* input, float* output,
                            const StopToken& stop) {
  const auto add = [](float sum, float x) { return sum + x; };
  const auto mean = [&p](float sum, int32_t n) {
    return Clamp(sum / static_cast<float>(n), p.range);
  };
  return Pool(p.window, p.channels, input, output, stop, 0.0f, add, mean);
}

bool scalar::MaxPoolF32(const PoolF32Params& p, const float* input, float* output,
                        const StopToken& stop) {
  const auto larger = [](float best, float x) { return x > best ? x : best; };
  const auto clamp = [&p](float best, int32_t) { return Clamp(best, p.range); };
  constexpr float kLowest = std::numeric_limits<float>::lowest();
  return Pool(p.window, p.channels, input, output, stop, kLowest, larger, clamp);
}

bool L2PoolF32(const PoolF32Params& p, const float* input, float* output, const StopToken& stop) {
  const auto add = [](float sum, float x) { return sum + x * x; };
  const auto root = [&p](float sum, int32_t n) {
    return Clamp(std::sqrt(sum / static_cast<float>(n)), p.range);
  };
  return Pool(p.window, p.channels, input, output, stop, 0.0f, add, root);
}

// The one place that says which variant runs.
bool AveragePoolS8(const PoolS8Params& p, const int8_t* input, int8_t* output,
                   const StopToken& stop) {
  return PoolS8(p, input, output, stop, BestIntegerLoops().average_s8);
}
bool MaxPoolS8(const PoolS8Params& p, const int8_t* input, int8_t* output, const StopToken& stop) {
  return PoolS8(p, input, output, stop, BestIntegerLoops().max_s8);
}
bool AveragePoolF32(const PoolF32Params& p, const float* input, float* output,
                    const StopToken& stop) {
  return scalar::AveragePoolF32(p, input, output, stop);
}
bool MaxPoolF32(const PoolF32Params& p, const float* input, float* output, const StopToken& stop) {
  return scalar::MaxPoolF32(p, input, output, stop);
}

}  // namespace moonlet
