#include "engine/kernels/conv.h"

#include <algorithm>

#include "engine/kernels/filter_s8_scalar.h"
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

// Small patches are copied together once per pixel, so that the product with each filter
// is one run of memory: with few channels, short runs would cost more than the products.
// They take 1.3 KB of stack; the runs of larger ones are long.
constexpr std::ptrdiff_t kMostGathered = 640;

// The inner products of one patch with filters.
class PatchDot {
 public:
  explicit PatchDot(const ConvS8Params& p)
      : y_(p.window.y),
        x_(p.window.x),
        zero_(p.input_zero),
        in_channels_(p.in_channels),
        depth_(p.in_channels / p.groups),
        joined_(p.groups == 1 && x_.dilation == 1),
        size_(std::ptrdiff_t{y_.kernel} * x_.kernel * depth_) {}

  std::ptrdiff_t filter_size() const { return size_; }

  void Select(const Patch& patch) {
    patch_ = patch;
    if (size_ > kMostGathered) return;
    std::fill_n(gathered_, size_, int16_t{0});
    ForEachRun([this](const int8_t* in, std::ptrdiff_t at, std::ptrdiff_t n) {
      for (std::ptrdiff_t i = 0; i < n; ++i)
        gathered_[at + i] = static_cast<int16_t>(in[i] - zero_);
    });
  }

  int32_t With(const int8_t* filter) const {
    int32_t sum = 0;
    if (size_ <= kMostGathered) {
      for (std::ptrdiff_t i = 0; i < size_; ++i) sum += gathered_[i] * int16_t{filter[i]};
    } else {
      ForEachRun([&](const int8_t* in, std::ptrdiff_t at, std::ptrdiff_t n) {
        sum = WrapAdd(sum, scalar::OffsetDot(in, zero_, filter + at, 0, n));
      });
    }
    return sum;
  }

 private:
  // Calls body(first input, its place in the filter, count) for the taps inside the image.
  // Neighbouring taps of one filter row are one run of memory, in the image as in the
  // filter, unless dilation or groups tear them apart.
  template <typename Body>
  void ForEachRun(Body body) const {
    const int32_t step = joined_ ? std::max<int32_t>(1, patch_.x.last - patch_.x.first) : 1;
    for (int32_t ky = patch_.y.first; ky < patch_.y.last; ++ky) {
      const std::ptrdiff_t row =
          std::ptrdiff_t{patch_.y.origin + ky * y_.dilation} * x_.input * in_channels_;
      for (int32_t kx = patch_.x.first; kx < patch_.x.last; kx += step) {
        const std::ptrdiff_t column =
            std::ptrdiff_t{patch_.x.origin + kx * x_.dilation} * in_channels_;
        const std::ptrdiff_t tap = std::ptrdiff_t{ky} * x_.kernel + kx;
        body(patch_.image + row + column, tap * depth_, std::ptrdiff_t{step} * depth_);
      }
    }
  }

  const Axis& y_;
  const Axis& x_;
  int32_t zero_;
  int32_t in_channels_;
  int32_t depth_;  // input channels that one output channel reads
  bool joined_;
  std::ptrdiff_t size_;
  Patch patch_ = {};
  int16_t gathered_[kMostGathered];  // less the zero point, 0 outside the image
};

// output = finish(sum of w * (x - input_zero), output channel).
template <typename Output, typename Finish>
bool ConvSums(const ConvS8Params& p, const int8_t* input, const int8_t* filter, Output* output,
              const StopToken& stop, Finish finish) {
  const Axis& y = p.window.y;
  const Axis& x = p.window.x;
  PatchDot dot(p);
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
          dot.Select(patch);
          for (int32_t i = 0; i < group_outputs; ++i, ++c) {
            if (!meter.Spend(dot.filter_size())) return false;
            *output++ = finish(dot.With(filter + c * dot.filter_size()), c);
          }
        }
      }
    }
  }
  return true;
}

}  // namespace

bool scalar::ConvS8(const ConvS8Params& p, const int8_t* input, const int8_t* filter,
                    Unaligned<int32_t> bias, ChannelScales scales, int8_t* output,
                    const StopToken& stop) {
  return ConvSums(p, input, filter, output, stop, [&](int32_t sum, int32_t c) {
    return FinishS8(bias ? WrapAdd(sum, bias[c]) : sum, scales[c], p.output);
  });
}

bool ConvHybrid(const ConvHybridParams& p, const float* input, const int8_t* filter,
                Unaligned<float> bias, FilterScales scales, int8_t* image, float* output,
                const StopToken& stop) {
  const Window& window = p.conv.window;
  const auto image_size = static_cast<size_t>(window.y.input) *
                          static_cast<size_t>(window.x.input) *
                          static_cast<size_t>(p.conv.in_channels);
  const std::ptrdiff_t output_size =
      std::ptrdiff_t{window.y.output} * window.x.output * p.conv.out_channels;
  ConvS8Params conv = p.conv;
  conv.window.batches = 1;
  for (int32_t n = 0; n < window.batches; ++n, input += image_size, output += output_size) {
    const RowScale row = p.asymmetric ? QuantizeAsymmetric(input, image_size, image)
                                      : QuantizeSymmetric(input, image_size, image);
    conv.input_zero = row.zero;
    const bool done = ConvSums(conv, image, filter, output, stop, [&](int32_t sum, int32_t c) {
      const auto real = static_cast<float>(sum);
      const float product =
          p.asymmetric ? real * scales[c] * row.scale : real * (row.scale * scales[c]);
      return Clamp(bias ? product + bias[c] : product, p.range);
    });
    if (!done) return false;
  }
  return true;
}

namespace scalar {
namespace {

int32_t ConvChannels(const ConvS8Params& p) { return p.out_channels; }

}  // namespace

const FilterKernelS8<ConvS8Params> kConvS8 = kScalarFilter<ConvS8Params, ConvChannels, ConvS8>;

}  // namespace scalar

}  // namespace moonlet
