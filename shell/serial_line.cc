#include "shell/serial_line.h"

#include "boards/board.h"
#include "boards/files.h"
#include "shell/keys.h"

namespace moonlet {
namespace {

constexpr uint64_t kSecond = 1'000'000;

void InterruptRuntime(void* runtime) { static_cast<Runtime*>(runtime)->Interrupt(); }

}  // namespace

// One byte at a time: what follows may be for the script that this one starts.
int ConsoleLine::Read() {
  const StopToken never;
  char byte;
  while (board::TakeConsole({&byte, 1}) == 0) (void)board::WaitConsole(kSecond, never);
  // Somebody is there, whom a script's watchdog shall not surprise.
  if (!attended_) (void)board::SetWatchdog(0);
  attended_ = true;
  return static_cast<unsigned char>(byte);
}

void ConsoleLine::Write(std::string_view bytes) { board::WriteConsole(bytes); }

void ConsoleLine::SetRunning(Runtime* runtime) {
  if (runtime != nullptr) {
    board::OnInterruptByte(InterruptRuntime, runtime);
    board::SetInterruptByte(Ctrl('C'));
    attended_ = false;
  } else {
    board::SetInterruptByte(board::kNoByte);
    if (running_ != nullptr) running_->ClearInterrupt();
  }
  running_ = runtime;
}

}  // namespace moonlet
