// bindings/tensor_create.cc - functions of the module `tensor` that make tensors.
#include "bindings/tensor.h"
#include "bindings/tensor_parts.h"
#include "engine/tensor/fill.h"

namespace moonlet {
namespace {

// Pushes a tensor of the shape at 1, every element `value` stored as `dtype`.
int PushFull(lua_State* L, DType dtype, int value) {
  const Shape shape = CheckShape(L, 1, dtype);
  alignas(8) uint8_t element[8];
  StoreElement(L, RowMajor(element, dtype, {}), 0, value);
  const Tensor& t = *NewTensor(L, dtype, shape);
  if (Status s = Fill(t, element, StopOf(L)); !s.ok()) RaiseStatus(L, s);
  return 1;
}

int Zeros(lua_State* L) {
  const DType dtype = OptDType(L, 2, DType::kFloat32);
  lua_settop(L, 2);
  lua_pushinteger(L, 0);
  return PushFull(L, dtype, 3);
}

int Ones(lua_State* L) {
  const DType dtype = OptDType(L, 2, DType::kFloat32);
  lua_settop(L, 2);
  lua_pushinteger(L, 1);
  return PushFull(L, dtype, 3);
}

int Full(lua_State* L) {
  luaL_checkany(L, 2);
  const DType natural = lua_isboolean(L, 2) ? DType::kBool : DType::kFloat32;
  return PushFull(L, OptDType(L, 3, natural), 2);
}

constexpr Entry kEntries[] = {
    {"zeros", Zeros, "tensor.zeros(shape [, dtype]) -> tensor", "shape: lengths >= 0",
     Doc("A tensor of zeros; dtype float32 unless given."),
     Doc("print(tensor.zeros({2, 3}, \"int8\"):dim(2)) --> 3")},
    {"ones", Ones, "tensor.ones(shape [, dtype]) -> tensor", "shape: lengths >= 0",
     Doc("A tensor of ones; dtype float32 unless given."),
     Doc("print(tensor.ones({4})[4]) --> 1.0")},
    {"full", Full, "tensor.full(shape, value [, dtype]) -> tensor", "shape: lengths >= 0",
     Doc("A tensor whose elements are all `value`; dtype float32 unless given, bool for a "
         "boolean. Raises when the value does not fit the dtype."),
     Doc("print(tensor.full({3}, -7, \"int8\")[2]) --> -7")},
};

}  // namespace

const std::span<const Entry> kTensorCreateFunctions = kEntries;

}  // namespace moonlet
