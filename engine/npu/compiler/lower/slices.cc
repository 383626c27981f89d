// SLICE and STRIDED_SLICE: a box of the input, by the strides of its feature map.
#include <algorithm>

#include "engine/npu/compiler/lower/lower.h"

namespace moonlet::npu {
namespace {

constexpr int kBoxAxes = 4;

// What is taken of each axis, ones in front.
struct SlicedAxis {
  int64_t first = 0;
  int64_t step = 1;
  int32_t whole = 1;
  int32_t count = 1;
};
struct SlicedBox {
  SlicedAxis axes[kBoxAxes];

  SlicedAxis& At(int axis, int rank) { return axes[kBoxAxes - rank + axis]; }
};

Status CheckSliced(const Node& node) {
  if (node.input(0).rank() > kBoxAxes)
    return Status::Unsupported("%d axes, at most %d", node.input(0).rank(), kBoxAxes);
  for (int k = 1; k < node.inputs(); ++k)
    if (!node.input(k).constant() || node.input(k).type() != tflite::TensorType::INT32)
      return Status::Unsupported("its input %d is no constant of int32", k + 1);
  return Status();
}

Status ReadSlice(const Node& node, SlicedBox* box) {
  const int rank = node.input(0).rank();
  const Unaligned<int32_t> begin(node.input(1).data().data());
  for (int axis = 0; axis < rank; ++axis)
    box->At(axis, rank) = {begin[axis], 1, node.input(0).dim(axis), node.output(0).dim(axis)};
  return Status();
}

// The first and the number of positions, as the CPU counts them.
Status ReadRange(const Node& node, int axis, SlicedAxis* sliced) {
  const auto& options = *node.table().builtin_options_as_StridedSliceOptions();
  const auto entry = [&](int input) {
    return Unaligned<int32_t>(node.input(input).data().data())[axis];
  };
  const auto has = [axis](int32_t mask) { return (static_cast<uint32_t>(mask) >> axis & 1) != 0; };
  const int64_t size = sliced->whole;
  const auto position = [size](int64_t p) {
    return std::clamp<int64_t>(p < 0 ? p + size : p, 0, size);
  };
  sliced->step = entry(3);
  if (sliced->step < 1) return Status::Unsupported("a negative stride");
  sliced->first = has(options.begin_mask()) ? 0 : position(entry(1));
  const int64_t end = has(options.end_mask()) ? size : position(entry(2));
  const bool one = has(options.shrink_axis_mask());
  sliced->count =
      one ? 1 : static_cast<int32_t>((end - sliced->first + sliced->step - 1) / sliced->step);
  return Status();
}

Status ReadStridedSlice(const Node& node, SlicedBox* box) {
  const auto& options = *node.table().builtin_options_as_StridedSliceOptions();
  if (options.ellipsis_mask() != 0 || options.new_axis_mask() != 0)
    return Status::Unsupported("an ellipsis or a new axis");
  const int rank = node.input(0).rank();
  for (int axis = 0; axis < rank; ++axis) {
    SlicedAxis& sliced = box->At(axis, rank);
    sliced.whole = sliced.count = node.input(0).dim(axis);
    if (axis >= node.input(1).dim(0)) continue;
    if (Status s = ReadRange(node, axis, &sliced); !s.ok()) return s;
  }
  return Status();
}

}  // namespace

Status LowerSlice(const Node& node, Lowering& lowering) {
  SlicedBox box;
  Status s = CheckSliced(node);
  if (s.ok())
    s = node.code() == tflite::BuiltinOperator::SLICE ? ReadSlice(node, &box)
                                                      : ReadStridedSlice(node, &box);
  if (!s.ok()) return s;
  const auto& [batch, y, x, c] = box.axes;
  if (batch.whole != 1) return Status::Unsupported("a batch of %d", batch.whole);
  if (c.step != 1 && c.count > 1) return Status::Unsupported("a stride along channels");
  const Extent extent = {y.count, x.count, c.count};
  Feature from = lowering.At(node.input(0));
  Feature to = lowering.At(node.output(0));
  FeatureMap& map = from.map;
  map.base[0] += static_cast<uint64_t>(y.first * map.stride_y + x.first * map.stride_x + c.first);
  map.stride_y *= y.step;
  map.stride_x *= x.step;
  map.height = map.height0 = map.height1 = extent.height;
  map.width = map.width0 = extent.width;
  map.depth = extent.depth;
  to.map = ViewAs(to.map, extent);
  return AddCopy(node, from, to, lowering);
}

}  // namespace moonlet::npu
