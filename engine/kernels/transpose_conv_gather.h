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

// Output channels whose sums are computed together.
constexpr int32_t kGatheredTogether = 16;

// Calls finish(sum, channel) for each output, with the sum of the products that reach it, which
// add(rows of filters, meter, sums) adds for some channels; false: stop now.
template <typename Sum, typename Params, typename T, typename Add, typename Finish>
bool GatherProducts(const Params& p, const T* input, const int8_t* filter, T* output,
                    const StopToken& stop, Add add, Finish finish) {
  const Axis& y = p.window.y;
  const Axis& x = p.window.x;
  const std::ptrdiff_t depth = p.in_channels;
  const std::ptrdiff_t filter_size = std::ptrdiff_t{y.kernel} * x.kernel * depth;
  WorkMeter meter(stop);
  for (int32_t n = 0; n < p.window.batches; ++n, input += y.output * x.output * depth) {
    for (int32_t oy = 0; oy < y.input; ++oy) {
      for (int32_t ox = 0; ox < x.input; ++ox) {
        const TransposeSources sy(y, oy), sx(x, ox);
        for (int32_t c = 0; c < p.out_channels; c += kGatheredTogether) {
          const int32_t count = std::min(kGatheredTogether, p.out_channels - c);
          if (!meter.Spend(count)) return false;
          Sum sums[kGatheredTogether] = {};
          for (int32_t iy = sy.first; iy < sy.last; ++iy) {
            for (int32_t ix = sx.first; ix < sx.last; ++ix) {
              const std::ptrdiff_t pixel = std::ptrdiff_t{iy} * x.output + ix;
              const int32_t ky = oy + y.pad - iy * y.stride;
              const int32_t kx = ox + x.pad - ix * x.stride;
              const std::ptrdiff_t tap = std::ptrdiff_t{ky} * x.kernel + kx;
              const int8_t* rows = filter + c * filter_size + tap * depth;
              const DotRows<T> dots = {input + pixel * depth, p.input_zero, rows, 0,
                                       filter_size,           depth,        count};
              if (!add(dots, meter, sums)) return false;
            }
          }
          for (int32_t i = 0; i < count; ++i) *output++ = finish(sums[i], c + i);
        }
      }
    }
  }
  return true;
}

}  // namespace
}  // namespace moonlet
