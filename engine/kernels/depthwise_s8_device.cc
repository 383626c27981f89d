#include "engine/kernels/depthwise.h"

#include <algorithm>

#include "engine/kernels/filter_s8_device.h"
#include "engine/kernels/filter_s8_dsp.h"
#include "engine/kernels/work_meter.h"

namespace moonlet::device {
namespace {

int32_t DepthwiseOutputs(const DepthwiseS8Params& p) { return p.channels * p.multiplier; }

size_t DepthwisePreparedBytes(const DepthwiseS8Params& p) {
  return ChannelConstants::Bytes(DepthwiseOutputs(p));
}

void DepthwisePrepare(const DepthwiseS8Params& p, const FilterS8& filter, uint8_t* prepared) {
  const int32_t outputs = DepthwiseOutputs(p);
  const std::ptrdiff_t taps = std::ptrdiff_t{p.window.y.kernel} * p.window.x.kernel;
  MakeChannelConstants(filter, outputs, {taps, outputs, 1}, p.input_zero, 0, prepared);
}

// Columns of the windows of outputs in a row, of which steps of four are computed.
int32_t WindowColumns(const DepthwiseS8Params& p) {
  const Axis& y = p.window.y;
  const Axis& x = p.window.x;
  if (y.kernel == 3 && x.kernel == 3) {
    const int32_t outputs = std::min(x.output, kSquareColumns / x.stride);
    return x.stride == 1 ? outputs + 3 : 2 * ((outputs + 3) / 4 * 4) + 2;
  }
  return (RowAxis(p).output + 3) / 4 + 3;
}

// Windows, and for layers that have none a row of zero points.
size_t DepthwiseScratchBytes(const DepthwiseS8Params& p) {
  const size_t zeros = IsInside(p.window) ? 0 : static_cast<size_t>(p.channels);
  if (!HasWindows(p)) return zeros;
  return std::max(zeros, static_cast<size_t>(WindowColumns(p)) * 64);
}

// sum of w * x at one output pixel, of one output channel.
int32_t DepthwiseSum(const DepthwiseS8Params& p, const int8_t* image, const int8_t* w, int32_t oy,
                     int32_t ox) {
  const Axis& y = p.window.y;
  const Axis& x = p.window.x;
  int32_t sum = 0;
  for (int32_t ky = 0; ky < y.kernel; ++ky) {
    for (int32_t kx = 0; kx < x.kernel; ++kx, w += DepthwiseOutputs(p)) {
      const int32_t iy = oy * y.stride - y.pad + ky * y.dilation;
      const int32_t ix = ox * x.stride - x.pad + kx * x.dilation;
      const bool inside = iy >= 0 && iy < y.input && ix >= 0 && ix < x.input;
      const std::ptrdiff_t pixel = std::ptrdiff_t{iy} * x.input + ix;
      sum = WrapAdd(sum, RawDot(inside ? image + pixel * p.channels : nullptr, p.input_zero, w, 1));
    }
  }
  return sum;
}

[[maybe_unused]] bool DepthwisePlain(const DepthwiseS8Params& p, const int8_t* input,
                                     const LayerS8& layer, int8_t* output, Share share,
                                     const StopToken& stop) {
  if (share.index > 0) return true;
  const int32_t outputs = DepthwiseOutputs(p);
  const ChannelConstants constants(layer.prepared, outputs);
  const std::ptrdiff_t image_size =
      std::ptrdiff_t{p.window.y.input} * p.window.x.input * p.channels;
  const int64_t taps = int64_t{p.window.y.kernel} * p.window.x.kernel;
  WorkMeter meter(stop);
  for (int32_t n = 0; n < p.window.batches; ++n, input += image_size) {
    for (int32_t oy = 0; oy < p.window.y.output; ++oy) {
      for (int32_t ox = 0; ox < p.window.x.output; ++ox) {
        if (!meter.Spend(taps * outputs)) return false;
        for (int32_t c = 0; c < outputs; ++c) {
          const int32_t sum = DepthwiseSum(p, input + c / p.multiplier, layer.weights + c, oy, ox);
          *output++ = FinishChannel(WrapAdd(sum, constants.bias()[c]), constants, c, p.output);
        }
      }
    }
  }
  return true;
}

}  // namespace

bool HasWindows(const DepthwiseS8Params& p) {
  const Axis& y = p.window.y;
  const Axis& x = p.window.x;
  if (p.multiplier != 1 || y.dilation != 1 || x.dilation != 1) return false;
  if (y.kernel == 3 && x.kernel == 3)
    return y.stride == x.stride && (y.stride == 1 || y.stride == 2);
  // Four outputs of 16 inputs, as far apart as the channels of one output.
  const auto is_row = [](const Axis& along, const Axis& across) {
    return across.input == 1 && across.kernel == 1 && across.output == 1 && across.pad == 0 &&
           along.stride == 1 && along.kernel <= 13;
  };
  return is_row(y, x) || is_row(x, y);
}

#if defined(__ARM_FEATURE_MVE)
const FilterKernelS8<DepthwiseS8Params> kDepthwiseS8 = {
    "helium", DepthwisePreparedBytes, DepthwisePrepare, DepthwiseScratchBytes, mve::DepthwiseS8};
#elif defined(__ARM_FEATURE_DSP)
const FilterKernelS8<DepthwiseS8Params> kDepthwiseS8 = {
    "dsp", DepthwisePreparedBytes, DepthwisePrepare, DepthwiseScratchBytes, armdsp::DepthwiseS8};
#else
const FilterKernelS8<DepthwiseS8Params> kDepthwiseS8 = {
    "plain", DepthwisePreparedBytes, DepthwisePrepare, DepthwiseScratchBytes, DepthwisePlain};
#endif

}  // namespace moonlet::device
