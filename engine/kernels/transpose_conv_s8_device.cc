#include "engine/kernels/filter_s8_device.h"
#include "engine/kernels/transpose_conv.h"
#include "engine/kernels/work_meter.h"

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

// sum of w * (x - zero) at one output pixel; w is one channel's filter.
int32_t TransposeSum(const TransposeConvS8Params& p, const int8_t* image, const int8_t* w,
                     int32_t oy, int32_t ox) {
  const Axis& y = p.window.y;
  const Axis& x = p.window.x;
  const TransposeSources sy(y, oy), sx(x, ox);
  int32_t sum = 0;
  for (int32_t iy = sy.first; iy < sy.last; ++iy) {
    for (int32_t ix = sx.first; ix < sx.last; ++ix) {
      const int32_t ky = oy + y.pad - iy * y.stride;
      const int32_t kx = ox + x.pad - ix * x.stride;
      const std::ptrdiff_t tap = std::ptrdiff_t{ky} * x.kernel + kx;
      const std::ptrdiff_t pixel = std::ptrdiff_t{iy} * x.output + ix;
      sum = WrapAdd(sum, scalar::OffsetDot(image + pixel * p.in_channels, p.input_zero,
                                           w + tap * p.in_channels, 0, p.in_channels));
    }
  }
  return sum;
}

[[maybe_unused]] bool TransposePlain(const TransposeConvS8Params& p, const int8_t* input,
                                     const LayerS8& layer, int8_t* output, Share share,
                                     const StopToken& stop) {
  if (share.index > 0) return true;
  const ChannelConstants constants(layer.prepared, p.out_channels);
  const Axis& y = p.window.y;
  const Axis& x = p.window.x;
  const std::ptrdiff_t filter_size = std::ptrdiff_t{y.kernel} * x.kernel * p.in_channels;
  const std::ptrdiff_t image_size = std::ptrdiff_t{y.output} * x.output * p.in_channels;
  WorkMeter meter(stop);
  for (int32_t n = 0; n < p.window.batches; ++n, input += image_size) {
    for (int32_t oy = 0; oy < y.input; ++oy) {
      for (int32_t ox = 0; ox < x.input; ++ox) {
        for (int32_t c = 0; c < p.out_channels; ++c) {
          if (!meter.Spend(filter_size)) return false;
          const int32_t sum = TransposeSum(p, input, layer.weights + c * filter_size, oy, ox);
          *output++ = FinishChannel(WrapAdd(sum, constants.bias()[c]), constants, c, p.output);
        }
      }
    }
  }
  return true;
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
