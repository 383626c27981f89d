#include "engine/nn/operators/along_axis.h"
#include "engine/nn/operators/step_lists.h"

#include "engine/kernels/copy_rows.h"
#include "engine/nn/checks.h"

namespace moonlet {
namespace {

// A tensor whose rows are parts of the rows of a whole, `offset` bytes from their start.
struct RowPart {
  Operand at;
  uint32_t row_bytes;
  uint32_t offset;
};

// `parts` of them follow the record: those that do not lie inside the whole already.
struct RowPartsRecord {
  Operand whole;
  uint32_t parts;
  uint32_t rows;
  uint32_t row_bytes;  // of the whole
};

bool RunJoin(const void* record, const RunContext& run) {
  const auto* r = static_cast<const RowPartsRecord*>(record);
  const auto* part = reinterpret_cast<const RowPart*>(r + 1);
  auto* output = run.Write<uint8_t>(r->whole);
  for (uint32_t k = 0; k < r->parts; ++k, ++part) {
    const RowCopy copy = {r->rows, part->row_bytes, part->row_bytes, r->row_bytes};
    if (!CopyRows(copy, run.Address(part->at), output + part->offset, run.stop)) return false;
  }
  return true;
}

bool RunSplit(const void* record, const RunContext& run) {
  const auto* r = static_cast<const RowPartsRecord*>(record);
  const auto* part = reinterpret_cast<const RowPart*>(r + 1);
  const uint8_t* input = run.Address(r->whole);
  for (uint32_t k = 0; k < r->parts; ++k, ++part) {
    const RowCopy copy = {r->rows, part->row_bytes, r->row_bytes, part->row_bytes};
    const uint8_t* from = input + part->offset;
    if (!CopyRows(copy, from, run.Write<uint8_t>(part->at), run.stop)) return false;
  }
  return true;
}

uint32_t RowBytes(const ModelTensor& tensor, uint32_t rows) {
  return static_cast<uint32_t>(tensor.bytes() / rows);
}

// Calls take(part, offset) for each of the parts that `part_of` gives and that has to be
// copied, with the place of its rows in those of the whole.
template <typename PartOf, typename Take>
void ForEachCopied(int parts, PartOf part_of, const ModelTensor& whole, uint32_t rows,
                   StepWriter& writer, Take take) {
  uint32_t offset = 0;
  for (int k = 0; k < parts; ++k) {
    const ModelTensor part = part_of(k);
    const bool inside = rows == 1 && writer.AliasPart(whole, part, offset);
    if (!inside) take(part, offset);
    offset += RowBytes(part, rows);
  }
}

template <typename PartOf>
void WriteParts(RunStep run, int parts, PartOf part_of, const ModelTensor& whole, uint32_t rows,
                StepWriter& writer) {
  uint32_t copied = 0;
  ForEachCopied(parts, part_of, whole, rows, writer,
                [&](const ModelTensor&, uint32_t) { ++copied; });
  if (copied == 0) return;
  auto* r = writer.Add<RowPartsRecord>(run, copied * sizeof(RowPart));
  if (r == nullptr) return;
  *r = {writer.At(whole), copied, rows, RowBytes(whole, rows)};
  auto* next = reinterpret_cast<RowPart*>(r + 1);
  ForEachCopied(parts, part_of, whole, rows, writer, [&](const ModelTensor& part, uint32_t offset) {
    *next++ = {writer.At(part), RowBytes(part, rows), offset};
  });
}

}  // namespace

Status CheckAxis(int64_t axis, const ModelTensor& tensor, int* result) {
  const int rank = tensor.rank();
  if (axis < -rank || axis >= rank)
    return Status::Invalid("axis %lld in the file, expected %d to %d", static_cast<long long>(axis),
                           -rank, rank - 1);
  *result = static_cast<int>(axis < 0 ? axis + rank : axis);
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

void WriteJoin(const Node& node, uint32_t rows, StepWriter& writer) {
  const auto input = [&node](int k) { return node.input(k); };
  WriteParts(RunJoin, node.inputs(), input, node.output(0), rows, writer);
}

void WriteSplit(const Node& node, const ModelTensor& whole, uint32_t rows, StepWriter& writer) {
  const auto output = [&node](int k) { return node.output(k); };
  WriteParts(RunSplit, node.outputs(), output, whole, rows, writer);
}

const StepList kAlongAxisSteps =
    ListSteps<Step<RowPartsRecord, RunJoin>, Step<RowPartsRecord, RunSplit>>();

}  // namespace moonlet
