// engine/kernels/batch_matmul.h - BATCH_MATMUL: products of matrices that lie one behind the
// other in two tensors. Stopping and FlushDenormals as engine/kernels/conv.h says.
#pragma once
#include <cstdint>

#include "engine/base/stop_token.h"
#include "engine/kernels/broadcast_pair.h"
#include "engine/kernels/fixed_point.h"

namespace moonlet {

// c[i][j] = sum over k of a[i][k] * b[k][j] of each pair of matrices; `pairs` are the axes
// before the last two. A transposed matrix is one with other strides.
struct BatchMatmulShape {
  BroadcastPair pairs;
  int32_t rows = 1;
  int32_t depth = 1;
  int32_t columns = 1;
  bool transposed_a = false;  // a is stored {depth, rows}
  bool transposed_b = false;  // b is stored {columns, depth}
  int8_t unused[2] = {};
};

struct BatchMatmulParams {
  BatchMatmulShape shape;
  Multiplier scale;  // of both inputs / of the output: MakeTensorMultiplier
  int16_t zero_a = 0;
  int16_t zero_b = 0;
  int16_t zero_output = 0;
  int16_t unused = 0;
};
// Sums wrap in int32.
[[nodiscard]] bool BatchMatmulS8(const BatchMatmulParams& p, const int8_t* a, const int8_t* b,
                                 int8_t* output, const StopToken& stop);
// Sums are int64, zero points 0.
[[nodiscard]] bool BatchMatmulS16(const BatchMatmulParams& p, const int16_t* a, const int16_t* b,
                                  int16_t* output, const StopToken& stop);
// One chain per output from +0: fma(a, b, sum) in ascending k.
[[nodiscard]] bool BatchMatmulF32(const BatchMatmulShape& shape, const float* a, const float* b,
                                  float* output, const StopToken& stop);

}  // namespace moonlet
