// engine/kernels/broadcast_pair.h - two shapes walked together by NumPy's rule: aligned at
// the right, and a length of 1 repeats.
#pragma once
#include <cstdint>
#include <span>

namespace moonlet {

// The joint shape, with neighbouring axes that step alike merged into one: equal shapes
// become one axis. Strides count elements; 0 repeats.
struct BroadcastPair {
  static constexpr int kMaxRank = 8;

  int32_t rank = 0;
  int32_t dims[kMaxRank] = {};
  int32_t stride_a[kMaxRank] = {};
  int32_t stride_b[kMaxRank] = {};
};

// False when the shapes do not fit each other, have more than kMaxRank axes or a negative
// length, or the joint size does not fit int32. `shape`, if not null, takes the joint
// shape of max(a.size(), b.size()) lengths.
[[nodiscard]] bool MakeBroadcastPair(std::span<const int32_t> a, std::span<const int32_t> b,
                                     BroadcastPair* pair, int32_t* shape);

}  // namespace moonlet
