#include "engine/ml/centers.h"

#include <algorithm>
#include <limits>

namespace moonlet::ml {
namespace {

// Calls visit(first center, centers, ranks) for groups of up to kLanes centers.
template <typename Visit>
void EachGroup(const Centers& centers, const Samples& x, double* scratch, Visit visit) {
  double* lanes = scratch;
  double* ranks = lanes + LaneRoom(centers.width);
  for (Index first = 0; first < centers.count; first += kLanes) {
    const Index count = std::min<Index>(kLanes, centers.count - first);
    FillLanes(centers.data + first * centers.width, count, centers.width, lanes);
    LaneRanks(centers.space, lanes, x.data, x.count, centers.width, ranks);
    visit(first, count, ranks);
  }
}

}  // namespace

Index CentersRoom(Index width) { return LaneRoom(width) + kBlockRows * kLanes; }

void FindNearestCenters(const Centers& centers, const Samples& x, double* numbers, double* ranks,
                        double* scratch) {
  std::fill_n(numbers, x.count, 0.0);
  std::fill_n(ranks, x.count, std::numeric_limits<double>::infinity());
  EachGroup(centers, x, scratch, [&](Index first, Index count, const double* found) {
    for (Index i = 0; i < x.count; ++i)
      for (Index l = 0; l < count; ++l) {
        if (!(found[i * kLanes + l] < ranks[i])) continue;
        ranks[i] = found[i * kLanes + l];
        numbers[i] = static_cast<double>(first + l);
      }
  });
}

void CenterDistances(const Centers& centers, const Samples& x, double* out, double* scratch) {
  EachGroup(centers, x, scratch, [&](Index first, Index count, const double* ranks) {
    for (Index i = 0; i < x.count; ++i)
      for (Index l = 0; l < count; ++l)
        out[i * centers.count + first + l] = DistanceOf(centers.space, ranks[i * kLanes + l]);
  });
}

}  // namespace moonlet::ml
