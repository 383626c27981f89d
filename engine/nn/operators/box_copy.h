// engine/nn/operators/box_copy.h - the step of operators that copy one box of elements, each
// side with steps of its own.
#pragma once
#include <cstdint>

#include "engine/kernels/strided_copy.h"
#include "engine/nn/analyze.h"
#include "engine/nn/prepare.h"

namespace moonlet {

static_assert(StridedCopy::kMaxRank >= kMaxModelRank);

// Bytes of one element. Requires a type of whole bytes.
int32_t ElementBytes(const ModelTensor& tensor);

// The bytes from one position of each axis of a row-major tensor to the next.
struct AxisSteps {
  explicit AxisSteps(const ModelTensor& tensor);
  int32_t operator[](int axis) const { return bytes[axis]; }

  int32_t bytes[kMaxModelRank] = {};
};

// Writes the step that copies `copy` from byte `first` of the input to the start of the
// output; none where the output can lie inside the input.
void WriteBoxCopy(const ModelTensor& input, int64_t first, const StridedCopy& copy,
                  const ModelTensor& output, StepWriter& writer);

}  // namespace moonlet
