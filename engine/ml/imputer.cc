// engine/ml/imputer.cc - numbers in place of NaN, one for each feature.
#include <cmath>

#include "engine/ml/buffer.h"
#include "engine/ml/columns.h"
#include "engine/ml/kinds.h"

namespace moonlet::ml {
namespace imputer {
namespace {

enum { kStrategy, kFill };
enum { kMean, kMedian, kMostFrequent, kConstant };
constexpr OptionSpec kOptions[] = {
    {"strategy", "", OptionType::kWord, kMean, 0, 0, "mean|median|most_frequent|constant"},
    {"fill", "fill_value", OptionType::kNumber, 0, -1e30f, 1e30f},
};

enum { kStatistics };
constexpr ArraySpec kArrays[] = {{"statistics", DType::kFloat64, "f"}};

double MeanOf(const Samples& x, Index j, Index n) {
  double sum = 0;
  for (Index i = 0; i < x.count; ++i)
    if (!std::isnan(x.row(i)[j])) sum += x.row(i)[j];
  return sum / static_cast<double>(n);
}

// Of values that are met equally often the least.
double MostFrequentOf(const double* sorted, Index n) {
  double best = sorted[0];
  Index most = 0;
  for (Index i = 0, run = 0; i < n; ++i) {
    run = i > 0 && sorted[i] == sorted[i - 1] ? run + 1 : 1;
    if (run <= most) continue;
    most = run;
    best = sorted[i];
  }
  return best;
}

Status FitImputer(const Fit& fit, State* state) {
  if (Status s = MakeVectors(state, {kStatistics}, fit.x.width); !s.ok()) return s;
  Buffer<double> column(fit.work.memory, fit.x.count);
  if (!column.ok()) return column.Refusal();
  const int strategy = fit.options.Word(kStrategy);
  for (Index j = 0; j < fit.x.width; ++j) {
    if (Status s = fit.work.Poll(); !s.ok()) return s;
    double& value = state->own<double>(kStatistics)[j];
    value = fit.options.Number(kFill);
    if (strategy == kConstant) continue;
    const Index n = SortedColumn(fit.x, j, column.data());
    if (n == 0) return Status::Invalid("feature %td has nothing but NaN", j + 1);
    if (strategy == kMean) value = MeanOf(fit.x, j, n);
    if (strategy == kMedian) value = QuantileOf(column.data(), n, 0.5);
    if (strategy == kMostFrequent) value = MostFrequentOf(column.data(), n);
  }
  return {};
}

void RunTransform(const Estimator& e, const Samples& x, double* out, double*) {
  const double* value = e.state.get<double>(kStatistics);
  for (Index i = 0; i < x.count; ++i, out += x.width)
    for (Index j = 0; j < x.width; ++j) out[j] = std::isnan(x.row(i)[j]) ? value[j] : x.row(i)[j];
}

}  // namespace
}  // namespace imputer

const Kind kImputer = {
    .name = "imputer",
    .sklearn = "SimpleImputer",
    .task = Task::kTransform,
    .options = imputer::kOptions,
    .arrays = imputer::kArrays,
    .fit = imputer::FitImputer,
    .transform = {Features, imputer::RunTransform},
    .nan = true,
};

}  // namespace moonlet::ml
