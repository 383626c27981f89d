// engine/kernels/signal_filter_bank.h - the energies of a spectrum gathered in overlapping
// triangular channels, and their square roots.
#pragma once
#include <cstdint>
#include <span>

#include "engine/base/stop_token.h"
#include "engine/kernels/unaligned.h"

namespace moonlet {

// Between the centres of two neighbouring channels a band of bins falls away from the
// lower one (unweights) and rises to the upper one (weights).
struct FilterBand {
  uint16_t first_bin;
  uint16_t first_weight;
  uint16_t bins;
};

// One output fewer than bands: output[i] is band i falling and band i + 1 rising, modulo
// 2^64. Requires two bands or more.
[[nodiscard]] bool FilterBankU32(std::span<const FilterBand> bands, const uint32_t* energy,
                                 Unaligned<int16_t> weights, Unaligned<int16_t> unweights,
                                 uint64_t* output, const StopToken& stop);

// The square root to nearest; 65535 at most below 2^32, 2^32 - 1 at most above.
uint32_t RoundedRoot(uint64_t x);

}  // namespace moonlet
