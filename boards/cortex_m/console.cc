// The console is the first serial line; lines on it end in CR LF. And the second line.
#include "boards/board.h"
#include "boards/cortex_m/clock.h"
#include "boards/cortex_m/uart.h"
#include "boards/files.h"
#include "registers.h"

namespace moonlet::board {
namespace {

using cortex_m::g_console;

ScreenSize g_screen;

std::span<const uint8_t> AsBytes(std::span<const char> text) {
  return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}

}  // namespace

bool HasTerminal() { return false; }
ScreenSize Screen(Stream) { return g_screen; }
void SetScreen(ScreenSize screen) { g_screen = screen; }

size_t TakeConsole(std::span<char> data) {
  return g_console.Take({reinterpret_cast<uint8_t*>(data.data()), data.size()});
}

bool WaitConsole(uint64_t microseconds, const StopToken& stop) {
  cortex_m::IdleUntil(Microseconds() + microseconds,
                      [&] { return g_console.HasInput() || stop.raised(); });
  return g_console.HasInput();
}

void SetInterruptByte(int byte) { g_console.SetInterruptByte(byte); }
int InterruptByte() { return g_console.interrupt_byte(); }
void OnInterruptByte(Interrupt interrupt, void* context) {
  g_console.OnInterruptByte(interrupt, context);
}

void WriteConsole(std::span<const char> data) {
  static char last = '\0';
  constexpr uint8_t kReturn[] = {'\r'};
  size_t from = 0;
  for (size_t i = 0; i < data.size(); ++i) {
    if (data[i] == '\n' && last != '\r') {
      g_console.Write(AsBytes(data.subspan(from, i - from)));
      g_console.Write(kReturn);
      from = i;
    }
    last = data[i];
  }
  g_console.Write(AsBytes(data.subspan(from)));
}

void WriteError(std::span<const char> data) { WriteConsole(data); }

namespace {

// Up to the end of a line, and no further: what follows may be for another reader. Enter
// sends "\r", which is an end of line unless a script asked for bytes as they are.
size_t TakeLine(std::span<char> data) {
  const bool is_text = InterruptByte() != kNoByte;
  for (size_t i = 0; i < data.size(); ++i) {
    if (TakeConsole(data.subspan(i, 1)) == 0) return i;
    if (is_text && data[i] == '\r') data[i] = '\n';
    if (data[i] == '\n') return i + 1;
  }
  return data.size();
}

}  // namespace

Status ReadConsole(std::span<char> data, const StopToken& stop, size_t* got) {
  constexpr uint64_t kLongWait = 3'600'000'000;
  *got = 0;
  while (!data.empty()) {
    if (stop.raised()) return Status::Stopped();
    *got = TakeLine(data);
    if (*got > 0) return {};
    WaitConsole(kLongWait, stop);
  }
  return {};
}

// ---- the second line ----

bool SetUartSpeed(uint32_t bits_per_second) {
  if (bits_per_second == 0 || bits_per_second > cortex_m::kCoreHertz / 16) return false;
  cortex_m::g_line.Drain();
  cortex_m::g_line.Start(bits_per_second);
  return true;
}

size_t TakeUart(std::span<uint8_t> data) { return cortex_m::g_line.Take(data); }
void WriteUart(std::span<const uint8_t> data) { cortex_m::g_line.Write(data); }

}  // namespace moonlet::board
