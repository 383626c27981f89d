// SLICE and DYNAMIC_UPDATE_SLICE: a box taken out of a tensor, and a box put into one. Its
// begin may be computed by the model; its lengths are those of a tensor.
#include <algorithm>
#include <cstring>

#include "engine/nn/checks.h"
#include "engine/nn/operators/box_copy.h"
#include "engine/nn/operators/integers.h"
#include "engine/nn/operators/operators.h"
#include "engine/nn/operators/step_lists.h"

namespace moonlet {
namespace {

// A box inside a larger tensor of the same rank.
struct BoxRange {
  int32_t rank;
  int32_t whole[kMaxModelRank];
  int32_t box[kMaxModelRank];
  int32_t steps[kMaxModelRank];  // bytes, in the whole

  int64_t room(int axis) const { return int64_t{whole[axis]} - box[axis]; }
};

BoxRange RangeOf(const ModelTensor& whole, const ModelTensor& box) {
  const AxisSteps steps(whole);
  BoxRange range = {};
  range.rank = whole.rank();
  for (int axis = 0; axis < range.rank; ++axis) {
    range.whole[axis] = whole.dim(axis);
    range.box[axis] = box.dim(axis);
    range.steps[axis] = steps[axis];
  }
  return range;
}

Status CheckBox(const char* role, const ModelTensor& box, const ModelTensor& whole) {
  if (Status s = CheckType(role, box, whole.type()); !s.ok()) return s;
  bool fits = box.rank() == whole.rank();
  for (int i = 0; fits && i < whole.rank(); ++i) fits = box.dim(i) <= whole.dim(i);
  if (fits) return Status();
  return Status::Invalid("%s has shape %s, expected to fit into %s", TensorLabel(role, box).text,
                         DimsText(box.shape()).text, DimsText(whole.shape()).text);
}

// Byte of the whole where the box begins. A size of -1 reaches to the end.
Status FindBegin(const BoxRange& range, const IntegerArray& begin, const IntegerArray& size,
                 int64_t* first) {
  *first = 0;
  for (int axis = 0; axis < range.rank; ++axis) {
    const int64_t at = begin[axis];
    if (at < 0 || at > range.room(axis))
      return Status::Invalid("begin %lld of axis %d, expected 0 to %lld",
                             static_cast<long long>(at), axis + 1,
                             static_cast<long long>(range.room(axis)));
    const int64_t length = size[axis] == -1 ? range.whole[axis] - at : size[axis];
    if (length != range.box[axis])
      return Status::Invalid("%lld positions of axis %d, expected the output's %d",
                             static_cast<long long>(length), axis + 1, range.box[axis]);
    *first += at * range.steps[axis];
  }
  return Status();
}

struct SliceRecord {
  BoxRange range;
  StridedCopy copy;
  Operand input;
  Operand output;
  IntegerOperand begin;
  IntegerOperand size;
};

bool RunSlice(const void* record, const RunContext& run) {
  const auto* r = static_cast<const SliceRecord*>(record);
  int64_t first;
  const Status s = FindBegin(r->range, r->begin.Read(run), r->size.Read(run), &first);
  if (!s.ok()) return run.Refuse(s);
  return CopyStrided(r->copy, run.Address(r->input) + first, run.Write<uint8_t>(r->output),
                     run.stop);
}

struct UpdateRecord {
  BoxRange range;
  StridedCopy copy;
  Operand input;
  Operand update;
  IntegerOperand begin;
  Operand output;
  uint32_t bytes;
};

// As the reference, a box that would reach outside is moved inside.
bool RunUpdate(const void* record, const RunContext& run) {
  const auto* r = static_cast<const UpdateRecord*>(record);
  auto* output = run.Write<uint8_t>(r->output);
  if (r->input.at != r->output.at) std::memcpy(output, run.Address(r->input), r->bytes);
  const IntegerArray begin = r->begin.Read(run);
  int64_t first = 0;
  for (int axis = 0; axis < r->range.rank; ++axis)
    first += std::clamp<int64_t>(begin[axis], 0, r->range.room(axis)) * r->range.steps[axis];
  return CopyStrided(r->copy, run.Address(r->update), output + first, run.stop);
}

}  // namespace

Status PrepareSlice(const Node& node, StepWriter& writer) {
  if (Status s = CheckCounts(node, 3, 3); !s.ok()) return s;
  const ModelTensor input = node.input(0);
  const ModelTensor begin = node.input(1);
  const ModelTensor size = node.input(2);
  const ModelTensor output = node.output(0);
  const int rank = input.rank();
  Status s = CheckBox("output", output, input);
  if (s.ok()) s = CheckIntegerVector("begin", begin, rank);
  if (s.ok()) s = CheckIntegerVector("size", size, rank);
  if (!s.ok()) return s;
  const BoxRange range = RangeOf(input, output);
  const AxisSteps to(output);
  StridedAxis axes[kMaxModelRank];
  for (int i = 0; i < rank; ++i) axes[i] = {range.box[i], range.steps[i], to[i]};
  const std::span box(axes, static_cast<size_t>(rank));
  const StridedCopy copy = MakeStridedCopy(box, ElementBytes(input));
  if (begin.constant() && size.constant()) {
    int64_t first;
    s = FindBegin(range, ConstantIntegers(begin), ConstantIntegers(size), &first);
    if (s.ok()) WriteBoxCopy(input, first, copy, output, writer);
    return s;
  }
  auto* r = writer.Add<SliceRecord>(RunSlice);
  if (r != nullptr)
    *r = {range,
          copy,
          writer.At(input),
          writer.At(output),
          IntegersAt(begin, writer),
          IntegersAt(size, writer)};
  return s;
}

Status PrepareDynamicUpdateSlice(const Node& node, StepWriter& writer) {
  if (Status s = CheckCounts(node, 3, 3); !s.ok()) return s;
  const ModelTensor input = node.input(0);
  const ModelTensor update = node.input(1);
  const ModelTensor begin = node.input(2);
  const ModelTensor output = node.output(0);
  const int rank = input.rank();
  Status s = CheckType("output", output, input.type());
  if (s.ok()) s = CheckShape("output", output, input.shape());
  if (s.ok()) s = CheckBox("update", update, input);
  if (s.ok()) s = CheckIntegerVector("begin", begin, rank);
  if (!s.ok()) return s;
  const BoxRange range = RangeOf(input, update);
  const AxisSteps from(update);
  StridedAxis axes[kMaxModelRank];
  for (int i = 0; i < rank; ++i) axes[i] = {range.box[i], from[i], range.steps[i]};
  const std::span box(axes, static_cast<size_t>(rank));
  // What is read after the copy must not be overwritten by it.
  if (update.index() != input.index() && begin.index() != input.index())
    writer.Share(input, output, Sharing::kOverwrite);
  auto* r = writer.Add<UpdateRecord>(RunUpdate);
  if (r != nullptr)
    *r = {range,
          MakeStridedCopy(box, ElementBytes(input)),
          writer.At(input),
          writer.At(update),
          IntegersAt(begin, writer),
          writer.At(output),
          static_cast<uint32_t>(output.bytes())};
  return s;
}

const StepList kSliceSteps =
    ListSteps<Step<SliceRecord, RunSlice>, Step<UpdateRecord, RunUpdate>>();

}  // namespace moonlet
