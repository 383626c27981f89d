// TRANSPOSE: the axes in another order, given by a constant.
#include "engine/nn/checks.h"
#include "engine/nn/operators/box_copy.h"
#include "engine/nn/operators/integers.h"
#include "engine/nn/operators/operators.h"

namespace moonlet {
namespace {

// Which axis of the input each axis of the output is.
struct AxisOrder {
  int axes[kMaxModelRank];
};

Status ReadOrder(const ModelTensor& tensor, int rank, AxisOrder* order) {
  IntegerArray values;
  if (Status s = ReadIntegerVector("permutation", tensor, rank, &values); !s.ok()) return s;
  uint32_t seen = 0;
  for (int i = 0; i < rank; ++i) {
    const int64_t axis = values[i];
    if (axis < 0 || axis >= rank || (seen >> axis & 1) != 0)
      return Status::Invalid("entry %d of the permutation is %lld, expected each of 0 to %d once",
                             i + 1, static_cast<long long>(axis), rank - 1);
    seen |= 1u << axis;
    order->axes[i] = static_cast<int>(axis);
  }
  return Status();
}

}  // namespace

Status PrepareTranspose(const Node& node, StepWriter& writer) {
  if (Status s = CheckCounts(node, 2, 2); !s.ok()) return s;
  const ModelTensor input = node.input(0);
  const ModelTensor output = node.output(0);
  const int rank = input.rank();
  AxisOrder order;
  Status s = CheckType("output", output, input.type());
  if (s.ok()) s = ReadOrder(node.input(1), rank, &order);
  if (!s.ok()) return s;
  int32_t shape[kMaxModelRank];
  for (int i = 0; i < rank; ++i) shape[i] = input.dim(order.axes[i]);
  const std::span expected(shape, static_cast<size_t>(rank));
  if (s = CheckShape("output", output, expected); !s.ok()) return s;
  const AxisSteps from(input), to(output);
  StridedAxis axes[kMaxModelRank];
  for (int i = 0; i < rank; ++i) axes[i] = {shape[i], from[order.axes[i]], to[i]};
  const std::span box(axes, static_cast<size_t>(rank));
  WriteBoxCopy(input, 0, MakeStridedCopy(box, ElementBytes(input)), output, writer);
  return s;
}

}  // namespace moonlet
