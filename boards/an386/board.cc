// Console, ticks and heap alone: no lights, no watchdog, no memory for applications.
#include "boards/board.h"

#include "boards/an386/registers.h"

namespace moonlet::board {

const char* Name() { return "an386"; }

std::span<const uint8_t> RomImage() {
  return {reinterpret_cast<const uint8_t*>(cortex_m::kRom), cortex_m::kRomSize};
}

std::span<const uint8_t> Flash() { return {}; }
Status EraseFlash(size_t, size_t) { return Status::Error(Code::kIo, "no flash memory"); }
Status WriteFlash(size_t, std::span<const uint8_t>) {
  return Status::Error(Code::kIo, "no flash memory");
}

bool SetWatchdog(uint32_t) { return false; }
void FeedWatchdog() {}

unsigned LedCount() { return 0; }
bool Led(unsigned) { return false; }
void SetLed(unsigned, bool) {}
unsigned ButtonCount() { return 0; }
bool Button(unsigned) { return false; }
bool SetButton(unsigned, bool) { return false; }

}  // namespace moonlet::board
