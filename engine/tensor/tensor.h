// engine/tensor/tensor.h - a view of an n-dimensional array: where it lies, its dtype,
// shape and strides. It owns nothing; whoever made it keeps the memory alive.
#pragma once
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>

namespace moonlet {

// The ten dtypes of the script API. The order is not stored anywhere.
enum class DType : uint8_t {
  kFloat32,
  kFloat64,
  kInt8,
  kUint8,
  kInt16,
  kUint16,
  kInt32,
  kUint32,
  kInt64,
  kBool,
};
inline constexpr int kDTypes = 10;

size_t SizeOf(DType dtype);       // bytes of one element
const char* NameOf(DType dtype);  // "float32", as NumPy spells it
bool DTypeByName(const char* name, DType* dtype);
inline bool IsFloat(DType dtype) { return dtype <= DType::kFloat64; }

template <typename T>
constexpr DType DTypeOf() {
  if constexpr (std::is_same_v<T, float>) return DType::kFloat32;
  if constexpr (std::is_same_v<T, double>) return DType::kFloat64;
  if constexpr (std::is_same_v<T, int8_t>) return DType::kInt8;
  if constexpr (std::is_same_v<T, uint8_t>) return DType::kUint8;
  if constexpr (std::is_same_v<T, int16_t>) return DType::kInt16;
  if constexpr (std::is_same_v<T, uint16_t>) return DType::kUint16;
  if constexpr (std::is_same_v<T, int32_t>) return DType::kInt32;
  if constexpr (std::is_same_v<T, uint32_t>) return DType::kUint32;
  if constexpr (std::is_same_v<T, int64_t>) return DType::kInt64;
  if constexpr (std::is_same_v<T, bool>) return DType::kBool;
}

using Index = std::ptrdiff_t;
inline constexpr int kMaxRank = 6;

// Lengths of the axes, outermost first. Rank 0 is a scalar. Its size, and the size of
// every subset of its axes, fits an Index (ShapeFrom checks).
struct Shape {
  int rank = 0;
  Index dims[kMaxRank] = {};

  Index size() const {
    Index n = 1;
    for (int i = 0; i < rank; ++i) n *= dims[i];
    return n;
  }
  bool operator==(const Shape& other) const {
    if (rank != other.rank) return false;
    for (int i = 0; i < rank; ++i)
      if (dims[i] != other.dims[i]) return false;
    return true;
  }
};
// Shape of `dims`. False when rank, a length, or bytes of `dtype` do not fit.
bool ShapeFrom(std::span<const int64_t> dims, DType dtype, Shape* shape);

struct Tensor {
  void* data = nullptr;  // the element at position 0 of every axis
  DType dtype = DType::kFloat32;
  Shape shape;
  Index strides[kMaxRank] = {};  // in elements; may be 0 (broadcast) or negative

  int rank() const { return shape.rank; }
  Index dim(int axis) const { return shape.dims[axis]; }
  Index size() const { return shape.size(); }
  size_t bytes() const { return static_cast<size_t>(size()) * SizeOf(dtype); }
  bool contiguous() const;  // row-major without gaps (axes of length 1 do not count)
  template <typename T>
  T* as() const {
    assert(dtype == DTypeOf<T>());
    return static_cast<T*>(data);
  }
};
static_assert(std::is_trivially_destructible_v<Tensor>);

// A row-major tensor over memory that holds shape.size() elements of dtype.
Tensor RowMajor(void* data, DType dtype, const Shape& shape);

}  // namespace moonlet
