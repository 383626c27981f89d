#include "engine/kernels/conv.h"
#include "engine/kernels/offset_dot.h"
#include "engine/kernels/work_meter.h"

namespace moonlet {
namespace {

// Where one output pixel reads.
struct Patch {
  const int8_t* image;
  Axis::Taps y;
  Axis::Taps x;
};

// One output channel at one pixel. Neighbouring taps of one filter row are one run of
// memory, in the image as in the filter, unless dilation or groups tear them apart.
class PatchDot {
 public:
  explicit PatchDot(const ConvS8Params& p)
      : y_(p.window.y),
        x_(p.window.x),
        zero_(p.input_zero),
        in_channels_(p.in_channels),
        depth_(p.in_channels / p.groups),
        joined_(p.groups == 1 && x_.dilation == 1) {}

  std::ptrdiff_t filter_size() const { return std::ptrdiff_t{y_.kernel} * x_.kernel * depth_; }

  int32_t operator()(const Patch& patch, const int8_t* filter) const {
    const int32_t step = joined_ ? std::max(1, patch.x.last - patch.x.first) : 1;
    const std::ptrdiff_t run = std::ptrdiff_t{step} * depth_;
    int32_t sum = 0;
    for (int32_t ky = patch.y.first; ky < patch.y.last; ++ky) {
      const std::ptrdiff_t row =
          std::ptrdiff_t{patch.y.origin + ky * y_.dilation} * x_.input * in_channels_;
      for (int32_t kx = patch.x.first; kx < patch.x.last; kx += step) {
        const std::ptrdiff_t column =
            std::ptrdiff_t{patch.x.origin + kx * x_.dilation} * in_channels_;
        const std::ptrdiff_t tap = std::ptrdiff_t{ky} * x_.kernel + kx;
        sum = WrapAdd(sum, scalar::OffsetDot(patch.image + row + column, zero_,
                                             filter + tap * depth_, 0, run));
      }
    }
    return sum;
  }

 private:
  const Axis& y_;
  const Axis& x_;
  int32_t zero_;
  int32_t in_channels_;
  int32_t depth_;  // input channels that one output channel reads
  bool joined_;
};

}  // namespace

bool scalar::ConvS8(const ConvS8Params& p, const int8_t* input, const int8_t* filter,
                    Unaligned<int32_t> bias, ChannelScales scales, int8_t* output,
                    const StopToken& stop) {
  const Axis& y = p.window.y;
  const Axis& x = p.window.x;
  const PatchDot dot(p);
  const int32_t group_inputs = p.in_channels / p.groups;
  const int32_t group_outputs = p.out_channels / p.groups;
  const std::ptrdiff_t image_size = std::ptrdiff_t{y.input} * x.input * p.in_channels;
  WorkMeter meter(stop);
  for (int32_t n = 0; n < p.window.batches; ++n, input += image_size) {
    for (int32_t oy = 0; oy < y.output; ++oy) {
      for (int32_t ox = 0; ox < x.output; ++ox) {
        Patch patch = {input, y.TapsAt(oy), x.TapsAt(ox)};
        int32_t c = 0;
        for (int32_t group = 0; group < p.groups; ++group, patch.image += group_inputs) {
          for (int32_t i = 0; i < group_outputs; ++i, ++c) {
            if (!meter.Spend(dot.filter_size())) return false;
            const int32_t sum = dot(patch, filter + c * dot.filter_size());
            *output++ = FinishS8(bias ? WrapAdd(sum, bias[c]) : sum, scales[c], p.output);
          }
        }
      }
    }
  }
  return true;
}

// The one place that says which variant runs.
bool ConvS8(const ConvS8Params& p, const int8_t* input, const int8_t* filter,
            Unaligned<int32_t> bias, ChannelScales scales, int8_t* output, const StopToken& stop) {
  return scalar::ConvS8(p, input, filter, bias, scales, output, stop);
}

}  // namespace moonlet
