// engine/npu/compiler/blocks.h - the OFM block of each operation: of all that fit in shared RAM,
// the one estimated to take the fewest cycles.
#pragma once
#include "engine/base/status.h"
#include "engine/npu/config.h"
#include "engine/npu/operation.h"

namespace moonlet::npu {

// kUnsupported when not even the smallest block fits in shared RAM.
Status CheckBlock(const Config& config, Operation op);
// Sets block and layout of shared RAM; gives the cycles, with weights where the operation says. As
// CheckBlock.
Status ChooseBlock(const Config& config, Operation* op, double* cycles);

}  // namespace moonlet::npu
