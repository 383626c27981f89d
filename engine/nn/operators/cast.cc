// CAST: one type of number to another. Scales and the options, which repeat the types, are
// not read.
#include "engine/kernels/cast.h"

#include <algorithm>

#include "engine/nn/checks.h"
#include "engine/nn/operators/operators.h"
#include "engine/nn/operators/step_lists.h"

namespace moonlet {
namespace {

using tflite::TensorType;

struct CastRecord {
  uint32_t elements;
  Operand input;
  Operand output;
};

template <typename From, typename To>
bool RunCast(const void* record, const RunContext& run) {
  const auto* r = static_cast<const CastRecord*>(record);
  const From* input = run.Read<From>(r->input);
  To* output = run.Write<To>(r->output);
  for (size_t i = 0; i < r->elements; i += kCastPiece) {
    if (run.stop.raised()) return false;
    Cast(input + i, std::min<size_t>(kCastPiece, r->elements - i), output + i);
  }
  return true;
}

template <typename From>
RunStep CastTo(TensorType to) {
  if (to == TensorType::INT8) return RunCast<From, int8_t>;
  if (to == TensorType::INT16) return RunCast<From, int16_t>;
  if (to == TensorType::INT32) return RunCast<From, int32_t>;
  if (to == TensorType::UINT32) return RunCast<From, uint32_t>;
  return RunCast<From, float>;
}

RunStep CastFromTo(TensorType from, TensorType to) {
  if (from == TensorType::INT8) return CastTo<int8_t>(to);
  if (from == TensorType::BOOL) return CastTo<uint8_t>(to);
  if (from == TensorType::INT16) return CastTo<int16_t>(to);
  if (from == TensorType::INT32) return CastTo<int32_t>(to);
  if (from == TensorType::UINT32) return CastTo<uint32_t>(to);
  return CastTo<float>(to);
}

}  // namespace

Status PrepareCast(const Node& node, StepWriter& writer) {
  Status s = CheckCounts(node, 1, 1);
  if (s.ok()) s = CheckAligned("input", node.input(0));
  if (s.ok()) s = CheckShape("output", node.output(0), node.input(0).shape());
  if (!s.ok()) return s;
  const ModelTensor input = node.input(0);
  const ModelTensor output = node.output(0);
  // Memory is not read as one type and written as another, but for the sign.
  const bool floats =
      (input.type() == TensorType::FLOAT32) != (output.type() == TensorType::FLOAT32);
  if (!floats) writer.Share(input, output, Sharing::kOverwrite);
  auto* r = writer.Add<CastRecord>(CastFromTo(input.type(), output.type()));
  if (r != nullptr)
    *r = {static_cast<uint32_t>(output.elements()), writer.At(input), writer.At(output)};
  return s;
}

const StepList kCastSteps = ListSteps<
    Step<CastRecord, RunCast<int8_t, int8_t>>, Step<CastRecord, RunCast<int8_t, int16_t>>,
    Step<CastRecord, RunCast<int8_t, int32_t>>, Step<CastRecord, RunCast<int8_t, uint32_t>>,
    Step<CastRecord, RunCast<int8_t, float>>, Step<CastRecord, RunCast<uint8_t, int8_t>>,
    Step<CastRecord, RunCast<uint8_t, int16_t>>, Step<CastRecord, RunCast<uint8_t, int32_t>>,
    Step<CastRecord, RunCast<uint8_t, uint32_t>>, Step<CastRecord, RunCast<uint8_t, float>>,
    Step<CastRecord, RunCast<int16_t, int8_t>>, Step<CastRecord, RunCast<int16_t, int16_t>>,
    Step<CastRecord, RunCast<int16_t, int32_t>>, Step<CastRecord, RunCast<int16_t, uint32_t>>,
    Step<CastRecord, RunCast<int16_t, float>>, Step<CastRecord, RunCast<int32_t, int8_t>>,
    Step<CastRecord, RunCast<int32_t, int16_t>>, Step<CastRecord, RunCast<int32_t, int32_t>>,
    Step<CastRecord, RunCast<int32_t, uint32_t>>, Step<CastRecord, RunCast<int32_t, float>>,
    Step<CastRecord, RunCast<uint32_t, int8_t>>, Step<CastRecord, RunCast<uint32_t, int16_t>>,
    Step<CastRecord, RunCast<uint32_t, int32_t>>, Step<CastRecord, RunCast<uint32_t, uint32_t>>,
    Step<CastRecord, RunCast<uint32_t, float>>, Step<CastRecord, RunCast<float, int8_t>>,
    Step<CastRecord, RunCast<float, int16_t>>, Step<CastRecord, RunCast<float, int32_t>>,
    Step<CastRecord, RunCast<float, uint32_t>>, Step<CastRecord, RunCast<float, float>>>();

}  // namespace moonlet
