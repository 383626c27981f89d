// engine/ml/columns.h - the values of one feature, in ascending order.
#pragma once
#include "engine/ml/estimator.h"

namespace moonlet::ml {

// Puts numbers that are not NaN in ascending order.
void Sort(double* values, Index n);
// The median of n >= 1 numbers, which it sorts.
double Median(double* values, Index n);
// Those of feature `j` that are not NaN go to `values`, which has room for x.count. How many.
Index SortedColumn(const Samples& x, Index j, double* values);
// Moves each value that occurs to the front, once. How many.
Index KeepDistinct(double* sorted, Index n);
// What the share q of n >= 1 sorted values lies below, between two of them linearly: NumPy's way
// (Hyndman and Fan, Sample Quantiles in Statistical Packages, 1996, the 7th).
double QuantileOf(const double* sorted, Index n, double q);

// New vectors of doubles in `state`.
Status MakeVectors(State* state, std::initializer_list<int> arrays, Index length);

}  // namespace moonlet::ml
