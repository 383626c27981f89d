// engine/ml/metrics_classes.h - how good predicted classes are.
//
// Definitions and odd cases are scikit-learn's; Sokolova and Lapalme, A systematic analysis of
// performance measures for classification tasks, 2009.
#pragma once
#include <span>

#include "engine/tensor/tensor.h"

namespace moonlet::ml {

// The class of each sample, from 0, and the one predicted.
struct Labelled {
  const int32_t* truth;
  const int32_t* predicted;
  Index count;
  Index classes;
  const double* weights = nullptr;  // null: all 1

  double weight(Index i) const { return weights != nullptr ? weights[i] : 1.0; }
};

// Of one class: samples rightly predicted, those that belong to it, those predicted as it.
struct ClassCount {
  double hits, truth, predicted;
};
using ClassCounts = std::span<const ClassCount>;

// One for each class.
void CountClasses(const Labelled& y, ClassCount* counts);
double Accuracy(const Labelled& y);
// The mean recall of classes that occur; `adjusted`: 0 for chance.
double BalancedAccuracy(ClassCounts counts, bool adjusted);
// Gorodkin, Comparing two K-category assignments by a K-category correlation coefficient, 2004.
double MatthewsCorrelation(ClassCounts counts);

// How many samples of class i are predicted as class j: classes x classes.
void CountPairs(const Labelled& y, double* pairs);
// Cohen, A coefficient of agreement for nominal scales, 1960. How much a confusion of classes i
// and j counts: 1, |i - j|, or its square.
enum class Disagreement : uint8_t { kAny, kLinear, kQuadratic };
double CohenKappa(const double* pairs, ClassCounts counts, Disagreement counts_as);

struct ClassScore {
  double precision, recall, f, jaccard;
  double support;  // samples that belong to the class
};
// `zero` is the quotient of nothing by nothing.
ClassScore ScoreOf(const ClassCount& count, double beta, double zero);
enum class Average : uint8_t { kMicro, kMacro, kWeighted };
ClassScore AverageScore(ClassCounts counts, Average average, double beta, double zero);

}  // namespace moonlet::ml
