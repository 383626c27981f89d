// bindings/dsp_rows.h - tensors as the functions of module `dsp` read them: as lines along the
// last axis, or as one row-major array of float32.
#pragma once
#include "bindings/tensor.h"
#include "dsp/row.h"
#include "vm/lua.h"

namespace moonlet {

// The tensor at `index` whose rank lies between the two; raises for anything else.
const Tensor& CheckRank(lua_State* L, int index, int least, int most);
// Raises unless the last axis of `t`, the argument at `index`, has `least` elements or more.
void CheckLast(lua_State* L, int index, const Tensor& t, Index least);

// Pushes the tensor as row-major float32: itself, or a converted copy.
const Tensor& PushAsFloats(lua_State* L, int index);

// Line `i` of a tensor of rank 1 or more, counted row-major over all axes but the last.
dsp::Row RowAt(lua_State* L, const Tensor& t, Index i);

// Writes element `i`, counted row-major, of a float32 tensor.
void StoreRowResult(const Tensor& out, Index i, double value);

// The double `compute(row)` of each line of argument 1, which has `least` elements or more: for
// rank 1 a Lua number, else a float32 tensor without the last axis, `out` if there is one.
using RowFunction = double(const dsp::Row& row, const void* context);
int PushPerRow(lua_State* L, int out_index, Index least, RowFunction* compute, const void* context);
template <typename Compute>
int PushPerRow(lua_State* L, int out_index, Index least, Compute compute) {
  const auto call = [](const dsp::Row& row, const void* context) {
    return (*static_cast<const Compute*>(context))(row);
  };
  return PushPerRow(L, out_index, least, call, &compute);
}

}  // namespace moonlet
