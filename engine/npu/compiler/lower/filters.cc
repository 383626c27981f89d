// CONV_2D, DEPTHWISE_CONV_2D, FULLY_CONNECTED and TRANSPOSE_CONV.
#include <algorithm>
#include <cstdlib>

#include "engine/nn/checks.h"
#include "engine/nn/operators/image.h"
#include "engine/npu/compiler/lower/lower.h"
#include "engine/npu/compiler/weights_writer.h"

namespace moonlet::npu {
namespace {

// Which inputs are what.
struct FilterRoles {
  int data, bias;
};
FilterRoles RolesOf(const Node& node) {
  const bool transposed = node.code() == tflite::BuiltinOperator::TRANSPOSE_CONV;
  return transposed ? FilterRoles{2, 3} : FilterRoles{0, 2};
}

// As the CPU's kernels have it: FULLY_CONNECTED with one scale multiplies in float32.
Status FilterFactor(const Node& node, int32_t channel, bool single, Scale* scale) {
  const float in = node.input(RolesOf(node).data).scale();
  const ModelTensor filter = node.input(1);
  const float w = filter.scale(filter.scales() > 1 ? channel : 0);
  const float out = node.output(0).scale();
  Multiplier m;
  const bool made =
      single ? MakeTensorMultiplier(in, w, out, &m) : MakeChannelMultiplier(in, w, out, &m);
  if (!made) return Status::Unsupported("scales out of range");
  return ScaleOf(m, scale);
}

Status MakeRecords(const Node& node, int32_t channels, bool single, DraftFilter* filter) {
  filter->records.resize(static_cast<size_t>(channels));
  const int bias = RolesOf(node).bias;
  const bool biased = node.has_input(bias);
  for (int32_t c = 0; c < channels; ++c) {
    ScaleRecord& record = filter->records[static_cast<size_t>(c)];
    record.bias = biased ? Unaligned<int32_t>(node.input(bias).data().data())[c] : 0;
    if (Status s = FilterFactor(node, c, single, &record.scale); !s.ok()) return s;
  }
  return Status();
}

Status CheckWeights(const ModelTensor& filter) {
  if (filter.type() == tflite::TensorType::INT8) return Status();
  return Status::Unsupported("its filter is %s, expected int8", moonlet::NameOf(filter.type()));
}

// Weights in the order of the file, which is the plain one, less their zero point.
std::vector<int16_t> PlainWeights(const ModelTensor& filter, int32_t zero) {
  std::vector<int16_t> weights;
  weights.reserve(filter.data().size());
  for (const uint8_t byte : filter.data())
    weights.push_back(static_cast<int16_t>(static_cast<int8_t>(byte) - zero));
  return weights;
}

// Sums must fit in accumulators of 32 bits. A DEPTHWISE has too few taps for more.
Status CheckSums(const DraftFilter& filter) {
  constexpr int64_t kMost = 127 * 65536;
  const size_t each = filter.weights.size() / filter.records.size();
  for (size_t at = 0; at < filter.weights.size(); at += each) {
    int64_t sum = 0;
    for (size_t i = at; i < at + each; ++i) sum += std::abs(filter.weights[i]);
    if (sum > kMost)
      return Status::Unsupported("weights of one channel that add up to %lld",
                                 static_cast<long long>(sum));
  }
  return Status();
}

// [1, y, x, out] of one input channel, as a CONV has it.
std::vector<int16_t> OutputMajor(const std::vector<int16_t>& weights, int32_t outputs) {
  std::vector<int16_t> turned;
  turned.reserve(weights.size());
  const size_t n = static_cast<size_t>(outputs);
  for (size_t c = 0; c < n; ++c)
    for (size_t tap = 0; tap < weights.size() / n; ++tap) turned.push_back(weights[tap * n + c]);
  return turned;
}

struct FilterStep {
  OperationKind kind;
  Window window;
  OutputS8 range;
};

// [out, y, x, in] with rows and columns from the last to the first.
std::vector<int16_t> Turned(const std::vector<int16_t>& weights, size_t taps, size_t depth) {
  std::vector<int16_t> turned(weights.size());
  for (size_t at = 0; at < weights.size(); at += depth) {
    const size_t tap = at / depth % taps;
    const size_t to = at - tap * depth + (taps - 1 - tap) * depth;
    std::copy_n(weights.begin() + static_cast<std::ptrdiff_t>(at), depth,
                turned.begin() + static_cast<std::ptrdiff_t>(to));
  }
  return turned;
}

// `axis` leads from the output back to the input, which has zeros between its pixels.
struct BackwardAxis {
  int32_t before, after, extent;

