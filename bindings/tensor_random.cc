// bindings/tensor_random.cc - tensors of random numbers.
//
// With a seed each call has a generator of its own. Without one the call takes its seed
// from math.random, which starts from a constant: a script's numbers are the same in
// every run and on every target until it calls math.randomseed.
#include <limits>

#include "bindings/registry.h"
#include "bindings/tensor.h"
#include "bindings/tensor_parts.h"
#include "engine/tensor/dispatch.h"
#include "engine/tensor/random.h"

namespace moonlet {
namespace {

uint64_t SeedFromMath(lua_State* L) {
  luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
  lua_getfield(L, -1, LUA_MATHLIBNAME);
  if (!lua_istable(L, -1)) luaL_error(L, "the module math is gone; give a seed");
  lua_getfield(L, -1, "random");
  lua_pushinteger(L, 0);  // asks for all 64 bits
  lua_call(L, 1, 1);
  if (!lua_isinteger(L, -1)) luaL_error(L, "math.random(0) gave no integer; give a seed");
  const auto seed = static_cast<uint64_t>(lua_tointeger(L, -1));
  lua_pop(L, 3);
  return seed;
}

uint64_t OptSeed(lua_State* L, int index) {
  if (lua_isnoneornil(L, index)) return SeedFromMath(L);
  return static_cast<uint64_t>(luaL_checkinteger(L, index));
}

// The index of the seed: after the dtype at `index`, or in its place.
int SeedAfterDType(lua_State* L, int index) {
  return lua_type(L, index) == LUA_TNUMBER ? index : index + 1;
}
DType OptDTypeBeforeSeed(lua_State* L, int index, DType otherwise) {
  return SeedAfterDType(L, index) == index ? otherwise : OptDType(L, index, otherwise);
}

void CheckFloat(lua_State* L, int index, DType dtype) {
  if (IsFloat(dtype)) return;
  ArgumentError(L, index, "float32 or float64 expected, got %s", NameOf(dtype));
}

using FillRandom = Status (*)(const Tensor& t, Random* random, const StopToken& stop) noexcept;

template <FillRandom kFill>
int Make(lua_State* L) {
  const DType dtype = OptDTypeBeforeSeed(L, 2, DType::kFloat32);
  CheckFloat(L, 2, dtype);
  const Shape shape = CheckShape(L, 1, dtype);
  Random random(OptSeed(L, SeedAfterDType(L, 2)));
  const Tensor& t = *NewTensor(L, dtype, shape);
  if (Status s = kFill(t, &random, StopOf(L)); !s.ok()) RaiseStatus(L, s);
  return 1;
}

template <FillRandom kFill>
int InPlace(lua_State* L) {
  const Tensor& t = *CheckTensor(L, 1);
  CheckFloat(L, 1, t.dtype);
  Random random(OptSeed(L, 2));
  if (Status s = kFill(t, &random, StopOf(L)); !s.ok()) RaiseStatus(L, s);
  lua_settop(L, 1);
  return 1;
}

// Raises unless the integer at `index` fits `dtype`.
lua_Integer CheckBound(lua_State* L, int index, DType dtype) {
  const lua_Integer bound = luaL_checkinteger(L, index);
  alignas(8) uint8_t element[8];
  StoreElement(L, RowMajor(element, dtype, {}), 0, index);
  return bound;
}

int RandInt(lua_State* L) {
  const DType dtype = OptDTypeBeforeSeed(L, 4, DType::kInt32);
  if (IsFloat(dtype) || dtype == DType::kBool)
    ArgumentError(L, 4, "integer dtype expected, got %s", NameOf(dtype));
  const lua_Integer low = CheckBound(L, 1, dtype);
  const lua_Integer high = CheckBound(L, 2, dtype);
  if (low > high) luaL_argerror(L, 2, "interval is empty");
  const Shape shape = CheckShape(L, 3, dtype);
  Random random(OptSeed(L, SeedAfterDType(L, 4)));
  const Tensor& t = *NewTensor(L, dtype, shape);
  if (Status s = FillIntegers(t, low, high, &random, StopOf(L)); !s.ok()) RaiseStatus(L, s);
  return 1;
}

int Permutation(lua_State* L) {
  const lua_Integer n = luaL_checkinteger(L, 1);
  if (n < 0 || n > std::numeric_limits<int32_t>::max()) {
    ArgumentError(L, 1, "length from 0 to 2147483647 expected, got %I",
                  static_cast<LUAI_UACINT>(n));
  }
  Random random(OptSeed(L, 2));
  const int64_t dims[] = {n};
  Shape shape;
  if (!ShapeFrom(dims, DType::kInt32, &shape))
    luaL_argerror(L, 1, "more elements than can be counted");
  const Tensor& t = *NewTensor(L, DType::kInt32, shape);
  if (Status s = FillPermutation(t, &random, StopOf(L)); !s.ok()) RaiseStatus(L, s);
  return 1;
}

constexpr Entry kTensorRandomFunctionTable[] = {
    {"rand", Make<FillUniform>, "tensor.rand(shape [, dtype] [, seed]) -> tensor",
     "dtype: float32 or float64; result: 0 <= x < 1",
     Doc("Even random numbers, multiples of 2^-24 (float64: 2^-53). The same seed gives the same "
         "numbers everywhere; without one the call takes its seed from math.random. The generator "
         "is xoshiro256** (Blackman and Vigna), seeded by splitmix64."),
     Doc("local x = tensor.rand({100}, 7)\nprint(x == tensor.rand({100}, 7), x:max() < 1) --> "
         "true\ttrue")},
    {"randn", Make<FillNormal>, "tensor.randn(shape [, dtype] [, seed]) -> tensor",
     "dtype: float32 or float64",
     Doc("Normal random numbers of mean 0 and deviation 1, by Box and Muller's method over this "
         "runtime's own log, sin and cos. Seeds as for rand."),
     Doc("local x = tensor.randn({10000}, \"float32\", 7)\n"
         "print(x:mean() < 0.05, x:std() > 0.95) --> true\ttrue")},
    {"randint", RandInt, "tensor.randint(low, high, shape [, dtype] [, seed]) -> tensor",
     "dtype: an integer one, int32 unless given",
     Doc("Even random integers from low to high, both included, as math.random gives them. Seeds "
         "as for rand."),
     Doc("local dice = tensor.randint(1, 6, {1000}, \"int8\", 7)\n"
         "print(dice:min(), dice:max()) --> 1\t6")},
    {"permutation", Permutation, "tensor.permutation(n [, seed]) -> tensor", "result: int32 {n}",
     Doc("The numbers 1 to n in random order (Fisher and Yates). Seeds as for rand."),
     Doc("print(tensor.permutation(10, 7):sort()[10]) --> 10")},
};

constexpr Entry kTensorRandomMethodTable[] = {
    {"rand_", InPlace<FillUniform>, "tensor:rand_([seed]) -> tensor", "for float tensors",
     Doc("Overwrites the elements with the numbers of tensor.rand."),
     Doc("print(tensor.zeros{4}:rand_(7) == tensor.rand({4}, 7)) --> true")},
    {"randn_", InPlace<FillNormal>, "tensor:randn_([seed]) -> tensor", "for float tensors",
     Doc("Overwrites the elements with the numbers of tensor.randn."),
     Doc("print(tensor.zeros{4}:randn_(7) == tensor.randn({4}, 7)) --> true")},
};

}  // namespace

const std::span<const Entry> kTensorRandomFunctions = kTensorRandomFunctionTable;
const std::span<const Entry> kTensorRandomMethods = kTensorRandomMethodTable;

}  // namespace moonlet
