// engine/base/allocator.h - where the engine's memory comes from.
//
// The engine never calls malloc: it asks the Allocator it was handed. The script
// runtime's own (vm/heap.h) counts against the script's memory cap.
#pragma once
#include <cstddef>

namespace moonlet {

class Allocator {
 public:
  // Returns at least `size` bytes aligned to `alignment` (a power of two), or null.
  // Requires size > 0. The content is unspecified.
  virtual void* Allocate(size_t size, size_t alignment) = 0;
  // Gives back a block with the size it was asked with. Null is allowed.
  virtual void Free(void* block, size_t size) = 0;

 protected:
  ~Allocator() = default;
};

// The C library's heap, for tests and tools.
Allocator& MallocAllocator();

// Bytes asked for and not yet given back, now and at most, of one Allocator.
class CountingAllocator : public Allocator {
 public:
  explicit CountingAllocator(Allocator& base) : base_(base) {}
  void* Allocate(size_t size, size_t alignment) override;
  void Free(void* block, size_t size) override;

  size_t live() const { return live_; }
  size_t peak() const { return peak_; }
  size_t calls() const { return calls_; }  // of Allocate, successful or not
  void ResetPeak() { peak_ = live_; }

 private:
  Allocator& base_;
  size_t live_ = 0;
  size_t peak_ = 0;
  size_t calls_ = 0;
};

}  // namespace moonlet
