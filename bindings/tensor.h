// bindings/tensor.h - tensors as Lua values, for every module that takes or makes them.
//
// A tensor is one userdata: a Tensor, and behind it (64-byte aligned) the elements it
// owns. A view is a userdata whose user value 1 holds the owner, which keeps it alive.
#pragma once
#include <initializer_list>

#include "engine/base/stop_token.h"
#include "engine/tensor/tensor.h"
#include "vm/lua.h"

namespace moonlet {

struct Module;
extern const Module kTensorModule;

inline constexpr const char* kTensorType = "moonlet.tensor";

// The tensor at `index`, or an error "bad argument #n to 'f' (tensor expected, got X)".
Tensor* CheckTensor(lua_State* L, int index);
// The tensor at `index`, or null when the value is anything else.
Tensor* TestTensor(lua_State* L, int index);

// Pushes a new row-major tensor with elements of its own, unspecified in content.
// Raises "not enough memory" when the cap refuses.
Tensor* NewTensor(lua_State* L, DType dtype, const Shape& shape);
// Pushes a view; the value at `owner` (a tensor, a model, ...) is kept alive by it.
Tensor* NewView(lua_State* L, const Tensor& view, int owner);
// NewTensor, or the tensor at `index` when one is given there as `out`: it must have
// exactly this dtype and shape, else an error. The result is on top of the stack.
// `inputs` are what the call reads element by element: an `out` that shares memory with
// one without being the same view raises. Name those read in any other order in CheckApart.
Tensor* NewOrOut(lua_State* L, int index, DType dtype, const Shape& shape,
                 std::initializer_list<const Tensor*> inputs = {});
// Raises unless `result`, the argument at `index`, is identical to each input or disjoint
// from it. For methods that work in place.
void CheckAlias(lua_State* L, int index, const Tensor& result,
                std::initializer_list<const Tensor*> inputs);
// The same for results that no input may share: matmul, sort along an axis.
void CheckApart(lua_State* L, int index, const Tensor& result,
                std::initializer_list<const Tensor*> inputs);

// Pushes the tensor, or nested table of numbers, at `index` as a fresh row-major tensor of
// `dtype`: what tensor.new gives. Raises as it does, for the argument at `index` or, when the
// value is part of one, for `argument`.
Tensor* NewTensorFrom(lua_State* L, int index, DType dtype, int argument = 0);

// Pushes {2, 3} as a fresh table.
void PushShape(lua_State* L, const Shape& shape);
// {2, 3} at `index` to a shape; an error names the argument. Lengths are >= 0.
Shape CheckShape(lua_State* L, int index, DType dtype);
DType CheckDType(lua_State* L, int index);
DType OptDType(lua_State* L, int index, DType otherwise);
// A position 1..length or -1..-length as 0..length-1; -1 for any other.
Index FromPosition(lua_Integer position, Index length);
// Pushes and returns "position 3 out of range (length 2)", `what` being the first word.
const char* OutOfRange(lua_State* L, const char* what, lua_Integer position, Index length);
// FromPosition of the integer at `index`; `what` names it in the error.
Index CheckPosition(lua_State* L, int index, Index length, const char* what);
// An axis 1..rank or negative to 0..rank-1.
int CheckAxis(lua_State* L, int index, int rank);
// The stop token of the state's runtime.
const StopToken& StopOf(lua_State* L);
// Raises when it is up: for each turn of loops as long as a script wants them.
void PollStop(lua_State* L);

// One element as a Lua number, integer or boolean, and back. StoreElement converts as
// api.md 6 says and raises for what does not fit: an integer outside the range, a float
// outside it (others round to nearest even), anything but numbers and, for bool, booleans.
// `offset` counts elements from t.data.
void PushElement(lua_State* L, const Tensor& t, Index offset);
void StoreElement(lua_State* L, const Tensor& t, Index offset, int index);
// StoreElement that pushes and returns its complaint instead of raising; null if stored.
const char* TryStoreElement(lua_State* L, const Tensor& t, Index offset, int index);

// Writes the value at `index` to all of `t`: a number or boolean to every element, a
// tensor broadcast and converted, as if it were copied first where the two overlap.
void Assign(lua_State* L, const Tensor& t, int index);

}  // namespace moonlet
