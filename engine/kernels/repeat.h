// engine/kernels/repeat.h - one block of bytes again and again, and TILE: a tensor repeated
// along each of its axes, of which BROADCAST_TO repeats those of length 1. Stopping as
// engine/kernels/conv.h says.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>

#include "engine/base/stop_token.h"
#include "engine/kernels/work_meter.h"

namespace moonlet {

// Writes what lies in the first `bytes` at `data` times - 1 times more behind it. Requires
// bytes >= 1 and times >= 1.
[[nodiscard]] bool RepeatBytes(uint8_t* data, size_t bytes, size_t times, WorkMeter& meter);

// One axis: its positions, how often they are repeated, and the bytes from one to the next
// in the input and in the output.
struct TiledAxis {
  int32_t length = 0;
  int32_t times = 0;
  int32_t from = 0;
  int32_t to = 0;
};

struct TileParams {
  static constexpr int kMaxRank = 8;

  int32_t run = 0;  // bytes that stay together
  int32_t rank = 0;
  TiledAxis axes[kMaxRank] = {};  // the outermost first
};

// Requires lengths.size() == times.size() <= TileParams::kMaxRank, all of them at least 1,
// and an output below 2 GiB.
TileParams MakeTile(std::span<const int32_t> lengths, std::span<const int32_t> times,
                    int32_t element_bytes);
[[nodiscard]] bool Tile(const TileParams& p, const uint8_t* input, uint8_t* output,
                        const StopToken& stop);

}  // namespace moonlet
