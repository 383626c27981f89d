// engine/ml/metrics_ranking.h - how good scores and probabilities of classes are.
//
// Fawcett, An introduction to ROC analysis, 2006; Hand and Till, A simple generalisation of the
// area under the ROC curve for multiple class classification problems, 2001.
#pragma once
#include <cstdint>

#include "engine/tensor/tensor.h"

namespace moonlet::ml {

// A score for each sample, and which samples are positive.
struct Ranked {
  const double* scores;
  Index stride;  // between the scores of two samples
  const int32_t* codes;
  int32_t positive;
  int32_t negative = -1;  // samples of other classes are left out; -1: all others are negative
  Index count;
  const double* weights = nullptr;

  double score(Index i) const { return scores[i * stride]; }
};

// What lies at or above a threshold.
struct CurvePoint {
  double threshold, negatives, positives;
};

// One point for each score that occurs, from the highest on. `order` and `points` have room for
// count. How many there are: the last holds all samples.
Index ThresholdCurve(const Ranked& ranked, int32_t* order, CurvePoint* points);
// Keeps the corners of the curve of rates. How many.
Index KeepCorners(CurvePoint* points, Index n);
// The area under the curve of rates by trapezoids. Needs positives and negatives.
double RocArea(const CurvePoint* points, Index n);
// The sum of precisions, each by the recall it adds.
double AveragePrecision(const CurvePoint* points, Index n);

struct Rankings {
  const double* scores;  // count x classes
  const int32_t* codes;
  Index count, classes;
  const double* weights = nullptr;
};
// The mean area, each class against all others, by its size where that is asked; or of all pairs of
// classes. Each class has a sample.
double OneVersusRest(const Rankings& r, bool weighted, int32_t* order, CurvePoint* points);
double OneVersusOne(const Rankings& r, bool weighted, int32_t* order, CurvePoint* points);

// The mean of -log of what each sample's class was given, at least `least` and at most 1 - least
// before a row is made to sum to 1. `columns` is classes, or 1: the second of two.
double LogLoss(const Rankings& r, Index columns, double least, bool mean);

}  // namespace moonlet::ml
