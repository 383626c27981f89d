// The neural processing unit: registers, its interrupt, and the cache between core and it.
#include "boards/an547/registers.h"
#include "boards/board.h"
#include "boards/cortex_m/clock.h"

namespace moonlet::cortex_m {
namespace {

volatile bool g_npu_done = false;

constexpr uint32_t kDataCacheOn = 1 << 16;
constexpr uintptr_t kCacheLine = 32;

// The same to each line of some bytes.
void ForEachLine(uintptr_t operation, uintptr_t first, size_t bytes) {
  if ((Register(kCoreControl) & kDataCacheOn) == 0 || bytes == 0) return;
  const uintptr_t end = first + bytes;
  asm volatile("dsb" ::: "memory");
  for (uintptr_t line = first & ~(kCacheLine - 1); line < end; line += kCacheLine)
    Register(operation) = static_cast<uint32_t>(line);
  asm volatile("dsb\n\tisb" ::: "memory");
}

}  // namespace
}  // namespace moonlet::cortex_m

// The unit holds its interrupt until the driver clears it there, so it is masked here.
extern "C" void BoardInterrupt() {
  moonlet::cortex_m::DisableInterrupt(moonlet::cortex_m::kNpuInterrupt);
  moonlet::cortex_m::g_npu_done = true;
}

namespace moonlet::board {

using namespace cortex_m;

uintptr_t NpuAddress() { return kNpu; }
unsigned NpuInterrupt() { return kNpuInterrupt; }
uint32_t ReadNpu(uint32_t offset) { return Register(kNpu + offset); }
void WriteNpu(uint32_t offset, uint32_t value) { Register(kNpu + offset) = value; }

void WaitNpu(uint64_t microseconds, const StopToken& stop) {
  g_npu_done = false;
  EnableInterrupt(kNpuInterrupt);
  IdleUntil(Microseconds() + microseconds, [&] { return g_npu_done || stop.raised(); });
  DisableInterrupt(kNpuInterrupt);
}

void CleanCache(const void* data, size_t bytes) {
  ForEachLine(kCacheClean, reinterpret_cast<uintptr_t>(data), bytes);
  asm volatile("dsb" ::: "memory");
}
void InvalidateCache(void* data, size_t bytes) {
  ForEachLine(kCacheInvalidate, reinterpret_cast<uintptr_t>(data), bytes);
}

}  // namespace moonlet::board
