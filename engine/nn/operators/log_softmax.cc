// LOG_SOFTMAX over the last axis.
#include "engine/kernels/log_softmax.h"

#include "engine/nn/operators/map.h"
#include "engine/nn/operators/operators.h"
#include "engine/nn/operators/step_lists.h"

namespace moonlet {
namespace {

template <typename Params>
struct LogSoftmaxRecord {
  Params p;
  Operand input;
  Operand output;
};

template <typename T, auto kKernel, typename Params>
bool RunLogSoftmax(const void* record, const RunContext& run) {
  const auto* r = static_cast<const LogSoftmaxRecord<Params>*>(record);
  return kKernel(r->p, run.Read<T>(r->input), run.Write<T>(r->output), run.stop);
}

template <typename T, auto kKernel, typename Params>
void WriteLogSoftmax(const Node& node, const Params& p, StepWriter& writer) {
  auto* r = writer.Add<LogSoftmaxRecord<Params>>(RunLogSoftmax<T, kKernel, Params>);
  if (r != nullptr) *r = {p, writer.At(node.input(0)), writer.At(node.output(0))};
}

Status CheckLogSoftmax(const Node& node, int32_t* rows, int32_t* depth) {
  if (Status s = CheckMap(node); !s.ok()) return s;
  const ModelTensor input = node.input(0);
  if (input.rank() < 1) return Status::Invalid("a scalar, expected rows");
  *depth = input.dim(input.rank() - 1);
  *rows = static_cast<int32_t>(input.elements() / *depth);
  return Status();
}

}  // namespace

Status PrepareLogSoftmaxS8(const Node& node, StepWriter& writer) {
  int32_t rows;
  int32_t depth;
  Status s = CheckLogSoftmax(node, &rows, &depth);
  if (s.ok()) s = CheckQuantizedMap(node);
  if (s.ok()) s = CheckFixedScale(node.output(0), 1.0f / 16, 127, "1/16");
  if (!s.ok()) return s;
  LogSoftmaxS8Params p;
  const float scale = node.input(0).scale();
  if (!MakeLogSoftmaxS8(rows, depth, scale, &p))
    return Status::Invalid("an input scale of %g is out of range", static_cast<double>(scale));
  WriteLogSoftmax<int8_t, LogSoftmaxS8>(node, p, writer);
  return s;
}

Status PrepareLogSoftmaxF32(const Node& node, StepWriter& writer) {
  LogSoftmaxF32Params p;
  const Status s = CheckLogSoftmax(node, &p.rows, &p.depth);
  if (s.ok()) WriteLogSoftmax<float, LogSoftmaxF32>(node, p, writer);
  return s;
}

const StepList kLogSoftmaxSteps =
    ListSteps<Step<LogSoftmaxRecord<LogSoftmaxS8Params>,
                   RunLogSoftmax<int8_t, LogSoftmaxS8, LogSoftmaxS8Params>>,
              Step<LogSoftmaxRecord<LogSoftmaxF32Params>,
                   RunLogSoftmax<float, LogSoftmaxF32, LogSoftmaxF32Params>>>();

}  // namespace moonlet
