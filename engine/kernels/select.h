// engine/kernels/select.h - SELECT_V2: each element from one of two tensors, as a third one
// says, all broadcast against each other. Stopping as engine/kernels/conv.h says.
#pragma once
#include <cstdint>
#include <span>

#include "engine/base/stop_token.h"

namespace moonlet {

// The joint shape of the condition and both tensors, with neighbouring axes that step alike
// merged into one. Strides count elements; 0 repeats.
struct SelectParams {
  static constexpr int kMaxRank = 8;

  struct Axis {
    int32_t length;
    int32_t strides[3];  // of the condition, and of the tensors where it holds and where not
  };
  int32_t rank = 0;
  Axis axes[kMaxRank] = {};  // the innermost first
};

// False when the shapes do not fit each other, have more than kMaxRank axes, or the joint
// size does not fit int32. `shape` takes the joint shape, as long as the longest of them.
[[nodiscard]] bool MakeSelect(const std::span<const int32_t> (&shapes)[3], SelectParams* p,
                              int32_t* shape);

// Any byte of the condition but 0 is true. Elements of 1, 2, 4 or 8 bytes, at any address.
[[nodiscard]] bool Select(const SelectParams& p, int32_t element_bytes, const uint8_t* condition,
                          const uint8_t* x, const uint8_t* y, uint8_t* output,
                          const StopToken& stop);

}  // namespace moonlet
