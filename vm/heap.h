// vm/heap.h - all memory of one Runtime, under one cap.
//
// Lua's blocks come through LuaAlloc, the engine's through pools: "engine" is everything
// the engine asks for, "files" the bytes of files read into memory, "packed" weights
// repacked for this machine. Each is counted by itself; the cap holds for the
// sum. A refusal comes only after a full collection: Lua makes its own, a pool asks Lua
// for one.
#pragma once
#include <cstddef>
#include <cstdint>

#include "engine/base/allocator.h"
#include "vm/lua.h"

namespace moonlet {

// In bytes. What sys.mem() tells.
struct MemoryFigures {
  size_t lua = 0;
  size_t lua_peak = 0;
  size_t engine = 0;
  size_t engine_peak = 0;
  size_t files = 0;
  size_t packed = 0;
  size_t cap = 0;  // 0: none
};

class Heap {
 public:
  Heap();
  Heap(const Heap&) = delete;
  Heap& operator=(const Heap&) = delete;

  // A lua_Alloc; `heap` is the Heap.
  static void* LuaAlloc(void* heap, void* block, size_t old_size, size_t new_size);
  // Whom to ask for a collection; null: nobody.
  void set_state(lua_State* L) { state_ = L; }
  void set_cap(size_t bytes) { cap_ = bytes; }

  Allocator& engine();
  Allocator& files();
  // For /ram. It leaves a sixteenth of the cap to all others, so that whoever fills it can
  // still remove a file. Its blocks outlive the Heap: set_ram says how many bytes there are.
  Allocator& ram();
  void set_ram(size_t bytes) { ram_.live = bytes; }
  Allocator& packed();

  MemoryFigures figures() const;
  // Peaks count from here on.
  void ResetPeaks();
  // Requests granted so far, by Lua and by the pools: two readings that agree mean
  // nothing was allocated in between.
  uint64_t lua_grants() const { return lua_grants_; }
  uint64_t pool_grants() const { return pool_grants_; }

  // For tests: grants `count` more requests, then refuses the next `refusals` (a
  // repeated request counts again), then grants as before. Requests to shrink are not
  // counted.
  void RefuseAfter(uint64_t count, uint64_t refusals);
  void RefuseNothing() { RefuseAfter(0, 0); }
  // Requests refused through RefuseAfter.
  uint64_t refusals() const { return refusals_; }

 private:
  class Pool final : public Allocator {
   public:
    explicit Pool(Heap& heap) : heap_(heap) {}
    void* Allocate(size_t size, size_t alignment) override;
    void Free(void* block, size_t size) override;

    size_t live = 0;
    size_t peak = 0;

   private:
    Heap& heap_;
  };

  size_t total() const { return lua_ + engine_.live + files_.live + packed_.live + ram_.live; }
  // Whether `more` bytes may be had, by cap and by RefuseAfter.
  bool Grants(size_t more);
  void* TryPool(Pool& pool, size_t size, size_t alignment);

  lua_State* state_ = nullptr;
  size_t cap_ = 0;
  size_t lua_ = 0;
  size_t lua_peak_ = 0;
  uint64_t lua_grants_ = 0;
  uint64_t pool_grants_ = 0;
  uint64_t refuse_from_ = 0;  // requests still granted before the refusals begin
  uint64_t refuse_ = 0;       // refusals still to give
  uint64_t refusals_ = 0;
  Pool engine_;
  Pool files_;
  Pool packed_;
  Pool ram_;
};

}  // namespace moonlet
