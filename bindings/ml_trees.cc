// bindings/ml_trees.cc - constructors of everything made of trees, and the leaves of samples.
#include <algorithm>
#include <string_view>

#include "bindings/ml_estimator.h"
#include "bindings/ml_parts.h"
#include "bindings/tensor_parts.h"
#include "engine/ml/kinds.h"
#include "engine/ml/trees.h"

namespace moonlet {
namespace {

constexpr Index kMostWork = 1000000;  // steps between two looks at the stop token

bool HasTrees(const ml::Kind& kind) {
  return !kind.arrays.empty() &&
         std::string_view(kind.arrays[ml::kTreeNodes].name) == ml::kNodesSpec.name;
}

// estimator:apply(x)
int ApplyMethod(lua_State* L) {
  const ml::Estimator& e = CheckFitted(L, 1);
  if (!HasTrees(*e.kind)) ArgumentError(L, 1, "%s has no apply", e.kind->name);
  lua_settop(L, 2);
  bool single;
  const ml::Samples x = CheckSamples(L, 2, e, e.features, ml::TreesOfIntegers(e), &single);
  const Index trees = ml::TreeCount(e);
  Shape shape;
  shape.rank = single ? 1 : 2;
  shape.dims[0] = single ? trees : x.count;
  if (!single) shape.dims[1] = trees;
  auto* leaves = NewTensor(L, DType::kInt32, shape)->as<int32_t>();
  const Index rows = std::max<Index>(kMostWork / ml::TreeWork(e), 1);
  for (Index first = 0; first < x.count; first += rows) {
    if (StopOf(L).raised()) RaiseStatus(L, Status::Stopped());
    ml::FindLeaves(e, x.part(first, std::min(rows, x.count - first)), leaves + first * trees);
  }
  for (Index i = 0; i < x.count * trees; ++i) ++leaves[i];
  return 1;
}

constexpr Entry kTreesTable[] = {
    {"tree", New<ml::kTree>, "ml.tree([options]) -> estimator",
     "options: criterion: gini or entropy, gini; depth: 1 to 1e6 or none, none; min_split: "
     "samples, 2; min_leaf: samples, 1; max_features: all, sqrt, log2, a number, or a share below "
     "1, all; max_leaves: 2 to 1e9 or none, none; min_decrease: 0; ccp_alpha: 0; splitter: best or "
     "random, best; leaves: float32 or uint8, float32; seed; class_weight",
     Doc("A decision tree (scikit-learn's DecisionTreeClassifier). `min_decrease` is what a split "
         "must take from the impurity, `ccp_alpha` prunes by cost and complexity, `max_leaves` "
         "makes the best splits first. Splits of equal gain: the first feature's lowest wins. The "
         "field `feature_importances` says how much each feature gained. Takes int16 samples as "
         "they are; then predict with such too. `leaves = \"uint8\"` keeps a quarter of the bytes "
         "of leaves, with probabilities in 255 steps."),
     Doc("local x = tensor.new {{1, 2}, {2, 1}, {8, 9}, {9, 8}}\n"
         "local model = ml.tree {depth = 3}:fit(x, {\"low\", \"low\", \"high\", \"high\"})\n"
         "print(model:predict(tensor.new {7, 7})) --> high")},
    {"tree_regressor", New<ml::kTreeRegressor>, "ml.tree_regressor([options]) -> estimator",
     "options: as tree without class_weight, with criterion: squared_error",
     Doc("A tree whose leaves are means of values (scikit-learn's DecisionTreeRegressor)."),
     Doc("local model = ml.tree_regressor():fit(tensor.new {{1}, {2}, {8}, {9}}, {3, 3, 5, 7})\n"
         "print(model:predict(tensor.new {8.75})) --> 7.0")},
    {"forest", New<ml::kForest>, "ml.forest([options]) -> estimator",
     "options: trees: 100; bootstrap: boolean, true; max_samples: all, a number, or a share below "
     "1, all; oob_score: boolean, false; and those of tree but splitter, with max_features: sqrt",
     Doc("The mean of trees that each saw other samples and features (scikit-learn's "
         "RandomForestClassifier): a tree's samples are drawn with replacement, `max_samples` "
         "times, and each split tries `max_features` features drawn anew. `oob_score = true` keeps "
         "the accuracy on samples that a tree did not draw in the field `oob_score`."),
     Doc("local x = tensor.new {{1, 2}, {2, 1}, {8, 9}, {9, 8}}\n"
         "local model = ml.forest {trees = 20, seed = 1}:fit(x, {0, 0, 1, 1})\n"
         "print(model:predict(tensor.new {9, 9})) --> 1")},
    {"forest_regressor", New<ml::kForestRegressor>, "ml.forest_regressor([options]) -> estimator",
     "options: as forest without class_weight, with criterion: squared_error, max_features: all",
     Doc("A forest of trees of values (scikit-learn's RandomForestRegressor)."),
     Doc("local x = tensor.new {{1}, {2}, {8}, {9}}\n"
         "local model = ml.forest_regressor {bootstrap = false, trees = 2}:fit(x, {3, 3, 5, 7})\n"
         "print(model:predict(tensor.new {9})) --> 7.0")},
    {"extra_trees", New<ml::kExtraTrees>, "ml.extra_trees([options]) -> estimator",
     "options: as forest, with bootstrap: false",
     Doc("Extremely randomised trees (scikit-learn's ExtraTreesClassifier): each split is the best "
         "of one random threshold per feature tried. Quick to fit, as nothing is sorted."),
     Doc("local x = tensor.new {{1, 2}, {2, 1}, {8, 9}, {9, 8}}\n"
         "local model = ml.extra_trees {trees = 20, seed = 1}:fit(x, {0, 0, 1, 1})\n"
         "print(model:predict(tensor.new {9, 9})) --> 1")},
    {"extra_trees_regressor", New<ml::kExtraTreesRegressor>,
     "ml.extra_trees_regressor([options]) -> estimator",
     "options: as extra_trees without class_weight, with criterion: squared_error, max_features: "
     "all",
     Doc("Extremely randomised trees of values (scikit-learn's ExtraTreesRegressor)."),
     Doc("local x = tensor.new {{1}, {2}, {8}, {9}}\n"
         "local model = ml.extra_trees_regressor {trees = 2}:fit(x, {3, 3, 5, 7})\n"
         "print(model:predict(tensor.new {9})) --> 7.0")},
    {"adaboost", New<ml::kAdaBoost>, "ml.adaboost([options]) -> estimator",
     "options: trees: at most, 50; rate: 1; and those of tree but splitter and leaves, with depth: "
     "1",
     Doc("Trees that vote, each grown for what those before got wrong (scikit-learn's "
         "AdaBoostClassifier with algorithm SAMME). Ends early once a tree is right everywhere, or "
         "no better than guessing."),
     Doc("local x = tensor.new {{1}, {2}, {3}, {8}, {9}}\n"
         "local model = ml.adaboost {trees = 10}:fit(x, {0, 1, 0, 1, 1})\n"
         "print(model:predict(tensor.new {{1}, {9}}):totable()[2]) --> 1")},
    {"gradient_boosting", New<ml::kGradientBoosting>,
     "ml.gradient_boosting([options]) -> estimator",
     "options: trees: for each class, 100; rate: 0.1; subsample: share of samples of each tree, 1; "
     "criterion: friedman_mse or squared_error; and those of tree but splitter and leaves, with "
     "depth: 3",
     Doc("A sum of small trees, each a step down the gradient of the loss (scikit-learn's "
         "GradientBoostingClassifier with log loss). Both criteria choose the same splits."),
     Doc("local x = tensor.new {{1, 2}, {2, 1}, {8, 9}, {9, 8}}\n"
         "local model = ml.gradient_boosting {trees = 10}:fit(x, {0, 0, 1, 1})\n"
         "print(model:predict(tensor.new {9, 9})) --> 1")},
    {"gradient_boosting_regressor", New<ml::kGradientBoostingRegressor>,
     "ml.gradient_boosting_regressor([options]) -> estimator",
     "options: as gradient_boosting without class_weight",
     Doc("The same for values (scikit-learn's GradientBoostingRegressor with squared error)."),
     Doc("local x = tensor.new {{1}, {2}, {8}, {9}}\n"
         "local model = ml.gradient_boosting_regressor {trees = 1, rate = 1}:fit(x, {3, 3, 5, 7})\n"
         "print(model:predict(tensor.new {9})) --> 7.0")},
    {"isolation_forest", New<ml::kIsolationForest>, "ml.isolation_forest([options]) -> estimator",
     "options: trees: 100; max_samples: of each tree, auto (256), a number, or a share below 1, "
     "auto; contamination: share of outliers among the samples, to 0.5, or auto, auto; seed",
     Doc("Tells anomalies by how few random splits part them from the rest (scikit-learn's "
         "IsolationForest). `score_samples` is near -1 for anomalies and above -0.5 for ordinary "
         "samples; `predict` gives -1 below the field `offset`, which is -0.5 or follows from "
         "`contamination`."),
     Doc("local x = tensor.new {{1}, {1.25}, {1.5}, {1.75}, {2}, {2.25}, {2.5}, {99}}\n"
         "local model = ml.isolation_forest {seed = 1}:fit(x)\n"
         "print(model:predict(tensor.new {{1.75}, {99}}):totable()[2]) --> -1")},
};

constexpr Entry kTreeMethodTable[] = {
    {"apply", ApplyMethod, "estimator:apply(x) -> tensor",
     "x: {samples, features} or {features}; result: int32 {samples, trees} or {trees}",
     Doc("The leaf that each sample falls into in each tree, as the row of the field `leaves` (or "
         "`leaf_codes`). Leaves of equal value are one row."),
     Doc("local model = ml.tree():fit(tensor.new {{1}, {2}, {8}, {9}}, {0, 0, 1, 1})\n"
         "local leaf = model:apply(tensor.new {9})[1]\n"
         "print(model.leaves:at(leaf, 2)) --> 1.0")},
};

}  // namespace

const std::span<const Entry> kMlTrees = kTreesTable;
const std::span<const Entry> kMlTreeMethods = kTreeMethodTable;

}  // namespace moonlet
