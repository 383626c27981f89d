// engine/npu/compiler/lower/lower.h - the operators that the unit takes, a family per file.
//
// Each function requires that the CPU could run the operator, so its shapes and types agree, and
// gives kUnsupported with the reason when the unit cannot.
#pragma once
#include "engine/base/status.h"
#include "engine/nn/graph.h"
#include "engine/npu/compiler/lowering.h"

namespace moonlet::npu {

// Whether there is a function for the operator and its first tensors are int8.
Status CheckLowerable(const Node& node);
// Adds the operator's steps. Requires that it is lowerable.
Status Lower(const Node& node, Lowering& lowering);

// Whether the operator takes and makes this tensor by rows, columns and channels, not as a
// list of its elements.
bool KeepsExtents(const Node& node, const ModelTensor& tensor);
// What PAD and PADV2 of rows and columns put around their input.
struct Border {
  int32_t top, bottom, left, right;
  int32_t value;
};
Status ReadBorder(const Node& node, Border* border);
// Whether the operator is mere bookkeeping: no steps, the same bytes.
bool OnlyReshapes(const Node& node);

// A step that copies bytes: a 1 x 1 average.
Status AddCopy(const Node& node, const Feature& from, const Feature& to, Lowering& lowering);

Status LowerConv(const Node& node, Lowering& lowering);
Status LowerDepthwise(const Node& node, Lowering& lowering);
Status LowerFullyConnected(const Node& node, Lowering& lowering);
Status LowerTransposeConv(const Node& node, Lowering& lowering);
Status LowerPool(const Node& node, Lowering& lowering);
Status LowerMean(const Node& node, Lowering& lowering);
Status LowerElementwise(const Node& node, Lowering& lowering);
Status LowerTable(const Node& node, Lowering& lowering);
Status LowerReshape(const Node& node, Lowering& lowering);
Status LowerConcatenation(const Node& node, Lowering& lowering);
Status LowerPad(const Node& node, Lowering& lowering);
Status LowerResize(const Node& node, Lowering& lowering);
Status LowerSlice(const Node& node, Lowering& lowering);
Status LowerSoftmax(const Node& node, Lowering& lowering);

}  // namespace moonlet::npu
