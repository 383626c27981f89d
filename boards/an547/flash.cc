// The ROM image, and the memory for applications: DDR that start-up fills from a file of
// the emulator's host and that every change is written back to.
#include <algorithm>
#include <cassert>
#include <cstring>

#include "boards/an547/registers.h"
#include "boards/an547/semihosting.h"
#include "boards/board.h"
#include "boards/cortex_m/memory.h"

namespace moonlet::board {

using namespace cortex_m;

namespace {

constexpr uint8_t kErased = 0xFF;

std::span<uint8_t> Memory() { return {reinterpret_cast<uint8_t*>(kFlash), kFlashSize}; }

// Where the content is kept; null: it lasts as long as the emulator.
const char* FlashFile() {
  static const char* const file = HostArgument("flash");
  return file;
}

void Fill() {
  const size_t got = FlashFile() != nullptr ? ReadHostFile(FlashFile(), Memory()) : 0;
  const std::span<uint8_t> rest = Memory().subspan(got);
  std::fill(rest.begin(), rest.end(), kErased);
}

Status WriteBack(size_t offset, size_t size) {
  if (FlashFile() == nullptr || WriteHostFile(FlashFile(), offset, Memory().subspan(offset, size)))
    return {};
  return Status::Error(Code::kIo, "the host refused to keep the flash memory");
}

}  // namespace

std::span<const uint8_t> RomImage() { return {reinterpret_cast<const uint8_t*>(kRom), kRomSize}; }

std::span<const uint8_t> Flash() {
  if (!g_kept.flash_filled) Fill();
  g_kept.flash_filled = true;
  return Memory();
}

Status EraseFlash(size_t offset, size_t size) {
  assert(offset % kFlashPage == 0 && size % kFlashPage == 0 && offset + size <= Flash().size());
  const std::span<uint8_t> pages = Memory().subspan(offset, size);
  std::fill(pages.begin(), pages.end(), kErased);
  return WriteBack(offset, size);
}

Status WriteFlash(size_t offset, std::span<const uint8_t> data) {
  assert(offset + data.size() <= Flash().size());
  const std::span<uint8_t> target = Memory().subspan(offset, data.size());
  for (size_t i = 0; i < data.size(); ++i) target[i] = static_cast<uint8_t>(target[i] & data[i]);
  return WriteBack(offset, data.size());
}

}  // namespace moonlet::board
