#include "engine/npu/compiler/emit.h"

#include "engine/npu/compiler/stream_writer.h"
#include "engine/npu/compiler/waits.h"

namespace moonlet::npu {

std::vector<uint8_t> EmitPart(const GraphPlan& graph, const Config& config, const Draft& draft,
                              int part) {
  StreamWriter writer(config);
  WaitTracker waits(config);
  for (const DraftStep& step : draft.steps) {
    if (!step.unit || graph.part(step.node) != part) continue;
    Operation wait;
    if (waits.Before(step.op, &wait)) writer.Add(wait);
    writer.Add(step.op);
  }
  return WritePayload(config, writer.Finish());
}

}  // namespace moonlet::npu
