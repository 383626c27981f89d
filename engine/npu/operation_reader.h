// engine/npu/operation_reader.h - the registers that an operation uses, made its fields.
#pragma once
#include <cstdint>

#include "engine/base/status.h"
#include "engine/npu/config.h"
#include "engine/npu/operation.h"
#include "engine/npu/registers.h"

namespace moonlet::npu {

// Fills the fields of a block operation or DMA; its kind, mode and word are there already.
// kInvalid names the word, the command and the first register that is wrong.
Status ReadOperation(const Registers& registers, const Config& config, Operation* operation);

}  // namespace moonlet::npu
