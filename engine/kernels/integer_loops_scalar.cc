// The inner loops that define what the variants of other instruction sets give.
#include <algorithm>

#include "engine/kernels/integer_loops.h"
#include "engine/kernels/offset_dot.h"
#include "engine/kernels/requantize_dsp.h"

namespace moonlet::scalar {
namespace {

// Rescale(x, m), and the same of m below one, where the DSP extension is in fewer instructions.
inline int32_t BelowOne(int32_t x, Multiplier m) {
#if defined(__ARM_FEATURE_DSP) && !defined(__ARM_FEATURE_MVE)
  return m.shift < 0 ? armdsp::RescaleRight(x, m.value, -m.shift, 0) : HighMul(x, m.value);
#else
  return RoundingShiftRight(HighMul(x, m.value), -m.shift);
#endif
}
inline int32_t Scaled(int32_t x, Multiplier m) {
  return m.shift < 0 ? BelowOne(x, m) : Rescale(x, m);
}

// output = combine(a, b) at the common scale, rescaled.
template <int kHeadRoom, auto kCombine, typename Output, typename T>
void AddRun(const AddParams<Output>& p, const PairRun<T>& run) {
  const auto common = [&](int32_t x, Multiplier m) { return BelowOne(WrapShl(x, kHeadRoom), m); };
  const T* a = run.a;
  const T* b = run.b;
  for (int32_t i = 0; i < run.count; ++i, a += run.step_a, b += run.step_b) {
    const int32_t result =
        kCombine(common(*a - p.zero_a, p.scales.a), common(*b - p.zero_b, p.scales.b));
    const int32_t value = WrapAdd(BelowOne(result, p.scales.output), p.output.zero);
    run.output[i] = static_cast<T>(std::clamp<int32_t>(value, p.output.min, p.output.max));
  }
}

void MultiplyRun(const MulS8Params& p, const PairRunS8& run) {
  const int8_t* a = run.a;
  const int8_t* b = run.b;
  for (int32_t i = 0; i < run.count; ++i, a += run.step_a, b += run.step_b) {
    const int32_t scaled = Scaled((*a - p.zero_a) * (*b - p.zero_b), p.scale);
    const int32_t value = WrapAdd(scaled, p.output.zero);
    run.output[i] = static_cast<int8_t>(std::clamp<int32_t>(value, p.output.min, p.output.max));
  }
}

// Channels pooled together: neighbours in memory.
constexpr int32_t kPooledTogether = 32;

// Folds the window, a block of channels at a time: fold(so far, x) from `start` on, then
// finish(result).
template <typename Value, typename Fold, typename Finish>
void PoolChannels(const PoolWindowS8& window, int8_t* output, Value start, Fold fold,
                  Finish finish) {
  for (int32_t c = 0; c < window.channels; c += kPooledTogether) {
    const int32_t count = std::min(kPooledTogether, window.channels - c);
    Value values[kPooledTogether];
    std::fill_n(values, kPooledTogether, start);
    for (int32_t iy = 0; iy < window.rows; ++iy) {
      const int8_t* in = window.first + iy * window.row + c;
      for (int32_t ix = 0; ix < window.columns; ++ix, in += window.column)
        for (int32_t j = 0; j < count; ++j) values[j] = fold(values[j], in[j]);
    }
    for (int32_t j = 0; j < count; ++j) {
      const int32_t value = finish(values[j]);
      *output++ = static_cast<int8_t>(std::clamp<int32_t>(value, window.min, window.max));
    }
  }
}

void Average(const PoolWindowS8& window, int8_t* output) {
  const int32_t n = window.rows * window.columns;
  const auto add = [](int32_t sum, int8_t x) { return WrapAdd(sum, x); };
  const auto mean = [n](int32_t sum) {
    return (sum > 0 ? WrapAdd(sum, n / 2) : WrapSub(sum, n / 2)) / n;
  };
  PoolChannels(window, output, int32_t{0}, add, mean);
}

void Max(const PoolWindowS8& window, int8_t* output) {
  const auto larger = [](int8_t best, int8_t x) { return x > best ? x : best; };
  PoolChannels(window, output, int8_t{-128}, larger, [](int8_t best) { return best; });
}

void LeakyReluS16(const LeakyReluParams& p, const int16_t* input, size_t n, int16_t* output) {
  for (size_t i = 0; i < n; ++i) {
    const int32_t steps = input[i] - p.input_zero;
    output[i] = static_cast<int16_t>(std::clamp<int32_t>(LeakyReluOf(p, steps), -32768, 32767));
  }
}

template <typename T, typename Sum>
void AddDots(const DotRows<T>& dots, Sum* sums) {
  for (int32_t i = 0; i < dots.rows; ++i) {
    sums[i] = Accumulate(sums[i], OffsetDot(dots.x, dots.x_zero, dots.weights + i * dots.row,
                                            dots.weights_zero, dots.count));
  }
}

void AddLinesS16(const DotLines<int16_t>& dots, int64_t* sums) {
  for (int32_t i = 0; i < dots.lines; ++i) {
    AddDots<int16_t>({dots.x + i * dots.x_line, 0, dots.weights + i * dots.weights_line, 0,
                      dots.row, dots.count, dots.rows},
                     sums);
  }
}

}  // namespace

void AddWindowS16(const WeightedWindowS16& window, int64_t* sums) {
  for (int32_t iy = 0; iy < window.rows; ++iy) {
    const int16_t* x = window.x + iy * window.x_row;
    const int8_t* w = window.weights + iy * window.weights_row;
    for (int32_t ix = 0; ix < window.columns; ++ix) {
      for (int32_t c = 0; c < window.channels; ++c) sums[c] += x[c] * w[c];
      x += window.x_column;
      w += window.weights_column;
    }
  }
}

void SumS8(const PoolWindowS8& window, int32_t* sums) {
  for (int32_t iy = 0; iy < window.rows; ++iy) {
    const int8_t* in = window.first + iy * window.row;
    for (int32_t ix = 0; ix < window.columns; ++ix, in += window.column)
      for (int32_t c = 0; c < window.channels; ++c) sums[c] = WrapAdd(sums[c], in[c]);
  }
}

void MapBytes(const int8_t* entries, const int8_t* input, size_t n, int8_t* output) {
  for (size_t i = 0; i < n; ++i) output[i] = entries[input[i] + 128];
}

const IntegerLoops kIntegerLoops = {
    "scalar",
    AddRun<kAddHeadRoomS8, WrapAdd, OutputS8, int8_t>,
    AddRun<kAddHeadRoomS8, WrapSub, OutputS8, int8_t>,
    AddRun<kAddHeadRoomS16, WrapAdd, OutputS16, int16_t>,
    AddRun<kAddHeadRoomS16, WrapSub, OutputS16, int16_t>,
    MultiplyRun,
    Average,
    Max,
    LeakyReluS16,
    AddDots<int8_t, int32_t>,
    AddDots<int16_t, int64_t>,
    AddWindowS16,
    SumS8,
    MapBytes,
    SoftmaxS8Row<int8_t>,
    LstmGate<int32_t>,
    LstmStates<int8_t>,
    AddLinesS16,
    LstmStates<int16_t>,
    SoftmaxS8Row<int16_t>,
    SoftmaxS16Row,
    SumRun<int8_t>,
    SumRun<int16_t>,
    RescaleSums<int8_t>,
    RescaleSums<int16_t>,
    Quantize<int8_t>,
    Quantize<int16_t>,
    Dequantize<int8_t>,
    Dequantize<int16_t>,
    Requantize<int8_t, int8_t>,
    Requantize<int8_t, int16_t>,
    Requantize<int16_t, int8_t>,
    Requantize<int16_t, int16_t>,
    LogisticS16,
    TanhS16,
    AddSvdfSums<int8_t>,
    AddSvdfSums<int16_t>,
    MixPixels,
    FinishWide,
};

}  // namespace moonlet::scalar
