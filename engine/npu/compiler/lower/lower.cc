#include "engine/npu/compiler/lower/lower.h"

namespace moonlet::npu {
namespace {

using tflite::BuiltinOperator;

struct LowerEntry {
  BuiltinOperator code;
  Status (*lower)(const Node& node, Lowering& lowering);
};

constexpr LowerEntry kLowerEntries[] = {
    {BuiltinOperator::CONV_2D, LowerConv},
    {BuiltinOperator::DEPTHWISE_CONV_2D, LowerDepthwise},
    {BuiltinOperator::FULLY_CONNECTED, LowerFullyConnected},
    {BuiltinOperator::TRANSPOSE_CONV, LowerTransposeConv},
    {BuiltinOperator::AVERAGE_POOL_2D, LowerPool},
    {BuiltinOperator::MAX_POOL_2D, LowerPool},
    {BuiltinOperator::MEAN, LowerMean},
    {BuiltinOperator::SUM, LowerMean},
    {BuiltinOperator::ADD, LowerElementwise},
    {BuiltinOperator::SUB, LowerElementwise},
    {BuiltinOperator::MUL, LowerElementwise},
    {BuiltinOperator::MAXIMUM, LowerElementwise},
    {BuiltinOperator::MINIMUM, LowerElementwise},
    {BuiltinOperator::RELU, LowerTable},
    {BuiltinOperator::RELU6, LowerTable},
    {BuiltinOperator::RELU_N1_TO_1, LowerTable},
    {BuiltinOperator::RELU_0_TO_1, LowerTable},
    {BuiltinOperator::LEAKY_RELU, LowerTable},
    {BuiltinOperator::LOGISTIC, LowerTable},
    {BuiltinOperator::TANH, LowerTable},
    {BuiltinOperator::HARD_SWISH, LowerTable},
    {BuiltinOperator::ELU, LowerTable},
    {BuiltinOperator::GELU, LowerTable},
    {BuiltinOperator::EXP, LowerTable},
    {BuiltinOperator::SQRT, LowerTable},
    {BuiltinOperator::RSQRT, LowerTable},
    {BuiltinOperator::ABS, LowerTable},
    {BuiltinOperator::QUANTIZE, LowerTable},
    {BuiltinOperator::RESHAPE, LowerReshape},
    {BuiltinOperator::SQUEEZE, LowerReshape},
    {BuiltinOperator::EXPAND_DIMS, LowerReshape},
    {BuiltinOperator::CONCATENATION, LowerConcatenation},
    {BuiltinOperator::PAD, LowerPad},
    {BuiltinOperator::PADV2, LowerPad},
    {BuiltinOperator::RESIZE_NEAREST_NEIGHBOR, LowerResize},
    {BuiltinOperator::SLICE, LowerSlice},
    {BuiltinOperator::STRIDED_SLICE, LowerSlice},
    {BuiltinOperator::SOFTMAX, LowerSoftmax},
};

const LowerEntry* FindEntry(const Node& node) {
  for (const LowerEntry& entry : kLowerEntries)
    if (entry.code == node.code()) return &entry;
  return nullptr;
}

// QUANTIZE alone takes unsigned bytes, and makes them.
Status CheckBytes(const Node& node, const char* role, const ModelTensor& tensor) {
  if (node.code() == BuiltinOperator::QUANTIZE && tensor.type() == tflite::TensorType::UINT8)
    return Status();
  if (tensor.type() == tflite::TensorType::INT8) return Status();
  return Status::Unsupported("its %s is %s, expected int8", role, moonlet::NameOf(tensor.type()));
}

}  // namespace

bool OnlyReshapes(const Node& node) {
  return node.code() == BuiltinOperator::RESHAPE || node.code() == BuiltinOperator::SQUEEZE ||
         node.code() == BuiltinOperator::EXPAND_DIMS;
}

bool KeepsExtents(const Node& node, const ModelTensor& tensor) {
  switch (node.code()) {
    case BuiltinOperator::RESHAPE:
    case BuiltinOperator::SQUEEZE:
    case BuiltinOperator::EXPAND_DIMS:
    case BuiltinOperator::SLICE:
    case BuiltinOperator::STRIDED_SLICE:
    case BuiltinOperator::SOFTMAX:
    case BuiltinOperator::FULLY_CONNECTED:
      return false;
    case BuiltinOperator::CONCATENATION: {
      // Slices of channels would have to begin at bricks.
      const int axis = node.table().builtin_options_as_ConcatenationOptions()->axis();
      if (axis != tensor.rank() - 1 && axis != -1) return false;
      for (int k = 0; k < node.inputs(); ++k)
        if (node.input(k).dim(tensor.rank() - 1) % 16 != 0) return false;
      return true;
    }
    default:
      return true;
  }
}

Status CheckLowerable(const Node& node) {
  if (FindEntry(node) == nullptr)
    return Status::Unsupported("the NPU has no %s", PrintableName(node.name()).text);
  if (!node.has_input(0) || node.outputs() == 0)
    return Status::Unsupported("it has no input or no output");
  for (int k = 0; k < node.inputs(); ++k)
    if (node.has_input(k) && node.input(k).variable())
      return Status::Unsupported("it reads a variable");
  // The first input of TRANSPOSE_CONV is a shape, which nobody reads.
  const bool transposed = node.code() == BuiltinOperator::TRANSPOSE_CONV;
  if (transposed && (!node.has_input(2) || !node.input(0).constant()))
    return Status::Unsupported("its output shape is no constant");
  Status s = CheckBytes(node, "input", node.input(transposed ? 2 : 0));
  return s.ok() ? CheckBytes(node, "output", node.output(0)) : s;
}

Status Lower(const Node& node, Lowering& lowering) {
  return FindEntry(node)->lower(node, lowering);
}

}  // namespace moonlet::npu
