#include "engine/kernels/broadcast_pair.h"

#include <algorithm>
#include <limits>

namespace moonlet {

bool MakeBroadcastPair(std::span<const int32_t> a, std::span<const int32_t> b, BroadcastPair* pair,
                       int32_t* shape) {
  const auto rank = static_cast<int>(std::max(a.size(), b.size()));
  if (rank > BroadcastPair::kMaxRank) return false;
  // Axes from the innermost outwards; `sizes` are the elements inside the current axis.
  struct {
    int32_t dim, stride_a, stride_b;
  } axes[BroadcastPair::kMaxRank];
  int merged = 0;
  int64_t size = 1, size_a = 1, size_b = 1;
  for (int i = 1; i <= rank; ++i) {
    const auto from_end = static_cast<size_t>(i);
    const int32_t dim_a = from_end <= a.size() ? a[a.size() - from_end] : 1;
    const int32_t dim_b = from_end <= b.size() ? b[b.size() - from_end] : 1;
    if (dim_a < 0 || dim_b < 0 || (dim_a != dim_b && dim_a != 1 && dim_b != 1)) return false;
    const int32_t dim = dim_a == 1 ? dim_b : dim_a;
    if (shape != nullptr) shape[rank - i] = dim;
    const auto stride_a = static_cast<int32_t>(dim_a == 1 ? 0 : size_a);
    const auto stride_b = static_cast<int32_t>(dim_b == 1 ? 0 : size_b);
    size *= dim;
    size_a *= dim_a;
    size_b *= dim_b;
    if (std::max({size, size_a, size_b}) > std::numeric_limits<int32_t>::max()) return false;
    if (dim == 1) continue;
    if (merged > 0) {
      auto& inner = axes[merged - 1];
      const auto continues = [&](int32_t outer_stride, int32_t inner_stride) {
        return outer_stride == int64_t{inner.dim} * inner_stride;
      };
      if (continues(stride_a, inner.stride_a) && continues(stride_b, inner.stride_b)) {
        inner.dim *= dim;
        continue;
      }
    }
    axes[merged++] = {dim, stride_a, stride_b};
  }
  *pair = {};
  pair->rank = merged;
  for (int i = 0; i < merged; ++i) {
    const auto& axis = axes[merged - 1 - i];
    pair->dims[i] = axis.dim;
    pair->stride_a[i] = axis.stride_a;
    pair->stride_b[i] = axis.stride_b;
  }
  return true;
}

}  // namespace moonlet
