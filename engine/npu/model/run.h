// engine/npu/model/run.h - program.h with a choice that only tests make.
#pragma once
#include "engine/npu/program.h"

namespace moonlet::npu {

// kPlain: every operation in the plain way (operators.h), also where a kernel has it.
enum class Way : uint8_t { kFast, kPlain };

Status MeasureProgram(const Payload& payload, Regions regions, Way way, ProgramSizes* sizes);
Status WriteProgram(const Payload& payload, Regions regions, Way way, std::span<uint8_t> memory);

}  // namespace moonlet::npu
