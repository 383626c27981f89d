#include "engine/kernels/filter_s8_scalar.h"
#include "engine/kernels/fully_connected.h"
#include "engine/kernels/offset_dot.h"
#include "engine/kernels/work_meter.h"

namespace moonlet {
namespace {

// output = finish(sum of (w - filter_zero) * (x - input_zero), output).
template <typename Output, typename Finish>
bool FullyConnectedSums(const FullyConnectedS8Params& p, const int8_t* input, const int8_t* filter,
                        Output* output, const StopToken& stop, Finish finish) {
  using scalar::kDotPiece;
  WorkMeter meter(stop);
  for (int32_t n = 0; n < p.batches; ++n, input += p.depth) {
    const int8_t* w = filter;
    for (int32_t c = 0; c < p.outputs; ++c, w += p.depth) {
      int32_t sum = 0;
      for (int32_t d = 0; d < p.depth; d += kDotPiece) {
        const std::ptrdiff_t count = std::min<std::ptrdiff_t>(kDotPiece, p.depth - d);
        if (!meter.Spend(count)) return false;
        sum = WrapAdd(sum, scalar::OffsetDot(input + d, p.input_zero, w + d, p.filter_zero, count));
      }
      *output++ = finish(sum, c);
    }
  }
  return true;
}

}  // namespace

bool scalar::FullyConnectedS8(const FullyConnectedS8Params& p, const int8_t* input,
                              const int8_t* filter, Unaligned<int32_t> bias, ChannelScales scales,
                              int8_t* output, const StopToken& stop) {
  return FullyConnectedSums(p, input, filter, output, stop, [&](int32_t sum, int32_t c) {
    return FinishS8(bias ? WrapAdd(sum, bias[c]) : sum, scales[c], p.output);
  });
}

bool FullyConnectedHybrid(const FullyConnectedHybridParams& p, const float* input,
                          const int8_t* filter, Unaligned<float> bias, FilterScales scales,
                          int8_t* row, float* output, const StopToken& stop) {
  const auto depth = static_cast<size_t>(p.layer.depth);
  FullyConnectedS8Params layer = p.layer;
  layer.batches = 1;
  for (int32_t n = 0; n < p.layer.batches; ++n, input += depth, output += layer.outputs) {
    const RowScale scale =
        p.asymmetric ? QuantizeAsymmetric(input, depth, row) : QuantizeSymmetric(input, depth, row);
    layer.input_zero = scale.zero;
    const auto finish = [&](int32_t sum, int32_t c) {
      const float product = static_cast<float>(sum) * (scale.scale * scales[c]);
      return Clamp(bias ? product + bias[c] : product, p.range);
    };
    if (!FullyConnectedSums(layer, row, filter, output, stop, finish)) return false;
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
