// HARD_SWISH: one input, one output, elementwise.
#include "engine/kernels/hard_swish.h"

#include "engine/nn/operators/map.h"
#include "engine/nn/operators/operators.h"
#include "engine/nn/operators/step_lists.h"

namespace moonlet {

Status PrepareHardSwishS8(const Node& node, StepWriter& writer) {
  if (Status s = CheckQuantizedMap(node); !s.ok()) return s;
  const ModelTensor input = node.input(0);
  const ModelTensor output = node.output(0);
  ByteTable table;
  if (!MakeHardSwishTable(input.scale(), input.zero_point(), output.scale(), output.zero_point(),
                          &table))
    return Status::Invalid("scales %g / %g are out of range", static_cast<double>(input.scale()),
                           static_cast<double>(output.scale()));
  WriteByteTable(node, table, writer);
  return Status();
}

Status PrepareHardSwishF32(const Node& node, StepWriter& writer) {
  const Status s = CheckMap(node);
  if (s.ok()) WriteMap<float, HardSwishF32>(node, NoParams(), writer);
  return s;
}

const StepList kHardSwishSteps = ListSteps<MapStep<float, HardSwishF32, NoParams>>();

}  // namespace moonlet
