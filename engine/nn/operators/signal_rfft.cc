// SignalRfft: the spectrum of frames of real samples; SignalEnergy: the energy in a part of
// its bins.
#include "engine/kernels/signal_rfft.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "engine/nn/analyze.h"
#include "engine/nn/operators/operators.h"
#include "engine/nn/operators/signal_checks.h"

namespace moonlet {
namespace {

using tflite::TensorType;

// The roots follow.
struct RfftRecord {
  int32_t length;
  int32_t samples;  // of a frame in the input; zeros make it `length`
  int32_t frames;
  Operand input;
  Operand output;
};

bool RunRfft(const void* record, const RunContext& run) {
  const auto* r = static_cast<const RfftRecord*>(record);
  const auto* roots = reinterpret_cast<const ComplexS16*>(r + 1);
  const auto* input = run.Read<int16_t>(r->input);
  auto* output = run.Write<ComplexS16>(r->output);
  for (int32_t i = 0; i < r->frames; ++i) {
    if (run.stop.raised()) return false;
    RfftS16(r->length, roots, input, r->samples, output);
    input += r->samples;
    output += r->length / 2 + 1;
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
  int32_t type = 0;
  constexpr auto kS16 = static_cast<int32_t>(TensorType::INT16);
  Status s = OpenOptions(node, &options);
  if (s.ok()) s = options.Get("T", kS16, kS16, &type);
  if (s.ok()) s = options.Get("fft_length", kMinRfftLength, kMaxRfftLength, length);
  if (s.ok() && !std::has_single_bit(static_cast<uint32_t>(*length)))
    return Status::Unsupported("option 'fft_length' is %d, expected a power of two", *length);
  return s;
}

}  // namespace

Status PrepareSignalRfft(const Node& node, StepWriter& writer) {
  int32_t length = 0;
  Status s = CheckSignal(node, 1, 1);
  if (s.ok()) s = CheckAligned("input", node.input(0));
  if (s.ok()) s = CheckLength(node, &length);
  if (!s.ok()) return s;
  const ModelTensor input = node.input(0);
  const ModelTensor output = node.output(0);
  if (input.rank() < 1 || input.dim(input.rank() - 1) > length)
    return Status::Invalid("%s has shape %s, expected frames of at most %d samples",
                           TensorLabel("input", input).text, DimsText(input.shape()).text, length);
  int32_t expected[kMaxModelRank];
  const auto rank = static_cast<size_t>(input.rank());
  std::ranges::copy(input.shape(), expected);
  expected[rank - 1] = length + 2;
  s = CheckShape("output", output, std::span(expected, rank));
  if (!s.ok()) return s;
  auto* r = writer.Add<RfftRecord>(RunRfft, RfftRoots(length) * sizeof(ComplexS16));
  if (r == nullptr) return s;
  const int32_t samples = input.dim(input.rank() - 1);
  *r = {length, samples, ElementsOf(input) / samples, writer.At(input), writer.At(output)};
  MakeRfftRoots(length, reinterpret_cast<ComplexS16*>(r + 1));
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

}  // namespace moonlet
