#include <algorithm>

#include "engine/kernels/channel_finish.h"
#include "engine/kernels/conv.h"
#include "engine/kernels/integer_loops.h"
#include "engine/kernels/work_meter.h"

namespace moonlet {
namespace {

// Adds the inner products of some filters of a group, which follow each other from `filter` on,
// with the taps inside the image. `image` begins at the first channel the filters read.
bool AddPatchSums(const ConvS16Params& p, const int16_t* image, Axis::Taps ty, Axis::Taps tx,
                  const int8_t* filter, int32_t filters, WorkMeter& meter, int64_t* sums) {
  const Axis& y = p.window.y;
  const Axis& x = p.window.x;
  const std::ptrdiff_t depth = p.in_channels / p.groups;
  const std::ptrdiff_t filter_size = depth * y.kernel * x.kernel;
  const std::ptrdiff_t row = std::ptrdiff_t{y.dilation} * x.input * p.in_channels;
  const std::ptrdiff_t pixel = std::ptrdiff_t{x.dilation} * p.in_channels;
  const int16_t* in = image + (std::ptrdiff_t{ty.origin} * x.input + tx.origin) * p.in_channels +
                      ty.first * row + tx.first * pixel;
  const int8_t* w = filter + (std::ptrdiff_t{ty.first} * x.kernel + tx.first) * depth;
  const int32_t rows = ty.last - ty.first, columns = tx.last - tx.first;
  if (columns == 0) return true;
  // Neighbouring taps of a filter row are one run of memory, in the image as in the filter,
  // unless dilation or groups tear them apart.
  if (p.groups == 1 && x.dilation == 1)
    return AddDots(DotLines<int16_t>{in, row, w, x.kernel * depth, filter_size, columns * depth,
                                     rows, filters},
                   meter, sums);
  for (int32_t ky = 0; ky < rows; ++ky, in += row, w += x.kernel * depth)
    if (!AddDots(DotLines<int16_t>{in, pixel, w, depth, filter_size, depth, columns, filters},
                 meter, sums))
      return false;
  return true;
}

}  // namespace

template <typename Sum>
bool ConvS16(const ConvS16Params& p, const int16_t* input, const int8_t* filter,
             Unaligned<Sum> bias, ChannelScales scales, int16_t* output, const StopToken& stop) {
  const Axis& y = p.window.y;
  const Axis& x = p.window.x;
  const int32_t depth = p.in_channels / p.groups;
  const int32_t group_outputs = p.out_channels / p.groups;
  const std::ptrdiff_t filter_size = std::ptrdiff_t{y.kernel} * x.kernel * depth;
  const std::ptrdiff_t image_size = std::ptrdiff_t{y.input} * x.input * p.in_channels;
  const std::ptrdiff_t output_size = std::ptrdiff_t{y.output} * x.output * p.out_channels;
  WorkMeter meter(stop);
  for (int32_t c = 0, count; c < p.out_channels; c += count) {
    count = std::min(kWideChannels, group_outputs - c % group_outputs);
    const ChannelFinish<Sum> finish(bias, scales, c, count, p.output);
    const int8_t* filters = filter + c * filter_size;
    for (int32_t n = 0; n < p.window.batches; ++n) {
      const int16_t* image = input + n * image_size + c / group_outputs * depth;
      int16_t* out = output + n * output_size + c;
      for (int32_t oy = 0; oy < y.output; ++oy) {
        const Axis::Taps ty = y.TapsAt(oy);
        for (int32_t ox = 0; ox < x.output; ++ox, out += p.out_channels) {
          int64_t sums[kWideChannels] = {};
          if (!AddPatchSums(p, image, ty, x.TapsAt(ox), filters, count, meter, sums)) return false;
          finish(sums, out);
        }
      }
    }
  }
  return true;
}

template bool ConvS16(const ConvS16Params&, const int16_t*, const int8_t*, Unaligned<int32_t>,
                      ChannelScales, int16_t*, const StopToken&);
template bool ConvS16(const ConvS16Params&, const int16_t*, const int8_t*, Unaligned<int64_t>,
                      ChannelScales, int16_t*, const StopToken&);

}  // namespace moonlet
