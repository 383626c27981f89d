#if defined(__ARM_FEATURE_MVE)
#include <arm_mve.h>

#include <algorithm>

#include "engine/kernels/integer_loops.h"
#include "engine/kernels/requantize_helium.h"

namespace moonlet::mve {
namespace {

// Four neighbours, or the first `live` of them.
[[gnu::always_inline]] inline int32x4_t LoadFour(const int8_t* at, mve_pred16_t live) {
  return vldrbq_z_s32(at, live);
}
[[gnu::always_inline]] inline int32x4_t LoadFour(const int16_t* at, mve_pred16_t live) {
  return vldrhq_z_s32(at, live);
}
[[gnu::always_inline]] inline int32x4_t LoadFour(const int8_t* at) { return vldrbq_s32(at); }
[[gnu::always_inline]] inline int32x4_t LoadFour(const int16_t* at) { return vldrhq_s32(at); }
[[gnu::always_inline]] inline void StoreFour(int8_t* to, int32x4_t v) { vstrbq_s32(to, v); }
[[gnu::always_inline]] inline void StoreFour(int16_t* to, int32x4_t v) { vstrhq_s32(to, v); }
[[gnu::always_inline]] inline void StoreFour(int8_t* to, int32x4_t v, mve_pred16_t live) {
  vstrbq_p_s32(to, v, live);
}
[[gnu::always_inline]] inline void StoreFour(int16_t* to, int32x4_t v, mve_pred16_t live) {
  vstrhq_p_s32(to, v, live);
}

// Calls combine(a, b) with four elements at a time and stores the results.
template <typename T, typename Combine>
[[gnu::always_inline]] inline void ForEachFour(const PairRun<T>& run, Combine combine) {
  const T* a = run.a;
  const T* b = run.b;
  T* output = run.output;
  int32x4_t x = vdupq_n_s32(run.count > 0 ? *a : 0), y = vdupq_n_s32(run.count > 0 ? *b : 0);
  for (int32_t fours = run.count / 4; fours > 0; --fours) {
    if (run.step_a != 0) x = LoadFour(a);
    if (run.step_b != 0) y = LoadFour(b);
    StoreFour(output, combine(x, y));
    a += 4 * run.step_a;
    b += 4 * run.step_b;
    output += 4;
  }
  if (run.count % 4 == 0) return;
  const mve_pred16_t live = vctp32q(static_cast<uint32_t>(run.count) % 4);
  if (run.step_a != 0) x = LoadFour(a, live);
  if (run.step_b != 0) y = LoadFour(b, live);
  StoreFour(output, combine(x, y), live);
}

// x * m for m below one.
class BelowOne {
 public:
  [[gnu::always_inline]] explicit BelowOne(Multiplier m)
      : multiplier_(m.value), shift_(m.shift), right_(vdupq_n_s32(m.shift)) {}
  [[gnu::always_inline]] int32x4_t operator()(int32x4_t x) const {
    x = vqrdmulhq_n_s32(x, multiplier_);
    x = vqaddq_s32(x, vshrq_n_s32(vandq_s32(x, right_), 31));
    return vrshlq_n_s32(x, shift_);
  }

