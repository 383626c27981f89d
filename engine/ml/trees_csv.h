// engine/ml/trees_csv.h - forests from the text that emlearn writes for emlearn-micropython.
//
//   f,2            features
//   c,2            classes; 0 for values
//   lf,32          bits of a leaf: 0 a class, 32 a value; 0 unless given
//   l,1            a leaf: a class from 0, or a value
//   r,0            a tree, and its first node
//   n,1,0.5,1,-2   a node: feature, threshold, left, right; -i is leaf i, from 1
//
// Left and right above 0 are steps from the node; in files of before there were `f` and `c`,
// positions from 0 among the nodes. The oldest have no `l`: a node with feature -1 is a leaf, its
// threshold the class. Samples go left where feature <= threshold, as in the estimator that was
// written; emlearn itself rounds thresholds to whole numbers first.
#pragma once
#include <string_view>

#include "engine/ml/estimator.h"

namespace moonlet::ml {

// Makes of `e`, which is empty but for its state's memory, a forest, whose trees vote for classes
// 0, 1, ..., or a forest_regressor. kInvalid names the line.
Status ReadTreesCsv(std::string_view text, const Work& work, Estimator* e);

}  // namespace moonlet::ml
