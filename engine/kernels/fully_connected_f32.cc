#include <algorithm>

#include "engine/kernels/fully_connected.h"
#include "engine/kernels/lanes.h"
#include "engine/kernels/work_meter.h"

namespace moonlet {
namespace {

constexpr int32_t kPiece = 1 << 16;  // a multiple of kLanes

// lanes += x * w for n elements, of which only the last call may leave a rest.
MOONLET_INLINE void AddProducts(const float* x, Unaligned<float> w, int32_t n, float* lanes) {
  int32_t i = 0;
  for (; i + scalar::kLanes <= n; i += scalar::kLanes)
    for (int32_t j = 0; j < scalar::kLanes; ++j) lanes[j] = Fma(x[i + j], w[i + j], lanes[j]);
  if (i == n) return;
  for (int32_t j = 0; j < scalar::kLanes; ++j) {
    const bool live = i + j < n;
    lanes[j] = Fma(live ? x[i + j] : 0.0f, live ? w[i + j] : 0.0f, lanes[j]);
  }
}

}  // namespace

MOONLET_FMA_CLONES
bool scalar::FullyConnectedF32(const FullyConnectedF32Params& p, const float* input,
                               Unaligned<float> filter, Unaligned<float> bias, float* output,
                               const StopToken& stop) {
  WorkMeter meter(stop);
  for (int32_t n = 0; n < p.batches; ++n, input += p.depth) {
    Unaligned<float> w = filter;
    for (int32_t c = 0; c < p.outputs; ++c, w = w + p.depth) {
      float lanes[kLanes] = {};
      for (int32_t d = 0; d < p.depth; d += kPiece) {
        const int32_t count = std::min(kPiece, p.depth - d);
        if (!meter.Spend(count)) return false;
        AddProducts(input + d, w + d, count, lanes);
      }
      const float sum = SumLanes(lanes);
      *output++ = Clamp(bias ? sum + bias[c] : sum, p.range);
    }
  }
  return true;
}

// The one place that says which variant runs.
bool FullyConnectedF32(const FullyConnectedF32Params& p, const float* input,
                       Unaligned<float> filter, Unaligned<float> bias, float* output,
                       const StopToken& stop) {
  return scalar::FullyConnectedF32(p, input, filter, bias, output, stop);
}

}  // namespace moonlet
