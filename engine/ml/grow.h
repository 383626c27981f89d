// engine/ml/grow.h - growing trees, node by node, from the samples that reach a node.
//
// Breiman, Friedman, Olshen and Stone, "Classification and Regression Trees" (1984): the split of
// the largest gain among all thresholds of the features tried; or, for extremely randomised trees
// (Geurts, Ernst and Wehenkel, 2006), the best of one random threshold per feature.
//
//   Grower grower(fit.work, fit.x, rules, &random);
//   if (Status s = grower.Prepare(); !s.ok()) return s;
//   for (...) grower.Grow(targets, weights, from, to, &trees);  // appends a tree each time
//
// A node's score says how well its samples agree, weighted: the sum of squared class weights over
// the weight (Gini), minus the entropy in bits times the weight, or the square of the sum over the
// weight (squared error). A split's gain is what the scores of its sides have over the node's.
#pragma once
#include <cstdint>

#include "engine/ml/buffer.h"
#include "engine/ml/estimator.h"
#include "engine/ml/ranks.h"
#include "engine/ml/split.h"
#include "engine/ml/trees.h"
#include "engine/tensor/random.h"

namespace moonlet::ml {

struct GrowRules {
  Criterion criterion = Criterion::kGini;
  bool random_thresholds = false;
  int64_t depth = INT64_MAX;
  Index min_split = 2;      // samples a node must have to be split
  Index min_leaf = 1;       // samples each side must have
  Index max_leaves = 0;     // 0: any number; else the best splits come first
  Index max_features = 0;   // tried for each split, more only if none of them varies; 0: all
  double min_decrease = 0;  // of impurity, times the node's share of all weight
  double ccp_alpha = 0;     // minimal cost-complexity pruning
};

class Grower {
 public:
  Grower(const Work& work, const Samples& x, const GrowRules& rules, Index classes, Random* random);

  // Before the first tree.
  Status Prepare();
  // Appends the tree of the samples whose weight is above 0 (null: all, with weight 1): a node's
  // values are its share of each class, its mean, or its path length (Criterion::kNone). Work is
  // shown as going on from `from` to `to`.
  Status Grow(const Targets& targets, const double* weights, double from, double to,
              GrownTrees* trees);
  // Adds `factor` times how much each feature gained in the last tree, to sum 1 where `normal`.
  void AddImportances(double factor, bool normal, double* sums) const;
  bool split() const { return split_; }  // whether the last tree is more than a leaf

 private:
  struct Pending {  // a node whose split is known but not made
    Index first, last;
    int32_t node;
    int64_t depth;
    Split split;
  };

  void Start(const Targets& targets, const double* weights);
  Status AddNode(Index first, Index last, int64_t depth);
  Status AddValues(const NodeSums& sums, Index samples, int64_t depth);
  bool Splits(const NodeSums& sums, Index samples, int64_t depth) const;
  Status FindSplit(Pending* pending, const NodeSums& sums);
  void TryFeature(Index feature, Pending* pending, const NodeSums& sums, bool* varies);
  Status Push(const Pending& pending);
  Pending Take();
  Index Partition(const Pending& pending);
  Status SplitNode(const Pending& pending);
  Status Prune();
  Status Emit(GrownTrees* trees);
  void AddGain(Index node);
  Status Worked(Index steps);

  const Work& work_;
  const Samples x_;
  const GrowRules rules_;
  Random* const random_;
  Ranks ranks_;
  Splitter splitter_;
  Buffer<int32_t> order_;  // samples; those of a node are together
  Buffer<int32_t> aside_;
  Buffer<int32_t> features_;  // in the order they are drawn
  Buffer<double> gains_;      // of each feature, in the last tree
  GrownTrees grown_;          // the tree at work
  List<double> scores_;       // of its nodes
  List<Pending> pending_;
  Index waiting_ = 0;  // of pending_
  Targets targets_;
  double weight_ = 0;  // of all samples
  bool split_ = false;
  Index count_ = 0, settled_ = 0;  // samples, and those in leaves
  double from_ = 0, to_ = 0;
  Index steps_ = 0;  // since the last look at the stop token
};

// c(n): the mean path length of an unsuccessful search among n samples (Liu, Ting and Zhou, 2008).
double MeanPath(double samples);

// The node that a sample falls into, from `root`.
Index LeafOf(const GrownTrees& trees, Index root, const Samples& x, Index row);

}  // namespace moonlet::ml
