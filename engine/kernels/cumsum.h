// engine/kernels/cumsum.h - CUMSUM: sums of an axis so far. The output may be the input's
// memory. Stopping and FlushDenormals as engine/kernels/conv.h says.
#pragma once
#include <cstdint>

#include "engine/base/stop_token.h"
#include "engine/kernels/fixed_point.h"

namespace moonlet {

// The tensor as {outer, length, inner}; sums run along the middle.
struct CumsumShape {
  int32_t outer = 1;
  int32_t length = 1;
  int32_t inner = 1;
  bool exclusive = false;  // without the element itself
  bool reverse = false;    // from the end
  int8_t unused[2] = {};
};

[[nodiscard]] bool CumsumF32(const CumsumShape& shape, const float* input, float* output,
                             const StopToken& stop);

struct CumsumS8Params {
  Multiplier scale;
  int32_t input_zero = 0;
  int32_t output_zero = 0;
};
// False unless the output's scale is above 2^-19 of the input's.
[[nodiscard]] bool MakeCumsumScale(float input_scale, float output_scale, Multiplier* scale);
// As in the reference each sum starts at the value of the raw input 0, not at 0: where the
// zero point is not 0, every result is off by that. Sums wrap.
[[nodiscard]] bool CumsumS8(const CumsumS8Params& p, const CumsumShape& shape, const int8_t* input,
                            int8_t* output, const StopToken& stop);

}  // namespace moonlet
