// bindings/tensor_sort.cc - sorting along the last axis.
#include "bindings/registry.h"
#include "bindings/tensor.h"
#include "bindings/tensor_parts.h"
#include "engine/tensor/sort.h"
#include "vm/runtime.h"

namespace moonlet {
namespace {

void SortTo(lua_State* L, const Tensor& x, bool descending, const Sorted& out) {
  Allocator& memory = Runtime::Of(L).engine_memory();
  if (Status s = Sort(x, descending, out, memory, StopOf(L)); !s.ok()) RaiseStatus(L, s);
}

bool OptDescending(lua_State* L, int index) {
  if (lua_isnoneornil(L, index)) return false;
  luaL_checktype(L, index, LUA_TBOOLEAN);
  return lua_toboolean(L, index) != 0;
}

int SortMethod(lua_State* L) {
  const Tensor& x = *CheckTensor(L, 1);
  const bool descending = OptDescending(L, 2);
  const Tensor& out = *NewOrOut(L, 3, x.dtype, x.shape, {&x});
  SortTo(L, x, descending, {.values = &out});
  return 1;
}

int SortInPlace(lua_State* L) {
  const Tensor& x = *CheckTensor(L, 1);
  SortTo(L, x, OptDescending(L, 2), {.values = &x});
  lua_settop(L, 1);
  return 1;
}

int ArgSort(lua_State* L) {
  const Tensor& x = *CheckTensor(L, 1);
  const bool descending = OptDescending(L, 2);
  const Tensor& out = *NewOrOut(L, 3, DType::kInt32, x.shape, {&x});
  SortTo(L, x, descending, {.positions = &out});
  return 1;
}

int TopK(lua_State* L) {
  const Tensor& x = *CheckTensor(L, 1);
  if (x.rank() == 0) luaL_argerror(L, 1, "a scalar has no axis to sort along");
  Shape shape = x.shape;
  Index& last = shape.dims[shape.rank - 1];
  const lua_Integer k = luaL_checkinteger(L, 2);
  if (k < 0 || k > last) {
    ArgumentError(L, 2, "k from 0 to %I expected, got %I", static_cast<LUAI_UACINT>(last),
                  static_cast<LUAI_UACINT>(k));
  }
  last = static_cast<Index>(k);
  lua_settop(L, 4);
  const Tensor& values = *NewOrOut(L, 3, x.dtype, shape, {&x});
  const Tensor& positions = *NewOrOut(L, 4, DType::kInt32, shape, {&x});
  if (!lua_isnil(L, 4)) CheckApart(L, 4, positions, {&values});
  SortTo(L, x, true, {.values = &values, .positions = &positions});
  return 2;
}

constexpr Entry kTensorSortTable[] = {
    {"sort", SortMethod, "tensor:sort([descending [, out]]) -> tensor", "descending: boolean",
     Doc("The elements along the last axis in ascending order, or descending. Equal elements keep "
         "their order; NaN comes last either way."),
     Doc("print(tensor.new{3, 1, 2}:sort()[1]) --> 1.0")},
    {"sort_", SortInPlace, "tensor:sort_([descending]) -> tensor", "descending: boolean",
     Doc("As sort, in the tensor itself."),
     Doc("print(tensor.new{3, 1, 2}:sort_(true)[1]) --> 3.0")},
    {"argsort", ArgSort, "tensor:argsort([descending [, out]]) -> tensor",
     "descending: boolean; result: int32 positions",
     Doc("Where the sorted elements of the last axis stand: x's element at the first position "
         "given is its smallest. Equal elements keep their order; NaN comes last either way."),
     Doc("print(tensor.new{3, 1, 2}:argsort()[1]) --> 2")},
    {"topk", TopK, "tensor:topk(k [, values, positions]) -> tensor, tensor",
     "k: 0 to the length of the last axis",
     Doc("The k largest elements along the last axis, largest first, and where they stand "
         "(int32). Of equal elements the first comes first; NaN comes last."),
     Doc("local values, positions = tensor.new{3, 9, 5}:topk(2)\n"
         "print(values[2], positions[2]) --> 5.0\t3")},
};

}  // namespace

const std::span<const Entry> kTensorSortMethods = kTensorSortTable;

}  // namespace moonlet
