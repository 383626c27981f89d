// engine/nn/checks.h - the questions every Prepare asks, with answers that name the
// tensor, what was found and what was expected. Messages count operators, inputs, outputs,
// axes and channels from 1, as scripts do; a tensor's number is its index in the file.
#pragma once
#include <cstdint>
#include <span>

#include "engine/base/status.h"
#include "engine/kernels/activation.h"
#include "engine/kernels/window.h"
#include "engine/nn/graph.h"

namespace moonlet {

// "filter (tensor 5 'conv/w')": how messages speak of a tensor.
struct TensorLabel {
  TensorLabel(const char* role, const ModelTensor& tensor);
  char text[64];
};
// "{1, 49, 10, 8}"
struct DimsText {
  explicit DimsText(std::span<const int32_t> shape);
  char text[104];
};

// At least `least` and at most `most` inputs, the first `least` of them given, and one
// output.
Status CheckCounts(const Node& node, int least, int most);
Status CheckType(const char* role, const ModelTensor& tensor, tflite::TensorType expected);
Status CheckRank(const char* role, const ModelTensor& tensor, int expected);
Status CheckShape(const char* role, const ModelTensor& tensor, std::span<const int32_t> expected);
// Exactly one scale and zero point.
Status CheckQuantized(const char* role, const ModelTensor& tensor);
// The same of an output; gives its zero point and the range of its activation.
Status CheckOutputS8(const ModelTensor& output, Activation activation, OutputS8* range);
Status CheckOutputS16(const ModelTensor& output, Activation activation, OutputS16* range);
// The same of an operator's first output, with what it clamps besides (Node::clamp). Those that
// use it are those that rewriting gives a clamp: TakesClamp (rewrite.h).
Status CheckOutputS8(const Node& node, Activation activation, OutputS8* range);
Status CheckOutputS16(const Node& node, Activation activation, OutputS16* range);
// No zero point but 0.
Status CheckSymmetric(const char* role, const ModelTensor& tensor);
// No scale: the integers are the numbers.
Status CheckUnquantized(const char* role, const ModelTensor& tensor);
Status CheckConstant(const char* role, const ModelTensor& tensor);
// Memory of the operator, kept from run to run.
Status CheckVariable(const char* role, const ModelTensor& tensor);
// Constants of activations are read as arrays of their type, so they must lie at a
// multiple of its size.
Status CheckAligned(const char* role, const ModelTensor& tensor);

// A fused activation or padding from the file, where any byte may stand.
Status CheckActivation(tflite::ActivationFunctionType type, Activation* activation);
Status CheckPadding(tflite::Padding padding, Padding* result);

// What to say when an operator lacks the options that go with its code.
Status MissingOptions();

}  // namespace moonlet
