// bindings/ml_estimator.h - estimators (engine/ml/estimator.h) as Lua values.
//
//   {"gaussian_nb", New<ml::kGaussianNb>, "ml.gaussian_nb([options]) -> estimator", ...}
#pragma once
#include <string_view>

#include "bindings/registry.h"
#include "bindings/tensor.h"
#include "engine/ml/estimator.h"

namespace moonlet {

struct EstimatorBox {
  ml::Estimator estimator;
  double* scratch;     // in user value kEstimatorScratch
  Index scratch_room;  // doubles
};
// User values. The bytes of the file that an estimator's arrays lie in; memory to work with; what
// the constructor was given as `class_weight`.
enum EstimatorValue { kEstimatorFile = 1, kEstimatorScratch, kEstimatorClassWeight };
inline constexpr int kEstimatorValues = 3;

extern const Class kEstimatorClass;  // ml_estimator.cc

// Pushes an estimator of the kind that is not fitted, with the options at 1.
int NewEstimator(lua_State* L, const ml::Kind& kind);
template <const ml::Kind& kKind>
int New(lua_State* L) {
  return NewEstimator(L, kKind);
}
// The same with the options at `index`, which may be nil.
void PushEstimatorWith(lua_State* L, const ml::Kind& kind, int index);
// Pushes one with all options as they are unless given.
EstimatorBox& PushEstimator(lua_State* L, const ml::Kind& kind);

EstimatorBox& CheckEstimatorBox(lua_State* L, int index);
// Pushes an estimator with the options of the one at `index`, not fitted.
void PushUnfitted(lua_State* L, int index);
// The method that scripts call so, or null.
lua_CFunction EstimatorMethod(std::string_view name);
// The estimator at `index`; raises unless it is fitted.
const ml::Estimator& CheckFitted(lua_State* L, int index);
// The fitted estimator at 1; raises unless it has the method, which messages call `name`.
const ml::Estimator& CheckHas(lua_State* L, const ml::Method& method, const char* name);

// Samples as estimators take them: the tensor at `index`, or a nested table, of rank 2, or of rank
// 1 for a single row (*single, where that is allowed: not null). Converts when it must, and leaves
// what it made on the stack. Raises for another rank, for numbers that are not finite, no rows, and
// for another width than `width` (0: any).
ml::Samples CheckSamples(lua_State* L, int index, const ml::Estimator& e, Index width,
                         bool integers, bool* single);

// Memory for `count` doubles that stays with the estimator at `index`.
double* ScratchOfBox(lua_State* L, int index, Index count);

// What a method gives of rows, in float32: {n, width}, or {n} where width is 1 and `flat`; of a
// single row without its first axis, as a number where nothing is left. `out` is the argument
// there. Pushes it.
int PushComputed(lua_State* L, const ml::Method& method, int samples, int out, Index width_in,
                 bool flat);

// estimator:predict(x [, out])
int PredictMethod(lua_State* L);  // ml_apply.cc

// Where fit takes its options: behind samples, and labels or values where the kind asks for such.
int FitOptionsAt(const ml::Kind& kind);  // ml_fit.cc
// Fits the estimator at 1 to the samples at 2, labels or values at 3, and options. Leaves what it
// made on the stack; nothing that lies there already moves.
void FitArguments(lua_State* L, bool partial, int options_at);
// Teaches an estimator that keeps samples more of them: its `add` and its `partial_fit`.
int AddMethod(lua_State* L);  // ml_neighbours.cc
// predict, predict_proba and score of kinds whose rows are a sequence.
int SequencePredict(lua_State* L);  // ml_mixture.cc
int SequenceProba(lua_State* L);
int SequenceScore(lua_State* L);

// Labels --------------------------------------------------------------------------- ml_labels.cc

struct Encoded {
  const int32_t* codes;
  Index classes;
  const Tensor* labels;  // as the engine keeps them
  DType dtype;           // of numbers
};
// Codes of the labels at `index`, one for each of `rows`: of those of `known`, or of those that
// occur, in order (or are listed at `all`, unless 0). Leaves what it made on the stack. Raises for
// a label that is not among them.
Encoded EncodeLabels(lua_State* L, int index, Index rows, const ml::Estimator* known, int all);
// Pushes the label of a code: a number, a boolean or a string.
void PushLabel(lua_State* L, const Tensor& labels, DType dtype, Index code);
inline void PushLabel(lua_State* L, const ml::Estimator& e, Index code) {
  PushLabel(L, e.state[ml::kLabelArray], e.label_dtype, code);
}
// Pushes labels of codes: a tensor {n}, or an array of strings.
void PushLabels(lua_State* L, const ml::Estimator& e, const int32_t* codes, Index n, int out);
// Pushes all labels, in order of their codes.
void PushClasses(lua_State* L, const ml::Estimator& e);

}  // namespace moonlet
