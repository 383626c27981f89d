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
// Rows of weights between two looks.
constexpr int32_t kRows = 8;

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

// One inner product, in pieces.
bool InPieces(const FloatKernels<float>& kernels, const float* x, Unaligned<float> w, int32_t depth,
              WorkMeter& meter, float* sum) {
  float lanes[kLanes] = {};
  for (int32_t d = 0; d < depth; d += kDepthPiece) {
    const int32_t count = std::min(kDepthPiece, depth - d);
    if (!meter.Spend(count)) return false;
    AddProducts(kernels, x + d, w + d, count, lanes);
  }
  *sum = kernels.sum_lanes(lanes);
  return true;
}

}  // namespace

bool FullyConnectedF32(const FullyConnectedF32Params& p, const float* input,
                       Unaligned<float> filter, Unaligned<float> bias, float* output,
                       const StopToken& stop) {
  const FloatKernels<float>& kernels = Kernels<float>();
  const float* in_place = p.depth <= kDepthPiece ? filter.Aligned() : nullptr;
  const auto depth = static_cast<size_t>(p.depth);
  WorkMeter meter(stop);
  for (int32_t n = 0; n < p.batches; ++n, input += p.depth, output += p.outputs) {
    int32_t count;
    for (int32_t c = 0; c < p.outputs; c += count) {
      if (in_place != nullptr) {
        count = std::min(kRows, p.outputs - c);
        if (!meter.Spend(int64_t{count} * p.depth)) return false;
        kernels.dots(input, {in_place + static_cast<size_t>(c) * depth, depth},
                     static_cast<size_t>(count), depth, output + c);
      } else {
        count = 1;
        if (!InPieces(kernels, input, filter + std::ptrdiff_t{c} * p.depth, p.depth, meter,
                      output + c))
          return false;
      }
    }
    for (int32_t c = 0; c < p.outputs; ++c)
      output[c] = Clamp(bias ? output[c] + bias[c] : output[c], p.range);
  }
  return true;
}

}  // namespace moonlet
