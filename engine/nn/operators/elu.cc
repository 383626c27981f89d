// ELU: one input, one output, elementwise.
#include "engine/kernels/elu.h"

#include "engine/nn/operators/map.h"
#include "engine/nn/operators/operators.h"
#include "engine/nn/operators/step_lists.h"

namespace moonlet {

Status PrepareEluS8(const Node& node, StepWriter& writer) {
  if (Status s = CheckQuantizedMap(node); !s.ok()) return s;
  const ModelTensor input = node.input(0);
  const ModelTensor output = node.output(0);
  const ByteTable table =
      MakeEluTable(input.scale(), input.zero_point(), output.scale(), output.zero_point());
  WriteByteTable(node, table, writer);
  return Status();
}

Status PrepareEluF32(const Node& node, StepWriter& writer) {
  const Status s = CheckMap(node);
  if (s.ok()) WriteMap<float, EluF32>(node, NoParams(), writer);
  return s;
}

const StepList kEluSteps = ListSteps<MapStep<float, EluF32, NoParams>>();

}  // namespace moonlet
