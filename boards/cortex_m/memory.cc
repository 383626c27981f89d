#include "boards/cortex_m/memory.h"

#include "boards/board.h"

namespace moonlet::cortex_m {

__attribute__((section(".noinit"))) Kept g_kept;

void StartKept() {
  constexpr uint32_t kMark = 0x4D6F6F6E;
  if (g_kept.mark != kMark) g_kept = {.mark = kMark, .number = 0, .flash_filled = false};
}

}  // namespace moonlet::cortex_m

namespace moonlet::board {

using namespace cortex_m;

size_t HeapSize() {
  size_t size = 0;
  for (const std::span<uint8_t> region : HeapRegions()) size += region.size();
  return size;
}

uint32_t KeptNumber() { return g_kept.number; }
void KeepNumber(uint32_t number) { g_kept.number = number; }

}  // namespace moonlet::board
