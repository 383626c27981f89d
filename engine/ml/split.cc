#include "engine/ml/split.h"

#include <algorithm>
#include <cmath>

#include "engine/base/libm.h"

namespace moonlet::ml {
namespace {

// Values of a feature no further apart are taken for the same, as scikit-learn does.
constexpr float kSameValue = 1e-7f;

double XLogX(double x) { return x > 0 ? x * moonlet_log2(x) : 0; }

// The sums of both sides of a split as samples go from the right to the left one by one, and the
// score of both. Weights of a side are above 0 only up to rounding, hence the bounds.
struct SidesByGini {
  double *left, *right;  // of each class
  double left_weight = 0, right_weight;
  double left_squares = 0, right_squares = 0;

  SidesByGini(double* lefts, double* rights, Index classes, const NodeSums& sums)
      : left(lefts), right(rights), right_weight(sums.weight) {
    for (Index k = 0; k < classes; ++k) right_squares += right[k] * right[k];
  }
  void Move(const Item& item) {
    const double w = item.weight;
    double& l = left[item.code];
    double& r = right[item.code];
    left_squares += w * (2 * l + w);
    right_squares -= w * (2 * r - w);
    l += w;
    r -= w;
    left_weight += w;
    right_weight -= w;
  }
  double Score() const {
    return std::min(left_squares / left_weight, left_weight) +
           std::min(right_squares / right_weight, right_weight);
  }
};

struct SidesByEntropy {
  double *left, *right;
  double left_weight = 0, right_weight;
  double left_sum = 0, right_sum = 0;  // of XLogX

  SidesByEntropy(double* lefts, double* rights, Index classes, const NodeSums& sums)
      : left(lefts), right(rights), right_weight(sums.weight) {
    for (Index k = 0; k < classes; ++k) right_sum += XLogX(right[k]);
  }
  void Move(const Item& item) {
    double& l = left[item.code];
    double& r = right[item.code];
    left_sum -= XLogX(l);
    right_sum -= XLogX(r);
    l += item.weight;
    r -= item.weight;
    left_sum += XLogX(l);
    right_sum += XLogX(r);
    left_weight += item.weight;
    right_weight -= item.weight;
  }
  double Score() const {
    return std::min(left_sum - XLogX(left_weight), 0.0) +
           std::min(right_sum - XLogX(right_weight), 0.0);
  }
};

struct SidesBySquares {
  double moment, right_weight;
  double left_moment = 0, left_weight = 0;

