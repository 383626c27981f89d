// Lights, buttons and a serial line that exist in memory alone.
#include <array>

#include "boards/board.h"

namespace moonlet::board {
namespace {

std::array<bool, 10> g_leds;
std::array<bool, 2> g_buttons;
uint32_t g_kept = 0;

// What the second serial line holds: a ring, the oldest bytes give way.
struct {
  std::array<uint8_t, 4096> bytes;
  size_t first = 0;
  size_t count = 0;
} g_line;

}  // namespace

uint32_t KeptNumber() { return g_kept; }
void KeepNumber(uint32_t number) { g_kept = number; }

bool SetWatchdog(uint32_t) { return false; }
void FeedWatchdog() {}

unsigned LedCount() { return g_leds.size(); }
bool Led(unsigned led) { return g_leds[led]; }
void SetLed(unsigned led, bool on) { g_leds[led] = on; }
unsigned ButtonCount() { return g_buttons.size(); }
bool Button(unsigned button) { return g_buttons[button]; }
bool SetButton(unsigned button, bool pressed) {
  g_buttons[button] = pressed;
  return true;
}

bool SetUartSpeed(uint32_t bits_per_second) { return bits_per_second > 0; }

size_t TakeUart(std::span<uint8_t> data) {
  size_t taken = 0;
  for (; taken < data.size() && g_line.count > 0; ++taken, --g_line.count) {
    data[taken] = g_line.bytes[g_line.first];
    g_line.first = (g_line.first + 1) % g_line.bytes.size();
  }
  return taken;
}

void WriteUart(std::span<const uint8_t> data) {
  for (const uint8_t byte : data) {
    g_line.bytes[(g_line.first + g_line.count) % g_line.bytes.size()] = byte;
    if (g_line.count < g_line.bytes.size()) {
      ++g_line.count;
    } else {
      g_line.first = (g_line.first + 1) % g_line.bytes.size();
    }
  }
}

}  // namespace moonlet::board
