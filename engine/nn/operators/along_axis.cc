#include "engine/nn/operators/along_axis.h"

#include "engine/nn/checks.h"

namespace moonlet {

Status CheckAxis(int32_t axis, const ModelTensor& tensor, int* result) {
  const int rank = tensor.rank();
  if (axis < -rank || axis >= rank)
    return Status::Invalid("axis %d in the file, expected %d to %d", axis, -rank, rank - 1);
  *result = axis < 0 ? axis + rank : axis;
  return Status();
}

Status CheckPart(const char* role, const ModelTensor& part, const ModelTensor& whole, int axis) {
  if (Status s = CheckType(role, part, whole.type()); !s.ok()) return s;
  bool fits = part.rank() == whole.rank();
  for (int i = 0; fits && i < whole.rank(); ++i) fits = i == axis || part.dim(i) == whole.dim(i);
  if (fits) return Status();
  return Status::Invalid("%s has shape %s, expected %s but for axis %d",
                         TensorLabel(role, part).text, DimsText(part.shape()).text,
                         DimsText(whole.shape()).text, axis + 1);
}

uint32_t RowsBefore(const ModelTensor& tensor, int axis) {
  int64_t rows = 1;
  for (int i = 0; i < axis; ++i) rows *= tensor.dim(i);
  return static_cast<uint32_t>(rows);
}

uint32_t RowBytes(const ModelTensor& tensor, int axis) {
  return static_cast<uint32_t>(tensor.bytes() / RowsBefore(tensor, axis));
}

}  // namespace moonlet
