// AVERAGE_POOL_2D, MAX_POOL_2D; MEAN and SUM over rows and columns.
#include <bit>

#include "engine/kernels/reduction.h"
#include "engine/nn/operators/image.h"
#include "engine/npu/compiler/lower/lower.h"

namespace moonlet::npu {
namespace {

// 1 / taps, such that every sum of taps bytes is rounded as a division would.
Scale ReciprocalOf(int64_t taps) {
  const auto k = static_cast<int>(std::bit_width(static_cast<uint64_t>(taps - 1)));
  constexpr int kBits = 31;
  const uint64_t multiplier =
      ((uint64_t{1} << (kBits + k)) + (uint64_t{1} << k)) / static_cast<uint64_t>(taps);
  return {static_cast<uint32_t>(multiplier), static_cast<uint8_t>(kBits + k)};
}

// Which axes are summed, from a scalar or a list.
uint32_t SummedAxes(const ModelTensor& axes, int rank) {
  const Unaligned<int32_t> values(axes.data().data());
  uint32_t set = 0;
  for (int64_t i = 0; i < axes.elements(); ++i) {
    const int32_t axis = values[static_cast<std::ptrdiff_t>(i)];
    set |= 1u << (axis < 0 ? axis + rank : axis);
  }
  return set;
}

Status SumScale(const Node& node, int32_t taps, Scale* scale) {
  const float in = node.input(0).scale();
  const float out = node.output(0).scale();
  Multiplier m;
  const bool mean = node.code() == tflite::BuiltinOperator::MEAN;
  const bool made = mean ? MakeMeanScale(in, out, taps, &m) : MakeSumScale(in, out, &m);
  return made ? ScaleOf(m, scale) : Status::Unsupported("scales out of range");
}

}  // namespace

Status LowerPool(const Node& node, Lowering& lowering) {
  const tflite::Pool2DOptions& options = *node.table().builtin_options_as_Pool2DOptions();
  const ModelTensor input = node.input(0);
  if (input.dim(0) != 1) return Status::Unsupported("a batch of %d", input.dim(0));
  const FilterSteps steps = {options.filter_height(), options.filter_width(), options.stride_h(),
                             options.stride_w()};
  Window window;
  OutputS8 range;
  Status s = MakeWindow(node, options.padding(), steps, input.dim(3), &window);
  if (s.ok()) s = RangeOf(node, options.fused_activation_function(), &range);
  if (!s.ok()) return s;
  range.zero = 0;  // raw values are pooled
  const Feature ifm = lowering.At(input);
  const Feature ofm = lowering.At(node.output(0));
  DraftStep& step = lowering.Add(node, OperationKind::kPool);
  Lowering::SetIfm(ifm, &step);
  Lowering::SetOfm(ofm, &step);
  Operation& op = step.op;
  SetWindow(window, &op);
  SetRange(range, &op);
  op.ifm.zero_point = 0;
  if (node.code() == tflite::BuiltinOperator::MAX_POOL_2D) {
    op.pool = PoolMode::kMax;
  } else {
    op.pool = PoolMode::kAverage;
    op.global_scale = op.padding == npu::Padding{};
    if (op.global_scale) op.ofm_scale = ReciprocalOf(int64_t{window.y.kernel} * window.x.kernel);
  }
  return CheckLimits(op);
}

// A DEPTHWISE with weights of 1, whose scale divides.
Status LowerMean(const Node& node, Lowering& lowering) {
  const ModelTensor input = node.input(0);
  const uint32_t axes = SummedAxes(node.input(1), input.rank());
  if (input.rank() != 4 || (axes & ~6u) != 0 || axes == 0 || input.dim(0) != 1)
    return Status::Unsupported("it sums over other axes than rows and columns of one image");
  const int32_t rows = (axes & 2) != 0 ? input.dim(1) : 1;
  const int32_t columns = (axes & 4) != 0 ? input.dim(2) : 1;
  const int32_t channels = input.dim(3);
  Scale scale;
  Status s = CheckMadeFilter(rows, columns, channels);
  if (s.ok()) s = SumScale(node, rows * columns, &scale);
  if (!s.ok()) return s;
  const size_t taps = static_cast<size_t>(rows) * static_cast<size_t>(columns);
  DraftFilter filter;
  filter.records.assign(static_cast<size_t>(channels), ScaleRecord{0, scale});
  filter.weights.assign(taps * static_cast<size_t>(channels), 1);
  const Feature ifm = lowering.At(input);
  Feature ofm = lowering.At(node.output(0));
  ofm.map = ViewAs(ofm.map, {input.dim(1) / rows, input.dim(2) / columns, channels});
  DraftStep& step =
      lowering.AddFilter(node, OperationKind::kDepthwise, ifm, ofm, std::move(filter));
  step.op.kernel.height = rows;
  step.op.kernel.width = columns;
  return CheckLimits(step.op);
}

}  // namespace moonlet::npu
