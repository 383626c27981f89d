// CIRCULAR_BUFFER: the last slots of a stream, one of which arrives in each run. Until
// enough new ones are there, the run ends with this operator and the model's outputs stay
// what they are.
#include <cstring>
#include <limits>

#include "engine/nn/checks.h"
#include "engine/nn/operators/operators.h"
#include "engine/nn/operators/signal_checks.h"
#include "engine/nn/operators/step_lists.h"

namespace moonlet {
namespace {

struct CircularBufferRecord {
  uint32_t slot_bytes;
  uint32_t buffer_bytes;
  int32_t cycles;  // runs from one that goes on to the next
  Operand input;
  Operand waited;  // an int32: runs that ended here since
  Operand buffer;
};

bool RunCircularBuffer(const void* record, const RunContext& run) {
  const auto* r = static_cast<const CircularBufferRecord*>(record);
  auto* buffer = run.Write<uint8_t>(r->buffer);
  auto* waited = run.Write<int32_t>(r->waited);
  const uint32_t rest = r->buffer_bytes - r->slot_bytes;
  std::memmove(buffer, buffer + r->slot_bytes, rest);
  std::memcpy(buffer + rest, run.Address(r->input), r->slot_bytes);
  if (++*waited < r->cycles) return run.EndEarly();
  *waited = 0;
  return true;
}

}  // namespace

Status PrepareCircularBuffer(const Node& node, StepWriter& writer) {
  FlexMap options;
  int32_t cycles = 0;
  Status s = CheckCounts(node, 1, 1);
  if (s.ok()) s = OpenOptions(node, &options);
  if (s.ok()) s = options.Get("cycles_max", 1, std::numeric_limits<int32_t>::max(), &cycles);
  if (!s.ok()) return s;
  const ModelTensor input = node.input(0);
  const ModelTensor buffer = node.output(0);
  s = CheckRank("input", input, 4);
  if (s.ok()) s = CheckType("buffer", buffer, input.type());
  if (s.ok()) s = CheckRank("buffer", buffer, 4);
  if (s.ok()) s = CheckVariable("buffer", buffer);
  if (!s.ok()) return s;
  const int32_t slot[] = {1, 1, input.dim(2), input.dim(3)};
  const int32_t slots[] = {1, buffer.dim(1), input.dim(2), input.dim(3)};
  s = CheckShape("input", input, slot);
  if (s.ok()) s = CheckShape("buffer", buffer, slots);
  if (!s.ok()) return s;
  const tflite::SubGraph& graph = node.graph();
  for (uint32_t i = 0; cycles > 1 && i < Count(graph.outputs()); ++i)
    writer.Keep(ModelTensor(node.model(), graph, graph.outputs()->Get(i)));
  const Operand waited = writer.State(sizeof(int32_t));
  auto* r = writer.Add<CircularBufferRecord>(RunCircularBuffer);
  if (r == nullptr) return s;
  *r = {static_cast<uint32_t>(input.bytes()),
        static_cast<uint32_t>(buffer.bytes()),
        cycles,
        writer.At(input),
        waited,
        writer.At(buffer)};
  return s;
}

const StepList kCircularBufferSteps = ListSteps<Step<CircularBufferRecord, RunCircularBuffer>>();

}  // namespace moonlet
