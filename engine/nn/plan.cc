#include "engine/nn/plan.h"

#include <algorithm>
#include <cassert>
#include <limits>
#include <new>

namespace moonlet {
namespace {

constexpr uint64_t kMaxSize = std::numeric_limits<int32_t>::max();
// Recorded models need one or two attempts; graphs beyond kManyBlocks get one.
constexpr int kAttempts = 24;
constexpr int kManyBlocks = 1024;

}  // namespace

Status MemoryPlan::Init(int blocks) {
  assert(blocks >= 0 && blocks <= kMaxBlocks);
  Free();
  if (blocks == 0) return Status();
  const auto n = static_cast<size_t>(blocks);
  const size_t bytes = n * (sizeof(Block) + sizeof(uint16_t));
  void* memory = allocator_.Allocate(bytes, alignof(Block));
  if (memory == nullptr) return Status::NoMemory(bytes);
  blocks_ = static_cast<Block*>(memory);
  order_ = reinterpret_cast<uint16_t*>(blocks_ + n);
  for (size_t i = 0; i < n; ++i) new (blocks_ + i) Block;
  count_ = blocks;
  return Status();
}

void MemoryPlan::Free() {
  allocator_.Free(blocks_, static_cast<size_t>(count_) * (sizeof(Block) + sizeof(uint16_t)));
  blocks_ = nullptr;
  order_ = nullptr;
  count_ = 0;
}

void MemoryPlan::Reserve(int block, uint32_t bytes, int first, int last, bool resting) {
  assert(block >= 0 && block < count_ && bytes > 0 && first <= last);
  Block& b = blocks_[block];
  b.bytes = (bytes + kBlockAlignment - 1) / kBlockAlignment * kBlockAlignment;
  b.first = static_cast<uint16_t>(first);
  b.last = static_cast<uint16_t>(last);
  b.resting = resting;
}

void MemoryPlan::ExtendBack(int block, int time) {
  Block& b = blocks_[Root(block)];
  b.first = std::min(b.first, static_cast<uint16_t>(time));
}

void MemoryPlan::Extend(int block, int time) {
  assert(block >= 0 && block < count_ && blocks_[block].merged_with == kNone);
  blocks_[block].last = std::max(blocks_[block].last, static_cast<uint16_t>(time));
}

void MemoryPlan::ExtendResting(int block, int time) {
  Extend(block, time);
  blocks_[block].resting = true;
}

int MemoryPlan::Root(int block) const {
  assert(block >= 0 && block < count_);
  while (blocks_[block].merged_with != kNone) block = blocks_[block].merged_with;
  return block;
}

bool MemoryPlan::Merge(int a, int b) {
  Block& into = blocks_[Root(a)];
  Block& from = blocks_[Root(b)];
  if (&into == &from) return true;
  if (into.bytes == 0 || from.bytes == 0 || (into.resting && from.resting)) return false;
  into.bytes = std::max(into.bytes, from.bytes);
  into.first = std::min(into.first, from.first);
  into.last = std::max(into.last, from.last);
  into.resting = into.resting || from.resting;
  from.bytes = 0;
  from.merged_with = static_cast<uint16_t>(Root(a));
  return true;
}

bool MemoryPlan::Meet(const Block& a, const Block& b) {
  return (a.first <= b.last && b.first <= a.last) || (a.resting && b.resting);
}

uint64_t MemoryPlan::live(int time) const {
  uint64_t load = 0;
  for (int i = 0; i < count_; ++i)
    if (blocks_[i].first <= time && time <= blocks_[i].last) load += blocks_[i].bytes;
  return load;
}

// The load only grows when a block begins, so these times are enough, and the rest
// between runs.
uint64_t MemoryPlan::Bound() const {
  uint64_t resting = 0;
  for (int i = 0; i < count_; ++i)
    if (blocks_[i].resting) resting += blocks_[i].bytes;
  uint64_t bound = resting;
  for (int i = 0; i < count_; ++i) {
    if (blocks_[i].bytes == 0) continue;
    bound = std::max(bound, live(blocks_[i].first));
  }
  return bound;
}

// Gives the end of the placed block.
uint64_t MemoryPlan::Place(uint16_t index) {
  Block& block = blocks_[index];
  uint64_t offset = 0;
  for (uint16_t i = lowest_; i != kNone; i = blocks_[i].next) {
    const Block& other = blocks_[i];
    if (!Meet(block, other)) continue;
    if (other.attempted >= offset + block.bytes) break;
    offset = std::max<uint64_t>(offset, uint64_t{other.attempted} + other.bytes);
  }
  const uint64_t end = offset + block.bytes;
  if (end > kMaxSize) return end;
  block.attempted = static_cast<uint32_t>(offset);
  uint16_t* link = &lowest_;
  while (*link != kNone && blocks_[*link].attempted < offset) link = &blocks_[*link].next;
  block.next = *link;
  *link = index;
  return end;
}

// Gives the size this order leads to, and the first in it that ends beyond the bound.
uint64_t MemoryPlan::PlaceAll(uint16_t* end, uint64_t bound, uint16_t** beyond) {
  uint64_t size = 0;
  lowest_ = kNone;
  *beyond = nullptr;
  for (uint16_t* i = order_; i != end && size <= kMaxSize; ++i) {
    size = std::max(size, Place(*i));
    if (size > bound && *beyond == nullptr) *beyond = i;
  }
  return size;
}

Status MemoryPlan::Compute() {
  uint16_t* end = order_;
  for (int i = 0; i < count_; ++i)
    if (blocks_[i].bytes > 0) *end++ = static_cast<uint16_t>(i);
  std::sort(order_, end, [this](uint16_t a, uint16_t b) {
    const Block& x = blocks_[a];
    const Block& y = blocks_[b];
    if (x.bytes != y.bytes) return x.bytes > y.bytes;
    if (x.first != y.first) return x.first < y.first;
    return a < b;
  });
  const uint64_t bound = Bound();
  uint64_t best = kMaxSize + 1;
  for (int attempts = count_ <= kManyBlocks ? kAttempts : 1; attempts > 0; --attempts) {
    uint16_t* beyond;
    const uint64_t size = PlaceAll(end, bound, &beyond);
    if (size < best) {
      best = size;
      for (int i = 0; i < count_; ++i) blocks_[i].offset = blocks_[i].attempted;
    }
    if (beyond == nullptr) break;
    std::rotate(order_, beyond, beyond + 1);
  }
  if (best > kMaxSize) return Status::Unsupported("the activations need more than 2 GiB");
  size_ = static_cast<size_t>(best);
  bound_ = static_cast<size_t>(bound);
  return Status();
}

}  // namespace moonlet
