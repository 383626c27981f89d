// engine/ml/principal_axes.h - the directions in which rows extend most, and samples seen along
// them: what kinds of principal component analysis share.
//
// Jolliffe, Principal Component Analysis, 2nd edition, 2002. Rows are folded into a triangle as
// they come (Golub and Van Loan, Matrix Computations, 4th edition, 5.2), so memory does not grow
// with their number, and singular values keep the accuracy that a covariance matrix would halve.
#pragma once
#include "engine/ml/buffer.h"
#include "engine/ml/estimator.h"

namespace moonlet::ml {

//   for each row: double* row; axes.Add(stop, &row); then fill it in
//   axes.Finish(stop): axes.values()[i] is the singular value of axes.axis(i)
class PrincipalAxes {
 public:
  // Of `rows` rows of `width`; ok() is false when `memory` refuses.
  PrincipalAxes(Allocator& memory, Index rows, Index width);
  bool ok() const { return rows_.ok() && right_.ok() && values_.ok() && work_.ok(); }
  Status Refusal() const { return rows_.Refusal(); }

  Status Add(const StopToken& stop, double** row);
  // kInvalid when a number is not finite.
  Status Finish(const StopToken& stop);
  // After Finish: min(rows, width), the longest first.
  Index count() const { return used_; }
  const double* values() const { return values_.data(); }
  double* axis(Index i) { return rows_.data() + i * width_; }

 private:
  Status Fold(const StopToken& stop);

  Index width_, room_, used_ = 0;
  Buffer<double> rows_;
  Buffer<double> right_;  // of the decomposition
  Buffer<double> values_;
  Buffer<double> work_;
};

// The first arrays and options of each kind, and what is done with them.
enum {
  kMean,
  kComponents,
  kVariance,
  kVarianceRatio,
  kSingularValues,
  kNoiseVariance,
  kAxesArrays
};
inline constexpr ArraySpec kMeanArray = {"mean", DType::kFloat64, "f"};
inline constexpr ArraySpec kComponentsArray = {"components", DType::kFloat64, "cf"};
inline constexpr ArraySpec kVarianceArray = {"explained_variance", DType::kFloat64, "c"};
inline constexpr ArraySpec kVarianceRatioArray = {"explained_variance_ratio", DType::kFloat64, "c"};
inline constexpr ArraySpec kSingularValuesArray = {"singular_values", DType::kFloat64, "c"};
inline constexpr ArraySpec kNoiseVarianceArray = {"noise_variance", DType::kFloat64, "n"};
enum { kAsked, kWhiten };
constexpr double kAllComponents = -1;
inline constexpr OptionSpec kWhitenOption = {"whiten", "", OptionType::kFlag, 0};

// Makes the arrays above for `components` axes and fills all but kMean.
// `samples` are those seen, `total` the variance of all features together.
Status StoreAxes(PrincipalAxes& axes, Index components, double samples, double total, Index width,
                 State* state);
Status CheckAxes(const Estimator& e);

Index ComponentsOf(const Estimator& e);
void RunAxesTransform(const Estimator& e, const Samples& x, double* out, double* scratch);
void RunAxesInverse(const Estimator& e, const Samples& x, double* out, double* scratch);
// Log-likelihood (Tipping and Bishop, 1999).
void RunAxesScores(const Estimator& e, const Samples& x, double* out, double* scratch);
Index AxesScratch(const Estimator& e);
Index AxesWork(const Estimator& e);
inline constexpr Method kAxesTransform = {ComponentsOf, RunAxesTransform, nullptr, AxesWork};
inline constexpr Method kAxesInverse = {Features, RunAxesInverse, nullptr, AxesWork};
inline constexpr Method kAxesScores = {One, RunAxesScores, Features, AxesWork};

}  // namespace moonlet::ml
