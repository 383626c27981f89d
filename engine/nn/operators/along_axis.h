// engine/nn/operators/along_axis.h - tensors that are joined, or split, along one axis: as
// bytes each is a matrix with a row for every position before the axis.
#pragma once
#include <cstdint>

#include "engine/base/status.h"
#include "engine/nn/graph.h"
#include "engine/nn/prepare.h"

namespace moonlet {

// An axis from the file, negative ones from the end, as 0 .. rank - 1.
Status CheckAxis(int64_t axis, const ModelTensor& tensor, int* result);
// The type of `whole`, and its shape but for the length of the axis.
Status CheckPart(const char* role, const ModelTensor& part, const ModelTensor& whole, int axis);

// The rows of a tensor's matrix. Requires 0 <= axis <= rank.
uint32_t RowsBefore(const ModelTensor& tensor, int axis);

// Writes the step that puts the rows of all inputs side by side, as those of the output. What
// can lie inside the other side is not copied.
void WriteJoin(const Node& node, uint32_t rows, StepWriter& writer);
// Writes the step that cuts the rows of `whole`, an input, into those of all outputs, in the
// same way.
void WriteSplit(const Node& node, const ModelTensor& whole, uint32_t rows, StepWriter& writer);

}  // namespace moonlet
