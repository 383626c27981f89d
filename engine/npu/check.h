// engine/npu/check.h - whether an Ethos-U would run a command stream as it is meant.
//
//   Status s = npu::CheckPayload(bytes, regions);
//   s.what()   // "word 82 CONV: AB_START = 0xe: accumulators need the banks from 12 on"
//
// The functional model runs operations one after the other, in memory of their own. The unit
// runs them in blocks through shared RAM, beside copies and beside each other. So here is looked
// at what the model does not care for: blocks and their banks, waits and BLOCKDEP between what
// conflicts, tables that are loaded and not yet destroyed; and at what both want, every access
// within its region. Errors name the command's word and the register.
#pragma once
#include <cstdint>
#include <span>

#include "engine/base/status.h"
#include "engine/npu/config.h"
#include "engine/npu/payload.h"
#include "engine/npu/program.h"

namespace moonlet::npu {

// The whole payload: actions, configuration, architecture version, stream. Without regions
// addresses are not held against sizes.
Status CheckPayload(std::span<const uint8_t> bytes, Regions regions);
Status CheckStream(std::span<const uint8_t> stream, const Config& config, Regions regions);

}  // namespace moonlet::npu
