#include "vm/heap.h"

#include <algorithm>
#include <cstdlib>

namespace moonlet {

// Out of line: Pool has no type information, which callers built with it would ask for.
Heap::Heap() : engine_(*this), files_(*this), packed_(*this), ram_(*this) {}
Allocator& Heap::engine() { return engine_; }
Allocator& Heap::files() { return files_; }
Allocator& Heap::packed() { return packed_; }
Allocator& Heap::ram() { return ram_; }

void* Heap::LuaAlloc(void* heap, void* block, size_t old_size, size_t new_size) {
  Heap& self = *static_cast<Heap*>(heap);
  if (block == nullptr) old_size = 0;  // Lua says the kind of object there
  if (new_size == 0) {
    std::free(block);
    self.lua_ -= old_size;
    return nullptr;
  }
  if (new_size > old_size && !self.Grants(new_size - old_size)) return nullptr;
  void* result = std::realloc(block, new_size);
  if (result == nullptr) {
    if (new_size > old_size) return nullptr;
    result = block;  // Lua relies on it that a block can always be made smaller
  }
  self.lua_ += new_size - old_size;
  self.lua_peak_ = std::max(self.lua_peak_, self.lua_);
  if (new_size > old_size) ++self.lua_grants_;
  return result;
}

bool Heap::Grants(size_t more) {
  if (refuse_ != 0) {
    if (refuse_from_ == 0) {
      --refuse_;
      ++refusals_;
      return false;
    }
    --refuse_from_;
  }
  const size_t used = total();
  return cap_ == 0 || (used <= cap_ && more <= cap_ - used);
}

void* Heap::TryPool(Pool& pool, size_t size, size_t alignment) {
  constexpr size_t kShareOfOthers = 16;
  const size_t reserve = &pool == &ram_ ? cap_ / kShareOfOthers : 0;
  if (size > SIZE_MAX - reserve || !Grants(size + reserve)) return nullptr;
  void* block = MallocAllocator().Allocate(size, alignment);
  if (block == nullptr) return nullptr;
  pool.live += size;
  pool.peak = std::max(pool.peak, pool.live);
  ++pool_grants_;
  return block;
}

void* Heap::Pool::Allocate(size_t size, size_t alignment) {
  void* block = heap_.TryPool(*this, size, alignment);
  if (block == nullptr && heap_.state_ != nullptr) {
    lua_gc(heap_.state_, LUA_GCCOLLECT);
    block = heap_.TryPool(*this, size, alignment);
  }
  return block;
}

void Heap::Pool::Free(void* block, size_t size) {
  if (block == nullptr) return;
  live -= size;
  MallocAllocator().Free(block, size);
}

MemoryFigures Heap::figures() const {
  return {.lua = lua_,
          .lua_peak = lua_peak_,
          .engine = engine_.live,
          .engine_peak = engine_.peak,
          .files = files_.live + ram_.live,
          .packed = packed_.live,
          .cap = cap_};
}

void Heap::ResetPeaks() {
  lua_peak_ = lua_;
  engine_.peak = engine_.live;
  files_.peak = files_.live;
  packed_.peak = packed_.live;
  ram_.peak = ram_.live;
}

void Heap::RefuseAfter(uint64_t count, uint64_t refusals) {
  refuse_from_ = count;
  refuse_ = refusals;
  refusals_ = 0;
}

}  // namespace moonlet
