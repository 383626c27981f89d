// TOPK_V2: values and positions of the k largest elements along the last axis, k being a
// constant.
#include "engine/kernels/top_k.h"

#include <algorithm>

#include "engine/nn/analyze.h"
#include "engine/nn/checks.h"
#include "engine/nn/operators/integers.h"
#include "engine/nn/operators/operators.h"
#include "engine/nn/operators/step_lists.h"

namespace moonlet {
namespace {

using tflite::TensorType;

struct TopKRecord {
  TopKParams p;
  Operand input;
  Operand values;
  Operand positions;
};

template <typename T>
bool RunTopK(const void* record, const RunContext& run) {
  const auto* r = static_cast<const TopKRecord*>(record);
  return TopK<T>(r->p, run.Read<T>(r->input), run.Write<T>(r->values),
                 run.Write<int32_t>(r->positions), run.stop);
}

RunStep TopKOf(TensorType type) {
  if (type == TensorType::INT8) return RunTopK<int8_t>;
  if (type == TensorType::UINT8) return RunTopK<uint8_t>;
  if (type == TensorType::INT16) return RunTopK<int16_t>;
  if (type == TensorType::INT32) return RunTopK<int32_t>;
  if (type == TensorType::INT64) return RunTopK<int64_t>;
  return RunTopK<float>;
}

Status CheckTopKCounts(const Node& node) {
  if (node.inputs() == 2 && node.outputs() == 2 && node.has_input(0) && node.has_input(1))
    return Status();
  return Status::Invalid("%d inputs and %d outputs, expected 2 and 2", node.inputs(),
                         node.outputs());
}

Status ReadK(const ModelTensor& tensor, int32_t length, int32_t* k) {
  int64_t value = 0;
  Status s;
  if (tensor.type() != TensorType::INT16) {
    s = ReadInteger("k", tensor, &value);
  } else {
    s = CheckConstant("k", tensor);
    if (s.ok()) s = CheckOneElement("k", tensor);
    if (s.ok()) value = ConstantIntegers(tensor)[0];
  }
  if (!s.ok()) return s;
  if (value < 1 || value > length)
    return Status::Invalid("k is %lld, expected 1 to %d", static_cast<long long>(value), length);
  *k = static_cast<int32_t>(value);
  return s;
}

}  // namespace

Status PrepareTopK(const Node& node, StepWriter& writer) {
  if (Status s = CheckTopKCounts(node); !s.ok()) return s;
  const ModelTensor input = node.input(0);
  const ModelTensor values = node.output(0);
  const ModelTensor positions = node.output(1);
  if (input.rank() < 1) return Status::Invalid("a scalar, expected rows");
  const int last = input.rank() - 1;
  TopKParams p;
  p.length = input.dim(last);
  p.rows = static_cast<int32_t>(input.elements() / p.length);
  Status s = CheckAligned("input", input);
  if (s.ok()) s = ReadK(node.input(1), p.length, &p.k);
  if (!s.ok()) return s;
  int32_t shape[kMaxModelRank];
  std::ranges::copy(input.shape(), shape);
  shape[last] = p.k;
  const std::span expected(shape, static_cast<size_t>(input.rank()));
  s = CheckType("values", values, input.type());
  if (s.ok()) s = CheckShape("values", values, expected);
  if (s.ok()) s = CheckType("positions", positions, TensorType::INT32);
  if (s.ok()) s = CheckShape("positions", positions, expected);
  if (!s.ok()) return s;
  auto* r = writer.Add<TopKRecord>(TopKOf(input.type()));
  if (r != nullptr) *r = {p, writer.At(input), writer.At(values), writer.At(positions)};
  return s;
}

const StepList kTopKSteps =
    ListSteps<Step<TopKRecord, RunTopK<int8_t>>, Step<TopKRecord, RunTopK<uint8_t>>,
              Step<TopKRecord, RunTopK<int16_t>>, Step<TopKRecord, RunTopK<int32_t>>,
              Step<TopKRecord, RunTopK<int64_t>>, Step<TopKRecord, RunTopK<float>>>();

}  // namespace moonlet
