// Dots of float32 spelled out for AVX2 and AVX-512: what compilers make of the specification takes
// the ends of rows element by element.
#include "engine/kernels/lanes_x86.h"
#include "engine/kernels/reduce_scalar.h"

namespace moonlet::MOONLET_SCALAR {
namespace {

// The halving tree's first steps: lanes 8 and 4 apart.
inline __m128 Quarter(Lanes x) {
#if defined(__AVX512F__)
  const __m256 eight = _mm256_add_ps(_mm512_castps512_ps256(x), _mm512_extractf32x8_ps(x, 1));
#else
  const __m256 eight = _mm256_add_ps(x.low, x.high);
#endif
  return _mm_add_ps(_mm256_castps256_ps128(eight), _mm256_extractf128_ps(eight, 1));
}

// Its last steps, for four rows and for one.
inline void FinishRows(const Lanes (&lanes)[4], float* sums) {
  __m128 a = Quarter(lanes[0]), b = Quarter(lanes[1]), c = Quarter(lanes[2]), d = Quarter(lanes[3]);
  _MM_TRANSPOSE4_PS(a, b, c, d);
  _mm_storeu_ps(sums, _mm_add_ps(_mm_add_ps(a, c), _mm_add_ps(b, d)));
}
inline void FinishRows(const Lanes (&lanes)[1], float* sums) {
  const __m128 four = Quarter(lanes[0]);
  const __m128 two = _mm_add_ps(four, _mm_movehl_ps(four, four));
  *sums = _mm_cvtss_f32(_mm_add_ss(two, _mm_movehdup_ps(two)));
}

template <int kRows>
inline void DotsOfRows(const float* x, const float* rows, size_t row, size_t n, float* sums) {
  Lanes lanes[kRows];
  for (Lanes& lane : lanes) lane = Broadcast(0);
  size_t k = 0;
  for (; n - k >= kLanes; k += kLanes) {
    const Lanes in = LoadRow(x + k);
    for (int i = 0; i < kRows; ++i)
      lanes[i] = moonlet::Fma(in, LoadRow(rows + static_cast<size_t>(i) * row + k), lanes[i]);
  }
  if (k < n) {
    const Live live(static_cast<int32_t>(n - k));
    const Lanes in = LoadRow(x + k, live);
    for (int i = 0; i < kRows; ++i)
      lanes[i] = moonlet::Fma(in, LoadRow(rows + static_cast<size_t>(i) * row + k, live), lanes[i]);
  }
  FinishRows(lanes, sums);
}

}  // namespace

void DotsInLanes(const float* x, MatrixRows<const float> rows, size_t count, size_t n,
                 float* sums) {
  size_t i = 0;
  for (; count - i >= 4; i += 4, rows.data += 4 * rows.row)
    DotsOfRows<4>(x, rows.data, rows.row, n, sums + i);
  for (; i < count; ++i, rows.data += rows.row) DotsOfRows<1>(x, rows.data, rows.row, n, sums + i);
}

}  // namespace moonlet::MOONLET_SCALAR
