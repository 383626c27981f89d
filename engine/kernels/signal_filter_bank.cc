#include "engine/kernels/signal_filter_bank.h"

#include <algorithm>

#include "engine/kernels/work_meter.h"

namespace moonlet {
namespace {

uint64_t WeightedSum(const FilterBand& band, const uint32_t* energy, Unaligned<int16_t> weights) {
  uint64_t sum = 0;
  for (int32_t i = 0; i < band.bins; ++i)
    sum +=
        static_cast<uint64_t>(int64_t{weights[band.first_weight + i]}) * energy[band.first_bin + i];
  return sum;
}

}  // namespace

bool FilterBankU32(std::span<const FilterBand> bands, const uint32_t* energy,
                   Unaligned<int16_t> weights, Unaligned<int16_t> unweights, uint64_t* output,
                   const StopToken& stop) {
  WorkMeter meter(stop);
  uint64_t falling = 0;
  for (size_t i = 0; i < bands.size(); ++i) {
    if (!meter.Spend(2 * bands[i].bins)) return false;
    if (i > 0) output[i - 1] = falling + WeightedSum(bands[i], energy, weights);
    falling = WeightedSum(bands[i], energy, unweights);
  }
  return true;
}

uint32_t RoundedRoot(uint64_t x) {
  uint64_t root = 0;
  for (uint64_t bit = uint64_t{1} << 31; bit > 0; bit >>= 1)
    if ((root + bit) * (root + bit) <= x) root += bit;
  if (x - root * root > root) ++root;
  const uint64_t most = x >> 32 == 0 ? 0xFFFF : 0xFFFFFFFF;
  return static_cast<uint32_t>(std::min(root, most));
}

}  // namespace moonlet
