#include "engine/nn/operators/box_copy.h"
#include "engine/nn/operators/step_lists.h"

namespace moonlet {
namespace {

struct BoxCopyRecord {
  StridedCopy copy;
  Operand input;
  Operand output;
  int32_t first;  // byte of the input where the box begins
};

bool RunBoxCopy(const void* record, const RunContext& run) {
  const auto* r = static_cast<const BoxCopyRecord*>(record);
  return CopyStrided(r->copy, run.Address(r->input) + r->first, run.Write<uint8_t>(r->output),
                     run.stop);
}

}  // namespace

int32_t ElementBytes(const ModelTensor& tensor) { return BitsOf(tensor.type()) / 8; }

AxisSteps::AxisSteps(const ModelTensor& tensor) {
  int32_t step = ElementBytes(tensor);
  for (int axis = tensor.rank() - 1; axis >= 0; --axis) {
    bytes[axis] = step;
    step *= tensor.dim(axis);
  }
}

void WriteBoxCopy(const ModelTensor& input, int64_t first, const StridedCopy& copy,
                  const ModelTensor& output, StepWriter& writer) {
  const bool one_run = copy.rank == 0;
  if (one_run && writer.AliasPart(input, output, first)) return;
  auto* r = writer.Add<BoxCopyRecord>(RunBoxCopy);
  if (r != nullptr) *r = {copy, writer.At(input), writer.At(output), static_cast<int32_t>(first)};
}

const StepList kBoxCopySteps = ListSteps<Step<BoxCopyRecord, RunBoxCopy>>();

}  // namespace moonlet
