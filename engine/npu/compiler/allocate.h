// engine/npu/compiler/allocate.h - where the areas of a draft lie in the arena.
#pragma once
#include <cstdint>
#include <vector>

#include "engine/base/status.h"
#include "engine/npu/compiler/draft.h"

namespace moonlet::npu {

// The bytes of all areas that are in use during each step.
std::vector<uint64_t> LiveBytes(const Draft& draft);

// Places every area that a step uses, with times by the order of steps, and turns the bases in
// operations from the areas' into the arena's. An ELEMENTWISE works in place where it can.
Status Allocate(Draft* draft);

}  // namespace moonlet::npu
