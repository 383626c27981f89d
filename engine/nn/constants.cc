#include "engine/nn/constants.h"

#include <algorithm>
#include <cassert>
#include <cstring>
#include <new>

namespace moonlet {

bool Constants::Init(int tensors) {
  Free();
  const size_t bytes = static_cast<size_t>(tensors) * sizeof(Place);
  places_ = static_cast<Place*>(allocator_.Allocate(bytes, alignof(Place)));
  if (places_ == nullptr) return false;
  tensors_ = tensors;
  for (int t = 0; t < tensors; ++t) new (places_ + t) Place;
  return true;
}

void Constants::Free() {
  if (places_ != nullptr) allocator_.Free(places_, static_cast<size_t>(tensors_) * sizeof(Place));
  if (memory_ != nullptr) allocator_.Free(memory_, capacity_);
  places_ = nullptr;
  memory_ = nullptr;
  tensors_ = 0;
  capacity_ = used_ = visible_ = 0;
}

bool Constants::Grow(uint32_t bytes) {
  const uint32_t capacity = std::max(2 * capacity_, RoundUp(bytes));
  auto* memory = static_cast<uint8_t*>(allocator_.Allocate(capacity, kAlignment));
  if (memory == nullptr) return false;
  if (memory_ != nullptr) {
    std::memcpy(memory, memory_, used_);
    allocator_.Free(memory_, capacity_);
  }
  memory_ = memory;
  capacity_ = capacity;
  return true;
}

uint8_t* Constants::Add(int tensor, uint32_t bytes) {
  assert(tensor < tensors_ && places_[tensor].bytes == 0 && bytes > 0);
  constexpr uint32_t kMost = uint32_t{1} << 30;
  if (bytes > kMost || used_ > kMost - RoundUp(bytes)) return nullptr;
  const uint32_t end = used_ + RoundUp(bytes);
  if (end > capacity_ && !Grow(end)) return nullptr;
  places_[tensor] = {used_, bytes};
  uint8_t* data = memory_ + used_;
  std::memset(data, 0, end - used_);  // what is left over goes to files: the same each time
  used_ = visible_ = end;
  return data;
}

void Constants::CutTo(uint32_t bytes) {
  for (int t = 0; t < tensors_; ++t)
    if (places_[t].at >= bytes) places_[t] = {};
  used_ = visible_ = bytes;
}

void Constants::Remove(int tensor) {
  const Place gone = places_[tensor];
  const uint32_t room = RoundUp(gone.bytes);
  uint8_t* at = memory_ + gone.at;
  std::memmove(at, at + room, used_ - gone.at - room);
  for (int t = 0; t < tensors_; ++t)
    if (places_[t].at > gone.at) places_[t].at -= room;
  places_[tensor] = {};
  used_ -= room;
  visible_ = used_;
}

}  // namespace moonlet
