// dsp/arena.h - the memory of one object: counted first, then taken from a single piece.
//
//   Arena count;
//   Fir(count, spec);                            // takes nothing, only counts
//   Arena arena(NewObject(..., count.used()));   // 8-byte aligned
//   Fir* fir = new (arena.Take<Fir>(1)) Fir(arena, spec);
//
// So blocks lie in memory of whatever kind their owner has (a userdata of Lua), and their
// constructors, the same in both rounds, fill nothing while arena.counting().
#pragma once
#include <cstddef>
#include <cstdint>

namespace moonlet::dsp {

class Arena {
 public:
  Arena() = default;
  explicit Arena(void* memory) : memory_(static_cast<unsigned char*>(memory)) {}

  // `rows` times `count` values of T, unspecified in content; null while counting. More than
  // there can be counts as kTooMuch, which every allocator refuses.
  template <typename T>
  T* Take(size_t count, size_t rows = 1) {
    static_assert(alignof(T) <= kAlignment);
    const size_t start = used_;
    const size_t most = (kTooMuch - used_) / sizeof(T);
    const bool fits = rows == 0 || count <= most / rows;
    used_ = fits ? Aligned(used_ + rows * count * sizeof(T)) : kTooMuch;
    return counting() ? nullptr : reinterpret_cast<T*>(memory_ + start);
  }
  bool counting() const { return memory_ == nullptr; }
  size_t used() const { return used_; }

 private:
  static constexpr size_t kAlignment = 8;
  static constexpr size_t kTooMuch = PTRDIFF_MAX / 2 & ~(kAlignment - 1);
  static size_t Aligned(size_t n) { return (n + kAlignment - 1) & ~(kAlignment - 1); }

  unsigned char* memory_ = nullptr;
  size_t used_ = 0;
};

}  // namespace moonlet::dsp
