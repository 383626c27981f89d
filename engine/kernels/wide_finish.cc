#include "engine/kernels/wide_finish.h"

#include "engine/kernels/offset_dot.h"

namespace moonlet {

template <typename Bias>
WideFinish MakeWideFinish(Unaligned<Bias> bias, const ChannelScales& scales, int32_t c,
                          int32_t count, const OutputS16& output) {
  WideFinish f = {};
  f.plain = true;
  f.output = output;
  for (int32_t i = 0; i < kWideChannels; ++i) {
    f.shift[i] = 1;
    if (i >= count) continue;
    const Multiplier m = scales[c + i];
    f.bias[i] = bias ? bias[c + i] : Bias{0};
    f.scale[i] = m;
    f.factor[i] = m.value < 0x7FFF0000 ? (m.value + 0x8000) >> 16 : 0x7FFF;
    f.shift[i] = 15 - m.shift;
    f.plain = f.plain && f.factor[i] >= 0 && f.shift[i] >= 1;
  }
  return f;
}
template WideFinish MakeWideFinish(Unaligned<int64_t>, const ChannelScales&, int32_t, int32_t,
                                   const OutputS16&);
template WideFinish MakeWideFinish(Unaligned<int16_t>, const ChannelScales&, int32_t, int32_t,
                                   const OutputS16&);

void scalar::FinishWide(const WideFinish& f, const int64_t* sums, int32_t n, int16_t* output) {
  for (int32_t i = 0; i < n; ++i)
    output[i] = FinishS16(WrapAdd64(sums[i], f.bias[i]), f.scale[i], f.output);
}

}  // namespace moonlet
