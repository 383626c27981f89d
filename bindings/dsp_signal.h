// bindings/dsp_signal.h - float32 signals as arguments and results. Kernels want rows without
// gaps: views with gaps are copied on their way in and out.
#pragma once
#include <initializer_list>

#include "bindings/registry.h"
#include "bindings/tensor.h"
#include "bindings/tensor_parts.h"

namespace moonlet {

// The float32 tensor of rank 1 or more at `index`, row-major: one with gaps is replaced on the
// stack by a copy. Raises for other values, and for an empty last axis.
const Tensor& CheckSignal(lua_State* L, int index);
// The same of rank 1.
const Tensor& CheckVector(lua_State* L, int index);
// The same of complex numbers: the last axis is 2, and that before it not empty.
const Tensor& CheckComplexSignal(lua_State* L, int index);

// Where a function writes its float32 result.
struct SignalOut {
  Tensor* out;          // on top of the stack
  const Tensor* dense;  // the same, or a stand-in when `out` has gaps
  float* data() const { return dense->as<float>(); }
};
// A new tensor, or the one at `index` if there is one: of this shape, and apart from the inputs.
SignalOut PushSignalOut(lua_State* L, int index, const Shape& shape,
                        std::initializer_list<const Tensor*> inputs);
// The same where an input may be `out` itself.
SignalOut PushSignalInPlace(lua_State* L, int index, const Shape& shape,
                            std::initializer_list<const Tensor*> inputs);
// Fills `out` from its stand-in, or raises what went wrong. Returns 1, for the result on top.
int ReturnSignal(lua_State* L, const SignalOut& result, const Status& status);

// `shape` without its last `drop` axes and with `more` behind; raises when that is no shape.
Shape WithLastAxes(lua_State* L, const Shape& shape, int drop, std::initializer_list<Index> more);
// Pushes memory for n floats, which the collector takes once it is off the stack.
float* PushFloats(lua_State* L, size_t n);

}  // namespace moonlet
