// engine/kernels/add_n.h - ADD_N: the sum of any number of tensors of one shape. The output may
// be the memory of any. Stopping and FlushDenormals as engine/kernels/conv.h says.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>

#include "engine/base/stop_token.h"
#include "engine/kernels/fixed_point.h"

namespace moonlet {

struct AddNParams {
  Multiplier input;   // to twice the inputs' common scale, 20 bits of head room below
  Multiplier output;  // from there
  int16_t input_zero = 0;
  int16_t output_zero = 0;
};
// In double; false when a factor is not between 0 and 1.
[[nodiscard]] bool MakeAddNScales(float input_scale, float output_scale, AddNParams* p);
// As the reference, the sum starts at one input zero point: -input_zero, scaled. It wraps.
[[nodiscard]] bool AddNS8(const AddNParams& p, std::span<const int8_t* const> inputs, size_t n,
                          int8_t* output, const StopToken& stop);
// In the order of the inputs, from +0.
[[nodiscard]] bool AddNF32(std::span<const float* const> inputs, size_t n, float* output,
                           const StopToken& stop);

}  // namespace moonlet
