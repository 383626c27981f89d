// Lights and buttons that exist in memory alone.
#include <array>

#include "boards/board.h"

namespace moonlet::board {
namespace {

std::array<bool, 10> g_leds;
std::array<bool, 2> g_buttons;
uint32_t g_kept = 0;

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

}  // namespace moonlet::board
