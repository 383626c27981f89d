#include "engine/kernels/filter_s8_device.h"
#include "engine/kernels/transpose_conv_gather.h"

namespace moonlet::device {
namespace {

size_t TransposePreparedBytes(const TransposeConvS8Params& p) {
  return ChannelConstants::Bytes(p.out_channels);
}

// Which weights reach an output depends on its place, so that nothing can be folded into the
// bias: a run subtracts zero * sum of w as it goes.
void TransposePrepare(const TransposeConvS8Params& p, const FilterS8& filter, uint8_t* prepared) {
  MakeChannelConstants(filter, p.out_channels, {}, 0, 0, prepared);
}

size_t TransposeScratchBytes(const TransposeConvS8Params&) { return 0; }

[[maybe_unused]] bool TransposePlain(const TransposeConvS8Params& p, const int8_t* input,
                                     const LayerS8& layer, int8_t* output, Share share,
                                     const StopToken& stop) {
  if (share.index > 0) return true;
  const ChannelConstants constants(layer.prepared, p.out_channels);
  const auto add = [&p](const DotLines<int8_t>& dots, WorkMeter& meter, int32_t* sums) {
    for (int32_t i = 0; i < dots.lines; ++i) {
      const DotRows<int8_t> rows = {dots.x + i * dots.x_line,
                                    p.input_zero,
                                    dots.weights + i * dots.weights_line,
                                    0,
                                    dots.row,
                                    dots.count,
                                    dots.rows};
      if (!AddDots(rows, meter, sums)) return false;
    }
    return true;
  };
  const auto make_finish = [&](int32_t c, int32_t count) {
    return [&, c, count](const int32_t* sums, int8_t* out) {
      for (int32_t i = 0; i < count; ++i) {
        const int32_t sum = WrapAdd(sums[i], constants.bias()[c + i]);
        out[i] = FinishChannel(sum, constants, c + i, p.output);
      }
    };
  };
  return GatherProducts<int32_t>(p, input, layer.weights, output, stop, add, make_finish);
}

}  // namespace

#if defined(__ARM_FEATURE_MVE)
const FilterKernelS8<TransposeConvS8Params> kTransposeConvS8 = {
    "helium", TransposePreparedBytes, TransposePrepare, TransposeScratchBytes,
    mve::TransposeConvS8};
#else
const FilterKernelS8<TransposeConvS8Params> kTransposeConvS8 = {
    "plain", TransposePreparedBytes, TransposePrepare, TransposeScratchBytes, TransposePlain};
#endif

}  // namespace moonlet::device
