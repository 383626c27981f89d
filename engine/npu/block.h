// engine/npu/block.h - how an operation is cut into blocks, and where these lie in shared RAM.
#pragma once
#include <cstdint>

#include "engine/npu/config.h"
#include "engine/npu/operation.h"

namespace moonlet::npu {

// Input channels that go into the MAC unit at a time: 32, or 16 with part-kernel-first or 16 bits.
int32_t IfmBlockDepth(const Operation& operation);
// The part of the IFM that one block of the OFM needs.
Extent IfmBlock(const Operation& operation, const Config& config);

// The banks that the operation's block needs, laid out as the hardware wants them: `fits` is
// false when they are more than there are.
bool LayOut(const Operation& operation, const Config& config, SharedRam* layout);

}  // namespace moonlet::npu
