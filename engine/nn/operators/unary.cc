// Functions of one element: ABS, CEIL, COS, EXP, FLOOR, LOG, NEG, ROUND, RSQRT, SIGN, SIN,
// SQRT and SQUARE of float32; ABS and RSQRT of int8 and int16.
#include <algorithm>

#include "engine/kernels/float_kernels.h"
#include "engine/kernels/unary_f32.h"
#include "engine/kernels/unary_integer.h"
#include "engine/nn/checks.h"
#include "engine/nn/operators/operators.h"

namespace moonlet {
namespace {

using Op = tflite::BuiltinOperator;

void CosF32(const float* x, float* y, size_t n) { Kernels<float>().cos(x, y, n); }
void ExpF32(const float* x, float* y, size_t n) { Kernels<float>().exp(x, y, n); }
void LogF32(const float* x, float* y, size_t n) { Kernels<float>().log(x, y, n); }
void SinF32(const float* x, float* y, size_t n) { Kernels<float>().sin(x, y, n); }
void SqrtF32(const float* x, float* y, size_t n) { Kernels<float>().sqrt(x, y, n); }

// Of functions without parameters.
struct UnaryPlainRecord {
  uint32_t elements;
  Operand input;
  Operand output;
};

template <auto kKernel>
bool RunUnaryF32(const void* record, const RunContext& run) {
  // The slowest function costs about as much as 32 multiply-adds.
  constexpr uint32_t kPiece = 1 << 15;
  const auto* r = static_cast<const UnaryPlainRecord*>(record);
  const auto* input = run.Read<float>(r->input);
  auto* output = run.Write<float>(r->output);
  for (uint32_t i = 0; i < r->elements; i += kPiece) {
    if (run.stop.raised()) return false;
    kKernel(input + i, output + i, std::min(kPiece, r->elements - i));
  }
  return true;
}

RunStep UnaryF32Of(Op code) {
  switch (code) {
    case Op::ABS:
      return RunUnaryF32<AbsF32>;
    case Op::CEIL:
      return RunUnaryF32<CeilF32>;
    case Op::COS:
      return RunUnaryF32<CosF32>;
    case Op::EXP:
      return RunUnaryF32<ExpF32>;
    case Op::FLOOR:
      return RunUnaryF32<FloorF32>;
    case Op::LOG:
      return RunUnaryF32<LogF32>;
    case Op::NEG:
      return RunUnaryF32<NegF32>;
    case Op::ROUND:
      return RunUnaryF32<RoundF32>;
    case Op::RSQRT:
      return RunUnaryF32<RsqrtF32>;
    case Op::SIGN:
      return RunUnaryF32<SignF32>;
    case Op::SIN:
      return RunUnaryF32<SinF32>;
    case Op::SQRT:
      return RunUnaryF32<SqrtF32>;
    default:
      return RunUnaryF32<SquareF32>;
  }
}

// Of ABS and RSQRT of int8.
struct UnaryTableRecord {
  uint32_t elements;
  int32_t least;  // the smallest input that has a value
  Operand input;
  Operand output;
  int8_t table[256];
};

bool RunUnaryTable(const void* record, const RunContext& run) {
  const auto* r = static_cast<const UnaryTableRecord*>(record);
  return MapTableS8(r->table, run.Read<int8_t>(r->input), r->elements, run.Write<int8_t>(r->output),
                    run.stop);
}

struct UnaryS16Record {
  UnaryIntegerParams p;
  uint32_t elements;
  int32_t least;
  Operand input;
  Operand output;
};

template <UnaryInteger kFunction>
bool RunUnaryS16(const void* record, const RunContext& run) {
  const auto* r = static_cast<const UnaryS16Record*>(record);
  return MapS16(kFunction, r->p, run.Read<int16_t>(r->input), r->elements,
                run.Write<int16_t>(r->output), run.stop);
}

bool RunPlainAbsS16(const void* record, const RunContext& run) {
  const auto* r = static_cast<const UnaryPlainRecord*>(record);
  return AbsS16(run.Read<int16_t>(r->input), r->elements, run.Write<int16_t>(r->output), run.stop);
}

// Maps after a look at the values: there is no root of a negative number.
template <typename T, typename Record, RunStep kMap>
bool RunRsqrt(const void* record, const RunContext& run) {
  const auto* r = static_cast<const Record*>(record);
  if (AllAtLeast(run.Read<T>(r->input), r->elements, r->least, run.stop)) return kMap(record, run);
  return run.stop.raised() ? false : run.Refuse(Status::Invalid("the root of a negative number"));
}

Status CheckUnary(const Node& node) {
  if (Status s = CheckCounts(node, 1, 1); !s.ok()) return s;
  if (Status s = CheckAligned("input", node.input(0)); !s.ok()) return s;
  return CheckShape("output", node.output(0), node.input(0).shape());
}

uint32_t UnaryElements(const Node& node) {
  return static_cast<uint32_t>(node.output(0).elements());
}

using MakeUnaryScale = bool (*)(float input_scale, float output_scale, Multiplier* scale);

Status CheckUnaryInteger(const Node& node, MakeUnaryScale make, UnaryIntegerParams* p) {
  const ModelTensor input = node.input(0);
  const ModelTensor output = node.output(0);
  Status s = CheckUnary(node);
  if (s.ok()) s = CheckQuantized("input", input);
  if (s.ok()) s = CheckQuantized("output", output);
  if (!s.ok()) return s;
  if (!make(input.scale(), output.scale(), &p->scale))
    return Status::Invalid("scales %g and %g are out of range", static_cast<double>(input.scale()),
                           static_cast<double>(output.scale()));
  p->input_zero = input.zero_point();
  p->output_zero = output.zero_point();
  return s;
}

Status CheckNoZeroPoint(const char* role, const ModelTensor& tensor) {
  if (tensor.zero_point() == 0) return Status();
  return Status::Invalid("%s has zero point %d, expected 0", TensorLabel(role, tensor).text,
                         tensor.zero_point());
}

void WriteUnaryTable(const Node& node, RunStep run, UnaryInteger function,
                     const UnaryIntegerParams& p, int32_t least, StepWriter& writer) {
  writer.Share(node.input(0), node.output(0), Sharing::kOverwrite);
  auto* r = writer.Add<UnaryTableRecord>(run);
  if (r == nullptr) return;
  r->elements = UnaryElements(node);
  r->least = least;
  r->input = writer.At(node.input(0));
  r->output = writer.At(node.output(0));
  MakeTableS8(function, p, least, r->table);
}

Status WriteUnaryS16(const Node& node, RunStep run, const UnaryIntegerParams& p,
                     StepWriter& writer) {
  Status s = CheckNoZeroPoint("input", node.input(0));
  if (s.ok()) s = CheckNoZeroPoint("output", node.output(0));
  if (!s.ok()) return s;
  writer.Share(node.input(0), node.output(0), Sharing::kOverwrite);
  auto* r = writer.Add<UnaryS16Record>(run);
  if (r != nullptr)
    *r = {p, UnaryElements(node), 0, writer.At(node.input(0)), writer.At(node.output(0))};
  return s;
}

void WriteUnaryPlain(const Node& node, RunStep run, StepWriter& writer) {
  writer.Share(node.input(0), node.output(0), Sharing::kOverwrite);
  auto* r = writer.Add<UnaryPlainRecord>(run);
  if (r != nullptr) *r = {UnaryElements(node), writer.At(node.input(0)), writer.At(node.output(0))};
}

}  // namespace

Status PrepareUnaryF32(const Node& node, StepWriter& writer) {
  const Status s = CheckUnary(node);
  if (s.ok()) WriteUnaryPlain(node, UnaryF32Of(node.code()), writer);
  return s;
}

Status PrepareAbsS8(const Node& node, StepWriter& writer) {
  UnaryIntegerParams p;
  const Status s = CheckUnaryInteger(node, MakeAbsScale, &p);
  if (s.ok()) WriteUnaryTable(node, RunUnaryTable, AbsInteger, p, -128, writer);
  return s;
}

// Without scales the integers are the numbers.
Status PrepareAbsS16(const Node& node, StepWriter& writer) {
  if (Status s = CheckUnary(node); !s.ok()) return s;
  if (!node.input(0).quantized() && !node.output(0).quantized()) {
    WriteUnaryPlain(node, RunPlainAbsS16, writer);
    return Status();
  }
  UnaryIntegerParams p;
  const Status s = CheckUnaryInteger(node, MakeAbsScale, &p);
  return s.ok() ? WriteUnaryS16(node, RunUnaryS16<AbsInteger>, p, writer) : s;
}

Status PrepareRsqrtS8(const Node& node, StepWriter& writer) {
  UnaryIntegerParams p;
  const Status s = CheckUnaryInteger(node, MakeRsqrtScale, &p);
  constexpr RunStep kRun = RunRsqrt<int8_t, UnaryTableRecord, RunUnaryTable>;
  if (s.ok()) WriteUnaryTable(node, kRun, RsqrtInteger, p, p.input_zero, writer);
  return s;
}

Status PrepareRsqrtS16(const Node& node, StepWriter& writer) {
  UnaryIntegerParams p;
  const Status s = CheckUnaryInteger(node, MakeRsqrtScale, &p);
  constexpr RunStep kRun = RunRsqrt<int16_t, UnaryS16Record, RunUnaryS16<RsqrtInteger>>;
  return s.ok() ? WriteUnaryS16(node, kRun, p, writer) : s;
}

}  // namespace moonlet
