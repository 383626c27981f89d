// boards/board.h - what differs between machines, and nothing else does.
//
// Each folder below boards/ implements these functions once; boards/host is a POSIX
// system, docs/porting.md says what a new board brings. boards/files.h is the other half.
// Nothing here allocates.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>

#include "engine/base/status.h"
#include "engine/base/stop_token.h"

namespace moonlet::board {

// "host", or what the folder below boards/ is called.
const char* Name();

// Whether what is written to standard error comes to a person's terminal.
bool HasTerminal();

// The terminal that what is written there comes to, in characters; 0, 0: none.
enum class Stream { kOutput, kError };
struct ScreenSize {
  int columns = 0;
  int rows = 0;
  bool colored = false;  // known on a device alone
};
ScreenSize Screen(Stream stream);
// What the terminal at a device's console has told. A host asks the system instead.
void SetScreen(ScreenSize screen);

// ---- time ----

// A clock that only goes forward; its zero is arbitrary.
uint64_t Microseconds();

// Waits, or returns early (within 50 ms) once `stop` is raised.
void Sleep(uint64_t microseconds, const StopToken& stop);

// Sets the clock that os.time reads, in microseconds since 1970, UTC. False where the
// system below keeps it.
bool SetTime(int64_t unix_microseconds);

// Runs in signal or interrupt context: it may touch atomics and call GiveUp(), no more.
// Returns the microseconds until its next call; 0: none.
using Alarm = uint64_t (*)(void* context);

// Calls `alarm(context)` once that time has passed, and interrupts a blocking system
// call then. There is one alarm; setting it replaces the one before. False when the
// machine has no timer left.
bool SetAlarm(uint64_t microseconds, Alarm alarm, void* context);
void CancelAlarm();

// ---- the console: a device's first serial line, the host's standard input and output ----

// Takes what has arrived, without waiting; gives how many bytes that was. On the host
// 0 stands for the end of the input as well.
size_t TakeConsole(std::span<char> data);
// Idles until something has arrived, that time has passed, or `stop` is raised; tells whether
// something is there. On the host that may be the end of the input.
bool WaitConsole(uint64_t microseconds, const StopToken& stop);

// Runs in signal or interrupt context, as an Alarm does.
using Interrupt = void (*)(void* context);
// A console byte `byte` that waits now or arrives later is not to be taken, but calls
// interrupt(context); what came before it and was not taken yet is dropped. kNoByte: none
// is. On the host the terminal does that for Ctrl-C.
inline constexpr int kNoByte = -1;
void SetInterruptByte(int byte);
int InterruptByte();
void OnInterruptByte(Interrupt interrupt, void* context);

// ---- memory ----

// Bytes for Lua, the engine and files in /ram together; 0: only the system limits them.
size_t HeapSize();

// The stack that scripts run on, and the deepest use of it since the start; 0: not known.
size_t StackSize();
size_t StackPeak();

// The ROM image that lies beside the program, not checked yet; empty: none.
std::span<const uint8_t> RomImage();

// Memory for applications: erased by whole pages to 0xFF, written once between two
// erasures, read in place. Empty where there is none.
inline constexpr size_t kFlashPage = 4096;
std::span<const uint8_t> Flash();
// Both require whole pages or bytes inside of Flash(). kIo: the memory refused.
Status EraseFlash(size_t offset, size_t size);
Status WriteFlash(size_t offset, std::span<const uint8_t> data);

// ---- ends ----

// Ends the process (exit code 124) or resets the machine, with a message for whoever
// looks. May be called from an Alarm.
[[noreturn]] void GiveUp(const char* message);

// Runs when the machine faults, before it resets: it may write to the console.
using FaultReport = void (*)(void* context);
void OnFault(FaultReport report, void* context);

// Starts the machine anew; ends the host's process.
[[noreturn]] void Reset();

// A number that survives Reset() and faults, and is 0 after power came. Counts crashes.
uint32_t KeptNumber();
void KeepNumber(uint32_t number);

// Resets the machine unless it is fed at least that often; 0 ends the watch. False where
// there is no watchdog, or not for that long.
bool SetWatchdog(uint32_t milliseconds);
void FeedWatchdog();

// ---- lights, buttons and a second serial line ----

// On the host they are numbers in memory, which a test can read and set.
unsigned LedCount();
bool Led(unsigned led);
void SetLed(unsigned led, bool on);
unsigned ButtonCount();
bool Button(unsigned button);
// Presses a button of the host; false on a device.
bool SetButton(unsigned button, bool pressed);

// The line that is not the console. What is written on the host comes back as input, unless
// boards/host/uart.h makes it another line.
// False: no such speed.
bool SetUartSpeed(uint32_t bits_per_second);
size_t TakeUart(std::span<uint8_t> data);
void WriteUart(std::span<const uint8_t> data);

// ---- a neural processing unit: an Arm Ethos-U ----

// Where its registers are; 0: the board has none, and the rest does nothing. Whether a unit
// answers there is another question (engine/npu/driver.h).
uintptr_t NpuAddress();
unsigned NpuInterrupt();  // its number
uint32_t ReadNpu(uint32_t offset);
void WriteNpu(uint32_t offset, uint32_t value);
// Idles until the unit's interrupt, until that time has passed or `stop` is raised.
void WaitNpu(uint64_t microseconds, const StopToken& stop);

// For memory that something else than the core reads and writes: what the data cache holds
// goes to memory; what the core reads next comes from there.
void CleanCache(const void* data, size_t bytes);
void InvalidateCache(void* data, size_t bytes);

}  // namespace moonlet::board
