// engine/base/crc32.h - the checksum of zip, gzip and PNG: CRC-32, polynomial 0xEDB88320
// (reflected), start and end complemented.
#pragma once
#include <cstdint>
#include <span>

namespace moonlet {

// The checksum of what gave `so_far` with `data` behind it.
uint32_t Crc32(std::span<const uint8_t> data, uint32_t so_far = 0);

}  // namespace moonlet
