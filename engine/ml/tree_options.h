// engine/ml/tree_options.h - options that all kinds of grown trees have, ahead of their own.
#pragma once
#include <array>
#include <cmath>

#include "engine/ml/grow.h"
#include "engine/ml/options.h"

namespace moonlet::ml {

enum TreeOption {
  kTreeCriterion,
  kTreeDepth,
  kTreeMinSplit,
  kTreeMinLeaf,
  kTreeMaxFeatures,
  kTreeMaxLeaves,
  kTreeMinDecrease,
  kTreeCcpAlpha,
  kTreeSeed,
  kTreeOptions,  // their number: the first of a kind's own
};

// Values of the words of an option that is a number otherwise.
inline constexpr double kAllFeatures = -1, kSqrtFeatures = -2, kUnlimited = -1;
inline constexpr char kClassCriteria[] = "gini|entropy";
inline constexpr char kValueCriteria[] = "squared_error";

template <size_t kOwn>
constexpr std::array<OptionSpec, kTreeOptions + kOwn> TreeOptionsWith(
    const char* criteria, double depth, double max_features, const OptionSpec (&own)[kOwn]) {
  constexpr float kMost = 1e9f;
  std::array<OptionSpec, kTreeOptions + kOwn> all = {{
      {"criterion", "", OptionType::kWord, 0, 0, 0, criteria},
      {"depth", "max_depth", OptionType::kWhole, depth, 1, 1e6f, "none"},
      {"min_split", "min_samples_split", OptionType::kWhole, 2, 2, kMost},
      {"min_leaf", "min_samples_leaf", OptionType::kWhole, 1, 1, kMost},
      {"max_features", "", OptionType::kNumber, max_features, 0, kMost, "all|sqrt|log2"},
      {"max_leaves", "max_leaf_nodes", OptionType::kWhole, kUnlimited, 2, kMost, "none"},
      {"min_decrease", "min_impurity_decrease", OptionType::kNumber, 0, 0, kMost},
      {"ccp_alpha", "", OptionType::kNumber, 0, 0, kMost},
      {"seed", "random_state", OptionType::kSeed},
  }};
  for (size_t i = 0; i < kOwn; ++i) all[kTreeOptions + i] = own[i];
  return all;
}

// A number of at least 1 as it is; one below 1 as a share of `all`, at least 1 of them.
inline Index CountOf(double number, Index all) {
  const double count = number < 1 ? std::floor(number * static_cast<double>(all)) : number;
  return static_cast<Index>(std::fmin(std::fmax(count, 1.0), static_cast<double>(all)));
}

GrowRules RulesOf(const Fit& fit);

}  // namespace moonlet::ml
