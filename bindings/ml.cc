// bindings/ml.cc - module `ml`: its parts, each in a file of its own.
#include "bindings/ml_estimator.h"
#include "bindings/ml_parts.h"
#include "bindings/ml_pipeline.h"

namespace moonlet {
namespace {

const std::span<const Entry> kMlParts[] = {
    kMlBayes,          kMlChanges,       kMlClusters, kMlEstimators, kMlFiles,
    kMlHashing,        kMlLabelEncoder,  kMlLinear,   kMlMetrics,    kMlMetricsClusters,
    kMlMetricsRanking, kMlMetricsValues, kMlMixture,  kMlMlp,        kMlNeighbours,
    kMlPipelines,      kMlPreparation,   kMlReport,   kMlSelection,  kMlSvm,
    kMlTrees,          kMlTreesCsv,
};
constexpr const Class* kMlClasses[] = {
    &kEstimatorClass,    &kDetectorClass, &kHasherClass,
    &kLabelEncoderClass, &kPipelineClass, &kWelfordClass,
};

}  // namespace

extern const Module kMlModule;
const Module kMlModule = {
    "ml",
    Doc("Classical machine learning: classifiers, regressors, clusters, anomalies and what "
        "prepares samples, fitted and used on host and device, with scikit-learn's answers."),
    kMlParts, kMlClasses, nullptr};

}  // namespace moonlet
