// SVDF: input {batches, depth}, feature weights {filters, depth}, time weights {filters,
// memory}, bias {units}, which float32 may leave out, and a variable, the state {batches, filters *
// memory}.
#include "engine/kernels/svdf.h"

#include <cmath>

#include "engine/nn/checks.h"
#include "engine/nn/operators/operators.h"
#include "engine/nn/operators/step_lists.h"

namespace moonlet {
namespace {

using tflite::TensorType;

struct SvdfS8Record {
  SvdfS8Params p;
  Operand input;
  Operand features;
  Operand times;
  Operand bias;
  Operand state;
  Operand output;
};

template <typename State>
bool RunSvdfS8(const void* record, const RunContext& run) {
  const auto* r = static_cast<const SvdfS8Record*>(record);
  return SvdfS8<State>(r->p, run.Read<int8_t>(r->input), run.Read<int8_t>(r->features),
                       run.ReadUnaligned<State>(r->times), run.ReadUnaligned<int32_t>(r->bias),
                       run.Write<State>(r->state), run.Write<int8_t>(r->output), run.stop);
}

struct SvdfF32Record {
  SvdfF32Params p;
  Operand input;
  Operand features;
  Operand times;
  Operand bias;
  Operand state;
  Operand numbers;
  Operand output;
};

bool RunSvdfF32(const void* record, const RunContext& run) {
  const auto* r = static_cast<const SvdfF32Record*>(record);
  return SvdfF32(r->p, run.Read<float>(r->input), run.ReadUnaligned<float>(r->features),
                 run.ReadUnaligned<float>(r->times), run.ReadUnaligned<float>(r->bias),
                 run.Write<float>(r->state), run.Write<float>(r->numbers),
                 run.Write<float>(r->output), run.stop);
}

// Types and kinds of the tensors; numbers are remembered as `kept`.
Status CheckSvdfTensors(const Node& node, TensorType weights, TensorType bias, TensorType kept) {
  Status s = CheckType("feature weights", node.input(1), weights);
  if (s.ok() && node.has_input(3)) s = CheckType("bias", node.input(3), bias);
  if (s.ok()) s = CheckType("state", node.input(4), kept);
  if (s.ok()) s = CheckAligned("input", node.input(0));
  if (s.ok()) s = CheckConstant("feature weights", node.input(1));
  if (s.ok()) s = CheckConstant("time weights", node.input(2));
  if (s.ok() && node.has_input(3)) s = CheckConstant("bias", node.input(3));
  if (s.ok()) s = CheckVariable("state", node.input(4));
  return s;
}

// The time weights say in which type int8 operators remember.
Status CheckSvdf(const Node& node) {
  const TensorType kept = node.input(2).type();
  if (kept != TensorType::INT8 && kept != TensorType::INT16)
    return Status::Unsupported("%s is %s, expected int8 or int16",
                               TensorLabel("time weights", node.input(2)).text, NameOf(kept));
  return CheckSvdfTensors(node, TensorType::INT8, TensorType::INT32, kept);
}

template <typename Params>
Status CheckSizes(const Node& node, int32_t rank, Params* p) {
  const ModelTensor features = node.input(1);
  const ModelTensor times = node.input(2);
  Status s = CheckRank("input", node.input(0), 2);
  if (s.ok()) s = CheckRank("feature weights", features, 2);
  if (s.ok()) s = CheckRank("time weights", times, 2);
  if (!s.ok()) return s;
  p->batches = node.input(0).dim(0);
  p->depth = node.input(0).dim(1);
  p->filters = features.dim(0);
  p->memory = times.dim(1);
  p->rank = rank;
  if (rank < 1 || p->filters % rank != 0)
    return Status::Invalid("rank %d with %d filters", rank, p->filters);
  const int32_t units = p->filters / rank;
  const int32_t feature_shape[] = {p->filters, p->depth};
  const int32_t time_shape[] = {p->filters, p->memory};
  // A constant of as many values lies in the file: no overflow.
  const auto row = static_cast<int32_t>(times.elements());
  const int32_t state_shape[] = {p->batches, row};
  const int32_t output_shape[] = {p->batches, units};
  s = CheckShape("feature weights", features, feature_shape);
  if (s.ok()) s = CheckShape("time weights", times, time_shape);
  if (s.ok() && node.has_input(3)) s = CheckShape("bias", node.input(3), {&units, 1});
  if (s.ok()) s = CheckShape("state", node.input(4), state_shape);
  if (s.ok()) s = CheckShape("output", node.output(0), output_shape);
  return s;
}

// The bias has the scale of the time filters' sums, to 1e-5 as in the reference.
Status CheckBiasScale(const ModelTensor& bias, float state_scale, float time_scale) {
  const float expected = state_scale * time_scale;
  if (std::fabs(double{bias.scale()} - double{expected}) < 1e-5) return Status();
  return Status::Invalid("%s has scale %g, expected %g", TensorLabel("bias", bias).text,
                         static_cast<double>(bias.scale()), static_cast<double>(expected));
}

Status MakeScales(const Node& node, SvdfS8Params* p) {
  const ModelTensor input = node.input(0);
  const ModelTensor features = node.input(1);
  const ModelTensor times = node.input(2);
  const ModelTensor state = node.input(4);
  const ModelTensor output = node.output(0);
  Status s = CheckQuantized("input", input);
  if (s.ok()) s = CheckQuantized("feature weights", features);
  if (s.ok()) s = CheckQuantized("time weights", times);
  if (s.ok()) s = CheckQuantized("state", state);
  if (s.ok()) s = CheckOutputS8(output, Activation::kNone, &p->output);
  if (s.ok()) s = CheckBiasScale(node.input(3), state.scale(), times.scale());
  if (!s.ok()) return s;
  if (!MakeSvdfScales(input.scale(), features.scale(), state.scale(), times.scale(), output.scale(),
                      p))
    return Status::Invalid("scales %g * %g / %g or %g * %g / %g are out of range",
                           static_cast<double>(input.scale()),
                           static_cast<double>(features.scale()),
                           static_cast<double>(state.scale()), static_cast<double>(state.scale()),
                           static_cast<double>(times.scale()), static_cast<double>(output.scale()));
  p->input_zero = static_cast<int16_t>(input.zero_point());
  p->state_zero = static_cast<int16_t>(state.zero_point());
  return s;
}

}  // namespace

Status PrepareSvdfS8(const Node& node, StepWriter& writer) {
  if (Status s = CheckCounts(node, 5, 5); !s.ok()) return s;
  const tflite::SVDFOptions* options = node.table().builtin_options_as_SVDFOptions();
  if (options == nullptr) return MissingOptions();
  SvdfS8Params p;
  Status s = CheckSvdf(node);
  if (s.ok()) s = CheckSizes(node, options->rank(), &p);
  if (s.ok()) s = MakeScales(node, &p);
  if (!s.ok()) return s;
  const bool wide = node.input(2).type() == TensorType::INT16;
  auto* r = writer.Add<SvdfS8Record>(wide ? RunSvdfS8<int16_t> : RunSvdfS8<int8_t>);
  if (r == nullptr) return s;
  *r = {p,
        writer.At(node.input(0)),
        writer.At(node.input(1)),
        writer.At(node.input(2)),
        writer.At(node.input(3)),
        writer.At(node.input(4)),
        writer.At(node.output(0))};
  return s;
}

Status PrepareSvdfF32(const Node& node, StepWriter& writer) {
  if (node.inputs() != 5) return Status::Invalid("%d inputs, expected 5", node.inputs());
  if (node.outputs() != 1) return Status::Invalid("%d outputs, expected 1", node.outputs());
  for (const int k : {1, 2, 4})
    if (!node.has_input(k)) return Status::Invalid("input %d is left out", k + 1);
  const tflite::SVDFOptions* options = node.table().builtin_options_as_SVDFOptions();
  if (options == nullptr) return MissingOptions();
  constexpr TensorType kFloat = TensorType::FLOAT32;
  SvdfF32Params p;
  Status s = CheckType("time weights", node.input(2), kFloat);
  if (s.ok()) s = CheckSvdfTensors(node, kFloat, kFloat, kFloat);
  if (s.ok()) s = CheckActivation(options->fused_activation_function(), &p.activation);
  if (s.ok()) s = CheckSizes(node, options->rank(), &p);
  if (!s.ok()) return s;
  auto* r = writer.Add<SvdfF32Record>(RunSvdfF32);
  const auto bytes = static_cast<uint32_t>(p.filters) * static_cast<uint32_t>(sizeof(float));
  const Operand numbers = writer.Scratch(bytes);
  if (r == nullptr) return s;
  *r = {p,
        writer.At(node.input(0)),
        writer.At(node.input(1)),
        writer.At(node.input(2)),
        node.has_input(3) ? writer.At(node.input(3)) : Operand{},
        writer.At(node.input(4)),
        numbers,
        writer.At(node.output(0))};
  return s;
}

const StepList kSvdfSteps =
    ListSteps<Step<SvdfS8Record, RunSvdfS8<int8_t>>, Step<SvdfS8Record, RunSvdfS8<int16_t>>,
              Step<SvdfF32Record, RunSvdfF32>>();

}  // namespace moonlet
