// bindings/ml_label_encoder.cc - labels as positions among all there are, and back.
#include <new>

#include "bindings/ml_metrics.h"
#include "bindings/ml_parts.h"
#include "bindings/tensor_parts.h"

namespace moonlet {
namespace {

// Holds labels as estimators do; it has no kind.
ml::Estimator& CheckEncoder(lua_State* L) {
  return *static_cast<ml::Estimator*>(CheckObject(L, 1, kLabelEncoderClass));
}

const ml::Estimator& CheckFittedEncoder(lua_State* L) {
  const ml::Estimator& e = CheckEncoder(L);
  if (e.classes == 0) ArgumentError(L, 1, "label_encoder is not fitted yet");
  return e;
}

// ml.label_encoder() -> encoder
int NewEncoder(lua_State* L) {
  auto* e = new (NewObject(L, kLabelEncoderClass, sizeof(ml::Estimator), 0)) ml::Estimator();
  e->state = ml::State(EngineMemory(L));
  return 1;
}

// encoder:fit(y) -> encoder
int EncoderFit(lua_State* L) {
  ml::Estimator& e = CheckEncoder(L);
  const Index n = CountLabels(L, 2);
  if (n < 1) ArgumentError(L, 2, "labels: a vector of at least one expected");
  const Encoded y = EncodeLabels(L, 2, n, nullptr, 0);
  RaiseIf(L, e.state.Copy(ml::kLabelArray, *y.labels));
  e.classes = y.classes;
  e.label_dtype = y.dtype;
  lua_settop(L, 1);
  return 1;
}

// encoder:transform(y [, out]) -> tensor | integer
int EncoderTransform(lua_State* L) {
  const ml::Estimator& e = CheckFittedEncoder(L);
  lua_settop(L, 3);
  const int type = lua_type(L, 2);
  const bool single = type == LUA_TSTRING || type == LUA_TNUMBER;
  if (single) {
    lua_createtable(L, 1, 0);
    lua_pushvalue(L, 2);
    lua_rawseti(L, -2, 1);
    lua_replace(L, 2);
  }
  const Index n = CountLabels(L, 2);
  const Encoded y = EncodeLabels(L, 2, n, &e, 0);
  if (single) {
    lua_pushinteger(L, y.codes[0] + 1);
    return 1;
  }
  const Tensor& out = *NewOrOut(L, 3, DType::kInt32, VectorShape(n));
  for (Index i = 0; i < n; ++i) out.as<int32_t>()[i * out.strides[0]] = y.codes[i] + 1;
  return 1;
}

// encoder:inverse_transform(codes) -> tensor | array of strings | label
int EncoderInverse(lua_State* L) {
  const ml::Estimator& e = CheckFittedEncoder(L);
  lua_settop(L, 3);
  if (lua_type(L, 2) == LUA_TNUMBER) {
    PushLabel(L, e, CheckPosition(L, 2, e.classes, "code"));
    return 1;
  }
  const Tensor& t = *NewTensorFrom(L, 2, DType::kInt32);
  if (t.rank() != 1) ArgumentError(L, 2, "codes: a vector expected, got rank %d", t.rank());
  auto* codes = t.as<int32_t>();
  for (Index i = 0; i < t.dim(0); ++i) {
    if (codes[i] < 1 || codes[i] > e.classes)
      ArgumentError(L, 2, "code %d out of range (%I classes)", codes[i],
                    static_cast<LUAI_UACINT>(e.classes));
    codes[i] -= 1;
  }
  PushLabels(L, e, codes, t.dim(0), 3);
  return 1;
}

int EncoderIndex(lua_State* L) {
  const ml::Estimator& e = CheckEncoder(L);
  const char* name = lua_type(L, 2) == LUA_TSTRING ? lua_tostring(L, 2) : "";
  if (std::string_view(name) == "classes") {
    if (e.classes == 0) return 0;
    PushClasses(L, e);
    return 1;
  }
  lua_pushvalue(L, 2);
  lua_rawget(L, lua_upvalueindex(1));
  return 1;
}

int EncoderNewIndex(lua_State* L) {
  return luaL_error(L, "a label_encoder has no field '%s' to set", luaL_tolstring(L, 2, nullptr));
}

int EncoderToString(lua_State* L) {
  const ml::Estimator& e = CheckEncoder(L);
  if (e.classes == 0) {
    lua_pushstring(L, "label_encoder, not fitted");
  } else {
    lua_pushfstring(L, "label_encoder: %I classes", static_cast<LUAI_UACINT>(e.classes));
  }
  return 1;
}

int CollectEncoder(lua_State* L) {
  static_cast<ml::Estimator*>(lua_touserdata(L, 1))->state.Clear();
  return 0;
}

constexpr luaL_Reg kEncoderMetamethods[] = {{"__tostring", EncoderToString},
                                            {"__newindex", EncoderNewIndex},
                                            {"__gc", CollectEncoder},
                                            {nullptr, nullptr}};
const luaL_Reg* const kEncoderMetamethodLists[] = {kEncoderMetamethods};

constexpr Entry kEncoderMethods[] = {
    {"fit", EncoderFit, "label_encoder:fit(y) -> label_encoder",
     "y: whole numbers or strings {samples}",
     Doc("Takes the labels that occur, in ascending order, in place of those before."),
     Doc("print(ml.label_encoder():fit({\"b\", \"a\", \"b\"})) --> label_encoder: 2 classes")},
    {"transform", EncoderTransform, "label_encoder:transform(y [, out]) -> tensor | integer",
     "y: labels {samples}, or one; result: int32 {samples}, from 1",
     Doc("The position of each label in `classes`. Raises for one that is not there."),
     Doc("local encoder = ml.label_encoder():fit({\"b\", \"a\", \"b\"})\n"
         "print(encoder:transform({\"b\", \"a\"}), encoder:transform(\"b\")) --> tensor int32 {2}\n"
         "--> [2, 1] 2")},
    {"inverse_transform", EncoderInverse,
     "label_encoder:inverse_transform(codes [, out]) -> tensor | array of strings | label",
     "codes: from 1, {samples}, or one",
     Doc("The labels at these positions of `classes`. Raises for a position outside."),
     Doc("print(ml.label_encoder():fit({\"b\", \"a\"}):inverse_transform(2)) --> b")},
    {"classes", nullptr, "label_encoder.classes -> tensor | array of strings | nil", "",
     Doc("The labels it knows, in ascending order."), ""},
};
const std::span<const Entry> kEncoderMethodLists[] = {kEncoderMethods};

constexpr Entry kEncoderTable[] = {
    {"label_encoder", NewEncoder, "ml.label_encoder() -> label_encoder", "",
     Doc("Labels as whole numbers from 1 and back (scikit-learn's LabelEncoder, which counts from "
         "0). Estimators take labels as they are: this is for tensors of them."),
     Doc("local encoder = ml.label_encoder():fit({\"yes\", \"no\"})\n"
         "print(table.concat(encoder.classes, \" \")) --> no yes")},
};

}  // namespace

const std::span<const Entry> kMlLabelEncoder = kEncoderTable;

const Class kLabelEncoderClass = {
    "label_encoder",     "moonlet.label_encoder", Doc("Labels as whole numbers and back."),
    kEncoderMethodLists, kEncoderMetamethodLists, EncoderIndex};

}  // namespace moonlet
