// bindings/tensor_operand.h - a tensor, or a Lua number that stands for one.
#pragma once
#include "bindings/tensor.h"
#include "engine/tensor/elementwise.h"

namespace moonlet {

// An operand of an elementwise operation. A Lua value lies in `element`, as a tensor of
// rank 0; its dtype is what api promotion makes of it next to the other operand.
struct TensorOperand {
  Tensor tensor;
  bool lua_value = false;
  alignas(8) uint8_t element[8] = {};
};

// The tensors, numbers or booleans at `index_a` and `index_b`, and the dtype they promote
// to: as in NumPy for two tensors. A Lua number never widens a float tensor; next to
// integers an integer takes their dtype, or raises when it does not fit, and a float
// makes float32. Raises for other values. The operands point into themselves: do not copy.
DType CheckOperands(lua_State* L, int index_a, int index_b, TensorOperand* a, TensorOperand* b);
// The same for comparisons, which are exact: integers compare as int64, an integer
// tensor with a Lua float as float64.
DType CheckCompared(lua_State* L, int index_a, int index_b, TensorOperand* a, TensorOperand* b);

// The shape both broadcast to; raises when there is none.
Shape CheckBroadcast(lua_State* L, const Tensor& a, const Tensor& b);

}  // namespace moonlet
