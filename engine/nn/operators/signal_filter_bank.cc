// SignalFilterBank: energies gathered in channels; SignalFilterBankSquareRoot: their roots,
// with the shift of SignalFftAutoScale taken back.
#include "engine/kernels/signal_filter_bank.h"

#include "engine/nn/operators/operators.h"
#include "engine/nn/operators/signal_checks.h"
#include "engine/nn/operators/step_lists.h"

namespace moonlet {
namespace {

using tflite::TensorType;

// The bands follow.
struct FilterBankRecord {
  uint32_t bands;
  Operand input;
  Operand weights;
  Operand unweights;
  Operand output;
};

bool RunFilterBank(const void* record, const RunContext& run) {
  const auto* r = static_cast<const FilterBankRecord*>(record);
  const auto* bands = reinterpret_cast<const FilterBand*>(r + 1);
  return FilterBankU32(std::span(bands, r->bands), run.Read<uint32_t>(r->input),
                       run.ReadUnaligned<int16_t>(r->weights),
                       run.ReadUnaligned<int16_t>(r->unweights), run.Write<uint64_t>(r->output),
                       run.stop);
}

struct SquareRootRecord {
  int32_t channels;
  Operand input;
  Operand bits;
  Operand output;
};

bool RunSquareRoot(const void* record, const RunContext& run) {
  const auto* r = static_cast<const SquareRootRecord*>(record);
  const auto* input = run.Read<uint64_t>(r->input);
  auto* output = run.Write<uint32_t>(r->output);
  const int32_t bits = *run.Read<int32_t>(r->bits);
  const bool in_range = bits >= 0 && bits < 32;
  for (int32_t i = 0; i < r->channels; ++i)
    output[i] = in_range ? RoundedRoot(input[i]) >> bits : 0;
  return true;
}

// Band i as three tables have it, inside `bins` energies and `weights` weights.
Status ReadBand(const Node& node, int32_t i, int32_t bins, int32_t weights, FilterBand* band) {
  const auto at = [&](int input) {
    return int32_t{Unaligned<int16_t>(node.input(input).data().data())[i]};
  };
  const int32_t first_bin = at(3);
  const int32_t first_weight = at(4);
  const int32_t width = at(5);
  const auto inside = [width](int32_t first, int32_t size) {
    return first >= 0 && width >= 0 && first + width <= size;
  };
  if (!inside(first_bin, bins) || !inside(first_weight, weights))
    return Status::Invalid("band %d takes %d bins from %d, weights from %d; there are %d and %d",
                           i + 1, width, first_bin, first_weight, bins, weights);
  *band = {static_cast<uint16_t>(first_bin), static_cast<uint16_t>(first_weight),
           static_cast<uint16_t>(width)};
  return Status();
}

Status CheckBank(const Node& node, int32_t bands) {
  const int32_t weights = ElementsOf(node.input(1));
  Status s = CheckAligned("input", node.input(0));
  if (s.ok()) s = CheckTable("weights", node.input(1), weights);
  if (s.ok()) s = CheckTable("unweights", node.input(2), weights);
  if (s.ok()) s = CheckTable("bin starts", node.input(3), bands);
  if (s.ok()) s = CheckTable("weight starts", node.input(4), bands);
  if (s.ok()) s = CheckTable("widths", node.input(5), bands);
  FilterBand band;
  for (int32_t i = 0; s.ok() && i < bands; ++i)
    s = ReadBand(node, i, ElementsOf(node.input(0)), weights, &band);
  return s;
}

}  // namespace

Status PrepareSignalFilterBank(const Node& node, StepWriter& writer) {
  FlexMap options;
  int32_t channels = 0;
  Status s = CheckSignal(node, 6, 1);
  if (s.ok()) s = OpenOptions(node, &options);
  if (s.ok()) s = options.Get("num_channels", 1, kMaxFrame, &channels);
  if (s.ok()) s = CheckArray("output", node.output(0), TensorType::UINT64, channels);
  if (s.ok()) s = CheckBank(node, channels + 1);
  if (!s.ok()) return s;
  const auto bands = static_cast<uint32_t>(channels) + 1;
  auto* r = writer.Add<FilterBankRecord>(RunFilterBank, bands * sizeof(FilterBand));
  if (r == nullptr) return s;
  *r = {bands, writer.At(node.input(0)), writer.At(node.input(1)), writer.At(node.input(2)),
        writer.At(node.output(0))};
  auto* band = reinterpret_cast<FilterBand*>(r + 1);
  for (int32_t i = 0; s.ok() && i <= channels; ++i)
    s = ReadBand(node, i, ElementsOf(node.input(0)), ElementsOf(node.input(1)), band + i);
  return s;
}

Status PrepareSignalFilterBankSquareRoot(const Node& node, StepWriter& writer) {
  Status s = CheckSignal(node, 2, 1);
  if (!s.ok()) return s;
  const ModelTensor input = node.input(0);
  const ModelTensor output = node.output(0);
  s = CheckAligned("input", input);
  if (s.ok()) s = CheckArray("scale bits", node.input(1), TensorType::INT32, 1);
  if (s.ok()) s = CheckShape("output", output, input.shape());
  if (!s.ok()) return s;
  auto* r = writer.Add<SquareRootRecord>(RunSquareRoot);
  if (r != nullptr)
    *r = {ElementsOf(input), writer.At(input), writer.At(node.input(1)), writer.At(output)};
  return s;
}

const StepList kSignalFilterBankSteps =
    ListSteps<Step<FilterBankRecord, RunFilterBank>, Step<SquareRootRecord, RunSquareRoot>>();

}  // namespace moonlet
