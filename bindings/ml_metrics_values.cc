// bindings/ml_metrics_values.cc - how far predicted values are from the true ones.
#include "bindings/ml_metrics.h"
#include "bindings/ml_parts.h"
#include "engine/ml/metrics_values.h"

#include <cmath>

namespace moonlet {
namespace {

// Arguments: true values, predicted ones.
ml::Values CheckValues(lua_State* L, const OptionTable* options) {
  const std::span<const double> truth = CheckNumbers(L, 1, -1);
  const auto n = static_cast<Index>(truth.size());
  const std::span<const double> predicted = CheckNumbers(L, 2, n);
  return {truth.data(), predicted.data(), n,
          options != nullptr ? SampleWeights(L, *options, n) : nullptr};
}

template <double (*kMetric)(const ml::Values&)>
int Metric(lua_State* L) {
  lua_settop(L, 3);
  static constexpr const char* kNames[] = {"weights"};
  const OptionTable options(L, 3, kNames);
  lua_pushnumber(L, kMetric(CheckValues(L, &options)));
  return 1;
}

int MeanSquaredError(lua_State* L) {
  lua_settop(L, 3);
  static constexpr const char* kNames[] = {"weights", "squared"};
  const OptionTable options(L, 3, kNames);
  const bool squared = options.Boolean("squared", true);
  const double error = ml::MeanSquaredError(CheckValues(L, &options));
  lua_pushnumber(L, squared ? error : std::sqrt(error));
  return 1;
}

int MedianAbsoluteError(lua_State* L) {
  lua_settop(L, 2);
  const ml::Values v = CheckValues(L, nullptr);
  lua_pushnumber(L, ml::MedianAbsoluteError(v, PushRoom<double>(L, v.count)));
  return 1;
}

int MaxError(lua_State* L) {
  lua_settop(L, 2);
  lua_pushnumber(L, ml::MaxError(CheckValues(L, nullptr)));
  return 1;
}

constexpr Entry kValuesTable[] = {
    {"explained_variance_score", Metric<ml::ExplainedVariance>,
     "ml.explained_variance_score(y, predicted [, options]) -> number",
     "y, predicted: values {samples}; options: weights: {samples}",
     Doc("The share of the variance that is predicted; a constant error does not count."),
     Doc("print(ml.explained_variance_score({1, 2, 3}, {2, 3, 4})) --> 1.0")},
    {"max_error", MaxError, "ml.max_error(y, predicted) -> number",
     "y, predicted: values {samples}", Doc("The largest error."),
     Doc("print(ml.max_error({1, 2, 3}, {1, 2, 5})) --> 2.0")},
    {"mean_absolute_error", Metric<ml::MeanAbsoluteError>,
     "ml.mean_absolute_error(y, predicted [, options]) -> number",
     "y, predicted: values {samples}; options: weights: {samples}", Doc("The mean of |error|."),
     Doc("print(ml.mean_absolute_error({1, 2}, {1, 5})) --> 1.5")},
    {"mean_absolute_percentage_error", Metric<ml::MeanAbsolutePercentageError>,
     "ml.mean_absolute_percentage_error(y, predicted [, options]) -> number",
     "y, predicted: values {samples}; options: weights: {samples}; result: 1 is 100 percent",
     Doc("The mean of |error / true value|; a true value of 0 counts as 2^-52."),
     Doc("print(ml.mean_absolute_percentage_error({2, 4}, {1, 4})) --> 0.25")},
    {"mean_squared_error", MeanSquaredError,
     "ml.mean_squared_error(y, predicted [, options]) -> number",
     "y, predicted: values {samples}; options: weights: {samples}; squared: boolean, true",
     Doc("The mean of error squared, or its square root without `squared`."),
     Doc("print(ml.mean_squared_error({1, 2}, {1, 4})) --> 2.0")},
    {"median_absolute_error", MedianAbsoluteError,
     "ml.median_absolute_error(y, predicted) -> number", "y, predicted: values {samples}",
     Doc("The median of |error|."),
     Doc("print(ml.median_absolute_error({1, 2, 3}, {1, 5, 4})) --> 1.0")},
    {"r2_score", Metric<ml::R2>, "ml.r2_score(y, predicted [, options]) -> number",
     "y, predicted: values {samples}; options: weights: {samples}",
     Doc("The coefficient of determination: 1 for no error, 0 for no better than the mean, less "
         "for worse. Constant true values give 1 when they are met, else 0."),
     Doc("print(ml.r2_score({1, 2, 3}, {2, 2, 2})) --> 0.0")},
};

}  // namespace

const std::span<const Entry> kMlMetricsValues = kValuesTable;

}  // namespace moonlet
