#include "engine/kernels/transpose_conv_f32_lanes.h"

namespace moonlet {

bool avx512::TransposeConvF32(const TransposeConvF32Params& p, const float* input,
                              Unaligned<float> filter, Unaligned<float> bias, float* output,
                              const StopToken& stop) {
  return TransposeInLanes(p, input, filter, bias, output, stop);
}

}  // namespace moonlet
