// engine/kernels/integer_array.h - signed integers of any width at any address: how models
// give positions, lengths and axes.
#pragma once
#include <cstddef>
#include <cstdint>

#include "engine/kernels/unaligned.h"

namespace moonlet {

class IntegerArray {
 public:
  IntegerArray() = default;
  // Elements of 1, 2, 4 or 8 bytes.
  IntegerArray(const void* data, int element_bytes) : data_(data), bytes_(element_bytes) {}

  int64_t operator[](std::ptrdiff_t i) const {
    switch (bytes_) {
      case 1:
        return Unaligned<int8_t>(data_)[i];
      case 2:
        return Unaligned<int16_t>(data_)[i];
      case 4:
        return Unaligned<int32_t>(data_)[i];
      default:
        return Unaligned<int64_t>(data_)[i];
    }
  }

 private:
  const void* data_ = nullptr;
  int bytes_ = 0;
};

}  // namespace moonlet
