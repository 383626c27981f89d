// bindings/ml_pipeline.h - several estimators as one: each takes what the one before transforms.
#pragma once
#include "bindings/registry.h"
#include "engine/ml/file.h"

namespace moonlet {

struct PipelineBox {
  int count;  // of steps
};
// User values: arrays of the steps, of their names, and of the tensors between two steps, which
// few rows use again.
enum PipelineValue { kPipelineSteps = 1, kPipelineNames, kPipelineBetween };
inline constexpr int kPipelineValues = 3;

extern const Class kPipelineClass;  // ml_pipeline.cc

// Pushes a pipeline of the first `count` estimators in the array at `steps`, named as in that at
// `names`; both become its own. Returns what is wrong with them instead, pushed, or null.
const char* PushPipeline(lua_State* L, int steps, int names, int count);

// The fitted estimator, or the steps of the fitted pipeline, at `index`; gives their number.
// The value at `index` keeps them and their names alive. Raises when one is not fitted.
int CheckSteps(lua_State* L, int index, ml::Step (&steps)[ml::kMostSteps], bool* several);

}  // namespace moonlet
