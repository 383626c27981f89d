// ADD_N: two or more inputs of one shape.
#include "engine/kernels/add_n.h"

#include "engine/nn/checks.h"
#include "engine/nn/operators/operators.h"
#include "engine/nn/operators/step_lists.h"

namespace moonlet {
namespace {

// The operands of the inputs follow.
struct AddNRecord {
  AddNParams p;
  uint32_t inputs;
  uint32_t elements;
  Operand addresses;  // scratch, where a run leaves the inputs' addresses
  Operand output;
};

template <typename T>
std::span<const T* const> AddressesOf(const AddNRecord& r, const RunContext& run) {
  const auto* operands = reinterpret_cast<const Operand*>(&r + 1);
  const auto** addresses = run.Write<const T*>(r.addresses);
  for (uint32_t k = 0; k < r.inputs; ++k) addresses[k] = run.Read<T>(operands[k]);
  return {addresses, r.inputs};
}

bool RunAddNS8(const void* record, const RunContext& run) {
  const auto* r = static_cast<const AddNRecord*>(record);
  return AddNS8(r->p, AddressesOf<int8_t>(*r, run), r->elements, run.Write<int8_t>(r->output),
                run.stop);
}

bool RunAddNF32(const void* record, const RunContext& run) {
  const auto* r = static_cast<const AddNRecord*>(record);
  return AddNF32(AddressesOf<float>(*r, run), r->elements, run.Write<float>(r->output), run.stop);
}

Status CheckAddN(const Node& node) {
  if (node.inputs() < 2) return Status::Invalid("%d inputs, expected at least 2", node.inputs());
  if (node.outputs() != 1) return Status::Invalid("%d outputs, expected 1", node.outputs());
  for (int k = 0; k < node.inputs(); ++k) {
    if (!node.has_input(k)) return Status::Invalid("input %d is left out", k + 1);
    const ModelTensor input = node.input(k);
    Status s = CheckType("input", input, node.output(0).type());
    if (s.ok()) s = CheckAligned("input", input);
    if (s.ok()) s = CheckShape("input", input, node.output(0).shape());
    if (!s.ok()) return s;
  }
  return Status();
}

// All inputs have one scale and zero point.
Status CheckAddNScales(const Node& node, AddNParams* p) {
  const ModelTensor first = node.input(0);
  const ModelTensor output = node.output(0);
  if (Status s = CheckQuantized("output", output); !s.ok()) return s;
  for (int k = 0; k < node.inputs(); ++k) {
    const ModelTensor input = node.input(k);
    if (Status s = CheckQuantized("input", input); !s.ok()) return s;
    if (input.scale() != first.scale() || input.zero_point() != first.zero_point())
      return Status::Invalid("%s has scale %g, zero point %d, expected the first's %g, %d",
                             TensorLabel("input", input).text, static_cast<double>(input.scale()),
                             input.zero_point(), static_cast<double>(first.scale()),
                             first.zero_point());
  }
  if (!MakeAddNScales(first.scale(), output.scale(), p))
    return Status::Invalid("scale %g does not go with the output's %g",
                           static_cast<double>(first.scale()), static_cast<double>(output.scale()));
  p->input_zero = static_cast<int16_t>(first.zero_point());
  p->output_zero = static_cast<int16_t>(output.zero_point());
  return Status();
}

void WriteAddN(const Node& node, const AddNParams& p, RunStep run, StepWriter& writer) {
  const auto inputs = static_cast<uint32_t>(node.inputs());
  auto* r = writer.Add<AddNRecord>(run, inputs * sizeof(Operand));
  const Operand addresses = writer.Scratch(static_cast<uint32_t>(inputs * sizeof(void*)));
  if (r == nullptr) return;
  const ModelTensor output = node.output(0);
  *r = {p, inputs, static_cast<uint32_t>(output.elements()), addresses, writer.At(output)};
  auto* operands = reinterpret_cast<Operand*>(r + 1);
  for (uint32_t k = 0; k < inputs; ++k) operands[k] = writer.At(node.input(static_cast<int>(k)));
}

}  // namespace

Status PrepareAddNS8(const Node& node, StepWriter& writer) {
  AddNParams p;
  Status s = CheckAddN(node);
  if (s.ok()) s = CheckAddNScales(node, &p);
  if (s.ok()) WriteAddN(node, p, RunAddNS8, writer);
  return s;
}

Status PrepareAddNF32(const Node& node, StepWriter& writer) {
  const Status s = CheckAddN(node);
  if (s.ok()) WriteAddN(node, AddNParams(), RunAddNF32, writer);
  return s;
}

const StepList kAddNSteps = ListSteps<Step<AddNRecord, RunAddNS8>, Step<AddNRecord, RunAddNF32>>();

}  // namespace moonlet
