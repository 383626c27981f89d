// bindings/tensor_linalg.cc - inner, outer, vector and matrix products.
#include "bindings/registry.h"
#include "bindings/tensor.h"
#include "bindings/tensor_parts.h"
#include "engine/tensor/arrange.h"
#include "engine/tensor/broadcast.h"
#include "engine/tensor/convert.h"
#include "engine/tensor/cross.h"
#include "engine/tensor/dot.h"
#include "engine/tensor/elementwise.h"
#include "engine/tensor/overlap.h"
#include "engine/tensor/promote.h"
#include "engine/tensor/reduce.h"
#include "engine/tensor/view.h"

namespace moonlet {
namespace {

// Two vectors to a Lua number, or to `out`.
int PushDot(lua_State* L, const Tensor& a, const Tensor& b) {
  const DType dtype = DotResult(Promote(a.dtype, b.dtype));
  Shape none;
  RaiseIf(L, MatmulShape(a.shape, b.shape, &none));
  if (!lua_isnoneornil(L, 3)) {
    const Tensor& out = *NewOrOut(L, 3, dtype, none);
    CheckApart(L, 3, out, {&a, &b});
    RaiseIf(L, Dot(a, b, out, StopOf(L)));
    return 1;
  }
  alignas(8) uint8_t element[8];
  const Tensor result = RowMajor(element, dtype, none);
  RaiseIf(L, Dot(a, b, result, StopOf(L)));
  PushElement(L, result, 0);
  return 1;
}

int MatmulMethod(lua_State* L) {
  const Tensor& a = *CheckTensor(L, 1);
  const Tensor& b = *CheckTensor(L, 2);
  if (a.rank() == 1 && b.rank() == 1) return PushDot(L, a, b);
  const DType dtype = Promote(a.dtype, b.dtype);
  Shape shape;
  RaiseIf(L, MatmulShape(a.shape, b.shape, &shape));
  const Tensor& out = *NewOrOut(L, 3, dtype, shape, {&a, &b});
  if (!Identical(out, a) && !Identical(out, b)) {
    RaiseIf(L, Matmul(a, b, out, StopOf(L)));
    return 1;
  }
  // Every output needs whole rows and columns: an operand is replaced at the end.
  const Tensor& product = *NewTensor(L, dtype, shape);
  RaiseIf(L, Matmul(a, b, product, StopOf(L)));
  RaiseIf(L, Convert(product, out, StopOf(L)));
  lua_settop(L, 3);
  return 1;
}

int OuterMethod(lua_State* L) {
  const Tensor& a = *CheckTensor(L, 1);
  const Tensor& b = *CheckTensor(L, 2);
  if (a.rank() != 1 || b.rank() != 1) {
    RaiseStatus(L, Status::Invalid("two vectors expected, got shapes %s and %s",
                                   TextOf(a.shape).text, TextOf(b.shape).text));
  }
  DType dtype;
  RaiseIf(L, ResultOf(BinaryOp::kMultiply, Promote(a.dtype, b.dtype), &dtype));
  const Tensor column = Unsqueeze(a, 1);
  const Tensor row = Unsqueeze(b, 0);
  Shape shape;
  const int64_t dims[] = {a.dim(0), b.dim(0)};
  if (!ShapeFrom(dims, dtype, &shape))
    RaiseStatus(L, Status::Invalid("more elements than can be counted"));
  const Tensor& out = *NewOrOut(L, 3, dtype, shape);
  if (!lua_isnoneornil(L, 3)) CheckApart(L, 3, out, {&a, &b});
  RaiseIf(L, Binary(BinaryOp::kMultiply, column, row, out, StopOf(L)));
  return 1;
}

// The length of an axis, counted from the end, before broadcasting; 0 when there is none.
Index LengthFromEnd(const Tensor& t, int from_end) {
  return t.rank() >= from_end ? t.dim(t.rank() - from_end) : 0;
}

// cross(other [, axis [, out]])
int CrossMethod(lua_State* L) {
  const Tensor& a = *CheckTensor(L, 1);
  const Tensor& b = *CheckTensor(L, 2);
  DType dtype;
  RaiseIf(L, ResultOf(BinaryOp::kSubtract, Promote(a.dtype, b.dtype), &dtype));
  Shape shape;
  RaiseIf(L, BroadcastShapes(a.shape, b.shape, &shape));
  const int axis = lua_isnoneornil(L, 3) ? shape.rank - 1 : CheckAxis(L, 3, shape.rank);
  const int from_end = shape.rank - axis;
  if (LengthFromEnd(a, from_end) != 3 || LengthFromEnd(b, from_end) != 3) {
    RaiseStatus(L, Status::Invalid("vectors of 3 elements expected, got shapes %s and %s",
                                   TextOf(a.shape).text, TextOf(b.shape).text));
  }
  const Tensor& out = *NewOrOut(L, 4, dtype, shape);
  if (!lua_isnoneornil(L, 4)) CheckApart(L, 4, out, {&a, &b});
  const Tensor& room = *NewTensor(L, dtype, ReducedShape(shape, axis));
  const Tensor wide_a = BroadcastTo(a, shape);
  const Tensor wide_b = BroadcastTo(b, shape);
  RaiseIf(L, Cross(wide_a, wide_b, axis, out, room, StopOf(L)));
  lua_pop(L, 1);
  return 1;
}

// trace([axis1, axis2 [, out]])
int TraceMethod(lua_State* L) {
  const Tensor& x = *CheckTensor(L, 1);
  if (x.rank() < 2) RaiseStatus(L, Status::Invalid("rank 2 or more expected, got %d", x.rank()));
  const int axis1 = lua_isnoneornil(L, 2) ? 0 : CheckAxis(L, 2, x.rank());
  const int axis2 = lua_isnoneornil(L, 3) ? 1 : CheckAxis(L, 3, x.rank());
  if (axis1 == axis2) return luaL_argerror(L, 3, "two different axes expected");
  const Tensor diagonal = Diagonal(x, axis1, axis2);
  const int last = diagonal.rank() - 1;
  const DType dtype = ResultOf(ReduceOp::kSum, x.dtype);
  const Shape shape = ReducedShape(diagonal.shape, last);
  if (shape.rank == 0 && lua_isnoneornil(L, 4)) {
    alignas(8) uint8_t element[8];
    const Tensor result = RowMajor(element, dtype, {});
    RaiseIf(L, Reduce(ReduceOp::kSum, diagonal, last, result, StopOf(L)));
    PushElement(L, result, 0);
    return 1;
  }
  const Tensor& out = *NewOrOut(L, 4, dtype, shape);
  if (!lua_isnoneornil(L, 4)) CheckApart(L, 4, out, {&x});
  RaiseIf(L, Reduce(ReduceOp::kSum, diagonal, last, out, StopOf(L)));
  return 1;
}

constexpr Entry kTensorLinalgTable[] = {
    {"matmul", MatmulMethod, "tensor:matmul(other [, out]) -> tensor | number",
     "shapes {..., m, k} and {..., k, n}",
     Doc("The matrix product. A vector on the left is a row, on the right a column; axes before "
         "the last two broadcast, as in NumPy. Each float is one chain of fused multiply-adds in "
         "ascending k, or, times a vector, 16 lanes of them. Integers wrap in the dtype both "
         "promote to. Two vectors give a number, integers then in int64."),
     Doc("local x = tensor.new{{1, 2}, {3, 4}}\nprint(x:matmul(x):at(2, 1)) --> 15.0")},
    {"dot", MatmulMethod, "tensor:dot(other [, out]) -> number | tensor",
     "two vectors, or shapes as for matmul",
     Doc("The inner product of two vectors; for anything else what matmul gives."),
     Doc("print(tensor.new({1, 2, 100}, \"int8\"):dot(tensor.full({3}, 100, \"int8\"))) --> "
         "10300")},
    {"outer", OuterMethod, "tensor:outer(other [, out]) -> tensor",
     "two vectors; result: shape {#self, #other}",
     Doc("The product of each element with each of the other vector, in the dtype both promote "
         "to."),
     Doc("print(tensor.new{1, 2}:outer(tensor.new{3, 4, 5}):at(2, 3)) --> 10.0")},
    {"cross", CrossMethod, "tensor:cross(other [, axis [, out]]) -> tensor",
     "shapes that broadcast, 3 along axis, which is the last unless given",
     Doc("The vector product of vectors of 3 elements: products, each rounded, and their "
         "differences, in the dtype both promote to. Integers wrap; bool raises."),
     Doc("print(tensor.new{1, 0, 0}:cross(tensor.new{0, 1, 0})[3]) --> 1.0")},
    {"trace", TraceMethod, "tensor:trace([axis1, axis2 [, out]]) -> number | tensor",
     "1..rank or negative; 1 and 2 unless given",
     Doc("The sum of the elements whose positions on both axes are equal, as sum has it; for "
         "rank 2 a number."),
     Doc("print(tensor.new{{1, 2}, {3, 4}}:trace()) --> 5.0")},
};

}  // namespace

const std::span<const Entry> kTensorLinalgMethods = kTensorLinalgTable;

}  // namespace moonlet
