#include "engine/ml/buffer.h"

#include <algorithm>
#include <cstring>

namespace moonlet::ml {
namespace {

constexpr size_t kBufferAlignment = 16;

}  // namespace

Block::Block(Allocator& memory, Index count, Index rows, size_t size) : memory_(memory) {
  const auto most = static_cast<uint64_t>(PTRDIFF_MAX) / size / 2;
  const auto n = static_cast<uint64_t>(std::max<Index>(count, 0));
  const auto m = static_cast<uint64_t>(std::max<Index>(rows, 0));
  bytes_ = n == 0 || m <= most / n ? std::max<uint64_t>(n * m * size, 1) : UINT64_MAX;
  if (bytes_ == UINT64_MAX) return;
  data_ = memory.Allocate(static_cast<size_t>(bytes_), kBufferAlignment);
  if (data_ != nullptr) std::memset(data_, 0, static_cast<size_t>(bytes_));
}

Block::~Block() {
  if (data_ != nullptr) memory_.Free(data_, static_cast<size_t>(bytes_));
}

Status Block::Refusal() const { return Status::NoMemory(bytes_); }

void* Grown(Allocator& memory, void* values, Index size, Index* room, size_t bytes) {
  const Index more = std::max<Index>(2 * *room, 16);
  if (more > PTRDIFF_MAX / static_cast<Index>(bytes) / 4) return nullptr;
  void* data = memory.Allocate(static_cast<size_t>(more) * bytes, kBufferAlignment);
  if (data == nullptr) return nullptr;
  if (size > 0) std::memcpy(data, values, static_cast<size_t>(size) * bytes);
  memory.Free(values, static_cast<size_t>(*room) * bytes);
  *room = more;
  return data;
}

}  // namespace moonlet::ml
