#include <algorithm>

#include "engine/kernels/depthwise.h"
#include "engine/kernels/integer_loops.h"
#include "engine/kernels/offset_dot.h"
#include "engine/kernels/work_meter.h"

namespace moonlet {
namespace {

// Output channels summed together: neighbours in the filter.
constexpr int32_t kChannelsS16 = 16;

// `count` output channels from `c` on at one pixel of `image`, where several have one of the
// input's.
void SumBlock(const DepthwiseS16Params& p, const int16_t* image, Axis::Taps ty, Axis::Taps tx,
              const int8_t* filter, int32_t c, int32_t count, int64_t* sums) {
  const Axis& y = p.window.y;
  const Axis& x = p.window.x;
  const std::ptrdiff_t outputs = std::ptrdiff_t{p.channels} * p.multiplier;
  for (int32_t ky = ty.first; ky < ty.last; ++ky) {
    const std::ptrdiff_t row = std::ptrdiff_t{ty.origin + ky * y.dilation} * x.input;
    for (int32_t kx = tx.first; kx < tx.last; ++kx) {
      const int16_t* in = image + (row + tx.origin + kx * x.dilation) * p.channels;
      const int8_t* w = filter + (std::ptrdiff_t{ky} * x.kernel + kx) * outputs + c;
      for (int32_t j = 0; j < count; ++j) sums[j] += in[(c + j) / p.multiplier] * w[j];
    }
  }
}

// The same where each has one of its own.
WeightedWindowS16 WindowAt(const DepthwiseS16Params& p, const int16_t* image, Axis::Taps ty,
                           Axis::Taps tx, const int8_t* filter, int32_t c, int32_t count) {
  const Axis& y = p.window.y;
  const Axis& x = p.window.x;
  const std::ptrdiff_t channels = p.channels, row = x.input * channels;
  const std::ptrdiff_t pixel =
      (ty.origin + ty.first * y.dilation) * row + (tx.origin + tx.first * x.dilation) * channels;
  const std::ptrdiff_t tap = (std::ptrdiff_t{ty.first} * x.kernel + tx.first) * channels;
  return {.x = image + pixel + c,
          .weights = filter + tap + c,
          .rows = ty.last - ty.first,
          .columns = tx.last - tx.first,
          .x_row = y.dilation * row,
          .x_column = x.dilation * channels,
          .weights_row = x.kernel * channels,
          .weights_column = channels,
          .channels = count};
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
  WorkMeter meter(stop);
  for (int32_t n = 0; n < p.window.batches; ++n, input += image_size) {
    for (int32_t oy = 0; oy < y.output; ++oy) {
      for (int32_t ox = 0; ox < x.output; ++ox) {
        for (int32_t c = 0; c < outputs; c += kChannelsS16) {
          const int32_t count = std::min(kChannelsS16, outputs - c);
          if (!meter.Spend(taps * count)) return false;
          int64_t sums[kChannelsS16] = {};
          const Axis::Taps ty = y.TapsAt(oy), tx = x.TapsAt(ox);
          if (p.multiplier == 1) {
            add(WindowAt(p, input, ty, tx, filter, c, count), sums);
          } else {
            SumBlock(p, input, ty, tx, filter, c, count, sums);
          }
          for (int32_t j = 0; j < count; ++j) {
            const int64_t sum = scalar::Accumulate(bias ? bias[c + j] : int64_t{0}, sums[j]);
            *output++ = scalar::FinishS16(sum, scales[c + j], p.output);
          }
        }
      }
    }
  }
  return true;
}

}  // namespace moonlet
