#include "engine/base/allocator.h"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#if defined(__NEWLIB__)
#include <malloc.h>
#endif

namespace moonlet {
namespace {

class Malloc final : public Allocator {
 public:
  void* Allocate(size_t size, size_t alignment) override {
    if (alignment < sizeof(void*)) alignment = sizeof(void*);
    if (size > SIZE_MAX - alignment) return nullptr;
    size = (size + alignment - 1) / alignment * alignment;
#if defined(__NEWLIB__)
    return memalign(alignment, size);
#else
    return std::aligned_alloc(alignment, size);
#endif
  }
  void Free(void* block, size_t) override { std::free(block); }
};

}  // namespace

Allocator& MallocAllocator() {
  static Malloc malloc_allocator;
  return malloc_allocator;
}

void* CountingAllocator::Allocate(size_t size, size_t alignment) {
  ++calls_;
  void* block = base_.Allocate(size, alignment);
  if (block != nullptr) {
    live_ += size;
    peak_ = std::max(peak_, live_);
  }
  return block;
}

void CountingAllocator::Free(void* block, size_t size) {
  if (block == nullptr) return;
  live_ -= size;
  base_.Free(block, size);
}

}  // namespace moonlet
