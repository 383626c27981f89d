// DEPTHWISE_CONV_2D: input, filter [1, y, x, channels * multiplier], optional bias.
#include "engine/kernels/depthwise.h"

#include "engine/nn/checks.h"
#include "engine/nn/operators/image.h"
#include "engine/nn/operators/operators.h"

namespace moonlet {
namespace {

using tflite::TensorType;

struct DepthwiseS8Record {
  DepthwiseS8Params p;
  Factors factors;
  Operand input;
  Operand filter;
  Operand bias;
  Operand output;
};

bool RunDepthwiseS8(const void* record, const RunContext& run) {
  const auto* r = static_cast<const DepthwiseS8Record*>(record);
  return DepthwiseS8(r->p, run.Read<int8_t>(r->input), run.Read<int8_t>(r->filter),
                     run.ReadUnaligned<int32_t>(r->bias), r->factors.Scales(r),
                     run.Write<int8_t>(r->output), run.stop);
}

struct DepthwiseF32Record {
  DepthwiseF32Params p;
  Operand input;
  Operand filter;
  Operand bias;
  Operand output;
};

bool RunDepthwiseF32(const void* record, const RunContext& run) {
  const auto* r = static_cast<const DepthwiseF32Record*>(record);
  return DepthwiseF32(r->p, run.Read<float>(r->input), run.ReadUnaligned<float>(r->filter),
                      run.ReadUnaligned<float>(r->bias), run.Write<float>(r->output), run.stop);
}

struct Geometry {
  Window window;
  int32_t channels;
  int32_t multiplier;
  int32_t out_channels;
  Activation activation;
};

Status CheckDepthwise(const Node& node, TensorType type, TensorType bias_type, Geometry* g) {
  if (Status s = CheckCounts(node, 2, 3); !s.ok()) return s;
  const tflite::DepthwiseConv2DOptions* options =
      node.table().builtin_options_as_DepthwiseConv2DOptions();
  if (options == nullptr) return MissingOptions();
  const ModelTensor input = node.input(0);
  const ModelTensor filter = node.input(1);
  Status s = CheckType("filter", filter, type);
  if (s.ok()) s = CheckConstant("filter", filter);
  if (s.ok()) s = CheckRank("filter", filter, 4);
  if (s.ok()) s = CheckRank("input", input, 4);
  if (s.ok()) s = CheckAligned("input", input);
  if (s.ok()) s = CheckActivation(options->fused_activation_function(), &g->activation);
  if (!s.ok()) return s;
  g->channels = input.dim(3);
  g->multiplier = options->depth_multiplier();
  g->out_channels = filter.dim(3);
  if (filter.dim(0) != 1 || g->multiplier < 1 ||
      int64_t{g->channels} * g->multiplier != g->out_channels)
    return Status::Invalid("%s has shape %s, for %d input channels with depth multiplier %d",
                           TensorLabel("filter", filter).text, ShapeText(filter.shape()).text,
                           g->channels, g->multiplier);
  if (s = CheckBias(node, bias_type, g->out_channels); !s.ok()) return s;
  const FilterSteps steps = {filter.dim(1),
                             filter.dim(2),
                             options->stride_h(),
                             options->stride_w(),
                             options->dilation_h_factor(),
                             options->dilation_w_factor()};
  return MakeWindow(input, node.output(0), options->padding(), steps, g->out_channels, &g->window);
}

}  // namespace

Status PrepareDepthwiseS8(const Node& node, StepWriter& writer) {
  Geometry g;
  if (Status s = CheckDepthwise(node, TensorType::INT8, TensorType::INT32, &g); !s.ok()) return s;
  const ModelTensor input = node.input(0);
  const ModelTensor filter = node.input(1);
  const ModelTensor output = node.output(0);
  OutputS8 range;
  Status s = CheckOutputS8(output, g.activation, &range);
  if (s.ok()) s = CheckQuantized("input", input);
  if (!s.ok()) return s;
  auto* r = writer.Add<DepthwiseS8Record>(RunDepthwiseS8, Factors::Bytes(filter.scales()));
  if (s = MakeFactors(input, filter, output, 3, g.out_channels,
                      r == nullptr ? nullptr : &r->factors, r == nullptr ? nullptr : r + 1);
      !s.ok() || r == nullptr)
    return s;
  r->p = {g.window, g.channels, g.multiplier, static_cast<int16_t>(input.zero_point()), range};
  r->input = writer.At(input);
  r->filter = writer.At(filter);
  r->bias = BiasAt(node, writer);
  r->output = writer.At(output);
  return s;
}

Status PrepareDepthwiseF32(const Node& node, StepWriter& writer) {
  Geometry g;
  if (Status s = CheckDepthwise(node, TensorType::FLOAT32, TensorType::FLOAT32, &g); !s.ok())
    return s;
  auto* r = writer.Add<DepthwiseF32Record>(RunDepthwiseF32);
  if (r == nullptr) return Status();
  r->p = {g.window, g.channels, g.multiplier, MakeRangeF32(g.activation)};
  r->input = writer.At(node.input(0));
  r->filter = writer.At(node.input(1));
  r->bias = BiasAt(node, writer);
  r->output = writer.At(node.output(0));
  return Status();
}

}  // namespace moonlet
