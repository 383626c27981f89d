#include "engine/kernels/depthwise_f32_lanes.h"

namespace moonlet {

bool avx512::DepthwiseF32(const DepthwiseF32Params& p, const float* input, Unaligned<float> filter,
                          Unaligned<float> bias, float* output, const StopToken& stop) {
  return DepthwiseInLanes(p, input, filter, bias, output, stop);
}

}  // namespace moonlet