  SidesBySquares(double*, double*, Index, const NodeSums& sums)
      : moment(sums.moment), right_weight(sums.weight) {}
  void Move(const Item& item) {
    left_moment += item.moment;
    left_weight += item.weight;
    right_weight -= item.weight;
  }
  double Score() const {
    const double right_moment = moment - left_moment;
    return left_moment * left_moment / left_weight + right_moment * right_moment / right_weight;
  }
};

// The largest float32 of at most t: a float32 is at most the one exactly when at most the other.
float AtMost(double t) {
  const auto f = static_cast<float>(t);
  return f > t ? std::nextafter(f, -HUGE_VALF) : f;
}

}  // namespace

Splitter::Splitter(Allocator& memory, const Samples& x, Criterion criterion, Index classes,
                   Index min_leaf, Ranks* ranks)
    : x_(x),
      criterion_(criterion),
      min_leaf_(min_leaf),
      ranks_(*ranks),
      items_(memory, x.count),
      totals_(memory, classes),
      left_(memory, classes),
      right_(memory, classes) {}

Status Splitter::Prepare() const {
  if (!items_.ok()) return items_.Refusal();
  for (const Buffer<double>* buffer : {&totals_, &left_, &right_})
    if (!buffer->ok()) return buffer->Refusal();
  return {};
}

void Splitter::Start(const Targets& targets, const double* weights, const int32_t* samples,
                     Index count) {
  targets_ = targets;
  double weight = 0, sum = 0;
  for (Index i = 0; i < count; ++i) {
    const Index s = samples[i];
    const double w = items_[s].weight = weights != nullptr ? weights[s] : 1.0;
    weight += w;
    if (targets.values != nullptr) sum += w * targets.values[s];
  }
  centre_ = sum / weight;
  for (Index i = 0; i < count; ++i) {
    Item& item = items_[samples[i]];
    if (targets.codes != nullptr) item.code = targets.codes[samples[i]];
    if (targets.values != nullptr)
      item.moment = item.weight * (targets.values[samples[i]] - centre_);
  }
}

NodeSums Splitter::Sum(const int32_t* samples, Index count) {
  NodeSums sums;
  if (targets_.codes != nullptr) {
    std::fill_n(totals_.data(), targets_.classes, 0.0);
    const Index first = items_[samples[0]].code;
    for (Index i = 0; i < count; ++i) {
      const Item& item = items_[samples[i]];
      totals_[item.code] += item.weight;
      sums.weight += item.weight;
      sums.pure &= item.code == first;
    }
    for (Index k = 0; k < targets_.classes; ++k)
      sums.score += criterion_ == Criterion::kGini ? totals_[k] * totals_[k] / sums.weight
                                                   : XLogX(totals_[k]);
    if (criterion_ == Criterion::kEntropy) sums.score -= XLogX(sums.weight);
  } else if (targets_.values != nullptr) {
    const double first = targets_.values[samples[0]];
    double sum = 0;
    for (Index i = 0; i < count; ++i) {
      const Item& item = items_[samples[i]];
      const double value = targets_.values[samples[i]];
      sum += item.weight * value;
      sums.moment += item.moment;
      sums.weight += item.weight;
      sums.pure &= value == first;
    }
    sums.mean = sum / sums.weight;
    sums.score = sums.moment * sums.moment / sums.weight;
  } else {
    sums.weight = static_cast<double>(count);
    sums.pure = count < 2;
  }
  return sums;
}

// Every threshold between two values that follow each other.
template <typename Sides>
void Splitter::Scan(Sides sides, Index feature, const uint64_t* sorted, Index count,
                    Split* best) const {
  double most = best->feature >= 0 ? best->gain : -HUGE_VAL;
  for (Index i = 0; i + min_leaf_ < count; ++i) {
    sides.Move(items_[Ranks::SampleOf(sorted[i])]);
    if (Ranks::RankOf(sorted[i]) == Ranks::RankOf(sorted[i + 1]) || i + 1 < min_leaf_) continue;
    const double score = sides.Score();
    if (!(score > most)) continue;
    const float low = Value(Ranks::SampleOf(sorted[i]), feature);
    const float high = Value(Ranks::SampleOf(sorted[i + 1]), feature);
    if (high <= low + kSameValue) continue;
    most = score;
    *best = {static_cast<int32_t>(feature), AtMost(low / 2.0 + high / 2.0), score};
  }
}

bool Splitter::TryAll(Index feature, const int32_t* samples, Index count, const NodeSums& sums,
                      Split* best) {
  const uint64_t* sorted = ranks_.Sort(feature, samples, count);
  if (sorted == nullptr) return false;
  double *l = left_.data(), *r = right_.data();
  std::fill_n(l, targets_.classes, 0.0);
  std::copy_n(totals_.data(), targets_.classes, r);
  if (criterion_ == Criterion::kGini)
    Scan(SidesByGini(l, r, targets_.classes, sums), feature, sorted, count, best);
  if (criterion_ == Criterion::kEntropy)
    Scan(SidesByEntropy(l, r, targets_.classes, sums), feature, sorted, count, best);
  if (criterion_ == Criterion::kSquares)
    Scan(SidesBySquares(l, r, 0, sums), feature, sorted, count, best);
  return true;
}

// One threshold, which lies between two values.
template <typename Sides>
void Splitter::Weigh(Sides sides, Index feature, float threshold, const int32_t* samples,
                     Index count, Split* best) const {
  Index left = 0;
  for (Index i = 0; i < count; ++i) {
    if (Value(samples[i], feature) > threshold) continue;
    sides.Move(items_[samples[i]]);
    ++left;
  }
  if (left < min_leaf_ || count - left < min_leaf_) return;
  const double score = sides.Score();
  if (best->feature < 0 || score > best->gain)
    *best = {static_cast<int32_t>(feature), threshold, score};
}

bool Splitter::TryRandom(Index feature, const int32_t* samples, Index count, const NodeSums& sums,
                         double draw, Split* best) {
  float least = Value(samples[0], feature), most = least;
  for (Index i = 1; i < count; ++i) {
    const float value = Value(samples[i], feature);
    least = std::min(least, value);
    most = std::max(most, value);
  }
  if (most <= least + kSameValue) return false;
  const double low = least, high = most;
  double t = low + draw * (high - low);
  if (!(t < high)) t = low;
  const float threshold = AtMost(t);
  double *l = left_.data(), *r = right_.data();
  std::fill_n(l, targets_.classes, 0.0);
  std::copy_n(totals_.data(), targets_.classes, r);
  if (criterion_ == Criterion::kGini)
    Weigh(SidesByGini(l, r, targets_.classes, sums), feature, threshold, samples, count, best);
  if (criterion_ == Criterion::kEntropy)
    Weigh(SidesByEntropy(l, r, targets_.classes, sums), feature, threshold, samples, count, best);
  if (criterion_ == Criterion::kSquares)
    Weigh(SidesBySquares(l, r, 0, sums), feature, threshold, samples, count, best);
  if (criterion_ == Criterion::kNone && best->feature < 0)
    *best = {static_cast<int32_t>(feature), threshold, 0};
  return true;
}

}  // namespace moonlet::ml
