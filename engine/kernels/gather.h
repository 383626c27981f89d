// engine/kernels/gather.h - slices of a tensor picked by indices: GATHER along one axis, of
// which EMBEDDING_LOOKUP is the first one, and GATHER_ND by the leading axes together.
// Each index is looked at before it is used, since models compute them. Stopping as
// engine/kernels/conv.h says.
#pragma once
#include <cstdint>

#include "engine/base/stop_token.h"
#include "engine/kernels/integer_array.h"

namespace moonlet {

// An index beyond its axis; there is one when `length` is not 0.
struct OutsideIndex {
  int64_t value = 0;
  int64_t position = 0;  // among the indices
  int32_t length = 0;    // of the axis
};

// The first of `count` indices that is not in 0 .. length - 1.
OutsideIndex FindOutside(const IntegerArray& indices, int64_t count, int32_t length);

// The input is {batches, outer, length, slice}, the indices are {batches, indices}, the
// output is {batches, outer, indices, slice}.
struct GatherParams {
  int32_t batches = 0;
  int32_t outer = 0;
  int32_t length = 0;
  int32_t indices = 0;
  int32_t slice_bytes = 0;
};

// False when stopped, or at an outside index.
[[nodiscard]] bool Gather(const GatherParams& p, const uint8_t* input, const IntegerArray& indices,
                          uint8_t* output, const StopToken& stop, OutsideIndex* outside);

// Where a tuple of `depth` indices leads: one per leading axis of a tensor.
struct IndexTuple {
  static constexpr int kMaxDepth = 8;

  int32_t depth = 0;
  int32_t lengths[kMaxDepth] = {};
  int32_t steps[kMaxDepth] = {};  // from one position to the next, in elements or bytes

  // The sum of index * step of tuple `i`. False at an outside index.
  bool Find(const IntegerArray& indices, int64_t i, int64_t* at, OutsideIndex* outside) const;
};

struct GatherNdParams {
  IndexTuple tuple;  // steps in bytes
  int32_t tuples = 0;
  int32_t slice_bytes = 0;
};

[[nodiscard]] bool GatherNd(const GatherNdParams& p, const uint8_t* input,
                            const IntegerArray& indices, uint8_t* output, const StopToken& stop,
                            OutsideIndex* outside);

}  // namespace moonlet
