// engine/npu/describe.h - operations and registers in words, for people.
//
//   CONV 10x3 s2x1 49x5x2 -> 25x5x16 int8 pad 4,1,5,1 block 26x6x16 weights 1:0x2ec0+960
//
// Sizes are height x width x depth; padding is top, left, bottom, right; an address is region and
// offset. Nothing else of engine/npu uses this: a build that does not disassemble has none of it.
#pragma once
#include <cstdint>

#include "engine/npu/line_text.h"
#include "engine/npu/operation.h"
#include "engine/npu/registers.h"

namespace moonlet::npu {

// The name of the operation and what it does.
void DescribeOperation(const Operation& operation, LineText* to);

// What a command gives a register, without the register's name: "int8 NHCWB16".
void DescribeValue(Register0 r, uint16_t value, LineText* to);
void DescribeValue(Register1 r, uint16_t parameter, uint32_t payload, LineText* to);

// "int8", "uint16"
const char* NameOf(Element element);

}  // namespace moonlet::npu
