// engine/kernels/unaligned.h - arrays that may lie at any address, as weights and biases
// do inside a model file. Little-endian, like every target of ours.
#pragma once
#include <bit>
#include <cstddef>
#include <cstring>

namespace moonlet {

static_assert(std::endian::native == std::endian::little);

template <typename T>
class Unaligned {
 public:
  Unaligned() = default;
  explicit Unaligned(const void* data) : data_(static_cast<const unsigned char*>(data)) {}

  explicit operator bool() const { return data_ != nullptr; }
  T operator[](std::ptrdiff_t i) const {
    T value;
    std::memcpy(&value, data_ + i * static_cast<std::ptrdiff_t>(sizeof(T)), sizeof(T));
    return value;
  }
  Unaligned operator+(std::ptrdiff_t n) const {
    return Unaligned(data_ + n * static_cast<std::ptrdiff_t>(sizeof(T)));
  }

 private:
  const unsigned char* data_ = nullptr;
};

}  // namespace moonlet
