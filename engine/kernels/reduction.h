// engine/kernels/reduction.h - SUM, MEAN, REDUCE_MAX, REDUCE_MIN and REDUCE_PROD: one result
// of all elements that differ in some axes only, taken in row-major order.
//
//   const Reduction r = MakeReduction(shape, 1u << 1 | 1u << 2);  // a mean over an image
//   bool finished = ReduceMeanF32(r, input, output, stop);
//
// Stopping and FlushDenormals as engine/kernels/conv.h says.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>

#include "engine/base/stop_token.h"
#include "engine/kernels/fixed_point.h"

namespace moonlet {

struct ReductionAxis {
  int32_t length = 1;
  int32_t stride = 0;  // in elements
};

struct Reduction {
  static constexpr int kMaxRank = 8;

  int32_t outputs = 1;
  int32_t count = 1;  // elements of each output
  int32_t kept = 0;   // axes that stay, outermost first; then those that are reduced
  int32_t rank = 0;
  ReductionAxis axes[kMaxRank] = {};
};
// Reduces the axes whose bits are set. Neighbours that are one run of memory become one axis.
// Requires shape.size() <= kMaxRank, lengths of at least 1 and an int32 number of elements.
Reduction MakeReduction(std::span<const int32_t> shape, uint32_t axes);

struct SumParams {
  Multiplier scale;
  int32_t input_zero = 0;
  int32_t output_zero = 0;
};
// The factors, from quotients of double; false when out of range. That of a mean is the
// sum's divided by `count`, cut off after the bits an int32 product keeps.
[[nodiscard]] bool MakeSumScale(float input_scale, float output_scale, Multiplier* scale);
[[nodiscard]] bool MakeMeanScale(float input_scale, float output_scale, int32_t count,
                                 Multiplier* scale);
// The sum of x - input_zero, wrapping, rescaled, + output_zero, clamped. T is int8_t or int16_t.
template <typename T>
[[nodiscard]] bool ReduceSum(const SumParams& p, const Reduction& r, const T* input, T* output,
                             const StopToken& stop);

// SUM and REDUCE_PROD of plain integers wrap. T is int32_t or int64_t.
template <typename T>
[[nodiscard]] bool ReduceSumPlain(const Reduction& r, const T* input, T* output,
                                  const StopToken& stop);
template <typename T>
[[nodiscard]] bool ReduceProductPlain(const Reduction& r, const T* input, T* output,
                                      const StopToken& stop);

// The factor input_scale / output_scale^(1/count) of each step; false when out of range.
[[nodiscard]] bool MakeProductScale(float input_scale, float output_scale, int32_t count,
                                    Multiplier* scale);
// The product of x - input_zero, rescaled before each further factor and at the end by a
// 16-bit multiplier, + output_zero, clamped. T is int8_t or int16_t.
template <typename T>
[[nodiscard]] bool ReduceProduct(const SumParams& p, const Reduction& r, const T* input, T* output,
                                 const StopToken& stop);

// x > best ? x : best, or x < best, from the lowest value of T, the highest, on: NaN does not
// count. T is int8_t, int16_t, int32_t, int64_t or float.
template <typename T>
[[nodiscard]] bool ReduceMax(const Reduction& r, const T* input, T* output, const StopToken& stop);
template <typename T>
[[nodiscard]] bool ReduceMin(const Reduction& r, const T* input, T* output, const StopToken& stop);

// In 16 lanes (float_kernels.h), element i of an output in lane i % 16; the mean divides the
// sum by the count.
[[nodiscard]] bool ReduceSumF32(const Reduction& r, const float* input, float* output,
                                const StopToken& stop);
[[nodiscard]] bool ReduceMeanF32(const Reduction& r, const float* input, float* output,
                                 const StopToken& stop);
[[nodiscard]] bool ReduceProductF32(const Reduction& r, const float* input, float* output,
                                    const StopToken& stop);

namespace scalar {  // inner loops (integer_loops.h), T is int8_t or int16_t
template <typename T>
int32_t SumRun(const T* x, size_t n);
template <typename T>
void RescaleSums(const SumParams& p, int32_t zeros, const int32_t* sums, size_t n, T* output);
}  // namespace scalar
}  // namespace moonlet
