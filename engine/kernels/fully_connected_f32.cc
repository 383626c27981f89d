#include <algorithm>

#include "engine/kernels/float_kernels.h"
#include "engine/kernels/fully_connected.h"
#include "engine/kernels/work_meter.h"

// The inner product is the reduction of engine/kernels/float_kernels.h, so this operator
// has no variants of its own.
namespace moonlet {
namespace {

// Elements between two looks at the StopToken, and what a copy of weights takes of the
// stack. Multiples of kLanes.
constexpr int32_t kDepthPiece = 1 << 16;
constexpr int32_t kCopy = 128;

// lanes += x * w for n elements; only the last call for a row may leave a rest.
void AddProducts(const FloatKernels<float>& kernels, const float* x, Unaligned<float> w, int32_t n,
                 float* lanes) {
  if (const float* in_place = w.Aligned()) {
    kernels.add_products(lanes, x, in_place, static_cast<size_t>(n));
    return;
  }
  float copy[kCopy];
  for (int32_t begin = 0; begin < n; begin += kCopy) {
    const int32_t count = std::min(kCopy, n - begin);
    for (int32_t i = 0; i < count; ++i) copy[i] = w[begin + i];
    kernels.add_products(lanes, x + begin, copy, static_cast<size_t>(count));
  }
}

}  // namespace

bool FullyConnectedF32(const FullyConnectedF32Params& p, const float* input,
                       Unaligned<float> filter, Unaligned<float> bias, float* output,
                       const StopToken& stop) {
  const FloatKernels<float>& kernels = Kernels<float>();
  WorkMeter meter(stop);
  for (int32_t n = 0; n < p.batches; ++n, input += p.depth) {
    Unaligned<float> w = filter;
    for (int32_t c = 0; c < p.outputs; ++c, w = w + p.depth) {
      float lanes[kLanes] = {};
      for (int32_t d = 0; d < p.depth; d += kDepthPiece) {
        const int32_t count = std::min(kDepthPiece, p.depth - d);
        if (!meter.Spend(count)) return false;
        AddProducts(kernels, input + d, w + d, count, lanes);
      }
      const float sum = kernels.sum_lanes(lanes);
      *output++ = Clamp(bias ? sum + bias[c] : sum, p.range);
    }
  }
  return true;
}

}  // namespace moonlet
