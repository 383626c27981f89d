#include "engine/kernels/depthwise.h"

#include <algorithm>

#include "engine/kernels/filter_s8_device.h"
#include "engine/kernels/filter_s8_dsp.h"
#include "engine/kernels/work_meter.h"

namespace moonlet::device {
namespace {

int32_t DepthwiseOutputs(const DepthwiseS8Params& p) { return p.channels * p.multiplier; }

std::ptrdiff_t Taps(const DepthwiseS8Params& p) {
  return std::ptrdiff_t{p.window.y.kernel} * p.window.x.kernel;
}

// Filters that are turned over, with several outputs of one input channel, have at most so many
// bytes.
constexpr std::ptrdiff_t kMostTurned = 4096;

// Of one channel it is a convolution, but for the order of the weights.
bool IsConv(const DepthwiseS8Params& p) {
  return p.channels == 1 && p.multiplier > 1 && Taps(p) * p.multiplier <= kMostTurned;
}
ConvS8Params AsConv(const DepthwiseS8Params& p) {
  return {p.window, 1, p.multiplier, 1, p.input_zero, p.output};
}

// Constants, and behind them the weights that are turned over.
size_t DepthwisePreparedBytes(const DepthwiseS8Params& p) {
  const size_t turned = IsConv(p) ? static_cast<size_t>(Taps(p) * p.multiplier) : 0;
  return ChannelConstants::Bytes(DepthwiseOutputs(p)) + turned;
}

void DepthwisePrepare(const DepthwiseS8Params& p, const FilterS8& filter, uint8_t* prepared) {
  const int32_t outputs = DepthwiseOutputs(p);
  const std::ptrdiff_t taps = Taps(p);
  MakeChannelConstants(filter, outputs, {taps, outputs, 1}, p.input_zero, 0, prepared);
  if (!IsConv(p)) return;
  auto* turned = reinterpret_cast<int8_t*>(prepared + ChannelConstants::Bytes(outputs));
  for (int32_t c = 0; c < outputs; ++c)
    for (std::ptrdiff_t tap = 0; tap < taps; ++tap) *turned++ = filter.weights[tap * outputs + c];
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
  if (IsConv(p)) return kConvS8.scratch_bytes(AsConv(p));
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

#if defined(__ARM_FEATURE_MVE)
constexpr auto kRun = mve::DepthwiseS8;
constexpr const char* kName = "helium";
#elif defined(__ARM_FEATURE_DSP)
constexpr auto kRun = armdsp::DepthwiseS8;
constexpr const char* kName = "dsp";
#else
constexpr auto kRun = DepthwisePlain;
constexpr const char* kName = "plain";
#endif

bool DepthwiseRun(const DepthwiseS8Params& p, const int8_t* input, const LayerS8& layer,
                  int8_t* output, Share share, const StopToken& stop) {
  if (!IsConv(p)) return kRun(p, input, layer, output, share, stop);
  const uint8_t* turned = layer.prepared + ChannelConstants::Bytes(p.multiplier);
  const LayerS8 conv = {reinterpret_cast<const int8_t*>(turned), layer.prepared, layer.scratch};
  return kConvS8.run(AsConv(p), input, conv, output, share, stop);
}

}  // namespace

bool HasWindows(const DepthwiseS8Params& p) {
  const Axis& y = p.window.y;
  const Axis& x = p.window.x;
  if (p.multiplier != 1 || y.dilation != 1 || x.dilation != 1) return false;
  if (y.kernel == 3 && x.kernel == 3)
    return y.stride == x.stride && (y.stride == 1 || y.stride == 2);
  // Four outputs of 16 inputs, as far apart as the channels of one output. To make windows pays for
  // so many products only.
  constexpr int32_t kFew = 56;
  const auto is_row = [](const Axis& along, const Axis& across) {
    return across.input == 1 && across.kernel == 1 && across.output == 1 && across.pad == 0 &&
           along.stride == 1 && along.kernel <= 13 && along.output > kFew / (along.kernel + 2);
  };
  return is_row(y, x) || is_row(x, y);
}

const FilterKernelS8<DepthwiseS8Params> kDepthwiseS8 = {
    kName, DepthwisePreparedBytes, DepthwisePrepare, DepthwiseScratchBytes, DepthwiseRun};

}  // namespace moonlet::device
