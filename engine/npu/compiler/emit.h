// engine/npu/compiler/emit.h - a part of a draft as the driver payload of an `ethos-u` operator.
#pragma once
#include <vector>

#include "engine/npu/compiler/draft.h"
#include "engine/npu/compiler/graph.h"

namespace moonlet::npu {

// Writes the part's operations with the waits between them. Requires allocated areas.
std::vector<uint8_t> EmitPart(const GraphPlan& graph, const Config& config, const Draft& draft,
                              int part);

}  // namespace moonlet::npu
