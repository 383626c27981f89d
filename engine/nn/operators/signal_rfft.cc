// SignalRfft: the spectrum of frames of real samples; SignalIrfft: the samples of a
// spectrum; SignalEnergy: the energy in a part of its bins.
#include "engine/kernels/signal_rfft.h"

#include <algorithm>
#include <cstring>

#include "engine/nn/analyze.h"
#include "engine/nn/operators/operators.h"
#include "engine/nn/operators/signal_checks.h"
#include "engine/nn/operators/step_lists.h"

namespace moonlet {
namespace {

using tflite::TensorType;

// The roots follow.
struct RfftRecord {
  int32_t length;
  int32_t samples;  // of a frame; zeros make it `length`
  int32_t frames;
  Operand input;
  Operand output;
};

template <typename T>
bool RunRfft(const void* record, const RunContext& run) {
  const auto* r = static_cast<const RfftRecord*>(record);
  const auto* roots = reinterpret_cast<const SignalComplex<T>*>(r + 1);
  const auto* input = run.Read<T>(r->input);
  auto* output = run.Write<SignalComplex<T>>(r->output);
  for (int32_t i = 0; i < r->frames; ++i) {
    if (run.stop.raised()) return false;
    Rfft(r->length, roots, input, r->samples, output);
    input += r->samples;
    output += r->length / 2 + 1;
  }
  return true;
}

template <typename T>
bool RunIrfft(const void* record, const RunContext& run) {
  const auto* r = static_cast<const RfftRecord*>(record);
  const auto* roots = reinterpret_cast<const SignalComplex<T>*>(r + 1);
  const auto* input = run.Read<SignalComplex<T>>(r->input);
  auto* output = run.Write<SignalComplex<T>>(r->output);
  for (int32_t i = 0; i < r->frames; ++i) {
    if (run.stop.raised()) return false;
    Irfft(r->length, roots, input, output);
    input += r->length / 2 + 1;
    output += r->length / 2;
  }
  return true;
}

struct EnergyRecord {
  int32_t begin;
  int32_t end;
  int32_t bins;
  Operand input;
  Operand output;
};

bool RunEnergy(const void* record, const RunContext& run) {
  const auto* r = static_cast<const EnergyRecord*>(record);
  auto* output = run.Write<uint32_t>(r->output);
  std::memset(output, 0, static_cast<size_t>(r->bins) * sizeof(uint32_t));
  EnergyS16(run.Read<ComplexS16>(r->input), r->begin, r->end, output);
  return true;
}

Status CheckLength(const Node& node, int32_t* length) {
  FlexMap options;
  Status s = OpenOptions(node, &options);
  if (s.ok()) s = CheckTypeOption(options, node.input(0).type());
  if (s.ok()) s = options.Get("fft_length", kMinRfftLength, kMaxRfftLength, length);
  if (s.ok() && !IsRfftLength(*length))
    return Status::Unsupported("option 'fft_length' is %d, expected twice a product of 2, 3 and 5",
                               *length);
  return s;
}

// The output has the shape of the input, but for its last axis.
Status CheckLastAxis(const Node& node, int32_t length) {
  const ModelTensor input = node.input(0);
  int32_t expected[kMaxModelRank];
  const auto rank = static_cast<size_t>(input.rank());
  std::ranges::copy(input.shape(), expected);
  expected[rank - 1] = length;
  return CheckShape("output", node.output(0), std::span(expected, rank));
}

template <typename T>
void WriteRfft(const Node& node, RunStep run, int32_t length, int32_t samples,
               FourierDirection direction, StepWriter& writer) {
  auto* r = writer.Add<RfftRecord>(run, RfftRoots(length) * sizeof(SignalComplex<T>));
  if (r == nullptr) return;
  const ModelTensor input = node.input(0);
  const int32_t frames = ElementsOf(input) / input.dim(input.rank() - 1);
  *r = {length, samples, frames, writer.At(input), writer.At(node.output(0))};
  MakeRfftRoots(length, direction, reinterpret_cast<SignalComplex<T>*>(r + 1));
}

}  // namespace

Status PrepareSignalRfft(const Node& node, StepWriter& writer) {
  int32_t length = 0;
  Status s = CheckSignal(node, 1, 1);
  if (s.ok()) s = CheckAligned("input", node.input(0));
  if (s.ok()) s = CheckLength(node, &length);
  if (!s.ok()) return s;
  const ModelTensor input = node.input(0);
  if (input.rank() < 1 || input.dim(input.rank() - 1) > length)
    return Status::Invalid("%s has shape %s, expected frames of at most %d samples",
                           TensorLabel("input", input).text, DimsText(input.shape()).text, length);
  if (s = CheckLastAxis(node, length + 2); !s.ok()) return s;
  const int32_t samples = input.dim(input.rank() - 1);
  constexpr auto kForward = FourierDirection::kForward;
  if (input.type() == TensorType::INT16)
    WriteRfft<int16_t>(node, RunRfft<int16_t>, length, samples, kForward, writer);
  if (input.type() == TensorType::INT32)
    WriteRfft<int32_t>(node, RunRfft<int32_t>, length, samples, kForward, writer);
  if (input.type() == TensorType::FLOAT32)
    WriteRfft<float>(node, RunRfft<float>, length, samples, kForward, writer);
  return s;
}

Status PrepareSignalIrfft(const Node& node, StepWriter& writer) {
  int32_t length = 0;
  Status s = CheckSignal(node, 1, 1);
  if (s.ok()) s = CheckAligned("input", node.input(0));
  if (s.ok()) s = CheckLength(node, &length);
  if (!s.ok()) return s;
  const ModelTensor input = node.input(0);
  if (input.rank() < 1 || input.dim(input.rank() - 1) != length + 2)
    return Status::Invalid("%s has shape %s, expected spectra of %d values",
                           TensorLabel("input", input).text, DimsText(input.shape()).text,
                           length + 2);
  if (s = CheckLastAxis(node, length); !s.ok()) return s;
  constexpr auto kInverse = FourierDirection::kInverse;
  if (input.type() == TensorType::INT16)
    WriteRfft<int16_t>(node, RunIrfft<int16_t>, length, length, kInverse, writer);
  if (input.type() == TensorType::INT32)
    WriteRfft<int32_t>(node, RunIrfft<int32_t>, length, length, kInverse, writer);
  if (input.type() == TensorType::FLOAT32)
    WriteRfft<float>(node, RunIrfft<float>, length, length, kInverse, writer);
  return s;
}

Status PrepareSignalEnergy(const Node& node, StepWriter& writer) {
  Status s = CheckSignal(node, 1, 1);
  if (s.ok()) s = CheckAligned("input", node.input(0));
  if (!s.ok()) return s;
  const ModelTensor input = node.input(0);
  const ModelTensor output = node.output(0);
  const int32_t bins = ElementsOf(output);
  FlexMap options;
  int32_t begin = 0;
  int32_t end = 0;
  s = CheckArray("input", input, TensorType::INT16, 2 * bins);
  if (s.ok()) s = OpenOptions(node, &options);
  if (s.ok()) s = options.Get("start_index", 0, bins, &begin);
  if (s.ok()) s = options.Get("end_index", begin, bins, &end);
  if (!s.ok()) return s;
  auto* r = writer.Add<EnergyRecord>(RunEnergy);
  if (r != nullptr) *r = {begin, end, bins, writer.At(input), writer.At(output)};
  return s;
}

const StepList kSignalRfftSteps =
    ListSteps<Step<RfftRecord, RunRfft<int16_t>>, Step<RfftRecord, RunRfft<int32_t>>,
              Step<RfftRecord, RunRfft<float>>, Step<RfftRecord, RunIrfft<int16_t>>,
              Step<RfftRecord, RunIrfft<int32_t>>, Step<RfftRecord, RunIrfft<float>>,
              Step<EnergyRecord, RunEnergy>>();

}  // namespace moonlet
