// engine/nn/plan.h - where each block of memory lies in an arena that they share.
//
//   MemoryPlan plan(allocator);
//   Status s = plan.Init(blocks);
//   plan.Reserve(0, 1960, 0, 1, true);    // block 0: 1960 bytes, needed at times 0..1
//   ...
//   if (s.ok()) s = plan.Compute();
//   uint8_t* data = arena + plan.offset(0);
//
// Blocks whose times meet never overlap. The largest is placed first, each at the lowest
// offset that is free for its whole life (greedy by size, first fit). While that takes
// more than the largest set of blocks alive at once, the block that went too far is placed
// first in another attempt; then the same once more beginning with those that are alive for
// longer, or last. Time is the number of the step that runs; 0 is before the first.
//
// A file may tell where some blocks lie. These are fixed: they may overlap each other, and
// the others keep clear of those whose times they meet.
#pragma once
#include <cstddef>
#include <cstdint>

#include "engine/base/allocator.h"
#include "engine/base/status.h"

namespace moonlet {

inline constexpr size_t kArenaAlignment = 64;    // of the arena: a cache line
inline constexpr uint32_t kBlockAlignment = 16;  // of each block: a vector register

class MemoryPlan {
 public:
  // Placing is quadratic in the blocks: this many take a fraction of a second.
  static constexpr int kMaxBlocks = 4096;
  // A time after every step.
  static constexpr int kForever = 0xFFFF;

  explicit MemoryPlan(Allocator& allocator) : allocator_(allocator) {}
  MemoryPlan(const MemoryPlan&) = delete;
  MemoryPlan& operator=(const MemoryPlan&) = delete;
  ~MemoryPlan() { Free(); }

  // Makes `blocks` empty blocks, needed at times below `times` or kForever. Requires
  // 0 <= blocks <= kMaxBlocks.
  Status Init(int blocks, int times = kForever + 1);
  // Gives back the plan's own memory; only size() and bound() stay.
  void Free();

  // A block of `bytes` that holds a value from time `first` to time `last`, inclusive.
  // `resting` ones are in use between runs too: each keeps clear of every other
  // resting block, whatever the times. Requires bytes > 0.
  void Reserve(int block, uint32_t bytes, int first, int last, bool resting);
  bool reserved(int block) const { return blocks_[Root(block)].bytes > 0; }
  // What it takes in the arena: rounded up, or 0.
  uint32_t bytes(int block) const { return blocks_[Root(block)].rounded(); }
  bool resting(int block) const { return blocks_[Root(block)].resting; }
  // The time from which a block's memory, and that of all it was merged with, is taken.
  int first(int block) const { return blocks_[Root(block)].first; }
  // A block keeps what it holds from the start of a run on: it is nested with nothing.
  void Keep(int block);
  // A block is still needed at `time`, or until then and between runs as well.
  void Extend(int block, int time);
  void ExtendResting(int block, int time);
  // The time after which a block's memory, and that of all it was merged with, is free.
  int last(int block) const { return blocks_[Root(block)].last; }
  // Puts block b where block a is: they are one from now on, alive from the first time
  // of either to the last. False, and nothing done, when both are resting, one is empty or
  // one is fixed.
  bool Merge(int a, int b);
  // Puts a block inside another, `offset` bytes from its start, as Merge does. False, and
  // nothing done, also where that is no multiple of kBlockAlignment, where the part's memory
  // holds more than its `bytes`, and where more would be in use at once than without.
  bool Nest(int whole, int part, uint32_t bytes, uint32_t offset);
  // The block whose memory this one shares, and where it starts in there.
  int Root(int block) const;
  uint32_t Inside(int block) const;
  // Whether two blocks share one memory, `part` that many bytes behind the start of `whole`.
  bool Nested(int whole, int part, uint32_t offset) const {
    return Root(whole) == Root(part) && Inside(part) == Inside(whole) + offset;
  }
  // Puts a reserved block that was not merged at `offset`, a multiple of kBlockAlignment.
  void Fix(int block, uint32_t offset);
  // Lets the plan place it again.
  void Unfix(int block) { blocks_[block].fixed = false; }
  bool fixed(int block) const { return blocks_[Root(block)].fixed; }

  // Places every block; the best of some attempts holds. kUnsupported when the arena would pass 2
  // GiB.
  Status Compute();

  uint32_t offset(int block) const { return blocks_[Root(block)].offset + Inside(block); }
  size_t size() const { return size_; }
  // The most bytes in use at any one time, or the end of the last fixed block where that is
  // more: no plan for these blocks is smaller.
  size_t bound() const { return bound_; }
  // The bytes in use at `time`, each block rounded up to its alignment; those where fixed
  // blocks overlap count once. After Compute.
  uint64_t live(int time) const;

 private:
  static constexpr uint16_t kNone = 0xFFFF;

  struct Block {
    uint32_t bytes = 0;      // 0: not in use
    uint32_t offset = 0;     // in the best attempt so far, or in the block it was merged with
    uint32_t attempted = 0;  // in this one
    uint16_t first = 0;
    uint16_t last = 0;
    uint16_t merged_with = kNone;
    uint16_t next = kNone;  // the placed block at the next higher offset
    bool resting = false;
    bool fixed = false;
    bool kept = false;

    uint32_t rounded() const {
      return (bytes + kBlockAlignment - 1) / kBlockAlignment * kBlockAlignment;
    }
  };

  // What an attempt starts with.
  enum class FirstPlaced : uint8_t { kLargest, kLargestForLongest, kLongest, kLatest };
  static constexpr FirstPlaced kFirstPlaced[] = {FirstPlaced::kLargest,
                                                 FirstPlaced::kLargestForLongest,
                                                 FirstPlaced::kLongest, FirstPlaced::kLatest};

  bool CanJoin(int into, int from) const;
  void Join(int into, int from, uint32_t offset);
  bool Peak(uint64_t* peak);
  static bool Meet(const Block& a, const Block& b);
  template <typename InUse>
  uint64_t Load(InUse in_use) const;
  uint64_t FixedEnd() const;
  uint64_t Bound() const;
  void Link(uint16_t block);
  void LinkFixed();
  uint64_t Place(uint16_t block);
  static uint64_t Weight(FirstPlaced first, const Block& block);
  void Sort(FirstPlaced first, uint16_t* end);
  uint64_t Attempt(uint16_t* end, uint64_t bound, uint64_t best, int attempts);
  uint64_t PlaceAll(uint16_t* end, uint64_t bound, uint16_t** beyond);

  Allocator& allocator_;
  Block* blocks_ = nullptr;
  uint16_t* order_ = nullptr;
  int count_ = 0;
  int times_ = 0;
  uint64_t* loads_ = nullptr;  // one per time, for Peak; from the first call on
  uint16_t lowest_ = kNone;    // first of the placed blocks by offset
  size_t size_ = 0;
  size_t bound_ = 0;
};

}  // namespace moonlet
