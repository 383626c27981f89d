// engine/ml/one_hot.cc - a column of 0 and 1 for each category of each feature.
#include <algorithm>
#include <cmath>

#include "engine/ml/categories.h"
#include "engine/ml/kinds.h"

namespace moonlet::ml {
namespace one_hot {
namespace {

enum { kUnknown, kDrop };
enum { kError, kIgnore };
enum { kNone, kFirst, kIfBinary };
constexpr OptionSpec kOptions[] = {
    {"unknown", "handle_unknown", OptionType::kWord, kError, 0, 0, "error|ignore"},
    {"drop", "", OptionType::kWord, kNone, 0, 0, "none|first|if_binary"},
};

// How many of a feature's categories, from the first on, have no column: 0 or 1.
Index Dropped(const Options& options, Index categories) {
  const int drop = options.Word(kDrop);
  return drop == kFirst || (drop == kIfBinary && categories == 2) ? 1 : 0;
}

Index Width(const Estimator& e) {
  Index width = 0;
  CategoryWalk walk(e);
  for (Index j = 0; j < e.features; ++j) {
    const Index count = walk.Next().count;
    width += count - Dropped(e.options, count);
  }
  return width;
}

Status FitOneHot(const Fit& fit, State* state) {
  if (Status s = FitCategories(fit, state); !s.ok()) return s;
  const auto* count = state->get<int32_t>(kCategoryCounts);
  for (Index j = 0; j < fit.x.width; ++j)
    if (count[j] > Dropped(fit.options, count[j])) return {};
  return Status::Invalid("every feature is constant, and its only category dropped");
}

Status Check(const Estimator& e) {
  if (Status s = CheckCategories(e); !s.ok()) return s;
  return Width(e) > 0 ? Status() : Status::Invalid("no column is left");
}

Status CheckSamples(const Estimator& e, const Samples& x) {
  return e.options.Word(kUnknown) == kError ? CheckKnown(e, x) : Status();
}

void RunTransform(const Estimator& e, const Samples& x, double* out, double*) {
  const Index width = Width(e);
  std::fill_n(out, x.count * width, 0.0);
  CategoryWalk walk(e);
  for (Index j = 0; j < x.width; ++j) {
    const Categories categories = walk.Next();
    const Index dropped = Dropped(e.options, categories.count);
    for (Index i = 0; i < x.count; ++i) {
      const Index found = categories.Find(x.row(i)[j]);
      if (found >= dropped) out[i * width + found - dropped] = 1;
    }
    out += categories.count - dropped;
  }
}

// The category of the largest column; without any above 0 the one dropped, or NaN.
void RunInverse(const Estimator& e, const Samples& x, double* out, double*) {
  Index first = 0;
  CategoryWalk walk(e);
  for (Index j = 0; j < e.features; ++j) {
    const Categories categories = walk.Next();
    const Index dropped = Dropped(e.options, categories.count);
    const Index columns = categories.count - dropped;
    for (Index i = 0; i < x.count; ++i) {
      const float* row = x.row(i) + first;
      const float* largest = std::max_element(row, row + columns);
      double value = dropped > 0 ? categories.values[0] : NAN;
      if (columns > 0 && *largest > 0) value = categories.values[largest - row + dropped];
      out[i * e.features + j] = value;
    }
    first += columns;
  }
}

}  // namespace
}  // namespace one_hot

const Kind kOneHot = {
    .name = "one_hot",
    .sklearn = "OneHotEncoder",
    .task = Task::kTransform,
    .options = one_hot::kOptions,
    .arrays = kCategoryArrays,
    .fit = one_hot::FitOneHot,
    .check = one_hot::Check,
    .transform = {one_hot::Width, one_hot::RunTransform, nullptr, nullptr, one_hot::CheckSamples},
    .inverse = {Features, one_hot::RunInverse},
};

}  // namespace moonlet::ml
