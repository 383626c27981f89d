// bindings/ml_hashing.cc - features by name into columns, by their hash.
#include <cmath>

#include "bindings/ml_metrics.h"
#include "bindings/ml_parts.h"
#include "bindings/tensor_parts.h"
#include "engine/ml/hashing.h"
#include "engine/tensor/convert.h"

namespace moonlet {
namespace {

struct Hasher {
  Index columns;
  bool is_signed;
};

const Hasher& CheckHasher(lua_State* L) {
  return *static_cast<const Hasher*>(CheckObject(L, 1, kHasherClass));
}

// ml.hashing([options]) -> hasher
int NewHasher(lua_State* L) {
  static constexpr const char* kNames[] = {"features", "signed"};
  constexpr int64_t kMostColumns = 1 << 24;
  const OptionTable options(L, 1, kNames);
  const int64_t columns = options.Integer("features", 64, 1, kMostColumns);
  const bool is_signed = options.Boolean("signed", true);
  auto* hasher = static_cast<Hasher*>(NewObject(L, kHasherClass, sizeof(Hasher), 0));
  *hasher = {static_cast<Index>(columns), is_signed};
  return 1;
}

Index CountFields(lua_State* L, int table) {
  Index n = 0;
  for (lua_pushnil(L); lua_next(L, table) != 0; lua_pop(L, 1)) ++n;
  return n;
}

// The feature that the key at -2 and the value at -1 stand for: "a" as one of an array, a number by
// its name, or a word as name=word. Leaves what it made on the stack.
ml::HashedFeature CheckFeature(lua_State* L, const Hasher& hasher) {
  const bool named = lua_type(L, -2) == LUA_TSTRING, word = lua_type(L, -1) == LUA_TSTRING;
  double value = 1;
  if (named && word) {
    lua_pushvalue(L, -2);
    lua_pushliteral(L, "=");
    lua_pushvalue(L, -3);
    lua_concat(L, 3);
  } else if (named && lua_type(L, -1) == LUA_TNUMBER) {
    value = lua_tonumber(L, -1);
    lua_pushvalue(L, -2);
  } else if (lua_type(L, -2) == LUA_TNUMBER && word) {
    lua_pushvalue(L, -1);
  } else {
    ArgumentError(L, 2,
                  "samples: arrays of strings, or tables from names to numbers or strings "
                  "expected, got a %s at a %s",
                  luaL_typename(L, -1), luaL_typename(L, -2));
  }
  if (!std::isfinite(value)) ArgumentError(L, 2, "samples: finite numbers expected");
  size_t size;
  const char* text = lua_tolstring(L, -1, &size);
  return ml::HashFeature({text, size}, value, hasher.columns, hasher.is_signed);
}

// Hashes the sample on top into a row.
void HashSample(lua_State* L, const Hasher& hasher, float* row) {
  const int sample = lua_gettop(L);
  const Index n = CountFields(L, sample);
  auto* features = PushRoom<ml::HashedFeature>(L, n);
  Index i = 0;
  for (lua_pushnil(L); lua_next(L, sample) != 0; ++i) {
    const int key = lua_gettop(L) - 1;
    features[i] = CheckFeature(L, hasher);
    lua_settop(L, key);
  }
  ml::SumFeatures(features, n, hasher.columns, row);
  lua_settop(L, sample);
}

// hasher:transform(samples [, out]) -> tensor
int HasherTransform(lua_State* L) {
  const Hasher& hasher = CheckHasher(L);
  luaL_checktype(L, 2, LUA_TTABLE);
  lua_settop(L, 3);
  const auto n = static_cast<Index>(lua_rawlen(L, 2));
  const Shape shape = MatrixShape(n, hasher.columns);
  int64_t dims[] = {n, hasher.columns};
  Shape checked;
  if (!ShapeFrom(dims, DType::kFloat32, &checked)) RaiseStatus(L, Status::NoMemory(PTRDIFF_MAX));
  const Tensor& result = *NewOrOut(L, 3, DType::kFloat32, shape);
  const Tensor& made = result.contiguous() ? result : *NewTensor(L, DType::kFloat32, shape);
  for (Index i = 0; i < n; ++i) {
    PollStop(L);
    if (lua_rawgeti(L, 2, static_cast<lua_Integer>(i + 1)) != LUA_TTABLE)
      ArgumentError(L, 2, "samples: number %I is a %s, expected a table",
                    static_cast<LUAI_UACINT>(i + 1), Given(L, -1));
    HashSample(L, hasher, made.as<float>() + i * hasher.columns);
    lua_pop(L, 1);
  }
  if (&made != &result) {
    RaiseIf(L, Convert(made, result, StopOf(L)));
    lua_pop(L, 1);
  }
  return 1;
}

int HasherIndex(lua_State* L) {
  const Hasher& hasher = CheckHasher(L);
  const std::string_view name = lua_type(L, 2) == LUA_TSTRING ? lua_tostring(L, 2) : "";
  if (name == "features") {
    lua_pushinteger(L, static_cast<lua_Integer>(hasher.columns));
  } else if (name == "signed") {
    lua_pushboolean(L, hasher.is_signed);
  } else {
    lua_pushvalue(L, 2);
    lua_rawget(L, lua_upvalueindex(1));
  }
  return 1;
}

int HasherNewIndex(lua_State* L) {
  return luaL_error(L, "a hasher has no field '%s' to set", luaL_tolstring(L, 2, nullptr));
}

int HasherToString(lua_State* L) {
  const Hasher& hasher = CheckHasher(L);
  lua_pushfstring(L, "hasher: %I features%s", static_cast<LUAI_UACINT>(hasher.columns),
                  hasher.is_signed ? ", signed" : "");
  return 1;
}

constexpr luaL_Reg kHasherMetamethods[] = {
    {"__tostring", HasherToString}, {"__newindex", HasherNewIndex}, {nullptr, nullptr}};
const luaL_Reg* const kHasherMetamethodLists[] = {kHasherMetamethods};

constexpr Entry kHasherMethods[] = {
    {"transform", HasherTransform, "hasher:transform(samples [, out]) -> tensor",
     "samples: array of samples; result: float32 {samples, features}",
     Doc("A row for each sample. A sample is an array of strings, each of which counts 1, or a "
         "table from names to numbers, or to strings: {colour = \"red\"} counts 1 for "
         "\"colour=red\". What falls into one column is added up."),
     Doc("local hasher = ml.hashing{features = 4, signed = false}\n"
         "print(hasher:transform{{\"a\", \"b\", \"a\"}, {a = 2}}:sum(2)) --> tensor float32 {2}\n"
         "--> [3., 2.]")},
    {"features", nullptr, "hasher.features -> integer", "", Doc("The columns of a row."), ""},
    {"signed", nullptr, "hasher.signed -> boolean", "",
     Doc("Whether a bit of the hash turns values around."), ""},
};
const std::span<const Entry> kHasherMethodLists[] = {kHasherMethods};

constexpr Entry kHashingTable[] = {
    {"hashing", NewHasher, "ml.hashing([options]) -> hasher",
     "options: features: integer >= 1, 64; signed: boolean, true",
     Doc("Features with names into a fixed number of columns, without a table of names "
         "(scikit-learn's FeatureHasher, and the same columns: MurmurHash3). `signed` gives half "
         "of the names a negative sign, so that collisions cancel on average."),
     Doc("print(ml.hashing{features = 8}) --> hasher: 8 features, signed")},
};

}  // namespace

const std::span<const Entry> kMlHashing = kHashingTable;

const Class kHasherClass = {"hasher",
                            "moonlet.hasher",
                            Doc("Features with names into a fixed number of columns."),
                            kHasherMethodLists,
                            kHasherMetamethodLists,
                            HasherIndex};

}  // namespace moonlet
