// boards/board.h - what differs between machines, and nothing else does.
//
// Each folder below boards/ implements these functions once; boards/host is a POSIX
// system. Nothing here allocates.
#pragma once
#include <cstdint>

#include "engine/base/stop_token.h"

namespace moonlet::board {

// "host", or what the folder below boards/ is called.
const char* Name();

// Whether what is written to standard error comes to a person's terminal.
bool HasTerminal();

// A clock that only goes forward; its zero is arbitrary.
uint64_t Microseconds();

// Waits, or returns early (within 50 ms) once `stop` is raised.
void Sleep(uint64_t microseconds, const StopToken& stop);

// Runs in signal or interrupt context: it may touch atomics and call GiveUp(), no more.
// Returns the microseconds until its next call; 0: none.
using Alarm = uint64_t (*)(void* context);

// Calls `alarm(context)` once that time has passed, and interrupts a blocking system
// call then. There is one alarm; setting it replaces the one before. False when the
// machine has no timer left.
bool SetAlarm(uint64_t microseconds, Alarm alarm, void* context);
void CancelAlarm();

// Ends the process (exit code 124) or resets the machine, with a message for whoever
// looks. May be called from an Alarm.
[[noreturn]] void GiveUp(const char* message);

}  // namespace moonlet::board
