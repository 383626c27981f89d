#include "engine/nn/plan.h"

#include <algorithm>
#include <cassert>
#include <limits>
#include <new>

namespace moonlet {
namespace {

constexpr uint64_t kMaxSize = std::numeric_limits<int32_t>::max();
// Recorded models need one or two attempts; graphs beyond kManyBlocks get one.
constexpr int kAttempts = 24;  // from each order to start with
constexpr int kManyBlocks = 1024;

}  // namespace

Status MemoryPlan::Init(int blocks, int times) {
  assert(blocks >= 0 && blocks <= kMaxBlocks && times > 0);
  Free();
  times_ = times;
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
  if (loads_ != nullptr) allocator_.Free(loads_, static_cast<size_t>(times_) * sizeof(uint64_t));
  blocks_ = nullptr;
  order_ = nullptr;
  loads_ = nullptr;
  count_ = 0;
  lowest_ = kNone;
}

void MemoryPlan::Reserve(int block, uint32_t bytes, int first, int last, bool resting) {
  assert(block >= 0 && block < count_ && bytes > 0 && first <= last);
  Block& b = blocks_[block];
  b.bytes = bytes;
  b.first = static_cast<uint16_t>(first);
  b.last = static_cast<uint16_t>(last);
  b.resting = resting;
}

void MemoryPlan::Keep(int block) {
  Block& b = blocks_[Root(block)];
  b.first = 0;
  b.kept = true;
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

// Where a block starts in the memory of its root.
uint32_t MemoryPlan::Inside(int block) const {
  uint32_t offset = 0;
  for (; blocks_[block].merged_with != kNone; block = blocks_[block].merged_with)
    offset += blocks_[block].offset;
  return offset;
}

bool MemoryPlan::CanJoin(int a, int b) const {
  const Block& into = blocks_[a];
  const Block& from = blocks_[b];
  if (into.bytes == 0 || from.bytes == 0 || (into.resting && from.resting)) return false;
  return !into.fixed && !from.fixed;
}

void MemoryPlan::Join(int a, int b, uint32_t offset) {
  Block& into = blocks_[a];
  Block& from = blocks_[b];
  into.bytes = std::max(into.bytes, offset + from.bytes);
  into.first = std::min(into.first, from.first);
  into.last = std::max(into.last, from.last);
  into.resting = into.resting || from.resting;
  into.kept = into.kept || from.kept;
  from.bytes = 0;
  from.offset = offset;
  from.merged_with = static_cast<uint16_t>(a);
}

bool MemoryPlan::Merge(int a, int b) {
  const int into = Root(a);
  const int from = Root(b);
  if (into == from) return true;
  if (!CanJoin(into, from)) return false;
  Join(into, from, Inside(a));
  return true;
}

bool MemoryPlan::Nest(int whole, int part, uint32_t bytes, uint32_t offset) {
  const int into = Root(whole);
  const int from = Root(part);
  const uint64_t at = uint64_t{Inside(whole)} + offset;
  if (into == from || !CanJoin(into, from)) return false;
  if (blocks_[into].kept || blocks_[from].kept) return false;
  if (blocks_[from].bytes != bytes || at % kBlockAlignment != 0) return false;
  if (at + bytes > blocks_[into].bytes) return false;
  uint64_t apart, together;
  if (!Peak(&apart)) return false;
  const Block saved[] = {blocks_[into], blocks_[from]};
  Join(into, from, static_cast<uint32_t>(at));
  if (Peak(&together) && together <= apart) return true;
  blocks_[into] = saved[0];
  blocks_[from] = saved[1];
  return false;
}

// The most bytes in use at once, between runs too. False where there is no memory to count
// them, or blocks are fixed.
bool MemoryPlan::Peak(uint64_t* peak) {
  const auto times = static_cast<size_t>(times_);
  if (loads_ == nullptr)
    loads_ =
        static_cast<uint64_t*>(allocator_.Allocate(times * sizeof(uint64_t), alignof(uint64_t)));
  if (loads_ == nullptr) return false;
  std::fill_n(loads_, times, 0);
  uint64_t resting = 0;
  for (int i = 0; i < count_; ++i) {
    const Block& b = blocks_[i];
    if (b.fixed) return false;
    loads_[b.first] += b.rounded();
    if (b.last + 1u < times) loads_[b.last + 1u] -= b.rounded();
    if (b.resting) resting += b.rounded();
  }
  *peak = resting;
  uint64_t load = 0;
  for (size_t t = 0; t < times; ++t) {
    load += loads_[t];
    *peak = std::max(*peak, load);
  }
  return true;
}

bool MemoryPlan::Meet(const Block& a, const Block& b) {
  return (a.first <= b.last && b.first <= a.last) || (a.resting && b.resting);
}

void MemoryPlan::Fix(int block, uint32_t offset) {
  Block& b = blocks_[block];
  assert(block >= 0 && block < count_ && b.bytes > 0 && b.merged_with == kNone);
  assert(offset % kBlockAlignment == 0);
  b.offset = offset;
  b.fixed = true;
}

// The bytes of those blocks in use. Fixed ones stand in the order of their offsets, so what
// they cover together is one walk.
template <typename InUse>
uint64_t MemoryPlan::Load(InUse in_use) const {
  uint64_t load = 0;
  for (int i = 0; i < count_; ++i)
    if (!blocks_[i].fixed && in_use(blocks_[i])) load += blocks_[i].rounded();
  uint64_t covered = 0;
  for (uint16_t i = lowest_; i != kNone; i = blocks_[i].next) {
    const Block& b = blocks_[i];
    if (!b.fixed || !in_use(b)) continue;
    const uint64_t end = uint64_t{b.offset} + b.rounded();
    if (end > covered) load += end - std::max<uint64_t>(covered, b.offset);
    covered = std::max(covered, end);
  }
  return load;
}

uint64_t MemoryPlan::live(int time) const {
  return Load([time](const Block& b) { return b.first <= time && time <= b.last; });
}

uint64_t MemoryPlan::FixedEnd() const {
  uint64_t end = 0;
  for (int i = 0; i < count_; ++i)
    if (blocks_[i].fixed) end = std::max(end, uint64_t{blocks_[i].offset} + blocks_[i].rounded());
  return end;
}

// The load only grows when a block begins, so these times are enough, and the rest
// between runs.
uint64_t MemoryPlan::Bound() const {
  uint64_t bound = std::max(FixedEnd(), Load([](const Block& b) { return b.resting; }));
  for (int i = 0; i < count_; ++i) {
    if (blocks_[i].bytes == 0) continue;
    bound = std::max(bound, live(blocks_[i].first));
  }
  return bound;
}

// Enters a block where it was attempted.
void MemoryPlan::Link(uint16_t index) {
  Block& block = blocks_[index];
  uint16_t* link = &lowest_;
  while (*link != kNone && blocks_[*link].attempted < block.attempted) link = &blocks_[*link].next;
  block.next = *link;
  *link = index;
}

void MemoryPlan::LinkFixed() {
  lowest_ = kNone;
  for (int i = 0; i < count_; ++i) {
    if (!blocks_[i].fixed) continue;
    blocks_[i].attempted = blocks_[i].offset;
    Link(static_cast<uint16_t>(i));
  }
}

// Gives the end of the placed block.
uint64_t MemoryPlan::Place(uint16_t index) {
  Block& block = blocks_[index];
  uint64_t offset = 0;
  for (uint16_t i = lowest_; i != kNone; i = blocks_[i].next) {
    const Block& other = blocks_[i];
    if (!Meet(block, other)) continue;
    if (other.attempted >= offset + block.rounded()) break;
    offset = std::max<uint64_t>(offset, uint64_t{other.attempted} + other.rounded());
  }
  const uint64_t end = offset + block.rounded();
  if (end > kMaxSize) return end;
  block.attempted = static_cast<uint32_t>(offset);
  Link(index);
  return end;
}

// Gives the size this order leads to, and the first in it that ends beyond the bound.
uint64_t MemoryPlan::PlaceAll(uint16_t* end, uint64_t bound, uint16_t** beyond) {
  uint64_t size = FixedEnd();
  LinkFixed();
  *beyond = nullptr;
  for (uint16_t* i = order_; i != end && size <= kMaxSize; ++i) {
    size = std::max(size, Place(*i));
    if (size > bound && *beyond == nullptr) *beyond = i;
  }
  return size;
}

uint64_t MemoryPlan::Weight(FirstPlaced first, const Block& b) {
  const uint64_t life = b.resting ? kForever : uint64_t{b.last} - b.first + 1;
  switch (first) {
    case FirstPlaced::kLargest:
      return b.rounded();
    case FirstPlaced::kLongest:
      return life;
    case FirstPlaced::kLatest:
      return b.last;
    case FirstPlaced::kLargestForLongest:
      break;
  }
  return life * b.rounded();
}

void MemoryPlan::Sort(FirstPlaced first, uint16_t* end) {
  std::sort(order_, end, [this, first](uint16_t a, uint16_t b) {
    const Block& x = blocks_[a];
    const Block& y = blocks_[b];
    if (Weight(first, x) != Weight(first, y)) return Weight(first, x) > Weight(first, y);
    if (x.first != y.first) return x.first < y.first;
    return a < b;
  });
}

// Places all in the order they have; while that goes beyond the bound, the block that went
// too far is placed first in the next attempt. Keeps the offsets of one better than `best`, and
// gives its size.
uint64_t MemoryPlan::Attempt(uint16_t* end, uint64_t bound, uint64_t best, int attempts) {
  for (; attempts > 0 && best > bound; --attempts) {
    uint16_t* beyond;
    const uint64_t size = PlaceAll(end, bound, &beyond);
    if (size < best) {
      best = size;
      for (uint16_t* i = order_; i != end; ++i) blocks_[*i].offset = blocks_[*i].attempted;
    }
    if (beyond != nullptr) std::rotate(order_, beyond, beyond + 1);
  }
  return best;
}

Status MemoryPlan::Compute() {
  uint16_t* end = order_;
  for (int i = 0; i < count_; ++i)
    if (blocks_[i].bytes > 0 && !blocks_[i].fixed) *end++ = static_cast<uint16_t>(i);
  LinkFixed();
  const uint64_t bound = Bound();
  const bool many = count_ > kManyBlocks;
  uint64_t best = kMaxSize + 1;
  for (const FirstPlaced first : kFirstPlaced) {
    if (best == bound || (many && best <= kMaxSize)) break;
    Sort(first, end);
    best = std::min(best, Attempt(end, bound, best, many ? 1 : kAttempts));
  }
  if (best > kMaxSize) return Status::Unsupported("the activations need more than 2 GiB");
  size_ = static_cast<size_t>(best);
  bound_ = static_cast<size_t>(bound);
  return Status();
}

}  // namespace moonlet
