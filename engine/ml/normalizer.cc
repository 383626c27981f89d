// engine/ml/normalizer.cc - each sample to length 1.
#include <algorithm>
#include <cmath>

#include "engine/ml/kinds.h"

namespace moonlet::ml {
namespace normalizer {
namespace {

enum { kNorm };
enum { kL2, kL1, kMax };
constexpr OptionSpec kOptions[] = {
    {"norm", "", OptionType::kWord, kL2, 0, 0, "l2|l1|max"},
};

// Nothing is learnt but the number of features.
Status FitNothing(const Fit&, State*) { return {}; }

double LengthOf(const float* row, Index width, int norm) {
  double sum = 0, largest = 0;
  for (Index j = 0; j < width; ++j) {
    const double v = std::fabs(row[j]);
    sum += norm == kL2 ? v * v : v;
    largest = std::max(largest, v);
  }
  if (norm == kMax) return largest;
  return norm == kL2 ? std::sqrt(sum) : sum;
}

void RunTransform(const Estimator& e, const Samples& x, double* out, double*) {
  for (Index i = 0; i < x.count; ++i, out += x.width) {
    const double length = LengthOf(x.row(i), x.width, e.options.Word(kNorm));
    const double by = length == 0 ? 1 : length;
    for (Index j = 0; j < x.width; ++j) out[j] = x.row(i)[j] / by;
  }
}

}  // namespace
}  // namespace normalizer

const Kind kNormalizer = {
    .name = "normalizer",
    .sklearn = "Normalizer",
    .task = Task::kTransform,
    .options = normalizer::kOptions,
    .arrays = {},
    .fit = normalizer::FitNothing,
    .transform = {Features, normalizer::RunTransform},
};

}  // namespace moonlet::ml
