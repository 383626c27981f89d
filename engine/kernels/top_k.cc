#include "engine/kernels/top_k.h"

#include <algorithm>
#include <bit>

#include "engine/kernels/work_meter.h"

namespace moonlet {
namespace {

// Whether element i of a row stands before element j. Of any two different ones exactly one
// does, so that the order does not depend on how it is found.
template <typename T>
bool StandsBefore(const void* row, int32_t i, int32_t j) {
  const T a = static_cast<const T*>(row)[i], b = static_cast<const T*>(row)[j];
  if (a > b) return true;
  if (b > a) return false;
  if (a == b) return i < j;
  const bool a_is_nan = a != a, b_is_nan = b != b;
  return a_is_nan == b_is_nan ? i < j : b_is_nan;
}

using TopKOrder = bool (*)(const void* row, int32_t i, int32_t j);

// The positions found so far are a heap whose first one is the worst. Not a template, as
// heaps are much code.
bool FindTop(const void* row, TopKOrder order, int32_t length, int32_t k, int32_t* positions,
             WorkMeter& meter) {
  const auto before = [=](int32_t i, int32_t j) { return order(row, i, j); };
  const int32_t heap_work = std::bit_width(static_cast<uint32_t>(k));
  for (int32_t i = 0; i < length; ++i) {
    if (!meter.Spend(heap_work)) return false;
    if (i < k) {
      positions[i] = i;
      std::push_heap(positions, positions + i + 1, before);
    } else if (before(i, positions[0])) {
      std::pop_heap(positions, positions + k, before);
      positions[k - 1] = i;
      std::push_heap(positions, positions + k, before);
    }
  }
  for (int32_t left = k; left > 1; --left) {
    if (!meter.Spend(heap_work)) return false;
    std::pop_heap(positions, positions + left, before);
  }
  return true;
}

}  // namespace

template <typename T>
bool TopK(const TopKParams& p, const T* input, T* values, int32_t* positions,
          const StopToken& stop) {
  WorkMeter meter(stop);
  for (int32_t r = 0; r < p.rows; ++r, input += p.length, values += p.k, positions += p.k) {
    if (!FindTop(input, StandsBefore<T>, p.length, p.k, positions, meter)) return false;
    for (int32_t i = 0; i < p.k; ++i) values[i] = input[positions[i]];
  }
  return true;
}

template bool TopK(const TopKParams&, const float*, float*, int32_t*, const StopToken&);
template bool TopK(const TopKParams&, const int8_t*, int8_t*, int32_t*, const StopToken&);
template bool TopK(const TopKParams&, const uint8_t*, uint8_t*, int32_t*, const StopToken&);
template bool TopK(const TopKParams&, const int16_t*, int16_t*, int32_t*, const StopToken&);
template bool TopK(const TopKParams&, const int32_t*, int32_t*, int32_t*, const StopToken&);
template bool TopK(const TopKParams&, const int64_t*, int64_t*, int32_t*, const StopToken&);

}  // namespace moonlet
