// bench/ml_forest_c.cc - writes the bench's forests as C, the way emlearn does inline: nested ifs
// over int16 features, each tree with the class of its leaf, and a count of votes.
#include <algorithm>
#include <cstdio>

#include "bench/ml_forest.h"
#include "engine/ml/tree_nodes.h"
#include "engine/ml/trees.h"

namespace moonlet::ml {
namespace {

using Layout = TreeLayout<true, false>;

int ClassOf(const Estimator& e, Index leaf) {
  const float* row = e.state.get<float>(kTreeLeaves) + leaf * e.classes;
  return static_cast<int>(std::max_element(row, row + e.classes) - row);
}

void WriteBranch(const Estimator& e, Index id, int depth);

void WriteSide(const Estimator& e, Index id, Index step, int depth) {
  if (step > 0) return WriteBranch(e, id + step, depth);
  std::printf("%*sreturn %d;\n", depth, "", ClassOf(e, -step));
}

void WriteBranch(const Estimator& e, Index id, int depth) {
  const int16_t* node = e.state.get<int16_t>(kTreeNodes) + id * Layout::kWidth;
  std::printf("%*sif (x[%d] <= %d) {\n", depth, "", Layout::Feature(node), Layout::Threshold(node));
  WriteSide(e, id, Layout::Left(node), depth + 1);
  std::printf("%*s} else {\n", depth, "");
  WriteSide(e, id, Layout::Right(node), depth + 1);
  std::printf("%*s}\n", depth, "");
}

int WriteForest(const BenchForest& forest, int number) {
  Estimator e;
  FitForest(forest, ForestSamples(forest), true, &e);
  if (e.state[kTreeNodes].dim(1) != Layout::kWidth) return 1;
  const Index trees = TreeCount(e);
  for (Index t = 0; t < trees; ++t) {
    std::printf("static int forest_%d_tree_%d(const int16_t* x) {\n", number, static_cast<int>(t));
    const Index root = e.state.get<int32_t>(kTreeRoots)[t];
    root >= 0 ? WriteBranch(e, root, 1) : WriteSide(e, 0, root + 1, 1);
    std::printf("}\n\n");
  }
  std::printf("int forest_%d(const int16_t* x) {\n  int votes[%d] = {0}, best = 0;\n", number,
              kBenchClasses);
  for (Index t = 0; t < trees; ++t)
    std::printf("  ++votes[forest_%d_tree_%d(x)];\n", number, static_cast<int>(t));
  std::printf(
      "  for (int i = 1; i < %d; ++i) best = votes[i] > votes[best] ? i : best;\n"
      "  return best;\n}\n\n",
      kBenchClasses);
  return 0;
}

}  // namespace
}  // namespace moonlet::ml

int main() {
  std::printf("#include <stdint.h>\n\n");
  int number = 0;
  for (const moonlet::ml::BenchForest& forest : moonlet::ml::kBenchForests)
    if (moonlet::ml::WriteForest(forest, number++) != 0) return 1;
  return 0;
}
