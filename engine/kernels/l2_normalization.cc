#include "engine/kernels/l2_normalization.h"

#include <algorithm>

#include "engine/kernels/fixed_point.h"
#include "engine/kernels/float_kernels.h"
#include "engine/kernels/work_meter.h"

namespace moonlet {
namespace {

constexpr int kToOutput = 7;  // the output's steps are 2^-7

void NormalizeRow(const L2NormalizationParams& p, const int8_t* x, int8_t* output) {
  int64_t squares = 0;
  for (int32_t i = 0; i < p.depth; ++i) {
    const int32_t steps = x[i] - p.input_zero;
    squares += steps * steps;
  }
  Multiplier scale = InverseSqrt(static_cast<int32_t>(std::min<int64_t>(squares, kInt32Max)));
  scale.shift = static_cast<int8_t>(scale.shift + kToOutput);
  for (int32_t i = 0; i < p.depth; ++i)
    output[i] =
        static_cast<int8_t>(std::clamp<int32_t>(Rescale(x[i] - p.input_zero, scale), -128, 127));
}

void NormalizeRow(const L2NormalizationParams& p, const float* x, float* output) {
  const FloatKernels<float>& kernels = Kernels<float>();
  const auto depth = static_cast<size_t>(p.depth);
  float lanes[kLanes] = {};
  kernels.add_products(lanes, x, x, depth);
  float length = kernels.sum_lanes(lanes);
  kernels.sqrt(&length, &length, 1);
  length = length < 1e-6f ? 1e-6f : length;
  for (size_t i = 0; i < depth; ++i) output[i] = x[i] / length;
}

template <typename T>
bool NormalizeRows(const L2NormalizationParams& p, const T* input, T* output,
                   const StopToken& stop) {
  WorkMeter meter(stop);
  for (int32_t row = 0; row < p.rows; ++row, input += p.depth, output += p.depth) {
    if (!meter.Spend(2 * int64_t{p.depth})) return false;
    NormalizeRow(p, input, output);
  }
  return true;
}

}  // namespace

bool L2NormalizationS8(const L2NormalizationParams& p, const int8_t* input, int8_t* output,
                       const StopToken& stop) {
  return NormalizeRows(p, input, output, stop);
}
bool L2NormalizationF32(const L2NormalizationParams& p, const float* input, float* output,
                        const StopToken& stop) {
  return NormalizeRows(p, input, output, stop);
}

}  // namespace moonlet
