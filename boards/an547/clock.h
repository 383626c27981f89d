// boards/an547/clock.h - the system counter for time, SysTick to be woken.
#pragma once
#include <cstdint>

#include "boards/an547/registers.h"
#include "boards/board.h"

namespace moonlet::an547 {

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

}  // namespace moonlet::an547
