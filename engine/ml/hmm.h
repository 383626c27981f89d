// engine/ml/hmm.h - what a hidden Markov model gives of sequences: rows belong together, so these
// are no methods row by row.
#pragma once
#include "engine/ml/estimator.h"

namespace moonlet::ml {

extern const Kind kHmm;

// Doubles that the functions below need for a sequence of `rows`.
Index SequenceScratch(const Estimator& e, Index rows);
Index StatesOf(const Estimator& e);

// The likeliest states, from 1, of the whole sequence (Viterbi), and the logarithm of how likely
// they and the rows are together.
Status LikeliestStates(const Estimator& e, const Samples& x, double* scratch, const StopToken& stop,
                       int32_t* states, double* log_likelihood);
// How probable each state is at each row, given the whole sequence: x.count x states, or nothing
// with `out` null; and the logarithm of how likely the rows are.
Status StateProbabilities(const Estimator& e, const Samples& x, double* scratch,
                          const StopToken& stop, float* out, double* log_likelihood);

}  // namespace moonlet::ml
