#include "engine/base/deflate.h"

namespace moonlet {

Status Inflate(std::span<const uint8_t>, std::span<uint8_t>, Allocator&,
               const StopToken&) noexcept {
  return Status::Unsupported("compressed data need a build with zlib");
}

size_t DeflateRoom(size_t size) { return size; }

Status Deflate(std::span<const uint8_t>, std::span<uint8_t>, Allocator&, const StopToken&,
               size_t*) noexcept {
  return Status::Unsupported("compression needs a build with zlib");
}

}  // namespace moonlet
