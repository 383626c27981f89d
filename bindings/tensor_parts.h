// bindings/tensor_parts.h - the tables that make up the module `tensor`, one per file.
// bindings/tensor.cc assembles them; help() lists them in this order.
#pragma once
#include <span>

#include "bindings/registry.h"

namespace moonlet {

// Functions of the module.
extern const std::span<const Entry> kTensorCreateFunctions;  // tensor_create.cc
extern const std::span<const Entry> kTensorShapeFunctions;   // tensor_shape.cc
extern const std::span<const Entry> kTensorIoFunctions;      // tensor_io.cc

// Methods and fields of a tensor.
extern const std::span<const Entry> kTensorFields;           // tensor.cc
extern const std::span<const Entry> kTensorIndexMethods;     // tensor_index.cc
extern const std::span<const Entry> kTensorShapeMethods;     // tensor_shape.cc
extern const std::span<const Entry> kTensorValuesMethods;    // tensor_values.cc
extern const std::span<const Entry> kTensorQuantizeMethods;  // tensor_quantize.cc

// Metamethods, each list ended by {nullptr, nullptr}.
extern const luaL_Reg kTensorIndexMetamethods[];   // tensor_index.cc
extern const luaL_Reg kTensorValuesMetamethods[];  // tensor_values.cc

// `__index` of tensors; upvalue 1 is the table of methods. tensor_index.cc
int TensorIndex(lua_State* L);

}  // namespace moonlet
