// engine/ml/tree.cc - a decision tree alone (Breiman, Friedman, Olshen and Stone, 1984).
#include "engine/ml/forest.h"
#include "engine/ml/kinds.h"
#include "engine/ml/tree_options.h"

namespace moonlet::ml {
namespace tree {
namespace {

enum { kSplitter = kTreeOptions, kLeafType };
constexpr OptionSpec kOwn[] = {
    {"splitter", "", OptionType::kWord, 0, 0, 0, "best|random"},
    {"leaves", "", OptionType::kWord, 0, 0, 0, "float32|uint8"},
};
constexpr auto kOptions = TreeOptionsWith(kClassCriteria, kUnlimited, kAllFeatures, kOwn);
constexpr auto kRegressorOptions = TreeOptionsWith(kValueCriteria, kUnlimited, kAllFeatures, kOwn);

Status FitTree(const Fit& fit, State* state) {
  ForestPlan plan = {.rules = RulesOf(fit)};
  plan.rules.random_thresholds = fit.options.Word(kSplitter) == 1;
  plan.quantize = fit.options.Word(kLeafType) == 1;
  return GrowForest(fit, plan, state);
}

}  // namespace
}  // namespace tree

const Kind kTree = {
    .name = "tree",
    .sklearn = "DecisionTreeClassifier",
    .task = Task::kClassify,
    .options = tree::kOptions,
    .arrays = std::span(kForestArrays).first(kOobScore),
    .fit = tree::FitTree,
    .check = CheckForest,
    .proba = {Classes, RunForestProba, nullptr, TreeWork},
    .integers = TreesOfIntegers,
    .weights = true,
};

const Kind kTreeRegressor = {
    .name = "tree_regressor",
    .sklearn = "DecisionTreeRegressor",
    .task = Task::kRegress,
    .options = tree::kRegressorOptions,
    .arrays = std::span(kForestArrays).first(kOobScore),
    .fit = tree::FitTree,
    .check = CheckForest,
    .predict = {One, RunForestMean, nullptr, TreeWork},
    .integers = TreesOfIntegers,
    .weights = true,
};

}  // namespace moonlet::ml
