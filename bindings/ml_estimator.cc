// bindings/ml_estimator.cc - the estimator as a Lua value: making one, its options and fields.
#include "bindings/ml_estimator.h"

#include <cmath>
#include <cstring>
#include <new>

#include "bindings/ml_parts.h"
#include "bindings/options.h"
#include "bindings/report.h"
#include "bindings/tensor_parts.h"
#include "engine/ml/file.h"
#include "engine/ml/kinds.h"
#include "engine/tensor/convert.h"
#include "vm/runtime.h"

namespace moonlet {
namespace {

constexpr const char* kClassWeight = "class_weight";

bool TakesClassWeight(const ml::Kind& kind) {
  return kind.weights && kind.task == ml::Task::kClassify;
}

// Raises for an option by scikit-learn's name, and names ours.
void CheckPeerNames(lua_State* L, int index, const ml::Kind& kind) {
  for (lua_pushnil(L); lua_next(L, index) != 0; lua_pop(L, 1)) {
    const char* word = lua_type(L, -2) == LUA_TSTRING ? lua_tostring(L, -2) : "";
    if (ml::FindOption(kind.options, word) >= 0) continue;
    for (const ml::OptionSpec& spec : kind.options)
      if (*word != '\0' && std::strcmp(word, spec.sklearn) == 0)
        ArgumentError(L, index, "scikit-learn's option '%s' is '%s' here", word, spec.name);
  }
}

// The value of option `spec` that is on top of the stack; raises unless it can have it.
double CheckOption(lua_State* L, int index, const ml::OptionSpec& spec, int value) {
  const int type = lua_type(L, value);
  double number = NAN;
  if (type == LUA_TBOOLEAN && spec.type == ml::OptionType::kFlag) number = lua_toboolean(L, value);
  if (type == LUA_TNUMBER && spec.type != ml::OptionType::kFlag &&
      spec.type != ml::OptionType::kWord)
    number = lua_tonumber(L, value);
  if (type == LUA_TNUMBER && number < 0 && spec.least >= 0) number = NAN;  // not a word's value
  if (type == LUA_TSTRING) {
    const int word = ml::WordPosition(spec.words, lua_tostring(L, value));
    if (word >= 0) number = spec.type == ml::OptionType::kWord ? word : -1 - word;
  }
  if (ml::Allows(spec, number)) return number;
  const char* got =
      type == LUA_TSTRING ? lua_pushfstring(L, "\"%s\"", lua_tostring(L, value)) : Given(L, value);
  if (spec.type == ml::OptionType::kFlag)
    ArgumentError(L, index, "option '%s': boolean expected, got %s", spec.name, got);
  if (spec.type == ml::OptionType::kWord)
    ArgumentError(L, index, "option '%s': one of %s expected, got %s", spec.name, spec.words, got);
  if (spec.type == ml::OptionType::kSeed)
    ArgumentError(L, index, "option '%s': whole number of at least 0 expected, got %s", spec.name,
                  got);
  const char* range =
      spec.type == ml::OptionType::kNumber
          ? lua_pushfstring(L, "number from %f to %f", static_cast<LUAI_UACNUMBER>(spec.least),
                            static_cast<LUAI_UACNUMBER>(spec.most))
          : lua_pushfstring(L, "whole number from %I to %I", static_cast<LUAI_UACINT>(spec.least),
                            static_cast<LUAI_UACINT>(spec.most));
  ArgumentError(L, index, "option '%s': %s%s%s expected, got %s", spec.name, range,
                *spec.words != '\0' ? " or " : "", spec.words, got);
}

void CheckList(lua_State* L, int index, const ml::OptionSpec& spec, ml::Options* options) {
  if (lua_type(L, -1) != LUA_TTABLE)
    ArgumentError(L, index, "option '%s': array of whole numbers expected, got %s", spec.name,
                  Given(L, -1));
  const lua_Integer count = luaL_len(L, -1);
  if (count > ml::kMostListed)
    ArgumentError(L, index, "option '%s': at most %d numbers expected, got %I", spec.name,
                  ml::kMostListed, static_cast<LUAI_UACINT>(count));
  for (lua_Integer i = 1; i <= count; ++i) {
    lua_geti(L, -1, i);
    options->list[i - 1] = CheckOption(L, index, spec, lua_gettop(L));
    lua_pop(L, 1);
  }
  options->listed = static_cast<int>(count);
}

// A seed from the generator of math.random.
double DrawSeed(lua_State* L) {
  lua_getglobal(L, "math");
  lua_getfield(L, -1, "random");
  lua_pushinteger(L, 0);
  lua_pushinteger(L, (lua_Integer{1} << 53) - 1);
  lua_call(L, 2, 1);
  const auto seed = static_cast<double>(lua_tointeger(L, -1));
  lua_pop(L, 2);
  return seed;
}

void TakeOptions(lua_State* L, int index, const ml::Kind& kind, ml::Options* options) {
  for (size_t i = 0; i < kind.options.size(); ++i) {
    const ml::OptionSpec& spec = kind.options[i];
    if (index == 0 || lua_getfield(L, index, spec.name) == LUA_TNIL) {
      if (spec.type == ml::OptionType::kSeed) options->values[i] = DrawSeed(L);
    } else if (spec.type == ml::OptionType::kList) {
      CheckList(L, index, spec, options);
    } else {
      options->values[i] = CheckOption(L, index, spec, lua_gettop(L));
    }
    if (index != 0) lua_pop(L, 1);
  }
}

// "balanced", or a table of weights by label.
void TakeClassWeight(lua_State* L, int index) {
  const int type = lua_getfield(L, index, kClassWeight);
  const bool balanced = type == LUA_TSTRING && std::strcmp(lua_tostring(L, -1), "balanced") == 0;
  if (type != LUA_TNIL && type != LUA_TTABLE && !balanced)
    ArgumentError(L, index,
                  "option 'class_weight': \"balanced\" or table of weights by label "
                  "expected, got %s",
                  Given(L, -1));
  lua_setiuservalue(L, -2, kEstimatorClassWeight);
}

const ml::Kind& CheckKind(lua_State* L, int index) {
  const char* name = luaL_checkstring(L, index);
  const ml::Kind* kind = ml::FindKind(name);
  if (kind == nullptr) ArgumentError(L, index, "no kind of estimator '%s'", name);
  return *kind;
}

// ml.estimator(kind [, options])
int EstimatorFunction(lua_State* L) {
  const ml::Kind& kind = CheckKind(L, 1);
  lua_settop(L, 2);
  lua_remove(L, 1);
  return NewEstimator(L, kind);
}

// The array `name` of the table at `index` into the state.
void TakeArray(lua_State* L, int index, const ml::ArraySpec& spec, int array, ml::State* state) {
  if (lua_getfield(L, index, spec.name) != LUA_TNIL) {
    const Tensor& t = *NewTensorFrom(L, lua_gettop(L), spec.dtype, 2);
    RaiseIf(L, state->Copy(array, t));
    lua_pop(L, 1);
  }
  lua_pop(L, 1);
}

// ml.fitted(kind, {features =, options =, arrays =, classes =})
int FittedFunction(lua_State* L) {
  const ml::Kind& kind = CheckKind(L, 1);
  luaL_checktype(L, 2, LUA_TTABLE);
  static constexpr const char* kNames[] = {"features", "options", "arrays", "classes"};
  const OptionTable options(L, 2, kNames);
  const int64_t features = options.Integer("features", 0, 1, INT32_MAX);
  lua_settop(L, 2);
  lua_pushcfunction(L, EstimatorFunction);
  lua_pushvalue(L, 1);
  lua_getfield(L, 2, "options");
  lua_call(L, 2, 1);
  ml::Estimator& e = CheckEstimatorBox(L, 3).estimator;
  if (lua_getfield(L, 2, "arrays") != LUA_TTABLE)
    ArgumentError(L, 2, "table of arrays expected, got %s", Given(L, -1));
  for (size_t i = 0; i < kind.arrays.size(); ++i)
    TakeArray(L, 4, kind.arrays[i], static_cast<int>(i), &e.state);
  if (lua_getfield(L, 2, "classes") != LUA_TNIL) {
    const auto count = TestTensor(L, 5) != nullptr ? TestTensor(L, 5)->dim(0) : luaL_len(L, 5);
    const Encoded encoded = EncodeLabels(L, 5, static_cast<Index>(count), nullptr, 0);
    RaiseIf(L, e.state.Copy(ml::kLabelArray, *encoded.labels));
    e.classes = encoded.classes;
    e.label_dtype = encoded.dtype;
  }
  e.features = static_cast<Index>(features);
  Status s = ml::CheckLabels(e);
  if (s.ok()) s = ml::CheckEstimator(e);
  if (!s.ok()) {
    e.features = 0;
    RaiseStatus(L, s);
  }
  lua_settop(L, 3);
  return 1;
}

// Pushes the names of all kinds.
int KindsFunction(lua_State* L) {
  lua_newtable(L);
  lua_Integer i = 0;
  for (const ml::Kind* kind : ml::Kinds()) {
    lua_pushstring(L, kind->name);
    lua_rawseti(L, -2, ++i);
  }
  return 1;
}

constexpr const char* kOptionTypes[] = {"number", "whole", "flag", "word", "seed", "list"};
constexpr const char* kTasks[] = {"classify", "regress", "cluster",
                                  "outliers", "density", "transform"};

void PushOptionValue(lua_State* L, const ml::OptionSpec& spec, double value) {
  const bool word = spec.type == ml::OptionType::kWord;
  if (spec.type == ml::OptionType::kFlag) {
    lua_pushboolean(L, value != 0);
  } else if (word || (value < 0 && spec.least >= 0)) {
    const auto text = ml::WordAt(spec.words, static_cast<int>(word ? value : -1 - value));
    lua_pushlstring(L, text.data(), text.size());
  } else if (spec.type == ml::OptionType::kNumber) {
    lua_pushnumber(L, value);
  } else {
    lua_pushinteger(L, static_cast<lua_Integer>(value));
  }
}

// Sets element i of the table below the one on top.
void SetElement(lua_State* L, size_t i) { lua_rawseti(L, -2, static_cast<lua_Integer>(i + 1)); }

void PushOptionSpecs(lua_State* L, const ml::Kind& kind) {
  lua_newtable(L);
  for (size_t i = 0; i < kind.options.size(); ++i) {
    const ml::OptionSpec& spec = kind.options[i];
    lua_newtable(L);
    SetText(L, "name", spec.name);
    SetText(L, "sklearn", *spec.sklearn != '\0' ? spec.sklearn : spec.name);
    SetText(L, "type", kOptionTypes[static_cast<int>(spec.type)]);
    SetText(L, "words", spec.words);
    if (spec.type != ml::OptionType::kSeed && spec.type != ml::OptionType::kList) {
      PushOptionValue(L, spec, spec.otherwise);
      lua_setfield(L, -2, "otherwise");
    }
    SetElement(L, i);
  }
}

void PushArraySpecs(lua_State* L, const ml::Kind& kind) {
  lua_newtable(L);
  for (size_t i = 0; i < kind.arrays.size(); ++i) {
    const ml::ArraySpec& spec = kind.arrays[i];
    lua_newtable(L);
    SetText(L, "name", spec.name);
    SetText(L, "dtype", NameOf(spec.dtype));
    SetText(L, "shape", spec.shape);
    lua_pushboolean(L, spec.optional);
    lua_setfield(L, -2, "optional");
    SetElement(L, i);
  }
}

// ml.describe(kind)
int DescribeFunction(lua_State* L) {
  const ml::Kind& kind = CheckKind(L, 1);
  lua_newtable(L);
  SetText(L, "name", kind.name);
  SetText(L, "sklearn", kind.sklearn);
  SetText(L, "task", kTasks[static_cast<int>(kind.task)]);
  PushOptionSpecs(L, kind);
  lua_setfield(L, -2, "options");
  PushArraySpecs(L, kind);
  lua_setfield(L, -2, "arrays");
  return 1;
}

void PushOptions(lua_State* L, int index, const ml::Estimator& e) {
  lua_newtable(L);
  for (size_t i = 0; i < e.kind->options.size(); ++i) {
    const ml::OptionSpec& spec = e.kind->options[i];
    if (spec.type == ml::OptionType::kList) {
      lua_newtable(L);
      for (int j = 0; j < e.options.listed; ++j) {
        lua_pushinteger(L, static_cast<lua_Integer>(e.options.list[j]));
        lua_rawseti(L, -2, j + 1);
      }
    } else {
      PushOptionValue(L, spec, e.options.values[i]);
    }
    lua_setfield(L, -2, spec.name);
  }
  lua_getiuservalue(L, index, kEstimatorClassWeight);
  if (lua_isnil(L, -1)) return lua_pop(L, 1);
  lua_setfield(L, -2, kClassWeight);
}

// An array that fitting found, as a copy; false when it has none of that name.
bool PushArray(lua_State* L, const ml::Estimator& e, const char* name) {
  for (size_t i = 0; i < e.kind->arrays.size(); ++i) {
    const int array = static_cast<int>(i);
    if (std::strcmp(name, e.kind->arrays[i].name) != 0 || !e.state.has(array)) continue;
    const Tensor& from = e.state[array];
    const Tensor& copy = *NewTensor(L, from.dtype, from.shape);
    std::memcpy(copy.data, from.data, from.bytes());
    return true;
  }
  return false;
}

const char* NameOf(ml::Task task) {
  switch (task) {
    case ml::Task::kClassify:
      return "classify";
    case ml::Task::kRegress:
      return "regress";
    case ml::Task::kCluster:
      return "cluster";
    case ml::Task::kOutliers:
      return "outliers";
    case ml::Task::kDensity:
      return "density";
    case ml::Task::kTransform:
      return "transform";
  }
  return "";
}

// A field, else a method from upvalue 1.
int EstimatorIndex(lua_State* L) {
  const ml::Estimator& e = CheckEstimatorBox(L, 1).estimator;
  const char* name = lua_type(L, 2) == LUA_TSTRING ? lua_tostring(L, 2) : "";
  if (std::strcmp(name, "kind") == 0) {
    lua_pushstring(L, e.kind->name);
  } else if (std::strcmp(name, "task") == 0) {
    lua_pushstring(L, NameOf(e.kind->task));
  } else if (std::strcmp(name, "options") == 0) {
    PushOptions(L, 1, e);
  } else if (std::strcmp(name, "fitted") == 0) {
    lua_pushboolean(L, e.fitted());
  } else if (std::strcmp(name, "features") == 0 && e.fitted()) {
    lua_pushinteger(L, static_cast<lua_Integer>(e.features));
  } else if (std::strcmp(name, "bytes") == 0) {
    lua_pushinteger(L, static_cast<lua_Integer>(e.state.bytes()));
  } else if (std::strcmp(name, "classes") == 0 && e.classes > 0) {
    PushClasses(L, e);
  } else if (!PushArray(L, e, name)) {
    lua_pushvalue(L, 2);
    lua_rawget(L, lua_upvalueindex(1));
  }
  return 1;
}

int EstimatorNewIndex(lua_State* L) {
  return luaL_error(L, "an estimator has no field '%s' to set", luaL_tolstring(L, 2, nullptr));
}

int EstimatorToString(lua_State* L) {
  const ml::Estimator& e = CheckEstimatorBox(L, 1).estimator;
  if (!e.fitted()) {
    lua_pushfstring(L, "%s, not fitted", e.kind->name);
  } else {
    lua_pushfstring(L, "%s: %I feature%s", e.kind->name, static_cast<LUAI_UACINT>(e.features),
                    e.features == 1 ? "" : "s");
    if (e.classes > 0) {
      lua_pushfstring(L, ", %I classes", static_cast<LUAI_UACINT>(e.classes));
      lua_concat(L, 2);
    }
    lua_pushfstring(L, ", %I bytes", static_cast<LUAI_UACINT>(e.state.bytes()));
    lua_concat(L, 2);
  }
  return 1;
}

int CollectEstimator(lua_State* L) {
  static_cast<EstimatorBox*>(lua_touserdata(L, 1))->estimator.state.Clear();
  return 0;
}

constexpr Entry kFieldTable[] = {
    {"kind", nullptr, "estimator.kind -> string", "", Doc("What it is: \"gaussian_nb\"."), ""},
    {"options", nullptr, "estimator.options -> table", "",
     Doc("A fresh table of its options, also of those left out: `ml.estimator(e.kind, e.options)` "
         "makes another one like it, not fitted."),
     ""},
    {"task", nullptr, "estimator.task -> string", "",
     Doc("What it is for: \"classify\", \"regress\", \"cluster\", \"outliers\", \"density\" or "
         "\"transform\"."),
     ""},
    {"fitted", nullptr, "estimator.fitted -> boolean", "", Doc("Whether it can predict."), ""},
    {"features", nullptr, "estimator.features -> integer | nil", "",
     Doc("How many features its samples have."), ""},
    {"classes", nullptr, "estimator.classes -> tensor | array of strings | nil", "",
     Doc("The labels it knows, sorted: columns of `predict_proba` are in this order."), ""},
    {"bytes", nullptr, "estimator.bytes -> integer", "bytes",
     Doc("What its arrays take. Each is a field of its own by scikit-learn's name without the last "
         "underscore (`coef`, `cluster_centers`): a copy, so nothing a script does to it changes "
         "the estimator."),
     ""},
};

constexpr luaL_Reg kMetamethods[] = {{"__tostring", EstimatorToString},
                                     {"__newindex", EstimatorNewIndex},
                                     {"__gc", CollectEstimator},
                                     {nullptr, nullptr}};
const luaL_Reg* const kMetamethodLists[] = {kMetamethods, kMlNeighbourMetamethods};
const std::span<const Entry> kMethods[] = {
    kMlFieldMethods,   kMlFitMethods, kMlApplyMethods,     kMlClusterMethods, kMlLinearMethods,
    kMlMixtureMethods, kMlMlpMethods, kMlNeighbourMethods, kMlTreeMethods,
};

constexpr Entry kEstimatorTable[] = {
    {"estimator", EstimatorFunction, "ml.estimator(kind [, options]) -> estimator",
     "kind: string, one of ml.kinds()",
     Doc("An estimator by the name of its kind: what the function of that name makes."),
     Doc("print(ml.estimator(\"gaussian_nb\")) --> gaussian_nb, not fitted")},
    {"kinds", KindsFunction, "ml.kinds() -> array of strings", "", Doc("All kinds of estimators."),
     Doc("print(#ml.kinds() > 1) --> true")},
    {"describe", DescribeFunction, "ml.describe(kind) -> table", "kind: string, one of ml.kinds()",
     Doc("What a kind is: `name`, `sklearn` (its peer there), `task`, `options` (each with name, "
         "sklearn, type, words and otherwise, the value unless given) and `arrays` (each with "
         "name, dtype, shape and optional; in shapes f stands for features, k for classes)."),
     Doc("print(ml.describe(\"gaussian_nb\").sklearn) --> GaussianNB")},
    {"fitted", FittedFunction, "ml.fitted(kind, parts) -> estimator",
     "kind: string; parts.features: integer; parts.options: table; parts.arrays: table of tensors; "
     "parts.classes: labels in ascending order",
     Doc("An estimator put together from what was fitted elsewhere: its arrays by the names that "
         "are its fields afterwards. Raises when one is missing or does not fit."),
     Doc("local arrays = {mean = {1}, var = {4}, scale = {2}, n_samples_seen = {10}}\n"
         "local scaler = ml.fitted(\"standard_scaler\", {features = 1, arrays = arrays})\n"
         "print(scaler:transform(tensor.new {{5}}):at(1, 1)) --> 2.0")},
};

}  // namespace

const std::span<const Entry> kMlEstimators = kEstimatorTable;
const std::span<const Entry> kMlFieldMethods = kFieldTable;

const Class kEstimatorClass = {
    "estimator",
    "moonlet.estimator",
    Doc("A model of classical machine learning: fit it, or load one, then predict."),
    kMethods,
    kMetamethodLists,
    EstimatorIndex};

EstimatorBox& PushEstimator(lua_State* L, const ml::Kind& kind) {
  auto* box =
      new (NewObject(L, kEstimatorClass, sizeof(EstimatorBox), kEstimatorValues)) EstimatorBox();
  box->estimator.kind = &kind;
  box->estimator.options = ml::Defaults(kind.options);
  box->estimator.state = ml::State(Runtime::Of(L).engine_memory());
  return *box;
}

int NewEstimator(lua_State* L, const ml::Kind& kind) {
  lua_settop(L, 1);
  PushEstimatorWith(L, kind, 1);
  return 1;
}

void PushEstimatorWith(lua_State* L, const ml::Kind& kind, int index) {
  const bool given = !lua_isnil(L, index);
  if (given) {
    luaL_checktype(L, index, LUA_TTABLE);
    CheckPeerNames(L, index, kind);
  }
  const char* names[ml::kMostOptions + 1];
  size_t count = 0;
  for (const ml::OptionSpec& spec : kind.options) names[count++] = spec.name;
  if (TakesClassWeight(kind)) names[count++] = kClassWeight;
  const OptionTable unknown(L, index, {names, count});  // raises for them
  ml::Options& options = PushEstimator(L, kind).estimator.options;
  TakeOptions(L, given ? index : 0, kind, &options);
  if (given && TakesClassWeight(kind)) TakeClassWeight(L, index);
}

void PushUnfitted(lua_State* L, int index) {
  index = lua_absindex(L, index);
  const ml::Estimator& like = CheckEstimatorBox(L, index).estimator;
  PushEstimator(L, *like.kind).estimator.options = like.options;
  lua_getiuservalue(L, index, kEstimatorClassWeight);
  lua_setiuservalue(L, -2, kEstimatorClassWeight);
}

lua_CFunction EstimatorMethod(std::string_view name) {
  for (const std::span<const Entry> methods : kMethods)
    for (const Entry& entry : methods)
      if (name == entry.name) return entry.function;
  return nullptr;
}

EstimatorBox& CheckEstimatorBox(lua_State* L, int index) {
  return *static_cast<EstimatorBox*>(CheckObject(L, index, kEstimatorClass));
}

const ml::Estimator& CheckFitted(lua_State* L, int index) {
  const ml::Estimator& e = CheckEstimatorBox(L, index).estimator;
  if (!e.fitted()) ArgumentError(L, index, "%s is not fitted yet", e.kind->name);
  return e;
}

double* ScratchOfBox(lua_State* L, int index, Index count) {
  EstimatorBox& box = CheckEstimatorBox(L, index);
  if (count > box.scratch_room) {
    box.scratch_room = 0;
    auto* memory = lua_newuserdatauv(L, static_cast<size_t>(count) * sizeof(double), 0);
    lua_setiuservalue(L, index, kEstimatorScratch);
    box.scratch = static_cast<double*>(memory);
    box.scratch_room = count;
  }
  return box.scratch;
}

}  // namespace moonlet
