// SOFTMAX of int8, four exponentials at a time, as scalar::SoftmaxS8Row has it.
#if defined(__ARM_FEATURE_MVE)
#include <arm_mve.h>

#include <algorithm>
#include <cassert>

#include "engine/kernels/each_constant.h"
#include "engine/kernels/integer_loops_helium.h"

namespace moonlet::mve {
namespace {

// Entries whose exponentials are kept.
constexpr int32_t kKept = 32;
constexpr int kFractionBits = 31 - kDifferenceBits;

// x * factor where `bits` are negative. gcc 12 moves the predicates of its intrinsics through
// other registers and back.
[[gnu::always_inline]] inline int32x4_t MultiplyNegative(int32x4_t x, int32x4_t bits,
                                                         int32_t factor) {
  mve_pred16_t predicate;
  asm("vcmp.s32 lt, %q2, zr\n\tvpst\n\tvqrdmulht.s32 %q0, %q0, %3"
      : "+w"(x), "=&Up"(predicate)
      : "w"(bits), "r"(factor));
  return x;
}

// ExpOnNegative(kDifferenceBits, a). What it rounds on its way is never negative.
[[gnu::always_inline]] inline int32x4_t ExpOnNegative(int32x4_t a) {
  constexpr int32_t kQuarter = 1 << (kFractionBits - 2);
  const int32x4_t u = vsubq_n_s32(vandq_s32(a, vdupq_n_s32(kQuarter - 1)), kQuarter);
  const int32x4_t x = vaddq_n_s32(vshlq_n_s32(u, kDifferenceBits), 1 << 28);
  const int32x4_t x2 = vqrdmulhq_s32(x, x);
  const int32x4_t x3 = vqrdmulhq_s32(x2, x);
  const int32x4_t x4 = vqrdmulhq_s32(x2, x2);
  int32x4_t tail = vqrdmulhq_n_s32(vaddq_s32(vrshrq_n_s32(x4, 2), x3), kOneThird);
  tail = vrshrq_n_s32(vaddq_s32(tail, x2), 1);
  int32x4_t result = vqrdmulhq_n_s32(vaddq_s32(x, tail), kExpOfMinusEighth);
  result = vaddq_n_s32(result, kExpOfMinusEighth);
  const int32x4_t remainder = vsubq_s32(u, a);
  Each<kDifferenceBits + 2>([&](auto i) __attribute__((always_inline)) {
    result = MultiplyNegative(result, vshlq_n_s32(remainder, 31 - (kFractionBits - 2 + i)),
                              kExpOfPowers[i]);
  });
  return vpselq_s32(vdupq_n_s32(kInt32Max), result, vcmpeqq_n_s32(a, 0));
}

// The exponentials of n entries, at most kKept, 0 for those that do not count; returns the sum
// of them in Q(kSumBits).
[[gnu::noinline]] int64_t Exponentials(const SoftmaxS8Params& p, const int8_t* x, int32_t n,
                                       int32_t largest, int32_t* to) {
  int64_t sum = 0;
  for (; n > 0; n -= 4, x += 4, to += 4) {
    const mve_pred16_t live = vctp32q(static_cast<uint32_t>(n));
    const int32x4_t difference = vsubq_n_s32(vldrbq_z_s32(x, live), largest);
    const int32x4_t shifted = vshlq_r_s32(difference, p.scale.shift);
    int32x4_t e = ExpOnNegative(vqrdmulhq_n_s32(shifted, p.scale.value));
    const mve_pred16_t counts = vcmpgeq_m_n_s32(difference, p.lowest_difference, live);
    e = vpselq_s32(e, vdupq_n_s32(0), counts);
    sum = vaddlvaq_s32(sum, vrshrq_n_s32(e, kSumBits));
    vst1q_s32(to, e);
  }
  return sum;
}

int32_t Largest(const int8_t* x, int32_t n) {
  int8_t largest = -128;
  for (; n > 0; n -= 16, x += 16) {
    const mve_pred16_t live = vctp8q(static_cast<uint32_t>(n));
    largest = vmaxvq_p_s8(largest, vldrbq_z_s8(x, live), live);
  }
  return largest;
}

}  // namespace

void SoftmaxS8Row(const SoftmaxS8Params& p, const int8_t* x, int8_t* output) {
  int32_t kept[kKept];
  const int32_t largest = Largest(x, p.depth);
  int64_t total = 0;
  for (int32_t i = 0; i < p.depth; i += kKept)
    total += Exponentials(p, x + i, std::min(kKept, p.depth - i), largest, kept);
  const auto sum = static_cast<int32_t>(std::min<int64_t>(total, kInt32Max));
  const Reciprocal inverse = MakeReciprocal(sum, kSumBits);
  const int right = inverse.exponent + 31 - 8;
  for (int32_t i = 0; i < p.depth; i += kKept) {
    const int32_t n = std::min(kKept, p.depth - i);
    if (p.depth > kKept) Exponentials(p, x + i, n, largest, kept);
    for (int32_t j = 0; j < n; j += 4) {
      int32x4_t y = vqrdmulhq_n_s32(vld1q_s32(kept + j), inverse.value);
      y = vsubq_n_s32(vrshlq_n_s32(y, -right), 128);
      vstrbq_p_s32(output + i + j, vminq_s32(y, vdupq_n_s32(127)),
                   vctp32q(static_cast<uint32_t>(n - j)));
    }
  }
}

}  // namespace moonlet::mve
#endif
