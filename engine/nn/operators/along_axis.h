// engine/nn/operators/along_axis.h - tensors that are joined, or split, along one axis: as
// bytes each is a matrix with a row for every position before the axis.
#pragma once
#include <cstdint>

#include "engine/base/status.h"
#include "engine/nn/graph.h"

namespace moonlet {

// An axis from the file, negative ones from the end, as 0 .. rank - 1.
Status CheckAxis(int32_t axis, const ModelTensor& tensor, int* result);
// The type of `whole`, and its shape but for the length of the axis.
Status CheckPart(const char* role, const ModelTensor& part, const ModelTensor& whole, int axis);

// The matrix of a tensor. Requires whole bytes and 0 <= axis < rank.
uint32_t RowsBefore(const ModelTensor& tensor, int axis);
uint32_t RowBytes(const ModelTensor& tensor, int axis);

}  // namespace moonlet
