// DEPTHWISE_CONV_2D: input, filter [1, y, x, channels * multiplier], optional bias.
#include "engine/kernels/depthwise.h"

#include "engine/nn/checks.h"
#include "engine/nn/operators/filter.h"
#include "engine/nn/operators/image.h"
#include "engine/nn/operators/operators.h"
#include "engine/nn/operators/step_lists.h"

namespace moonlet {
namespace {

using tflite::TensorType;

// What all types share: everything but the numbers' meaning.
struct DepthwiseGeometry {
  Window window;
  int32_t channels;
  int32_t multiplier;
  int32_t out_channels;
  Activation activation;
};

Status CheckDepthwise(const Node& node, TensorType type, TensorType bias_type,
                      DepthwiseGeometry* g) {
  Status s = CheckFilter(node, type);
  if (!s.ok()) return s;
  const tflite::DepthwiseConv2DOptions* options =
      node.table().builtin_options_as_DepthwiseConv2DOptions();
  if (options == nullptr) return MissingOptions();
  const ModelTensor input = node.input(0);
  const ModelTensor filter = node.input(1);
  s = CheckRank("filter", filter, 4);
  if (s.ok()) s = CheckRank("input", input, 4);
  if (s.ok()) s = CheckActivation(options->fused_activation_function(), &g->activation);
  if (!s.ok()) return s;
  g->channels = input.dim(3);
  g->multiplier = options->depth_multiplier();
  g->out_channels = filter.dim(3);
  if (filter.dim(0) != 1 || g->multiplier < 1 ||
      int64_t{g->channels} * g->multiplier != g->out_channels)
    return Status::Invalid("%s has shape %s, for %d input channels with depth multiplier %d",
                           TensorLabel("filter", filter).text, DimsText(filter.shape()).text,
                           g->channels, g->multiplier);
  if (s = CheckBias(node, bias_type, g->out_channels); !s.ok()) return s;
  return MakeWindow(node, options->padding(), StepsOf(filter, *options), g->out_channels,
                    &g->window);
}

Status PrepareDepthwiseHybrid(const Node& node, StepWriter& writer) {
  DepthwiseGeometry g;
  Status s = CheckDepthwise(node, TensorType::INT8, TensorType::FLOAT32, &g);
  if (s.ok()) s = CheckHybrid(node, 3, g.out_channels);
  if (!s.ok()) return s;
  DepthwiseHybridParams p;
  p.depthwise = {g.window, g.channels, g.multiplier, 0, {}};
  p.range = MakeRangeF32(g.activation);
  const int64_t image = node.input(0).elements() / g.window.batches;
  return WriteFilterHybrid<DepthwiseHybrid>(node, p, image, writer);
}

using DepthwiseLayerS8 = LayerOfS8<DepthwiseS8Params, DepthwiseS8Kernel, DeviceDepthwiseS8Kernel>;
using DepthwiseLayerS16 = LayerOfS16<DepthwiseS16Params, int64_t, DepthwiseS16>;

}  // namespace

Status PrepareDepthwiseS8(const Node& node, StepWriter& writer) {
  DepthwiseGeometry g;
  OutputS8 range;
  Status s = CheckDepthwise(node, FilterTypeS8(node), TensorType::INT32, &g);
  if (s.ok()) s = CheckOutputS8(node, g.activation, &range);
  if (s.ok()) s = CheckQuantized("input", node.input(0));
  if (!s.ok()) return s;
  const auto zero = static_cast<int16_t>(node.input(0).zero_point());
  const DepthwiseS8Params p = {g.window, g.channels, g.multiplier, zero, range};
  writer.BearRows(g.window.y);
  return WriteFilter<DepthwiseLayerS8>(node, p, 3, g.out_channels, nullptr, writer);
}

Status PrepareDepthwiseS16(const Node& node, StepWriter& writer) {
  DepthwiseGeometry g;
  OutputS16 range;
  Status s = CheckDepthwise(node, TensorType::INT8, TensorType::INT64, &g);
  if (s.ok()) s = CheckOutputS16(node, g.activation, &range);
  if (s.ok()) s = CheckQuantized("input", node.input(0));
  if (!s.ok()) return s;
  range.zero = 0;  // as the reference, which ignores the zero points of int16
  const DepthwiseS16Params p = {g.window, g.channels, g.multiplier, range};
  return WriteFilter<DepthwiseLayerS16>(node, p, 3, g.out_channels, nullptr, writer);
}

Status PrepareDepthwiseF32(const Node& node, StepWriter& writer) {
  if (IsHybrid(node)) return PrepareDepthwiseHybrid(node, writer);
  DepthwiseGeometry g;
  if (Status s = CheckDepthwise(node, TensorType::FLOAT32, TensorType::FLOAT32, &g); !s.ok())
    return s;
  const DepthwiseF32Params p = {g.window, g.channels, g.multiplier, MakeRangeF32(g.activation)};
  return WriteFilterF32<DepthwiseF32>(node, p, writer);
}

const StepList kDepthwiseSteps =
    ListSteps<FilterStep<DepthwiseLayerS8>, FilterStep<DepthwiseLayerS16>,
              FilterF32Step<DepthwiseF32Params, DepthwiseF32>,
              HybridFilterStep<DepthwiseHybridParams, DepthwiseHybrid>>();

}  // namespace moonlet
