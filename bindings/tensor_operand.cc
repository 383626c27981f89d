#include "bindings/tensor_operand.h"

#include "bindings/registry.h"
#include "engine/tensor/broadcast.h"
#include "engine/tensor/promote.h"

namespace moonlet {
namespace {

// Takes a tensor; for a number or boolean only notes that it is one.
void Take(lua_State* L, int index, TensorOperand* operand) {
  if (const Tensor* t = TestTensor(L, index); t != nullptr) {
    operand->tensor = *t;
    return;
  }
  const int type = lua_type(L, index);
  if (type != LUA_TNUMBER && type != LUA_TBOOLEAN) luaL_typeerror(L, index, "tensor or number");
  operand->lua_value = true;
}

// The dtype of the Lua value at `index` next to `other`.
DType NaturalDType(lua_State* L, int index, const TensorOperand& other, bool compared) {
  if (lua_isboolean(L, index)) return DType::kBool;
  if (other.lua_value) return DType::kFloat32;
  const DType dtype = other.tensor.dtype;
  if (IsFloat(dtype)) return dtype;
  if (!lua_isinteger(L, index)) return compared ? DType::kFloat64 : DType::kFloat32;
  return compared || dtype == DType::kBool ? DType::kInt64 : dtype;
}

// Gives the Lua value its dtype and memory.
void Settle(lua_State* L, int index, const TensorOperand& other, bool compared,
            TensorOperand* operand) {
  if (!operand->lua_value) return;
  const DType dtype = NaturalDType(L, index, other, compared);
  operand->tensor = RowMajor(operand->element, dtype, {});
  StoreElement(L, operand->tensor, 0, index);
}

DType Check(lua_State* L, int index_a, int index_b, bool compared, TensorOperand* a,
            TensorOperand* b) {
  Take(L, index_a, a);
  Take(L, index_b, b);
  Settle(L, index_a, *b, compared, a);
  Settle(L, index_b, *a, compared, b);
  // Next to a number the tensor's dtype has had its say already.
  const DType dtype_a = a->tensor.dtype;
  const DType dtype_b = b->tensor.dtype;
  if (a->lua_value && dtype_a != DType::kBool) return dtype_a;
  if (b->lua_value && dtype_b != DType::kBool) return dtype_b;
  return Promote(dtype_a, dtype_b);
}

}  // namespace

DType CheckOperands(lua_State* L, int index_a, int index_b, TensorOperand* a, TensorOperand* b) {
  return Check(L, index_a, index_b, false, a, b);
}

DType CheckCompared(lua_State* L, int index_a, int index_b, TensorOperand* a, TensorOperand* b) {
  return Check(L, index_a, index_b, true, a, b);
}

Shape CheckBroadcast(lua_State* L, const Tensor& a, const Tensor& b) {
  Shape shape;
  if (Status s = BroadcastShapes(a.shape, b.shape, &shape); !s.ok()) RaiseStatus(L, s);
  return shape;
}

}  // namespace moonlet
