#include "engine/kernels/transpose_conv.h"

#include <algorithm>

#include "engine/kernels/channel_finish.h"
#include "engine/kernels/filter_s8_scalar.h"
#include "engine/kernels/integer_loops.h"
#include "engine/kernels/offset_dot.h"
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
bool Gather(const Params& p, const T* input, const int8_t* filter, T* output, const StopToken& stop,
            Add add, MakeFinish make_finish) {
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

bool scalar::TransposeConvS8(const TransposeConvS8Params& p, const int8_t* input,
                             const int8_t* filter, Unaligned<int32_t> bias, ChannelScales scales,
                             int8_t* output, const StopToken& stop) {
  const auto add = [&p](const DotLines<int8_t>& dots, WorkMeter& meter, int32_t* sums) {
    for (int32_t i = 0; i < dots.lines; ++i) {
      if (!meter.Spend(dots.count * dots.rows)) return false;
      kIntegerLoops.add_dots_s8(
          {dots.x + i * dots.x_line, p.input_zero, dots.weights + i * dots.weights_line, 0,
           dots.row, dots.count, dots.rows},
          sums);
    }
    return true;
  };
  const auto make_finish = [&](int32_t c, int32_t count) {
    return [&, c, count](const int32_t* sums, int8_t* out) {
      for (int32_t i = 0; i < count; ++i) {
        const int32_t sum = bias ? WrapAdd(sums[i], bias[c + i]) : sums[i];
        out[i] = FinishS8(sum, scales[c + i], p.output);
      }
    };
  };
  return Gather<int32_t>(p, input, filter, output, stop, add, make_finish);
}

namespace scalar {
namespace {

int32_t TransposeConvChannels(const TransposeConvS8Params& p) { return p.out_channels; }

}  // namespace

const FilterKernelS8<TransposeConvS8Params> kTransposeConvS8 =
    kScalarFilter<TransposeConvS8Params, TransposeConvChannels, TransposeConvS8>;

}  // namespace scalar

template <typename Bias>
bool TransposeConvS16(const TransposeConvS16Params& p, const int16_t* input, const int8_t* filter,
                      Unaligned<Bias> bias, ChannelScales scales, int16_t* output,
                      const StopToken& stop) {
  const auto add = [](const DotLines<int16_t>& dots, WorkMeter& meter, int64_t* sums) {
    return AddDots(dots, meter, sums);
  };
  const auto make_finish = [&](int32_t c, int32_t count) {
    return ChannelFinish<int64_t>(bias, scales, c, count, p.output);
  };
  return Gather<int64_t>(p, input, filter, output, stop, add, make_finish);
}

template bool TransposeConvS16(const TransposeConvS16Params&, const int16_t*, const int8_t*,
                               Unaligned<int64_t>, ChannelScales, int16_t*, const StopToken&);
template bool TransposeConvS16(const TransposeConvS16Params&, const int16_t*, const int8_t*,
                               Unaligned<int16_t>, ChannelScales, int16_t*, const StopToken&);

}  // namespace moonlet
