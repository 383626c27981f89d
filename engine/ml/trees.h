// engine/ml/trees.h - trees as they are grown, as they are kept, and the sum over them.
//
// Everything made of trees predicts by a sum: each tree adds the values of the leaf that a sample
// falls into. A forest's leaves hold probabilities or means, boosting's leaves scaled steps,
// AdaBoost's the vote of its stage, an isolation forest's path lengths.
//
// As they are kept, only what splits is a node; a leaf is a number in its parent. A node is a few
// int16 in a row (the array `nodes`, its width tells which):
//
//   4  feature, threshold, left, right                     int16 samples
//   5  feature, threshold (float32), left, right
//   6  feature, threshold, left (int32), right (int32)     int16 samples
//   7  feature, threshold (float32), left (int32), right (int32)
//
// `feature` counts from 0 as uint16; wide numbers take two places, the low half first. A sample
// goes left where its feature <= threshold, a NaN goes right. `left` and `right` above 0 are steps:
// the child stands so many nodes behind. Others are leaves: -l is row l of the leaves. So a tree
// cannot loop, and steps of 16 bits do for forests of millions of nodes, which have 32-bit
// numbers; the wide ones are for more than 32,768 different leaves, and trees of such sizes.
//
// `roots` has for each tree the position of its first node, in ascending order from 0, or -1 - l
// where all of it is leaf l. A tree ends where the next begins. Trees with equal leaves share
// them: float32 values in `leaves`, or uint8 codes in `leaf_codes`, that stand for
// leaf_scale[0][c] + leaf_scale[1][c] * code.
#pragma once
#include "engine/ml/buffer.h"
#include "engine/ml/estimator.h"

namespace moonlet::ml {

struct GrownNode {
  int32_t feature;  // -1: a leaf
  float threshold;  // left if x[feature] <= threshold
  int32_t left, right;
};

// The trees of an ensemble, one after the other; a node's children lie behind it.
struct GrownTrees {
  explicit GrownTrees(Allocator& memory) : nodes(memory), roots(memory), values(memory) {}

  List<GrownNode> nodes;
  List<int32_t> roots;  // of each tree
  List<double> values;  // `outputs` for each node; those of leaves count
  Index outputs = 1;
};

// Where packed trees stand in a state, and so in the arrays that a kind of trees lists:
//
//   constexpr ArraySpec kArrays[] = {kNodesSpec, kRootsSpec, kLeavesSpec, kLeafCodesSpec,
//                                    kLeafScaleSpec, {"feature_importances", ...}};
enum TreeArray { kTreeNodes, kTreeRoots, kTreeLeaves, kTreeLeafCodes, kTreeLeafScale, kTreeArrays };
inline constexpr ArraySpec kNodesSpec = {"nodes", DType::kInt16, "nw"};
inline constexpr ArraySpec kRootsSpec = {"roots", DType::kInt32, "t"};
inline constexpr ArraySpec kLeavesSpec = {"leaves", DType::kFloat32, "lo", true};
inline constexpr ArraySpec kLeafCodesSpec = {"leaf_codes", DType::kUint8, "lo", true};
inline constexpr ArraySpec kLeafScaleSpec = {"leaf_scale", DType::kFloat64, "so", true};

inline constexpr Index kMostTreeFeatures = 65536;

struct Packing {
  bool integers = false;  // for int16 samples: thresholds are rounded down
  bool quantize = false;  // leaves to uint8, each output in 255 equal steps
};
// Makes the arrays above. Refuses features from kMostTreeFeatures on and more than 2^30 nodes.
Status PackTrees(const GrownTrees& trees, const Packing& packing, const Work& work, State* state);

// Whether arrays of the right dtypes are trees with `outputs` values in each leaf: all that steers
// SumLeaves, which takes no more steps per row than there are nodes.
Status CheckTrees(const Estimator& e, Index outputs);

// out[i * columns + c] += the leaf's value of each tree in turn, for rows i of x. Leaves with
// `columns` values add to all; with one value, tree t adds to column t % columns.
// Samples are float32 or int16 as TreesOfIntegers(e) tells.
void SumLeaves(const Estimator& e, const Samples& x, Index columns, double* out);
bool TreesOfIntegers(const Estimator& e);  // for Kind::integers
Index TreeCount(const Estimator& e);
Index TreeWork(const Estimator& e);  // for Method::work

// leaves[i * trees + t] = the row of the leaves that tree t finds for row i: leaves of equal value
// are one.
void FindLeaves(const Estimator& e, const Samples& x, int32_t* leaves);

}  // namespace moonlet::ml
