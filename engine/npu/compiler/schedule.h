// engine/npu/compiler/schedule.h - blocks, encoded weights, and the copies that bring weights and
// tables to where operations read them.
#pragma once
#include "engine/base/status.h"
#include "engine/base/stop_token.h"
#include "engine/npu/compiler/draft.h"
#include "engine/npu/compiler/graph.h"

namespace moonlet::npu {

// Completes every operation but for addresses. Weights are read from the blob where that costs
// no time; else they are copied to the arena while the operation before runs.
Status Schedule(const GraphPlan& graph, const Config& config, const StopToken& stop, Draft* draft);

}  // namespace moonlet::npu
