#include "engine/kernels/batch_matmul.h"

#include <algorithm>
#include <limits>

#include "engine/kernels/float_kernels.h"
#include "engine/kernels/offset_dot.h"
#include "engine/kernels/work_meter.h"

namespace moonlet {
namespace {

// A matrix with any strides, in elements.
template <typename T>
struct MatrixView {
  const T* data;
  std::ptrdiff_t row;
  std::ptrdiff_t column;
};

// Calls product(a, b, output) for each pair of matrices. False: stop now.
template <typename T, typename Product>
bool ForEachMatrixPair(const BatchMatmulShape& s, const T* a, const T* b, T* output,
                       Product product) {
  const std::ptrdiff_t a_size = std::ptrdiff_t{s.rows} * s.depth;
  const std::ptrdiff_t b_size = std::ptrdiff_t{s.depth} * s.columns;
  int64_t pairs = 1;
  for (int axis = 0; axis < s.pairs.rank; ++axis) pairs *= s.pairs.dims[axis];
  for (int64_t n = 0; n < pairs; ++n, output += std::ptrdiff_t{s.rows} * s.columns) {
    std::ptrdiff_t a_at = 0, b_at = 0;
    int64_t rest = n;
    for (int axis = s.pairs.rank - 1; axis >= 0; --axis) {
      const auto position = static_cast<std::ptrdiff_t>(rest % s.pairs.dims[axis]);
      rest /= s.pairs.dims[axis];
      a_at += position * s.pairs.stride_a[axis];
      b_at += position * s.pairs.stride_b[axis];
    }
    const T* x = a + a_at * a_size;
    const T* y = b + b_at * b_size;
    const MatrixView<T> left =
        s.transposed_a ? MatrixView<T>{x, 1, s.rows} : MatrixView<T>{x, s.depth, 1};
    const MatrixView<T> right =
        s.transposed_b ? MatrixView<T>{y, 1, s.depth} : MatrixView<T>{y, s.columns, 1};
    if (!product(left, right, output)) return false;
  }
  return true;
}

// output = finish(sum), from inner products in accumulators of type Sum.
template <typename Sum, typename T, typename Finish>
bool IntegerProducts(const BatchMatmulParams& p, const T* a, const T* b, T* output,
                     const StopToken& stop, Finish finish) {
  const BatchMatmulShape& s = p.shape;
  WorkMeter meter(stop);
  const auto product = [&](MatrixView<T> left, MatrixView<T> right, T* out) {
    for (int32_t i = 0; i < s.rows; ++i) {
      for (int32_t j = 0; j < s.columns; ++j) {
        const T* x = left.data + i * left.row;
        const T* y = right.data + j * right.column;
        Sum sum = 0;
        for (int32_t k = 0; k < s.depth; ++k, x += left.column, y += right.row) {
          if (k % (1 << 16) == 0 && !meter.Spend(std::min<int32_t>(1 << 16, s.depth - k)))
            return false;
          sum = scalar::Accumulate(sum, (*x - p.zero_a) * (*y - p.zero_b));
        }
        *out++ = finish(sum);
      }
    }
    return true;
  };
  return ForEachMatrixPair(s, a, b, output, product);
}

// Some rows, from `first_row` on, times some columns, block by block.
void MultiplyTile(const BatchMatmulShape& s, MatrixView<float> left, MatrixView<float> right,
                  int32_t first_row, int32_t first_column, float* output) {
  constexpr auto kSide = static_cast<int32_t>(kTile);
  constexpr int32_t kDepth = 32;
  const int32_t rows = std::min(kSide, s.rows - first_row);
  const int32_t columns = std::min(kSide, s.columns - first_column);
  float a[kTile * kDepth];
  float b[kTile * kDepth] = {};
  float c[kTile * kTile] = {};
  for (int32_t k = 0; k < s.depth; k += kDepth) {
    const int32_t depth = std::min(kDepth, s.depth - k);
    for (int32_t i = 0; i < rows; ++i)
      for (int32_t d = 0; d < depth; ++d)
        a[i * kDepth + d] = left.data[(first_row + i) * left.row + (k + d) * left.column];
    for (int32_t d = 0; d < depth; ++d)
      for (int32_t j = 0; j < columns; ++j)
        b[d * kSide + j] = right.data[(k + d) * right.row + (first_column + j) * right.column];
    Kernels<float>().tile({a, kDepth}, {b, kTile}, {c, kTile}, static_cast<size_t>(rows),
                          static_cast<size_t>(depth));
  }
  for (int32_t i = 0; i < rows; ++i)
    std::copy_n(c + i * kSide, columns,
                output + std::ptrdiff_t{first_row + i} * s.columns + first_column);
}

}  // namespace

bool BatchMatmulS8(const BatchMatmulParams& p, const int8_t* a, const int8_t* b, int8_t* output,
                   const StopToken& stop) {
  OutputS8 range;
  range.zero = p.zero_output;
  return IntegerProducts<int32_t>(
      p, a, b, output, stop, [&](int32_t sum) { return scalar::FinishS8(sum, p.scale, range); });
}

bool BatchMatmulS16(const BatchMatmulParams& p, const int16_t* a, const int16_t* b, int16_t* output,
                    const StopToken& stop) {
  return IntegerProducts<int64_t>(p, a, b, output, stop, [&](int64_t sum) {
    return scalar::FinishS16(sum, p.scale, OutputS16());
  });
}

bool BatchMatmulF32(const BatchMatmulShape& shape, const float* a, const float* b, float* output,
                    const StopToken& stop) {
  constexpr auto kSide = static_cast<int32_t>(kTile);
  WorkMeter meter(stop);
  const auto product = [&](MatrixView<float> left, MatrixView<float> right, float* out) {
    for (int32_t i = 0; i < shape.rows; i += kSide) {
      for (int32_t j = 0; j < shape.columns; j += kSide) {
        if (!meter.Spend(int64_t{kSide} * kSide * shape.depth)) return false;
        MultiplyTile(shape, left, right, i, j, out);
      }
    }
    return true;
  };
  return ForEachMatrixPair(shape, a, b, output, product);
}

}  // namespace moonlet
