// engine/base/deflate.h - bytes compressed as zip files have them (RFC 1951, without a
// head). zlib does the work; a build without it (-DMOONLET_ZLIB=OFF, devices) says so.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>

#include "engine/base/allocator.h"
#include "engine/base/status.h"
#include "engine/base/stop_token.h"

namespace moonlet {

// No compressed byte stands for more: 258 bytes take at least 2 bits, a match and its
// distance of one bit each. A larger claim is a lie, and refused before it costs memory.
inline constexpr uint64_t kMostInflation = 1032;

// Fills `out` exactly; kInvalid when the data are damaged or hold more or less than that.
// Takes some 50 KB from `memory` for the time of the call.
Status Inflate(std::span<const uint8_t> data, std::span<uint8_t> out, Allocator& memory,
               const StopToken& stop) noexcept;

// Room that any `size` bytes fit, compressed.
size_t DeflateRoom(size_t size);
// Writes *size bytes to `out`, zlib's usual compromise of speed and size. Requires
// DeflateRoom(data.size()) bytes there. Takes some 300 KB from `memory` meanwhile.
Status Deflate(std::span<const uint8_t> data, std::span<uint8_t> out, Allocator& memory,
               const StopToken& stop, size_t* size) noexcept;

}  // namespace moonlet
