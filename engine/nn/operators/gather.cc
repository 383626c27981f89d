// GATHER, GATHER_ND and EMBEDDING_LOOKUP: slices picked by indices, which the model may
// compute; one beyond its axis ends the run.
#include "engine/kernels/gather.h"

#include <functional>
#include <numeric>

#include "engine/kernels/quantize.h"
#include "engine/nn/analyze.h"
#include "engine/nn/checks.h"
#include "engine/nn/operators/along_axis.h"
#include "engine/nn/operators/box_copy.h"
#include "engine/nn/operators/indices.h"
#include "engine/nn/operators/integers.h"
#include "engine/nn/operators/operators.h"
#include "engine/nn/operators/step_lists.h"

namespace moonlet {
namespace {

using tflite::TensorType;

template <typename Params>
struct GatherRecord {
  Params p;
  Operand input;
  IntegerOperand indices;
  Operand output;
};

template <auto kKernel, typename Params>
bool RunGather(const void* record, const RunContext& run) {
  const auto* r = static_cast<const GatherRecord<Params>*>(record);
  OutsideIndex outside;
  const bool finished = kKernel(r->p, run.Address(r->input), r->indices.Read(run),
                                run.Write<uint8_t>(r->output), run.stop, &outside);
  return EndOfIndexing(finished, outside, run);
}

template <auto kKernel, typename Params>
void WriteGather(const Params& p, const ModelTensor& input, const ModelTensor& indices,
                 const ModelTensor& output, StepWriter& writer) {
  auto* r = writer.Add<GatherRecord<Params>>(RunGather<kKernel, Params>);
  if (r != nullptr) *r = {p, writer.At(input), IntegersAt(indices, writer), writer.At(output)};
}

int32_t Elements(std::span<const int32_t> shape) {
  return std::accumulate(shape.begin(), shape.end(), int32_t{1}, std::multiplies<>());
}

// The output has the shape of three pieces in a row.
Status CheckJoinedShape(const ModelTensor& output, std::span<const int32_t> a,
                        std::span<const int32_t> b, std::span<const int32_t> c) {
  int32_t shape[3 * kMaxModelRank];
  size_t rank = 0;
  for (const std::span<const int32_t> piece : {a, b, c})
    for (const int32_t length : piece) shape[rank++] = length;
  return CheckShape("output", output, std::span(shape, rank));
}

// The leading axes that input and indices have in common, negative from the indices' end.
Status CheckBatchAxes(int32_t option, int axis, const ModelTensor& input,
                      const ModelTensor& indices, int* batch) {
  const int rank = indices.rank();
  *batch = option < 0 ? option + rank : option;
  if (option < -rank || *batch > rank || *batch > axis)
    return Status::Invalid("%d batch axes for axis %d and indices of shape %s", option, axis + 1,
                           DimsText(indices.shape()).text);
  for (int i = 0; i < *batch; ++i)
    if (indices.dim(i) != input.dim(i))
      return Status::Invalid("indices of shape %s do not batch with shape %s",
                             DimsText(indices.shape()).text, DimsText(input.shape()).text);
  return Status();
}

// One row for each index: of the table's type, or of its numbers.
Status CheckLookup(const Node& node) {
  if (Status s = CheckCounts(node, 2, 2); !s.ok()) return s;
  const ModelTensor indices = node.input(0);
  const ModelTensor table = node.input(1);
  Status s = CheckRank("indices", indices, 1);
  if (s.ok() && table.rank() < 2)
    s = Status::Invalid("%s has shape %s, expected rank 2 or more",
                        TensorLabel("table", table).text, DimsText(table.shape()).text);
  if (s.ok()) s = CheckConstantIndices(indices, table.dim(0));
  if (s.ok()) s = CheckJoinedShape(node.output(0), indices.shape(), table.shape().subspan(1), {});
  return s;
}

struct NumbersRecord {
  Operand table;
  IntegerOperand indices;
  Operand output;
  float scale;
  int32_t rows;
  int32_t columns;
  int32_t lookups;
};

bool RunLookupNumbers(const void* record, const RunContext& run) {
  const auto* r = static_cast<const NumbersRecord*>(record);
  const IntegerArray indices = r->indices.Read(run);
  const auto* table = run.Read<int8_t>(r->table);
  auto* output = run.Write<float>(r->output);
  const auto columns = static_cast<size_t>(r->columns);
  for (int32_t i = 0; i < r->lookups; ++i, output += columns) {
    if (run.stop.raised()) return false;
    const int64_t row = indices[i];
    if (row < 0 || row >= r->rows) return run.Refuse(RefusedIndex({row, i, r->rows}));
    Dequantize<int8_t>(table + static_cast<size_t>(row) * columns, columns, r->scale, 0, output);
  }
  return true;
}

}  // namespace

Status PrepareGather(const Node& node, StepWriter& writer) {
  if (Status s = CheckCounts(node, 2, 2); !s.ok()) return s;
  const tflite::GatherOptions* options = node.table().builtin_options_as_GatherOptions();
  if (options == nullptr) return MissingOptions();
  const ModelTensor input = node.input(0);
  const ModelTensor indices = node.input(1);
  const ModelTensor output = node.output(0);
  int axis, batch;
  Status s = CheckType("output", output, input.type());
  if (s.ok()) s = CheckIntegerType("indices", indices);
  if (s.ok()) s = CheckAxis(options->axis(), input, &axis);
  if (s.ok()) s = CheckBatchAxes(options->batch_dims(), axis, input, indices, &batch);
  if (s.ok()) s = CheckConstantIndices(indices, input.dim(axis));
  if (!s.ok()) return s;
  const std::span shape = input.shape();
  const auto at = static_cast<size_t>(axis), shared = static_cast<size_t>(batch);
  const std::span picked = indices.shape().subspan(shared);
  s = CheckJoinedShape(output, shape.first(at), picked, shape.subspan(at + 1));
  if (!s.ok()) return s;
  const GatherParams p = {Elements(shape.first(shared)),
                          Elements(shape.subspan(shared, at - shared)), shape[at], Elements(picked),
                          Elements(shape.subspan(at + 1)) * ElementBytes(input)};
  WriteGather<Gather>(p, input, indices, output, writer);
  return s;
}

Status PrepareGatherNd(const Node& node, StepWriter& writer) {
  if (Status s = CheckCounts(node, 2, 2); !s.ok()) return s;
  const ModelTensor input = node.input(0);
  const ModelTensor indices = node.input(1);
  const ModelTensor output = node.output(0);
  GatherNdParams p;
  Status s = CheckType("output", output, input.type());
  if (s.ok()) s = MakeIndexTuple(indices, input, &p.tuple);
  if (!s.ok()) return s;
  const std::span slice = input.shape().subspan(static_cast<size_t>(p.tuple.depth));
  const std::span tuples = indices.shape().first(static_cast<size_t>(indices.rank()) - 1);
  if (s = CheckJoinedShape(output, tuples, slice, {}); !s.ok()) return s;
  p.tuples = Elements(tuples);
  p.slice_bytes = Elements(slice) * ElementBytes(input);
  WriteGather<GatherNd>(p, input, indices, output, writer);
  return s;
}

Status PrepareEmbeddingLookup(const Node& node, StepWriter& writer) {
  if (Status s = CheckLookup(node); !s.ok()) return s;
  const ModelTensor indices = node.input(0);
  const ModelTensor table = node.input(1);
  const ModelTensor output = node.output(0);
  const int32_t columns = Elements(table.shape().subspan(1));
  if (table.type() != TensorType::INT8 || output.type() != TensorType::FLOAT32) {
    if (Status s = CheckType("output", output, table.type()); !s.ok()) return s;
    const GatherParams p = {1, 1, table.dim(0), indices.dim(0), columns * ElementBytes(table)};
    WriteGather<Gather>(p, table, indices, output, writer);
    return Status();
  }
  if (Status s = CheckQuantized("table", table); !s.ok()) return s;
  if (table.zero_point() != 0)
    return Status::Invalid("%s has zero point %d, expected 0", TensorLabel("table", table).text,
                           table.zero_point());
  auto* r = writer.Add<NumbersRecord>(RunLookupNumbers);
  if (r != nullptr)
    *r = {writer.At(table),  IntegersAt(indices, writer),
          writer.At(output), table.scale(),
          table.dim(0),      columns,
          indices.dim(0)};
  return Status();
}

const StepList kGatherSteps =
    ListSteps<Step<GatherRecord<GatherParams>, RunGather<Gather, GatherParams>>,
              Step<GatherRecord<GatherNdParams>, RunGather<GatherNd, GatherNdParams>>,
              Step<NumbersRecord, RunLookupNumbers>>();

}  // namespace moonlet
