// RESHAPE and its like, CONCATENATION, PAD, RESIZE_NEAREST_NEIGHBOR: bytes stay as they are.
#include <algorithm>

#include "engine/npu/compiler/lower/lower.h"

namespace moonlet::npu {
namespace {

constexpr Scale kUnitScale = {1u << 30, 30};

// Bytes from an element to the next along the axis of channels.
int64_t ChannelOffset(const FeatureMap& map, int32_t channel) {
  return map.layout == Layout::kNhwc ? channel * int64_t{map.element.bytes}
                                     : channel / 16 * map.stride_c;
}

// Joined along channels by rows, columns and channels.
Status JoinChannels(const Node& node, Lowering& lowering) {
  int32_t first = 0;
  for (int k = 0; k < node.inputs(); ++k) {
    const Feature from = lowering.At(node.input(k));
    Feature to = lowering.At(node.output(0));
    to.map.base[0] += static_cast<uint64_t>(ChannelOffset(to.map, first));
    to.map.depth = from.map.depth;
    first += from.map.depth;
    if (Status s = AddCopy(node, from, to, lowering); !s.ok()) return s;
  }
  return Status();
}

// Joined along another axis, whose elements are `inner` bytes each, `outer` times.
Status JoinInner(const Node& node, int axis, Lowering& lowering) {
  const ModelTensor output = node.output(0);
  int32_t outer = 1, inner = 1, first = 0;
  for (int i = 0; i < axis; ++i) outer *= output.dim(i);
  for (int i = axis + 1; i < output.rank(); ++i) inner *= output.dim(i);
  for (int k = 0; k < node.inputs(); ++k) {
    const int32_t length = node.input(k).dim(axis);
    Feature from = lowering.At(node.input(k));
    Feature to = lowering.At(output);
    from.map = ViewAs(from.map, {outer, length, inner});
    to.map = ViewAs(to.map, {outer, output.dim(axis), inner});
    to.map.base[0] += static_cast<uint64_t>(first) * static_cast<uint64_t>(inner);
    to.map.width = to.map.width0 = length;
    first += length;
    if (Status s = AddCopy(node, from, to, lowering); !s.ok()) return s;
  }
  return Status();
}

}  // namespace

Status AddCopy(const Node& node, const Feature& from, const Feature& to, Lowering& lowering) {
  DraftStep& step = lowering.Add(node, OperationKind::kPool);
  Lowering::SetIfm(from, &step);
  Lowering::SetOfm(to, &step);
  step.op.ifm.zero_point = 0;
  step.op.ofm.zero_point = 0;
  step.op.pool = PoolMode::kAverage;
  step.op.global_scale = true;
  step.op.ofm_scale = kCopyScale;
  step.op.rounding = Rounding::kNatural;
  return CheckLimits(step.op);
}

Status LowerReshape(const Node& node, Lowering& lowering) {
  if (node.input(0).constant()) return Status::Unsupported("its input is a constant");
  lowering.Alias(node.output(0), node.input(0));
  return Status();
}

// The unit reads each pixel twice along both axes. Centres of pixels do not change which is the
// nearest then; corners that meet do.
Status LowerResize(const Node& node, Lowering& lowering) {
  const ModelTensor input = node.input(0);
  const ModelTensor output = node.output(0);
  const auto& options = *node.table().builtin_options_as_ResizeNearestNeighborOptions();
  if (options.align_corners()) return Status::Unsupported("it aligns corners");
  if (input.dim(0) != 1) return Status::Unsupported("a batch of %d", input.dim(0));
  if (output.dim(1) != 2 * int64_t{input.dim(1)} || output.dim(2) != 2 * int64_t{input.dim(2)})
    return Status::Unsupported("from %d x %d to %d x %d, expected twice as many", input.dim(1),
                               input.dim(2), output.dim(1), output.dim(2));
  const Feature from = lowering.At(input);
  const Feature to = lowering.At(output);
  Status s = AddCopy(node, from, to, lowering);
  lowering.draft().steps.back().op.upscale = Upscale::kNearest;
  return s;
}

Status LowerConcatenation(const Node& node, Lowering& lowering) {
  const int32_t given = node.table().builtin_options_as_ConcatenationOptions()->axis();
  const int rank = node.output(0).rank();
  const int axis = given < 0 ? given + rank : given;
  return axis == rank - 1 ? JoinChannels(node, lowering) : JoinInner(node, axis, lowering);
}

Status ReadBorder(const Node& node, Border* border) {
  const ModelTensor input = node.input(0);
  const int rank = input.rank();
  const Unaligned<int32_t> values(node.input(1).data().data());
  // Of the axis that stands `back` places before the last.
  const auto side = [&](int back, int which) {
    return back < rank ? values[2 * (rank - 1 - back) + which] : 0;
  };
  *border = {side(2, 0), side(2, 1), side(1, 0), side(1, 1), node.output(0).zero_point()};
  if (rank > 4 || side(3, 0) + side(3, 1) > 0 || side(0, 0) + side(0, 1) > 0)
    return Status::Unsupported("it pads other axes than rows and columns");
  if (border->top + border->bottom > 0 && rank == 4 && input.dim(0) != 1)
    return Status::Unsupported("a batch of %d", input.dim(0));
  if (node.code() != tflite::BuiltinOperator::PADV2) return Status();
  if (!node.input(2).constant()) return Status::Unsupported("its value is no constant");
  border->value = static_cast<int8_t>(node.input(2).data()[0]);
  return Status();
}

// A DEPTHWISE that picks one tap, in a kernel just large enough to cover the border.
Status LowerPad(const Node& node, Lowering& lowering) {
  Border border;
  Status s = ReadBorder(node, &border);
  if (s.ok())
    s = CheckMadeFilter(int64_t{border.top} + border.bottom + 1,
                        int64_t{border.left} + border.right + 1,
                        lowering.At(node.input(0)).map.depth);
  if (!s.ok()) return s;
  const int32_t rows = border.top + border.bottom + 1;
  const int32_t columns = border.left + border.right + 1;
  const Feature ifm = lowering.At(node.input(0));
  const Feature ofm = lowering.At(node.output(0));
  const auto channels = static_cast<size_t>(ifm.map.depth);
  const int32_t tap = border.bottom * columns + border.right;
  DraftFilter filter;
  filter.records.assign(channels, ScaleRecord{0, kUnitScale});
  filter.weights.assign(static_cast<size_t>(rows) * static_cast<size_t>(columns) * channels, 0);
  std::fill_n(filter.weights.begin() + static_cast<std::ptrdiff_t>(tap) * ifm.map.depth, channels,
              int16_t{1});
  DraftStep& step =
      lowering.AddFilter(node, OperationKind::kDepthwise, ifm, ofm, std::move(filter));
  Operation& op = step.op;
  op.kernel.height = rows;
  op.kernel.width = columns;
  op.padding = {rows - 1, columns - 1, columns - 1, rows - 1};
  // The border is the zero of both sides; the input's bytes stay.
  op.ifm.zero_point = border.value;
  op.ofm.zero_point = border.value;
  return CheckLimits(op);
}

}  // namespace moonlet::npu
