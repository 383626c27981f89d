// engine/kernels/where.h - WHERE: where the elements of a tensor are not zero, row-major.
// Zeros of both signs, and denormals, are zero; a NaN is not. Stopping as
// engine/kernels/conv.h says.
#pragma once
#include <cstdint>

#include "engine/base/stop_token.h"

namespace moonlet {

struct WhereParams {
  static constexpr int kMaxRank = 8;

  uint64_t mask = 0;  // the bits that one element has, if it is not zero, some of
  int32_t element_bytes = 0;
  int32_t rank = 0;  // at least 1
  int32_t lengths[kMaxRank] = {};
  int32_t count = 0;  // of the rows of the output, at most
  int32_t unused = 0;
};

// How many elements are not zero.
int64_t CountNonzero(const WhereParams& p, const uint8_t* input);
// Writes {count, rank} positions.
[[nodiscard]] bool FindNonzero(const WhereParams& p, const uint8_t* input, int64_t* output,
                               const StopToken& stop);

}  // namespace moonlet
