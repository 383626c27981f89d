// engine/ml/categories.h - the values that features take: what encoders of categories share.
//
// The categories of all features lie in one array, those of a feature in ascending order; another
// tells how many each feature has.
#pragma once
#include "engine/ml/estimator.h"

namespace moonlet::ml {

enum { kCategories, kCategoryCounts };  // places in the arrays of each kind
inline constexpr ArraySpec kCategoryArrays[] = {
    {"categories", DType::kFloat32, "c"},
    {"n_categories", DType::kInt32, "f"},
};

// The categories of one feature.
struct Categories {
  const float* values;
  Index count;

  Index Find(float value) const;         // its position, or -1
  Index Nearest(double position) const;  // a whole number to a position, or -1
};

// Hands out the features' categories in turn.
class CategoryWalk {
 public:
  explicit CategoryWalk(const Estimator& e)
      : values_(e.state.get<float>(kCategories)), count_(e.state.get<int32_t>(kCategoryCounts)) {}
  Categories Next() {
    const Categories next = {values_, *count_++};
    values_ += next.count;
    return next;
  }

 private:
  const float* values_;
  const int32_t* count_;
};

Status FitCategories(const Fit& fit, State* state);
Status CheckCategories(const Estimator& e);
// kInvalid when a feature takes a value that is none of its categories.
Status CheckKnown(const Estimator& e, const Samples& x);

}  // namespace moonlet::ml
