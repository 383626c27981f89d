#include "engine/ml/metrics_classes.h"

#include <algorithm>
#include <cmath>

namespace moonlet::ml {
namespace {

double Quotient(double part, double whole, double zero) { return whole == 0 ? zero : part / whole; }

ClassCount Sum(ClassCounts counts) {
  ClassCount sum = {};
  for (const ClassCount& c : counts) {
    sum.hits += c.hits;
    sum.truth += c.truth;
    sum.predicted += c.predicted;
  }
  return sum;
}

double PenaltyOf(Index i, Index j, Disagreement counts_as) {
  const auto d = static_cast<double>(i - j);
  switch (counts_as) {
    case Disagreement::kAny:
      return i == j ? 0 : 1;
    case Disagreement::kLinear:
      return std::fabs(d);
    case Disagreement::kQuadratic:
      return d * d;
  }
  return 0;
}

}  // namespace

void CountClasses(const Labelled& y, ClassCount* counts) {
  std::fill_n(counts, y.classes, ClassCount{});
  for (Index i = 0; i < y.count; ++i) {
    const double w = y.weight(i);
    counts[y.truth[i]].truth += w;
    counts[y.predicted[i]].predicted += w;
    if (y.truth[i] == y.predicted[i]) counts[y.truth[i]].hits += w;
  }
}

double Accuracy(const Labelled& y) {
  double hits = 0, all = 0;
  for (Index i = 0; i < y.count; ++i) {
    all += y.weight(i);
    if (y.truth[i] == y.predicted[i]) hits += y.weight(i);
  }
  return hits / all;
}

double BalancedAccuracy(ClassCounts counts, bool adjusted) {
  double sum = 0, classes = 0;
  for (const ClassCount& c : counts) {
    if (c.truth == 0) continue;
    sum += c.hits / c.truth;
    classes += 1;
  }
  const double mean = sum / classes;
  return adjusted ? (mean - 1 / classes) / (1 - 1 / classes) : mean;
}

double MatthewsCorrelation(ClassCounts counts) {
  const ClassCount sum = Sum(counts);
  const double all = sum.truth;
  double both = sum.hits * all, of_truth = all * all, of_predicted = all * all;
  for (const ClassCount& c : counts) {
    both -= c.truth * c.predicted;
    of_truth -= c.truth * c.truth;
    of_predicted -= c.predicted * c.predicted;
  }
  const double product = of_truth * of_predicted;
  return product == 0 ? 0 : both / std::sqrt(product);
}

void CountPairs(const Labelled& y, double* pairs) {
  std::fill_n(pairs, y.classes * y.classes, 0.0);
  for (Index i = 0; i < y.count; ++i) pairs[y.truth[i] * y.classes + y.predicted[i]] += y.weight(i);
}

double CohenKappa(const double* pairs, ClassCounts counts, Disagreement counts_as) {
  const auto classes = static_cast<Index>(counts.size());
  const double all = Sum(counts).truth;
  double found = 0, expected = 0;
  for (Index i = 0; i < classes; ++i) {
    const double truth = counts[static_cast<size_t>(i)].truth;
    for (Index j = 0; j < classes; ++j) {
      const double penalty = PenaltyOf(i, j, counts_as);
      found += penalty * pairs[i * classes + j];
      expected += penalty * truth * counts[static_cast<size_t>(j)].predicted / all;
    }
  }
  return 1 - found / expected;
}

ClassScore ScoreOf(const ClassCount& c, double beta, double zero) {
  ClassScore score;
  score.precision = Quotient(c.hits, c.predicted, zero);
  score.recall = Quotient(c.hits, c.truth, zero);
  score.jaccard = Quotient(c.hits, c.truth + c.predicted - c.hits, zero);
  score.support = c.truth;
  const double square = beta * beta;
  const double both = square * score.precision + score.recall;
  score.f = (1 + square) * score.precision * score.recall / (both == 0 ? 1 : both);
  return score;
}

ClassScore AverageScore(ClassCounts counts, Average average, double beta, double zero) {
  const ClassCount sum = Sum(counts);
  if (average == Average::kMicro) return ScoreOf(sum, beta, zero);
  if (average == Average::kWeighted && sum.truth == 0) {
    const double none = sum.predicted == 0 ? zero : 0;
    return {none, zero, none, none, 0};
  }
  ClassScore mean = {};
  double weights = 0;
  for (const ClassCount& c : counts) {
    const ClassScore score = ScoreOf(c, beta, zero);
    const double w = average == Average::kWeighted ? c.truth : 1;
    mean.precision += w * score.precision;
    mean.recall += w * score.recall;
    mean.f += w * score.f;
    mean.jaccard += w * score.jaccard;
    weights += w;
  }
  mean.precision /= weights;
  mean.recall /= weights;
  mean.f /= weights;
  mean.jaccard /= weights;
  mean.support = sum.truth;
  return mean;
}

}  // namespace moonlet::ml
