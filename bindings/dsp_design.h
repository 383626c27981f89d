// bindings/dsp_design.h - what the designs' bindings share.
#pragma once
#include <span>

#include "bindings/registry.h"
#include "bindings/tensor.h"
#include "bindings/tensor_parts.h"
#include "engine/tensor/doubles.h"

namespace moonlet {

// Pushes memory for n doubles, which the collector takes once it is off the stack.
inline std::span<double> PushScratch(lua_State* L, size_t n) {
  return {static_cast<double*>(lua_newuserdatauv(L, n * sizeof(double), 0)), n};
}

}  // namespace moonlet
