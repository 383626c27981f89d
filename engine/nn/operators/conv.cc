// CONV_2D: input, filter [out, y, x, in / groups], optional bias.
#include "engine/kernels/conv.h"

#include "engine/nn/checks.h"
#include "engine/nn/operators/filter.h"
#include "engine/nn/operators/image.h"
#include "engine/nn/operators/operators.h"
#include "engine/nn/operators/step_lists.h"

namespace moonlet {
namespace {

using tflite::TensorType;

// What all types share: everything but the numbers' meaning.
struct ConvGeometry {
  Window window;
  int32_t in_channels;
  int32_t out_channels;
  int32_t groups;
  Activation activation;
};

Status CheckConv(const Node& node, TensorType type, TensorType bias_type, ConvGeometry* g) {
  Status s = CheckFilter(node, type);
  if (!s.ok()) return s;
  const tflite::Conv2DOptions* options = node.table().builtin_options_as_Conv2DOptions();
  if (options == nullptr) return MissingOptions();
  const ModelTensor input = node.input(0);
  const ModelTensor filter = node.input(1);
  s = CheckRank("filter", filter, 4);
  if (s.ok()) s = CheckRank("input", input, 4);
  if (s.ok()) s = CheckActivation(options->fused_activation_function(), &g->activation);
  if (!s.ok()) return s;
  g->in_channels = input.dim(3);
  g->out_channels = filter.dim(0);
  g->groups = g->in_channels / filter.dim(3);
  if (g->in_channels % filter.dim(3) != 0 || g->out_channels % g->groups != 0)
    return Status::Invalid("%s has shape %s, for an input of %d channels",
                           TensorLabel("filter", filter).text, DimsText(filter.shape()).text,
                           g->in_channels);
  if (s = CheckBias(node, bias_type, g->out_channels); !s.ok()) return s;
  return MakeWindow(node, options->padding(), StepsOf(filter, *options), g->out_channels,
                    &g->window);
}

// Groups, and channels of different scales, have images quantised asymmetrically.
Status PrepareConvHybrid(const Node& node, StepWriter& writer) {
  ConvGeometry g;
  Status s = CheckConv(node, TensorType::INT8, TensorType::FLOAT32, &g);
  if (s.ok()) s = CheckHybrid(node, 0, g.out_channels);
  if (!s.ok()) return s;
  ConvHybridParams p;
  p.conv = {g.window, g.in_channels, g.out_channels, g.groups, 0, {}};
  p.range = MakeRangeF32(g.activation);
  const ModelTensor filter = node.input(1);
  p.asymmetric = g.groups > 1;
  for (int c = 1; c < filter.scales(); ++c) p.asymmetric |= filter.scale(c) != filter.scale(0);
  const int64_t image = node.input(0).elements() / g.window.batches;
  return WriteFilterHybrid<ConvHybrid>(node, p, image, writer);
}

using ConvLayerS8 = LayerOfS8<ConvS8Params, ConvS8Kernel, DeviceConvS8Kernel>;
using ConvLayerS16 = LayerOfS16<ConvS16Params, int32_t, ConvS16<int32_t>>;
using ConvLayerS16Wide = LayerOfS16<ConvS16Params, int64_t, ConvS16<int64_t>>;

}  // namespace

Status PrepareConvS8(const Node& node, StepWriter& writer) {
  ConvGeometry g;
  OutputS8 range;
  Status s = CheckConv(node, FilterTypeS8(node), TensorType::INT32, &g);
  if (s.ok()) s = CheckOutputS8(node, g.activation, &range);
  if (s.ok()) s = CheckQuantized("input", node.input(0));
  if (!s.ok()) return s;
  const auto zero = static_cast<int16_t>(node.input(0).zero_point());
  const ConvS8Params p = {g.window, g.in_channels, g.out_channels, g.groups, zero, range};
  writer.BearRows(g.window.y);
  return WriteFilter<ConvLayerS8>(node, p, 0, g.out_channels, nullptr, writer);
}

Status PrepareConvS16(const Node& node, StepWriter& writer) {
  const tflite::Conv2DOptions* options = node.table().builtin_options_as_Conv2DOptions();
  if (options == nullptr) return MissingOptions();
  const TensorType sums = SumTypeOf(node, options->quantized_bias_type());
  ConvGeometry g;
  OutputS16 range;
  Status s = CheckConv(node, TensorType::INT8, sums, &g);
  if (s.ok()) s = CheckOutputS16(node, g.activation, &range);
  if (s.ok()) s = CheckQuantized("input", node.input(0));
  if (!s.ok()) return s;
  range.zero = 0;  // as the reference, which ignores the zero points of int16
  const ConvS16Params p = {g.window, g.in_channels, g.out_channels, g.groups, range};
  if (sums == TensorType::INT32)
    return WriteFilter<ConvLayerS16>(node, p, 0, g.out_channels, nullptr, writer);
  return WriteFilter<ConvLayerS16Wide>(node, p, 0, g.out_channels, nullptr, writer);
}

Status PrepareConvF32(const Node& node, StepWriter& writer) {
  if (IsHybrid(node)) return PrepareConvHybrid(node, writer);
  ConvGeometry g;
  if (Status s = CheckConv(node, TensorType::FLOAT32, TensorType::FLOAT32, &g); !s.ok()) return s;
  const ConvF32Params p = {g.window, g.in_channels, g.out_channels, g.groups,
                           MakeRangeF32(g.activation)};
  return WriteFilterF32<ConvF32>(node, p, writer);
}

const StepList kConvSteps =
    ListSteps<FilterStep<ConvLayerS8>, FilterStep<ConvLayerS16>, FilterStep<ConvLayerS16Wide>,
              FilterF32Step<ConvF32Params, ConvF32>,
              HybridFilterStep<ConvHybridParams, ConvHybrid>>();

}  // namespace moonlet
