// CUMSUM: input, and the axis as a constant.
#include "engine/kernels/cumsum.h"

#include "engine/nn/checks.h"
#include "engine/nn/operators/along_axis.h"
#include "engine/nn/operators/operators.h"
#include "engine/nn/operators/step_lists.h"

namespace moonlet {
namespace {

using tflite::TensorType;

struct CumsumF32Record {
  CumsumShape shape;
  Operand input;
  Operand output;
};

bool RunCumsumF32(const void* record, const RunContext& run) {
  const auto* r = static_cast<const CumsumF32Record*>(record);
  return CumsumF32(r->shape, run.Read<float>(r->input), run.Write<float>(r->output), run.stop);
}

struct CumsumS8Record {
  CumsumS8Params p;
  CumsumShape shape;
  Operand input;
  Operand output;
};

bool RunCumsumS8(const void* record, const RunContext& run) {
  const auto* r = static_cast<const CumsumS8Record*>(record);
  return CumsumS8(r->p, r->shape, run.Read<int8_t>(r->input), run.Write<int8_t>(r->output),
                  run.stop);
}

Status CheckCumsumAxis(const ModelTensor& tensor, const ModelTensor& input, int* axis) {
  Status s = CheckType("axis", tensor, TensorType::INT32);
  if (s.ok()) s = CheckConstant("axis", tensor);
  if (!s.ok()) return s;
  if (tensor.elements() != 1)
    return Status::Invalid("%s has shape %s, expected one element",
                           TensorLabel("axis", tensor).text, DimsText(tensor.shape()).text);
  return CheckAxis(Unaligned<int32_t>(tensor.data().data())[0], input, axis);
}

Status CheckCumsum(const Node& node, CumsumShape* shape) {
  if (Status s = CheckCounts(node, 2, 2); !s.ok()) return s;
  const tflite::CumsumOptions* options = node.table().builtin_options_as_CumsumOptions();
  if (options == nullptr) return MissingOptions();
  const ModelTensor input = node.input(0);
  int axis;
  Status s = CheckAligned("input", input);
  if (s.ok()) s = CheckCumsumAxis(node.input(1), input, &axis);
  if (s.ok()) s = CheckShape("output", node.output(0), input.shape());
  if (!s.ok()) return s;
  shape->outer = static_cast<int32_t>(RowsBefore(input, axis));
  shape->length = input.dim(axis);
  shape->inner = static_cast<int32_t>(input.elements() / shape->outer / shape->length);
  shape->exclusive = options->exclusive();
  shape->reverse = options->reverse();
  return s;
}

}  // namespace

Status PrepareCumsumF32(const Node& node, StepWriter& writer) {
  CumsumShape shape;
  if (Status s = CheckCumsum(node, &shape); !s.ok()) return s;
  writer.Share(node.input(0), node.output(0), Sharing::kOverwrite);
  auto* r = writer.Add<CumsumF32Record>(RunCumsumF32);
  if (r != nullptr) *r = {shape, writer.At(node.input(0)), writer.At(node.output(0))};
  return Status();
}

Status PrepareCumsumS8(const Node& node, StepWriter& writer) {
  CumsumShape shape;
  const ModelTensor input = node.input(0);
  const ModelTensor output = node.output(0);
  Status s = CheckCumsum(node, &shape);
  if (s.ok()) s = CheckQuantized("input", input);
  if (s.ok()) s = CheckQuantized("output", output);
  if (!s.ok()) return s;
  CumsumS8Params p = {{}, input.zero_point(), output.zero_point()};
  if (!MakeCumsumScale(input.scale(), output.scale(), &p.scale))
    return Status::Invalid("scale %g does not go with the output's %g",
                           static_cast<double>(input.scale()), static_cast<double>(output.scale()));
  writer.Share(input, output, Sharing::kOverwrite);
  auto* r = writer.Add<CumsumS8Record>(RunCumsumS8);
  if (r != nullptr) *r = {p, shape, writer.At(input), writer.At(output)};
  return s;
}

const StepList kCumsumSteps =
    ListSteps<Step<CumsumF32Record, RunCumsumF32>, Step<CumsumS8Record, RunCumsumS8>>();

}  // namespace moonlet
