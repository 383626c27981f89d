#include <algorithm>

#include "engine/kernels/filter_s8_scalar.h"
#include "engine/kernels/fully_connected.h"
#include "engine/kernels/integer_loops.h"
#include "engine/kernels/offset_dot.h"
#include "engine/kernels/work_meter.h"

namespace moonlet {

bool scalar::FullyConnectedS8(const FullyConnectedS8Params& p, const int8_t* input,
                              const int8_t* filter, Unaligned<int32_t> bias, ChannelScales scales,
                              int8_t* output, const StopToken& stop) {
  WorkMeter meter(stop);
  for (int32_t n = 0; n < p.batches; ++n, input += p.depth) {
    const int8_t* w = filter;
    for (int32_t c = 0; c < p.outputs; ++c, w += p.depth) {
      int32_t sum = bias ? bias[c] : 0;
      for (int32_t d = 0; d < p.depth; d += kDotPiece) {
        const std::ptrdiff_t count = std::min<std::ptrdiff_t>(kDotPiece, p.depth - d);
        if (!meter.Spend(count)) return false;
        sum = WrapAdd(sum, OffsetDot(input + d, p.input_zero, w + d, p.filter_zero, count));
      }
      *output++ = FinishS8(sum, scales[c], p.output);
    }
  }
  return true;
}

bool FullyConnectedHybrid(const FullyConnectedHybridParams& p, const float* input,
                          const int8_t* filter, Unaligned<float> bias, FilterScales scales,
                          int8_t* row, float* output, const StopToken& stop) {
  // Outputs whose sums are computed together.
  constexpr int32_t kTogether = 16;
  const std::ptrdiff_t depth = p.layer.depth;
  const auto elements = static_cast<size_t>(depth);
  WorkMeter meter(stop);
  for (int32_t n = 0; n < p.layer.batches; ++n, input += depth) {
    const RowScale scale = p.asymmetric ? QuantizeAsymmetric(input, elements, row)
                                        : QuantizeSymmetric(input, elements, row);
    for (int32_t c = 0; c < p.layer.outputs; c += kTogether) {
      const int32_t count = std::min(kTogether, p.layer.outputs - c);
      int32_t sums[kTogether] = {};
      if (!AddDots({row, scale.zero, filter + c * depth, 0, depth, depth, count}, meter, sums))
        return false;
      for (int32_t i = 0; i < count; ++i) {
        const float product = static_cast<float>(sums[i]) * (scale.scale * scales[c + i]);
        *output++ = Clamp(bias ? product + bias[c + i] : product, p.range);
      }
    }
  }
  return true;
}

namespace scalar {
namespace {

int32_t FullyConnectedChannels(const FullyConnectedS8Params& p) { return p.outputs; }

}  // namespace

const FilterKernelS8<FullyConnectedS8Params> kFullyConnectedS8 =
    kScalarFilter<FullyConnectedS8Params, FullyConnectedChannels, FullyConnectedS8>;

}  // namespace scalar

}  // namespace moonlet
