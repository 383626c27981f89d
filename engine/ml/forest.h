// engine/ml/forest.h - trees whose mean is the answer: forests, and a tree alone.
#pragma once
#include "engine/ml/estimator.h"
#include "engine/ml/grow.h"
#include "engine/ml/trees.h"

namespace moonlet::ml {

enum ForestArray { kImportances = kTreeArrays, kOobScore };
inline constexpr ArraySpec kImportancesSpec = {"feature_importances", DType::kFloat64, "f", true};
inline constexpr ArraySpec kForestArrays[] = {
    kNodesSpec,
    kRootsSpec,
    kLeavesSpec,
    kLeafCodesSpec,
    kLeafScaleSpec,
    kImportancesSpec,
    {"oob_score", DType::kFloat64, "b", true},
};

struct ForestPlan {
  GrowRules rules;
  Index trees = 1;
  Index draws = 0;         // samples of each tree, drawn with replacement; 0: all as they are
  bool oob_score = false;  // of samples that a tree did not draw
  bool quantize = false;   // leaves to uint8
};
Status GrowForest(const Fit& fit, const ForestPlan& plan, State* state);

// The importances of all features, made to sum 1, into state[kImportances].
Status MakeImportances(const Buffer<double>& sums, Index features, State* state);

Status CheckForest(const Estimator& e);
void RunForestProba(const Estimator& e, const Samples& x, double* out, double* scratch);
void RunForestMean(const Estimator& e, const Samples& x, double* out, double* scratch);

}  // namespace moonlet::ml
