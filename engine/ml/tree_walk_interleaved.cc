// Several walks in one loop without branches: while one waits for its node, others go on. A walk
// that has come to its leaf stays at the node before, where each look gives the leaf again.
#include <algorithm>

#include "engine/ml/tree_nodes.h"
#include "engine/ml/tree_walk.h"

namespace moonlet::ml {
namespace {

// Eight are as many as an x86-64 keeps in registers; measured best of 4, 6, 8, 10, 12 and 16.
// A few more at the end cost less than another turn.
constexpr int kLanes = 8, kFewLanes = 4, kMostLanes = 12;

// Walks first to first + count - 1 of at most kCount; none of the trees is a leaf alone. Not
// inlined, so that it has all registers.
template <typename Layout, int kCount>
[[gnu::noinline]] void WalkSome(const TreeWalks& walks, Index first, int count) {
  const auto* row = Layout::Row(walks.floats, walks.integers);
  const int16_t* at[kCount];
#pragma GCC unroll 12
  for (int i = 0; i < kCount; ++i)
    at[i] = walks.nodes + walks.roots[first + std::min(i, count - 1)] * Layout::kWidth;
  Index steps[kCount], onward;
  do {
    onward = 0;
#pragma GCC unroll 12
    for (int i = 0; i < kCount; ++i) {
      const bool right = !(row[Layout::Feature(at[i])] <= Layout::Threshold(at[i]));
      steps[i] = Layout::Side(at[i], right);
      const Index step = std::max<Index>(steps[i], 0);
      at[i] += step * Layout::kWidth;
      onward |= step;
    }
  } while (onward != 0);
  for (int i = 0; i < count; ++i) walks.leaves[first + i] = static_cast<int32_t>(-steps[i]);
}

// Trees that are a leaf alone have no node to stay at.
bool AnyLeaf(const int32_t* roots, Index count) {
  return std::any_of(roots, roots + count, [](int32_t root) { return root < 0; });
}

template <typename Layout>
void WalkAll(const TreeWalks& walks) {
  Index first = 0;
  for (; walks.count - first > kMostLanes; first += kLanes)
    WalkSome<Layout, kLanes>(walks, first, kLanes);
  const auto rest = static_cast<int>(walks.count - first);
  if (rest > kLanes) return WalkSome<Layout, kMostLanes>(walks, first, rest);
  if (rest > kFewLanes) return WalkSome<Layout, kLanes>(walks, first, rest);
  if (rest > 0) WalkSome<Layout, kFewLanes>(walks, first, rest);
}

}  // namespace

void interleaved::WalkTrees(const TreeWalks& walks) {
  if (AnyLeaf(walks.roots, walks.count)) return scalar::WalkTrees(walks);
  WithTreeLayout(walks.width, [&](auto layout) { WalkAll<decltype(layout)>(walks); });
}

}  // namespace moonlet::ml
