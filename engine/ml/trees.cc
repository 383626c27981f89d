#include "engine/ml/trees.h"

#include <algorithm>
#include <cmath>

#include "engine/ml/tree_nodes.h"
#include "engine/ml/tree_walk.h"

namespace moonlet::ml {
namespace {

Index WidthOf(const Estimator& e) { return e.state[kTreeNodes].dim(1); }

// Neither NaN nor -0, which the kernels need not tell from 0 then.
bool IsThreshold(int16_t) { return true; }
bool IsThreshold(float threshold) {
  return !std::isnan(threshold) && !(threshold == 0 && std::signbit(threshold));
}

// Nodes first to end - 1 are one tree.
template <typename Layout>
Status CheckTree(const Estimator& e, Index first, Index end, Index leaves) {
  const auto* nodes = e.state.get<int16_t>(kTreeNodes);
  for (Index id = first; id < end; ++id) {
    const int16_t* node = nodes + id * Layout::kWidth;
    if (Layout::Feature(node) >= e.features)
      return Status::Invalid("tree node %td asks for feature %d of %td", id + 1,
                             Layout::Feature(node) + 1, e.features);
    if (!IsThreshold(Layout::Threshold(node)))
      return Status::Invalid("tree node %td has no threshold", id + 1);
    for (const Index step : {Index{Layout::Left(node)}, Index{Layout::Right(node)}}) {
      if (step > 0 && step >= end - id)
        return Status::Invalid("tree node %td leads out of its tree", id + 1);
      if (step <= 0 && step <= -leaves)
        return Status::Invalid("tree node %td leads to no leaf", id + 1);
    }
  }
  return {};
}

template <typename Layout>
Status CheckAll(const Estimator& e, Index leaves) {
  const auto* roots = e.state.get<int32_t>(kTreeRoots);
  const Index trees = TreeCount(e), nodes = e.state[kTreeNodes].dim(0);
  Index first = 0;
  for (Index t = 0; t < trees; ++t) {
    if (roots[t] < 0) {
      if (-1 - Index{roots[t]} >= leaves) return Status::Invalid("tree %td has no leaf", t + 1);
      continue;
    }
    if (roots[t] != first) return Status::Invalid("tree %td does not start where one ends", t + 1);
    Index next = t + 1;
    while (next < trees && roots[next] < 0) ++next;
    const Index end = next < trees ? Index{roots[next]} : nodes;
    if (end <= first || end > nodes) return Status::Invalid("tree %td has no nodes", t + 1);
    if (Status s = CheckTree<Layout>(e, first, end, leaves); !s.ok()) return s;
    first = end;
  }
  return first == nodes ? Status() : Status::Invalid("tree node %td belongs to no tree", first + 1);
}

// What leaves hold, the values of one after those of another.
struct FloatLeaves {
  explicit FloatLeaves(const Estimator& e)
      : values(e.state.get<float>(kTreeLeaves)), outputs(e.state[kTreeLeaves].dim(1)) {}
  double Value(Index leaf, Index c) const { return values[leaf * outputs + c]; }

  const float* values;
  Index outputs;
};
struct CodedLeaves {
  explicit CodedLeaves(const Estimator& e)
      : codes(e.state.get<uint8_t>(kTreeLeafCodes)),
        scale(e.state.get<double>(kTreeLeafScale)),
        outputs(e.state[kTreeLeafCodes].dim(1)) {}
  double Value(Index leaf, Index c) const {
    return scale[c] + scale[outputs + c] * codes[leaf * outputs + c];
  }

