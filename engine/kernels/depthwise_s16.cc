#include <algorithm>

#include "engine/kernels/channel_finish.h"
#include "engine/kernels/depthwise.h"
#include "engine/kernels/integer_loops.h"
#include "engine/kernels/work_meter.h"

namespace moonlet {
namespace {

// The taps of output channels from `c` on at one pixel of `image`, as if each had an input channel
// of its own.
WeightedWindowS16 WindowAt(const DepthwiseS16Params& p, const int16_t* image, Axis::Taps ty,
                           Axis::Taps tx, const int8_t* filter, int32_t c, int32_t count) {
  const Axis& y = p.window.y;
  const Axis& x = p.window.x;
  const std::ptrdiff_t outputs = std::ptrdiff_t{p.channels} * p.multiplier;
  const std::ptrdiff_t iy = ty.origin + ty.first * y.dilation;
  const std::ptrdiff_t ix = tx.origin + tx.first * x.dilation;
  const std::ptrdiff_t tap = std::ptrdiff_t{ty.first} * x.kernel + tx.first;
  return {image + (iy * x.input + ix) * p.channels + c,
          filter + tap * outputs + c,
          ty.last - ty.first,
          tx.last - tx.first,
          std::ptrdiff_t{y.dilation} * x.input * p.channels,
          std::ptrdiff_t{x.dilation} * p.channels,
          x.kernel * outputs,
          outputs,
          count};
}

// The same where input channels have several outputs.
void AddSeveral(const WeightedWindowS16& window, int32_t c, int32_t multiplier, int64_t* sums) {
  for (int32_t ky = 0; ky < window.rows; ++ky) {
    for (int32_t kx = 0; kx < window.columns; ++kx) {
      const int16_t* in = window.x - c + ky * window.x_row + kx * window.x_column;
      const int8_t* w = window.weights + ky * window.weights_row + kx * window.weights_column;
      for (int32_t j = 0; j < window.channels; ++j) sums[j] += in[(c + j) / multiplier] * w[j];
    }
  }
}

}  // namespace

bool DepthwiseS16(const DepthwiseS16Params& p, const int16_t* input, const int8_t* filter,
                  Unaligned<int64_t> bias, ChannelScales scales, int16_t* output,
                  const StopToken& stop) {
  const Axis& y = p.window.y;
  const Axis& x = p.window.x;
  const int32_t outputs = p.channels * p.multiplier;
  const std::ptrdiff_t image_size = std::ptrdiff_t{y.input} * x.input * p.channels;
  const int64_t taps = int64_t{y.kernel} * x.kernel;
  const auto add = BestIntegerLoops().add_window_s16;
  const std::ptrdiff_t output_size = std::ptrdiff_t{y.output} * x.output * outputs;
  WorkMeter meter(stop);
  for (int32_t c = 0; c < outputs; c += kWideChannels) {
    const int32_t count = std::min(kWideChannels, outputs - c);
    const ChannelFinish<int64_t> finish(bias, scales, c, count, p.output);
    for (int32_t n = 0; n < p.window.batches; ++n) {
      const int16_t* image = input + n * image_size;
      int16_t* out = output + n * output_size + c;
      for (int32_t oy = 0; oy < y.output; ++oy) {
        const Axis::Taps ty = y.TapsAt(oy);
        for (int32_t ox = 0; ox < x.output; ++ox, out += outputs) {
          if (!meter.Spend(taps * count)) return false;
          int64_t sums[kWideChannels] = {};
          const WeightedWindowS16 t = WindowAt(p, image, ty, x.TapsAt(ox), filter, c, count);
          if (p.multiplier == 1)
            add(t, sums);
          else
            AddSeveral(t, c, p.multiplier, sums);
          finish(sums, out);
        }
      }
    }
  }
  return true;
}

}  // namespace moonlet
