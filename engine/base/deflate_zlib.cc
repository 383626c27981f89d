#include <zlib.h>

#include <algorithm>
#include <cassert>
#include <cstring>

#include "engine/base/deflate.h"

namespace moonlet {
namespace {

constexpr int kWindowBits = -15;            // the full window; no zlib head around the data
constexpr int kMemoryLevel = 8;             // zlib's default
constexpr size_t kPiece = size_t{1} << 20;  // bytes between two looks at the stop token

// zlib gives blocks back without their size, so it stands in front of each.
constexpr size_t kHead = 16;

void* AllocateBlock(void* memory, unsigned items, unsigned item_size) {
  const size_t size = kHead + size_t{items} * item_size;
  void* block = static_cast<Allocator*>(memory)->Allocate(size, kHead);
  if (block == nullptr) return nullptr;
  std::memcpy(block, &size, sizeof(size));
  return static_cast<uint8_t*>(block) + kHead;
}

void FreeBlock(void* memory, void* address) {
  void* block = static_cast<uint8_t*>(address) - kHead;
  size_t size;
  std::memcpy(&size, block, sizeof(size));
  static_cast<Allocator*>(memory)->Free(block, size);
}

z_stream StreamWith(Allocator& memory) {
  z_stream stream = {};
  stream.zalloc = AllocateBlock;
  stream.zfree = FreeBlock;
  stream.opaque = &memory;
  return stream;
}

// Lets `step` work through data and out in pieces, until it gives Z_STREAM_END or an error,
// or nothing is left for it to do. *written counts bytes of out.
template <typename Step>
Status Run(z_stream* stream, std::span<const uint8_t> data, std::span<uint8_t> out,
           const StopToken& stop, Step step, int* result, size_t* written) {
  size_t read = 0;
  *written = 0;
  *result = Z_OK;
  while (*result == Z_OK) {
    if (stop.raised()) return Status::Stopped();
    const size_t in_piece = std::min(kPiece, data.size() - read);
    const size_t out_piece = std::min(kPiece, out.size() - *written);
    stream->next_in = const_cast<uint8_t*>(data.data() + read);
    stream->avail_in = static_cast<unsigned>(in_piece);
    stream->next_out = out.data() + *written;
    stream->avail_out = static_cast<unsigned>(out_piece);
    *result = step(stream, read + in_piece == data.size());
    const size_t used = in_piece - stream->avail_in;
    const size_t made = out_piece - stream->avail_out;
    read += used;
    *written += made;
    if (used == 0 && made == 0) break;
  }
  return {};
}

}  // namespace

Status Inflate(std::span<const uint8_t> data, std::span<uint8_t> out, Allocator& memory,
               const StopToken& stop) noexcept {
  z_stream stream = StreamWith(memory);
  if (inflateInit2(&stream, kWindowBits) != Z_OK) return Status::NoMemory(kPiece);
  int result;
  size_t written;
  const auto step = [](z_stream* s, bool) { return inflate(s, Z_NO_FLUSH); };
  Status s = Run(&stream, data, out, stop, step, &result, &written);
  inflateEnd(&stream);
  if (!s.ok()) return s;
  if (result == Z_MEM_ERROR) return Status::NoMemory(size_t{1} << 15);
  // Data that hold more than `out` do not come to their end.
  if (result != Z_STREAM_END || written != out.size())
    return Status::Invalid("compressed data are damaged");
  return {};
}

size_t DeflateRoom(size_t size) {
  // More than deflateBound of zlib 1.2 and 1.3 asks for with the settings below.
  return size + (size >> 5) + (size >> 7) + (size >> 11) + 64;
}

Status Deflate(std::span<const uint8_t> data, std::span<uint8_t> out, Allocator& memory,
               const StopToken& stop, size_t* size) noexcept {
  assert(out.size() >= DeflateRoom(data.size()));
  z_stream stream = StreamWith(memory);
  if (deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, kWindowBits, kMemoryLevel,
                   Z_DEFAULT_STRATEGY) != Z_OK)
    return Status::NoMemory(size_t{300} << 10);
  int result;
  const auto step = [](z_stream* s, bool last) { return deflate(s, last ? Z_FINISH : Z_NO_FLUSH); };
  Status s = Run(&stream, data, out, stop, step, &result, size);
  deflateEnd(&stream);
  if (!s.ok()) return s;
  return result == Z_STREAM_END ? Status() : Status::Invalid("the data cannot be compressed");
}

}  // namespace moonlet
