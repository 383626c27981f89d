#include "engine/kernels/conv_f32_lanes.h"

namespace moonlet {

bool avx512::ConvF32(const ConvF32Params& p, const float* input, Unaligned<float> filter,
                     Unaligned<float> bias, float* output, const StopToken& stop) {
  return ConvInLanes(p, input, filter, bias, output, stop);
}

}  // namespace moonlet
