// A vector times rows of weights, two rows at a time, so that inputs are loaded half as often.
#if defined(__ARM_FEATURE_MVE)
#include <arm_mve.h>

#include "engine/kernels/each_constant.h"
#include "engine/kernels/integer_loops_helium.h"
#include "engine/kernels/weight_sum.h"

namespace moonlet::mve {
namespace {

// What kRows rows give.
template <int kRows>
struct RowSumsS8 {
  int32_t products[kRows] = {};
  int32_t weights[kRows] = {};
};

// The row at w and those `row` further.
template <int kRows>
[[gnu::always_inline]] inline RowSumsS8<kRows> SumRows(const DotRows<int8_t>& dots,
                                                       const int8_t* w) {
  RowSumsS8<kRows> sums;
  const int8_t* x = dots.x;
  const auto n = static_cast<uint32_t>(dots.count);
  const auto add = [&](int8x16_t in, int r, int8x16_t weights) __attribute__((always_inline)) {
    sums.products[r] = vmladavaq_s8(sums.products[r], in, weights);
    sums.weights[r] = vaddvaq_s8(sums.weights[r], weights);
  };
  const int8_t* rows[kRows];
  Each<kRows>([&](auto r) __attribute__((always_inline)) { rows[r] = w + r * dots.row; });
  for (uint32_t chunks = n / 16; chunks > 0; --chunks, x += 16) {
    const int8x16_t in = vldrbq_s8(x);
    Each<kRows>([&](auto r) __attribute__((always_inline)) {
      add(in, r, vldrbq_s8(rows[r]));
      rows[r] += 16;
    });
  }
  if (n % 16 == 0) return sums;
  const mve_pred16_t live = vctp8q(n % 16);
  const int8x16_t in = vldrbq_z_s8(x, live);
  Each<kRows>([&](auto r)
                  __attribute__((always_inline)) { add(in, r, vldrbq_z_s8(rows[r], live)); });
  return sums;
}

template <int kRows>
[[gnu::always_inline]] inline void SumRows(const DotRows<int16_t>& dots, const int8_t* w,
                                           int64_t* products) {
  const int16_t* x = dots.x;
  const auto n = static_cast<uint32_t>(dots.count);
  const int8_t* rows[kRows];
  Each<kRows>([&](auto r) __attribute__((always_inline)) { rows[r] = w + r * dots.row; });
  for (uint32_t chunks = n / 8; chunks > 0; --chunks, x += 8) {
    const int16x8_t in = vldrhq_s16(x);
    Each<kRows>([&](auto r) __attribute__((always_inline)) {
      products[r] = vmlaldavaq_s16(products[r], in, vldrbq_s16(rows[r]));
      rows[r] += 8;
    });
  }
  if (n % 8 == 0) return;
  const mve_pred16_t live = vctp16q(n % 8);
  const int16x8_t in = vldrhq_z_s16(x, live);
  Each<kRows>([&](auto r) __attribute__((always_inline)) {
    products[r] = vmlaldavaq_s16(products[r], in, vldrbq_z_s16(rows[r], live));
  });
}

}  // namespace

// sum of (x - x_zero) * (w - w_zero) = sum of x * w - w_zero * sum of x
//                                     - x_zero * (sum of w - n * w_zero).
void AddDotsS8(const DotRows<int8_t>& dots, int32_t* sums) {
  const int32_t zero = dots.weights_zero;
  const int32_t inputs = zero == 0 ? 0 : WrapMul(zero, WeightSum(dots.x, dots.count, 1));
  const int32_t zeros = WrapMul(zero, static_cast<int32_t>(dots.count));
  const auto add = [&](int32_t products, int32_t weights, int32_t* sum) {
    const int32_t offset = WrapAdd(inputs, WrapMul(dots.x_zero, WrapSub(weights, zeros)));
    *sum = WrapAdd(*sum, WrapSub(products, offset));
  };
  const int8_t* w = dots.weights;
  for (int32_t i = 0; i + 2 <= dots.rows; i += 2, w += 2 * dots.row) {
    const RowSumsS8<2> two = SumRows<2>(dots, w);
    add(two.products[0], two.weights[0], sums + i);
    add(two.products[1], two.weights[1], sums + i + 1);
  }
  if (dots.rows % 2 == 0) return;
  const RowSumsS8<1> one = SumRows<1>(dots, w);
  add(one.products[0], one.weights[0], sums + dots.rows - 1);
}

// Zero points are rare here.
void AddDotsS16(const DotRows<int16_t>& dots, int64_t* sums) {
  const int64_t zero = dots.weights_zero;
  int64_t inputs = 0;
  for (std::ptrdiff_t d = 0; zero != 0 && d < dots.count; ++d)
    inputs += zero * (dots.x[d] - dots.x_zero);
  const int8_t* w = dots.weights;
  for (int32_t i = 0; i < dots.rows; ++i, w += dots.row) {
    sums[i] -= inputs;
    if (dots.x_zero != 0) sums[i] -= int64_t{dots.x_zero} * WeightSum(w, dots.count, 1);
  }
  w = dots.weights;
  for (int32_t i = 0; i + 2 <= dots.rows; i += 2, w += 2 * dots.row) SumRows<2>(dots, w, sums + i);
  if (dots.rows % 2 != 0) SumRows<1>(dots, w, sums + dots.rows - 1);
}

}  // namespace moonlet::mve
#endif