  const uint8_t* codes;
  const double* scale;
  Index outputs;
};

// Adds columns c to c + kColumns - 1 of leaves one after the other to one row.
template <int kColumns, typename Leaves>
void AddColumns(const Leaves& values, const int32_t* leaves, Index count, Index c, double* out) {
  double sums[kColumns];
  for (int i = 0; i < kColumns; ++i) sums[i] = out[c + i];
  for (Index k = 0; k < count; ++k)
    for (int i = 0; i < kColumns; ++i) sums[i] += values.Value(leaves[k], c + i);
  for (int i = 0; i < kColumns; ++i) out[c + i] = sums[i];
}

// The leaves of one row in trees tree, tree + 1, ...
template <typename Leaves>
void AddTrees(const Leaves& values, const int32_t* leaves, Index count, Index tree, Index columns,
              double* out) {
  if (values.outputs < columns) {
    Index column = tree % columns;
    for (Index k = 0; k < count; ++k) {
      out[column] += values.Value(leaves[k], 0);
      if (++column == columns) column = 0;
    }
    return;
  }
  Index c = 0;
  for (; c + 4 <= columns; c += 4) AddColumns<4>(values, leaves, count, c, out);
  for (; c < columns; ++c) AddColumns<1>(values, leaves, count, c, out);
}

// Calls found(row, tree, leaves, count) with the leaves of one row in some trees; those of a row
// come in order. Rows take turns in a few trees, which stay in the cache.
template <typename Found>
void EachLeaves(const Estimator& e, const Samples& x, Found found) {
  constexpr Index kOfOneRow = 64, kOfManyRows = 32;
  const Index trees = TreeCount(e);
  const Index together = x.count > 1 ? kOfManyRows : kOfOneRow;
  int32_t leaves[kOfOneRow];
  TreeWalks walks;
  walks.nodes = e.state.get<int16_t>(kTreeNodes);
  walks.width = WidthOf(e);
  walks.leaves = leaves;
  for (Index tree = 0; tree < trees; tree += together) {
    walks.roots = e.state.get<int32_t>(kTreeRoots) + tree;
    walks.count = std::min(together, trees - tree);
    for (Index i = 0; i < x.count; ++i) {
      const Samples row = x.part(i, 1);
      walks.floats = row.data;
      walks.integers = row.integers;
      WalkTrees(walks);
      found(i, tree, leaves, walks.count);
    }
  }
}

template <typename Leaves>
void Sum(const Estimator& e, const Samples& x, Index columns, double* out) {
  const Leaves values(e);
  EachLeaves(e, x, [&](Index row, Index tree, const int32_t* leaves, Index count) {
    AddTrees(values, leaves, count, tree, columns, out + row * columns);
  });
}

}  // namespace

Status CheckTrees(const Estimator& e, Index outputs) {
  const bool coded = e.state.has(kTreeLeafCodes);
  if (coded != e.state.has(kTreeLeafScale) || coded == e.state.has(kTreeLeaves))
    return Status::Invalid("trees have either leaves, or leaf_codes and leaf_scale");
  if (coded && e.state[kTreeLeafScale].dim(0) != 2)
    return Status::Invalid("leaf_scale has %td rows, expected 2", e.state[kTreeLeafScale].dim(0));
  const Tensor& leaves = e.state[coded ? kTreeLeafCodes : kTreeLeaves];
  if (leaves.dim(1) != outputs)
    return Status::Invalid("leaves have %td values, expected %td", leaves.dim(1), outputs);
  if (TreeCount(e) < 1) return Status::Invalid("no trees");
  Status s;
  const bool known = WithTreeLayout(
      WidthOf(e), [&](auto layout) { s = CheckAll<decltype(layout)>(e, leaves.dim(0)); });
  return known ? s : Status::Invalid("tree nodes are %td wide, expected 4 to 7", WidthOf(e));
}

void SumLeaves(const Estimator& e, const Samples& x, Index columns, double* out) {
  e.state.has(kTreeLeaves) ? Sum<FloatLeaves>(e, x, columns, out)
                           : Sum<CodedLeaves>(e, x, columns, out);
}

void FindLeaves(const Estimator& e, const Samples& x, int32_t* leaves) {
  const Index trees = TreeCount(e);
  EachLeaves(e, x, [&](Index row, Index tree, const int32_t* found, Index count) {
    std::copy_n(found, count, leaves + row * trees + tree);
  });
}

bool TreesOfIntegers(const Estimator& e) { return WidthOf(e) % 2 == 0; }

Index TreeCount(const Estimator& e) { return e.state[kTreeRoots].dim(0); }

Index TreeWork(const Estimator& e) {
  constexpr Index kUsualDepth = 16;
  return TreeCount(e) * kUsualDepth;
}

}  // namespace moonlet::ml
