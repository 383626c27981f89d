// boards/cortex_m/memory.h - what the linker script (the board's image.ld) lays out, and what
// survives a reset.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>

namespace moonlet::cortex_m {

// For newlib's malloc, which Lua's and the engine's memory comes from: what the program
// leaves of its own memory, then the data memory, in ascending order.
std::span<const std::span<uint8_t>> HeapRegions();

// Not cleared by start-up: lasts until the power goes. All zero but the mark after that.
struct Kept {
  uint32_t mark;
  uint32_t number;
  bool flash_filled;
};
extern Kept g_kept;
// Clears it when its mark is not there.
void StartKept();

}  // namespace moonlet::cortex_m
