#include "boards/cortex_m/clock.h"

#include <algorithm>
#include <limits>

#include "registers.h"

namespace moonlet::cortex_m {
namespace {

constexpr uint64_t kNever = std::numeric_limits<uint64_t>::max();
constexpr uint32_t kTicksPerMicrosecond = kCoreHertz / 1'000'000;
constexpr uint32_t kLongestTick = 0xFFFFFF;          // SysTick has 24 bits
constexpr uint32_t kCountWithInterrupt = 1 | 2 | 4;  // on, interrupt, processor's clock

volatile uint64_t g_wake = kNever;
volatile uint64_t g_alarm_time = kNever;
board::Alarm g_alarm = nullptr;
void* g_context = nullptr;
uint64_t g_start = 0;
int64_t g_unix_offset = 0;  // of 1970 from the counter's zero

// Sets SysTick to the next event, or as near as it can. Interrupts are off.
void SetTick() {
  const uint64_t next = std::min(uint64_t{g_wake}, uint64_t{g_alarm_time});
  if (next == kNever) {
    Register(kSysTick) = 0;
    return;
  }
  const uint64_t now = board::Microseconds();
  const uint64_t wait = next > now ? next - now : 0;
  const uint64_t ticks = std::clamp<uint64_t>(
      std::min<uint64_t>(wait, kLongestTick) * kTicksPerMicrosecond, 1, kLongestTick);
  Register(kSysTick + 4) = static_cast<uint32_t>(ticks);
  Register(kSysTick + 8) = 0;
  Register(kSysTick) = kCountWithInterrupt;
}

void OnTick() {
  const uint64_t now = board::Microseconds();
  if (now >= g_wake) g_wake = kNever;
  if (now >= g_alarm_time) {
    g_alarm_time = kNever;
    if (const uint64_t again = g_alarm != nullptr ? g_alarm(g_context) : 0; again != 0)
      g_alarm_time = now + again;
  }
  SetTick();
}

}  // namespace

void StartClock() {
  StartCounter();
  g_start = board::Microseconds();
}

uint64_t StartTime() { return g_start; }

void WakeAt(uint64_t microseconds) {
  const InterruptsOff off;
  g_wake = microseconds;
  SetTick();
}

int64_t UnixMicroseconds() { return static_cast<int64_t>(board::Microseconds()) + g_unix_offset; }

}  // namespace moonlet::cortex_m

extern "C" void Tick() { moonlet::cortex_m::OnTick(); }

namespace moonlet::board {

using namespace cortex_m;

void Sleep(uint64_t microseconds, const StopToken& stop) {
  IdleUntil(Microseconds() + microseconds, [&] { return stop.raised(); });
}

bool SetTime(int64_t unix_microseconds) {
  g_unix_offset = unix_microseconds - static_cast<int64_t>(Microseconds());
  return true;
}

bool SetAlarm(uint64_t microseconds, Alarm alarm, void* context) {
  const InterruptsOff off;
  g_alarm = alarm;
  g_context = context;
  g_alarm_time = Microseconds() + microseconds;
  SetTick();
  return true;
}

void CancelAlarm() {
  const InterruptsOff off;
  g_alarm = nullptr;
  g_alarm_time = kNever;
}

}  // namespace moonlet::board
