// SignalFilterBankSpectralSubtraction: the steady part of each channel taken away;
// SignalPCAN: each channel's gain set by it.
#include "engine/kernels/signal_noise.h"

#include <limits>

#include "engine/nn/operators/operators.h"
#include "engine/nn/operators/signal_checks.h"
#include "engine/nn/operators/step_lists.h"

namespace moonlet {
namespace {

using tflite::TensorType;

struct SubtractionRecord {
  SpectralSubtractionParams p;
  int32_t channels;
  Operand input;
  Operand estimate;
  Operand output;
  Operand noise;
};

bool RunSubtraction(const void* record, const RunContext& run) {
  const auto* r = static_cast<const SubtractionRecord*>(record);
  SubtractNoise(r->p, run.Read<uint32_t>(r->input), r->channels, run.Write<uint32_t>(r->estimate),
                run.Write<uint32_t>(r->output), run.Write<uint32_t>(r->noise));
  return true;
}

struct PcanRecord {
  int32_t shift;
  int32_t channels;
  Operand input;
  Operand noise;
  Operand table;
  Operand output;
};

bool RunPcan(const void* record, const RunContext& run) {
  const auto* r = static_cast<const PcanRecord*>(record);
  NormalizePcan(run.ReadUnaligned<int16_t>(r->table), r->shift, run.Read<uint32_t>(r->input),
                run.Read<uint32_t>(r->noise), r->channels, run.Write<uint32_t>(r->output));
  return true;
}

// Reads the options one after the other; the first that is wrong stays the status.
class Reader {
 public:
  explicit Reader(const FlexMap& options) : options_(options) {}
  int32_t Get(const char* key, int32_t low, int32_t high) {
    int32_t value = 0;
    if (status_.ok()) status_ = options_.Get(key, low, high, &value);
    return value;
  }
  // The reference reads an int32 and takes its bits for a uint32.
  uint32_t Weight(const char* key) {
    using Limits = std::numeric_limits<int32_t>;
    return static_cast<uint32_t>(Get(key, Limits::min(), Limits::max()));
  }
  const Status& status() const { return status_; }

 private:
  const FlexMap& options_;
  Status status_;
};

Status ReadSubtraction(const FlexMap& options, int32_t channels, SpectralSubtractionParams* p) {
  Reader reader(options);
  reader.Get("num_channels", channels, channels);
  p->take[0] = reader.Weight("smoothing");
  p->keep[0] = reader.Weight("one_minus_smoothing");
  p->take[1] = reader.Weight("alternate_smoothing");
  p->keep[1] = reader.Weight("alternate_one_minus_smoothing");
  p->least_signal = reader.Weight("min_signal_remaining");
  p->bits = static_cast<uint8_t>(reader.Get("spectral_subtraction_bits", 0, 63));
  p->smoothing_bits = static_cast<uint8_t>(reader.Get("smoothing_bits", 0, 31));
  p->clamping = reader.Get("clamping", 0, 1) != 0;
  return reader.status();
}

}  // namespace

Status PrepareSignalSpectralSubtraction(const Node& node, StepWriter& writer) {
  FlexMap options;
  SpectralSubtractionParams p = {};
  Status s = CheckSignal(node, 1, 2);
  if (s.ok()) s = CheckAligned("input", node.input(0));
  if (s.ok()) s = OpenOptions(node, &options);
  if (s.ok()) s = ReadSubtraction(options, ElementsOf(node.input(0)), &p);
  if (!s.ok()) return s;
  const ModelTensor input = node.input(0);
  const ModelTensor output = node.output(0);
  const ModelTensor noise = node.output(1);
  s = CheckShape("output", output, input.shape());
  if (s.ok()) s = CheckType("noise", noise, TensorType::UINT32);
  if (s.ok()) s = CheckShape("noise", noise, input.shape());
  if (!s.ok()) return s;
  writer.Share(input, output, Sharing::kOverwrite);
  const Operand estimate = writer.State(static_cast<uint32_t>(noise.bytes()));
  auto* r = writer.Add<SubtractionRecord>(RunSubtraction);
  if (r != nullptr)
    *r = {p, ElementsOf(input), writer.At(input), estimate, writer.At(output), writer.At(noise)};
  return s;
}

Status PrepareSignalPcan(const Node& node, StepWriter& writer) {
  FlexMap options;
  int32_t shift = 0;
  Status s = CheckSignal(node, 3, 1);
  if (s.ok()) s = OpenOptions(node, &options);
  if (s.ok()) s = options.Get("snr_shift", 0, 63, &shift);
  if (!s.ok()) return s;
  const ModelTensor input = node.input(0);
  const ModelTensor noise = node.input(1);
  const ModelTensor output = node.output(0);
  s = CheckAligned("input", input);
  if (s.ok()) s = CheckArray("noise", noise, TensorType::UINT32, ElementsOf(input));
  if (s.ok()) s = CheckTable("gains", node.input(2), kPcanTable);
  if (s.ok()) s = CheckShape("output", output, input.shape());
  if (!s.ok()) return s;
  writer.Share(input, output, Sharing::kOverwrite);
  auto* r = writer.Add<PcanRecord>(RunPcan);
  if (r == nullptr) return s;
  *r = {shift,
        ElementsOf(input),
        writer.At(input),
        writer.At(noise),
        writer.At(node.input(2)),
        writer.At(output)};
  return s;
}

const StepList kSignalNoiseSteps =
    ListSteps<Step<SubtractionRecord, RunSubtraction>, Step<PcanRecord, RunPcan>>();

}  // namespace moonlet
