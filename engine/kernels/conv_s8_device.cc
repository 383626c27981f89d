#include "engine/kernels/conv.h"
#include "engine/kernels/filter_s8_device.h"
#include "engine/kernels/filter_s8_dsp.h"
#include "engine/kernels/work_meter.h"

namespace moonlet::device {
namespace {

std::ptrdiff_t ConvFilterSize(const ConvS8Params& p) {
  return std::ptrdiff_t{p.window.y.kernel} * p.window.x.kernel * (p.in_channels / p.groups);
}

size_t ConvPreparedBytes(const ConvS8Params& p) { return ChannelConstants::Bytes(p.out_channels); }

void ConvPrepare(const ConvS8Params& p, const FilterS8& filter, uint8_t* prepared) {
  const std::ptrdiff_t size = ConvFilterSize(p);
  MakeChannelConstants(filter, p.out_channels, {size, 1, size}, p.input_zero, 0, prepared);
}

size_t ConvScratchBytes(const ConvS8Params& p) {
  const std::ptrdiff_t size = ConvFilterSize(p);
  return IsGathered(p) ? static_cast<size_t>(size * PixelsAtOnce(size)) : 0;
}

bool AxisIsInside(const Axis& axis) {
  return axis.pad == 0 &&
         (axis.output - 1) * axis.stride + (axis.kernel - 1) * axis.dilation < axis.input;
}

// The image row under a tap of an axis, or -1 outside.
int32_t Position(const Axis& axis, int32_t output, int32_t tap) {
  const int32_t at = output * axis.stride - axis.pad + tap * axis.dilation;
  return at < axis.input ? at : -1;
}

// sum of w * x at one output pixel, of one channel's filter.
int32_t ConvSum(const ConvS8Params& p, const int8_t* image, const int8_t* w, int32_t oy,
                int32_t ox) {
  const int32_t depth = p.in_channels / p.groups;
  int32_t sum = 0;
  for (int32_t ky = 0; ky < p.window.y.kernel; ++ky) {
    for (int32_t kx = 0; kx < p.window.x.kernel; ++kx, w += depth) {
      const int32_t iy = Position(p.window.y, oy, ky);
      const int32_t ix = Position(p.window.x, ox, kx);
      const std::ptrdiff_t pixel = std::ptrdiff_t{iy} * p.window.x.input + ix;
      const int8_t* x = iy < 0 || ix < 0 ? nullptr : image + pixel * p.in_channels;
      sum = WrapAdd(sum, RawDot(x, p.input_zero, w, depth));
    }
  }
  return sum;
}

[[maybe_unused]] bool ConvPlain(const ConvS8Params& p, const int8_t* input, const LayerS8& layer,
                                int8_t* output, Share share, const StopToken& stop) {
  if (share.index > 0) return true;
  const ChannelConstants constants(layer.prepared, p.out_channels);
  const std::ptrdiff_t filter_size = ConvFilterSize(p);
  const std::ptrdiff_t image_size =
      std::ptrdiff_t{p.window.y.input} * p.window.x.input * p.in_channels;
  const int32_t group_outputs = p.out_channels / p.groups;
  const int32_t group_inputs = p.in_channels / p.groups;
  WorkMeter meter(stop);
  for (int32_t n = 0; n < p.window.batches; ++n, input += image_size) {
    for (int32_t oy = 0; oy < p.window.y.output; ++oy) {
      for (int32_t ox = 0; ox < p.window.x.output; ++ox) {
        for (int32_t c = 0; c < p.out_channels; ++c) {
          if (!meter.Spend(filter_size)) return false;
          const int8_t* image = input + c / group_outputs * group_inputs;
          const int32_t sum = ConvSum(p, image, layer.weights + c * filter_size, oy, ox);
          *output++ = FinishChannel(WrapAdd(sum, constants.bias()[c]), constants, c, p.output);
        }
      }
    }
  }
  return true;
}

}  // namespace

bool IsInside(const Window& window) { return AxisIsInside(window.y) && AxisIsInside(window.x); }

bool IsGathered(const ConvS8Params& p) {
  const Axis& y = p.window.y;
  const Axis& x = p.window.x;
  const bool row_runs = x.kernel == 1 || (x.dilation == 1 && p.groups == 1);
  const bool rows_run =
      y.kernel == 1 || (y.dilation == 1 && x.dilation == 1 && p.groups == 1 && x.kernel == x.input);
  return !(IsInside(p.window) && row_runs && rows_run);
}

#if defined(__ARM_FEATURE_MVE)
const FilterKernelS8<ConvS8Params> kConvS8 = {"helium", ConvPreparedBytes, ConvPrepare,
                                              ConvScratchBytes, mve::ConvS8};
#elif defined(__ARM_FEATURE_DSP)
const FilterKernelS8<ConvS8Params> kConvS8 = {"dsp", ConvPreparedBytes, ConvPrepare,
                                              ConvScratchBytes, armdsp::ConvS8};
#else
const FilterKernelS8<ConvS8Params> kConvS8 = {"plain", ConvPreparedBytes, ConvPrepare,
                                              ConvScratchBytes, ConvPlain};
#endif

}  // namespace moonlet::device
