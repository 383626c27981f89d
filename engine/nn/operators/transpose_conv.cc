// TRANSPOSE_CONV: output shape, filter [out, y, x, in], input, optional bias. The first is
// not read: the output tensor has the shape.
#include "engine/kernels/transpose_conv.h"

#include "engine/nn/checks.h"
#include "engine/nn/operators/filter.h"
#include "engine/nn/operators/image.h"
#include "engine/nn/operators/operators.h"
#include "engine/nn/operators/step_lists.h"

namespace moonlet {
namespace {

using tflite::TensorType;

constexpr int kFilter = 1, kInput = 2, kBias = 3;

// The window of the convolution from output to input, which must give the input's shape.
Status MakeBackwardWindow(const Node& node, const tflite::TransposeConvOptions& options,
                          Window* window) {
  const ModelTensor input = node.input(kInput);
  const ModelTensor filter = node.input(kFilter);
  const ModelTensor output = node.output(0);
  const FilterSteps steps = {filter.dim(1), filter.dim(2), options.stride_h(), options.stride_w()};
  Padding padding;
  if (Status s = CheckPadding(options.padding(), &padding); !s.ok()) return s;
  Window w;
  w.batches = output.dim(0);
  if (!MakeAxis(padding, output.dim(1), steps.kernel_y, steps.stride_y, 1, &w.y) ||
      !MakeAxis(padding, output.dim(2), steps.kernel_x, steps.stride_x, 1, &w.x))
    return Status::Invalid("a %d x %d filter, strides %d, %d, to output %s", steps.kernel_y,
                           steps.kernel_x, steps.stride_y, steps.stride_x,
                           DimsText(output.shape()).text);
  *window = w;
  const int32_t in[] = {w.batches, w.y.output, w.x.output, filter.dim(3)};
  const int32_t out[] = {w.batches, w.y.input, w.x.input, filter.dim(0)};
  Status s = CheckShape("input", input, in);
  if (s.ok()) s = CheckShape("output", output, out);
  return s;
}

// Everything but quantisation; `filter_type` and `bias_type` are the expected ones.
template <typename Params>
Status CheckTransposeConv(const Node& node, TensorType filter_type, TensorType bias_type, Params* p,
                          Activation* activation) {
  Status s = CheckCounts(node, 3, 4);
  if (!s.ok()) return s;
  const tflite::TransposeConvOptions* options =
      node.table().builtin_options_as_TransposeConvOptions();
  if (options == nullptr) return MissingOptions();
  const ModelTensor input = node.input(kInput);
  const ModelTensor filter = node.input(kFilter);
  s = CheckType("input", input, node.output(0).type());
  if (s.ok()) s = CheckType("filter", filter, filter_type);
  if (s.ok()) s = CheckConstant("filter", filter);
  if (s.ok()) s = CheckAligned("input", input);
  if (s.ok()) s = CheckRank("input", input, 4);
  if (s.ok()) s = CheckRank("filter", filter, 4);
  if (s.ok()) s = CheckRank("output", node.output(0), 4);
  if (s.ok()) s = CheckActivation(options->fused_activation_function(), activation);
  if (s.ok()) s = MakeBackwardWindow(node, *options, &p->window);
  if (!s.ok()) return s;
  p->in_channels = filter.dim(3);
  p->out_channels = filter.dim(0);
  return CheckBias(node, bias_type, p->out_channels, kBias);
}

FilterOperands OperandsOf(const Node& node, const StepWriter& writer) {
  const Operand bias = node.has_input(kBias) ? writer.At(node.input(kBias)) : Operand{};
  return {writer.At(node.input(kInput)), writer.At(node.input(kFilter)), bias,
          writer.At(node.output(0))};
}

template <typename Layer>
Status WriteTransposeConv(const Node& node, const typename Layer::Params& p, StepWriter& writer) {
  LayerFactors factors;
  const Status s = MakeFactors(node.input(kInput), node.input(kFilter), node.output(0), 0,
                               p.out_channels, writer, &factors);
  return s.ok() ? WriteFilterStep<Layer>(node, p, OperandsOf(node, writer), 0, factors, writer) : s;
}

using TransposeConvLayerS8 =
    LayerOfS8<TransposeConvS8Params, TransposeConvS8Kernel, DeviceTransposeConvS8Kernel>;
using TransposeConvLayerS16 =
    LayerOfS16<TransposeConvS16Params, int16_t, TransposeConvS16<int16_t>>;
using TransposeConvLayerS16Wide =
    LayerOfS16<TransposeConvS16Params, int64_t, TransposeConvS16<int64_t>>;

}  // namespace

Status PrepareTransposeConvS8(const Node& node, StepWriter& writer) {
  TransposeConvS8Params p;
  Activation activation;
  Status s = CheckTransposeConv(node, TensorType::INT8, TensorType::INT32, &p, &activation);
  if (s.ok()) s = CheckQuantized("input", node.input(kInput));
  if (s.ok()) s = CheckOutputS8(node, activation, &p.output);
  if (!s.ok()) return s;
  p.input_zero = static_cast<int16_t>(node.input(kInput).zero_point());
  return WriteTransposeConv<TransposeConvLayerS8>(node, p, writer);
}

Status PrepareTransposeConvS16(const Node& node, StepWriter& writer) {
  TransposeConvS16Params p;
  Activation activation;
  const bool narrow = node.has_input(kBias) && node.input(kBias).type() == TensorType::INT16;
  const TensorType bias_type = narrow ? TensorType::INT16 : TensorType::INT64;
  Status s = CheckTransposeConv(node, TensorType::INT8, bias_type, &p, &activation);
  if (s.ok()) s = CheckQuantized("input", node.input(kInput));
  if (s.ok()) s = CheckOutputS16(node, activation, &p.output);
  if (!s.ok()) return s;
  p.output.zero = 0;  // as the reference, which ignores the zero points of int16
  return narrow ? WriteTransposeConv<TransposeConvLayerS16>(node, p, writer)
                : WriteTransposeConv<TransposeConvLayerS16Wide>(node, p, writer);
}

Status PrepareTransposeConvF32(const Node& node, StepWriter& writer) {
  TransposeConvF32Params p;
  Activation activation;
  Status s = CheckTransposeConv(node, TensorType::FLOAT32, TensorType::FLOAT32, &p, &activation);
  if (!s.ok()) return s;
  p.range = MakeRangeF32(activation);
  auto* r = writer.Add<FilterF32Record<TransposeConvF32Params>>(
      RunFilterF32<TransposeConvF32Params, TransposeConvF32>);
  if (r != nullptr) *r = {p, OperandsOf(node, writer), MacsOf(node) >= kLargeLayer};
  return s;
}

const StepList kTransposeConvSteps =
    ListSteps<FilterStep<TransposeConvLayerS8>, FilterStep<TransposeConvLayerS16>,
              FilterStep<TransposeConvLayerS16Wide>,
              FilterF32Step<TransposeConvF32Params, TransposeConvF32>>();

}  // namespace moonlet
