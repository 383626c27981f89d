// engine/tensor/dispatch.h - from a dtype known at run time to a C++ type.
//
//   WithType(t.dtype, [&](auto zero) {
//     using T = decltype(zero);
//     ...
//   });
#pragma once
#include <cstdint>
#include <utility>

#include "engine/tensor/tensor.h"

namespace moonlet {

// Calls body(T{}) with the C++ type of `dtype` and gives back what it returns.
template <typename Body>
decltype(auto) WithType(DType dtype, Body&& body) {
  switch (dtype) {
    case DType::kFloat32:
      return body(float{});
    case DType::kFloat64:
      return body(double{});
    case DType::kInt8:
      return body(int8_t{});
    case DType::kUint8:
      return body(uint8_t{});
    case DType::kInt16:
      return body(int16_t{});
    case DType::kUint16:
      return body(uint16_t{});
    case DType::kInt32:
      return body(int32_t{});
    case DType::kUint32:
      return body(uint32_t{});
    case DType::kInt64:
      return body(int64_t{});
    case DType::kBool:
      break;
  }
  return body(bool{});
}

// An element that is moved, not looked at: the bits of any dtype of that size.
template <typename U>
struct [[gnu::may_alias]] Bits {
  U value;
  friend bool operator==(const Bits&, const Bits&) = default;
};

// Calls body with the Bits of the dtype's size: a loop per size is less code than one per
// dtype.
template <typename Body>
decltype(auto) WithWidth(DType dtype, Body&& body) {
  switch (SizeOf(dtype)) {
    case 1:
      return body(Bits<uint8_t>{});
    case 2:
      return body(Bits<uint16_t>{});
    case 4:
      return body(Bits<uint32_t>{});
    default:
      return body(Bits<uint64_t>{});
  }
}

// The same for what compares elements for equality: floats come as themselves.
template <typename Body>
decltype(auto) WithFloatOrWidth(DType dtype, Body&& body) {
  switch (dtype) {
    case DType::kFloat32:
      return body(float{});
    case DType::kFloat64:
      return body(double{});
    default:
      return WithWidth(dtype, std::forward<Body>(body));
  }
}

}  // namespace moonlet
