// engine/ml/polynomial_features.cc - products of features up to a degree, in scikit-learn's order:
// by degree, then as combinations are counted.
#include "engine/ml/buffer.h"
#include "engine/ml/kinds.h"

namespace moonlet::ml {
namespace polynomial_features {
namespace {

enum { kDegree, kInteractionOnly, kBias };
constexpr OptionSpec kOptions[] = {
    {"degree", "", OptionType::kWhole, 2, 1, 20},
    {"interaction_only", "", OptionType::kFlag, 0},
    {"bias", "include_bias", OptionType::kFlag, 1},
};

// A column is an earlier column times a feature, both from 0. Column -1 stands for 1, so does
// feature -1.
enum { kParents, kFactors };
constexpr ArraySpec kArrays[] = {
    {"parents", DType::kInt32, "o"},
    {"factors", DType::kInt32, "o"},
};

// More columns than anyone fits a model on.
constexpr Index kMostColumns = 1000000;

// How many there are to be, or more than kMostColumns: products of `degree` features are
// combinations, with repetition unless each counts once.
double CountColumns(double features, int64_t degree, bool once) {
  double sum = 1, products = 1;
  for (int64_t d = 1; d <= degree && sum <= kMostColumns; ++d) {
    const auto k = static_cast<double>(d);
    products *= (once ? features - k + 1 : features + k - 1) / k;
    sum += products;
    if (products <= 0) break;
  }
  return sum;
}

struct Column {
  int32_t parent, factor;
};

// The columns of one degree more than those from `first` to `end`: each times the features from its
// last one on, or after it.
Status AddDegree(const Fit& fit, Index first, Index end, List<Column>* columns) {
  const int32_t step = fit.options.Flag(kInteractionOnly) ? 1 : 0;
  const auto features = static_cast<int32_t>(fit.x.width);
  for (Index i = first; i < end; ++i) {
    if (Status s = fit.work.Poll(); !s.ok()) return s;
    for (int32_t j = (*columns)[i].factor + step; j < features; ++j) {
      if (!columns->Add({static_cast<int32_t>(i), j})) return columns->Refusal();
    }
  }
  return {};
}

Status FitColumns(const Fit& fit, State* state) {
  const int64_t most_degree = fit.options.Whole(kDegree);
  if (CountColumns(static_cast<double>(fit.x.width), most_degree,
                   fit.options.Flag(kInteractionOnly)) > kMostColumns)
    return Status::Invalid("%td features to degree %d give more than %td columns", fit.x.width,
                           static_cast<int>(most_degree), kMostColumns);
  List<Column> columns(fit.work.memory);
  if (fit.options.Flag(kBias) && !columns.Add({-1, -1})) return columns.Refusal();
  Index first = columns.size();
  for (int32_t j = 0; j < static_cast<int32_t>(fit.x.width); ++j)
    if (!columns.Add({-1, j})) return columns.Refusal();
  for (int64_t degree = 2; degree <= most_degree; ++degree) {
    const Index end = columns.size();
    if (Status s = AddDegree(fit, first, end, &columns); !s.ok()) return s;
    first = end;
  }
  for (const int array : {kParents, kFactors})
    if (Status s = state->Make(array, DType::kInt32, {columns.size()}); !s.ok()) return s;
  for (Index i = 0; i < columns.size(); ++i) {
    state->own<int32_t>(kParents)[i] = columns[i].parent;
    state->own<int32_t>(kFactors)[i] = columns[i].factor;
  }
  return {};
}

Index Width(const Estimator& e) { return e.state[kParents].dim(0); }

Status Check(const Estimator& e) {
  if (Width(e) < 1) return Status::Invalid("no columns");
  for (Index i = 0; i < Width(e); ++i) {
    const Index parent = e.state.get<int32_t>(kParents)[i];
    const Index factor = e.state.get<int32_t>(kFactors)[i];
    if (parent < -1 || parent >= i || factor < -1 || factor >= e.features)
      return Status::Invalid("column %td is column %td times feature %td", i + 1, parent + 1,
                             factor + 1);
  }
  return {};
}

void RunTransform(const Estimator& e, const Samples& x, double* out, double*) {
  const Index width = Width(e);
  const auto* parent = e.state.get<int32_t>(kParents);
  const auto* factor = e.state.get<int32_t>(kFactors);
  for (Index i = 0; i < x.count; ++i, out += width) {
    const float* row = x.row(i);
    for (Index c = 0; c < width; ++c) {
      const double feature = factor[c] >= 0 ? row[factor[c]] : 1.0;
      out[c] = parent[c] >= 0 ? out[parent[c]] * feature : feature;
    }
  }
}

}  // namespace
}  // namespace polynomial_features

const Kind kPolynomialFeatures = {
    .name = "polynomial_features",
    .sklearn = "PolynomialFeatures",
    .task = Task::kTransform,
    .options = polynomial_features::kOptions,
    .arrays = polynomial_features::kArrays,
    .fit = polynomial_features::FitColumns,
    .check = polynomial_features::Check,
    .transform = {polynomial_features::Width, polynomial_features::RunTransform, nullptr,
                  polynomial_features::Width},
};

}  // namespace moonlet::ml
