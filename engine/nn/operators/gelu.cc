// GELU: one input, one output, elementwise.
#include "engine/kernels/gelu.h"

#include "engine/nn/operators/map.h"
#include "engine/nn/operators/operators.h"
#include "engine/nn/operators/step_lists.h"

namespace moonlet {

namespace {

GeluMode ModeOf(const tflite::GeluOptions& options) {
  return options.approximate() ? GeluMode::kApproximate : GeluMode::kExact;
}

}  // namespace

Status PrepareGeluS8(const Node& node, StepWriter& writer) {
  const tflite::GeluOptions* options = node.table().builtin_options_as_GeluOptions();
  if (options == nullptr) return MissingOptions();
  if (Status s = CheckQuantizedMap(node); !s.ok()) return s;
  const ModelTensor input = node.input(0);
  const ModelTensor output = node.output(0);
  const ByteTable table = MakeGeluTable(ModeOf(*options), input.scale(), input.zero_point(),
                                        output.scale(), output.zero_point());
  WriteByteTable(node, table, writer);
  return Status();
}

Status PrepareGeluF32(const Node& node, StepWriter& writer) {
  const tflite::GeluOptions* options = node.table().builtin_options_as_GeluOptions();
  if (options == nullptr) return MissingOptions();
  const Status s = CheckMap(node);
  if (s.ok()) WriteMap<float, GeluF32>(node, ModeOf(*options), writer);
  return s;
}

const StepList kGeluSteps = ListSteps<MapStep<float, GeluF32, GeluMode>>();

}  // namespace moonlet
