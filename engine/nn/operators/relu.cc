// RELU, RELU6 and RELU_N1_TO_1: one input, one output, elementwise.
#include "engine/nn/operators/relu.h"

#include <limits>

#include "engine/kernels/relu.h"

#include "engine/nn/operators/map.h"
#include "engine/nn/operators/operators.h"
#include "engine/nn/operators/step_lists.h"

namespace moonlet {
namespace {

using tflite::BuiltinOperator;
using tflite::TensorType;

Activation ActivationOf(const Node& node) {
  if (node.code() == BuiltinOperator::RELU6) return Activation::kRelu6;
  if (node.code() == BuiltinOperator::RELU_N1_TO_1) return Activation::kReluN1To1;
  return Activation::kRelu;
}

// As the reference: RELU6 clamps raw values in steps of the input and does not read the
// output's scale; the others go over to the output's steps.
template <typename Output, Status (*kCheckOutput)(const ModelTensor&, Activation, Output*)>
Status MakeRelu(const Node& node, ReluParams* p) {
  if (Status s = CheckQuantizedMap(node); !s.ok()) return s;
  const ModelTensor input = node.input(0);
  const bool raw = node.code() == BuiltinOperator::RELU6;
  const ModelTensor output = raw ? input : node.output(0);
  Output range;
  if (Status s = kCheckOutput(output, ActivationOf(node), &range); !s.ok()) return s;
  if (!MakeReluScale(input.scale(), output.scale(), &p->scale))
    return Status::Invalid("scales %g / %g are out of range", static_cast<double>(input.scale()),
                           static_cast<double>(output.scale()));
  p->input_zero = static_cast<int16_t>(input.zero_point());
  p->output_zero = range.zero;
  p->min = range.min;
  p->max = range.max;
  return Status();
}

bool IsRelu(const Node& node) {
  return node.code() == BuiltinOperator::RELU || node.code() == BuiltinOperator::RELU6 ||
         node.code() == BuiltinOperator::RELU_N1_TO_1;
}

Status MakeIntegerRelu(const Node& node, ReluParams* p) {
  if (node.input(0).type() == TensorType::INT8) return MakeRelu<OutputS8, CheckOutputS8>(node, p);
  if (node.input(0).type() == TensorType::INT16)
    return MakeRelu<OutputS16, CheckOutputS16>(node, p);
  return Status::Unsupported("no integers");
}

}  // namespace

bool FindClamp(const Node& relu, ClampRange* range) {
  ReluParams p;
  if (!IsRelu(relu) || !MakeIntegerRelu(relu, &p).ok()) return false;
  *range = {p.min, p.max};
  return relu.input(0).scale() == relu.output(0).scale() &&
         relu.input(0).zero_point() == relu.output(0).zero_point();
}

Status PrepareReluS8(const Node& node, StepWriter& writer) {
  ReluParams p;
  if (Status s = MakeRelu<OutputS8, CheckOutputS8>(node, &p); !s.ok()) return s;
  const auto relu = [&p](int32_t x) { return static_cast<int8_t>(ReluOf(p, x)); };
  WriteByteTable(node, MakeByteTable(relu), writer);
  return Status();
}

Status PrepareReluS16(const Node& node, StepWriter& writer) {
  ReluParams p;
  Status s = MakeRelu<OutputS16, CheckOutputS16>(node, &p);
  if (s.ok() && node.code() != BuiltinOperator::RELU6) {
    s = CheckSymmetric("input", node.input(0));
    if (s.ok()) s = CheckSymmetric("output", node.output(0));
  }
  if (s.ok()) WriteMap<int16_t, ReluS16>(node, p, writer);
  return s;
}

Status PrepareReluF32(const Node& node, StepWriter& writer) {
  if (Status s = CheckMap(node); !s.ok()) return s;
  RangeF32 range = MakeRangeF32(ActivationOf(node));
  // Unlike the fused activation RELU lets infinity pass.
  if (node.code() == BuiltinOperator::RELU) range.max = std::numeric_limits<float>::infinity();
  WriteMap<float, ReluF32>(node, range, writer);
  return Status();
}

const StepList kReluSteps =
    ListSteps<MapStep<int16_t, ReluS16, ReluParams>, MapStep<float, ReluF32, RangeF32>>();

}  // namespace moonlet
