#include "engine/tensor/unique.h"

#include <type_traits>

#include "engine/kernels/float_bits.h"
#include "engine/tensor/dispatch.h"
#include "engine/tensor/strided.h"

namespace moonlet {
namespace {

// Whether b, behind a in the sorted order, is the same value.
template <typename T>
bool IsSame(T a, T b) {
  if constexpr (std::is_floating_point_v<T>) {
    return Flushed(a) == Flushed(b) || (a != a && b != b);
  } else {
    return a == b;
  }
}

// Calls visit(i, whether element i begins a new value) for the whole vector.
template <typename T, typename Visit>
Status ForSorted(const Tensor& sorted, const StopToken& stop, Visit visit) {
  const T* x = static_cast<const T*>(sorted.data);
  return ForEachPiece(sorted.dim(0), stop, [&](Index first, Index end) {
    for (Index i = first; i < end; ++i) visit(i, i == 0 || !IsSame(x[i - 1], x[i]));
  });
}

int32_t* DataOf(const Tensor* part) { return part != nullptr ? part->as<int32_t>() : nullptr; }

}  // namespace

Status CountUnique(const Tensor& sorted, const StopToken& stop, Index* count) noexcept {
  *count = 0;
  return WithFloatOrWidth(sorted.dtype, [&](auto zero) {
    return ForSorted<decltype(zero)>(sorted, stop,
                                     [&](Index, bool begins) { *count += begins ? 1 : 0; });
  });
}

Status Unique(const Tensor& sorted, const Tensor& positions, const UniqueParts& parts,
              const StopToken& stop) noexcept {
  const int32_t* position = positions.as<int32_t>();
  int32_t* const first = DataOf(parts.first);
  int32_t* const inverse = DataOf(parts.inverse);
  int32_t* const counts = DataOf(parts.counts);
  return WithFloatOrWidth(sorted.dtype, [&](auto zero) {
    using T = decltype(zero);
    const T* const from = static_cast<const T*>(sorted.data);
    T* const values = parts.values != nullptr ? static_cast<T*>(parts.values->data) : nullptr;
    Index value = -1;
    return ForSorted<T>(sorted, stop, [&](Index i, bool begins) {
      if (begins) {
        ++value;
        if (values != nullptr) values[value] = from[i];
        if (first != nullptr) first[value] = position[i];
        if (counts != nullptr) counts[value] = 0;
      }
      if (counts != nullptr) ++counts[value];
      if (inverse != nullptr) inverse[position[i] - 1] = static_cast<int32_t>(value + 1);
    });
  });
}

}  // namespace moonlet
