// engine/ml/split.h - the best threshold of a feature for the samples of a node.
#pragma once
#include <cstdint>

#include "engine/ml/buffer.h"
#include "engine/ml/estimator.h"
#include "engine/ml/ranks.h"

namespace moonlet::ml {

enum class Criterion : uint8_t { kGini, kEntropy, kSquares, kNone };

// What trees are to tell: classes, values, or nothing (any split will do).
struct Targets {
  const int32_t* codes = nullptr;
  Index classes = 0;
  const double* values = nullptr;
};

struct Split {
  int32_t feature = -1;  // none
  float threshold = 0;
  double gain = 0;  // of score
};

// What the samples of a node sum to; classes are beside it, in Splitter::totals().
struct NodeSums {
  double weight = 0;
  double mean = 0;    // of values
  double moment = 0;  // the sum of values less the tree's mean
  double score = 0;
  bool pure = true;  // no two samples differ in class or value
};

// One sample as the loops see it.
struct Item {
  double weight;
  union {
    double moment;  // weight times its value less the mean of all
    Index code;
  };
};

class Splitter {
 public:
  Splitter(Allocator& memory, const Samples& x, Criterion criterion, Index classes, Index min_leaf,
           Ranks* ranks);

  Status Prepare() const;
  // Takes the samples listed and their weights (null: 1) for the tree to come.
  void Start(const Targets& targets, const double* weights, const int32_t* samples, Index count);
  NodeSums Sum(const int32_t* samples, Index count);
  const double* totals() const { return totals_.data(); }  // of each class, of the last node summed

  // Try a feature and replace `best` by a better split. Samples are those last summed. Give
  // whether the feature varies among them.
  bool TryAll(Index feature, const int32_t* samples, Index count, const NodeSums& sums,
              Split* best);
  bool TryRandom(Index feature, const int32_t* samples, Index count, const NodeSums& sums,
                 double draw, Split* best);

  float Value(Index sample, Index feature) const {
    const Index at = sample * x_.width + feature;
    return x_.integers != nullptr ? static_cast<float>(x_.integers[at]) : x_.data[at];
  }

 private:
  template <typename Sides>
  void Scan(Sides sides, Index feature, const uint64_t* sorted, Index count, Split* best) const;
  template <typename Sides>
  void Weigh(Sides sides, Index feature, float threshold, const int32_t* samples, Index count,
             Split* best) const;

  const Samples x_;
  const Criterion criterion_;
  const Index min_leaf_;
  Ranks& ranks_;
  Targets targets_;
  Buffer<Item> items_;     // by sample
  Buffer<double> totals_;  // of each class
  Buffer<double> left_, right_;
  double centre_ = 0;
};

}  // namespace moonlet::ml
