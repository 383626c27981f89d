// tests/engine/ml/random_trees.h - trees that nobody grew from samples.
#pragma once
#include <gtest/gtest.h>

#include <utility>
#include <vector>

#include "engine/base/allocator.h"
#include "engine/ml/kinds.h"
#include "engine/ml/trees.h"
#include "engine/tensor/random.h"

namespace moonlet::ml {

inline const StopToken kNeverStopped;

struct TreeShape {
  Index trees = 10;
  Index features = 7;
  Index outputs = 3;
  int depth = 6;
  bool integers = false;
  bool quantize = false;
  uint64_t values = 1000;  // how many different ones leaves have
};

class RandomTrees {
 public:
  explicit RandomTrees(const TreeShape& shape, uint64_t seed = 1)
      : shape_(shape), random_(seed), trees_(MallocAllocator()) {
    trees_.outputs = shape.outputs;
    for (Index t = 0; t < shape.trees; ++t) Grow();
  }

  const GrownTrees& trees() const { return trees_; }
  GrownTrees& trees() { return trees_; }

  // With options of no kind and the arrays alone.
  Estimator Packed() const {
    Estimator e;
    e.features = shape_.features;
    e.state = State(MallocAllocator());
    const Work work = {MallocAllocator(), kNeverStopped};
    const Status s = PackTrees(trees_, {shape_.integers, shape_.quantize}, work, &e.state);
    EXPECT_TRUE(s.ok()) << s.what();
    return e;
  }

  // Small whole numbers, so that many equal a threshold.
  std::vector<int16_t> Rows(Index count) {
    std::vector<int16_t> rows(static_cast<size_t>(count * shape_.features));
    for (int16_t& x : rows) x = Value();
    return rows;
  }

  // As SumLeaves tells it, one node after the other.
  void Sum(const int16_t* row, Index columns, double* out) const {
    for (Index t = 0; t < trees_.roots.size(); ++t) {
      int32_t id = trees_.roots[t];
      while (trees_.nodes[id].feature >= 0) {
        const GrownNode& node = trees_.nodes[id];
        id = static_cast<float>(row[node.feature]) <= node.threshold ? node.left : node.right;
      }
      for (Index c = 0; c < shape_.outputs; ++c)
        out[shape_.outputs == 1 ? t % columns : c] +=
            static_cast<float>(trees_.values[id * shape_.outputs + c]);
    }
  }

 private:
  int16_t Value() { return static_cast<int16_t>(static_cast<int>(random_.UpTo(60)) - 30); }

  int32_t AddNode() {
    EXPECT_TRUE(trees_.nodes.Add({-1, 0, 0, 0}));
    for (Index c = 0; c < shape_.outputs; ++c)
      EXPECT_TRUE(trees_.values.Add(static_cast<double>(random_.UpTo(shape_.values)) / 7));
    return static_cast<int32_t>(trees_.nodes.size() - 1);
  }

  void Grow() {
    EXPECT_TRUE(trees_.roots.Add(AddNode()));
    std::vector<std::pair<int32_t, int>> waiting = {{trees_.roots[trees_.roots.size() - 1], 0}};
    for (size_t i = 0; i < waiting.size(); ++i) {
      const auto [id, depth] = waiting[i];
      if (depth == shape_.depth || random_.UpTo(7) == 0) continue;
      const auto feature =
          static_cast<int32_t>(random_.UpTo(static_cast<uint64_t>(shape_.features - 1)));
      const float threshold = static_cast<float>(Value()) + (random_.UpTo(1) != 0 ? 0.5f : 0.0f);
      const int32_t left = AddNode(), right = AddNode();
      trees_.nodes[id] = {feature, threshold, left, right};
      waiting.push_back({left, depth + 1});
      waiting.push_back({right, depth + 1});
    }
  }

  TreeShape shape_;
  Random random_;
  GrownTrees trees_;
};

}  // namespace moonlet::ml
