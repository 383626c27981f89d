#include "engine/nn/operators/signal_checks.h"

namespace moonlet {
namespace {

Status CheckFrame(const char* role, const ModelTensor& tensor) {
  if (tensor.elements() <= kMaxFrame) return Status();
  return Status::Unsupported("%s has shape %s, expected at most %d elements",
                             TensorLabel(role, tensor).text, DimsText(tensor.shape()).text,
                             kMaxFrame);
}

Status CheckElements(const char* role, const ModelTensor& tensor, int32_t elements) {
  if (tensor.elements() == elements) return Status();
  return Status::Invalid("%s has shape %s, expected %d elements", TensorLabel(role, tensor).text,
                         DimsText(tensor.shape()).text, elements);
}

}  // namespace

Status CheckSignal(const Node& node, int inputs, int outputs) {
  if (node.inputs() != inputs)
    return Status::Invalid("%d inputs, expected %d", node.inputs(), inputs);
  if (node.outputs() != outputs)
    return Status::Invalid("%d outputs, expected %d", node.outputs(), outputs);
  for (int k = 0; k < inputs; ++k) {
    if (!node.has_input(k)) return Status::Invalid("input %d is left out", k + 1);
    if (Status s = CheckFrame("input", node.input(k)); !s.ok()) return s;
  }
  for (int k = 0; k < outputs; ++k)
    if (Status s = CheckFrame("output", node.output(k)); !s.ok()) return s;
  return Status();
}

Status CheckArray(const char* role, const ModelTensor& tensor, tflite::TensorType type,
                  int32_t elements) {
  Status s = CheckType(role, tensor, type);
  if (s.ok()) s = CheckElements(role, tensor, elements);
  if (s.ok()) s = CheckAligned(role, tensor);
  return s;
}

Status CheckTable(const char* role, const ModelTensor& tensor, int32_t elements) {
  Status s = CheckType(role, tensor, tflite::TensorType::INT16);
  if (s.ok()) s = CheckElements(role, tensor, elements);
  if (s.ok()) s = CheckConstant(role, tensor);
  return s;
}

Status OpenOptions(const Node& node, FlexMap* options) {
  const flatbuffers::Vector<uint8_t>* bytes = node.table().custom_options();
  if (Count(bytes) == 0) return MissingOptions();
  return FlexMap::Open({bytes->data(), bytes->size()}, options);
}

Status CheckTypeOption(const FlexMap& options, tflite::TensorType type) {
  if (type == tflite::TensorType::FLOAT32 && !options.Has("T")) return Status();
  const auto expected = static_cast<int32_t>(type);
  int32_t found;
  return options.Get("T", expected, expected, &found);
}

}  // namespace moonlet
