// PAD and PADV2: input, constant paddings {before, after} of each axis, and for PADV2 the
// value of the border, which otherwise stands for 0.
#include "engine/kernels/pad.h"

#include <limits>

#include "engine/nn/analyze.h"
#include "engine/nn/checks.h"
#include "engine/nn/operators/operators.h"
#include "engine/nn/operators/step_lists.h"

namespace moonlet {
namespace {

using tflite::TensorType;

struct PadRecord {
  PadParams p;
  Operand input;
  Operand value;  // none: `zero`
  Operand output;
  int32_t zero;
};

template <typename T>
bool RunPad(const void* record, const RunContext& run) {
  const auto* r = static_cast<const PadRecord*>(record);
  const auto value = run.ReadUnaligned<T>(r->value);
  return Pad<T>(r->p, run.Read<T>(r->input), value ? value[0] : static_cast<T>(r->zero),
                run.Write<T>(r->output), run.stop);
}

RunStep PadOf(TensorType type) {
  if (type == TensorType::INT8) return RunPad<int8_t>;
  if (type == TensorType::INT16) return RunPad<int16_t>;
  if (type == TensorType::INT32) return RunPad<int32_t>;
  return RunPad<float>;
}

// One value of the output's type, and for int8 of its scale and zero point.
Status CheckPadValue(const ModelTensor& value, const ModelTensor& output) {
  if (Status s = CheckType("value", value, output.type()); !s.ok()) return s;
  if (value.elements() != 1)
    return Status::Invalid("%s has shape %s, expected one value", TensorLabel("value", value).text,
                           DimsText(value.shape()).text);
  if (output.type() != TensorType::INT8) return Status();
  if (value.scale() == output.scale() && value.zero_point() == output.zero_point()) return Status();
  return Status::Invalid("%s has scale %g, zero point %d, expected the output's %g, %d",
                         TensorLabel("value", value).text, static_cast<double>(value.scale()),
                         value.zero_point(), static_cast<double>(output.scale()),
                         output.zero_point());
}

Status CheckPaddings(const ModelTensor& input, const ModelTensor& paddings) {
  Status s = CheckType("paddings", paddings, TensorType::INT32);
  if (s.ok()) s = CheckConstant("paddings", paddings);
  const int32_t expected[] = {input.rank(), 2};
  if (s.ok()) s = CheckShape("paddings", paddings, expected);
  return s;
}

// Where the input goes inside the output, whose shape is checked.
Status MakePad(const ModelTensor& input, const ModelTensor& paddings, const ModelTensor& output,
               PadParams* p) {
  const Unaligned<int32_t> values(paddings.data().data());
  const int rank = input.rank();
  int32_t shape[kMaxModelRank];
  for (int axis = 0; axis < rank; ++axis) {
    const int32_t before = values[2 * axis];
    const int32_t after = values[2 * axis + 1];
    const int64_t length = int64_t{before} + input.dim(axis) + after;
    if (before < 0 || after < 0 || length > std::numeric_limits<int32_t>::max())
      return Status::Invalid("paddings %d, %d of axis %d of shape %s", before, after, axis + 1,
                             DimsText(input.shape()).text);
    shape[axis] = static_cast<int32_t>(length);
  }
  const std::span expected(shape, static_cast<size_t>(rank));
  if (Status s = CheckShape("output", output, expected); !s.ok()) return s;
  StridedAxis axes[kMaxModelRank];
  const int32_t element = BitsOf(input.type()) / 8;
  int32_t from = element, to = element;
  for (int axis = rank - 1; axis >= 0; --axis) {
    axes[axis] = {input.dim(axis), from, to};
    p->first += values[2 * axis] * to;
    from *= input.dim(axis);
    to *= shape[axis];
  }
  p->output_bytes = to;
  p->inside = MakeStridedCopy({axes, static_cast<size_t>(rank)}, element);
  return Status();
}

}  // namespace

Status PreparePad(const Node& node, StepWriter& writer) {
  const bool has_value = node.code() == tflite::BuiltinOperator::PADV2;
  const int inputs = has_value ? 3 : 2;
  if (Status s = CheckCounts(node, inputs, inputs); !s.ok()) return s;
  const ModelTensor input = node.input(0);
  const ModelTensor output = node.output(0);
  PadParams p;
  Status s = CheckType("output", output, input.type());
  if (s.ok()) s = CheckAligned("input", input);
  if (s.ok()) s = CheckPaddings(input, node.input(1));
  if (s.ok() && has_value) s = CheckPadValue(node.input(2), output);
  if (!s.ok()) return s;
  if (input.elements() == 0) return Status::Invalid("an empty input");
  if (s = MakePad(input, node.input(1), output, &p); !s.ok()) return s;
  auto* r = writer.Add<PadRecord>(PadOf(input.type()));
  if (r == nullptr) return s;
  *r = {p, writer.At(input), has_value ? writer.At(node.input(2)) : Operand{}, writer.At(output),
        0};
  // As the reference: an int8 border is the output's zero point, any other is 0.
  if (input.type() == TensorType::INT8) r->zero = static_cast<int8_t>(output.zero_point());
  return s;
}

const StepList kPadSteps =
    ListSteps<Step<PadRecord, RunPad<int8_t>>, Step<PadRecord, RunPad<int16_t>>,
              Step<PadRecord, RunPad<int32_t>>, Step<PadRecord, RunPad<float>>>();

}  // namespace moonlet
