// TANH: one input, one output of a fixed scale.
#include "engine/kernels/tanh.h"

#include "engine/nn/operators/map.h"
#include "engine/nn/operators/operators.h"
#include "engine/nn/operators/step_lists.h"

namespace moonlet {
namespace {

Status TanhScaleOutOfRange(const ModelTensor& input) {
  return Status::Invalid("%s has scale %g, out of range", TensorLabel("input", input).text,
                         static_cast<double>(input.scale()));
}

}  // namespace

Status PrepareTanhS8(const Node& node, StepWriter& writer) {
  const ModelTensor input = node.input(0);
  Status s = CheckQuantizedMap(node);
  if (s.ok()) s = CheckFixedScale(node.output(0), 1.0f / 128, 0, "1/128");
  if (!s.ok()) return s;
  ByteTable table;
  if (!MakeTanhTable(input.scale(), input.zero_point(), &table)) return TanhScaleOutOfRange(input);
  WriteByteTable(node, table, writer);
  return s;
}

Status PrepareTanhS16(const Node& node, StepWriter& writer) {
  const ModelTensor input = node.input(0);
  Status s = CheckQuantizedMap(node);
  if (s.ok()) s = CheckSymmetric("input", input);
  if (s.ok()) s = CheckFixedScale(node.output(0), 1.0f / 32768, 0, "1/32768");
  if (!s.ok()) return s;
  SigmoidScale scale;
  if (!MakeSigmoidScale(input.scale(), 1, &scale)) return TanhScaleOutOfRange(input);
  WriteMap<int16_t, TanhS16>(node, scale, writer);
  return s;
}

Status PrepareTanhF32(const Node& node, StepWriter& writer) {
  const Status s = CheckMap(node);
  if (s.ok()) WriteMap<float, TanhF32>(node, NoParams(), writer);
  return s;
}

const StepList kTanhSteps =
    ListSteps<MapStep<int16_t, TanhS16, SigmoidScale>, MapStep<float, TanhF32, NoParams>>();

}  // namespace moonlet
