// SCATTER_ND: indices and updates, which the model may compute, and the constant shape of the
// output. Raw values are added.
#include "engine/kernels/scatter_nd.h"

#include "engine/nn/analyze.h"
#include "engine/nn/checks.h"
#include "engine/nn/operators/indices.h"
#include "engine/nn/operators/integers.h"
#include "engine/nn/operators/operators.h"
#include "engine/nn/operators/step_lists.h"

namespace moonlet {
namespace {

using tflite::TensorType;

struct ScatterNdRecord {
  ScatterNdParams p;
  IntegerOperand indices;
  Operand updates;
  Operand output;
};

template <typename T>
bool RunScatterNd(const void* record, const RunContext& run) {
  const auto* r = static_cast<const ScatterNdRecord*>(record);
  OutsideIndex outside;
  const bool finished = ScatterNd<T>(r->p, r->indices.Read(run), run.Read<T>(r->updates),
                                     run.Write<T>(r->output), run.stop, &outside);
  return EndOfIndexing(finished, outside, run);
}

RunStep ScatterOf(TensorType type) {
  if (type == TensorType::FLOAT32) return RunScatterNd<float>;
  switch (BitsOf(type)) {
    case 8:
      return RunScatterNd<uint8_t>;
    case 16:
      return RunScatterNd<uint16_t>;
    case 32:
      return RunScatterNd<uint32_t>;
    default:
      return RunScatterNd<uint64_t>;
  }
}

// The tuples' shape, then that of a slice of the output.
Status CheckUpdates(const ModelTensor& updates, const ModelTensor& indices,
                    const ModelTensor& output, int depth) {
  Status s = CheckType("updates", updates, output.type());
  if (s.ok()) s = CheckAligned("updates", updates);
  if (!s.ok()) return s;
  int32_t shape[2 * kMaxModelRank];
  size_t rank = 0;
  for (int axis = 0; axis + 1 < indices.rank(); ++axis) shape[rank++] = indices.dim(axis);
  for (int axis = depth; axis < output.rank(); ++axis) shape[rank++] = output.dim(axis);
  return CheckShape("updates", updates, std::span(shape, rank));
}

}  // namespace

Status PrepareScatterNd(const Node& node, StepWriter& writer) {
  if (Status s = CheckCounts(node, 3, 3); !s.ok()) return s;
  const ModelTensor indices = node.input(0);
  const ModelTensor updates = node.input(1);
  const ModelTensor output = node.output(0);
  ScatterNdParams p;
  Status s = CheckConstantShape("shape", node.input(2), output);
  if (s.ok()) s = MakeIndexTuple(indices, output, &p.tuple);
  if (s.ok()) s = CheckUpdates(updates, indices, output, p.tuple.depth);
  if (!s.ok()) return s;
  for (int axis = 0; axis < p.tuple.depth; ++axis) p.tuple.steps[axis] /= BitsOf(output.type()) / 8;
  p.tuples = static_cast<int32_t>(indices.elements() / p.tuple.depth);
  p.slice = static_cast<int32_t>(updates.elements() / p.tuples);
  p.elements = static_cast<int32_t>(output.elements());
  auto* r = writer.Add<ScatterNdRecord>(ScatterOf(output.type()));
  if (r != nullptr) *r = {p, IntegersAt(indices, writer), writer.At(updates), writer.At(output)};
  return s;
}

const StepList kScatterNdSteps = ListSteps<
    Step<ScatterNdRecord, RunScatterNd<float>>, Step<ScatterNdRecord, RunScatterNd<uint8_t>>,
    Step<ScatterNdRecord, RunScatterNd<uint16_t>>, Step<ScatterNdRecord, RunScatterNd<uint32_t>>,
    Step<ScatterNdRecord, RunScatterNd<uint64_t>>>();

}  // namespace moonlet
