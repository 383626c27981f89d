// bindings/ml_pipeline.cc - pipelines, and ml.clone.
//
// A pipeline brings samples to its last step and lets that step's own method do the rest, on the
// same stack: so arguments, messages and results are those of estimators.
#include "bindings/ml_pipeline.h"

#include <cstring>
#include <string_view>
#include <utility>

#include "bindings/ml_estimator.h"
#include "bindings/ml_parts.h"
#include "bindings/options.h"
#include "bindings/tensor_parts.h"

namespace moonlet {
namespace pipeline {
namespace {

constexpr const char* kBetweenNames = "__";  // "model__depth": option `depth` of step "model"

PipelineBox& CheckPipeline(lua_State* L, int index) {
  return *static_cast<PipelineBox*>(CheckObject(L, index, kPipelineClass));
}

// Pushes step `i`, counted from 1, of the pipeline at `index`.
ml::Estimator& PushStep(lua_State* L, int index, int i) {
  lua_getiuservalue(L, index, kPipelineSteps);
  lua_rawgeti(L, -1, i);
  lua_remove(L, -2);
  return CheckEstimatorBox(L, -1).estimator;
}

// Pushes the name of step `i`.
const char* PushName(lua_State* L, int index, int i) {
  lua_getiuservalue(L, index, kPipelineNames);
  lua_rawgeti(L, -1, i);
  lua_remove(L, -2);
  return lua_tostring(L, -1);
}

// The step of that name, from 1; 0: none.
int FindStep(lua_State* L, int index, std::string_view name) {
  const int count = CheckPipeline(L, index).count;
  for (int i = 1; i <= count; ++i) {
    const bool found = name == PushName(L, index, i);
    lua_pop(L, 1);
    if (found) return i;
  }
  return 0;
}

bool AllFitted(lua_State* L, int index) {
  const int count = CheckPipeline(L, index).count;
  for (int i = 1; i <= count; ++i) {
    const bool fitted = PushStep(L, index, i).fitted();
    lua_pop(L, 1);
    if (!fitted) return false;
  }
  return true;
}

// Making one ------------------------------------------------------------------------------------

bool IsMember(std::string_view name) {
  for (const std::span<const Entry> methods : kPipelineClass.methods)
    for (const Entry& entry : methods)
      if (name == entry.name) return true;
  return false;
}

// Why step `i` cannot be named so, pushed; or null. Names stand in the array at `names`.
const char* NameRefusal(lua_State* L, int names, int i) {
  lua_rawgeti(L, names, i);
  const std::string_view name = lua_tostring(L, -1);
  if (name.empty() || name.find(kBetweenNames) != name.npos || IsMember(name))
    return lua_pushfstring(L, "step %d: it cannot be called '%s'", i, name.data());
  for (int j = 1; j < i; ++j) {
    lua_rawgeti(L, names, j);
    if (name == lua_tostring(L, -1))
      return lua_pushfstring(L, "steps %d and %d are both called '%s'", j, i, name.data());
    lua_pop(L, 1);
  }
  lua_pop(L, 1);
  return nullptr;
}

// Why the estimator at step `i` of `count` cannot stand there.
const char* StepRefusal(lua_State* L, int steps, int i, int count) {
  lua_rawgeti(L, steps, i);
  const ml::Kind& kind = *CheckEstimatorBox(L, -1).estimator.kind;
  if (i < count && kind.transform.run == nullptr)
    return lua_pushfstring(L, "step %d: %s has no transform, so it must come last", i, kind.name);
  for (int j = 1; j < i; ++j) {
    lua_rawgeti(L, steps, j);
    if (lua_rawequal(L, -1, -2) != 0)
      return lua_pushfstring(L, "steps %d and %d are the same estimator", j, i);
    lua_pop(L, 1);
  }
  lua_pop(L, 1);
  return nullptr;
}

// Sets names[i] to the kind of the step on top, with a number behind it from the second on.
void NameByKind(lua_State* L, int names, int i) {
  const char* kind = CheckEstimatorBox(L, -1).estimator.kind->name;
  for (int number = 1;; ++number) {
    const char* name =
        number == 1 ? lua_pushstring(L, kind) : lua_pushfstring(L, "%s_%d", kind, number);
    bool taken = false;
    for (int j = 1; j < i; ++j) {
      lua_rawgeti(L, names, j);
      taken |= std::strcmp(name, lua_tostring(L, -1)) == 0;
      lua_pop(L, 1);
    }
    if (!taken) return lua_rawseti(L, names, i);
    lua_pop(L, 1);
  }
}

// Takes the value on top, an estimator or {name, estimator}, as step `i`.
void TakeStep(lua_State* L, int steps, int names, int i) {
  const bool named = lua_type(L, -1) == LUA_TTABLE;
  if (named) {
    lua_geti(L, -1, 1);
    if (lua_type(L, -1) != LUA_TSTRING)
      ArgumentError(L, 1, "step %d: {name, estimator} expected, its name is a %s", i,
                    luaL_typename(L, -1));
    lua_rawseti(L, names, i);
    lua_geti(L, -1, 2);
    lua_remove(L, -2);
  }
  if (TestObject(L, -1, kEstimatorClass) == nullptr)
    ArgumentError(L, 1, "step %d: estimator expected, got %s", i, Given(L, -1));
  if (!named) NameByKind(L, names, i);
  lua_rawseti(L, steps, i);
}

// ml.pipeline(step, ...) or ml.pipeline{step, ...} -> pipeline
int PipelineFunction(lua_State* L) {
  if (lua_type(L, 1) != LUA_TTABLE) {
    const int given = lua_gettop(L);
    lua_createtable(L, given, 0);
    lua_insert(L, 1);
    for (int i = given; i >= 1; --i) lua_rawseti(L, 1, i);
  } else if (lua_gettop(L) > 1) {
    ArgumentError(L, 2, "nothing behind an array of steps expected");
  }
  lua_settop(L, 1);
  const lua_Integer count = luaL_len(L, 1);
  if (count < 1 || count > ml::kMostSteps)
    ArgumentError(L, 1, "1 to %d steps expected, got %I", ml::kMostSteps,
                  static_cast<LUAI_UACINT>(count));
  lua_newtable(L);
  lua_newtable(L);
  for (int i = 1; i <= static_cast<int>(count); ++i) {
    lua_geti(L, 1, i);
    TakeStep(L, 2, 3, i);
  }
  if (const char* why = PushPipeline(L, 2, 3, static_cast<int>(count)))
    ArgumentError(L, 1, "%s", why);
  return 1;
}

// Cloning ---------------------------------------------------------------------------------------

// Pushes an estimator like the one on top, with the options of the table at `changes` changed. Its
// options go where that table is.
void CloneChanged(lua_State* L, int changes) {
  const ml::Kind& kind = *CheckEstimatorBox(L, -1).estimator.kind;
  lua_getfield(L, -1, "options");
  for (lua_pushnil(L); lua_next(L, changes) != 0;) {
    lua_pushvalue(L, -2);
    lua_insert(L, -2);
    lua_settable(L, -4);
  }
  lua_replace(L, changes);
  PushEstimatorWith(L, kind, changes);
}

// Pushes a table of those options of the table at `options` that are of the step called `name`,
// without that name.
void PushOptionsOf(lua_State* L, int options, const char* name) {
  const std::string_view wanted = name;
  lua_newtable(L);
  const int to = lua_gettop(L);
  for (lua_pushnil(L); lua_next(L, options) != 0; lua_pop(L, 1)) {
    const std::string_view key = lua_tostring(L, -2);
    const size_t at = key.find(kBetweenNames);
    if (key.substr(0, at) != wanted) continue;
    lua_pushvalue(L, -1);
    lua_setfield(L, to, key.data() + at + std::strlen(kBetweenNames));
  }
}

// Raises for an option of the table at 2 that belongs to no step.
void CheckStepOptions(lua_State* L) {
  for (lua_pushnil(L); lua_next(L, 2) != 0; lua_pop(L, 1)) {
    const std::string_view key = lua_type(L, -2) == LUA_TSTRING ? lua_tostring(L, -2) : "";
    const size_t at = key.find(kBetweenNames);
    if (at != key.npos && FindStep(L, 1, key.substr(0, at)) != 0) continue;
    const char* name = luaL_tolstring(L, -2, nullptr);
    ArgumentError(L, 2, "no option '%s': STEP__OPTION expected, such as '%s__seed'", name,
                  PushName(L, 1, 1));
  }
}

int ClonePipeline(lua_State* L) {
  const int count = CheckPipeline(L, 1).count;
  CheckStepOptions(L);
  lua_settop(L, 2);
  lua_pushvalue(L, 2);  // at 3: each step's own options come to 2, which messages name
  lua_newtable(L);      // at 4, steps
  lua_newtable(L);      // at 5, names
  for (int i = 1; i <= count; ++i) {
    PushOptionsOf(L, 3, PushName(L, 1, i));
    lua_replace(L, 2);
    lua_rawseti(L, 5, i);
    PushStep(L, 1, i);
    CloneChanged(L, 2);
    lua_rawseti(L, 4, i);
    lua_settop(L, 5);
  }
  PushPipeline(L, 4, 5, count);
  return 1;
}

// ml.clone(estimator [, options]) -> estimator
int CloneFunction(lua_State* L) {
  lua_settop(L, 2);
  if (lua_isnil(L, 2)) {
    lua_newtable(L);
    lua_replace(L, 2);
  }
  luaL_checktype(L, 2, LUA_TTABLE);
  if (TestObject(L, 1, kPipelineClass) != nullptr) return ClonePipeline(L);
  CheckEstimatorBox(L, 1);
  lua_pushvalue(L, 1);
  CloneChanged(L, 2);
  return 1;
}

// Using one -------------------------------------------------------------------------------------

// Pushes the tensor kept between two steps if the result for the samples at 2 has its shape; else
// nil.
void PushBetween(lua_State* L, int between, int i, Index width) {
  const Tensor* x = TestTensor(L, 2);
  lua_rawgeti(L, between, i);
  const Tensor* kept = TestTensor(L, -1);
  if (x != nullptr && kept != nullptr && x->rank() == kept->rank() &&
      kept->dim(kept->rank() - 1) == width && (x->rank() == 1 || x->dim(0) == kept->dim(0)))
    return;
  lua_pop(L, 1);
  lua_pushnil(L);
}

// Transforms the samples at 2 by the estimator at 1, and puts the result there.
void TransformBetween(lua_State* L, int between, int i) {
  const ml::Method& method = CheckFitted(L, 1).kind->transform;
  const ml::Estimator& e = CheckHas(L, method, "transform");
  const int top = lua_gettop(L);
  PushBetween(L, between, i, method.width(e));
  PushComputed(L, method, 2, top + 1, e.features, false);
  const Tensor& made = *TestTensor(L, -1);
  if (made.rank() == 1 || made.dim(0) <= ml::kBlockRows) {
    lua_pushvalue(L, -1);
    lua_rawseti(L, between, i);
  }
  lua_replace(L, 2);
  lua_settop(L, top);
}

// Puts the last step in place of the pipeline at 1, and what it gets in place of the samples at 2.
void ComeToLast(lua_State* L) {
  const int count = CheckPipeline(L, 1).count;
  if (lua_gettop(L) < 2) lua_settop(L, 2);
  const int top = lua_gettop(L), between = top + 1, steps = top + 2;
  lua_getiuservalue(L, 1, kPipelineBetween);
  lua_getiuservalue(L, 1, kPipelineSteps);
  for (int i = 1; i <= count; ++i) {
    lua_rawgeti(L, steps, i);
    lua_replace(L, 1);
    if (i < count) TransformBetween(L, between, i);
  }
  lua_settop(L, top);
}

int Forward(lua_State* L, const char* method) {
  ComeToLast(L);
  return EstimatorMethod(method)(L);
}

int Predict(lua_State* L) { return Forward(L, "predict"); }
int PredictProba(lua_State* L) { return Forward(L, "predict_proba"); }
int Decision(lua_State* L) { return Forward(L, "decision_function"); }
int Transform(lua_State* L) { return Forward(L, "transform"); }
int ScoreSamples(lua_State* L) { return Forward(L, "score_samples"); }
int Score(lua_State* L) { return Forward(L, "score"); }

int InverseTransform(lua_State* L) {
  const int count = CheckPipeline(L, 1).count;
  lua_settop(L, 3);
  lua_pushvalue(L, 1);  // at 4
  for (int i = count; i >= 1; --i) {
    PushStep(L, 4, i);
    lua_replace(L, 1);
    const ml::Kind& kind = *CheckEstimatorBox(L, 1).estimator.kind;
    const ml::Estimator& e = CheckHas(L, kind.inverse, "inverse_transform");
    if (i > 1) lua_pushnil(L);
    PushComputed(L, kind.inverse, 2, i > 1 ? lua_gettop(L) : 3, kind.transform.width(e), false);
    lua_replace(L, 2);
    lua_settop(L, 4);
  }
  lua_settop(L, 2);
  return 1;
}

// Pushes the options of fit that steps before the last get: `verbose` alone. The last step's fit
// checks them all.
void PushVerbose(lua_State* L, int options) {
  constexpr const char* kVerboseOption = "verbose";
  lua_newtable(L);
  if (lua_type(L, options) != LUA_TTABLE) return;
  lua_getfield(L, options, kVerboseOption);
  lua_setfield(L, -2, kVerboseOption);
}

const ml::Kind& LastKind(lua_State* L, int index) {
  const ml::Kind& kind = *PushStep(L, index, CheckPipeline(L, index).count).kind;
  lua_pop(L, 1);
  return kind;
}

// Arguments: pipeline, samples, labels or values where the last step asks for such, options.
// Makes them four, and fits copies of the steps, which lie in the array at 6 then.
enum FitPlace { kX = 2, kY = 3, kFitOptions = 4, kThePipeline = 5, kCopies = 6, kVerbose = 7 };

void FitCopies(lua_State* L) {
  const int count = CheckPipeline(L, 1).count;
  lua_settop(L, FitOptionsAt(LastKind(L, 1)));
  if (lua_gettop(L) < kFitOptions) {
    lua_pushnil(L);
    lua_insert(L, kY);
  }
  lua_pushvalue(L, 1);
  lua_newtable(L);
  PushVerbose(L, kFitOptions);
  for (int i = 1; i <= count; ++i) {
    PushStep(L, kThePipeline, i);
    PushUnfitted(L, -1);
    lua_pushvalue(L, -1);
    lua_rawseti(L, kCopies, i);
    lua_replace(L, 1);
    lua_settop(L, kVerbose);
    FitArguments(L, false, i < count ? kVerbose : kFitOptions);
    lua_settop(L, kVerbose);
    if (i == count) return;
    const ml::Method& transform = CheckFitted(L, 1).kind->transform;
    const ml::Estimator& e = CheckHas(L, transform, "transform");
    lua_pushnil(L);
    PushComputed(L, transform, kX, kVerbose + 1, e.features, false);
    lua_replace(L, kX);
    lua_settop(L, kVerbose);
  }
}

// Nothing here raises: either every step is as fitted, or none.
void TakeOver(lua_State* L) {
  const int count = CheckPipeline(L, kThePipeline).count;
  for (int i = 1; i <= count; ++i) {
    ml::Estimator& e = PushStep(L, kThePipeline, i);
    lua_rawgeti(L, kCopies, i);
    e = std::move(CheckEstimatorBox(L, -1).estimator);
    lua_pop(L, 2);
  }
}

// pipeline:fit(x [, y] [, options]) -> pipeline
int FitMethod(lua_State* L) {
  FitCopies(L);
  TakeOver(L);
  lua_settop(L, kThePipeline);
  return 1;
}

// pipeline:fit_transform(x [, y] [, options]) -> tensor
int FitTransformMethod(lua_State* L) {
  const ml::Kind& last = LastKind(L, 1);
  if (last.transform.run == nullptr) ArgumentError(L, 1, "%s has no transform", last.name);
  FitCopies(L);
  TakeOver(L);
  PushStep(L, kThePipeline, CheckPipeline(L, kThePipeline).count);
  lua_replace(L, 1);
  lua_settop(L, kX);  // what the last step was given
  return EstimatorMethod("transform")(L);
}

// Fields ----------------------------------------------------------------------------------------

void PushSteps(lua_State* L) {
  const int count = CheckPipeline(L, 1).count;
  lua_createtable(L, count, 0);
  for (int i = 1; i <= count; ++i) {
    lua_createtable(L, 2, 0);
    PushName(L, 1, i);
    lua_rawseti(L, -2, 1);
    PushStep(L, 1, i);
    lua_rawseti(L, -2, 2);
    lua_rawseti(L, -2, i);
  }
}

lua_Integer BytesOf(lua_State* L) {
  size_t bytes = 0;
  const int count = CheckPipeline(L, 1).count;
  for (int i = 1; i <= count; ++i) {
    bytes += PushStep(L, 1, i).state.bytes();
    lua_pop(L, 1);
  }
  return static_cast<lua_Integer>(bytes);
}

// A field; a method from upvalue 1; the step of that name.
int PipelineIndex(lua_State* L) {
  const int count = CheckPipeline(L, 1).count;
  if (lua_isinteger(L, 2) != 0) {
    const lua_Integer i = lua_tointeger(L, 2);
    if (i < 1 || i > count) return 0;
    PushStep(L, 1, static_cast<int>(i));
    return 1;
  }
  const std::string_view name = lua_type(L, 2) == LUA_TSTRING ? lua_tostring(L, 2) : "";
  if (name == "kind") {
    lua_pushstring(L, kPipelineClass.name);
  } else if (name == "steps") {
    PushSteps(L);
  } else if (name == "fitted") {
    lua_pushboolean(L, AllFitted(L, 1));
  } else if (name == "bytes") {
    lua_pushinteger(L, BytesOf(L));
  } else if (name == "features" || name == "classes" || name == "task") {
    PushStep(L, 1, name == "features" ? 1 : count);
    lua_pushvalue(L, 2);
    lua_gettable(L, -2);
  } else {
    lua_pushvalue(L, 2);
    if (lua_rawget(L, lua_upvalueindex(1)) != LUA_TNIL) return 1;
    const int step = FindStep(L, 1, name);
    if (step == 0) return 1;
    PushStep(L, 1, step);
  }
  return 1;
}

int PipelineNewIndex(lua_State* L) {
  return luaL_error(L, "a pipeline has no field '%s' to set", luaL_tolstring(L, 2, nullptr));
}

int PipelineLength(lua_State* L) {
  lua_pushinteger(L, CheckPipeline(L, 1).count);
  return 1;
}

// "pipeline: scale (standard_scaler) -> model (gaussian_nb), not fitted"
int PipelineToString(lua_State* L) {
  const int count = CheckPipeline(L, 1).count;
  luaL_Buffer text;
  luaL_buffinit(L, &text);
  luaL_addstring(&text, "pipeline: ");
  for (int i = 1; i <= count; ++i) {
    if (i > 1) luaL_addstring(&text, " -> ");
    const char* kind = PushStep(L, 1, i).kind->name;
    lua_pop(L, 1);
    const bool plain = std::strcmp(PushName(L, 1, i), kind) == 0;
    luaL_addvalue(&text);
    if (plain) continue;
    lua_pushfstring(L, " (%s)", kind);
    luaL_addvalue(&text);
  }
  if (AllFitted(L, 1)) {
    lua_pushfstring(L, ", %I bytes", static_cast<LUAI_UACINT>(BytesOf(L)));
    luaL_addvalue(&text);
  } else {
    luaL_addstring(&text, ", not fitted");
  }
  luaL_pushresult(&text);
  return 1;
}

constexpr Entry kMethodTable[] = {
    {"steps", nullptr, "pipeline.steps -> array of {name, estimator}", "",
     Doc("A fresh array of its steps, as ml.pipeline takes them. `pipeline[i]` is the estimator "
         "of one, `pipeline.NAME` too; `#pipeline` how many there are."),
     ""},
    {"kind", nullptr, "pipeline.kind -> string", "", Doc("\"pipeline\"."), ""},
    {"fitted", nullptr, "pipeline.fitted -> boolean", "", Doc("Whether every step is fitted."), ""},
    {"features", nullptr, "pipeline.features -> integer | nil", "",
     Doc("How many features the first step's samples have."), ""},
    {"classes", nullptr, "pipeline.classes -> tensor | array of strings | nil", "",
     Doc("The labels that the last step knows."), ""},
    {"task", nullptr, "pipeline.task -> string", "", Doc("What the last step is for."), ""},
    {"bytes", nullptr, "pipeline.bytes -> integer", "bytes",
     Doc("What the arrays of all steps take."), ""},
    {"fit", FitMethod, "pipeline:fit(x [, y] [, options]) -> pipeline",
     "as estimator:fit of the last step",
     Doc("Fits each step to what those before it make of the samples; `weights` are for the last "
         "step. An error or Ctrl-C leaves every step as it was."),
     Doc("local x = tensor.new {{1, 200}, {2, 100}, {8, 900}, {9, 800}}\n"
         "local p = ml.pipeline(ml.standard_scaler(), ml.gaussian_nb()):fit(x, {0, 0, 1, 1})\n"
         "print(p:predict(tensor.new {8, 850})) --> 1")},
    {"fit_transform", FitTransformMethod, "pipeline:fit_transform(x [, y] [, options]) -> tensor",
     "as fit and transform", Doc("`fit`, then `transform` of the same samples."),
     Doc("local p = ml.pipeline(ml.standard_scaler(), ml.standard_scaler {mean = false})\n"
         "print(p:fit_transform(tensor.new {{1}, {3}}):at(1, 1)) --> -1.0")},
    {"predict", Predict, "pipeline:predict(x [, out]) -> tensor | label | number",
     "as estimator:predict", Doc("What the last step predicts of what those before it transform."),
     Doc("local p = ml.pipeline(ml.standard_scaler(), ml.gaussian_nb())\n"
         "p:fit(tensor.new {{1}, {2}, {8}, {9}}, {\"low\", \"low\", \"high\", \"high\"})\n"
         "print(p:predict(tensor.new {1.4})) --> low")},
    {"predict_proba", PredictProba, "pipeline:predict_proba(x [, out]) -> tensor",
     "as estimator:predict_proba", Doc("How probable each class is, in the order of `classes`."),
     Doc("local p = ml.pipeline(ml.standard_scaler(), ml.gaussian_nb())\n"
         "p:fit(tensor.new {{1}, {2}, {8}, {9}}, {3, 3, 7, 7})\n"
         "print(p:predict_proba(tensor.new {5})[1]) --> 0.5")},
    {"decision_function", Decision, "pipeline:decision_function(x [, out]) -> tensor",
     "as estimator:decision_function", Doc("What the last step decides by."),
     Doc("local p = ml.pipeline(ml.standard_scaler(), ml.gaussian_nb())\n"
         "p:fit(tensor.new {{1}, {2}, {8}, {9}}, {3, 3, 7, 7})\n"
         "print(pcall(p.decision_function, p, tensor.new {5})) --> false bad argument #1 to '?' "
         "(gaussian_nb has no decision_function)")},
    {"transform", Transform, "pipeline:transform(x [, out]) -> tensor", "as estimator:transform",
     Doc("What all steps make of samples."),
     Doc("local p = ml.pipeline(ml.standard_scaler()):fit(tensor.new {{1}, {3}})\n"
         "print(p:transform(tensor.new {4})[1]) --> 2.0")},
    {"inverse_transform", InverseTransform, "pipeline:inverse_transform(x [, out]) -> tensor",
     "as estimator:inverse_transform", Doc("Back through all steps, from the last to the first."),
     Doc("local p = ml.pipeline(ml.standard_scaler()):fit(tensor.new {{1}, {3}})\n"
         "print(p:inverse_transform(tensor.new {2})[1]) --> 4.0")},
    {"score_samples", ScoreSamples, "pipeline:score_samples(x [, out]) -> tensor",
     "as estimator:score_samples", Doc("The last step's score of each sample."),
     Doc("local p = ml.pipeline(ml.standard_scaler()):fit(tensor.new {{1}, {3}})\n"
         "print(pcall(p.score_samples, p, tensor.new {5})) --> false bad argument #1 to '?' "
         "(standard_scaler has no score_samples)")},
    {"score", Score, "pipeline:score(x [, y]) -> number", "as estimator:score",
     Doc("How well it predicts."),
     Doc("local p = ml.pipeline(ml.standard_scaler(), ml.gaussian_nb())\n"
         "local x, y = tensor.new {{1}, {2}, {8}, {9}}, {3, 3, 7, 7}\n"
         "print(p:fit(x, y):score(x, y)) --> 1.0")},
};

constexpr luaL_Reg kMetamethods[] = {{"__tostring", PipelineToString},
                                     {"__newindex", PipelineNewIndex},
                                     {"__len", PipelineLength},
                                     {nullptr, nullptr}};
const luaL_Reg* const kMetamethodLists[] = {kMetamethods};
const std::span<const Entry> kMethods[] = {kMethodTable};

constexpr Entry kPipelineTable[] = {
    {"clone", CloneFunction, "ml.clone(estimator [, options]) -> estimator",
     "options: those to change; of a pipeline's step as STEP__OPTION",
     Doc("An estimator with the same options that is not fitted; some of them changed if that is "
         "asked for. Pipelines are cloned with all their steps."),
     Doc("local p = ml.pipeline(ml.standard_scaler(), ml.gaussian_nb())\n"
         "print(ml.clone(p, {gaussian_nb__smoothing = 0.5}).gaussian_nb.options.smoothing) "
         "--> 0.5")},
    {"pipeline", PipelineFunction, "ml.pipeline(step, ...) -> pipeline",
     "step: an estimator or {name, estimator}; one array of such works too",
     Doc("Estimators one behind the other, used, saved and loaded as one: each but the last "
         "transforms samples for the next. Steps without a name are called by their kind. The "
         "estimators are used as they are, not copied."),
     Doc("local p = ml.pipeline {{\"scale\", ml.standard_scaler()}, {\"model\", "
         "ml.gaussian_nb()}}\n"
         "print(p) --> pipeline: scale (standard_scaler) -> model (gaussian_nb), not fitted\n"
         "print(p.model == p[2], #p) --> true 2")},
};

}  // namespace
}  // namespace pipeline

const std::span<const Entry> kMlPipelines = pipeline::kPipelineTable;

const Class kPipelineClass = {"pipeline",
                              "moonlet.pipeline",
                              Doc("Estimators one behind the other, used as one."),
                              pipeline::kMethods,
                              pipeline::kMetamethodLists,
                              pipeline::PipelineIndex};

const char* PushPipeline(lua_State* L, int steps, int names, int count) {
  for (int i = 1; i <= count; ++i) {
    if (const char* why = pipeline::NameRefusal(L, names, i)) return why;
    if (const char* why = pipeline::StepRefusal(L, steps, i, count)) return why;
  }
  auto* box =
      static_cast<PipelineBox*>(NewObject(L, kPipelineClass, sizeof(PipelineBox), kPipelineValues));
  lua_pushvalue(L, steps);
  lua_setiuservalue(L, -2, kPipelineSteps);
  lua_pushvalue(L, names);
  lua_setiuservalue(L, -2, kPipelineNames);
  lua_newtable(L);
  lua_setiuservalue(L, -2, kPipelineBetween);
  box->count = count;
  return nullptr;
}

int CheckSteps(lua_State* L, int index, ml::Step (&steps)[ml::kMostSteps], bool* several) {
  *several = TestObject(L, index, kPipelineClass) != nullptr;
  if (!*several) {
    steps[0] = {&CheckFitted(L, index), ""};
    return 1;
  }
  const int count = pipeline::CheckPipeline(L, index).count;
  for (int i = 1; i <= count; ++i) {
    const ml::Estimator& e = pipeline::PushStep(L, index, i);
    if (!e.fitted()) ArgumentError(L, index, "%s is not fitted yet", e.kind->name);
    steps[i - 1] = {&e, pipeline::PushName(L, index, i)};
    lua_pop(L, 2);
  }
  return count;
}

}  // namespace moonlet
