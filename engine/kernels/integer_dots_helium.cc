// A vector times rows of weights, two rows at a time, so that inputs are loaded half as often.
#if defined(__ARM_FEATURE_MVE)
#include <arm_mve.h>

#include "engine/kernels/integer_loops_helium.h"
#include "engine/kernels/weight_sum.h"

namespace moonlet::mve {
namespace {

// What is the same for all rows.
struct Offsets {
  int32_t inputs;   // w_zero * sum of x
  int32_t weights;  // w_zero * n
  int32_t x_zero;

  [[gnu::always_inline]] void Add(int32_t products, int32_t row, int32_t* sum) const {
    const int32_t offset = WrapAdd(inputs, WrapMul(x_zero, WrapSub(row, weights)));
    *sum = WrapAdd(*sum, WrapSub(products, offset));
  }
};

// Rows of one vector.
[[gnu::always_inline]] inline void AddShortRows(const DotRows<int8_t>& dots, const Offsets& offsets,
                                                int32_t* sums) {
  const mve_pred16_t live = vctp8q(static_cast<uint32_t>(dots.count));
  const int8x16_t in = vldrbq_z_s8(dots.x, live);
  const Offsets all = offsets;
  const int8_t* w = dots.weights;
  const std::ptrdiff_t step = dots.row;
  for (int32_t rows = dots.rows; rows > 0; --rows, w += step, ++sums) {
    const int8x16_t row = vldrbq_z_s8(w, live);
    all.Add(vmladavq_s8(in, row), vaddvq_s8(row), sums);
  }
}

[[gnu::always_inline]] inline void AddRows(const DotRows<int8_t>& dots, const Offsets& offsets,
                                           const int8_t* a, const int8_t* b, int32_t* sum_a,
                                           int32_t* sum_b) {
  const int8_t* x = dots.x;
  const auto n = static_cast<uint32_t>(dots.count);
  int32_t products_a = 0, weights_a = 0, products_b = 0, weights_b = 0;
  for (uint32_t chunks = n / 16; chunks > 0; --chunks, x += 16, a += 16, b += 16) {
    const int8x16_t in = vldrbq_s8(x), row_a = vldrbq_s8(a), row_b = vldrbq_s8(b);
    products_a = vmladavaq_s8(products_a, in, row_a);
    weights_a = vaddvaq_s8(weights_a, row_a);
    products_b = vmladavaq_s8(products_b, in, row_b);
    weights_b = vaddvaq_s8(weights_b, row_b);
  }
  if (n % 16 != 0) {
    const mve_pred16_t live = vctp8q(n % 16);
    const int8x16_t in = vldrbq_z_s8(x, live);
    const int8x16_t row_a = vldrbq_z_s8(a, live), row_b = vldrbq_z_s8(b, live);
    products_a = vmladavaq_s8(products_a, in, row_a);
    weights_a = vaddvaq_s8(weights_a, row_a);
    products_b = vmladavaq_s8(products_b, in, row_b);
    weights_b = vaddvaq_s8(weights_b, row_b);
  }
  offsets.Add(products_a, weights_a, sum_a);
  offsets.Add(products_b, weights_b, sum_b);
}

[[gnu::always_inline]] inline void AddRows(const DotRows<int16_t>& dots, const int8_t* a,
                                           const int8_t* b, int64_t* sum_a, int64_t* sum_b) {
  const int16_t* x = dots.x;
  const auto n = static_cast<uint32_t>(dots.count);
  int64_t first = *sum_a, second = *sum_b;
  for (uint32_t chunks = n / 8; chunks > 0; --chunks, x += 8, a += 8, b += 8) {
    const int16x8_t in = vldrhq_s16(x);
    first = vmlaldavaq_s16(first, in, vldrbq_s16(a));
    second = vmlaldavaq_s16(second, in, vldrbq_s16(b));
  }
  if (n % 8 != 0) {
    const mve_pred16_t live = vctp16q(n % 8);
    const int16x8_t in = vldrhq_z_s16(x, live);
    first = vmlaldavaq_s16(first, in, vldrbq_z_s16(a, live));
    second = vmlaldavaq_s16(second, in, vldrbq_z_s16(b, live));
  }
  *sum_a = first;
  *sum_b = second;
}

}  // namespace

// sum of (x - x_zero) * (w - w_zero) = sum of x * w - w_zero * sum of x
//                                     - x_zero * (sum of w - n * w_zero).
void AddDotsS8(const DotRows<int8_t>& dots, int32_t* sums) {
  const int32_t zero = dots.weights_zero;
  const Offsets offsets = {
      zero == 0 ? 0 : WrapMul(zero, WeightSum(dots.x, dots.count, 1)),
      WrapMul(zero, static_cast<int32_t>(dots.count)),
      dots.x_zero,
  };
  if (dots.count <= 16) return AddShortRows(dots, offsets, sums);
  const int8_t* w = dots.weights;
  for (int32_t i = 0; i < dots.rows; i += 2, w += 2 * dots.row) {
    int32_t alone = 0;
    const bool both = i + 1 < dots.rows;
    AddRows(dots, offsets, w, both ? w + dots.row : w, sums + i, both ? sums + i + 1 : &alone);
  }
}

namespace {

// Takes off the sums what zero points make of them, which are rare here.
[[gnu::noinline]] void SubtractZeros(const DotRows<int16_t>& dots, int64_t* sums) {
  int64_t inputs = 0;
  for (std::ptrdiff_t d = 0; d < dots.count; ++d) inputs += dots.x[d] - dots.x_zero;
  for (int32_t i = 0; i < dots.rows; ++i) {
    const int32_t row = WeightSum(dots.weights + i * dots.row, dots.count, 1);
    sums[i] -= dots.weights_zero * inputs + int64_t{dots.x_zero} * row;
  }
}

}  // namespace

void AddDotsS16(const DotRows<int16_t>& dots, int64_t* sums) {
  if (dots.x_zero != 0 || dots.weights_zero != 0) SubtractZeros(dots, sums);
  const int8_t* w = dots.weights;
  for (int32_t i = 0; i < dots.rows; i += 2, w += 2 * dots.row) {
    int64_t alone = 0;
    const bool both = i + 1 < dots.rows;
    AddRows(dots, w, both ? w + dots.row : w, sums + i, both ? sums + i + 1 : &alone);
  }
}

void AddSvdfS8(const SvdfMemory<int8_t>& memory, int32_t* sums) {
  for (int32_t f = 0; f < memory.filters; ++f) {
    const auto* times = static_cast<const int8_t*>((memory.times + f * memory.row).data());
    AddDotsS8({memory.state + f * memory.row, memory.zero, times, 0, memory.count, memory.count, 1},
              sums + f);
  }
}

namespace {

// Bytes may lie at any address.
int32_t DotS16(const int16_t* x, Unaligned<int16_t> w, std::ptrdiff_t n) {
  int32_t sum = 0;
  const auto* bytes = static_cast<const uint8_t*>(w.data());
  for (; n > 0; n -= 8, x += 8, bytes += 16) {
    const mve_pred16_t live = vctp16q(static_cast<uint32_t>(n));
    const int16x8_t y = vreinterpretq_s16_u8(vldrbq_z_u8(bytes, live));
    sum = vmladavaq_s16(sum, vldrhq_z_s16(x, live), y);
  }
  return sum;
}

}  // namespace

void AddSvdfS16(const SvdfMemory<int16_t>& memory, int32_t* sums) {
  if (memory.zero != 0) return scalar::AddSvdfSums(memory, sums);  // rare
  for (int32_t f = 0; f < memory.filters; ++f) {
    const std::ptrdiff_t at = f * memory.row;
    sums[f] = WrapAdd(sums[f], DotS16(memory.state + at, memory.times + at, memory.count));
  }
}

}  // namespace moonlet::mve
#endif
