// bindings/tensor_linalg.cc - inner and matrix products.
#include "bindings/registry.h"
#include "bindings/tensor.h"
#include "bindings/tensor_parts.h"
#include "engine/tensor/convert.h"
#include "engine/tensor/dot.h"
#include "engine/tensor/overlap.h"
#include "engine/tensor/promote.h"

namespace moonlet {
namespace {

void RaiseIf(lua_State* L, const Status& status) {
  if (!status.ok()) RaiseStatus(L, status);
}

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

constexpr Entry kEntries[] = {
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
};

}  // namespace

const std::span<const Entry> kTensorLinalgMethods = kEntries;

}  // namespace moonlet
