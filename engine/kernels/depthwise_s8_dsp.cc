// DEPTHWISE_CONV_2D with the DSP extension: four channels at a time, each product instruction for
// two taps of one of them.
//
// The filters of some channels are spread to 16 bits once for all pixels; of the input four
// channels at two taps are made pairs as they are read.
#include <algorithm>
#include <cstring>

#include "engine/kernels/channel_constants.h"
#include "engine/kernels/filter_s8_dsp.h"
#include "engine/kernels/requantize_dsp.h"
#include "engine/kernels/simd32_dsp.h"
#include "engine/kernels/work_meter.h"

namespace moonlet::armdsp {
namespace {

constexpr int32_t kChannels = 64;  // whose sums are kept
constexpr int32_t kTaps = 26;      // that are taken at once, an even number

// Two taps of four channels, to a word for each channel.
constexpr int kWordsOfPair = 4;
[[gnu::always_inline]] inline void PairTaps(uint32_t tap0, uint32_t tap1, uint32_t* pairs) {
  const uint32_t low = LowHalves(tap0, tap1), high = HighHalves(tap0, tap1);
  pairs[0] = EvenBytes(low);
  pairs[1] = OddBytes(low);
  pairs[2] = EvenBytes(high);
  pairs[3] = OddBytes(high);
}

// The part of a layer at hand: `channels` of the output from `first` on, `taps` from `tap` on.
struct Part {
  int32_t first;
  int32_t channels;
  int32_t tap;
  int32_t taps;
};

class DepthwiseLoop {
 public:
  DepthwiseLoop(const DepthwiseS8Params& p, const int8_t* filter)
      : p_(p), filter_(filter), outputs_(p.channels * p.multiplier) {
    std::fill_n(zeros_, kChannels, static_cast<int8_t>(p.input_zero));
  }

  void SpreadFilter(const Part& part);
  // For the pixel at (oy, ox) of an image.
  void FindInput(const Part& part, const int8_t* image, int32_t oy, int32_t ox);
  // sums[c] += the products of the part.
  void AddProducts(const Part& part, int32_t* sums) const;

 private:
  const int8_t* Replicate(const int8_t* pixel, const Part& part, int8_t* room) const;

