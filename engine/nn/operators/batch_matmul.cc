// BATCH_MATMUL: two tensors of matrices, whose axes before the last two broadcast.
#include "engine/kernels/batch_matmul.h"

#include <algorithm>

#include "engine/nn/analyze.h"
#include "engine/nn/operators/map.h"
#include "engine/nn/operators/operators.h"
#include "engine/nn/operators/step_lists.h"

namespace moonlet {
namespace {

template <typename Params>
struct BatchMatmulRecord {
  Params p;
  Operand a;
  Operand b;
  Operand output;
};

template <typename T, auto kKernel, typename Params>
bool RunBatchMatmul(const void* record, const RunContext& run) {
  const auto* r = static_cast<const BatchMatmulRecord<Params>*>(record);
  return kKernel(r->p, run.Read<T>(r->a), run.Read<T>(r->b), run.Write<T>(r->output), run.stop);
}

template <typename T, auto kKernel, typename Params>
void WriteBatchMatmul(const Node& node, const Params& p, StepWriter& writer) {
  auto* r = writer.Add<BatchMatmulRecord<Params>>(RunBatchMatmul<T, kKernel, Params>);
  if (r != nullptr)
    *r = {p, writer.At(node.input(0)), writer.At(node.input(1)), writer.At(node.output(0))};
}

Status CheckBatchMatmul(const Node& node, BatchMatmulShape* shape) {
  if (Status s = CheckCounts(node, 2, 2); !s.ok()) return s;
  const tflite::BatchMatMulOptions* options = node.table().builtin_options_as_BatchMatMulOptions();
  if (options == nullptr) return MissingOptions();
  const ModelTensor a = node.input(0);
  const ModelTensor b = node.input(1);
  Status s = CheckType("second input", b, a.type());
  if (s.ok()) s = CheckAligned("first input", a);
  if (s.ok()) s = CheckAligned("second input", b);
  if (!s.ok()) return s;
  if (a.rank() < 2) return Status::Invalid("a first input of rank %d, expected matrices", a.rank());
  if (b.rank() < 2)
    return Status::Invalid("a second input of rank %d, expected matrices", b.rank());
  shape->transposed_a = options->adj_x();
  shape->transposed_b = options->adj_y();
  const int a_row = a.rank() - (shape->transposed_a ? 1 : 2);
  const int b_row = b.rank() - (shape->transposed_b ? 1 : 2);
  shape->rows = a.dim(a_row);
  shape->depth = a.dim(2 * a.rank() - 3 - a_row);
  shape->columns = b.dim(2 * b.rank() - 3 - b_row);
  int32_t joint[kMaxModelRank];
  const auto a_batches = a.shape().first(static_cast<size_t>(a.rank()) - 2);
  const auto b_batches = b.shape().first(static_cast<size_t>(b.rank()) - 2);
  if (b.dim(b_row) != shape->depth ||
      !MakeBroadcastPair(a_batches, b_batches, &shape->pairs, joint))
    return Status::Invalid("matrices %s and %s%s do not fit each other", DimsText(a.shape()).text,
                           DimsText(b.shape()).text,
                           shape->transposed_a || shape->transposed_b ? ", transposed," : "");
  const auto rank = static_cast<size_t>(std::max(a.rank(), b.rank()));
  joint[rank - 2] = shape->rows;
  joint[rank - 1] = shape->columns;
  return CheckShape("output", node.output(0), std::span(joint, rank));
}

Status CheckBatchMatmulScales(const Node& node, BatchMatmulParams* p) {
  const ModelTensor a = node.input(0);
  const ModelTensor b = node.input(1);
  const ModelTensor output = node.output(0);
  Status s = CheckQuantized("first input", a);
  if (s.ok()) s = CheckQuantized("second input", b);
  if (s.ok()) s = CheckQuantized("output", output);
  if (!s.ok()) return s;
  if (!MakeTensorMultiplier(a.scale(), b.scale(), output.scale(), &p->scale))
    return Status::Invalid("scales %g * %g / %g are out of range", static_cast<double>(a.scale()),
                           static_cast<double>(b.scale()), static_cast<double>(output.scale()));
  p->zero_a = static_cast<int16_t>(a.zero_point());
  p->zero_b = static_cast<int16_t>(b.zero_point());
  p->zero_output = static_cast<int16_t>(output.zero_point());
  return s;
}

}  // namespace

Status PrepareBatchMatmulS8(const Node& node, StepWriter& writer) {
  BatchMatmulParams p;
  Status s = CheckBatchMatmul(node, &p.shape);
  if (s.ok()) s = CheckBatchMatmulScales(node, &p);
  if (s.ok()) WriteBatchMatmul<int8_t, BatchMatmulS8>(node, p, writer);
  return s;
}

Status PrepareBatchMatmulS16(const Node& node, StepWriter& writer) {
  BatchMatmulParams p;
  Status s = CheckBatchMatmul(node, &p.shape);
  if (s.ok()) s = CheckBatchMatmulScales(node, &p);
  if (s.ok()) s = CheckSymmetric("first input", node.input(0));
  if (s.ok()) s = CheckSymmetric("second input", node.input(1));
  if (s.ok()) s = CheckSymmetric("output", node.output(0));
  if (s.ok()) WriteBatchMatmul<int16_t, BatchMatmulS16>(node, p, writer);
  return s;
}

Status PrepareBatchMatmulF32(const Node& node, StepWriter& writer) {
  BatchMatmulShape shape;
  const Status s = CheckBatchMatmul(node, &shape);
  if (s.ok()) WriteBatchMatmul<float, BatchMatmulF32>(node, shape, writer);
  return s;
}

const StepList kBatchMatmulSteps =
    ListSteps<Step<BatchMatmulRecord<BatchMatmulParams>,
                   RunBatchMatmul<int8_t, BatchMatmulS8, BatchMatmulParams>>,
              Step<BatchMatmulRecord<BatchMatmulParams>,
                   RunBatchMatmul<int16_t, BatchMatmulS16, BatchMatmulParams>>,
              Step<BatchMatmulRecord<BatchMatmulShape>,
                   RunBatchMatmul<float, BatchMatmulF32, BatchMatmulShape>>>();

}  // namespace moonlet
