// QUANTIZE and DEQUANTIZE: between real numbers and scaled integers, and from one
// integer scale to another.
#include "engine/kernels/quantize.h"

#include <algorithm>

#include "engine/nn/checks.h"
#include "engine/nn/operators/map.h"
#include "engine/nn/operators/operators.h"
#include "engine/nn/operators/step_lists.h"

namespace moonlet {
namespace {

using tflite::TensorType;

struct QuantizeRecord {
  float scale;
  int32_t zero;
  uint32_t elements;
  Operand input;
  Operand output;
};

struct RequantizeRecord {
  RequantizeParams p;
  uint32_t elements;
  Operand input;
  Operand output;
};

// Calls piece(first, count) for pieces of at most kQuantizePiece elements.
template <typename Piece>
bool InPieces(size_t elements, const StopToken& stop, Piece piece) {
  for (size_t i = 0; i < elements; i += kQuantizePiece) {
    if (stop.raised()) return false;
    piece(i, std::min(kQuantizePiece, elements - i));
  }
  return true;
}

template <typename T>
bool RunQuantize(const void* record, const RunContext& run) {
  const auto* r = static_cast<const QuantizeRecord*>(record);
  const auto* input = run.Read<float>(r->input);
  auto* output = run.Write<T>(r->output);
  return InPieces(r->elements, run.stop, [&](size_t i, size_t n) {
    Quantize<T>(input + i, n, r->scale, r->zero, output + i);
  });
}

template <typename T>
bool RunDequantize(const void* record, const RunContext& run) {
  const auto* r = static_cast<const QuantizeRecord*>(record);
  const auto* input = run.Read<T>(r->input);
  auto* output = run.Write<float>(r->output);
  return InPieces(r->elements, run.stop, [&](size_t i, size_t n) {
    Dequantize<T>(input + i, n, r->scale, r->zero, output + i);
  });
}

template <typename From, typename To>
bool RunRequantize(const void* record, const RunContext& run) {
  const auto* r = static_cast<const RequantizeRecord*>(record);
  const auto* input = run.Read<From>(r->input);
  auto* output = run.Write<To>(r->output);
  return InPieces(r->elements, run.stop, [&](size_t i, size_t n) {
    Requantize<From, To>(r->p, input + i, n, output + i);
  });
}

Status CheckElementwise(const Node& node) {
  if (Status s = CheckCounts(node, 1, 1); !s.ok()) return s;
  if (Status s = CheckAligned("input", node.input(0)); !s.ok()) return s;
  return CheckShape("output", node.output(0), node.input(0).shape());
}

RunStep QuantizeTo(TensorType type) {
  if (type == TensorType::INT8) return RunQuantize<int8_t>;
  if (type == TensorType::UINT8) return RunQuantize<uint8_t>;
  if (type == TensorType::INT16) return RunQuantize<int16_t>;
  return RunQuantize<int32_t>;
}

RunStep DequantizeFrom(TensorType type) {
  if (type == TensorType::INT8) return RunDequantize<int8_t>;
  if (type == TensorType::UINT8) return RunDequantize<uint8_t>;
  if (type == TensorType::INT16) return RunDequantize<int16_t>;
  return RunDequantize<int32_t>;
}

template <typename From>
RunStep RequantizeTo(TensorType to) {
  if (to == TensorType::INT8) return RunRequantize<From, int8_t>;
  if (to == TensorType::INT16) return RunRequantize<From, int16_t>;
  return RunRequantize<From, int32_t>;
}

RunStep RequantizeFromTo(TensorType from, TensorType to) {
  if (from == TensorType::UINT8) return RunRequantize<uint8_t, int8_t>;
  if (from == TensorType::INT8 && to == TensorType::UINT8) return RunRequantize<int8_t, uint8_t>;
  if (from == TensorType::INT8) return RequantizeTo<int8_t>(to);
  if (from == TensorType::INT16) return RequantizeTo<int16_t>(to);
  if (to == TensorType::INT16) return RunRequantize<int32_t, int16_t>;
  return RunRequantize<int32_t, int8_t>;
}

Status WriteQuantize(const Node& node, const ModelTensor& quantized, RunStep run,
                     StepWriter& writer) {
  auto* r = writer.Add<QuantizeRecord>(run);
  if (r == nullptr) return Status();
  *r = {quantized.scale(), quantized.zero_point(), static_cast<uint32_t>(quantized.elements()),
        writer.At(node.input(0)), writer.At(node.output(0))};
  return Status();
}

}  // namespace

Status PrepareQuantize(const Node& node, StepWriter& writer) {
  if (Status s = CheckElementwise(node); !s.ok()) return s;
  const ModelTensor output = node.output(0);
  if (Status s = CheckQuantized("output", output); !s.ok()) return s;
  return WriteQuantize(node, output, QuantizeTo(output.type()), writer);
}

Status PrepareDequantize(const Node& node, StepWriter& writer) {
  if (Status s = CheckElementwise(node); !s.ok()) return s;
  const ModelTensor input = node.input(0);
  if (Status s = CheckQuantized("input", input); !s.ok()) return s;
  return WriteQuantize(node, input, DequantizeFrom(input.type()), writer);
}

Status PrepareRequantize(const Node& node, StepWriter& writer) {
  if (Status s = CheckElementwise(node); !s.ok()) return s;
  const ModelTensor input = node.input(0);
  const ModelTensor output = node.output(0);
  if (Status s = CheckQuantized("input", input); !s.ok()) return s;
  if (Status s = CheckQuantized("output", output); !s.ok()) return s;
  RequantizeParams p;
  if (!MakeMultiplier(double{input.scale()} / double{output.scale()}, &p.scale))
    return Status::Invalid("scales %g / %g are out of range", static_cast<double>(input.scale()),
                           static_cast<double>(output.scale()));
  p.input_zero = input.zero_point();
  p.output_zero = output.zero_point();
  if (WantsTable(node, writer)) {
    WriteByteTable(node, TableOfKernel([&p](const int8_t* in, size_t n, int8_t* out) {
                     Requantize<int8_t, int8_t>(p, in, n, out);
                   }),
                   writer);
    return Status();
  }
  const bool same = input.type() == output.type() && input.scale() == output.scale() &&
                    p.input_zero == p.output_zero;
  if (same && writer.Alias(input, output)) return Status();
  auto* r = writer.Add<RequantizeRecord>(RequantizeFromTo(input.type(), output.type()));
  if (r != nullptr)
    *r = {p, static_cast<uint32_t>(output.elements()), writer.At(input), writer.At(output)};
  return Status();
}

const StepList kQuantizeSteps = ListSteps<
    Step<QuantizeRecord, RunQuantize<int8_t>>, Step<QuantizeRecord, RunQuantize<uint8_t>>,
    Step<QuantizeRecord, RunQuantize<int16_t>>, Step<QuantizeRecord, RunQuantize<int32_t>>,
    Step<QuantizeRecord, RunDequantize<int8_t>>, Step<QuantizeRecord, RunDequantize<uint8_t>>,
    Step<QuantizeRecord, RunDequantize<int16_t>>, Step<QuantizeRecord, RunDequantize<int32_t>>,
    Step<RequantizeRecord, RunRequantize<uint8_t, int8_t>>,
    Step<RequantizeRecord, RunRequantize<int8_t, uint8_t>>,
    Step<RequantizeRecord, RunRequantize<int8_t, int8_t>>,
    Step<RequantizeRecord, RunRequantize<int8_t, int16_t>>,
    Step<RequantizeRecord, RunRequantize<int8_t, int32_t>>,
    Step<RequantizeRecord, RunRequantize<int16_t, int8_t>>,
    Step<RequantizeRecord, RunRequantize<int16_t, int16_t>>,
    Step<RequantizeRecord, RunRequantize<int16_t, int32_t>>,
    Step<RequantizeRecord, RunRequantize<int32_t, int8_t>>,
    Step<RequantizeRecord, RunRequantize<int32_t, int16_t>>>();

}  // namespace moonlet
