#include "engine/ml/tree_walk.h"

#include "engine/ml/tree_nodes.h"

namespace moonlet::ml {
namespace {

template <typename Layout>
void WalkEach(const TreeWalks& walks) {
  const auto* row = Layout::Row(walks.floats, walks.integers);
  for (Index k = 0; k < walks.count; ++k) {
    Index id = walks.roots[k];
    while (id >= 0) {
      const int16_t* node = walks.nodes + id * Layout::kWidth;
      const bool left = row[Layout::Feature(node)] <= Layout::Threshold(node);
      const Index step = left ? Layout::Left(node) : Layout::Right(node);
      id = step > 0 ? id + step : step - 1;
    }
    walks.leaves[k] = static_cast<int32_t>(-1 - id);
  }
}

}  // namespace

void scalar::WalkTrees(const TreeWalks& walks) {
  WithTreeLayout(walks.width, [&](auto layout) { WalkEach<decltype(layout)>(walks); });
}

// Fixed by the build. On hosts, gathers of AVX-512 were slower than the interleaved loop, which
// needs no instruction set of its own.
void WalkTrees(const TreeWalks& walks) {
#if defined(__ARM_FEATURE_MVE)
  mve::WalkTrees(walks);
#else
  interleaved::WalkTrees(walks);
#endif
}

}  // namespace moonlet::ml
