#include "engine/kernels/depthwise.h"

#include <algorithm>
#include <type_traits>

#include "engine/kernels/filter_s8_scalar.h"
#include "engine/kernels/offset_dot.h"
#include "engine/kernels/work_meter.h"

namespace moonlet {
namespace {

// Output channels summed together: neighbours in the image and in the filter.
constexpr int32_t kChannels = 32;

struct DepthwisePatch {
  const int8_t* image;
  Axis::Taps y;
  Axis::Taps x;
};

// Calls body(first input element, first filter element) for each tap inside the image.
template <typename Body>
inline void ForEachTap(const DepthwiseS8Params& p, const DepthwisePatch& patch,
                       const int8_t* filter, Body body) {
  const Axis& y = p.window.y;
  const Axis& x = p.window.x;
  const std::ptrdiff_t outputs = std::ptrdiff_t{p.channels} * p.multiplier;
  for (int32_t ky = patch.y.first; ky < patch.y.last; ++ky) {
    const std::ptrdiff_t row = std::ptrdiff_t{patch.y.origin + ky * y.dilation} * x.input;
    for (int32_t kx = patch.x.first; kx < patch.x.last; ++kx) {
      const std::ptrdiff_t pixel = row + patch.x.origin + kx * x.dilation;
      body(patch.image + pixel * p.channels,
           filter + (std::ptrdiff_t{ky} * x.kernel + kx) * outputs);
    }
  }
}

// sums[j] += x(j) * w[j]. Counts known to the compiler are those of common layers.
template <typename Input>
inline void AddProducts(int32_t count, const int8_t* w, int32_t* sums, Input x) {
  const auto add = [&](auto n) {
    for (int32_t j = 0; j < n; ++j) sums[j] = WrapAdd(sums[j], x(j) * int16_t{w[j]});
  };
  switch (count) {
    case 8:
      return add(std::integral_constant<int32_t, 8>());
    case 16:
      return add(std::integral_constant<int32_t, 16>());
    case kChannels:
      return add(std::integral_constant<int32_t, kChannels>());
    default:
      return add(count);
  }
}

// `count` output channels from `c` on at one pixel; one filter per input channel.
void SumSingle(const DepthwiseS8Params& p, const DepthwisePatch& patch, const int8_t* filter,
               int32_t c, int32_t count, int32_t* sums) {
  const int32_t zero = p.input_zero;
  ForEachTap(p, patch, filter, [&](const int8_t* in, const int8_t* w) {
    in += c;
    AddProducts(count, w + c, sums, [&](int32_t j) { return static_cast<int16_t>(in[j] - zero); });
  });
}

// The same with several filters per input channel.
void SumMultiple(const DepthwiseS8Params& p, const DepthwisePatch& patch, const int8_t* filter,
                 int32_t c, int32_t count, int32_t* sums) {
  const int32_t zero = p.input_zero;
  const int32_t first_input = c / p.multiplier;
  const int32_t first_filters = p.multiplier - c % p.multiplier;
  ForEachTap(p, patch, filter, [&](const int8_t* in, const int8_t* w) {
    in += first_input;
    w += c;
    int32_t filters = first_filters;  // of this input channel
    for (int32_t j = 0; j < count; j += filters, filters = p.multiplier, ++in) {
      const auto x = static_cast<int16_t>(*in - zero);
      AddProducts(std::min(filters, count - j), w + j, sums + j, [x](int32_t) { return x; });
    }
  });
}

// output = finish(sum of w * (x - input_zero), output channel).
template <typename Output, typename Finish>
bool DepthwiseSums(const DepthwiseS8Params& p, const int8_t* input, const int8_t* filter,
                   Output* output, const StopToken& stop, Finish finish) {
  const Axis& y = p.window.y;
  const Axis& x = p.window.x;
  const int32_t outputs = p.channels * p.multiplier;
  const std::ptrdiff_t image_size = std::ptrdiff_t{y.input} * x.input * p.channels;
  const int64_t taps = int64_t{y.kernel} * x.kernel;
  const auto sum_block = p.multiplier == 1 ? SumSingle : SumMultiple;
  WorkMeter meter(stop);
  for (int32_t n = 0; n < p.window.batches; ++n, input += image_size) {
    for (int32_t oy = 0; oy < y.output; ++oy) {
      for (int32_t ox = 0; ox < x.output; ++ox) {
        const DepthwisePatch patch = {input, y.TapsAt(oy), x.TapsAt(ox)};
        for (int32_t c = 0; c < outputs; c += kChannels) {
          const int32_t count = std::min(kChannels, outputs - c);
          if (!meter.Spend(taps * count)) return false;
          int32_t sums[kChannels] = {};
          sum_block(p, patch, filter, c, count, sums);
          for (int32_t j = 0; j < count; ++j) *output++ = finish(sums[j], c + j);
        }
      }
    }
  }
  return true;
}

}  // namespace

bool scalar::DepthwiseS8(const DepthwiseS8Params& p, const int8_t* input, const int8_t* filter,
                         Unaligned<int32_t> bias, ChannelScales scales, int8_t* output,
                         const StopToken& stop) {
  return DepthwiseSums(p, input, filter, output, stop, [&](int32_t sum, int32_t c) {
    return FinishS8(bias ? WrapAdd(sum, bias[c]) : sum, scales[c], p.output);
  });
}

bool DepthwiseHybrid(const DepthwiseHybridParams& p, const float* input, const int8_t* filter,
                     Unaligned<float> bias, FilterScales scales, int8_t* image, float* output,
                     const StopToken& stop) {
  const Window& window = p.depthwise.window;
  const auto image_size = static_cast<size_t>(window.y.input) *
                          static_cast<size_t>(window.x.input) *
                          static_cast<size_t>(p.depthwise.channels);
  const std::ptrdiff_t output_size = std::ptrdiff_t{window.y.output} * window.x.output *
                                     p.depthwise.channels * p.depthwise.multiplier;
  DepthwiseS8Params depthwise = p.depthwise;
  depthwise.window.batches = 1;
  for (int32_t n = 0; n < window.batches; ++n, input += image_size, output += output_size) {
    const RowScale row = QuantizeAsymmetric(input, image_size, image);
    depthwise.input_zero = row.zero;
    const auto finish = [&](int32_t sum, int32_t c) {
      const float product = static_cast<float>(sum) * (scales[c] * row.scale);
      return Clamp(bias ? product + bias[c] : product, p.range);
    };
    if (!DepthwiseSums(depthwise, image, filter, output, stop, finish)) return false;
  }
  return true;
}

namespace scalar {
namespace {

int32_t DepthwiseChannels(const DepthwiseS8Params& p) { return p.channels * p.multiplier; }

}  // namespace

const FilterKernelS8<DepthwiseS8Params> kDepthwiseS8 =
    kScalarFilter<DepthwiseS8Params, DepthwiseChannels, DepthwiseS8>;

}  // namespace scalar

}  // namespace moonlet
