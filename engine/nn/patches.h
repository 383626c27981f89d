// engine/nn/patches.h - running a chain of layers a band of rows at a time, so that nothing
// between its first input and its last output is ever in memory as a whole.
//
// Each band of the last output needs some rows of the layer before, these some of the one
// before that, and so on; where bands need the same rows, each computes them anew. That is what
// it costs. Results are the same: a layer on some rows gives the bytes that it gives on all
// (patch-based inference as in MCUNetV2, Lin et al. 2021, in one dimension).
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>

#include "engine/base/padding.h"
#include "engine/kernels/window.h"
#include "engine/nn/step.h"

namespace moonlet {

// A layer of a chain: how its rows depend on those of its input, and the bytes of each.
struct PatchLink {
  Axis y;
  uint32_t input_row;
  uint32_t output_row;
};

inline constexpr int kMostPatchLinks = 16;

// The rows that each link of a chain reads and writes in one of `bands` bands. Between links
// the rows lie at the begin of their tensor's memory. Requires as many `rows` as links.
void RowsOfBand(std::span<const PatchLink> links, int bands, int band, std::span<RowBand> rows);

// What a chain in so many bands takes: per link the bytes of its output in memory, of the last
// one all rows; and the output rows it computes in all bands together.
struct PatchLoad {
  uint32_t output_bytes;
  int32_t rows;
};
void LoadOfBands(std::span<const PatchLink> links, int bands, std::span<PatchLoad> loads);

// The step of a chain. Its links follow, then its layers' steps.
struct alignas(8) PatchRecord {
  uint16_t links;
  uint16_t bands;
  uint32_t unused;

  std::span<const PatchLink> list() const {
    return {reinterpret_cast<const PatchLink*>(this + 1), links};
  }
  // Of the record without its steps, which are aligned as it is.
  static size_t Bytes(size_t links) {
    return (sizeof(PatchRecord) + links * sizeof(PatchLink) + 7) / 8 * 8;
  }
};
static_assert(kHasNoPadding<PatchLink> && kHasNoPadding<PatchRecord>);
// A RunStep.
bool RunPatches(const void* record, const RunContext& run);

}  // namespace moonlet
