// bindings/dsp_design.h - what the designs' bindings share: options, and doubles to tensors.
#pragma once
#include <initializer_list>
#include <span>

#include "bindings/options.h"
#include "bindings/registry.h"
#include "bindings/tensor.h"
#include "bindings/tensor_parts.h"
#include "dsp/zpk.h"
#include "engine/tensor/doubles.h"

namespace moonlet {

// Pushes memory for n doubles, which the collector takes once it is off the stack.
inline std::span<double> PushScratch(lua_State* L, size_t n) {
  return {static_cast<double*>(lua_newuserdatauv(L, n * sizeof(double), 0)), n};
}

// Option `dtype` of designs: float32 unless it says float64.
DType DesignDType(const OptionTable& options);
// Option `sample_rate` in hertz; left out it is 2, which makes frequencies fractions of half
// the sample rate, as in SciPy.
double DesignRate(const OptionTable& options);

// Pushes a tensor of the values, rounded once.
void PushRounded(lua_State* L, std::span<const double> values, DType dtype,
                 std::initializer_list<int64_t> dims);
// The vector at `index`, of one or more numbers, as doubles in scratch memory that is pushed.
std::span<double> PushVector(lua_State* L, int index);
// The same of a number, a table of numbers or a vector.
std::span<double> PushNumbers(lua_State* L, int index);
// The second-order sections {n, 6} at `index`, n >= 1, each divided by its a0; pushes their
// memory. Raises when an a0 is 0.
std::span<const dsp::Section> PushSections(lua_State* L, int index);

// Pushes the tensor {n, 6} of what a design made; raises for what the dtype cannot realise.
int PushDesign(lua_State* L, std::span<const dsp::Section> sections, DType dtype);

}  // namespace moonlet
