// engine/kernels/mirror_pad.h - MIRROR_PAD: a tensor inside a border that mirrors it. Stopping
// as engine/kernels/conv.h says.
#pragma once
#include <cstdint>
#include <span>

#include "engine/base/stop_token.h"

namespace moonlet {

// One axis: positions of the input, of the border on both sides, and the bytes from one
// position to the next in the input and in the output.
struct MirroredAxis {
  int32_t length = 0;
  int32_t before = 0;
  int32_t after = 0;
  int32_t from = 0;
  int32_t to = 0;
};

struct MirrorPadParams {
  static constexpr int kMaxRank = 8;

  int32_t run = 0;  // bytes that stay together
  int32_t rank = 0;
  int32_t edge = 0;  // 1: the mirror stands beside the first and last position; 0: behind them
  MirroredAxis axes[kMaxRank] = {};  // the outermost first
};

// Gives the axes their steps and joins those without a border at the inner end. Requires
// axes.size() <= MirrorPadParams::kMaxRank and borders of at most length - 1 + edge.
MirrorPadParams MakeMirrorPad(std::span<const MirroredAxis> axes, int32_t edge,
                              int32_t element_bytes);
[[nodiscard]] bool MirrorPad(const MirrorPadParams& p, const uint8_t* input, uint8_t* output,
                             const StopToken& stop);

}  // namespace moonlet
