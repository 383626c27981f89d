// FULLY_CONNECTED: input, read flat, filter [.., outputs, depth], optional bias.
#include "engine/kernels/fully_connected.h"

#include <cmath>

#include "engine/nn/checks.h"
#include "engine/nn/operators/filter.h"
#include "engine/nn/operators/operators.h"
#include "engine/nn/operators/step_lists.h"

namespace moonlet {
namespace {

using tflite::TensorType;

struct FullyConnectedGeometry {
  int32_t batches;
  int32_t depth;
  int32_t outputs;
  Activation activation;
};

Status CheckSizes(const Node& node, FullyConnectedGeometry* g) {
  const ModelTensor input = node.input(0);
  const ModelTensor filter = node.input(1);
  const ModelTensor output = node.output(0);
  const int rank = filter.rank();
  if (rank < 2 || filter.elements() != int64_t{filter.dim(rank - 2)} * filter.dim(rank - 1))
    return Status::Invalid("%s has shape %s, expected {outputs, depth}",
                           TensorLabel("filter", filter).text, DimsText(filter.shape()).text);
  g->outputs = filter.dim(rank - 2);
  g->depth = filter.dim(rank - 1);
  if (output.rank() < 1 || output.dim(output.rank() - 1) != g->outputs)
    return Status::Invalid("%s has shape %s, expected a last dimension of %d",
                           TensorLabel("output", output).text, DimsText(output.shape()).text,
                           g->outputs);
  g->batches = static_cast<int32_t>(output.elements() / g->outputs);
  if (input.elements() != int64_t{g->batches} * g->depth)
    return Status::Invalid("%s has shape %s, expected %d rows of %d",
                           TensorLabel("input", input).text, DimsText(input.shape()).text,
                           g->batches, g->depth);
  return Status();
}

Status CheckFullyConnected(const Node& node, TensorType type, TensorType bias_type,
                           FullyConnectedGeometry* g) {
  Status s = CheckFilter(node, type);
  if (!s.ok()) return s;
  const tflite::FullyConnectedOptions* options =
      node.table().builtin_options_as_FullyConnectedOptions();
  if (options == nullptr) return MissingOptions();
  if (options->weights_format() != tflite::FullyConnectedOptionsWeightsFormat::DEFAULT)
    return Status::Unsupported("weights in format %d, expected the plain one",
                               static_cast<int>(options->weights_format()));
  s = CheckActivation(options->fused_activation_function(), &g->activation);
  if (s.ok()) s = CheckSizes(node, g);
  if (s.ok()) s = CheckBias(node, bias_type, g->outputs);
  return s;
}

// A filter with one scale: its product with the input's is rounded to float32, and the
// bias must have that scale, to 2 % of an output step.
Status MakeTensorFactor(const Node& node, Multiplier* m) {
  const ModelTensor input = node.input(0);
  const ModelTensor filter = node.input(1);
  const ModelTensor output = node.output(0);
  if (!MakeTensorMultiplier(input.scale(), filter.scale(), output.scale(), m))
    return Status::Invalid("scales %g * %g / %g are out of range",
                           static_cast<double>(input.scale()), static_cast<double>(filter.scale()),
                           static_cast<double>(output.scale()));
  if (!node.has_input(2)) return Status();
  const ModelTensor bias = node.input(2);
  const double expected = double{input.scale()} * double{filter.scale()};
  const double found = double{bias.scale()};
  if (std::fabs(expected - found) / double{output.scale()} <= 0.02) return Status();
  return Status::Invalid("%s has scale %g, expected %g", TensorLabel("bias", bias).text, found,
                         expected);
}

Status PrepareFullyConnectedHybrid(const Node& node, StepWriter& writer) {
  FullyConnectedGeometry g;
  Status s = CheckFullyConnected(node, TensorType::INT8, TensorType::FLOAT32, &g);
  if (s.ok()) s = CheckHybrid(node, node.input(1).rank() - 2, g.outputs);
  if (!s.ok()) return s;
  FullyConnectedHybridParams p;
  p.layer = {g.batches, g.depth, g.outputs, 0, 0, {}};
  p.range = MakeRangeF32(g.activation);
  p.asymmetric =
      node.table().builtin_options_as_FullyConnectedOptions()->asymmetric_quantize_inputs();
  return WriteFilterHybrid<FullyConnectedHybrid>(node, p, g.depth, writer);
}

// Makes the factor of a filter that has one scale.
Status CheckScales(const Node& node, Multiplier* single) {
  Status s = CheckQuantized("input", node.input(0));
  const ModelTensor filter = node.input(1);
  if (filter.scales() > 1) return s;
  if (s.ok()) s = CheckQuantized("filter", filter);
  return s.ok() ? MakeTensorFactor(node, single) : s;
}

using FullyConnectedLayerS8 =
    LayerOfS8<FullyConnectedS8Params, FullyConnectedS8Kernel, DeviceFullyConnectedS8Kernel>;
using FullyConnectedLayerS16 =
    LayerOfS16<FullyConnectedS16Params, int32_t, FullyConnectedS16<int32_t>>;
using FullyConnectedLayerS16Wide =
    LayerOfS16<FullyConnectedS16Params, int64_t, FullyConnectedS16<int64_t>>;

}  // namespace

Status PrepareFullyConnectedS8(const Node& node, StepWriter& writer) {
  FullyConnectedGeometry g;
  OutputS8 range;
  Multiplier single;
  Status s = CheckFullyConnected(node, FilterTypeS8(node), TensorType::INT32, &g);
  if (!s.ok()) return s;
  const ModelTensor filter = node.input(1);
  if (filter.type() == TensorType::INT4) s = CheckQuantized("filter", filter);
  if (!s.ok()) return s;
  const bool per_channel = filter.scales() > 1;
  s = CheckOutputS8(node, g.activation, &range);
  if (s.ok()) s = CheckScales(node, &single);
  if (!s.ok()) return s;
  const auto input_zero = static_cast<int16_t>(node.input(0).zero_point());
  const auto filter_zero = static_cast<int16_t>(per_channel ? 0 : filter.zero_point());
  const FullyConnectedS8Params p = {g.batches, g.depth, g.outputs, input_zero, filter_zero, range};
  return WriteFilter<FullyConnectedLayerS8>(node, p, filter.rank() - 2, g.outputs,
                                            per_channel ? nullptr : &single, writer);
}

Status PrepareFullyConnectedS16(const Node& node, StepWriter& writer) {
  const tflite::FullyConnectedOptions* options =
      node.table().builtin_options_as_FullyConnectedOptions();
  if (options == nullptr) return MissingOptions();
  const TensorType sums = SumTypeOf(node, options->quantized_bias_type());
  FullyConnectedGeometry g;
  OutputS16 range;
  Multiplier single;
  Status s = CheckFullyConnected(node, TensorType::INT8, sums, &g);
  if (!s.ok()) return s;
  const ModelTensor filter = node.input(1);
  const bool per_channel = filter.scales() > 1;
  s = CheckOutputS16(node, g.activation, &range);
  if (s.ok()) s = CheckScales(node, &single);
  if (!s.ok()) return s;
  const auto input_zero = static_cast<int16_t>(node.input(0).zero_point());
  const auto filter_zero = static_cast<int16_t>(per_channel ? 0 : filter.zero_point());
  const FullyConnectedS16Params p = {g.batches, g.depth, g.outputs, input_zero, filter_zero, range};
  const Multiplier* factor = per_channel ? nullptr : &single;
  const int axis = filter.rank() - 2;
  if (sums == TensorType::INT32)
    return WriteFilter<FullyConnectedLayerS16>(node, p, axis, g.outputs, factor, writer);
  return WriteFilter<FullyConnectedLayerS16Wide>(node, p, axis, g.outputs, factor, writer);
}

Status PrepareFullyConnectedF32(const Node& node, StepWriter& writer) {
  if (IsHybrid(node)) return PrepareFullyConnectedHybrid(node, writer);
  FullyConnectedGeometry g;
  if (Status s = CheckFullyConnected(node, TensorType::FLOAT32, TensorType::FLOAT32, &g); !s.ok())
    return s;
  const FullyConnectedF32Params p = {g.batches, g.depth, g.outputs, MakeRangeF32(g.activation)};
  return WriteFilterF32<FullyConnectedF32>(node, p, writer);
}

const StepList kFullyConnectedSteps =
    ListSteps<FilterStep<FullyConnectedLayerS8>, FilterStep<FullyConnectedLayerS16>,
              FilterStep<FullyConnectedLayerS16Wide>,
              FilterF32Step<FullyConnectedF32Params, FullyConnectedF32>,
              HybridFilterStep<FullyConnectedHybridParams, FullyConnectedHybrid>>();

}  // namespace moonlet
