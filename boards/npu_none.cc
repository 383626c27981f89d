// A board without an NPU, and without caches that one would look past.
#include "boards/board.h"

namespace moonlet::board {

uintptr_t NpuAddress() { return 0; }
unsigned NpuInterrupt() { return 0; }
uint32_t ReadNpu(uint32_t) { return 0; }
void WriteNpu(uint32_t, uint32_t) {}
void WaitNpu(uint64_t, const StopToken&) {}
void CleanCache(const void*, size_t) {}
void InvalidateCache(void*, size_t) {}

}  // namespace moonlet::board
