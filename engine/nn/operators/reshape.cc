// RESHAPE: the same elements in another shape. The shape itself is the output tensor's;
// the second input, which repeats it, is not read.
#include <cstring>

#include "engine/nn/checks.h"
#include "engine/nn/operators/operators.h"

namespace moonlet {
namespace {

struct ReshapeRecord {
  Operand input;
  Operand output;
  uint32_t bytes;
};

bool RunReshape(const void* record, const RunContext& run) {
  const auto* r = static_cast<const ReshapeRecord*>(record);
  if (r->input.at != r->output.at)
    std::memcpy(run.Write<uint8_t>(r->output), run.Address(r->input), r->bytes);
  return true;
}

}  // namespace

Status PrepareReshape(const Node& node, StepWriter& writer) {
  if (Status s = CheckCounts(node, 1, 2); !s.ok()) return s;
  const ModelTensor input = node.input(0);
  const ModelTensor output = node.output(0);
  if (Status s = CheckType("output", output, input.type()); !s.ok()) return s;
  if (input.elements() != output.elements())
    return Status::Invalid("shape %s does not fit into shape %s", DimsText(input.shape()).text,
                           DimsText(output.shape()).text);
  writer.Share(input, output, Sharing::kSame);
  auto* r = writer.Add<ReshapeRecord>(RunReshape);
  if (r == nullptr) return Status();
  *r = {writer.At(input), writer.At(output), static_cast<uint32_t>(output.bytes())};
  return Status();
}

}  // namespace moonlet
