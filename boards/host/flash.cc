// Memory for applications, as long as the process lives.
#include <algorithm>
#include <array>
#include <cassert>

#include "boards/board.h"

namespace moonlet::board {
namespace {

constexpr uint8_t kErased = 0xFF;

std::span<uint8_t> Memory() {
  static std::array<uint8_t, 2 << 20> memory = [] {
    std::array<uint8_t, 2 << 20> erased;
    erased.fill(kErased);
    return erased;
  }();
  return memory;
}

}  // namespace

size_t HeapSize() { return 0; }
size_t StackSize() { return 0; }
size_t StackPeak() { return 0; }

std::span<const uint8_t> RomImage() { return {}; }

std::span<const uint8_t> Flash() { return Memory(); }

Status EraseFlash(size_t offset, size_t size) {
  assert(offset % kFlashPage == 0 && size % kFlashPage == 0);
  const std::span<uint8_t> pages = Memory().subspan(offset, size);
  std::fill(pages.begin(), pages.end(), kErased);
  return {};
}

Status WriteFlash(size_t offset, std::span<const uint8_t> data) {
  const std::span<uint8_t> target = Memory().subspan(offset, data.size());
  // As in the real one, bits only fall.
  for (size_t i = 0; i < data.size(); ++i) target[i] = static_cast<uint8_t>(target[i] & data[i]);
  return {};
}

}  // namespace moonlet::board
