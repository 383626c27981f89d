// A pixel of the input at a time: it is multiplied with the tap that takes it to the output.
#if defined(__ARM_FEATURE_MVE)
#include <algorithm>

#include "engine/kernels/filter_s8_device.h"
#include "engine/kernels/integer_loops_helium.h"
#include "engine/kernels/requantize_helium.h"
#include "engine/kernels/work_meter.h"

namespace moonlet::mve {
namespace {

// Output channels whose sums are kept.
constexpr int32_t kTransposeSums = 128;

}  // namespace

bool TransposeConvS8(const TransposeConvS8Params& p, const int8_t* input, const LayerS8& layer,
                     int8_t* output, Share share, const StopToken& stop) {
  if (share.index > 0) return true;
  const Axis& y = p.window.y;
  const Axis& x = p.window.x;
  const std::ptrdiff_t depth = p.in_channels;
  const std::ptrdiff_t filter_size = std::ptrdiff_t{y.kernel} * x.kernel * depth;
  const Requantizer requantizer(layer.prepared, p.out_channels, p.output);
  // Calls add(input pixel, tap) for what reaches output (oy, ox).
  const auto for_each_source = [&](int32_t oy, int32_t ox, auto add) {
    const TransposeSources sy(y, oy), sx(x, ox);
    for (int32_t iy = sy.first; iy < sy.last; ++iy) {
      for (int32_t ix = sx.first; ix < sx.last; ++ix) {
        const int32_t ky = oy + y.pad - iy * y.stride;
        const int32_t kx = ox + x.pad - ix * x.stride;
        add(std::ptrdiff_t{iy} * x.output + ix, std::ptrdiff_t{ky} * x.kernel + kx);
      }
    }
  };
  WorkMeter meter(stop);
  for (int32_t n = 0; n < p.window.batches; ++n, input += y.output * x.output * depth) {
    for (int32_t oy = 0; oy < y.input; ++oy) {
      for (int32_t ox = 0; ox < x.input; ++ox, output += p.out_channels) {
        if (!meter.Spend(filter_size * p.out_channels)) return false;
        for (int32_t c = 0; c < p.out_channels; c += kTransposeSums) {
          const int32_t count = std::min(kTransposeSums, p.out_channels - c);
          int32_t sums[kTransposeSums] = {};
          for_each_source(oy, ox, [&](std::ptrdiff_t pixel, std::ptrdiff_t tap) {
            const int8_t* rows = layer.weights + c * filter_size + tap * depth;
            AddDotsS8({input + pixel * depth, p.input_zero, rows, 0, filter_size, depth, count},
                      sums);
          });
          requantizer.Finish(sums, 1, c, count, output + c, 0);
        }
      }
    }
  }
  return true;
}

}  // namespace moonlet::mve
#endif
