// engine/ml/ordinal.cc - each category as its position among those of its feature, from 0.
#include <cmath>

#include "engine/ml/categories.h"
#include "engine/ml/kinds.h"

namespace moonlet::ml {
namespace ordinal {
namespace {

enum { kUnknown, kUnknownValue };
enum { kError, kValue };
constexpr OptionSpec kOptions[] = {
    {"unknown", "handle_unknown", OptionType::kWord, kError, 0, 0, "error|value"},
    {"value", "unknown_value", OptionType::kNumber, -1, -1e30f, 1e30f},
};

Status CheckSamples(const Estimator& e, const Samples& x) {
  return e.options.Word(kUnknown) == kError ? CheckKnown(e, x) : Status();
}

void RunTransform(const Estimator& e, const Samples& x, double* out, double*) {
  CategoryWalk walk(e);
  for (Index j = 0; j < x.width; ++j) {
    const Categories categories = walk.Next();
    for (Index i = 0; i < x.count; ++i) {
      const Index found = categories.Find(x.row(i)[j]);
      out[i * x.width + j] = found >= 0 ? static_cast<double>(found) : e.number(kUnknownValue);
    }
  }
}

// NaN for what is no category's position.
void RunInverse(const Estimator& e, const Samples& x, double* out, double*) {
  CategoryWalk walk(e);
  for (Index j = 0; j < x.width; ++j) {
    const Categories categories = walk.Next();
    for (Index i = 0; i < x.count; ++i) {
      const Index found = categories.Nearest(x.row(i)[j]);
      out[i * x.width + j] = found >= 0 ? categories.values[found] : NAN;
    }
  }
}

}  // namespace
}  // namespace ordinal

const Kind kOrdinal = {
    .name = "ordinal",
    .sklearn = "OrdinalEncoder",
    .task = Task::kTransform,
    .options = ordinal::kOptions,
    .arrays = kCategoryArrays,
    .fit = FitCategories,
    .check = CheckCategories,
    .transform = {Features, ordinal::RunTransform, nullptr, nullptr, ordinal::CheckSamples},
    .inverse = {Features, ordinal::RunInverse},
};

}  // namespace moonlet::ml
