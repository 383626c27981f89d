// Functions of one element: ABS, CEIL, COS, EXP, FLOOR, LOG, NEG, ROUND, RSQRT, SIGN, SIN,
// SQRT and SQUARE of float32; ABS and RSQRT of int8 and int16.
#include "engine/kernels/each_element.h"
#include "engine/kernels/float_kernels.h"
#include "engine/kernels/unary_f32.h"
#include "engine/kernels/unary_integer.h"
#include "engine/nn/operators/map.h"
#include "engine/nn/operators/operators.h"
#include "engine/nn/operators/step_lists.h"

namespace moonlet {
namespace {

using Op = tflite::BuiltinOperator;

void CosF32(const float* x, float* y, size_t n) { Kernels<float>().cos(x, y, n); }
void ExpF32(const float* x, float* y, size_t n) { Kernels<float>().exp(x, y, n); }
void LogF32(const float* x, float* y, size_t n) { Kernels<float>().log(x, y, n); }
void SinF32(const float* x, float* y, size_t n) { Kernels<float>().sin(x, y, n); }
void SqrtF32(const float* x, float* y, size_t n) { Kernels<float>().sqrt(x, y, n); }

template <auto kFunction>
bool MapF32(const float* input, size_t n, float* output, const StopToken& stop) {
  return ForEachPiece(n, stop, [=](size_t first, size_t count) {
    kFunction(input + first, output + first, count);
  });
}

template <auto kFunction>
void WriteF32(const Node& node, StepWriter& writer) {
  WriteMap<float, MapF32<kFunction>>(node, NoParams(), writer);
}

void WriteUnaryF32(const Node& node, StepWriter& writer) {
  const Op code = node.code();
  if (code == Op::ABS) WriteF32<AbsF32>(node, writer);
  if (code == Op::CEIL) WriteF32<CeilF32>(node, writer);
  if (code == Op::COS) WriteF32<CosF32>(node, writer);
  if (code == Op::EXP) WriteF32<ExpF32>(node, writer);
  if (code == Op::FLOOR) WriteF32<FloorF32>(node, writer);
  if (code == Op::LOG) WriteF32<LogF32>(node, writer);
  if (code == Op::NEG) WriteF32<NegF32>(node, writer);
  if (code == Op::ROUND) WriteF32<RoundF32>(node, writer);
  if (code == Op::RSQRT) WriteF32<RsqrtF32>(node, writer);
  if (code == Op::SIGN) WriteF32<SignF32>(node, writer);
  if (code == Op::SIN) WriteF32<SinF32>(node, writer);
  if (code == Op::SQRT) WriteF32<SqrtF32>(node, writer);
  if (code == Op::SQUARE) WriteF32<SquareF32>(node, writer);
}

template <typename Params>
struct RsqrtRecord {
  MapRecord<Params> map;
  int32_t zero;  // the input that stands for 0
};

// There is no root of a negative number.
template <typename T, auto kKernel, typename Params>
bool RunRsqrt(const void* record, const RunContext& run) {
  const auto* r = static_cast<const RsqrtRecord<Params>*>(record);
  if (AllAtLeast(run.Read<T>(r->map.input), r->map.elements, r->zero, run.stop))
    return RunMap<T, kKernel, Params>(&r->map, run);
  if (run.stop.raised()) return false;
  return run.Refuse(Status::Invalid("the root of a negative number"));
}

template <typename T, auto kKernel, typename Params>
void WriteRsqrt(const Node& node, const Params& p, StepWriter& writer) {
  const ModelTensor input = node.input(0);
  const ModelTensor output = node.output(0);
  writer.Share(input, output, Sharing::kOverwrite);
  auto* r = writer.Add<RsqrtRecord<Params>>(RunRsqrt<T, kKernel, Params>);
  if (r == nullptr) return;
  const auto elements = static_cast<uint32_t>(output.elements());
  *r = {{p, elements, writer.At(input), writer.At(output)}, input.zero_point()};
}

using MakeUnaryScale = bool (*)(float input_scale, float output_scale, Multiplier* scale);

Status CheckUnaryInteger(const Node& node, MakeUnaryScale make, UnaryIntegerParams* p) {
  if (Status s = CheckQuantizedMap(node); !s.ok()) return s;
  const ModelTensor input = node.input(0);
  const ModelTensor output = node.output(0);
  if (!make(input.scale(), output.scale(), &p->scale))
    return Status::Invalid("scales %g and %g are out of range", static_cast<double>(input.scale()),
                           static_cast<double>(output.scale()));
  p->input_zero = input.zero_point();
  p->output_zero = output.zero_point();
  return Status();
}

Status CheckUnaryS16(const Node& node, MakeUnaryScale make, UnaryIntegerParams* p) {
  Status s = CheckUnaryInteger(node, make, p);
  if (s.ok()) s = CheckSymmetric("input", node.input(0));
  if (s.ok()) s = CheckSymmetric("output", node.output(0));
  return s;
}

}  // namespace

Status PrepareUnaryF32(const Node& node, StepWriter& writer) {
  const Status s = CheckMap(node);
  if (s.ok()) WriteUnaryF32(node, writer);
  return s;
}

Status PrepareAbsS8(const Node& node, StepWriter& writer) {
  UnaryIntegerParams p;
  const Status s = CheckUnaryInteger(node, MakeAbsScale, &p);
  if (s.ok()) WriteByteTable(node, AbsTable(p), writer);
  return s;
}

// Without scales the integers are the numbers.
Status PrepareAbsS16(const Node& node, StepWriter& writer) {
  if (Status s = CheckMap(node); !s.ok()) return s;
  if (!node.input(0).quantized() && !node.output(0).quantized()) {
    WriteMap<int16_t, PlainAbsS16>(node, NoParams(), writer);
    return Status();
  }
  UnaryIntegerParams p;
  const Status s = CheckUnaryS16(node, MakeAbsScale, &p);
  if (s.ok()) WriteMap<int16_t, AbsS16>(node, p, writer);
  return s;
}

Status PrepareRsqrtS8(const Node& node, StepWriter& writer) {
  UnaryIntegerParams p;
  const Status s = CheckUnaryInteger(node, MakeRsqrtScale, &p);
  if (s.ok()) WriteRsqrt<int8_t, MapBytes>(node, RsqrtTable(p), writer);
  return s;
}

Status PrepareRsqrtS16(const Node& node, StepWriter& writer) {
  UnaryIntegerParams p;
  const Status s = CheckUnaryS16(node, MakeRsqrtScale, &p);
  if (s.ok()) WriteRsqrt<int16_t, RsqrtS16>(node, p, writer);
  return s;
}

const StepList kUnarySteps = ListSteps<
    MapStep<float, MapF32<AbsF32>, NoParams>, MapStep<float, MapF32<CeilF32>, NoParams>,
    MapStep<float, MapF32<CosF32>, NoParams>, MapStep<float, MapF32<ExpF32>, NoParams>,
    MapStep<float, MapF32<FloorF32>, NoParams>, MapStep<float, MapF32<LogF32>, NoParams>,
    MapStep<float, MapF32<NegF32>, NoParams>, MapStep<float, MapF32<RoundF32>, NoParams>,
    MapStep<float, MapF32<RsqrtF32>, NoParams>, MapStep<float, MapF32<SignF32>, NoParams>,
    MapStep<float, MapF32<SinF32>, NoParams>, MapStep<float, MapF32<SqrtF32>, NoParams>,
    MapStep<float, MapF32<SquareF32>, NoParams>, MapStep<int16_t, PlainAbsS16, NoParams>,
    MapStep<int16_t, AbsS16, UnaryIntegerParams>,
    Step<RsqrtRecord<ByteTable>, RunRsqrt<int8_t, MapBytes, ByteTable>>,
    Step<RsqrtRecord<UnaryIntegerParams>, RunRsqrt<int16_t, RsqrtS16, UnaryIntegerParams>>>();

}  // namespace moonlet
