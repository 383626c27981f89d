#include "engine/tensor/overlap.h"

#include <algorithm>

namespace moonlet {
namespace {

// Addresses of a tensor's bytes, relative to its data: low <= address < high.
struct Window {
  Index low = 0;
  Index high = 0;
};

// The window of all axes whose stride in bytes is no multiple of `period` (0: of all).
Window WindowOf(const Tensor& t, Index period) {
  const Index size = static_cast<Index>(SizeOf(t.dtype));
  Window window{0, size};
  for (int i = 0; i < t.rank(); ++i) {
    const Index stride = t.strides[i] * size;
    if (period != 0 && stride % period == 0) continue;
    (stride < 0 ? window.low : window.high) += stride * (t.dim(i) - 1);
  }
  return window;
}

// Every byte's address, modulo `period`, lies in the tensor's window of the axes that
// are no multiples of it. Two such arcs of the circle that do not meet prove disjointness.
bool DisjointModulo(const Tensor& a, const Tensor& b, Index distance, Index period) {
  const Window wa = WindowOf(a, period);
  const Window wb = WindowOf(b, period);
  const Index from_a_to_b = ((distance + wb.low - wa.low) % period + period) % period;
  return from_a_to_b >= wa.high - wa.low && period - from_a_to_b >= wb.high - wb.low;
}

}  // namespace

bool Identical(const Tensor& a, const Tensor& b) {
  if (a.data != b.data || a.dtype != b.dtype || !(a.shape == b.shape)) return false;
  for (int i = 0; i < a.rank(); ++i)
    if (a.dim(i) > 1 && a.strides[i] != b.strides[i]) return false;
  return true;
}

bool MayOverlap(const Tensor& a, const Tensor& b) {
  if (a.size() == 0 || b.size() == 0) return false;
  const Window wa = WindowOf(a, 0);
  const Window wb = WindowOf(b, 0);
  const auto address_a = reinterpret_cast<uintptr_t>(a.data);
  const auto address_b = reinterpret_cast<uintptr_t>(b.data);
  // Unsigned sums wrap as the offsets below zero need.
  if (address_a + static_cast<uintptr_t>(wa.high) <= address_b + static_cast<uintptr_t>(wb.low) ||
      address_b + static_cast<uintptr_t>(wb.high) <= address_a + static_cast<uintptr_t>(wa.low))
    return false;
  const auto distance = static_cast<Index>(address_b - address_a);
  for (const Tensor* t : {&a, &b}) {
    for (int i = 0; i < t->rank(); ++i) {
      const Index stride = t->strides[i] * static_cast<Index>(SizeOf(t->dtype));
      if (t->dim(i) > 1 && stride != 0 &&
          DisjointModulo(a, b, distance, stride < 0 ? -stride : stride))
        return false;
    }
  }
  return true;
}

}  // namespace moonlet
