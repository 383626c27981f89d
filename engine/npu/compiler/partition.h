// engine/npu/compiler/partition.h - which operators the unit runs, in which runs.
#pragma once
#include "engine/base/stop_token.h"
#include "engine/npu/compiler/graph.h"

namespace moonlet::npu {

// Asks of every operator whether it can be lowered, by lowering it. Those that can are parts, as
// few as the CPU's operators between them allow: an operator joins the part before if it needs
// nothing that the CPU has made since. Parts that move no bytes are left to the CPU. kStopped.
Status Partition(const Config& config, const StopToken& stop, GraphPlan* graph);

}  // namespace moonlet::npu
