#include "engine/kernels/int4.h"

#include "engine/kernels/each_element.h"

namespace moonlet {

bool UnpackInt4(const uint8_t* packed, size_t n, int8_t* values, const StopToken& stop) {
  return ForEachPiece(n, stop, [=](size_t first, size_t count) {
    for (size_t i = first; i < first + count; ++i) {
      const int nibble = packed[i / 2] >> (i % 2 * 4) & 15;
      values[i] = static_cast<int8_t>((nibble ^ 8) - 8);
    }
  });
}

}  // namespace moonlet
