#include "engine/ml/kinds.h"

namespace moonlet::ml {
namespace {

constexpr const Kind* kKinds[] = {
    &kAdaBoost,
    &kBayesianRidge,
    &kBernoulliNb,
    &kCovariance,
    &kDbscan,
    &kElasticNet,
    &kEllipticEnvelope,
    &kExtraTrees,
    &kExtraTreesRegressor,
    &kForest,
    &kForestRegressor,
    &kGaussianNb,
    &kGmm,
    &kGradientBoosting,
    &kGradientBoostingRegressor,
    &kHmm,
    &kHuber,
    &kImputer,
    &kIncrementalPca,
    &kIsolationForest,
    &kKbins,
    &kKMeans,
    &kKnn,
    &kKnnRegressor,
    &kLasso,
    &kLda,
    &kLinear,
    &kLinearSvm,
    &kLinearSvr,
    &kLof,
    &kLogistic,
    &kMaxabsScaler,
    &kMiniBatchKMeans,
    &kMinmaxScaler,
    &kMlp,
    &kMlpRegressor,
    &kMultinomialNb,
    &kNearestCentroid,
    &kNormalizer,
    &kOneClassSvm,
    &kOneHot,
    &kOrdinal,
    &kPassiveAggressive,
    &kPassiveAggressiveRegressor,
    &kPca,
    &kPerceptron,
    &kPolynomialFeatures,
    &kQda,
    &kRadiusNeighbors,
    &kRadiusRegressor,
    &kRidge,
    &kRidgeClassifier,
    &kRobustScaler,
    &kSgd,
    &kSgdRegressor,
    &kStandardScaler,
    &kSvc,
    &kSvr,
    &kTree,
    &kTreeRegressor,
    &kVarianceThreshold,
};

}  // namespace

std::span<const Kind* const> Kinds() { return kKinds; }

const Kind* FindKind(std::string_view name) {
  for (const Kind* kind : kKinds)
    if (name == kind->name) return kind;
  return nullptr;
}

}  // namespace moonlet::ml
