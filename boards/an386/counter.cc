// A timer of 32 bits counts down, CMSDK's (Arm DDI 0479). Its interrupt, every 172 s, counts
// the upper half of the time.
#include "boards/an386/registers.h"
#include "boards/board.h"
#include "boards/cortex_m/clock.h"

namespace moonlet::cortex_m {
namespace {

constexpr uint32_t kOn = 1, kWithInterrupt = 8;
constexpr uint32_t kTicksPerMicrosecond = 25;

volatile uint32_t& TimerControl() { return Register(kTimer); }
volatile uint32_t& TimerValue() { return Register(kTimer + 4); }
volatile uint32_t& TimerReload() { return Register(kTimer + 8); }
volatile uint32_t& TimerInterrupt() { return Register(kTimer + 12); }

volatile uint32_t g_wraps = 0;

}  // namespace

void StartCounter() {
  TimerReload() = 0xFFFFFFFF;
  TimerValue() = 0xFFFFFFFF;
  TimerControl() = kOn | kWithInterrupt;
  EnableInterrupt(kBoardInterrupt);
}

}  // namespace moonlet::cortex_m

extern "C" void BoardInterrupt() {
  using namespace moonlet::cortex_m;
  TimerInterrupt() = 1;
  g_wraps = g_wraps + 1;
}

namespace moonlet::board {

using namespace cortex_m;

// A wrap that is not counted yet, because interrupts are off here or around, shows as pending.
uint64_t Microseconds() {
  const InterruptsOff off;
  uint32_t low = ~TimerValue();
  uint32_t high = g_wraps;
  if (TimerInterrupt() != 0) {
    low = ~TimerValue();
    ++high;
  }
  return (uint64_t{high} << 32 | low) / kTicksPerMicrosecond;
}

}  // namespace moonlet::board
