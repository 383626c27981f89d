// engine/ml/votes.h - what neighbours count when they decide together.
#pragma once
#include <cmath>

#include "engine/ml/nearest.h"

namespace moonlet::ml {

enum class Votes : uint8_t { kUniform, kDistance };  // all the same, or 1 / distance
inline constexpr const char* kVoteWords = "uniform|distance";

// Turns distances to votes, in place. A neighbour where the row itself is leaves none to others.
inline void ToVotes(Votes votes, Neighbor* found, Index count) {
  bool same = false;
  for (Index i = 0; i < count; ++i) {
    double& vote = found[i].distance;
    vote = votes == Votes::kUniform ? 1 : 1 / vote;
    same |= std::isinf(vote);
  }
  for (Index i = 0; same && i < count; ++i) found[i].distance = std::isinf(found[i].distance);
}

}  // namespace moonlet::ml