  const DepthwiseS8Params& p_;
  const int8_t* filter_;
  int32_t outputs_;
  uint32_t weights_[kChannels * kTaps / 2];  // four channels after the other, by pairs of taps
  const int8_t* input_[kTaps];               // of each tap, the part's first channel
  int8_t zeros_[kChannels];
  int8_t replicas_[kChannels * kTaps];  // where several filters share a channel
};

// A tap without a neighbour has one of zeros.
void DepthwiseLoop::SpreadFilter(const Part& part) {
  uint32_t* to = weights_;
  for (int32_t c = 0; c < part.channels; c += 4) {
    const int32_t count = std::min<int32_t>(4, part.channels - c);
    const int8_t* w = filter_ + std::ptrdiff_t{part.tap} * outputs_ + part.first + c;
    for (int32_t tap = 0; tap < part.taps; tap += 2, w += 2 * std::ptrdiff_t{outputs_}) {
      PairTaps(LoadFew(w, count), tap + 1 < part.taps ? LoadFew(w + outputs_, count) : 0, to);
      to += kWordsOfPair;
    }
  }
}

// One input channel for `multiplier` outputs: the part's channels of a pixel.
const int8_t* DepthwiseLoop::Replicate(const int8_t* pixel, const Part& part, int8_t* room) const {
  if (p_.multiplier == 1) return pixel + part.first;
  for (int32_t j = 0; j < part.channels; ++j) room[j] = pixel[(part.first + j) / p_.multiplier];
  return room;
}

void DepthwiseLoop::FindInput(const Part& part, const int8_t* image, int32_t oy, int32_t ox) {
  const Axis& y = p_.window.y;
  const Axis& x = p_.window.x;
  const int32_t origin = ox * x.stride - x.pad;
  const auto columns = static_cast<uint32_t>(x.input);
  const std::ptrdiff_t channels = p_.channels;
  int32_t ky = part.tap / x.kernel;
  int32_t kx = part.tap - ky * x.kernel;
  for (int32_t i = 0; i < part.taps; ++ky, kx = 0) {
    const int32_t row = oy * y.stride - y.pad + ky * y.dilation;
    const bool is_inside = row >= 0 && row < y.input;
    const int8_t* const pixels = image + (is_inside ? std::ptrdiff_t{row} * x.input * channels : 0);
    int32_t column = origin + kx * x.dilation;
    for (; kx < x.kernel && i < part.taps; ++kx, ++i, column += x.dilation) {
      input_[i] = zeros_;
      if (is_inside && static_cast<uint32_t>(column) < columns)
        input_[i] = Replicate(pixels + column * channels, part, replicas_ + i * kChannels);
    }
  }
  if (part.taps % 2 != 0) input_[part.taps] = zeros_;
}

void DepthwiseLoop::AddProducts(const Part& part, int32_t* sums) const {
  const uint32_t* w = weights_;
  const auto add = [&](int32_t c, auto load) {
    int32_t sum0 = sums[c], sum1 = sums[c + 1], sum2 = sums[c + 2], sum3 = sums[c + 3];
    for (int32_t tap = 0; tap < part.taps; tap += 2, w += kWordsOfPair) {
      uint32_t x[kWordsOfPair];
      PairTaps(load(input_[tap] + c), load(input_[tap + 1] + c), x);
      sum0 = AddPairs(x[0], w[0], sum0);
      sum1 = AddPairs(x[1], w[1], sum1);
      sum2 = AddPairs(x[2], w[2], sum2);
      sum3 = AddPairs(x[3], w[3], sum3);
    }
    sums[c] = sum0;
    sums[c + 1] = sum1;
    sums[c + 2] = sum2;
    sums[c + 3] = sum3;
  };
  int32_t c = 0;
  for (; c + 4 <= part.channels; c += 4)
    add(c, [](const int8_t* bytes) { return LoadFour(bytes); });
  const int32_t rest = part.channels - c;
  if (rest > 0) add(c, [rest](const int8_t* bytes) { return LoadFew(bytes, rest); });
}

}  // namespace

bool DepthwiseS8(const DepthwiseS8Params& p, const int8_t* input, const LayerS8& layer,
                 int8_t* output, Share share, const StopToken& stop) {
  const Axis& y = p.window.y;
  const Axis& x = p.window.x;
  const int32_t outputs = p.channels * p.multiplier;
  const int32_t taps = y.kernel * x.kernel;
  const std::ptrdiff_t image_size = std::ptrdiff_t{y.input} * x.input * p.channels;
  const ChannelConstants constants(layer.prepared, outputs);
  const int64_t rows = int64_t{p.window.batches} * y.output;
  const auto begin = static_cast<std::ptrdiff_t>(rows * share.index / share.count);
  const auto end = static_cast<std::ptrdiff_t>(rows * (share.index + 1) / share.count);
  DepthwiseLoop loop(p, layer.weights);
  WorkMeter meter(stop);
  for (int32_t first = 0; first < outputs; first += kChannels) {
    Part part = {first, std::min(kChannels, outputs - first), 0, std::min(kTaps, taps)};
    loop.SpreadFilter(part);
    for (std::ptrdiff_t row = begin; row < end; ++row) {
      const std::ptrdiff_t n = row / y.output;
      const auto oy = static_cast<int32_t>(row - n * y.output);
      for (int32_t ox = 0; ox < x.output; ++ox) {
        if (!meter.Spend(int64_t{taps} * part.channels)) return false;
        int32_t sums[kChannels + 3];
        std::copy_n(constants.bias() + first, part.channels, sums);
        std::fill_n(sums + part.channels, 3, 0);
        for (part.tap = 0; part.tap < taps; part.tap += kTaps) {
          part.taps = std::min(kTaps, taps - part.tap);
          if (taps > kTaps) loop.SpreadFilter(part);
          loop.FindInput(part, input + n * image_size, oy, ox);
          loop.AddProducts(part, sums);
        }
        int8_t* out = output + (row * x.output + ox) * outputs + first;
        Finish<1>(sums, constants, first, part.channels, p.output, out, 0);
      }
    }
  }
  return true;
}

}  // namespace moonlet::armdsp
