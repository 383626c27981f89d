// engine/ml/nearest.h - the nearest of stored samples, by comparing with every one of them.
//
// Nearest first; of equally near ones, the one stored first. Time grows with samples times
// features, whatever the distances are.
#pragma once
#include <algorithm>

#include "engine/ml/distance.h"
#include "engine/ml/estimator.h"

namespace moonlet::ml {

struct Stored {
  Space space;
  const float* samples;
  Index count;
  Index width;

  static Stored Of(const Estimator& e, int array) {
    const Tensor& t = e.state[array];
    return {SpaceOf(e.options), t.as<float>(), t.dim(0), t.dim(1)};
  }
};

struct Neighbor {
  double distance;
  double position;  // from 0; a double, so that both lie in memory that methods are given
};

// Calls visit(row, first stored sample, count, ranks, stride) for stretches of stored samples, in
// order: the rank of sample first + i is ranks[i * stride].
inline constexpr Index kStretch = 32;
inline Index StretchRoom(Index width) { return LaneRoom(width) + kStretch * kLanes; }  // doubles
template <typename Visit>
void EachRank(const Stored& in, const Samples& x, double* scratch, Visit visit) {
  double* lanes = scratch;
  double* ranks = lanes + LaneRoom(in.width);
  if (x.count > 1) FillLanes(x.data, x.count, in.width, lanes);
  for (Index first = 0; first < in.count; first += kStretch) {
    const Index count = std::min(kStretch, in.count - first);
    const float* samples = in.samples + first * in.width;
    if (x.count == 1) {
      RowRanks(in.space, x.data, samples, count, in.width, ranks);
      visit(Index{0}, first, count, ranks, Index{1});
      continue;
    }
    LaneRanks(in.space, lanes, samples, count, in.width, ranks);
    for (Index l = 0; l < x.count; ++l) visit(l, first, count, ranks + l, Index{kLanes});
  }
}

// Doubles that FindNearest works with.
inline Index NearestRoom(Index width) { return StretchRoom(width); }
// The `k` nearest of each of up to kLanes rows, in k places of `found` each. With `own` >= 0, row
// i is stored sample own + i, which is left out. Requires 1 <= k <= in.count, less one with `own`.
void FindNearest(const Stored& in, const Samples& x, Index k, Index own, Neighbor* found,
                 double* scratch);

// The same for any number of rows: calls take(row, its neighbours). Takes
// kLanes * k Neighbors and NearestRoom in scratch.
inline Index EachNearestRoom(Index width, Index k) { return 2 * kLanes * k + NearestRoom(width); }
template <typename Take>
void EachNearest(const Stored& in, const Samples& x, Index k, double* scratch, Take take) {
  auto* found = reinterpret_cast<Neighbor*>(scratch);
  for (Index first = 0; first < x.count; first += kLanes) {
    const Index rows = std::min<Index>(kLanes, x.count - first);
    FindNearest(in, x.part(first, rows), k, -1, found, scratch + 2 * kLanes * k);
    for (Index i = 0; i < rows; ++i) take(first + i, found + i * k);
  }
}

}  // namespace moonlet::ml
