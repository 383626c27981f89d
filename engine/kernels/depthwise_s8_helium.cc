#if defined(__ARM_FEATURE_MVE)
#include <arm_mve.h>

#include <algorithm>

#include "engine/kernels/depthwise_windows_helium.h"
#include "engine/kernels/filter_s8_device.h"
#include "engine/kernels/gather_helium.h"
#include "engine/kernels/requantize_helium.h"
#include "engine/kernels/work_meter.h"

namespace moonlet::mve {
namespace {

// Taps whose inputs are looked up at once.
constexpr int32_t kMostTaps = 96;
constexpr int32_t kLanes = 8;
// Output channels whose sums are kept.
constexpr int32_t kMostSums = 128;

// Sums of eight channels, even ones and odd ones.
struct EightSums {
  int32x4_t even = vdupq_n_s32(0);
  int32x4_t odd = vdupq_n_s32(0);

  [[gnu::always_inline]] void Add(int16x8_t products) {
    even = vaddq_s32(even, vmovlbq_s16(products));
    odd = vaddq_s32(odd, vmovltq_s16(products));
  }
};

// Eight output channels of one pixel.
struct ChannelBlock {
  std::ptrdiff_t input;   // the first of them reads that channel,
  uint16x8_t offsets;     // the others so much further
  const int8_t* weights;  // of the first tap
  std::ptrdiff_t step;    // to the next tap's
  mve_pred16_t live;
};

[[gnu::always_inline]] inline int16x8_t Products(const int8_t* x, const ChannelBlock& block,
                                                 const int8_t* w) {
  return vmulq_s16(vldrbq_gather_offset_z_s16(x + block.input, block.offsets, block.live),
                   vldrbq_z_s16(w, block.live));
}

// Two products fit 16 bits unless both are -128 * -128.
template <bool kPairs>
void AddTaps(const int8_t* const* taps, int32_t count, const ChannelBlock& block, EightSums& sums) {
  EightSums s = sums;
  const int8_t* w = block.weights;
  if constexpr (kPairs) {
    for (; count >= 2; count -= 2, taps += 2, w += 2 * block.step)
      s.Add(vaddq_s16(Products(taps[0], block, w), Products(taps[1], block, w + block.step)));
  }
  for (; count > 0; --count, ++taps, w += block.step) s.Add(Products(*taps, block, w));
  sums = s;
}

bool HasLeast(const int8_t* w, std::ptrdiff_t n) {
  int8_t least = 127;
  for (; n > 0; n -= 16, w += 16) {
    const mve_pred16_t live = vctp8q(static_cast<uint32_t>(n));
    least = vminvq_p_s8(least, vldrbq_z_s8(w, live), live);
  }
  return least == -128;
}

class DepthwiseRun {
 public:
  DepthwiseRun(const DepthwiseS8Params& p, const LayerS8& layer)
      : p_(p),
        layer_(layer),
        outputs_(p.channels * p.multiplier),
        taps_(p.window.y.kernel * p.window.x.kernel),
        pairs_(!HasLeast(layer.weights, std::ptrdiff_t{taps_} * outputs_)),
        requantizer_(layer.prepared, outputs_, p.output) {
    auto* zeros = reinterpret_cast<int8_t*>(layer.scratch);
    if (!device::IsInside(p.window))
      FillBytes(zeros, static_cast<int8_t>(p.input_zero), p.channels);
  }

