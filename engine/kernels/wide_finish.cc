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

// RescaleWide as most channels need it.
static int32_t ShiftRight(int64_t sum, int32_t factor, int32_t shift) {
  const uint64_t product = static_cast<uint64_t>(sum) * static_cast<uint32_t>(factor);
  return static_cast<int32_t>(static_cast<int64_t>(product + (uint64_t{1} << (shift - 1))) >>
                              shift);
}

void scalar::FinishWide(const WideFinish& f, const int64_t* sums, int32_t n, int16_t* output) {
  const OutputS16 to = f.output;
  for (int32_t i = 0; f.plain && i < n; ++i) {
    const int32_t scaled = ShiftRight(WrapAdd64(sums[i], f.bias[i]), f.factor[i], f.shift[i]);
    const int32_t value = WrapAdd(scaled, to.zero);
    output[i] = static_cast<int16_t>(value < to.min ? to.min : to.max < value ? to.max : value);
  }
  for (int32_t i = 0; !f.plain && i < n; ++i)
    output[i] = FinishS16(WrapAdd64(sums[i], f.bias[i]), f.scale[i], f.output);
}

}  // namespace moonlet
