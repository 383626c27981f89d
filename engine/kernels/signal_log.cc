#include "engine/kernels/signal_log.h"

#include <algorithm>
#include <bit>

namespace moonlet {
namespace {

// log2(1 + i/128) - i/128 in units of 2^-16.
constexpr uint16_t kLogTable[129] = {
    0,    224,  442,  654,  861,  1063, 1259, 1450, 1636, 1817, 1992, 2163, 2329, 2490, 2646,
    2797, 2944, 3087, 3224, 3358, 3487, 3611, 3732, 3848, 3960, 4068, 4172, 4272, 4368, 4460,
    4549, 4633, 4714, 4791, 4864, 4934, 5001, 5063, 5123, 5178, 5231, 5280, 5326, 5368, 5408,
    5444, 5477, 5507, 5533, 5557, 5578, 5595, 5610, 5622, 5631, 5637, 5640, 5641, 5638, 5633,
    5626, 5615, 5602, 5586, 5568, 5547, 5524, 5498, 5470, 5439, 5406, 5370, 5332, 5291, 5249,
    5203, 5156, 5106, 5054, 5000, 4944, 4885, 4825, 4762, 4697, 4630, 4561, 4490, 4416, 4341,
    4264, 4184, 4103, 4020, 3935, 3848, 3759, 3668, 3575, 3481, 3384, 3286, 3186, 3084, 2981,
    2875, 2768, 2659, 2549, 2437, 2323, 2207, 2090, 1971, 1851, 1729, 1605, 1480, 1353, 1224,
    1094, 963,  830,  695,  559,  421,  282,  142,  0};

// log2(x) in units of 2^-16. The reference adds the part between two entries of the table
// shifted by 16 bits in place of 9: next to nothing, and so is its result.
uint32_t Log2(uint32_t x) {
  const int whole = std::bit_width(x) - 1;
  const uint32_t rest = x - (uint32_t{1} << whole);
  const auto fraction =
      static_cast<int32_t>(whole < 16 ? rest << (16 - whole) : rest >> (whole - 16));
  const int32_t entry = fraction >> 9;
  const int32_t step = kLogTable[entry + 1] - kLogTable[entry];
  const int32_t between = (step * (fraction - entry * 512)) >> 16;
  return static_cast<uint32_t>((whole << 16) + fraction + kLogTable[entry] + between);
}

uint32_t ScaledLog(uint32_t x, uint32_t scale) {
  if (x <= 1) return 0;
  constexpr uint64_t kLogOf2 = 45426;  // log(2) in units of 2^-16
  const auto natural = static_cast<uint32_t>((kLogOf2 * Log2(x) + 32768) >> 16);
  return (scale * natural + 32768) >> 16;
}

}  // namespace

void LogU32(const uint32_t* input, int32_t channels, int correction_bits, uint32_t scale,
            int16_t* output) {
  for (int32_t i = 0; i < channels; ++i) {
    const uint32_t result = ScaledLog(input[i] << correction_bits, scale);
    output[i] = static_cast<int16_t>(std::min(result, uint32_t{32767}));
  }
}

}  // namespace moonlet
