// engine/npu/block_dep.h - how far an operation may start before the one ahead of it is through.
//
// The unit runs an OFM block by block: depth innermost, then width, then height. BLOCKDEP d lets
// the first d steps of an operation read their IFM while the last d blocks of the operation
// before are not written yet, the last d - 1 at the second step, and so on; a step is a block, or
// of a CONV a block's share of input channels. No document says so: of 2938 neighbours in
// compiled models, none has a larger BLOCKDEP than follows from this, and 2887 have that one.
#pragma once
#include "engine/npu/config.h"
#include "engine/npu/operation.h"

namespace moonlet::npu {

inline constexpr int kMaxBlockDep = 3;

// The largest BLOCKDEP that `operation` may have behind `before`: kMaxBlockDep where it reads
// nothing of what that writes.
int MaxBlockDep(const Operation& before, const Operation& operation, const Config& config);

}  // namespace moonlet::npu
