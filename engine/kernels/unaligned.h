// engine/kernels/unaligned.h - arrays that may lie at any address, as weights and biases
// do inside a model file. Little-endian, like every target of ours.
// Inlined everywhere, because files compiled for other instruction sets use it (scalar.h).
#pragma once
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace moonlet {

static_assert(std::endian::native == std::endian::little);

template <typename T>
class Unaligned {
 public:
  Unaligned() = default;
  [[gnu::always_inline]] explicit Unaligned(const void* data)
      : data_(static_cast<const unsigned char*>(data)) {}

  [[gnu::always_inline]] explicit operator bool() const { return data_ != nullptr; }
  [[gnu::always_inline]] T operator[](std::ptrdiff_t i) const {
    T value;
    std::memcpy(&value, data_ + i * static_cast<std::ptrdiff_t>(sizeof(T)), sizeof(T));
    return value;
  }
  [[gnu::always_inline]] Unaligned operator+(std::ptrdiff_t n) const {
    return Unaligned(data_ + n * static_cast<std::ptrdiff_t>(sizeof(T)));
  }
  [[gnu::always_inline]] const void* data() const { return data_; }
  // The array as such where it happens to be aligned, as in most files, else null.
  const T* Aligned() const {
    const bool aligned = reinterpret_cast<uintptr_t>(data_) % alignof(T) == 0;
    return aligned ? reinterpret_cast<const T*>(data_) : nullptr;
  }

 private:
  const unsigned char* data_ = nullptr;
};

}  // namespace moonlet
