#include "engine/ml/categories.h"

#include <algorithm>
#include <cmath>

#include "engine/ml/buffer.h"
#include "engine/ml/columns.h"

namespace moonlet::ml {

Index Categories::Find(float value) const {
  const float* at = std::lower_bound(values, values + count, value);
  return at != values + count && *at == value ? at - values : -1;
}

Index Categories::Nearest(double position) const {
  if (!(position > -0.5 && position < static_cast<double>(count) - 0.5)) return -1;
  return static_cast<Index>(std::floor(position + 0.5));
}

Status FitCategories(const Fit& fit, State* state) {
  Buffer<double> column(fit.work.memory, fit.x.count);
  List<float> found(fit.work.memory);
  if (!column.ok()) return column.Refusal();
  if (Status s = state->Make(kCategoryCounts, DType::kInt32, {fit.x.width}); !s.ok()) return s;
  for (Index j = 0; j < fit.x.width; ++j) {
    if (Status s = fit.work.Poll(); !s.ok()) return s;
    const Index n = KeepDistinct(column.data(), SortedColumn(fit.x, j, column.data()));
    for (Index i = 0; i < n; ++i)
      if (!found.Add(static_cast<float>(column[i]))) return found.Refusal();
    state->own<int32_t>(kCategoryCounts)[j] = static_cast<int32_t>(n);
  }
  if (Status s = state->Make(kCategories, DType::kFloat32, {found.size()}); !s.ok()) return s;
  std::copy_n(found.data(), found.size(), state->own<float>(kCategories));
  return {};
}

Status CheckCategories(const Estimator& e) {
  Index sum = 0;
  const auto* count = e.state.get<int32_t>(kCategoryCounts);
  const Index all = e.state[kCategories].dim(0);
  for (Index j = 0; j < e.features; ++j) {
    if (count[j] < 1 || count[j] > all - sum)
      return Status::Invalid("feature %td has %d of %td categories", j + 1,
                             static_cast<int>(count[j]), all);
    sum += count[j];
  }
  return sum == all ? Status() : Status::Invalid("%td categories, expected %td", all, sum);
}

Status CheckKnown(const Estimator& e, const Samples& x) {
  CategoryWalk walk(e);
  for (Index j = 0; j < x.width; ++j) {
    const Categories categories = walk.Next();
    for (Index i = 0; i < x.count; ++i)
      if (categories.Find(x.row(i)[j]) < 0)
        return Status::Invalid("feature %td never was %g when it was fitted", j + 1,
                               static_cast<double>(x.row(i)[j]));
  }
  return {};
}

}  // namespace moonlet::ml