  void Pixel(const int8_t* image, int32_t oy, int32_t ox, int8_t* output) const {
    const int8_t* taps[kMostTaps];
    if (taps_ <= kMostTaps) FindTaps(image, oy, ox, 0, taps_, taps);
    int32_t sums[kMostSums];
    for (int32_t begin = 0; begin < outputs_; begin += kMostSums) {
      const int32_t count = std::min(kMostSums, outputs_ - begin);
      for (int32_t c = 0; c < count; c += kLanes) {
        EightSums s;
        ChannelBlock block = BlockAt(begin + c);
        for (int32_t first = 0; first < taps_; first += kMostTaps) {
          const int32_t some = std::min(kMostTaps, taps_ - first);
          if (taps_ > kMostTaps) FindTaps(image, oy, ox, first, some, taps);
          if (pairs_) {
            AddTaps<true>(taps, some, block, s);
          } else {
            AddTaps<false>(taps, some, block, s);
          }
          block.weights += some * block.step;
        }
        int32_t* to = sums + c;
        asm("" : "+r"(to));  // as requantize_helium.cc says of loads
        const int32x4x2_t both = {{s.even, s.odd}};
        vst2q_s32(to, both);
      }
      requantizer_.Finish(sums, 1, begin, count, output + begin, 0);
    }
  }

 private:
  // Where the inputs of `count` taps from `first` on begin.
  void FindTaps(const int8_t* image, int32_t oy, int32_t ox, int32_t first, int32_t count,
                const int8_t** taps) const {
    const Axis& y = p_.window.y;
    const Axis& x = p_.window.x;
    const auto* zeros = reinterpret_cast<const int8_t*>(layer_.scratch);
    int32_t ky = first / x.kernel, kx = first % x.kernel;
    for (int32_t i = 0; i < count; ++i) {
      const int32_t iy = oy * y.stride - y.pad + ky * y.dilation;
      const int32_t ix = ox * x.stride - x.pad + kx * x.dilation;
      const bool inside = iy >= 0 && iy < y.input && ix >= 0 && ix < x.input;
      taps[i] = inside ? image + (std::ptrdiff_t{iy} * x.input + ix) * p_.channels : zeros;
      if (++kx == x.kernel) ++ky, kx = 0;
    }
  }

  ChannelBlock BlockAt(int32_t c) const {
    uint16x8_t lane = vidupq_n_u16(0, 1);
    if (p_.multiplier > 1) {
      uint16_t offsets[kLanes];
      for (int32_t i = 0; i < kLanes; ++i)
        offsets[i] = static_cast<uint16_t>((c % p_.multiplier + i) / p_.multiplier);
      lane = vldrhq_u16(offsets);
    }
    return {c / p_.multiplier, lane, layer_.weights + c, outputs_,
            vctp16q(static_cast<uint32_t>(outputs_ - c))};
  }

  const DepthwiseS8Params& p_;
  const LayerS8& layer_;
  int32_t outputs_;
  int32_t taps_;
  bool pairs_;
  Requantizer requantizer_;
};

}  // namespace

bool DepthwiseS8(const DepthwiseS8Params& p, const int8_t* input, const LayerS8& layer,
                 int8_t* output, Share share, const StopToken& stop) {
  if (share.index > 0) return true;
  const Window& window = p.window;
  const DepthwiseRun run(p, layer);
  const int32_t outputs = p.channels * p.multiplier;
  const int64_t work = int64_t{window.y.kernel} * window.x.kernel * outputs;
  const std::ptrdiff_t image_size = std::ptrdiff_t{window.y.input} * window.x.input * p.channels;
  WorkMeter meter(stop);
  if (device::HasWindows(p)) {
    const Requantizer requantizer(layer.prepared, outputs, p.output);
    const int32_t pixels = window.y.output * window.x.output;
    for (int32_t n = 0; n < window.batches && requantizer.scaling != Scaling::kAny; ++n) {
      if (!meter.Spend(work * pixels)) return false;
      RunDepthwiseWindows(p, layer, requantizer, input, output);
      input += image_size;
      output += std::ptrdiff_t{pixels} * outputs;
      if (n + 1 == window.batches) return true;
    }
  }
  for (int32_t n = 0; n < window.batches; ++n, input += image_size) {
    for (int32_t oy = 0; oy < window.y.output; ++oy) {
      for (int32_t ox = 0; ox < window.x.output; ++ox, output += outputs) {
        if (!meter.Spend(work)) return false;
        run.Pixel(input, oy, ox, output);
      }
    }
  }
  return true;
}

}  // namespace moonlet::mve
#endif
