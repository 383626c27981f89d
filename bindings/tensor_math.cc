// bindings/tensor_math.cc - arithmetic, functions and comparisons of tensors, element by
// element: operators, methods, and methods in place.
#include "bindings/registry.h"
#include "bindings/tensor_operand.h"
#include "bindings/tensor_parts.h"
#include "engine/tensor/broadcast.h"
#include "engine/tensor/elementwise.h"
#include "engine/tensor/promote.h"

namespace moonlet {
namespace {

// Raises unless `result` has what the method in place is about to write.
void CheckReceives(lua_State* L, const Tensor& result, DType dtype, const Shape& shape) {
  if (result.dtype == dtype && result.shape == shape) return;
  ArgumentError(L, 1, "the result is %s %s, which %s %s cannot take", NameOf(dtype),
                TextOf(shape).text, NameOf(result.dtype), TextOf(result.shape).text);
}

int BinaryInto(lua_State* L, BinaryOp op) {
  TensorOperand a;
  TensorOperand b;
  DType dtype = CheckOperands(L, 1, 2, &a, &b);
  RaiseIf(L, ResultOf(op, dtype, &dtype));
  const Shape shape = CheckBroadcast(L, a.tensor, b.tensor);
  const Tensor& out = *NewOrOut(L, 3, dtype, shape, {&a.tensor, &b.tensor});
  RaiseIf(L, Binary(op, a.tensor, b.tensor, out, StopOf(L)));
  return 1;
}

int BinaryInPlace(lua_State* L, BinaryOp op) {
  CheckTensor(L, 1);
  TensorOperand a;
  TensorOperand b;
  DType dtype = CheckOperands(L, 1, 2, &a, &b);
  RaiseIf(L, ResultOf(op, dtype, &dtype));
  CheckReceives(L, a.tensor, dtype, CheckBroadcast(L, a.tensor, b.tensor));
  CheckAlias(L, 2, a.tensor, {&b.tensor});
  RaiseIf(L, Binary(op, a.tensor, b.tensor, a.tensor, StopOf(L)));
  lua_settop(L, 1);
  return 1;
}

int UnaryInto(lua_State* L, UnaryOp op) {
  const Tensor& x = *CheckTensor(L, 1);
  DType dtype;
  RaiseIf(L, ResultOf(op, x.dtype, &dtype));
  const Tensor& out = *NewOrOut(L, 2, dtype, x.shape, {&x});
  RaiseIf(L, Unary(op, x, out, StopOf(L)));
  return 1;
}

int UnaryInPlace(lua_State* L, UnaryOp op) {
  const Tensor& x = *CheckTensor(L, 1);
  DType dtype;
  RaiseIf(L, ResultOf(op, x.dtype, &dtype));
  CheckReceives(L, x, dtype, x.shape);
  RaiseIf(L, Unary(op, x, x, StopOf(L)));
  lua_settop(L, 1);
  return 1;
}

int KindInto(lua_State* L, Kind kind) {
  const Tensor& x = *CheckTensor(L, 1);
  const Tensor& out = *NewOrOut(L, 2, DType::kBool, x.shape, {&x});
  RaiseIf(L, IsKind(kind, x, out, StopOf(L)));
  return 1;
}

int CompareInto(lua_State* L, CompareOp op) {
  TensorOperand a;
  TensorOperand b;
  const DType dtype = CheckCompared(L, 1, 2, &a, &b);
  const Shape shape = CheckBroadcast(L, a.tensor, b.tensor);
  const Tensor& out = *NewOrOut(L, 3, DType::kBool, shape, {&a.tensor, &b.tensor});
  RaiseIf(L, Compare(op, dtype, a.tensor, b.tensor, out, StopOf(L)));
  return 1;
}

// What Lua calls: a function per operation, as it passes nothing to tell them apart.
template <BinaryOp kOp>
int BinaryMethod(lua_State* L) {
  return BinaryInto(L, kOp);
}
template <BinaryOp kOp>
int InPlace(lua_State* L) {
  return BinaryInPlace(L, kOp);
}
template <UnaryOp kOp>
int UnaryMethod(lua_State* L) {
  return UnaryInto(L, kOp);
}
template <UnaryOp kOp>
int InPlace(lua_State* L) {
  return UnaryInPlace(L, kOp);
}
template <Kind kKind>
int KindMethod(lua_State* L) {
  return KindInto(L, kKind);
}
template <CompareOp kOp>
int CompareMethod(lua_State* L) {
  return CompareInto(L, kOp);
}

// "7" + t comes by way of Lua's string library: level 1 is its function, which has the
// operator's name, and level 2 the script.
void CheckNotByString(lua_State* L) {
  lua_Debug caller;
  if (!lua_getstack(L, 1, &caller) || !lua_getinfo(L, "Sn", &caller) || *caller.what != 'C') return;
  if (caller.name == nullptr) return;
  luaL_where(L, 2);
  lua_pushfstring(L, "bad argument #1 to '%s' (tensor or number expected, got string)",
                  caller.name);
  lua_concat(L, 2);
  lua_error(L);
}

// Lua gives operators their operands alone, and `-` and `~` theirs twice.
int OperatorOf(lua_State* L, BinaryOp op) {
  if (lua_type(L, 1) == LUA_TSTRING) CheckNotByString(L);
  lua_settop(L, 2);
  return BinaryInto(L, op);
}
template <BinaryOp kOp>
int BinaryOperator(lua_State* L) {
  return OperatorOf(L, kOp);
}
template <UnaryOp kOp>
int UnaryOperator(lua_State* L) {
  lua_settop(L, 1);
  return UnaryMethod<kOp>(L);
}

int RaiseNoOrder(lua_State* L) {
  return luaL_error(L, "'<' gives one boolean, a tensor has many; use a:lt(b) or a:gt(b)");
}
int RaiseNoOrderOrEqual(lua_State* L) {
  return luaL_error(L, "'<=' gives one boolean, a tensor has many; use a:le(b) or a:ge(b)");
}

// min(max(x, low), high) into `out` at 4, or into x itself. A bound may be nil.
struct Bounds {
  TensorOperand x;
  TensorOperand low;
  TensorOperand high;
  bool has_low;
  bool has_high;
  DType dtype;
  Shape shape;
};
void CheckBounds(lua_State* L, Bounds* bounds) {
  CheckTensor(L, 1);
  bounds->has_low = !lua_isnoneornil(L, 2);
  bounds->has_high = !lua_isnoneornil(L, 3);
  if (!bounds->has_low && !bounds->has_high) luaL_argerror(L, 2, "one bound at least expected");
  TensorOperand again;
  DType low = DType::kBool;
  DType high = DType::kBool;
  if (bounds->has_low) low = CheckOperands(L, 1, 2, &bounds->x, &bounds->low);
  if (bounds->has_high)
    high = CheckOperands(L, 1, 3, bounds->has_low ? &again : &bounds->x, &bounds->high);
  bounds->dtype = Promote(low, high);
  bounds->shape = bounds->x.tensor.shape;
  if (bounds->has_low) bounds->shape = CheckBroadcast(L, bounds->x.tensor, bounds->low.tensor);
  if (bounds->has_high) {
    const Tensor so_far = RowMajor(nullptr, bounds->dtype, bounds->shape);
    bounds->shape = CheckBroadcast(L, so_far, bounds->high.tensor);
  }
}
Status ClipTo(const Bounds& bounds, const Tensor& out, const StopToken& stop) noexcept {
  const Tensor* x = &bounds.x.tensor;
  if (bounds.has_low) {
    Status s = Binary(BinaryOp::kMaximum, *x, bounds.low.tensor, out, stop);
    if (!s.ok()) return s;
    x = &out;
  }
  if (!bounds.has_high) return {};
  return Binary(BinaryOp::kMinimum, *x, bounds.high.tensor, out, stop);
}

int Clip(lua_State* L) {
  Bounds bounds;
  CheckBounds(L, &bounds);
  const Tensor& out = *NewOrOut(L, 4, bounds.dtype, bounds.shape, {&bounds.x.tensor});
  // Written before the upper bound is read.
  if (bounds.has_low && !bounds.low.lua_value) CheckAlias(L, 4, out, {&bounds.low.tensor});
  if (bounds.has_high && !bounds.high.lua_value) CheckApart(L, 4, out, {&bounds.high.tensor});
  RaiseIf(L, ClipTo(bounds, out, StopOf(L)));
  return 1;
}

int ClipInPlace(lua_State* L) {
  Bounds bounds;
  CheckBounds(L, &bounds);
  const Tensor& x = bounds.x.tensor;
  CheckReceives(L, x, bounds.dtype, bounds.shape);
  if (bounds.has_low && !bounds.low.lua_value) CheckAlias(L, 2, x, {&bounds.low.tensor});
  if (bounds.has_high && !bounds.high.lua_value) CheckApart(L, 3, x, {&bounds.high.tensor});
  RaiseIf(L, ClipTo(bounds, x, StopOf(L)));
  lua_settop(L, 1);
  return 1;
}

int WhereMethod(lua_State* L) {
  const Tensor& condition = *CheckTensor(L, 1);
  if (condition.dtype != DType::kBool) {
    ArgumentError(L, 1, "bool tensor expected, got %s", NameOf(condition.dtype));
  }
  TensorOperand a;
  TensorOperand b;
  const DType dtype = CheckOperands(L, 2, 3, &a, &b);
  const Tensor chosen = RowMajor(nullptr, dtype, CheckBroadcast(L, a.tensor, b.tensor));
  const Shape shape = CheckBroadcast(L, condition, chosen);
  const Tensor& out = *NewOrOut(L, 4, dtype, shape, {&condition, &a.tensor, &b.tensor});
  RaiseIf(L, Where(condition, a.tensor, b.tensor, out, StopOf(L)));
  return 1;
}

constexpr Entry kBinaryEntries[] = {
    {"add", BinaryMethod<BinaryOp::kAdd>, "tensor:add(other [, out]) -> tensor",
     "other: tensor or number", Doc("The sum, element by element. The operator `self + other`."),
     Doc("print(tensor.new{1, 2}:add(10)[2]) --> 12.0")},
    {"sub", BinaryMethod<BinaryOp::kSubtract>, "tensor:sub(other [, out]) -> tensor",
     "other: tensor or number",
     Doc("The difference, element by element. Raises for two bool tensors. The operator `self - "
         "other`."),
     Doc("print(tensor.new{1, 2}:sub(tensor.new{5, 7})[2]) --> -5.0")},
    {"mul", BinaryMethod<BinaryOp::kMultiply>, "tensor:mul(other [, out]) -> tensor",
     "other: tensor or number",
     Doc("The product, element by element. The operator `self * other`."),
     Doc("print(tensor.new({100, 2}, \"int8\"):mul(2)[1]) --> -56")},
    {"div", BinaryMethod<BinaryOp::kDivide>, "tensor:div(other [, out]) -> tensor",
     "other: tensor or number",
     Doc("The quotient, element by element. Integers give float32. The operator `self / other`."),
     Doc("print(tensor.new({7, 1}, \"int32\"):div(2)[1]) --> 3.5")},
    {"idiv", BinaryMethod<BinaryOp::kFloorDivide>, "tensor:idiv(other [, out]) -> tensor",
     "other: tensor or number",
     Doc("The quotient rounded towards minus infinity. Integers divided by zero raise. The "
         "operator `self // other`."),
     Doc("print(tensor.new({-7, 7}, \"int32\"):idiv(2)[1]) --> -4")},
    {"mod", BinaryMethod<BinaryOp::kModulo>, "tensor:mod(other [, out]) -> tensor",
     "other: tensor or number",
     Doc("The remainder with the sign of the divisor, as in Lua. An integer zero as divisor "
         "raises. The operator `self % other`."),
     Doc("print(tensor.new({-7, 7}, \"int32\"):mod(3)[1]) --> 2")},
    {"pow", BinaryMethod<BinaryOp::kPower>, "tensor:pow(other [, out]) -> tensor",
     "other: tensor or number",
     Doc("The power. Integers give float32. float32 is the double function rounded once. The "
         "operator `self ^ other`."),
     Doc("print(tensor.new{2, 3}:pow(3)[2]) --> 27.0")},
    {"atan2", BinaryMethod<BinaryOp::kArcTangent2>, "tensor:atan2(other [, out]) -> tensor",
     "other: tensor or number",
     Doc("The angle in radians, -pi to pi, of the point with these elements as y and those of "
         "other as x. Integers give float32, which is the double function rounded once."),
     Doc("print(tensor.new{0, 1}:atan2(1)[1]) --> 0.0")},
    {"hypot", BinaryMethod<BinaryOp::kHypotenuse>, "tensor:hypot(other [, out]) -> tensor",
     "other: tensor or number",
     Doc("sqrt(a^2 + b^2) without overflow on the way. Integers give float32, which is the double "
         "function rounded once."),
     Doc("print(tensor.new{3, 5}:hypot(4)[1]) --> 5.0")},
    {"maximum", BinaryMethod<BinaryOp::kMaximum>, "tensor:maximum(other [, out]) -> tensor",
     "other: tensor or number", Doc("The larger of two elements, NaN when either is NaN."),
     Doc("print(tensor.new{1, 5}:maximum(3)[1]) --> 3.0")},
    {"minimum", BinaryMethod<BinaryOp::kMinimum>, "tensor:minimum(other [, out]) -> tensor",
     "other: tensor or number", Doc("The smaller of two elements, NaN when either is NaN."),
     Doc("print(tensor.new{1, 5}:minimum(3)[2]) --> 3.0")},
    {"logical_and", BinaryMethod<BinaryOp::kAnd>, "tensor:logical_and(other [, out]) -> tensor",
     "other: tensor or number",
     Doc("True where both are. For bool tensors. The operator `self & other`."),
     Doc("print(tensor.new{true, false}:logical_and(true)[2]) --> false")},
    {"logical_or", BinaryMethod<BinaryOp::kOr>, "tensor:logical_or(other [, out]) -> tensor",
     "other: tensor or number",
     Doc("True where one of both is. For bool tensors. The operator `self | other`."),
     Doc("print(tensor.new{true, false}:logical_or(true)[2]) --> true")},
    {"add_", InPlace<BinaryOp::kAdd>, "tensor:add_(other) -> tensor", "other: tensor or number",
     Doc("As add, into the tensor itself, whose dtype and shape the result must have."),
     Doc("print(tensor.new{7, 8}:add_(2)[1]) --> 9.0")},
    {"sub_", InPlace<BinaryOp::kSubtract>, "tensor:sub_(other) -> tensor",
     "other: tensor or number",
     Doc("As sub, into the tensor itself, whose dtype and shape the result must have."),
     Doc("print(tensor.new{7, 8}:sub_(2)[1]) --> 5.0")},
    {"mul_", InPlace<BinaryOp::kMultiply>, "tensor:mul_(other) -> tensor",
     "other: tensor or number",
     Doc("As mul, into the tensor itself, whose dtype and shape the result must have."),
     Doc("print(tensor.new{7, 8}:mul_(2)[1]) --> 14.0")},
    {"div_", InPlace<BinaryOp::kDivide>, "tensor:div_(other) -> tensor", "other: tensor or number",
     Doc("As div, into the tensor itself, whose dtype and shape the result must have."),
     Doc("print(tensor.new{7, 8}:div_(2)[1]) --> 3.5")},
    {"idiv_", InPlace<BinaryOp::kFloorDivide>, "tensor:idiv_(other) -> tensor",
     "other: tensor or number",
     Doc("As idiv, into the tensor itself, whose dtype and shape the result must have."),
     Doc("print(tensor.new{7, 8}:idiv_(2)[1]) --> 3.0")},
    {"mod_", InPlace<BinaryOp::kModulo>, "tensor:mod_(other) -> tensor", "other: tensor or number",
     Doc("As mod, into the tensor itself, whose dtype and shape the result must have."),
     Doc("print(tensor.new{7, 8}:mod_(2)[1]) --> 1.0")},
    {"pow_", InPlace<BinaryOp::kPower>, "tensor:pow_(other) -> tensor", "other: tensor or number",
     Doc("As pow, into the tensor itself, whose dtype and shape the result must have."),
     Doc("print(tensor.new{7, 8}:pow_(2)[1]) --> 49.0")},
    {"atan2_", InPlace<BinaryOp::kArcTangent2>, "tensor:atan2_(other) -> tensor",
     "other: tensor or number",
     Doc("As atan2, into the tensor itself, whose dtype and shape the result must have."),
     Doc("print(tensor.new{0, 8}:atan2_(2)[1]) --> 0.0")},
    {"hypot_", InPlace<BinaryOp::kHypotenuse>, "tensor:hypot_(other) -> tensor",
     "other: tensor or number",
     Doc("As hypot, into the tensor itself, whose dtype and shape the result must have."),
     Doc("print(tensor.new{3, 5}:hypot_(4)[1]) --> 5.0")},
    {"maximum_", InPlace<BinaryOp::kMaximum>, "tensor:maximum_(other) -> tensor",
     "other: tensor or number",
     Doc("As maximum, into the tensor itself, whose dtype and shape the result must have."),
     Doc("print(tensor.new{7, 8}:maximum_(2)[1]) --> 7.0")},
    {"minimum_", InPlace<BinaryOp::kMinimum>, "tensor:minimum_(other) -> tensor",
     "other: tensor or number",
     Doc("As minimum, into the tensor itself, whose dtype and shape the result must have."),
     Doc("print(tensor.new{7, 8}:minimum_(2)[1]) --> 2.0")},
    {"logical_and_", InPlace<BinaryOp::kAnd>, "tensor:logical_and_(other) -> tensor",
     "other: tensor or number",
     Doc("As logical_and, into the tensor itself, whose dtype and shape the result must have."),
     Doc("print(tensor.new{true, false}:logical_and_(true)[1]) --> true")},
    {"logical_or_", InPlace<BinaryOp::kOr>, "tensor:logical_or_(other) -> tensor",
     "other: tensor or number",
     Doc("As logical_or, into the tensor itself, whose dtype and shape the result must have."),
     Doc("print(tensor.new{true, false}:logical_or_(true)[1]) --> true")},
};

constexpr Entry kUnaryEntries[] = {
    {"neg", UnaryMethod<UnaryOp::kNegate>, "tensor:neg([out]) -> tensor", "",
     Doc("The opposite. Integers wrap: the lowest is its own opposite. The operator `-self`."),
     Doc("print(tensor.new{1, -2}:neg()[2]) --> 2.0")},
    {"abs", UnaryMethod<UnaryOp::kAbs>, "tensor:abs([out]) -> tensor", "",
     Doc("The magnitude. Integers wrap."), Doc("print(tensor.new{1, -2}:abs()[2]) --> 2.0")},
    {"logical_not", UnaryMethod<UnaryOp::kNot>, "tensor:logical_not([out]) -> tensor", "",
     Doc("True where the element is false. For bool tensors. The operator `~self`."),
     Doc("print(tensor.new{true, false}:logical_not()[2]) --> true")},
    {"exp", UnaryMethod<UnaryOp::kExp>, "tensor:exp([out]) -> tensor", "",
     Doc("e to the power of each element; float32 within 0.88 ulp."),
     Doc("print(tensor.new{0, 1}:exp()[1]) --> 1.0")},
    {"log", UnaryMethod<UnaryOp::kLog>, "tensor:log([out]) -> tensor", "",
     Doc("The natural logarithm; float32 within 0.83 ulp. 0 gives -inf, below it NaN."),
     Doc("print(tensor.new{1, 0}:log()[2]) --> -inf")},
    {"sqrt", UnaryMethod<UnaryOp::kSqrt>, "tensor:sqrt([out]) -> tensor", "",
     Doc("The square root, correctly rounded. Below 0 NaN."),
     Doc("print(tensor.new{9, 2}:sqrt()[1]) --> 3.0")},
    {"sin", UnaryMethod<UnaryOp::kSin>, "tensor:sin([out]) -> tensor", "",
     Doc("The sine of radians; float32 within 0.81 ulp, however large the angle."),
     Doc("print(tensor.new{0, 1}:sin()[1]) --> 0.0")},
    {"cos", UnaryMethod<UnaryOp::kCos>, "tensor:cos([out]) -> tensor", "",
     Doc("The cosine of radians; float32 within 0.8 ulp, however large the angle."),
     Doc("print(tensor.new{0, 1}:cos()[1]) --> 1.0")},
    {"tanh", UnaryMethod<UnaryOp::kTanh>, "tensor:tanh([out]) -> tensor", "",
     Doc("The hyperbolic tangent; float32 within 1.31 ulp."),
     Doc("print(tensor.new{0, 99}:tanh()[2]) --> 1.0")},
    {"tan", UnaryMethod<UnaryOp::kTan>, "tensor:tan([out]) -> tensor", "",
     Doc("The tangent of radians. Integers give float32, which is the double function rounded "
         "once."),
     Doc("print(tensor.new{0, 1}:tan()[1]) --> 0.0")},
    {"asin", UnaryMethod<UnaryOp::kAsin>, "tensor:asin([out]) -> tensor", "",
     Doc("The angle in radians whose sine it is, -pi/2 to pi/2. Beyond 1 NaN. Integers give "
         "float32, which is the double function rounded once."),
     Doc("print(tensor.new{0, 2}:asin()[1]) --> 0.0")},
    {"acos", UnaryMethod<UnaryOp::kAcos>, "tensor:acos([out]) -> tensor", "",
     Doc("The angle in radians whose cosine it is, 0 to pi. Beyond 1 NaN. Integers give float32, "
         "which is the double function rounded once."),
     Doc("print(tensor.new{1, 2}:acos()[1]) --> 0.0")},
    {"atan", UnaryMethod<UnaryOp::kAtan>, "tensor:atan([out]) -> tensor", "",
     Doc("The angle in radians whose tangent it is, -pi/2 to pi/2; atan2 knows all quadrants. "
         "Integers give float32, which is the double function rounded once."),
     Doc("print(tensor.new{0, 1}:atan()[1]) --> 0.0")},
    {"sinh", UnaryMethod<UnaryOp::kSinh>, "tensor:sinh([out]) -> tensor", "",
     Doc("The hyperbolic sine. Integers give float32, which is the double function rounded once."),
     Doc("print(tensor.new{0, 99}:sinh()[2]) --> inf")},
    {"cosh", UnaryMethod<UnaryOp::kCosh>, "tensor:cosh([out]) -> tensor", "",
     Doc("The hyperbolic cosine. Integers give float32, which is the double function rounded "
         "once."),
     Doc("print(tensor.new{0, 1}:cosh()[1]) --> 1.0")},
    {"asinh", UnaryMethod<UnaryOp::kAsinh>, "tensor:asinh([out]) -> tensor", "",
     Doc("The inverse of the hyperbolic sine. Integers give float32, which is the double function "
         "rounded once."),
     Doc("print(tensor.new{0, 1}:asinh()[1]) --> 0.0")},
    {"acosh", UnaryMethod<UnaryOp::kAcosh>, "tensor:acosh([out]) -> tensor", "",
     Doc("The inverse of the hyperbolic cosine, 0 and above. Below 1 NaN. Integers give float32, "
         "which is the double function rounded once."),
     Doc("print(tensor.new{1, 2}:acosh()[1]) --> 0.0")},
    {"atanh", UnaryMethod<UnaryOp::kAtanh>, "tensor:atanh([out]) -> tensor", "",
     Doc("The inverse of the hyperbolic tangent. Beyond 1 NaN. Integers give float32, which is the "
         "double function rounded once."),
     Doc("print(tensor.new{0, 1}:atanh()[2]) --> inf")},
    {"expm1", UnaryMethod<UnaryOp::kExpm1>, "tensor:expm1([out]) -> tensor", "",
     Doc("exp(x) - 1, exact near 0 too. Integers give float32, which is the double function "
         "rounded once."),
     Doc("print(tensor.new{0, 1e-6}:expm1()[1]) --> 0.0")},
    {"log1p", UnaryMethod<UnaryOp::kLog1p>, "tensor:log1p([out]) -> tensor", "",
     Doc("log(1 + x), exact near 0 too. Below -1 NaN. Integers give float32, which is the double "
         "function rounded once."),
     Doc("print(tensor.new{0, -1}:log1p()[2]) --> -inf")},
    {"log2", UnaryMethod<UnaryOp::kLog2>, "tensor:log2([out]) -> tensor", "",
     Doc("The logarithm to base 2. 0 gives -inf, below it NaN. Integers give float32, which is the "
         "double function rounded once."),
     Doc("print(tensor.new{8, 0}:log2()[1]) --> 3.0")},
    {"log10", UnaryMethod<UnaryOp::kLog10>, "tensor:log10([out]) -> tensor", "",
     Doc("The logarithm to base 10. 0 gives -inf, below it NaN. Integers give float32, which is "
         "the double function rounded once."),
     Doc("print(tensor.new{1000, 0}:log10()[1]) --> 3.0")},
    {"cbrt", UnaryMethod<UnaryOp::kCbrt>, "tensor:cbrt([out]) -> tensor", "",
     Doc("The cube root, of negative numbers too. Integers give float32, which is the double "
         "function rounded once."),
     Doc("print(tensor.new{27, -8}:cbrt()[2]) --> -2.0")},
    {"erf", UnaryMethod<UnaryOp::kErf>, "tensor:erf([out]) -> tensor", "",
     Doc("The error function: 2 / sqrt(pi) times the integral of exp(-t^2) from 0 to x. Integers "
         "give float32, which is the double function rounded once."),
     Doc("print(tensor.new{0, 9}:erf()[2]) --> 1.0")},
    {"round", UnaryMethod<UnaryOp::kRound>, "tensor:round([out]) -> tensor", "",
     Doc("The nearest integer, ties to even as in NumPy. The dtype stays."),
     Doc("print(tensor.new{2.5, -1.7}:round()[1]) --> 2.0")},
    {"floor", UnaryMethod<UnaryOp::kFloor>, "tensor:floor([out]) -> tensor", "",
     Doc("The largest integer not above each element. The dtype stays."),
     Doc("print(tensor.new{2.5, -1.7}:floor()[2]) --> -2.0")},
    {"ceil", UnaryMethod<UnaryOp::kCeil>, "tensor:ceil([out]) -> tensor", "",
     Doc("The smallest integer not below each element. The dtype stays."),
     Doc("print(tensor.new{2.5, -1.7}:ceil()[2]) --> -1.0")},
    {"trunc", UnaryMethod<UnaryOp::kTrunc>, "tensor:trunc([out]) -> tensor", "",
     Doc("Each element without its fraction. The dtype stays."),
     Doc("print(tensor.new{2.5, -1.7}:trunc()[1]) --> 2.0")},
    {"sign", UnaryMethod<UnaryOp::kSign>, "tensor:sign([out]) -> tensor", "",
     Doc("1, 0 or -1 by the sign of each element, NaN for NaN."),
     Doc("print(tensor.new{2.5, -1.7}:sign()[2]) --> -1.0")},
    {"neg_", InPlace<UnaryOp::kNegate>, "tensor:neg_() -> tensor", "",
     Doc("As neg, into the tensor itself, whose dtype the result must have."),
     Doc("print(tensor.new{1, -2}:neg_()[2]) --> 2.0")},
    {"abs_", InPlace<UnaryOp::kAbs>, "tensor:abs_() -> tensor", "",
     Doc("As abs, into the tensor itself, whose dtype the result must have."),
     Doc("print(tensor.new{1, -2}:abs_()[2]) --> 2.0")},
    {"logical_not_", InPlace<UnaryOp::kNot>, "tensor:logical_not_() -> tensor", "",
     Doc("As logical_not, into the tensor itself, whose dtype the result must have."),
     Doc("print(tensor.new{true, false}:logical_not_()[2]) --> true")},
    {"exp_", InPlace<UnaryOp::kExp>, "tensor:exp_() -> tensor", "",
     Doc("As exp, into the tensor itself, whose dtype the result must have."),
     Doc("print(tensor.new{0, 1}:exp_()[1]) --> 1.0")},
    {"log_", InPlace<UnaryOp::kLog>, "tensor:log_() -> tensor", "",
     Doc("As log, into the tensor itself, whose dtype the result must have."),
     Doc("print(tensor.new{1, 0}:log_()[2]) --> -inf")},
    {"sqrt_", InPlace<UnaryOp::kSqrt>, "tensor:sqrt_() -> tensor", "",
     Doc("As sqrt, into the tensor itself, whose dtype the result must have."),
     Doc("print(tensor.new{9, 2}:sqrt_()[1]) --> 3.0")},
    {"sin_", InPlace<UnaryOp::kSin>, "tensor:sin_() -> tensor", "",
     Doc("As sin, into the tensor itself, whose dtype the result must have."),
     Doc("print(tensor.new{0, 1}:sin_()[1]) --> 0.0")},
    {"cos_", InPlace<UnaryOp::kCos>, "tensor:cos_() -> tensor", "",
     Doc("As cos, into the tensor itself, whose dtype the result must have."),
     Doc("print(tensor.new{0, 1}:cos_()[1]) --> 1.0")},
    {"tanh_", InPlace<UnaryOp::kTanh>, "tensor:tanh_() -> tensor", "",
     Doc("As tanh, into the tensor itself, whose dtype the result must have."),
     Doc("print(tensor.new{0, 99}:tanh_()[2]) --> 1.0")},
    {"tan_", InPlace<UnaryOp::kTan>, "tensor:tan_() -> tensor", "",
     Doc("As tan, into the tensor itself, whose dtype the result must have."),
     Doc("print(tensor.new{0, 1}:tan_()[1]) --> 0.0")},
    {"asin_", InPlace<UnaryOp::kAsin>, "tensor:asin_() -> tensor", "",
     Doc("As asin, into the tensor itself, whose dtype the result must have."),
     Doc("print(tensor.new{0, 2}:asin_()[1]) --> 0.0")},
    {"acos_", InPlace<UnaryOp::kAcos>, "tensor:acos_() -> tensor", "",
     Doc("As acos, into the tensor itself, whose dtype the result must have."),
     Doc("print(tensor.new{1, 2}:acos_()[1]) --> 0.0")},
    {"atan_", InPlace<UnaryOp::kAtan>, "tensor:atan_() -> tensor", "",
     Doc("As atan, into the tensor itself, whose dtype the result must have."),
     Doc("print(tensor.new{0, 1}:atan_()[1]) --> 0.0")},
    {"sinh_", InPlace<UnaryOp::kSinh>, "tensor:sinh_() -> tensor", "",
     Doc("As sinh, into the tensor itself, whose dtype the result must have."),
     Doc("print(tensor.new{0, 99}:sinh_()[2]) --> inf")},
    {"cosh_", InPlace<UnaryOp::kCosh>, "tensor:cosh_() -> tensor", "",
     Doc("As cosh, into the tensor itself, whose dtype the result must have."),
     Doc("print(tensor.new{0, 1}:cosh_()[1]) --> 1.0")},
    {"asinh_", InPlace<UnaryOp::kAsinh>, "tensor:asinh_() -> tensor", "",
     Doc("As asinh, into the tensor itself, whose dtype the result must have."),
     Doc("print(tensor.new{0, 1}:asinh_()[1]) --> 0.0")},
    {"acosh_", InPlace<UnaryOp::kAcosh>, "tensor:acosh_() -> tensor", "",
     Doc("As acosh, into the tensor itself, whose dtype the result must have."),
     Doc("print(tensor.new{1, 2}:acosh_()[1]) --> 0.0")},
    {"atanh_", InPlace<UnaryOp::kAtanh>, "tensor:atanh_() -> tensor", "",
     Doc("As atanh, into the tensor itself, whose dtype the result must have."),
     Doc("print(tensor.new{0, 1}:atanh_()[2]) --> inf")},
    {"expm1_", InPlace<UnaryOp::kExpm1>, "tensor:expm1_() -> tensor", "",
     Doc("As expm1, into the tensor itself, whose dtype the result must have."),
     Doc("print(tensor.new{0, 1e-6}:expm1_()[1]) --> 0.0")},
    {"log1p_", InPlace<UnaryOp::kLog1p>, "tensor:log1p_() -> tensor", "",
     Doc("As log1p, into the tensor itself, whose dtype the result must have."),
     Doc("print(tensor.new{0, -1}:log1p_()[2]) --> -inf")},
    {"log2_", InPlace<UnaryOp::kLog2>, "tensor:log2_() -> tensor", "",
     Doc("As log2, into the tensor itself, whose dtype the result must have."),
     Doc("print(tensor.new{8, 0}:log2_()[1]) --> 3.0")},
    {"log10_", InPlace<UnaryOp::kLog10>, "tensor:log10_() -> tensor", "",
     Doc("As log10, into the tensor itself, whose dtype the result must have."),
     Doc("print(tensor.new{1000, 0}:log10_()[1]) --> 3.0")},
    {"cbrt_", InPlace<UnaryOp::kCbrt>, "tensor:cbrt_() -> tensor", "",
     Doc("As cbrt, into the tensor itself, whose dtype the result must have."),
     Doc("print(tensor.new{27, -8}:cbrt_()[2]) --> -2.0")},
    {"erf_", InPlace<UnaryOp::kErf>, "tensor:erf_() -> tensor", "",
     Doc("As erf, into the tensor itself, whose dtype the result must have."),
     Doc("print(tensor.new{0, 9}:erf_()[2]) --> 1.0")},
    {"round_", InPlace<UnaryOp::kRound>, "tensor:round_() -> tensor", "",
     Doc("As round, into the tensor itself, whose dtype the result must have."),
     Doc("print(tensor.new{2.5, -1.7}:round_()[1]) --> 2.0")},
    {"floor_", InPlace<UnaryOp::kFloor>, "tensor:floor_() -> tensor", "",
     Doc("As floor, into the tensor itself, whose dtype the result must have."),
     Doc("print(tensor.new{2.5, -1.7}:floor_()[2]) --> -2.0")},
    {"ceil_", InPlace<UnaryOp::kCeil>, "tensor:ceil_() -> tensor", "",
     Doc("As ceil, into the tensor itself, whose dtype the result must have."),
     Doc("print(tensor.new{2.5, -1.7}:ceil_()[2]) --> -1.0")},
    {"trunc_", InPlace<UnaryOp::kTrunc>, "tensor:trunc_() -> tensor", "",
     Doc("As trunc, into the tensor itself, whose dtype the result must have."),
     Doc("print(tensor.new{2.5, -1.7}:trunc_()[1]) --> 2.0")},
    {"sign_", InPlace<UnaryOp::kSign>, "tensor:sign_() -> tensor", "",
     Doc("As sign, into the tensor itself, whose dtype the result must have."),
     Doc("print(tensor.new{2.5, -1.7}:sign_()[2]) --> -1.0")},
    {"clip", Clip, "tensor:clip(low, high [, out]) -> tensor", "low, high: tensor, number or nil",
     Doc("Each element, or the bound it is beyond. NaN stays. A bound that is nil does not "
         "count."),
     Doc("print(tensor.new{-3, 9}:clip(0, 5)[2]) --> 5.0")},
    {"clip_", ClipInPlace, "tensor:clip_(low, high) -> tensor", "low, high: tensor, number or nil",
     Doc("As clip, into the tensor itself, whose dtype and shape the result must have."),
     Doc("print(tensor.new{-3, 9}:clip_(0, nil)[1]) --> 0.0")},
};

constexpr Entry kCompareEntries[] = {
    {"lt", CompareMethod<CompareOp::kLess>, "tensor:lt(other [, out]) -> tensor",
     "other: tensor or number; result: bool",
     Doc("Where the elements are less than those of other. Integers compare exactly, whatever "
         "their dtypes; nothing but ne is true of NaN."),
     Doc("print(tensor.new{1, 2, 3}:lt(2)[2]) --> false")},
    {"le", CompareMethod<CompareOp::kLessEqual>, "tensor:le(other [, out]) -> tensor",
     "other: tensor or number; result: bool",
     Doc("Where the elements are at most those of other. Integers compare exactly, whatever their "
         "dtypes; nothing but ne is true of NaN."),
     Doc("print(tensor.new{1, 2, 3}:le(2)[2]) --> true")},
    {"gt", CompareMethod<CompareOp::kGreater>, "tensor:gt(other [, out]) -> tensor",
     "other: tensor or number; result: bool",
     Doc("Where the elements are greater than those of other. Integers compare exactly, whatever "
         "their dtypes; nothing but ne is true of NaN."),
     Doc("print(tensor.new{1, 2, 3}:gt(2)[2]) --> false")},
    {"ge", CompareMethod<CompareOp::kGreaterEqual>, "tensor:ge(other [, out]) -> tensor",
     "other: tensor or number; result: bool",
     Doc("Where the elements are at least those of other. Integers compare exactly, whatever their "
         "dtypes; nothing but ne is true of NaN."),
     Doc("print(tensor.new{1, 2, 3}:ge(2)[2]) --> true")},
    {"eq", CompareMethod<CompareOp::kEqual>, "tensor:eq(other [, out]) -> tensor",
     "other: tensor or number; result: bool",
     Doc("Where the elements are equal to those of other. Integers compare exactly, whatever their "
         "dtypes; nothing but ne is true of NaN."),
     Doc("print(tensor.new{1, 2, 3}:eq(2)[2]) --> true")},
    {"ne", CompareMethod<CompareOp::kNotEqual>, "tensor:ne(other [, out]) -> tensor",
     "other: tensor or number; result: bool",
     Doc("Where the elements are not equal to those of other. Integers compare exactly, whatever "
         "their dtypes; nothing but ne is true of NaN."),
     Doc("print(tensor.new{1, 2, 3}:ne(2)[2]) --> false")},
    {"isfinite", KindMethod<Kind::kFinite>, "tensor:isfinite([out]) -> tensor", "result: bool",
     Doc("Where the elements are neither infinite nor NaN; integers always are."),
     Doc("print(tensor.new{1, 1 / 0, 0 / 0}:isfinite()[2]) --> false")},
    {"isinf", KindMethod<Kind::kInfinite>, "tensor:isinf([out]) -> tensor", "result: bool",
     Doc("Where the elements are infinite, of either sign."),
     Doc("print(tensor.new{1, -1 / 0, 0 / 0}:isinf()[2]) --> true")},
    {"isnan", KindMethod<Kind::kNan>, "tensor:isnan([out]) -> tensor", "result: bool",
     Doc("Where the elements are NaN."),
     Doc("print(tensor.new{1, 1 / 0, 0 / 0}:isnan()[3]) --> true")},
    {"where", WhereMethod, "tensor:where(a, b [, out]) -> tensor", "self: bool",
     Doc("The element of a where the tensor is true, that of b elsewhere; all three broadcast."),
     Doc("local x = tensor.new{-1, 2}\nprint(x:lt(0):where(0, x)[2]) --> 2.0")},
};

constexpr Entry kTensorMathFunctionTable[] = {
    {"where", WhereMethod, "tensor.where(condition, a, b [, out]) -> tensor", "condition: bool",
     Doc("The element of a where the condition is true, that of b elsewhere; all three "
         "broadcast. Two numbers make float32."),
     Doc("local x = tensor.new{-1, 2}\nprint(tensor.where(x:gt(0), 1, -1)[1]) --> -1.0")},
};

}  // namespace

const std::span<const Entry> kTensorMathFunctions = kTensorMathFunctionTable;
const std::span<const Entry> kTensorArithmeticMethods = kBinaryEntries;
const std::span<const Entry> kTensorMathMethods = kUnaryEntries;
const std::span<const Entry> kTensorCompareMethods = kCompareEntries;

const luaL_Reg kTensorMathMetamethods[] = {
    {"__add", BinaryOperator<BinaryOp::kAdd>},
    {"__sub", BinaryOperator<BinaryOp::kSubtract>},
    {"__mul", BinaryOperator<BinaryOp::kMultiply>},
    {"__div", BinaryOperator<BinaryOp::kDivide>},
    {"__idiv", BinaryOperator<BinaryOp::kFloorDivide>},
    {"__mod", BinaryOperator<BinaryOp::kModulo>},
    {"__pow", BinaryOperator<BinaryOp::kPower>},
    {"__band", BinaryOperator<BinaryOp::kAnd>},
    {"__bor", BinaryOperator<BinaryOp::kOr>},
    {"__unm", UnaryOperator<UnaryOp::kNegate>},
    {"__bnot", UnaryOperator<UnaryOp::kNot>},
    {"__lt", RaiseNoOrder},
    {"__le", RaiseNoOrderOrEqual},
    {nullptr, nullptr},
};

}  // namespace moonlet
