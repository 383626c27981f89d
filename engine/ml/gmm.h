// engine/ml/gmm.h - what a Gaussian mixture gives besides the methods of all estimators.
#pragma once
#include "engine/ml/estimator.h"
#include "engine/tensor/random.h"

namespace moonlet::ml {

extern const Kind kGmm;

// The log-likelihood of all samples; scratch: ScratchOf(e, kGmm.scores).
Status MixtureLogLikelihood(const Estimator& e, const Samples& x, double* scratch,
                            const StopToken& stop, double* sum);
// How many numbers fitting had free.
Index MixtureParameters(const Estimator& e);
// `count` samples, count x features, and the component of each from 1; scratch: SampleScratch(e).
Status SampleMixture(const Estimator& e, Index count, Random* random, double* scratch,
                     const StopToken& stop, float* samples, int32_t* components);
Index SampleScratch(const Estimator& e);

}  // namespace moonlet::ml
