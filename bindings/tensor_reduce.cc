// bindings/tensor_reduce.cc - reductions: one value from all elements, or from each row
// along an axis.
#include "bindings/registry.h"
#include "bindings/tensor.h"
#include "bindings/tensor_parts.h"
#include "engine/tensor/reduce.h"

namespace moonlet {
namespace {

bool IsPosition(ReduceOp op) { return op == ReduceOp::kArgMin || op == ReduceOp::kArgMax; }

// Over all elements to a Lua number or boolean: no tensor is made.
int PushReduced(lua_State* L, ReduceOp op, const Tensor& x) {
  alignas(8) uint8_t element[8];
  const DType dtype = IsPosition(op) ? DType::kInt64 : ResultOf(op, x.dtype);
  const Tensor result = RowMajor(element, dtype, {});
  if (Status s = Reduce(op, x, kAllAxes, result, StopOf(L)); !s.ok()) RaiseStatus(L, s);
  PushElement(L, result, 0);
  return 1;
}

template <ReduceOp kOp>
int ReduceMethod(lua_State* L) {
  const Tensor& x = *CheckTensor(L, 1);
  const bool all = lua_isnoneornil(L, 2);
  if (all && lua_isnoneornil(L, 3)) return PushReduced(L, kOp, x);
  const int axis = all ? kAllAxes : CheckAxis(L, 2, x.rank());
  const Shape shape = ReducedShape(x.shape, axis);
  const Tensor& out = *NewOrOut(L, 3, ResultOf(kOp, x.dtype), shape);
  if (!lua_isnoneornil(L, 3)) CheckApart(L, 3, out, {&x});
  if (Status s = Reduce(kOp, x, axis, out, StopOf(L)); !s.ok()) RaiseStatus(L, s);
  return 1;
}

constexpr const char* kReduceUnits =
    "axis: 1 to rank, negative from the end; none: all elements, to a Lua value";

constexpr Entry kTensorReduceTable[] = {
    {"sum", ReduceMethod<ReduceOp::kSum>, "tensor:sum([axis [, out]]) -> number | tensor",
     kReduceUnits,
     Doc("The sum. Floats are added in 16 lanes, the same order on every target; integers in "
         "int64. The sum of nothing is 0."),
     Doc("print(tensor.new({{1, 2}, {3, 4}}, \"int8\"):sum(1)[2]) --> 6")},
    {"prod", ReduceMethod<ReduceOp::kProduct>, "tensor:prod([axis [, out]]) -> number | tensor",
     kReduceUnits, Doc("The product; integers in int64, wrapping. That of nothing is 1."),
     Doc("print(tensor.new{2, 3, 4}:prod()) --> 24.0")},
    {"mean", ReduceMethod<ReduceOp::kMean>, "tensor:mean([axis [, out]]) -> number | tensor",
     kReduceUnits, Doc("The sum divided by the number of elements; NaN when there are none."),
     Doc("print(tensor.new{1, 2, 6}:mean()) --> 3.0")},
    {"var", ReduceMethod<ReduceOp::kVariance>, "tensor:var([axis [, out]]) -> number | tensor",
     kReduceUnits,
     Doc("The mean of the squared differences from the mean, divided by n as in NumPy. Two "
         "passes: first the mean, then the differences."),
     Doc("print(tensor.new{1, 3, 5, 7}:var()) --> 5.0")},
    {"std", ReduceMethod<ReduceOp::kDeviation>, "tensor:std([axis [, out]]) -> number | tensor",
     kReduceUnits, Doc("The square root of the variance."),
     Doc("print(tensor.new{1, 5}:std()) --> 2.0")},
    {"norm", ReduceMethod<ReduceOp::kNorm>, "tensor:norm([axis [, out]]) -> number | tensor",
     kReduceUnits, Doc("The Euclidean length: the square root of the sum of squares."),
     Doc("print(tensor.new{3, 4}:norm()) --> 5.0")},
    {"min", ReduceMethod<ReduceOp::kMin>, "tensor:min([axis [, out]]) -> number | tensor",
     kReduceUnits,
     Doc("The smallest element; NaN when there is one. Raises when there are no elements."),
     Doc("print(tensor.new{4, -2, 9}:min()) --> -2.0")},
    {"max", ReduceMethod<ReduceOp::kMax>, "tensor:max([axis [, out]]) -> number | tensor",
     kReduceUnits,
     Doc("The largest element; NaN when there is one. Raises when there are no elements."),
     Doc("print(tensor.new{{4, -2}, {9, 0}}:max(2)[1]) --> 4.0")},
    {"argmin", ReduceMethod<ReduceOp::kArgMin>, "tensor:argmin([axis [, out]]) -> integer | tensor",
     kReduceUnits,
     Doc("The position of the first smallest element, or of the first NaN. Without an axis the "
         "row-major position. Raises when there are no elements."),
     Doc("print(tensor.new{4, -2, 9}:argmin()) --> 2")},
    {"argmax", ReduceMethod<ReduceOp::kArgMax>, "tensor:argmax([axis [, out]]) -> integer | tensor",
     kReduceUnits,
     Doc("The position of the first largest element, or of the first NaN. Without an axis the "
         "row-major position. Raises when there are no elements."),
     Doc("print(tensor.new{{4, -2}, {9, 0}}:argmax()) --> 3")},
    {"any", ReduceMethod<ReduceOp::kAny>, "tensor:any([axis [, out]]) -> boolean | tensor",
     kReduceUnits, Doc("True when an element differs from zero; false for no elements."),
     Doc("print(tensor.new{1, 5}:gt(4):any()) --> true")},
    {"all", ReduceMethod<ReduceOp::kAll>, "tensor:all([axis [, out]]) -> boolean | tensor",
     kReduceUnits, Doc("True when all elements differ from zero; true for no elements."),
     Doc("print(tensor.new{1, 5}:gt(4):all()) --> false")},
};

}  // namespace

const std::span<const Entry> kTensorReduceMethods = kTensorReduceTable;

}  // namespace moonlet
