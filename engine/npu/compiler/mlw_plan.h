// engine/npu/compiler/mlw_plan.h - how to write weights in few bits: a palette, and slices with a
// mode each. What the fields mean is in engine/npu/mlw.h.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace moonlet::npu {

// A weight as the stream writes it: the sign below the magnitude.
uint32_t MlwValue(int16_t weight);
inline constexpr uint32_t kMlwValues = 512;
// Symbols of a slice.
inline constexpr size_t kMaxMlwSymbols = 32768;

struct MlwPalette {
  std::vector<uint32_t> entries;  // values, at most 32; not a single one
  uint32_t direct_offset = 0;     // values from it on have indices behind the entries
  int bits = 2;                   // of an entry; of a symbol when there are no entries

  // Of an uncompressed symbol.
  int plain_width() const;
  // For each value its index, or kMlwNoIndex.
  std::vector<uint32_t> Indices() const;
};
inline constexpr uint32_t kMlwNoIndex = UINT32_MAX;

struct MlwMode {
  int8_t divisor = 0;      // 0 to 5
  bool truncated = false;  // quotients are at most 2
  bool uncompressed = false;
  int8_t run_divisor = -1;  // 0 to 3; -1: zeros are symbols
  bool has_runs() const { return run_divisor >= 0; }
};

struct MlwSlice {
  size_t begin = 0;  // of the weights
  size_t end = 0;
  MlwMode mode;
};

// Slices that share a palette, the first one with runs up to its first symbol.
struct MlwSection {
  MlwPalette palette;
  std::vector<MlwSlice> slices;
};

// Palettes worth trying.
std::vector<MlwPalette> CandidatePalettes(std::span<const int16_t> weights);
// The slices that take the fewest bits with this palette. Empty when it has not all weights.
// Requires weights.
std::vector<MlwSlice> PlanSlices(std::span<const int16_t> weights, const MlwPalette& palette);

}  // namespace moonlet::npu