  explicit BackwardAxis(const Axis& axis) {
    const int32_t reach = axis.input + axis.kernel - 1;
    before = axis.kernel - 1 - axis.pad;
    after = std::max(0, reach - before - axis.output * axis.stride);
    extent = (reach - before - after + axis.stride - 1) / axis.stride;
  }
};

Status BackwardWindow(const Node& node, Window* window) {
  const auto& options = *node.table().builtin_options_as_TransposeConvOptions();
  const ModelTensor filter = node.input(1);
  const ModelTensor output = node.output(0);
  moonlet::Padding padding;
  if (options.stride_h() != options.stride_w() || options.stride_h() > 2)
    return Status::Unsupported("strides %d, %d, expected 2 or 1", options.stride_h(),
                               options.stride_w());
  if (output.dim(0) != 1) return Status::Unsupported("a batch of %d", output.dim(0));
  if (Status s = CheckPadding(options.padding(), &padding); !s.ok()) return s;
  if (MakeAxis(padding, output.dim(1), filter.dim(1), options.stride_h(), 1, &window->y) &&
      MakeAxis(padding, output.dim(2), filter.dim(2), options.stride_w(), 1, &window->x))
    return Status();
  return Status::Unsupported("its window does not fit");
}

// Padding that stands for itself before becomes the operation's, which has as much as its kernel
// reaches over.
bool FusePad(const Node& node, Window* window, Feature* ifm, Lowering& lowering) {
  const DraftStep* maker = lowering.OnlyMaker(node.input(0), node);
  if (maker == nullptr) return false;
  const Node pad = lowering.graph().node(maker->node);
  if (pad.code() != tflite::BuiltinOperator::PAD && pad.code() != tflite::BuiltinOperator::PADV2)
    return false;
  Border border;
  if (!ReadBorder(pad, &border).ok() || border.value != node.input(0).zero_point()) return false;
  Window padded = *window;
  padded.y.pad += border.top;
  padded.y.input -= border.top + border.bottom;
  padded.x.pad += border.left;
  padded.x.input -= border.left + border.right;
  Operation op;
  SetWindow(padded, &op);
  if (std::max(op.padding.top, op.padding.bottom) >= op.kernel.dilated_height() ||
      std::max(op.padding.left, op.padding.right) >= op.kernel.dilated_width())
    return false;
  lowering.Drop(maker);
  *window = padded;
  *ifm = lowering.At(pad.input(0));
  ifm->map.zero_point = border.value;
  return true;
}

Status AddFilterStep(const Node& node, FilterStep f, DraftFilter filter, Lowering& lowering) {
  Feature ifm;
  if (!FusePad(node, &f.window, &ifm, lowering)) ifm = lowering.At(node.input(0));
  const Feature ofm = lowering.At(node.output(0));
  DraftStep& step = lowering.AddFilter(node, f.kind, ifm, ofm, std::move(filter));
  SetWindow(f.window, &step.op);
  SetRange(f.range, &step.op);
  if (f.kind == OperationKind::kConv)
    step.op.kernel.part_kernel_first =
        TraversalFor(step.op.kernel, ifm.map.depth, ifm.map.element.bytes);
  return CheckLimits(step.op);
}

}  // namespace

Status LowerConv(const Node& node, Lowering& lowering) {
  const tflite::Conv2DOptions& options = *node.table().builtin_options_as_Conv2DOptions();
  const ModelTensor input = node.input(0);
  const ModelTensor filter = node.input(1);
  if (Status s = CheckWeights(filter); !s.ok()) return s;
  if (filter.dim(3) != input.dim(3)) return Status::Unsupported("it has groups");
  if (input.dim(0) != 1) return Status::Unsupported("a batch of %d", input.dim(0));
  const int32_t channels = filter.dim(0);
  FilterStep f = {OperationKind::kConv, {}, {}};
  DraftFilter made;
  Status s = MakeWindow(node, options.padding(), StepsOf(filter, options), channels, &f.window);
  if (s.ok()) s = RangeOf(node, options.fused_activation_function(), &f.range);
  if (s.ok()) s = MakeRecords(node, channels, false, &made);
  if (!s.ok()) return s;
  made.weights = PlainWeights(filter, 0);
  if (s = CheckSums(made); !s.ok()) return s;
  return AddFilterStep(node, f, std::move(made), lowering);
}

Status LowerDepthwise(const Node& node, Lowering& lowering) {
  const auto& options = *node.table().builtin_options_as_DepthwiseConv2DOptions();
  const ModelTensor input = node.input(0);
  const ModelTensor filter = node.input(1);
  if (Status s = CheckWeights(filter); !s.ok()) return s;
  if (input.dim(0) != 1) return Status::Unsupported("a batch of %d", input.dim(0));
  const int32_t channels = filter.dim(3);
  const bool spreads = options.depth_multiplier() > 1;
  if (spreads && input.dim(3) != 1)
    return Status::Unsupported("a depth multiplier of %d with %d input channels",
                               options.depth_multiplier(), input.dim(3));
  FilterStep f = {spreads ? OperationKind::kConv : OperationKind::kDepthwise, {}, {}};
  DraftFilter made;
  Status s = MakeWindow(node, options.padding(), StepsOf(filter, options), channels, &f.window);
  if (s.ok()) s = RangeOf(node, options.fused_activation_function(), &f.range);
  if (s.ok()) s = MakeRecords(node, channels, false, &made);
  if (!s.ok()) return s;
  made.weights = PlainWeights(filter, 0);
  if (spreads) made.weights = OutputMajor(made.weights, channels);
  return AddFilterStep(node, f, std::move(made), lowering);
}

// A convolution with the filter turned around, over an input with zeros between its pixels.
Status LowerTransposeConv(const Node& node, Lowering& lowering) {
  const auto& options = *node.table().builtin_options_as_TransposeConvOptions();
  const ModelTensor filter = node.input(1);
  const int32_t channels = filter.dim(0);
  Window window;
  OutputS8 range;
  DraftFilter made;
  Status s = CheckWeights(filter);
  if (s.ok()) s = BackwardWindow(node, &window);
  if (s.ok()) s = RangeOf(node, options.fused_activation_function(), &range);
  if (s.ok()) s = MakeRecords(node, channels, false, &made);
  if (!s.ok()) return s;
  made.weights = Turned(PlainWeights(filter, 0),
                        static_cast<size_t>(filter.dim(1)) * static_cast<size_t>(filter.dim(2)),
                        static_cast<size_t>(filter.dim(3)));
  if (s = CheckSums(made); !s.ok()) return s;
  const Feature ifm = lowering.At(node.input(RolesOf(node).data));
  const Feature ofm = lowering.At(node.output(0));
  DraftStep& step = lowering.AddFilter(node, OperationKind::kConv, ifm, ofm, std::move(made));
  Operation& op = step.op;
  const BackwardAxis y(window.y), x(window.x);
  op.upscale = options.stride_h() == 2 ? Upscale::kZeros : Upscale::kNone;
  op.kernel.height = filter.dim(1);
  op.kernel.width = filter.dim(2);
  op.kernel.part_kernel_first = TraversalFor(op.kernel, ifm.map.depth, ifm.map.element.bytes);
  op.padding = {y.before, x.before, x.after, y.after};
  op.ifm.height = y.extent;
  op.ifm.width = x.extent;
  SetRange(range, &op);
  return CheckLimits(op);
}

// A 1 x 1 convolution over a row of batches.
Status LowerFullyConnected(const Node& node, Lowering& lowering) {
  const auto& options = *node.table().builtin_options_as_FullyConnectedOptions();
  const ModelTensor filter = node.input(1);
  if (Status s = CheckWeights(filter); !s.ok()) return s;
  const int32_t outputs = filter.dim(filter.rank() - 2);
  const int32_t depth = filter.dim(filter.rank() - 1);
  const bool single = filter.scales() == 1;
  OutputS8 range;
  DraftFilter made;
  Status s = RangeOf(node, options.fused_activation_function(), &range);
  if (s.ok()) s = MakeRecords(node, outputs, single, &made);
  if (!s.ok()) return s;
  made.weights = PlainWeights(filter, single ? filter.zero_point() : 0);
  if (s = CheckSums(made); !s.ok()) return s;
  const auto rows = static_cast<int32_t>(node.output(0).elements() / outputs);
  Feature ifm = lowering.At(node.input(0));
  Feature ofm = lowering.At(node.output(0));
  ifm.map = ViewAs(ifm.map, {1, rows, depth});
  ofm.map = ViewAs(ofm.map, {1, rows, outputs});
  DraftStep& step = lowering.AddFilter(node, OperationKind::kConv, ifm, ofm, std::move(made));
  SetRange(range, &step.op);
  return CheckLimits(step.op);
}

}  // namespace moonlet::npu
