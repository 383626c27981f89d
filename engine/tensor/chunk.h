// engine/tensor/chunk.h - any operand as short arrays of one C++ type.
//
// Kernels are written for contiguous arrays of four types: float, double, int32_t (for
// integers up to 32 bits whose results wrap alike) and int64_t. A chunk is either the
// operand's own memory or a converted copy of at most kChunk elements.
#pragma once
#include <algorithm>
#include <cassert>
#include <cstddef>
#include <type_traits>

#include "engine/tensor/dispatch.h"
#include "engine/tensor/tensor.h"

namespace moonlet {

inline constexpr Index kChunk = 128;

// Calls body with float{}, double{}, int32_t{} or int64_t{}: the type whose arithmetic,
// truncated, gives results of `dtype`.
template <typename Body>
decltype(auto) WithComputeType(DType dtype, Body&& body) {
  switch (dtype) {
    case DType::kFloat32:
      return body(float{});
    case DType::kFloat64:
      return body(double{});
    case DType::kUint32:
    case DType::kInt64:
      return body(int64_t{});
    default:
      return body(int32_t{});
  }
}

// n elements, `step` apart, to an array. Requires C to hold floats if dtype is a float; bool
// is "not zero".
template <typename C>
void LoadChunk(const void* from, DType dtype, Index step, Index n, C* to) {
  WithType(dtype, [=](auto zero) {
    using T = decltype(zero);
    if constexpr (std::is_floating_point_v<T> && !std::is_floating_point_v<C> &&
                  !std::is_same_v<C, bool>) {
      assert(false);
    } else {
      const T* x = static_cast<const T*>(from);
      if constexpr (std::is_same_v<T, C>) {
        if (step == 1) return static_cast<void>(std::copy_n(x, n, to));
      }
      for (Index i = 0; i < n; ++i) to[i] = static_cast<C>(x[i * step]);
    }
  });
}

// The reverse: integers keep their low bits, bool is "not zero".
template <typename C>
void StoreChunk(const C* from, DType dtype, Index step, Index n, void* to) {
  WithType(dtype, [=](auto zero) {
    using T = decltype(zero);
    T* y = static_cast<T*>(to);
    if constexpr (std::is_same_v<T, bool>) {
      for (Index i = 0; i < n; ++i) y[i * step] = from[i] != C{};
    } else if constexpr (std::is_floating_point_v<T> != std::is_floating_point_v<C>) {
      assert(false);
    } else {
      if constexpr (std::is_same_v<T, C>) {
        if (step == 1) return static_cast<void>(std::copy_n(from, n, y));
      }
      for (Index i = 0; i < n; ++i) y[i * step] = static_cast<T>(from[i]);
    }
  });
}

// Compiled once for each type, in chunk.cc.
extern template void LoadChunk(const void*, DType, Index, Index, float*);
extern template void LoadChunk(const void*, DType, Index, Index, double*);
extern template void LoadChunk(const void*, DType, Index, Index, int32_t*);
extern template void LoadChunk(const void*, DType, Index, Index, int64_t*);
extern template void LoadChunk(const void*, DType, Index, Index, bool*);
extern template void StoreChunk(const float*, DType, Index, Index, void*);
extern template void StoreChunk(const double*, DType, Index, Index, void*);
extern template void StoreChunk(const int32_t*, DType, Index, Index, void*);
extern template void StoreChunk(const int64_t*, DType, Index, Index, void*);
extern template void StoreChunk(const bool*, DType, Index, Index, void*);

// Calls piece(first, n) for the n <= kChunk elements of a run from `first` on, in order.
template <typename Piece>
void ForEachChunk(Index run, Piece piece) {
  for (Index first = 0; first < run; first += kChunk) piece(first, std::min(kChunk, run - first));
}

template <typename C>
class ChunkReader {
 public:
  explicit ChunkReader(DType dtype) : dtype_(dtype) {}
  // n <= kChunk elements, valid until the next call.
  const C* Read(const void* data, Index step, Index n) {
    if (step == 1 && dtype_ == DTypeOf<C>()) return static_cast<const C*>(data);
    if (step != 0) {
      repeated_ = nullptr;
      LoadChunk(data, dtype_, step, n, buffer_);
    } else if (repeated_ != data) {
      repeated_ = data;
      LoadChunk(data, dtype_, 0, kChunk, buffer_);
    }
    return buffer_;
  }

 private:
  DType dtype_;
  const void* repeated_ = nullptr;  // the element that fills the buffer, if one does
  C buffer_[kChunk];
};

template <typename C>
class ChunkWriter {
 public:
  explicit ChunkWriter(DType dtype) : dtype_(dtype) {}
  // Where the n <= kChunk results go. Finish() brings them to `data`.
  C* Begin(void* data, Index step) {
    return step == 1 && dtype_ == DTypeOf<C>() ? static_cast<C*>(data) : buffer_;
  }
  void Finish(void* data, Index step, Index n) {
    if (step == 1 && dtype_ == DTypeOf<C>()) return;
    StoreChunk(buffer_, dtype_, step, n, data);
  }

 private:
  DType dtype_;
  C buffer_[kChunk];
};

}  // namespace moonlet
