// Standard input and output as the bytes of a console.
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdio>

#include "boards/board.h"

namespace moonlet::board {
namespace {

std::atomic<int> g_interrupt_byte = kNoByte;

// What C's stdin has read ahead counts; there is no function that tells, but glibc's header.
bool HasInput(int milliseconds) {
  if (stdin->_IO_read_ptr < stdin->_IO_read_end) return true;
  pollfd input = {.fd = STDIN_FILENO, .events = POLLIN, .revents = 0};
  return poll(&input, 1, milliseconds) > 0;
}

}  // namespace

size_t TakeConsole(std::span<char> data) {
  if (data.empty() || !HasInput(0)) return 0;
  const ssize_t got = read(STDIN_FILENO, data.data(), data.size());
  return got > 0 ? static_cast<size_t>(got) : 0;
}

bool WaitConsole(uint64_t microseconds, const StopToken& stop) {
  constexpr uint64_t kSlice = 50'000;
  const uint64_t end = Microseconds() + microseconds;
  std::fflush(stdout);  // whoever is to answer sees the question
  for (uint64_t now = end - microseconds; now < end && !stop.raised(); now = Microseconds())
    if (HasInput(static_cast<int>(std::min(kSlice, end - now) / 1000))) return true;
  return HasInput(0);
}

// The terminal turns Ctrl-C into a signal, which the command takes.
void SetInterruptByte(int byte) { g_interrupt_byte = byte; }
int InterruptByte() { return g_interrupt_byte; }
void OnInterruptByte(Interrupt, void*) {}

}  // namespace moonlet::board
