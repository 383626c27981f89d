#include "engine/ml/tree_options.h"

#include "engine/base/libm.h"

namespace moonlet::ml {
namespace {

Index FeaturesTried(double option, Index features) {
  if (option == kAllFeatures) return features;
  const auto count = static_cast<double>(features);
  if (option >= 0) return CountOf(option, features);
  const double some = option == kSqrtFeatures ? std::sqrt(count) : moonlet_log2(count);
  return CountOf(std::fmax(std::floor(some), 1.0), features);
}

}  // namespace

GrowRules RulesOf(const Fit& fit) {
  const Options& options = fit.options;
  GrowRules rules;
  rules.criterion = fit.targets != nullptr              ? Criterion::kSquares
                    : options.Word(kTreeCriterion) == 0 ? Criterion::kGini
                                                        : Criterion::kEntropy;
  if (options.Number(kTreeDepth) > 0) rules.depth = options.Whole(kTreeDepth);
  rules.min_split = static_cast<Index>(options.Whole(kTreeMinSplit));
  rules.min_leaf = static_cast<Index>(options.Whole(kTreeMinLeaf));
  rules.max_features = FeaturesTried(options.Number(kTreeMaxFeatures), fit.x.width);
  if (options.Number(kTreeMaxLeaves) > 0)
    rules.max_leaves = static_cast<Index>(options.Whole(kTreeMaxLeaves));
  rules.min_decrease = options.Number(kTreeMinDecrease);
  rules.ccp_alpha = options.Number(kTreeCcpAlpha);
  return rules;
}

}  // namespace moonlet::ml
