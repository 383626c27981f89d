#include "engine/nn/checks.h"

#include <algorithm>
#include <cstdio>

namespace moonlet {
namespace {

Status TooSmallForActivation(const ModelTensor& output) {
  return Status::Invalid("%s has scale %g, too small for its activation",
                         TensorLabel("output", output).text, static_cast<double>(output.scale()));
}

}  // namespace

TensorLabel::TensorLabel(const char* role, const ModelTensor& tensor) {
  std::snprintf(text, sizeof(text), "%s (tensor %d '%s')", role, tensor.index(),
                PrintableName(tensor.name()).text);
}

DimsText::DimsText(std::span<const int32_t> shape) {
  size_t used = 0;
  text[used++] = '{';
  for (size_t i = 0; i < shape.size() && used < sizeof(text) - 16; ++i)
    used += static_cast<size_t>(
        std::snprintf(text + used, sizeof(text) - used, i > 0 ? ", %d" : "%d", shape[i]));
  text[used++] = '}';
  text[used] = '\0';
}

Status CheckCounts(const Node& node, int least, int most) {
  if (node.inputs() < least || node.inputs() > most)
    return Status::Invalid("%d inputs, expected %d to %d", node.inputs(), least, most);
  for (int k = 0; k < least; ++k)
    if (!node.has_input(k)) return Status::Invalid("input %d is left out", k + 1);
  if (node.outputs() != 1) return Status::Invalid("%d outputs, expected 1", node.outputs());
  return Status();
}

Status CheckType(const char* role, const ModelTensor& tensor, tflite::TensorType expected) {
  if (tensor.type() == expected) return Status();
  return Status::Unsupported("%s is %s, expected %s", TensorLabel(role, tensor).text,
                             NameOf(tensor.type()), NameOf(expected));
}

Status CheckRank(const char* role, const ModelTensor& tensor, int expected) {
  if (tensor.rank() == expected) return Status();
  return Status::Invalid("%s has shape %s, expected rank %d", TensorLabel(role, tensor).text,
                         DimsText(tensor.shape()).text, expected);
}

Status CheckShape(const char* role, const ModelTensor& tensor, std::span<const int32_t> expected) {
  if (std::ranges::equal(tensor.shape(), expected)) return Status();
  return Status::Invalid("%s has shape %s, expected %s", TensorLabel(role, tensor).text,
                         DimsText(tensor.shape()).text, DimsText(expected).text);
}

Status CheckQuantized(const char* role, const ModelTensor& tensor) {
  if (tensor.scales() == 1) return Status();
  return Status::Invalid("%s has %d scales, expected 1", TensorLabel(role, tensor).text,
                         tensor.scales());
}

Status CheckOutputS8(const ModelTensor& output, Activation activation, OutputS8* range) {
  if (Status s = CheckQuantized("output", output); !s.ok()) return s;
  if (MakeOutputS8(activation, output.scale(), output.zero_point(), range)) return Status();
  return TooSmallForActivation(output);
}

Status CheckOutputS16(const ModelTensor& output, Activation activation, OutputS16* range) {
  if (Status s = CheckQuantized("output", output); !s.ok()) return s;
  if (MakeOutputS16(activation, output.scale(), output.zero_point(), range)) return Status();
  return TooSmallForActivation(output);
}

namespace {

template <typename Output>
void Narrow(const ClampRange& clamp, Output* range) {
  range->min = static_cast<int16_t>(std::clamp<int32_t>(range->min, clamp.min, clamp.max));
  range->max = static_cast<int16_t>(std::clamp<int32_t>(range->max, clamp.min, clamp.max));
}

}  // namespace

Status CheckOutputS8(const Node& node, Activation activation, OutputS8* range) {
  const Status s = CheckOutputS8(node.output(0), activation, range);
  if (s.ok()) Narrow(node.clamp(), range);
  return s;
}

Status CheckOutputS16(const Node& node, Activation activation, OutputS16* range) {
  const Status s = CheckOutputS16(node.output(0), activation, range);
  if (s.ok()) Narrow(node.clamp(), range);
  return s;
}

Status CheckSymmetric(const char* role, const ModelTensor& tensor) {
  if (tensor.zero_point() == 0) return Status();
  return Status::Invalid("%s has zero point %d, expected 0", TensorLabel(role, tensor).text,
                         tensor.zero_point());
}

Status CheckUnquantized(const char* role, const ModelTensor& tensor) {
  if (!tensor.quantized()) return Status();
  return Status::Unsupported("%s has a scale, expected none", TensorLabel(role, tensor).text);
}

Status CheckConstant(const char* role, const ModelTensor& tensor) {
  if (tensor.constant()) return Status();
  return Status::Unsupported("%s is computed, expected a constant", TensorLabel(role, tensor).text);
}

Status CheckVariable(const char* role, const ModelTensor& tensor) {
  if (tensor.variable()) return Status();
  return Status::Invalid("%s is not a variable", TensorLabel(role, tensor).text);
}

Status CheckAligned(const char* role, const ModelTensor& tensor) {
  const auto size = static_cast<uintptr_t>(BitsOf(tensor.type()) / 8);
  if (!tensor.constant() || size <= 1) return Status();
  if (reinterpret_cast<uintptr_t>(tensor.data().data()) % size == 0) return Status();
  return Status::Unsupported("%s does not lie at a multiple of %d in the file",
                             TensorLabel(role, tensor).text, static_cast<int>(size));
}

Status CheckActivation(tflite::ActivationFunctionType type, Activation* activation) {
  if (type < tflite::ActivationFunctionType::MIN || type > tflite::ActivationFunctionType::MAX)
    return Status::Invalid("fused activation %d does not exist", static_cast<int>(type));
  *activation = static_cast<Activation>(type);
  return Status();
}

Status CheckPadding(tflite::Padding padding, Padding* result) {
  if (padding < tflite::Padding::MIN || padding > tflite::Padding::MAX)
    return Status::Invalid("padding %d does not exist", static_cast<int>(padding));
  *result = static_cast<Padding>(padding);
  return Status();
}

Status MissingOptions() { return Status::Invalid("its options are missing"); }

}  // namespace moonlet
