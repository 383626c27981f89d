// SignalFramer, SignalStacker, SignalDelay and SignalOverlapAdd: operators that keep samples
// from run to run, until a reset.
#include "engine/kernels/signal_frames.h"

#include <algorithm>

#include "engine/nn/analyze.h"
#include "engine/nn/operators/operators.h"
#include "engine/nn/operators/signal_checks.h"
#include "engine/nn/operators/step_lists.h"

namespace moonlet {
namespace {

using tflite::TensorType;

struct FramerRecord {
  FramerParams p;
  Operand input;
  Operand state;  // an int32, then the samples that wait
  Operand output;
  Operand valid;
};

bool RunFramer(const void* record, const RunContext& run) {
  const auto* r = static_cast<const FramerRecord*>(record);
  auto* arrived = run.Write<int32_t>(r->state);
  auto* waiting = reinterpret_cast<int16_t*>(arrived + 1);
  const bool ready =
      FrameS16(r->p, run.Read<int16_t>(r->input), arrived, waiting, run.Write<int16_t>(r->output));
  *run.Write<uint8_t>(r->valid) = ready ? 1 : 0;
  return true;
}

struct StackerRecord {
  StackerParams p;
  Operand input;
  Operand state;  // a StackerState, then the frames that wait
  Operand output;
  Operand valid;
};

bool RunStacker(const void* record, const RunContext& run) {
  const auto* r = static_cast<const StackerRecord*>(record);
  auto* state = run.Write<StackerState>(r->state);
  auto* waiting = reinterpret_cast<int16_t*>(state + 1);
  const bool ready =
      StackS16(r->p, run.Read<int16_t>(r->input), state, waiting, run.Write<int16_t>(r->output));
  *run.Write<uint8_t>(r->valid) = ready ? 1 : 0;
  return true;
}

struct DelayRecord {
  int32_t rows;
  int32_t length;
  int32_t delay;
  Operand input;
  Operand waiting;
  Operand output;
};

bool RunDelay(const void* record, const RunContext& run) {
  const auto* r = static_cast<const DelayRecord*>(record);
  DelayS16(r->rows, r->length, r->delay, run.Read<int16_t>(r->input),
           run.Write<int16_t>(r->waiting), run.Write<int16_t>(r->output));
  return true;
}

struct OverlapAddRecord {
  OverlapAddParams p;
  Operand input;
  Operand waiting;
  Operand output;
};

template <typename T>
bool RunOverlapAdd(const void* record, const RunContext& run) {
  const auto* r = static_cast<const OverlapAddRecord*>(record);
  OverlapAdd(r->p, run.Read<T>(r->input), run.Write<T>(r->waiting), run.Write<T>(r->output));
  return true;
}

Status CheckStream(const Node& node, int outputs, FlexMap* options) {
  Status s = CheckSignal(node, 1, outputs);
  if (s.ok()) s = CheckAligned("input", node.input(0));
  if (s.ok()) s = OpenOptions(node, options);
  return s;
}

Status ReadFramer(const FlexMap& options, FramerParams* p) {
  int32_t prefill = 0;
  Status s = options.Get("frame_size", 1, kMaxFrame, &p->size);
  if (s.ok()) s = options.Get("frame_step", 1, p->size, &p->step);
  if (s.ok()) s = options.Get("prefill", 0, 1, &prefill);
  p->prefill = prefill != 0;
  return s;
}

// The shape of a tensor without its last `drop` axes, then `more`.
struct StreamShape {
  int32_t dims[kMaxModelRank + 2];
  size_t rank = 0;

