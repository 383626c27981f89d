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

// OFM rows of a stripe, and where the dense rows lie.
struct RowPlan {
  int32_t rows = 1;
  int64_t ifm2_at = 0;
  int64_t ofm_at = 0;
  int64_t bytes = 0;
};

// How an operation is cut. To work it out takes as long as a small operation, so it is kept.
struct BlockPlan {
  bool kernels = false;  // they run it (fast.h)
  int32_t depth = 0;     // channels that are done together
  RowPlan rows;          // of so many channels
};
// `kernels` if they run it, its filter being in their form if it has one.
BlockPlan PlanBlock(const Operation& op, bool kernels);
// How many bytes of dense rows and scratch that takes.
size_t RowMemory(const Operation& op, const BlockPlan& plan);

// Requires an operation that was checked (checks.h); `filter` is null if it has no weights.
// False when stopped.
[[nodiscard]] bool RunBlock(const Operation& op, const Filter* filter, const BlockPlan& plan,
                            const Machine& machine);

}  // namespace moonlet::npu
