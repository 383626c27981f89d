#if defined(__ARM_FEATURE_MVE)
#include "engine/kernels/dot_helium.h"
#include "engine/kernels/filter_s8_device.h"
#include "engine/kernels/weight_sum.h"
#include "engine/kernels/work_meter.h"

namespace moonlet::mve {
bool FullyConnectedS8(const FullyConnectedS8Params& p, const int8_t* input, const LayerS8& layer,
                      int8_t* output, Share share, const StopToken& stop) {
  if (share.index > 0) return true;
  const LayerPart part = {layer.weights, p.depth,
                          p.depth,       0,
                          p.outputs,     Requantizer(layer.prepared, p.outputs, p.output)};
  WorkMeter meter(stop);
  for (int32_t n = 0; n < p.batches;) {
    const int32_t rows = NextPixels(p.depth, p.batches - n);
    if (!meter.Spend(int64_t{rows} * p.outputs * p.depth)) return false;
    const int8_t* x[device::kMostPixels];
    int32_t terms[device::kMostPixels];
    for (int32_t i = 0; i < rows; ++i, input += p.depth) {
      x[i] = input;
      if (p.filter_zero != 0) terms[i] = WrapMul(-p.filter_zero, WeightSum(input, p.depth, 1));
    }
    FinishPixels(part, x, rows, p.filter_zero != 0 ? terms : nullptr, output, p.outputs);
    output += int64_t{rows} * p.outputs;
    n += rows;
  }
  return true;
}

}  // namespace moonlet::mve
#endif