 private:
  int32_t multiplier_;
  int32_t shift_;
  int32x4_t right_;
};

template <typename Output>
[[gnu::always_inline]] inline int32x4_t Place(int32x4_t x, const Output& output) {
  x = vaddq_n_s32(x, output.zero);
  return vminq_s32(vmaxq_s32(x, vdupq_n_s32(output.min)), vdupq_n_s32(output.max));
}

template <int kHeadRoom, bool kSubtract, typename Output, typename T>
void AddRun(const AddParams<Output>& params, const PairRun<T>& run) {
  const AddParams<Output> p = params;
  const BelowOne a(p.scales.a), b(p.scales.b), output(p.scales.output);
  ForEachFour(
      run, [&](int32x4_t x, int32x4_t y) __attribute__((always_inline)) {
        x = a(vshlq_n_s32(vsubq_n_s32(x, p.zero_a), kHeadRoom));
        y = b(vshlq_n_s32(vsubq_n_s32(y, p.zero_b), kHeadRoom));
        return Place(output(kSubtract ? vsubq_s32(x, y) : vaddq_s32(x, y)), p.output);
      });
}

void MultiplyRun(const MulS8Params& params, const PairRunS8& run) {
  const MulS8Params p = params;
  const int32x4_t multiplier = vdupq_n_s32(p.scale.value), shift = vdupq_n_s32(p.scale.shift);
  ForEachFour(
      run, [&](int32x4_t x, int32x4_t y) __attribute__((always_inline)) {
        x = vmulq_s32(vsubq_n_s32(x, p.zero_a), vsubq_n_s32(y, p.zero_b));
        return Place(Rescale<Scaling::kAny>(x, multiplier, shift), p.output);
      });
}

// Calls finish(folded, channel, live) for four channels at a time.
template <typename Fold, typename Finish>
[[gnu::always_inline]] inline void PoolFours(const PoolWindowS8& window, int32_t start, Fold fold,
                                             Finish finish) {
  for (int32_t c = 0; c < window.channels; c += 4) {
    const mve_pred16_t live = vctp32q(static_cast<uint32_t>(window.channels - c));
    int32x4_t folded = vdupq_n_s32(start);
    for (int32_t y = 0; y < window.rows; ++y) {
      const int8_t* in = window.first + y * window.row + c;
      for (int32_t x = 0; x < window.columns; ++x, in += window.column)
        folded = fold(folded, vldrbq_z_s32(in, live));
    }
    finish(folded, c, live);
  }
}

void Average(const PoolWindowS8& window, int8_t* output) {
  const int32_t n = window.rows * window.columns;
  PoolFours(
      window, 0, [](int32x4_t sum, int32x4_t x) { return vaddq_s32(sum, x); },
      [&](int32x4_t sums, int32_t c, mve_pred16_t live) {
        int32_t four[4];
        vst1q_s32(four, sums);
        for (int32_t& sum : four)
          sum = std::clamp<int32_t>((sum > 0 ? WrapAdd(sum, n / 2) : WrapSub(sum, n / 2)) / n,
                                    window.min, window.max);
        vstrbq_p_s32(output + c, vld1q_s32(four), live);
      });
}

void Max(const PoolWindowS8& window, int8_t* output) {
  PoolFours(
      window, -128, [](int32x4_t best, int32x4_t x) { return vmaxq_s32(best, x); },
      [&](int32x4_t best, int32_t c, mve_pred16_t live) {
        vstrbq_p_s32(output + c, Place(best, OutputS8{0, window.min, window.max}), live);
      });
}

void LeakyReluS16(const LeakyReluParams& p, const int16_t* input, size_t n, int16_t* output) {
  scalar::kIntegerLoops.leaky_relu_s16(p, input, n, output);
}

// sum of (x - x_zero) * (w - w_zero) = sum of x * w - w_zero * sum of x
//                                     - x_zero * (sum of w - n * w_zero).
void AddDotsS8(const DotRows<int8_t>& dots, int32_t* sums) {
  const auto n = static_cast<int32_t>(dots.count);
  for (int32_t i = 0; i < dots.rows; ++i) {
    const int8_t* w = dots.weights + i * dots.row;
    int32_t products = 0, inputs = 0, weights = 0;
    for (int32_t d = 0; d < n; d += 16) {
      const mve_pred16_t live = vctp8q(static_cast<uint32_t>(n - d));
      const int8x16_t x = vldrbq_z_s8(dots.x + d, live), y = vldrbq_z_s8(w + d, live);
      products = vmladavaq_s8(products, x, y);
      inputs = vaddvaq_s8(inputs, x);
      weights = vaddvaq_s8(weights, y);
    }
    weights = WrapSub(weights, WrapMul(n, dots.weights_zero));
    products = WrapSub(products, WrapMul(dots.weights_zero, inputs));
    sums[i] = WrapAdd(sums[i], WrapSub(products, WrapMul(dots.x_zero, weights)));
  }
}

void AddDotsS16(const DotRows<int16_t>& dots, int64_t* sums) {
  const auto n = static_cast<int32_t>(dots.count);
  const auto zero = static_cast<int16_t>(dots.weights_zero);
  for (int32_t i = 0; i < dots.rows; ++i) {
    const int8_t* w = dots.weights + i * dots.row;
    int64_t products = 0;
    int32_t weights = 0;
    for (int32_t d = 0; d < n; d += 8) {
      const mve_pred16_t live = vctp16q(static_cast<uint32_t>(n - d));
      const int16x8_t y = vsubq_n_s16(vldrbq_z_s16(w + d, live), zero);
      products = vmlaldavaq_p_s16(products, vldrhq_z_s16(dots.x + d, live), y, live);
      weights = vaddvaq_p_s16(weights, y, live);
    }
    sums[i] += products - int64_t{dots.x_zero} * weights;
  }
}

void AddLinesS16(const DotLines<int16_t>& dots, int64_t* sums) {
  for (int32_t i = 0; i < dots.lines; ++i) {
    AddDotsS16({dots.x + i * dots.x_line, 0, dots.weights + i * dots.weights_line, 0, dots.row,
                dots.count, dots.rows},
               sums);
  }
}

}  // namespace

const IntegerLoops kIntegerLoops = {
    "helium",
    AddRun<kAddHeadRoomS8, false, OutputS8, int8_t>,
    AddRun<kAddHeadRoomS8, true, OutputS8, int8_t>,
    AddRun<kAddHeadRoomS16, false, OutputS16, int16_t>,
    AddRun<kAddHeadRoomS16, true, OutputS16, int16_t>,
    MultiplyRun,
    Average,
    Max,
    LeakyReluS16,
    AddDotsS8,
    AddDotsS16,
    AddLinesS16,
    scalar::SumS8,
    scalar::MapBytes,
    scalar::SoftmaxS8Row<int8_t>,
    scalar::LstmGate<int32_t>,
    scalar::LstmStates<int8_t>,
    scalar::LstmStates<int16_t>,
    scalar::SoftmaxS8Row<int16_t>,
    scalar::SoftmaxS16Row,
    scalar::SumRun<int8_t>,
    scalar::SumRun<int16_t>,
    scalar::RescaleSums<int8_t>,
    scalar::RescaleSums<int16_t>,
    scalar::Quantize<int8_t>,
    scalar::Quantize<int16_t>,
    scalar::Dequantize<int8_t>,
    scalar::Dequantize<int16_t>,
    scalar::Requantize<int8_t, int8_t>,
    scalar::Requantize<int8_t, int16_t>,
    scalar::Requantize<int16_t, int8_t>,
    scalar::Requantize<int16_t, int16_t>,
    scalar::LogisticS16,
    scalar::TanhS16,
    scalar::AddSvdfSums<int8_t>,
    scalar::AddSvdfSums<int16_t>,
    scalar::MixPixels,
    scalar::AddTapsS16,
    scalar::FinishWide,
};

}  // namespace moonlet::mve
#endif
