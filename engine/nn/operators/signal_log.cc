// SignalFilterBankLog: the logarithms of channels.
#include "engine/kernels/signal_log.h"

#include <limits>

#include "engine/nn/operators/operators.h"
#include "engine/nn/operators/signal_checks.h"
#include "engine/nn/operators/step_lists.h"

namespace moonlet {
namespace {

struct LogRecord {
  int32_t correction_bits;
  uint32_t scale;
  int32_t channels;
  Operand input;
  Operand output;
};

bool RunLog(const void* record, const RunContext& run) {
  const auto* r = static_cast<const LogRecord*>(record);
  LogU32(run.Read<uint32_t>(r->input), r->channels, r->correction_bits, r->scale,
         run.Write<int16_t>(r->output));
  return true;
}

}  // namespace

Status PrepareSignalFilterBankLog(const Node& node, StepWriter& writer) {
  using Limits = std::numeric_limits<int32_t>;
  FlexMap options;
  int32_t bits = 0;
  int32_t scale = 0;  // its bits are those of a uint32, as the reference takes them
  Status s = CheckSignal(node, 1, 1);
  if (s.ok()) s = OpenOptions(node, &options);
  if (s.ok()) s = options.Get("input_correction_bits", 0, 31, &bits);
  if (s.ok()) s = options.Get("output_scale", Limits::min(), Limits::max(), &scale);
  if (s.ok()) s = CheckAligned("input", node.input(0));
  if (s.ok()) s = CheckShape("output", node.output(0), node.input(0).shape());
  if (!s.ok()) return s;
  auto* r = writer.Add<LogRecord>(RunLog);
  if (r == nullptr) return s;
  *r = {bits, static_cast<uint32_t>(scale), ElementsOf(node.input(0)), writer.At(node.input(0)),
        writer.At(node.output(0))};
  return s;
}

const StepList kSignalLogSteps = ListSteps<Step<LogRecord, RunLog>>();

}  // namespace moonlet
