#if defined(__ARM_FEATURE_MVE)
#include <arm_mve.h>

#include <algorithm>
#include <limits>

#include "engine/kernels/integer_loops.h"
#include "engine/kernels/integer_loops_helium.h"
#include "engine/kernels/requantize_helium.h"
#include "engine/kernels/weight_sum.h"

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

// output = combine(a, b) at the common scale, rescaled.
template <int kHeadRoom, typename Output, typename T, typename Combine>
[[gnu::always_inline]] inline void AddRun(const AddParams<Output>& params, const PairRun<T>& run,
                                          Combine combine) {
  const AddParams<Output> p = params;
  const BelowOne a(p.scales.a), b(p.scales.b), output(p.scales.output);
  ForEachFour(
      run, [&](int32x4_t x, int32x4_t y) __attribute__((always_inline)) {
        x = a(vshlq_n_s32(vsubq_n_s32(x, p.zero_a), kHeadRoom));
        y = b(vshlq_n_s32(vsubq_n_s32(y, p.zero_b), kHeadRoom));
        return Place(output(combine(x, y)), p.output);
      });
}

void AddS8(const AddS8Params& p, const PairRunS8& run) {
  AddRun<kAddHeadRoomS8>(p, run, [](int32x4_t x, int32x4_t y) { return vaddq_s32(x, y); });
}
void SubtractS8(const AddS8Params& p, const PairRunS8& run) {
  AddRun<kAddHeadRoomS8>(p, run, [](int32x4_t x, int32x4_t y) { return vsubq_s32(x, y); });
}

// a + sign * b: of int16 little is added, so one does for both signs.
[[gnu::noinline]] void AddWithSign(const AddS16Params& p, const PairRunS16& run, int32_t sign) {
  AddRun<kAddHeadRoomS16>(
      p, run, [sign](int32x4_t x, int32x4_t y) { return vaddq_s32(x, vmulq_n_s32(y, sign)); });
}
void AddS16(const AddS16Params& p, const PairRunS16& run) { AddWithSign(p, run, 1); }
void SubtractS16(const AddS16Params& p, const PairRunS16& run) { AddWithSign(p, run, -1); }

void MultiplyRun(const MulS8Params& params, const PairRunS8& run) {
  const MulS8Params p = params;
  const int32x4_t multiplier = vdupq_n_s32(p.scale.value), shift = vdupq_n_s32(p.scale.shift);
  ForEachFour(
      run, [&](int32x4_t x, int32x4_t y) __attribute__((always_inline)) {
        x = vmulq_s32(vsubq_n_s32(x, p.zero_a), vsubq_n_s32(y, p.zero_b));
        return Place(Rescale<Scaling::kAny>(x, multiplier, shift), p.output);
      });
}

// Where x is negative, `negative`.
[[gnu::always_inline]] inline int32x4_t BySign(int32x4_t sign, int32_t positive, int32_t negative) {
  return veorq_s32(vdupq_n_s32(positive), vandq_s32(sign, vdupq_n_s32(positive ^ negative)));
}

void LeakyReluS16(const LeakyReluParams& params, const int16_t* input, size_t n, int16_t* output) {
  const LeakyReluParams p = params;
  for (size_t i = 0; i < n; i += 4) {
    const mve_pred16_t live = vctp32q(static_cast<uint32_t>(n - i));
    int32x4_t x = vsubq_n_s32(LoadFour(input + i, live), p.input_zero);
    const int32x4_t sign = vshrq_n_s32(x, 31);
    x = Rescale<Scaling::kAny>(x, BySign(sign, p.positive.value, p.negative.value),
                               BySign(sign, p.positive.shift, p.negative.shift));
    const int32x4_t turned = BySign(sign, 0, p.falling ? -1 : 0);
    x = vsubq_s32(veorq_s32(x, turned), turned);
    StoreFour(output + i, Place(vaddq_n_s32(x, p.output_zero), OutputS16()), live);
  }
}

void MapBytes(const int8_t* entries, const int8_t* input, size_t n, int8_t* output) {
  for (auto left = static_cast<std::ptrdiff_t>(n); left > 0; left -= 16, input += 16) {
    const mve_pred16_t live = vctp8q(static_cast<uint32_t>(left));
    const uint8x16_t x = vreinterpretq_u8_s8(vldrbq_z_s8(input, live));
    const uint8x16_t places = veorq_u8(x, vdupq_n_u8(0x80));
    vstrbq_p_s8(output, vldrbq_gather_offset_z_s8(entries, places, live), live);
    output += 16;
  }
}

void AddLinesS16(const DotLines<int16_t>& dots, int64_t* sums) {
  for (int32_t i = 0; i < dots.lines; ++i) {
    AddDotsS16({dots.x + i * dots.x_line, 0, dots.weights + i * dots.weights_line, 0, dots.row,
                dots.count, dots.rows},
               sums);
  }
}

template <typename T>
void RescaleSums(const SumParams& p, int32_t zeros, const int32_t* sums, size_t n, T* output) {
  const int32x4_t multiplier = vdupq_n_s32(p.scale.value), shift = vdupq_n_s32(p.scale.shift);
  const int32x4_t low = vdupq_n_s32(std::numeric_limits<T>::min());
  const int32x4_t high = vdupq_n_s32(std::numeric_limits<T>::max());
  for (size_t i = 0; i < n; i += 4) {
    const mve_pred16_t live = vctp32q(static_cast<uint32_t>(n - i));
    int32x4_t x = vsubq_n_s32(vldrwq_z_s32(sums + i, live), zeros);
    x = vaddq_n_s32(Rescale<Scaling::kAny>(x, multiplier, shift), p.output_zero);
    StoreFour(output + i, vminq_s32(vmaxq_s32(x, low), high), live);
  }
}

int32_t SumRunS8(const int8_t* x, size_t n) {
  return WeightSum(x, static_cast<std::ptrdiff_t>(n), 1);
}

}  // namespace

const IntegerLoops kIntegerLoops = {
    "helium",
    AddS8,
    SubtractS8,
    AddS16,
    SubtractS16,
    MultiplyRun,
    AverageS8,
    MaxS8,
    LeakyReluS16,
    AddDotsS8,
    AddDotsS16,
    AddWindowS16,
    SumS8,
    MapBytes,
    SoftmaxS8Row,
    LstmGateS8,
    LstmStatesS8,
    AddLinesS16,
    scalar::LstmStates<int16_t>,
    scalar::SoftmaxS8Row<int16_t>,
    scalar::SoftmaxS16Row,
    SumRunS8,
    scalar::SumRun<int16_t>,
    RescaleSums<int8_t>,
    RescaleSums<int16_t>,
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
    AddSvdfS8,
    AddSvdfS16,
    scalar::MixPixels,
    scalar::FinishWide,
};

}  // namespace moonlet::mve
#endif
