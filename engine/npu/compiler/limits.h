// engine/npu/compiler/limits.h - what the unit's registers and kernels can hold.
#pragma once
#include <cstdint>

#include "engine/base/status.h"
#include "engine/npu/operation.h"

namespace moonlet::npu {

// kUnsupported when a field of the operation is beyond the hardware.
Status CheckLimits(const Operation& op);
// The same of a kernel with weights, before they are made.
Status CheckTaps(int64_t rows, int64_t columns);
// And of a DEPTHWISE whose weights are not in the file.
Status CheckMadeFilter(int64_t rows, int64_t columns, int64_t channels);

}  // namespace moonlet::npu
