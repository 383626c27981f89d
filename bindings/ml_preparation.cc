// bindings/ml_preparation.cc - constructors of what prepares samples.
#include "bindings/ml_estimator.h"
#include "bindings/ml_parts.h"
#include "engine/ml/kinds.h"

namespace moonlet {
namespace {

constexpr Entry kPreparationTable[] = {
    {"imputer", New<ml::kImputer>, "ml.imputer([options]) -> estimator",
     "options: strategy: \"mean\", \"median\", \"most_frequent\" or \"constant\", \"mean\"; fill: "
     "number for \"constant\", 0",
     Doc("Puts a number in place of each NaN (scikit-learn's SimpleImputer): what the feature's "
         "other samples have on average, in the middle or most often, or always the same. Raises "
         "at the fit for a feature that has nothing but NaN."),
     Doc("local x = tensor.new {{1}, {0 / 0}, {3}}\n"
         "print(ml.imputer():fit(x):transform(x):at(2, 1)) --> 2.0")},
    {"incremental_pca", New<ml::kIncrementalPca>, "ml.incremental_pca([options]) -> estimator",
     "options: components: integer >= 1 or \"all\", \"all\"; whiten: boolean, false; batch: "
     "samples taken at once by fit, \"auto\" (5 for each feature)",
     Doc("Principal component analysis of samples that come in parts (scikit-learn's "
         "IncrementalPCA): `partial_fit` takes a part, of no fewer samples than components; `fit` "
         "goes through all in batches."),
     Doc("local pca = ml.incremental_pca{components = 1}\n"
         "pca:partial_fit(tensor.new {{0, 0}, {0, 2}})\n"
         "print(pca:partial_fit(tensor.new {{0, 4}, {0, 6}}):transform(tensor.new {9, 4})[1]) --> "
         "1.0")},
    {"kbins", New<ml::kKbins>, "ml.kbins([options]) -> estimator",
     "options: bins: integer >= 2, 5; encode: \"onehot\" or \"ordinal\", \"onehot\"; strategy: "
     "\"quantile\" or \"uniform\", \"quantile\"",
     Doc("The bin that each number falls into (scikit-learn's KBinsDiscretizer), as columns of 0 "
         "and 1 or as a number from 0. Bins hold equally many samples or are equally wide. "
         "`inverse_transform` gives the middle of a bin."),
     Doc("local bins = ml.kbins{bins = 2, encode = \"ordinal\", strategy = \"uniform\"}\n"
         "print(bins:fit(tensor.new {{0}, {1}, {4}}):transform(tensor.new {3})[1]) --> 1.0")},
    {"maxabs_scaler", New<ml::kMaxabsScaler>, "ml.maxabs_scaler() -> estimator", "",
     Doc("Features divided by their largest magnitude (scikit-learn's MaxAbsScaler); 0 stays 0. "
         "Learns in parts too."),
     Doc("local x = tensor.new {{1}, {-4}}\n"
         "print(ml.maxabs_scaler():fit(x):transform(x):at(1, 1)) --> 0.25")},
    {"minmax_scaler", New<ml::kMinmaxScaler>, "ml.minmax_scaler([options]) -> estimator",
     "options: low: number, 0; high: number, 1; clip: boolean, false",
     Doc("Features to the range from `low` to `high` (scikit-learn's MinMaxScaler). New samples "
         "may lie outside unless `clip`. Learns in parts too."),
     Doc("local x = tensor.new {{1}, {3}}\n"
         "print(ml.minmax_scaler():fit(x):transform(tensor.new {2.5})[1]) --> 0.75")},
    {"normalizer", New<ml::kNormalizer>, "ml.normalizer([options]) -> estimator",
     "options: norm: \"l2\", \"l1\" or \"max\", \"l2\"",
     Doc("Each sample by itself to length 1 (scikit-learn's Normalizer); one of zeros stays."),
     Doc("local x = tensor.new {{3, 4}}\n"
         "print(ml.normalizer{norm = \"max\"}:fit(x):transform(x):at(1, 1)) --> 0.75")},
    {"one_hot", New<ml::kOneHot>, "ml.one_hot([options]) -> estimator",
     "options: unknown: \"error\" or \"ignore\", \"error\"; drop: \"none\", \"first\" or "
     "\"if_binary\", \"none\"",
     Doc("A column of 0 and 1 for each value that a feature takes (scikit-learn's OneHotEncoder). "
         "`transform` raises for a value that the fit did not see, or gives zeros for it. `drop` "
         "leaves the first column of each feature out, or that of features of two values."),
     Doc("local x = tensor.new {{5}, {7}, {9}}\n"
         "print(ml.one_hot():fit(x):transform(tensor.new {7})) --> tensor float32 {3}\n"
         "--> [0., 1., 0.]")},
    {"ordinal", New<ml::kOrdinal>, "ml.ordinal([options]) -> estimator",
     "options: unknown: \"error\" or \"value\", \"error\"; value: number, -1",
     Doc("Each value as its place among those the feature takes, from 0 (scikit-learn's "
         "OrdinalEncoder). `transform` raises for a value that the fit did not see, or gives "
         "`value` for it."),
     Doc("local x = tensor.new {{5}, {7}, {9}}\n"
         "print(ml.ordinal():fit(x):transform(tensor.new {7})[1]) --> 1.0")},
    {"pca", New<ml::kPca>, "ml.pca([options]) -> estimator",
     "options: components: integer >= 1, share of the variance below 1, or \"all\", \"all\"; "
     "whiten: boolean, false",
     Doc("Principal component analysis (scikit-learn's PCA): samples along the directions in which "
         "they vary most. `components` says how many, or how much of the variance they explain; "
         "`whiten` gives each the variance 1. `score_samples` is the log-likelihood of a normal "
         "distribution with these axes. Raises for more components than samples or features."),
     Doc("local pca = ml.pca{components = 1}:fit(tensor.new {{0, 0}, {0, 2}, {0, 7}})\n"
         "print(pca:transform(tensor.new {7, 4})[1]) --> 1.0")},
    {"polynomial_features", New<ml::kPolynomialFeatures>,
     "ml.polynomial_features([options]) -> estimator",
     "options: degree: integer >= 1, 2; interaction_only: boolean, false; bias: boolean, true",
     Doc("All products of features up to a degree, in scikit-learn's order (PolynomialFeatures): "
         "of a and b 1, a, b, a*a, a*b, b*b. `interaction_only` leaves out those with a feature "
         "twice, `bias = false` the 1."),
     Doc("local x = tensor.new {{2, 3}}\n"
         "print(ml.polynomial_features():fit(x):transform(x[1])) --> tensor float32 {6}\n"
         "--> [1., 2., 3., 4., 6., 9.]")},
    {"robust_scaler", New<ml::kRobustScaler>, "ml.robust_scaler([options]) -> estimator",
     "options: center: boolean, true; scale: boolean, true; low: percent, 25; high: percent, 75",
     Doc("Features less their median, by the range between two percentiles (scikit-learn's "
         "RobustScaler): outliers hardly count."),
     Doc("local x = tensor.new {{1}, {2}, {3}, {4}, {99}}\n"
         "print(ml.robust_scaler():fit(x):transform(tensor.new {5})[1]) --> 1.0")},
    {"standard_scaler", New<ml::kStandardScaler>, "ml.standard_scaler([options]) -> estimator",
     "options: mean: boolean, true; std: boolean, true",
     Doc("Features to mean 0 and variance 1 (scikit-learn's StandardScaler); constant ones keep "
         "their scale. Learns in parts too."),
     Doc("local x = tensor.new {{1, 10}, {3, 30}}\n"
         "print(ml.standard_scaler():fit(x):transform(x):at(2, 2)) --> 1.0")},
    {"variance_threshold", New<ml::kVarianceThreshold>,
     "ml.variance_threshold([options]) -> estimator", "options: threshold: number >= 0, 0",
     Doc("Leaves out the features whose variance is not above `threshold` (scikit-learn's "
         "VarianceThreshold): by default the constant ones."),
     Doc("local x = tensor.new {{1, 5}, {2, 5}}\n"
         "print(ml.variance_threshold():fit(x):transform(x).shape[2]) --> 1")},
};

}  // namespace

const std::span<const Entry> kMlPreparation = kPreparationTable;

}  // namespace moonlet
