#include "engine/nn/operators/along_axis.h"

#include "engine/kernels/copy_rows.h"
#include "engine/nn/checks.h"

namespace moonlet {
namespace {

// A tensor whose rows are parts of the rows of a whole.
struct RowPart {
  Operand at;
  uint32_t row_bytes;
};

// `parts` of them follow the record.
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
    if (!CopyRows(copy, run.Address(part->at), output, run.stop)) return false;
    output += part->row_bytes;
  }
  return true;
}

bool RunSplit(const void* record, const RunContext& run) {
  const auto* r = static_cast<const RowPartsRecord*>(record);
  const auto* part = reinterpret_cast<const RowPart*>(r + 1);
  const uint8_t* input = run.Address(r->whole);
  for (uint32_t k = 0; k < r->parts; ++k, ++part) {
    const RowCopy copy = {r->rows, part->row_bytes, r->row_bytes, part->row_bytes};
    if (!CopyRows(copy, input, run.Write<uint8_t>(part->at), run.stop)) return false;
    input += part->row_bytes;
  }
  return true;
}

// The record and where its parts go; null when there is nothing to write.
RowPart* AddParts(RunStep run, const ModelTensor& whole, uint32_t rows, int parts,
                  StepWriter& writer) {
  const auto count = static_cast<uint32_t>(parts);
  auto* r = writer.Add<RowPartsRecord>(run, count * sizeof(RowPart));
  if (r == nullptr) return nullptr;
  *r = {writer.At(whole), count, rows, static_cast<uint32_t>(whole.bytes() / rows)};
  return reinterpret_cast<RowPart*>(r + 1);
}

RowPart PartOf(const ModelTensor& tensor, uint32_t rows, const StepWriter& writer) {
  return {writer.At(tensor), static_cast<uint32_t>(tensor.bytes() / rows)};
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
  RowPart* part = AddParts(RunJoin, node.output(0), rows, node.inputs(), writer);
  for (int k = 0; part != nullptr && k < node.inputs(); ++k)
    part[k] = PartOf(node.input(k), rows, writer);
}

void WriteSplit(const Node& node, const ModelTensor& whole, uint32_t rows, StepWriter& writer) {
  RowPart* part = AddParts(RunSplit, whole, rows, node.outputs(), writer);
  for (int k = 0; part != nullptr && k < node.outputs(); ++k)
    part[k] = PartOf(node.output(k), rows, writer);
}

}  // namespace moonlet
