// engine/kernels/channel_finish.h - from the sums of some output channels to int16 outputs, at one
// pixel after the other. Sums are int64; Sum says how wide the operator has them.
#pragma once
#include <cstdint>

#include "engine/kernels/integer_loops.h"
#include "engine/kernels/offset_dot.h"
#include "engine/kernels/wide_finish.h"

namespace moonlet {

template <typename Sum>
class ChannelFinish;

template <>
class ChannelFinish<int64_t> {
 public:
  // Of at most kWideChannels channels from `c` on. Bias is int64_t or int16_t.
  template <typename Bias>
  ChannelFinish(Unaligned<Bias> bias, const ChannelScales& scales, int32_t c, int32_t count,
                const OutputS16& output)
      : finish_(MakeWideFinish(bias, scales, c, count, output)),
        count_(count),
        loop_(BestIntegerLoops().finish_wide) {}
  // `sums` has room for kWideChannels.
  void operator()(const int64_t* sums, int16_t* output) const {
    loop_(finish_, sums, count_, output);
  }

 private:
  WideFinish finish_;
  int32_t count_;
  decltype(IntegerLoops::finish_wide) loop_;
};

template <>
class ChannelFinish<int32_t> {
 public:
  ChannelFinish(Unaligned<int32_t> bias, const ChannelScales& scales, int32_t c, int32_t count,
                const OutputS16& output)
      : count_(count), output_(output) {
    for (int32_t i = 0; i < count; ++i) {
      bias_[i] = bias ? bias[c + i] : 0;
      scales_[i] = scales[c + i];
    }
  }
  void operator()(const int64_t* sums, int16_t* output) const {
    for (int32_t i = 0; i < count_; ++i) {
      const int32_t sum = scalar::Accumulate(bias_[i], sums[i]);
      output[i] = scalar::FinishS16(sum, scales_[i], output_);
    }
  }

 private:
  int32_t bias_[kWideChannels];
  Multiplier scales_[kWideChannels];
  int32_t count_;
  OutputS16 output_;
};

}  // namespace moonlet
