#include "engine/nn/operators/indices.h"

#include "engine/nn/checks.h"
#include "engine/nn/operators/box_copy.h"
#include "engine/nn/operators/integers.h"

namespace moonlet {

static_assert(IndexTuple::kMaxDepth >= kMaxModelRank);

Status RefusedIndex(const OutsideIndex& outside) {
  return Status::Invalid("index %lld at position %lld, expected 0 to %d",
                         static_cast<long long>(outside.value),
                         static_cast<long long>(outside.position) + 1, outside.length - 1);
}

bool EndOfIndexing(bool finished, const OutsideIndex& outside, const RunContext& run) {
  if (finished || outside.length == 0) return finished;
  return run.Refuse(RefusedIndex(outside));
}

Status CheckConstantIndices(const ModelTensor& indices, int32_t length) {
  if (!indices.constant()) return Status();
  const OutsideIndex outside = FindOutside(ConstantIntegers(indices), indices.elements(), length);
  return outside.length == 0 ? Status() : RefusedIndex(outside);
}

Status MakeIndexTuple(const ModelTensor& indices, const ModelTensor& tensor, IndexTuple* tuple) {
  if (Status s = CheckIntegerType("indices", indices); !s.ok()) return s;
  const int32_t depth = indices.rank() == 0 ? 0 : indices.dim(indices.rank() - 1);
  if (depth < 1 || depth > tensor.rank())
    return Status::Invalid("%s has shape %s, expected a last axis of 1 to %d",
                           TensorLabel("indices", indices).text, DimsText(indices.shape()).text,
                           tensor.rank());
  const AxisSteps steps(tensor);
  *tuple = {};
  tuple->depth = depth;
  for (int axis = 0; axis < depth; ++axis) {
    tuple->lengths[axis] = tensor.dim(axis);
    tuple->steps[axis] = steps[axis];
  }
  if (!indices.constant()) return Status();
  const IntegerArray values = ConstantIntegers(indices);
  OutsideIndex outside;
  int64_t at;
  for (int64_t i = 0; i < indices.elements() / depth; ++i)
    if (!tuple->Find(values, i, &at, &outside)) return RefusedIndex(outside);
  return Status();
}

}  // namespace moonlet
