// engine/nn/operators/indices.h - the checks of operators that take indices into a tensor.
#pragma once
#include "engine/base/status.h"
#include "engine/kernels/gather.h"
#include "engine/nn/graph.h"
#include "engine/nn/step.h"

namespace moonlet {

// What to say of an index beyond its axis.
Status RefusedIndex(const OutsideIndex& outside);
// Ends a step whose kernel was stopped, or met an index beyond its axis.
bool EndOfIndexing(bool finished, const OutsideIndex& outside, const RunContext& run);

// Of constant indices: all are in 0 .. length - 1.
Status CheckConstantIndices(const ModelTensor& indices, int32_t length);

// Indices whose last axis holds a position for each of the leading axes of `tensor`, which
// become the tuple, with steps in bytes. Checks their type, depth and, of constants, values.
Status MakeIndexTuple(const ModelTensor& indices, const ModelTensor& tensor, IndexTuple* tuple);

}  // namespace moonlet
