// The second serial line: memory in which what is written comes back, or a descriptor.
#include "boards/host/uart.h"

#include <poll.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "boards/board.h"

namespace moonlet::board {
namespace {

constexpr int kStalledMs = 10000;  // a line that takes no byte for so long loses the rest

int g_descriptor = -1;

// What was written and not yet taken: a ring, the oldest bytes give way.
struct {
  std::array<uint8_t, 4096> bytes;
  size_t first = 0;
  size_t count = 0;
} g_line;

size_t TakeBack(std::span<uint8_t> data) {
  size_t taken = 0;
  for (; taken < data.size() && g_line.count > 0; ++taken, --g_line.count) {
    data[taken] = g_line.bytes[g_line.first];
    g_line.first = (g_line.first + 1) % g_line.bytes.size();
  }
  return taken;
}

void WriteBack(std::span<const uint8_t> data) {
  for (const uint8_t byte : data) {
    g_line.bytes[(g_line.first + g_line.count) % g_line.bytes.size()] = byte;
    if (g_line.count < g_line.bytes.size()) {
      ++g_line.count;
    } else {
      g_line.first = (g_line.first + 1) % g_line.bytes.size();
    }
  }
}

}  // namespace

void AttachUart(int descriptor) { g_descriptor = descriptor; }

bool SetUartSpeed(uint32_t bits_per_second) {
  termios mode;
  if (bits_per_second == 0) return false;
  if (g_descriptor < 0 || tcgetattr(g_descriptor, &mode) != 0) return true;  // it has no speed
  return cfsetspeed(&mode, bits_per_second) == 0 && tcsetattr(g_descriptor, TCSANOW, &mode) == 0;
}

size_t TakeUart(std::span<uint8_t> data) {
  if (g_descriptor < 0) return TakeBack(data);
  const ssize_t size = read(g_descriptor, data.data(), data.size());
  return size > 0 ? static_cast<size_t>(size) : 0;
}

void WriteUart(std::span<const uint8_t> data) {
  if (g_descriptor < 0) return WriteBack(data);
  while (!data.empty()) {
    const ssize_t size = write(g_descriptor, data.data(), data.size());
    if (size > 0) {
      data = data.subspan(static_cast<size_t>(size));
      continue;
    }
    if (size < 0 && errno == EINTR) continue;
    if (size < 0 && errno != EAGAIN) return;
    pollfd line = {g_descriptor, POLLOUT, 0};
    if (poll(&line, 1, kStalledMs) == 0) return;
  }
}

}  // namespace moonlet::board
