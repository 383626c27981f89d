// engine/ml/kinds.h - all kinds of estimators.
#pragma once
#include <span>
#include <string_view>

#include "engine/ml/estimator.h"

namespace moonlet::ml {

extern const Kind kAdaBoost;                    // adaboost.cc
extern const Kind kBayesianRidge;               // bayesian_ridge.cc
extern const Kind kBernoulliNb;                 // discrete_nb.cc
extern const Kind kCovariance;                  // covariance.cc
extern const Kind kDbscan;                      // dbscan.cc
extern const Kind kElasticNet;                  // lasso.cc
extern const Kind kEllipticEnvelope;            // elliptic_envelope.cc
extern const Kind kExtraTrees;                  // forest.cc
extern const Kind kExtraTreesRegressor;         // forest.cc
extern const Kind kForest;                      // forest.cc
extern const Kind kForestRegressor;             // forest.cc
extern const Kind kGaussianNb;                  // gaussian_nb.cc
extern const Kind kGmm;                         // gmm.cc
extern const Kind kGradientBoosting;            // gradient_boosting.cc
extern const Kind kGradientBoostingRegressor;   // gradient_boosting.cc
extern const Kind kHmm;                         // hmm.cc
extern const Kind kHuber;                       // huber.cc
extern const Kind kImputer;                     // imputer.cc
extern const Kind kIncrementalPca;              // incremental_pca.cc
extern const Kind kIsolationForest;             // isolation_forest.cc
extern const Kind kKbins;                       // kbins.cc
extern const Kind kKMeans;                      // kmeans.cc
extern const Kind kKnn;                         // knn.cc
extern const Kind kKnnRegressor;                // knn.cc
extern const Kind kLasso;                       // lasso.cc
extern const Kind kLda;                         // lda.cc
extern const Kind kLinear;                      // linear.cc
extern const Kind kLinearSvm;                   // linear_svm.cc
extern const Kind kLinearSvr;                   // linear_svm.cc
extern const Kind kLof;                         // lof.cc
extern const Kind kLogistic;                    // logistic.cc
extern const Kind kMaxabsScaler;                // maxabs_scaler.cc
extern const Kind kMiniBatchKMeans;             // minibatch_kmeans.cc
extern const Kind kMinmaxScaler;                // minmax_scaler.cc
extern const Kind kMlp;                         // mlp.cc
extern const Kind kMlpRegressor;                // mlp.cc
extern const Kind kMultinomialNb;               // discrete_nb.cc
extern const Kind kNearestCentroid;             // nearest_centroid.cc
extern const Kind kNormalizer;                  // normalizer.cc
extern const Kind kOneClassSvm;                 // svm.cc
extern const Kind kOneHot;                      // one_hot.cc
extern const Kind kOrdinal;                     // ordinal.cc
extern const Kind kPassiveAggressive;           // sgd_models.cc
extern const Kind kPassiveAggressiveRegressor;  // sgd_models.cc
extern const Kind kPca;                         // pca.cc
extern const Kind kPerceptron;                  // sgd_models.cc
extern const Kind kPolynomialFeatures;          // polynomial_features.cc
extern const Kind kQda;                         // qda.cc
extern const Kind kRadiusNeighbors;             // radius_neighbors.cc
extern const Kind kRadiusRegressor;             // radius_neighbors.cc
extern const Kind kRidge;                       // linear.cc
extern const Kind kRidgeClassifier;             // linear.cc
extern const Kind kRobustScaler;                // robust_scaler.cc
extern const Kind kSgd;                         // sgd_models.cc
extern const Kind kSgdRegressor;                // sgd_models.cc
extern const Kind kStandardScaler;              // standard_scaler.cc
extern const Kind kSvc;                         // svm.cc
extern const Kind kSvr;                         // svm.cc
extern const Kind kTree;                        // tree.cc
extern const Kind kTreeRegressor;               // tree.cc
extern const Kind kVarianceThreshold;           // variance_threshold.cc

std::span<const Kind* const> Kinds();
const Kind* FindKind(std::string_view name);

}  // namespace moonlet::ml
