#include "engine/nn/operators/integers.h"

#include "engine/nn/checks.h"
#include "engine/nn/operators/box_copy.h"

namespace moonlet {

using tflite::TensorType;

Status CheckIntegerType(const char* role, const ModelTensor& tensor) {
  if (tensor.type() == TensorType::INT32 || tensor.type() == TensorType::INT64) return Status();
  return Status::Unsupported("%s is %s, expected int32 or int64", TensorLabel(role, tensor).text,
                             NameOf(tensor.type()));
}

Status CheckIntegerVector(const char* role, const ModelTensor& tensor, int count) {
  Status s = CheckIntegerType(role, tensor);
  const int32_t expected[] = {count};
  if (s.ok()) s = CheckShape(role, tensor, expected);
  return s;
}

Status ReadIntegerVector(const char* role, const ModelTensor& tensor, int count,
                         IntegerArray* values) {
  Status s = CheckIntegerVector(role, tensor, count);
  if (s.ok()) s = CheckConstant(role, tensor);
  if (s.ok()) *values = ConstantIntegers(tensor);
  return s;
}

Status CheckConstantShape(const char* role, const ModelTensor& tensor, const ModelTensor& output) {
  IntegerArray values;
  if (Status s = ReadIntegerVector(role, tensor, output.rank(), &values); !s.ok()) return s;
  for (int axis = 0; axis < output.rank(); ++axis)
    if (values[axis] != output.dim(axis))
      return Status::Invalid("%s says %lld for axis %d, expected the output's %d",
                             TensorLabel(role, tensor).text, static_cast<long long>(values[axis]),
                             axis + 1, output.dim(axis));
  return Status();
}

IntegerArray ConstantIntegers(const ModelTensor& tensor) {
  return {tensor.data().data(), ElementBytes(tensor)};
}

Status CheckOneElement(const char* role, const ModelTensor& tensor) {
  if (tensor.elements() == 1) return Status();
  return Status::Invalid("%s has shape %s, expected one element", TensorLabel(role, tensor).text,
                         DimsText(tensor.shape()).text);
}

Status ReadInteger(const char* role, const ModelTensor& tensor, int64_t* value) {
  Status s = CheckIntegerType(role, tensor);
  if (s.ok()) s = CheckConstant(role, tensor);
  if (s.ok()) s = CheckOneElement(role, tensor);
  if (s.ok()) *value = ConstantIntegers(tensor)[0];
  return s;
}

IntegerOperand IntegersAt(const ModelTensor& tensor, const StepWriter& writer) {
  return {writer.At(tensor), ElementBytes(tensor)};
}

}  // namespace moonlet
