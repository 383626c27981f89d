// The table of float32 kernels with Helium, where that pays; the rest is the specification. The
// 16 lanes of a reduction are four registers.
#include <arm_mve.h>

#include "engine/kernels/elementwise_scalar.h"
#include "engine/kernels/float_kernels.h"
#include "engine/kernels/float_math_helium.h"
#include "engine/kernels/reduce_scalar.h"

namespace moonlet::mve {
namespace {

struct Sixteen {
  float32x4_t a, b, c, d;
};

[[gnu::always_inline]] inline Sixteen LoadSixteen(const float* x) {
  return {vldrwq_f32(x), vldrwq_f32(x + 4), vldrwq_f32(x + 8), vldrwq_f32(x + 12)};
}

// Of fewer than 16 floats, followed by zeros.
[[gnu::always_inline]] inline Sixteen LoadRest(const float* x, size_t n) {
  const auto four = [x, n](size_t at) {
    return vldrwq_z_f32(x + at, vctp32q(static_cast<uint32_t>(n > at ? n - at : 0)));
  };
  return {four(0), four(4), four(8), four(12)};
}

[[gnu::always_inline]] inline void StoreSixteen(float* y, const Sixteen& x) {
  vstrwq_f32(y, x.a);
  vstrwq_f32(y + 4, x.b);
  vstrwq_f32(y + 8, x.c);
  vstrwq_f32(y + 12, x.d);
}

[[gnu::always_inline]] inline Sixteen FmaSixteen(const Sixteen& x, const Sixteen& y,
                                                 const Sixteen& lanes) {
  return {vfmaq_f32(lanes.a, x.a, y.a), vfmaq_f32(lanes.b, x.b, y.b), vfmaq_f32(lanes.c, x.c, y.c),
          vfmaq_f32(lanes.d, x.d, y.d)};
}

[[gnu::always_inline]] inline Sixteen Products(const float* x, const float* y, size_t n,
                                               Sixteen lanes) {
  for (; n >= kLanes; n -= kLanes, x += kLanes, y += kLanes) {
    lanes.a = vfmaq_f32(lanes.a, vldrwq_f32(x), vldrwq_f32(y));
    lanes.b = vfmaq_f32(lanes.b, vldrwq_f32(x + 4), vldrwq_f32(y + 4));
    lanes.c = vfmaq_f32(lanes.c, vldrwq_f32(x + 8), vldrwq_f32(y + 8));
    lanes.d = vfmaq_f32(lanes.d, vldrwq_f32(x + 12), vldrwq_f32(y + 12));
  }
  return n > 0 ? FmaSixteen(LoadRest(x, n), LoadRest(y, n), lanes) : lanes;
}

void AddProducts(float* lanes, const float* x, const float* y, size_t n) {
  StoreSixteen(lanes, Products(x, y, n, LoadSixteen(lanes)));
}

void Add(float* lanes, const float* x, size_t n) {
  Sixteen sums = LoadSixteen(lanes);
  const auto add = [&sums](const Sixteen& row) {
    sums = {vaddq_f32(sums.a, row.a), vaddq_f32(sums.b, row.b), vaddq_f32(sums.c, row.c),
            vaddq_f32(sums.d, row.d)};
  };
  for (; n >= kLanes; n -= kLanes, x += kLanes) add(LoadSixteen(x));
  if (n > 0) add(LoadRest(x, n));
  StoreSixteen(lanes, sums);
}

// The halving tree.
[[gnu::always_inline]] inline float SumOf(const Sixteen& x) {
  const float32x4_t four = vaddq_f32(vaddq_f32(x.a, x.c), vaddq_f32(x.b, x.d));
  return (vgetq_lane_f32(four, 0) + vgetq_lane_f32(four, 2)) +
         (vgetq_lane_f32(four, 1) + vgetq_lane_f32(four, 3));
}

void Dots(const float* x, MatrixRows<const float> rows, size_t count, size_t n, float* sums) {
  const float32x4_t zero = vdupq_n_f32(0);
  for (size_t i = 0; i < count; ++i, rows.data += rows.row)
    sums[i] = SumOf(Products(x, rows.data, n, {zero, zero, zero, zero}));
}

// Four columns of kRows rows.
template <size_t kRows>
[[gnu::always_inline]] inline void TileColumns(const float* a, size_t a_row, const float* b,
                                               size_t b_row, float* c, size_t c_row, size_t depth) {
  const float* row[kRows];
  float32x4_t sums[kRows];
#pragma GCC unroll 4
  for (size_t i = 0; i < kRows; ++i) {
    row[i] = a + i * a_row;
    sums[i] = vldrwq_f32(c + i * c_row);
  }
  for (size_t k = 0; k < depth; ++k, b += b_row) {
    const float32x4_t weights = vldrwq_f32(b);
#pragma GCC unroll 4
    for (size_t i = 0; i < kRows; ++i) sums[i] = vfmaq_n_f32(sums[i], weights, *row[i]++);
  }
#pragma GCC unroll 4
  for (size_t i = 0; i < kRows; ++i) vstrwq_f32(c + i * c_row, sums[i]);
}

void Tile(MatrixRows<const float> a, MatrixRows<const float> b, MatrixRows<float> c, size_t rows,
          size_t depth) {
  for (; rows >= 4; rows -= 4, a.data += 4 * a.row, c.data += 4 * c.row)
    for (size_t j = 0; j < kTile; j += 4)
      TileColumns<4>(a.data, a.row, b.data + j, b.row, c.data + j, c.row, depth);
  for (; rows > 0; --rows, a.data += a.row, c.data += c.row)
    for (size_t j = 0; j < kTile; j += 4)
      TileColumns<1>(a.data, a.row, b.data + j, b.row, c.data + j, c.row, depth);
}

template <typename Operation>
[[gnu::always_inline]] inline void EachFour(const float* x, const float* y, float* z, size_t n,
                                            Operation operation) {
  for (; n >= 4; n -= 4, x += 4, y += 4, z += 4)
    vstrwq_f32(z, operation(vldrwq_f32(x), vldrwq_f32(y)));
  if (n == 0) return;
  const mve_pred16_t live = vctp32q(static_cast<uint32_t>(n));
  vstrwq_p_f32(z, operation(vldrwq_z_f32(x, live), vldrwq_z_f32(y, live)), live);
}

void Plus(const float* x, const float* y, float* z, size_t n) {
  EachFour(x, y, z, n, [](float32x4_t a, float32x4_t b) { return vaddq_f32(a, b); });
}
void Minus(const float* x, const float* y, float* z, size_t n) {
  EachFour(x, y, z, n, [](float32x4_t a, float32x4_t b) { return vsubq_f32(a, b); });
}
void Times(const float* x, const float* y, float* z, size_t n) {
  EachFour(x, y, z, n, [](float32x4_t a, float32x4_t b) { return vmulq_f32(a, b); });
}

}  // namespace

constinit const FloatKernels<float> kFloat32 = {
    .add = Add,
    .add_products = AddProducts,
    .add_deviations = scalar::AddDeviations<float>,
    .multiply = scalar::Multiply<float>,
    .take_min = scalar::TakeMin<float>,
    .take_max = scalar::TakeMax<float>,
    .sum_lanes = scalar::SumLanes<float>,
    .multiply_lanes = scalar::MultiplyLanes<float>,
    .min_lanes = scalar::MinLanes<float>,
    .max_lanes = scalar::MaxLanes<float>,
    .dots = Dots,
    .tile = Tile,
    .exp = ExpEach,
    .log = LogEach,
    .sin = SinEach,
    .cos = CosEach,
    .tanh = TanhEach,
    .sqrt = scalar::SqrtEach<float>,
    .plus = Plus,
    .minus = Minus,
    .times = Times,
    .divide = scalar::DivideEach<float>,
};

}  // namespace moonlet::mve
