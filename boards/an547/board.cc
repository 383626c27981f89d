#include "boards/board.h"

#include "boards/an547/memory.h"
#include "boards/an547/registers.h"
#include "boards/an547/uart.h"

namespace moonlet::an547 {

__attribute__((section(".noinit"))) Kept g_kept;

void StartKept() {
  constexpr uint32_t kMark = 0x4D6F6F6E;
  if (g_kept.mark != kMark) g_kept = {.mark = kMark, .number = 0, .flash_filled = false};
}

}  // namespace moonlet::an547

namespace moonlet::board {

using namespace an547;

const char* Name() { return "an547"; }

bool HasTerminal() { return false; }

size_t HeapSize() {
  size_t size = 0;
  for (const std::span<uint8_t> region : HeapRegions()) size += region.size();
  return size;
}

uint32_t KeptNumber() { return g_kept.number; }
void KeepNumber(uint32_t number) { g_kept.number = number; }

// ---- watchdog (CMSDK, Arm DDI 0479): barks by an NMI, then resets ----

namespace {
volatile uint32_t& WatchdogRegister(size_t offset) { return Register(kWatchdog + offset); }
constexpr size_t kLoad = 0x00, kControl = 0x08, kClear = 0x0C, kLock = 0xC00;
constexpr uint32_t kUnlock = 0x1ACCE551;
}  // namespace

bool SetWatchdog(uint32_t milliseconds) {
  const uint64_t ticks = uint64_t{milliseconds} * kWatchdogHertz / 1000;
  if (ticks > 0xFFFFFFFF) return false;
  WatchdogRegister(kLock) = kUnlock;
  WatchdogRegister(kLoad) = static_cast<uint32_t>(ticks);
  WatchdogRegister(kControl) = milliseconds == 0 ? 0 : 3;
  WatchdogRegister(kLock) = 0;
  return true;
}

void FeedWatchdog() {
  WatchdogRegister(kLock) = kUnlock;
  WatchdogRegister(kClear) = 1;
  WatchdogRegister(kLock) = 0;
}

// ---- lights, buttons, second line ----

unsigned LedCount() { return 10; }
bool Led(unsigned led) { return (Register(kLeds) >> led & 1) != 0; }
void SetLed(unsigned led, bool on) {
  const uint32_t bit = 1u << led;
  Register(kLeds) = (Register(kLeds) & ~bit) | (on ? bit : 0);
}

unsigned ButtonCount() { return 2; }
bool Button(unsigned button) { return (Register(kButtons) >> button & 1) != 0; }
bool SetButton(unsigned, bool) { return false; }

bool SetUartSpeed(uint32_t bits_per_second) {
  if (bits_per_second == 0 || bits_per_second > kCoreHertz / 16) return false;
  g_line.Drain();
  g_line.Start(bits_per_second);
  return true;
}

size_t TakeUart(std::span<uint8_t> data) { return g_line.Take(data); }
void WriteUart(std::span<const uint8_t> data) { g_line.Write(data); }

}  // namespace moonlet::board
