// boards/cortex_m/clock.h - a counter of the board's for time, SysTick to be woken.
#pragma once
#include <cstdint>

#include "boards/board.h"
#include "boards/cortex_m/core.h"

namespace moonlet::cortex_m {

// The board's counter, which board::Microseconds() reads.
void StartCounter();

void StartClock();
// When that was, by board::Microseconds(): the counter runs through a reset.
uint64_t StartTime();

// The time of day, as board::SetTime set it.
int64_t UnixMicroseconds();

// Asks for a wake-up at that time of board::Microseconds(). One at a time.
void WakeAt(uint64_t microseconds);

// Idles until done() or that time. `done` must become true by an interrupt.
template <typename Done>
void IdleUntil(uint64_t end, Done done) {
  WakeAt(end);
  while (true) {
    const InterruptsOff off;
    if (done() || board::Microseconds() >= end) return;
    WaitForInterrupt();
  }
}

}  // namespace moonlet::cortex_m
