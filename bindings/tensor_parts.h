// bindings/tensor_parts.h - the tables that make up the module `tensor`, one per file.
// bindings/tensor.cc assembles them; help() lists them in this order.
#pragma once
#include <span>

#include "bindings/registry.h"
#include "engine/base/allocator.h"

namespace moonlet {

// Functions of the module.
extern const std::span<const Entry> kTensorCreateFunctions;      // tensor_create.cc
extern const std::span<const Entry> kTensorShapeFunctions;       // tensor_shape.cc
extern const std::span<const Entry> kTensorArrangeFunctions;     // tensor_arrange.cc
extern const std::span<const Entry> kTensorIoFunctions;          // tensor_io.cc
extern const std::span<const Entry> kTensorMathFunctions;        // tensor_math.cc
extern const std::span<const Entry> kTensorRandomFunctions;      // tensor_random.cc
extern const std::span<const Entry> kTensorPolynomialFunctions;  // tensor_polynomial.cc

// Methods and fields of a tensor.
extern const std::span<const Entry> kTensorFields;             // tensor.cc
extern const std::span<const Entry> kTensorIndexMethods;       // tensor_index.cc
extern const std::span<const Entry> kTensorShapeMethods;       // tensor_shape.cc
extern const std::span<const Entry> kTensorArrangeMethods;     // tensor_arrange.cc
extern const std::span<const Entry> kTensorValuesMethods;      // tensor_values.cc
extern const std::span<const Entry> kTensorQuantizeMethods;    // tensor_quantize.cc
extern const std::span<const Entry> kTensorArithmeticMethods;  // tensor_math.cc
extern const std::span<const Entry> kTensorMathMethods;        // tensor_math.cc
extern const std::span<const Entry> kTensorCompareMethods;     // tensor_math.cc
extern const std::span<const Entry> kTensorReduceMethods;      // tensor_reduce.cc
extern const std::span<const Entry> kTensorLinalgMethods;      // tensor_linalg.cc
extern const std::span<const Entry> kTensorDecomposeMethods;   // tensor_decompose.cc
extern const std::span<const Entry> kTensorStatsMethods;       // tensor_stats.cc
extern const std::span<const Entry> kTensorSortMethods;        // tensor_sort.cc
extern const std::span<const Entry> kTensorRandomMethods;      // tensor_random.cc

// Metamethods, each list ended by {nullptr, nullptr}.
extern const luaL_Reg kTensorIndexMetamethods[];   // tensor_index.cc
extern const luaL_Reg kTensorValuesMetamethods[];  // tensor_values.cc
extern const luaL_Reg kTensorMathMetamethods[];    // tensor_math.cc

inline void RaiseIf(lua_State* L, const Status& status) {
  if (!status.ok()) RaiseStatus(L, status);
}
// Where calls of `L` take memory that no Lua value owns.
Allocator& EngineMemory(lua_State* L);  // tensor.cc

// `__index` of tensors; upvalue 1 is the table of methods. tensor_index.cc
int TensorIndex(lua_State* L);

}  // namespace moonlet
