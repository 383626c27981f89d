// bindings/ml_parts.h - what module `ml` is put together from.
#pragma once
#include <span>

#include "bindings/registry.h"

namespace moonlet {

extern const std::span<const Entry> kMlBayes;            // ml_bayes.cc
extern const std::span<const Entry> kMlChanges;          // ml_changes.cc
extern const std::span<const Entry> kMlClusters;         // ml_clusters.cc
extern const std::span<const Entry> kMlEstimators;       // ml_estimator.cc: any kind by its name
extern const std::span<const Entry> kMlFiles;            // ml_file.cc
extern const std::span<const Entry> kMlHashing;          // ml_hashing.cc
extern const std::span<const Entry> kMlLabelEncoder;     // ml_label_encoder.cc
extern const std::span<const Entry> kMlLinear;           // ml_linear.cc
extern const std::span<const Entry> kMlMetrics;          // ml_metrics.cc
extern const std::span<const Entry> kMlMetricsClusters;  // ml_metrics_clusters.cc
extern const std::span<const Entry> kMlMetricsRanking;   // ml_metrics_ranking.cc
extern const std::span<const Entry> kMlMetricsValues;    // ml_metrics_values.cc
extern const std::span<const Entry> kMlMixture;          // ml_mixture.cc
extern const std::span<const Entry> kMlMlp;              // ml_mlp.cc
extern const std::span<const Entry> kMlNeighbours;       // ml_neighbours.cc
extern const std::span<const Entry> kMlPipelines;        // ml_pipeline.cc
extern const std::span<const Entry> kMlPreparation;      // ml_preparation.cc
extern const std::span<const Entry> kMlReport;           // ml_report.cc
extern const std::span<const Entry> kMlSelection;        // ml_selection.cc
extern const std::span<const Entry> kMlSvm;              // ml_svm.cc
extern const std::span<const Entry> kMlTrees;            // ml_trees.cc
extern const std::span<const Entry> kMlTreesCsv;         // ml_trees_csv.cc

// Methods of estimators.
extern const std::span<const Entry> kMlApplyMethods;      // ml_apply.cc
extern const std::span<const Entry> kMlClusterMethods;    // ml_clusters.cc
extern const std::span<const Entry> kMlFieldMethods;      // ml_estimator.cc
extern const std::span<const Entry> kMlFitMethods;        // ml_fit.cc
extern const std::span<const Entry> kMlLinearMethods;     // ml_linear.cc
extern const std::span<const Entry> kMlMixtureMethods;    // ml_mixture.cc
extern const std::span<const Entry> kMlMlpMethods;        // ml_mlp.cc
extern const std::span<const Entry> kMlNeighbourMethods;  // ml_neighbours.cc
extern const std::span<const Entry> kMlTreeMethods;       // ml_trees.cc

// Classes beside the estimator's and the pipeline's.
extern const Class kDetectorClass;      // ml_changes.cc
extern const Class kHasherClass;        // ml_hashing.cc
extern const Class kLabelEncoderClass;  // ml_label_encoder.cc
extern const Class kWelfordClass;       // ml_changes.cc

// Metamethods of estimators, ended by {nullptr, nullptr}.
extern const luaL_Reg kMlNeighbourMetamethods[];  // ml_neighbours.cc

}  // namespace moonlet
