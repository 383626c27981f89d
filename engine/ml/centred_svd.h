// engine/ml/centred_svd.h - least squares of all sorts from one decomposition: samples less their
// means, times the roots of their weights, are U diag(s) V^T, and targets alike.
//
//   CentredSvd svd(fit, rows);
//   if (Status s = svd.Factor(fit, intercept); !s.ok()) return s;
//   coef = sum of V[i] * along[i] / s[i]                  the nearest
//   coef = sum of V[i] * along[i] * s[i] / (s[i]^2 + a)   with a |coef|^2 added
//
// Samples that outnumber their features are brought to a triangle first, some at a time, so the
// memory is that of some matrices of features x features. Golub and Van Loan, Matrix
// Computations, 4th edition, 5.3 and 6.1; engine/tensor/{qr,svd}.h.
#pragma once
#include "engine/ml/buffer.h"
#include "engine/ml/linear_model.h"

namespace moonlet::ml {

class CentredSvd {
 public:
  // For `rows` linear functions of the same samples.
  CentredSvd(const Fit& fit, Index rows);
  Status Factor(const Fit& fit, bool intercept);

  Index rank() const { return rank_; }  // min(samples, features), the number of values
  Index features() const { return features_; }
  const double* values() const { return values_.data(); }  // descending
  const double* vector(Index i) const { return matrix_.data() + i * features_; }
  const double* along(Index row) const { return along_.data() + row * rank_; }  // U^T targets
  double centre(Index row) const { return centre_[row]; }  // the mean of its targets
  // The squared length of the centred targets of the last row, and the part no sample explains.
  double squares() const { return squares_; }
  double residue() const { return residue_; }
  // The intercept that goes with coefficients; 0 where none was asked.
  double InterceptFor(const double* coef, Index row) const;

 private:
  void Row(const Fit& fit, Index i, double* out) const;
  Status Triangle(const Fit& fit);
  Status Decompose(const StopToken& stop, Buffer<double>* left);

  Index samples_, features_, rows_, rank_;
  bool intercept_ = false;
  double squares_ = 0, residue_ = 0;
  Buffer<double> mean_;     // of features
  Buffer<double> centre_;   // of targets
  Buffer<double> matrix_;   // rank x features: what is decomposed, then the right vectors
  Buffer<double> targets_;  // rows x rank: what goes with its rows
  Buffer<double> values_;   // rank
  Buffer<double> along_;    // rows x rank
};

// Adds to `coef` every right vector times its factor.
template <typename Factor>
void SumVectors(const CentredSvd& svd, Factor factor, double* coef) {
  for (Index i = 0; i < svd.rank(); ++i) {
    const double f = factor(i);
    const double* vector = svd.vector(i);
    for (Index j = 0; j < svd.features(); ++j) coef[j] += f * vector[j];
  }
}

}  // namespace moonlet::ml
