#include "boards/board.h"

#include "boards/an547/registers.h"

namespace moonlet::board {

using namespace cortex_m;

const char* Name() { return "an547"; }

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

// ---- lights and buttons ----

unsigned LedCount() { return 10; }
bool Led(unsigned led) { return (Register(kLeds) >> led & 1) != 0; }
void SetLed(unsigned led, bool on) {
  const uint32_t bit = 1u << led;
  Register(kLeds) = (Register(kLeds) & ~bit) | (on ? bit : 0);
}

unsigned ButtonCount() { return 2; }
bool Button(unsigned button) { return (Register(kButtons) >> button & 1) != 0; }
bool SetButton(unsigned, bool) { return false; }

}  // namespace moonlet::board
