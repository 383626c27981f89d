#include "engine/kernels/channel_constants.h"

#include "engine/kernels/weight_sum.h"

namespace moonlet {

void MakeChannelConstants(const FilterS8& filter, int32_t channels, const ChannelWeights& at,
                          int32_t input_zero, int32_t weights_zero, uint8_t* prepared) {
  auto* bias = reinterpret_cast<int32_t*>(prepared);
  int32_t* multiplier = bias + channels;
  auto* shift = reinterpret_cast<int8_t*>(multiplier + channels);
  for (int32_t c = 0; c < channels; ++c) {
    const int8_t* w = filter.weights + c * at.next;
    int32_t sum = 0;
    if (input_zero != 0)
      sum = WrapSub(WeightSum(w, at.count, at.step),
                    WrapMul(static_cast<int32_t>(at.count), weights_zero));
    bias[c] = WrapSub(filter.bias ? filter.bias[c] : 0, WrapMul(input_zero, sum));
    const Multiplier m = filter.scales[c];
    multiplier[c] = m.value;
    shift[c] = m.shift;
  }
}

}  // namespace moonlet
