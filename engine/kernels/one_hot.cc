#include "engine/kernels/one_hot.h"

#include <cstddef>
#include <cstring>

#include "engine/kernels/repeat.h"

namespace moonlet {

bool OneHot(const OneHotParams& p, const IntegerArray& indices, const uint8_t* on,
            const uint8_t* off, uint8_t* output, const StopToken& stop) {
  WorkMeter meter(stop);
  const auto bytes = static_cast<size_t>(p.element_bytes);
  const size_t inner = static_cast<size_t>(p.inner), block = static_cast<size_t>(p.depth) * inner;
  std::memcpy(output, off, bytes);
  if (!RepeatBytes(output, bytes, static_cast<size_t>(p.outer) * block, meter)) return false;
  for (int32_t o = 0; o < p.outer; ++o, output += block * bytes) {
    if (!meter.Spend(p.inner)) return false;
    for (int32_t i = 0; i < p.inner; ++i) {
      const int64_t index = indices[std::ptrdiff_t{o} * p.inner + i];
      if (index < 0 || index >= p.depth) continue;
      const size_t at = static_cast<size_t>(index) * inner + static_cast<size_t>(i);
      std::memcpy(output + at * bytes, on, bytes);
    }
  }
  return true;
}

}  // namespace moonlet
