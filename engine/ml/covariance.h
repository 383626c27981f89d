// engine/ml/covariance.h - what estimators of one covariance share.
#pragma once
#include "engine/ml/estimator.h"

namespace moonlet::ml {

extern const Kind kCovariance;
extern const Kind kEllipticEnvelope;

// Where both keep them: {f}, {f, f}, {f, f}.
enum CovarianceArray { kLocationArray, kCovarianceArray, kPrecisionArray };

// Squared Mahalanobis distances; of the two kinds above.
extern const Method kMahalanobis;

// Makes the three arrays: `location` as given, the covariance, and its inverse from the factor.
Status KeepCovariance(const double* location, const double* covariance, const double* factor,
                      Index features, const StopToken& stop, State* state);

}  // namespace moonlet::ml
