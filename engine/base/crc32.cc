#include "engine/base/crc32.h"

#include <array>

namespace moonlet {
namespace {

// What each value of a byte adds.
consteval std::array<uint32_t, 256> Table() {
  std::array<uint32_t, 256> table = {};
  for (uint32_t byte = 0; byte < 256; ++byte) {
    uint32_t rest = byte;
    for (int bit = 0; bit < 8; ++bit) rest = rest >> 1 ^ ((rest & 1) != 0 ? 0xEDB88320u : 0);
    table[byte] = rest;
  }
  return table;
}
constexpr std::array<uint32_t, 256> kTable = Table();

}  // namespace

uint32_t Crc32(std::span<const uint8_t> data, uint32_t so_far) {
  uint32_t crc = ~so_far;
  for (const uint8_t byte : data) crc = crc >> 8 ^ kTable[(crc ^ byte) & 0xff];
  return ~crc;
}

}  // namespace moonlet
