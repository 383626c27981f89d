// engine/ml/bayesian_ridge.h - how sure Bayesian ridge regression is.
#pragma once
#include "engine/ml/estimator.h"

namespace moonlet::ml {

// The deviation of each prediction of a fitted kBayesianRidge (bayesian_ridge.cc).
extern const Method kBayesianRidgeStd;

}  // namespace moonlet::ml
