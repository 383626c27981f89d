#include "engine/ml/columns.h"

#include <algorithm>
#include <cmath>

namespace moonlet::ml {

void Sort(double* values, Index n) { std::sort(values, values + n); }

double Median(double* values, Index n) {
  Sort(values, n);
  return 0.5 * (values[(n - 1) / 2] + values[n / 2]);
}

Index SortedColumn(const Samples& x, Index j, double* values) {
  Index n = 0;
  for (Index i = 0; i < x.count; ++i) {
    const double v = x.row(i)[j];
    if (!std::isnan(v)) values[n++] = v + 0.0;  // -0 becomes 0: equal values have the same bits
  }
  Sort(values, n);
  return n;
}

Index KeepDistinct(double* sorted, Index n) { return std::unique(sorted, sorted + n) - sorted; }

double QuantileOf(const double* sorted, Index n, double q) {
  const double place = q * static_cast<double>(n - 1);
  const double floor = std::clamp(std::floor(place), 0.0, static_cast<double>(n - 1));
  const auto low = static_cast<Index>(floor);
  const double a = sorted[low], b = sorted[std::min(low + 1, n - 1)], t = place - floor;
  return t < 0.5 ? a + (b - a) * t : b - (b - a) * (1 - t);
}

Status MakeVectors(State* state, std::initializer_list<int> arrays, Index length) {
  for (const int array : arrays)
    if (Status s = state->Make(array, DType::kFloat64, {length}); !s.ok()) return s;
  return {};
}

}  // namespace moonlet::ml
