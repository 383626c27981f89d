// engine/kernels/transpose_conv_gather.h - the walk of TRANSPOSE_CONV over its outputs, some
// channels at a time.
#pragma once
#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "engine/kernels/integer_loops.h"
#include "engine/kernels/transpose_conv.h"
#include "engine/kernels/work_meter.h"

namespace moonlet {
namespace {

// The lines of inputs that reach an output from input row `iy`, and the filters of some channels
// from `c` on that they meet.
template <typename T, typename Params>
DotLines<T> LinesOf(const Params& p, const T* image, const int8_t* filter, int32_t oy, int32_t ox,
                    int32_t iy, TransposeSources sx, int32_t c, int32_t count) {
  const Axis& y = p.window.y;
  const Axis& x = p.window.x;
  const std::ptrdiff_t depth = p.in_channels;
  const std::ptrdiff_t filter_size = std::ptrdiff_t{y.kernel} * x.kernel * depth;
  // Inputs from left to right meet taps from right to left.
  const int32_t ky = oy + y.pad - iy * y.stride;
  const int32_t kx = ox + x.pad - sx.first * x.stride;
  const std::ptrdiff_t tap = std::ptrdiff_t{ky} * x.kernel + kx;
  return {image + (std::ptrdiff_t{iy} * x.output + sx.first) * depth,
          depth,
          filter + c * filter_size + tap * depth,
          -x.stride * depth,
          filter_size,
          depth,
          sx.last - sx.first,
          count};
}

// Calls what make_finish(c, count) makes, finish(sums, output), with the sums of the products that
// reach some channels of each output, which add(lines, meter, sums) adds up; false: stop now.
template <typename Sum, typename Params, typename T, typename Add, typename MakeFinish>
bool GatherProducts(const Params& p, const T* input, const int8_t* filter, T* output,
                    const StopToken& stop, Add add, MakeFinish make_finish) {
  const Axis& y = p.window.y;
  const Axis& x = p.window.x;
  const std::ptrdiff_t image_size = std::ptrdiff_t{y.output} * x.output * p.in_channels;
  WorkMeter meter(stop);
  for (int32_t c = 0; c < p.out_channels; c += kWideChannels) {
    const int32_t count = std::min(kWideChannels, p.out_channels - c);
    const auto finish = make_finish(c, count);
    T* out = output + c;
    for (int32_t n = 0; n < p.window.batches; ++n) {
      const T* image = input + n * image_size;
      for (int32_t oy = 0; oy < y.input; ++oy) {
        const TransposeSources sy(y, oy);
        for (int32_t ox = 0; ox < x.input; ++ox, out += p.out_channels) {
          const TransposeSources sx(x, ox);
          if (!meter.Spend(count)) return false;
          Sum sums[kWideChannels] = {};
          for (int32_t iy = sy.first; iy < sy.last && sx.first < sx.last; ++iy)
            if (!add(LinesOf(p, image, filter, oy, ox, iy, sx, c, count), meter, sums))
              return false;
          finish(sums, out);
        }
      }
    }
  }
  return true;
}

}  // namespace
}  // namespace moonlet
