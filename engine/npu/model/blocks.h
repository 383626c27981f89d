// engine/npu/model/blocks.h - runs one block operation, stripe by stripe.
#pragma once
#include <cstddef>
#include <cstdint>

#include "engine/base/stop_token.h"
#include "engine/npu/model/filter.h"
#include "engine/npu/model/store.h"
#include "engine/npu/program.h"

namespace moonlet::npu {

// What operations run on.
struct Machine {
  Addresses regions;
  uint8_t* tables;  // of shared RAM
  uint8_t* rows;    // memory for dense rows, and then scratch, at a multiple of kKernelAlignment
  const StopToken& stop;
};

// How many bytes of dense rows and scratch an operation takes; `kernels` if they run it (fast.h),
// its filter being in their form if it has one.
size_t RowMemory(const Operation& op, bool kernels);

// Requires an operation that was checked (checks.h); `filter` is null if it has no weights.
// False when stopped.
[[nodiscard]] bool RunBlock(const Operation& op, const Filter* filter, bool kernels,
                            const Machine& machine);

}  // namespace moonlet::npu
