// STRIDED_SLICE: a box of the input, every stride-th element along each axis. begin, end and
// strides are constants; what they say of an axis may be overruled by bits of five masks.
#include <algorithm>

#include "engine/nn/checks.h"
#include "engine/nn/operators/box_copy.h"
#include "engine/nn/operators/operators.h"

namespace moonlet {
namespace {

using tflite::TensorType;

// The three constants, entry by entry.
struct Entries {
  int count = 0;
  Unaligned<int32_t> begin;
  Unaligned<int32_t> end;
  Unaligned<int32_t> stride;
};

Status CheckEntries(const Node& node, Entries* entries) {
  constexpr const char* kRoles[] = {"begin", "end", "strides"};
  Unaligned<int32_t>* values[] = {&entries->begin, &entries->end, &entries->stride};
  for (int k = 0; k < 3; ++k) {
    const ModelTensor tensor = node.input(k + 1);
    Status s = CheckType(kRoles[k], tensor, TensorType::INT32);
    if (s.ok()) s = CheckRank(kRoles[k], tensor, 1);
    if (s.ok()) s = CheckConstant(kRoles[k], tensor);
    if (s.ok() && k > 0) s = CheckShape(kRoles[k], tensor, node.input(1).shape());
    if (!s.ok()) return s;
    *values[k] = Unaligned<int32_t>(tensor.data().data());
  }
  entries->count = node.input(1).dim(0);
  return Status();
}

// What is taken along one axis of the input: count positions from `first`.
struct Range {
  int64_t first;
  int64_t stride;
  int64_t count;
};

Range WholeAxis(int32_t size) { return {0, 1, size}; }

// Negative positions count from the end; what lies outside is cut off.
int64_t Position(int32_t value, int32_t size, int64_t stride) {
  const int64_t position = value < 0 ? int64_t{value} + size : value;
  return stride > 0 ? std::clamp<int64_t>(position, 0, size)
                    : std::clamp<int64_t>(position, -1, int64_t{size} - 1);
}

// Builds the box axis by axis, as entries and masks ask for it.
class Box {
 public:
  explicit Box(const ModelTensor& input) : input_(input), bytes_(input) {}

  int left() const { return input_.rank() - axis_; }  // axes not yet taken
  int32_t size() const { return input_.dim(axis_); }  // of the next one
  bool full() const { return rank_ == kMaxModelRank; }

  // The next axis, which the output keeps, or leaves out where only one position is taken.
  void Take(const Range& range, bool keep) {
    const int64_t step = range.count > 1 ? range.stride * bytes_[axis_] : 0;
    first_ += range.first * bytes_[axis_];
    axes_[axis_] = {static_cast<int32_t>(range.count), static_cast<int32_t>(step), 0};
    ++axis_;
    if (keep) shape_[rank_++] = static_cast<int32_t>(range.count);
  }
  void AddAxis() { shape_[rank_++] = 1; }

  std::span<const int32_t> shape() const { return {shape_, static_cast<size_t>(rank_)}; }
  int64_t first() const { return first_; }
  // Requires that every axis was taken and the output has shape().
  StridedCopy Copy() {
    const int32_t element = ElementBytes(input_);
    int32_t bytes = element;
    for (int axis = input_.rank() - 1; axis >= 0; --axis) {
      axes_[axis].to = bytes;
      bytes *= axes_[axis].count;
    }
    return MakeStridedCopy({axes_, static_cast<size_t>(input_.rank())}, element);
  }

 private:
  const ModelTensor& input_;
  const AxisSteps bytes_;
  StridedAxis axes_[kMaxModelRank] = {};
  int32_t shape_[kMaxModelRank] = {};
  int64_t first_ = 0;
  int axis_ = 0;
  int rank_ = 0;
};

// Entry i of the constants on the box's next axis.
Status TakeEntry(const Entries& entries, const tflite::StridedSliceOptions& masks, int i,
                 Box* box) {
  const auto has = [i](int32_t mask) { return (static_cast<uint32_t>(mask) >> i & 1) != 0; };
  const int64_t stride = entries.stride[i];
  if (stride == 0) return Status::Invalid("stride %d is 0", i + 1);
  const int32_t size = box->size();
  const int64_t before = stride > 0 ? 0 : int64_t{size} - 1;
  const int64_t behind = stride > 0 ? size : -1;
  const int64_t first = has(masks.begin_mask()) ? before : Position(entries.begin[i], size, stride);
  if (has(masks.shrink_axis_mask())) {
    if (stride < 0 || first >= size)
      return Status::Invalid("entry %d takes position %d of %d with stride %d", i + 1,
                             entries.begin[i], size, entries.stride[i]);
    box->Take({first, 1, 1}, false);
    return Status();
  }
  const int64_t end = has(masks.end_mask()) ? behind : Position(entries.end[i], size, stride);
  const int64_t count =
      stride > 0 ? (end - first + stride - 1) / stride : (first - end - stride - 1) / -stride;
  if (count < 1) return Status::Invalid("entry %d takes nothing of %d positions", i + 1, size);
  box->Take({first, stride, count}, true);
  return Status();
}

Status TakeEntries(const Entries& entries, const tflite::StridedSliceOptions& masks, Box* box) {
  const auto ellipses = static_cast<uint32_t>(masks.ellipsis_mask());
  const auto added = static_cast<uint32_t>(masks.new_axis_mask());
  bool whole_axes_taken = false;
  for (int i = 0; i < entries.count; ++i) {
    if (box->full()) return Status::Unsupported("more than %d axes", kMaxModelRank);
    if ((ellipses >> i & 1) != 0) {
      if (whole_axes_taken) return Status::Invalid("two ellipses");
      whole_axes_taken = true;
      // As many axes as the entries behind this one leave.
      int behind = 0;
      for (int k = i + 1; k < entries.count; ++k) behind += (added >> k & 1) != 0 ? 0 : 1;
      while (box->left() > behind && !box->full()) box->Take(WholeAxis(box->size()), true);
    } else if ((added >> i & 1) != 0) {
      box->AddAxis();
    } else if (box->left() == 0) {
      return Status::Invalid("%d entries for fewer axes", entries.count);
    } else if (Status s = TakeEntry(entries, masks, i, box); !s.ok()) {
      return s;
    }
  }
  while (box->left() > 0 && !box->full()) box->Take(WholeAxis(box->size()), true);
  if (box->left() > 0) return Status::Unsupported("more than %d axes", kMaxModelRank);
  return Status();
}

}  // namespace

Status PrepareStridedSlice(const Node& node, StepWriter& writer) {
  if (Status s = CheckCounts(node, 4, 4); !s.ok()) return s;
  const auto* masks = node.table().builtin_options_as_StridedSliceOptions();
  if (masks == nullptr) return MissingOptions();
  if (masks->offset()) return Status::Unsupported("an end relative to its begin");
  const ModelTensor input = node.input(0);
  const ModelTensor output = node.output(0);
  Entries entries;
  Status s = CheckType("output", output, input.type());
  if (s.ok()) s = CheckEntries(node, &entries);
  if (!s.ok()) return s;
  if (input.elements() == 0 || entries.count > 2 * kMaxModelRank)
    return Status::Invalid("%d entries for shape %s", entries.count, DimsText(input.shape()).text);
  Box box(input);
  s = TakeEntries(entries, *masks, &box);
  if (s.ok()) s = CheckShape("output", output, box.shape());
  if (!s.ok()) return s;
  WriteBoxCopy(input, box.first(), box.Copy(), output, writer);
  return s;
}

}  // namespace moonlet
