#include "engine/kernels/where.h"

#include <cstddef>
#include <cstring>

#include "engine/kernels/work_meter.h"

namespace moonlet {
namespace {

int64_t Elements(const WhereParams& p) {
  int64_t elements = 1;
  for (int32_t axis = 0; axis < p.rank; ++axis) elements *= p.lengths[axis];
  return elements;
}

bool IsNonzero(const WhereParams& p, const uint8_t* input, int64_t i) {
  uint64_t bits = 0;
  const auto bytes = static_cast<size_t>(p.element_bytes);
  std::memcpy(&bits, input + static_cast<size_t>(i) * bytes, bytes);
  return (bits & p.mask) != 0;
}

}  // namespace

int64_t CountNonzero(const WhereParams& p, const uint8_t* input) {
  int64_t count = 0;
  for (int64_t i = 0; i < Elements(p); ++i) count += IsNonzero(p, input, i) ? 1 : 0;
  return count;
}

bool FindNonzero(const WhereParams& p, const uint8_t* input, int64_t* output,
                 const StopToken& stop) {
  WorkMeter meter(stop);
  const int64_t elements = Elements(p);
  int32_t found = 0;
  for (int64_t i = 0; i < elements && found < p.count; ++i) {
    if (!meter.Spend(1)) return false;
    if (!IsNonzero(p, input, i)) continue;
    int64_t rest = i;
    for (int32_t axis = p.rank - 1; axis >= 0; --axis) {
      output[std::ptrdiff_t{found} * p.rank + axis] = rest % p.lengths[axis];
      rest /= p.lengths[axis];
    }
    ++found;
  }
  return true;
}

}  // namespace moonlet
