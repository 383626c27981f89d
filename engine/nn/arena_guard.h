// engine/nn/arena_guard.h - catches steps that write outside their operands: for debug builds,
// where Session asks after each step whether anything else in the arena has changed.
//
//   ArenaGuard guard;
//   guard.Open(model, preparation, size);  // before the preparation is freed
//   guard.Before(arena);
//   ... operator `op` runs ...
//   assert(guard.Holds(op, arena));
//
// A copy of the arena is the guard: it sees a stray byte wherever it falls, also in memory
// that is unused at the time.
#pragma once
#include <cstddef>
#include <cstdint>
#include <utility>

namespace moonlet {

class Model;
class Preparation;

class ArenaGuard {
 public:
  ArenaGuard() = default;
  ArenaGuard(ArenaGuard&& other) noexcept { *this = std::move(other); }
  ArenaGuard& operator=(ArenaGuard&& other) noexcept;
  ~ArenaGuard() { Close(); }

  // Its memory is none of the session's: it comes from malloc, and without it nothing is
  // guarded.
  void Open(const Model& model, const Preparation& measured, size_t size);
  void Close();

  void Before(const uint8_t* arena);
  // Whether a step of `op` wrote its outputs, scratch, state and variables alone.
  bool Holds(int op, const uint8_t* arena);

 private:
  // What one operator may write.
  struct Range {
    int op;
    uint32_t offset;
    uint32_t bytes;
  };

  static size_t FindRanges(const Model& model, const Preparation& measured, Range* ranges);

  uint8_t* copy_ = nullptr;
  Range* ranges_ = nullptr;
  size_t size_ = 0;
  size_t count_ = 0;
};

// In the place of a guard.
struct NoArenaGuard {
  void Open(const Model&, const Preparation&, size_t) {}
  void Close() {}
  void Before(const uint8_t*) {}
  bool Holds(int, const uint8_t*) { return true; }
};

#ifdef NDEBUG
using DebugArenaGuard = NoArenaGuard;
#else
using DebugArenaGuard = ArenaGuard;
#endif

}  // namespace moonlet