  StreamShape(const ModelTensor& tensor, int drop, std::initializer_list<int32_t> more) {
    for (int axis = 0; axis < tensor.rank() - drop; ++axis) dims[rank++] = tensor.dim(axis);
    for (const int32_t dim : more) dims[rank++] = dim;
  }
  std::span<const int32_t> span() const { return {dims, rank}; }
};

}  // namespace

Status PrepareSignalFramer(const Node& node, StepWriter& writer) {
  FlexMap options;
  FramerParams p;
  Status s = CheckStream(node, 2, &options);
  if (s.ok()) s = ReadFramer(options, &p);
  if (!s.ok()) return s;
  const ModelTensor input = node.input(0);
  const ModelTensor output = node.output(0);
  const int rank = input.rank();
  if (rank < 1 || input.dim(rank - 1) % p.step != 0)
    return Status::Invalid("%s has shape %s, expected rows of a multiple of %d samples",
                           TensorLabel("input", input).text, DimsText(input.shape()).text, p.step);
  p.rows = ElementsOf(input) / input.dim(rank - 1);
  p.blocks = input.dim(rank - 1) / p.step;
  s = CheckShape("output", output, StreamShape(input, 1, {p.blocks, p.size}).span());
  if (s.ok()) s = CheckArray("valid", node.output(1), TensorType::BOOL, 1);
  if (!s.ok()) return s;
  // Rows of size elements are in the output, so this is some 2^20 at most.
  const auto samples = static_cast<uint32_t>(p.rows) * static_cast<uint32_t>(FramerBuffer(p));
  const Operand state = writer.State(static_cast<uint32_t>(sizeof(int32_t)) + 2 * samples);
  auto* r = writer.Add<FramerRecord>(RunFramer);
  if (r != nullptr) *r = {p, writer.At(input), state, writer.At(output), writer.At(node.output(1))};
  return s;
}

Status PrepareSignalStacker(const Node& node, StepWriter& writer) {
  FlexMap options;
  StackerParams p;
  int32_t right = 0;
  Status s = CheckStream(node, 2, &options);
  if (s.ok()) s = options.Get("num_channels", 1, kMaxFrame, &p.channels);
  if (s.ok()) s = options.Get("stacker_left_context", 0, kMaxFrame, &p.left);
  if (s.ok()) s = options.Get("stacker_right_context", 0, kMaxFrame, &right);
  p.frames = p.left + right + 1;
  if (s.ok()) s = options.Get("stacker_step", 1, p.frames, &p.step);
  if (!s.ok()) return s;
  const ModelTensor input = node.input(0);
  const ModelTensor output = node.output(0);
  const int64_t stack = int64_t{p.channels} * p.frames;
  if (output.elements() != stack)
    return Status::Invalid("%s has shape %s, expected %lld elements",
                           TensorLabel("output", output).text, DimsText(output.shape()).text,
                           static_cast<long long>(stack));
  s = CheckArray("input", input, TensorType::INT16, p.channels);
  if (s.ok()) s = CheckArray("valid", node.output(1), TensorType::BOOL, 1);
  if (!s.ok()) return s;
  const Operand state =
      writer.State(static_cast<uint32_t>(sizeof(StackerState)) + 2 * static_cast<uint32_t>(stack));
  auto* r = writer.Add<StackerRecord>(RunStacker);
  if (r != nullptr) *r = {p, writer.At(input), state, writer.At(output), writer.At(node.output(1))};
  return s;
}

Status PrepareSignalDelay(const Node& node, StepWriter& writer) {
  FlexMap options;
  int32_t delay = 0;
  Status s = CheckStream(node, 1, &options);
  if (!s.ok()) return s;
  const ModelTensor input = node.input(0);
  const ModelTensor output = node.output(0);
  const int32_t length = input.rank() > 0 ? input.dim(input.rank() - 1) : 1;
  const int32_t rows = ElementsOf(input) / length;
  s = options.Get("delay_length", 0, kMaxFrame / rows, &delay);
  if (s.ok()) s = CheckShape("output", output, input.shape());
  if (!s.ok()) return s;
  const Operand waiting =
      writer.State(std::max<uint32_t>(1, 2 * static_cast<uint32_t>(rows * delay)));
  auto* r = writer.Add<DelayRecord>(RunDelay);
  if (r != nullptr) *r = {rows, length, delay, writer.At(input), waiting, writer.At(output)};
  return s;
}

Status PrepareSignalOverlapAdd(const Node& node, StepWriter& writer) {
  FlexMap options;
  OverlapAddParams p;
  Status s = CheckStream(node, 1, &options);
  if (!s.ok()) return s;
  const ModelTensor input = node.input(0);
  const ModelTensor output = node.output(0);
  const int rank = input.rank();
  if (rank < 2)
    return Status::Invalid("%s has shape %s, expected rows of frames",
                           TensorLabel("input", input).text, DimsText(input.shape()).text);
  p.size = input.dim(rank - 1);
  p.frames = input.dim(rank - 2);
  p.rows = ElementsOf(input) / p.size / p.frames;
  s = CheckTypeOption(options, input.type());
  if (s.ok()) s = options.Get("frame_step", 1, p.size, &p.step);
  if (s.ok()) s = CheckShape("output", output, StreamShape(input, 2, {p.frames * p.step}).span());
  if (!s.ok()) return s;
  const bool floats = input.type() == TensorType::FLOAT32;
  const auto waiting = static_cast<uint32_t>(p.rows * p.size) * (floats ? 4u : 2u);
  const Operand state = writer.State(waiting);
  auto* r = writer.Add<OverlapAddRecord>(floats ? RunOverlapAdd<float> : RunOverlapAdd<int16_t>);
  if (r != nullptr) *r = {p, writer.At(input), state, writer.At(output)};
  return s;
}

const StepList kSignalFramesSteps =
    ListSteps<Step<FramerRecord, RunFramer>, Step<StackerRecord, RunStacker>,
              Step<DelayRecord, RunDelay>, Step<OverlapAddRecord, RunOverlapAdd<int16_t>>,
              Step<OverlapAddRecord, RunOverlapAdd<float>>>();

}  // namespace moonlet
