// engine/npu/model/checks.h - whether an operation stays within its memory, and is one that the
// functional model has. Asked once, at load: a run trusts the answer.
#pragma once
#include "engine/npu/operation.h"
#include "engine/npu/program.h"

namespace moonlet::npu {

// kInvalid: an access beyond a region or a write into a constant one. A feature map may have no
// more elements than its region has room for: so the regions bound the work. kUnsupported: fp16
// accumulators, 4x4 decomposition, two cores, a table or curve for a type that has none.
Status CheckOperation(const Operation& op, const Config& config, Regions regions);

}  // namespace moonlet::npu
