// bindings/tensor_polynomial.cc - functions of one variable: polygons and polynomials.
#include "bindings/registry.h"
#include "bindings/tensor.h"
#include "bindings/tensor_parts.h"
#include "engine/tensor/broadcast.h"
#include "engine/tensor/convert.h"
#include "engine/tensor/doubles.h"
#include "engine/tensor/interp.h"
#include "engine/tensor/least_squares.h"
#include "engine/tensor/promote.h"
#include "vm/runtime.h"

namespace moonlet {
namespace {

// The vector at `index`.
const Tensor& CheckVector(lua_State* L, int index) {
  const Tensor& t = *CheckTensor(L, index);
  if (t.rank() != 1) ArgumentError(L, index, "rank 1 expected, got %d", t.rank());
  return t;
}

// A variable: the tensor at an index, or a Lua number there, which is float64.
struct Variable {
  Tensor tensor;
  bool number = false;
  double value = 0;
};
void TakeVariable(lua_State* L, int index, Variable* x) {
  if (const Tensor* t = TestTensor(L, index)) {
    x->tensor = *t;
    return;
  }
  if (lua_type(L, index) != LUA_TNUMBER) luaL_typeerror(L, index, "tensor or number");
  x->number = true;
  x->value = lua_tonumber(L, index);
  x->tensor = RowMajor(&x->value, DType::kFloat64, {});
}

// Pushes a row-major float64 copy.
const Tensor& PushDoubles(lua_State* L, const Tensor& t) {
  const Tensor& copy = *NewTensor(L, DType::kFloat64, t.shape);
  RaiseIf(L, Convert(t, copy, StopOf(L)));
  return copy;
}

// interp(x, xp, fp [, left, right [, out]])
int Interp(lua_State* L) {
  lua_settop(L, 6);
  Variable x;
  TakeVariable(L, 1, &x);
  const Tensor& xp = CheckVector(L, 2);
  const Tensor& fp = CheckVector(L, 3);
  if (!(xp.shape == fp.shape)) {
    RaiseStatus(L, Status::Invalid("xp and fp of one length expected, got %s and %s",
                                   TextOf(xp.shape).text, TextOf(fp.shape).text));
  }
  Polygon polygon = {&PushDoubles(L, xp), &PushDoubles(L, fp), 0, 0};
  RaiseIf(L, CheckPolygon(polygon, StopOf(L)));
  polygon.left = luaL_optnumber(L, 4, polygon.y->as<double>()[0]);
  polygon.right = luaL_optnumber(L, 5, polygon.y->as<double>()[fp.dim(0) - 1]);
  if (x.number) {
    if (!lua_isnil(L, 6)) return luaL_argerror(L, 6, "out goes with a tensor for x");
    double value;
    const Tensor result = RowMajor(&value, DType::kFloat64, {});
    RaiseIf(L, Interpolate(x.tensor, polygon, result, StopOf(L)));
    lua_pushnumber(L, value);
    return 1;
  }
  const DType dtype = FloatResult(Promote(x.tensor.dtype, fp.dtype));
  const Tensor& out = *NewOrOut(L, 6, dtype, x.tensor.shape, {&x.tensor});
  RaiseIf(L, Interpolate(x.tensor, polygon, out, StopOf(L)));
  return 1;
}

// polyval(p, x [, out])
int PolyvalFunction(lua_State* L) {
  lua_settop(L, 3);
  const Tensor& p = CheckVector(L, 1);
  Variable x;
  TakeVariable(L, 2, &x);
  if (x.number) {
    if (!lua_isnil(L, 3)) return luaL_argerror(L, 3, "out goes with a tensor for x");
    double value;
    const Tensor result = RowMajor(&value, DType::kFloat64, {});
    RaiseIf(L, Polyval(p, x.tensor, result, StopOf(L)));
    lua_pushnumber(L, value);
    return 1;
  }
  const DType dtype = Promote(p.dtype, x.tensor.dtype);
  const Tensor& out = *NewOrOut(L, 3, dtype, x.tensor.shape);
  if (!lua_isnil(L, 3)) CheckApart(L, 3, out, {&p, &x.tensor});
  RaiseIf(L, Polyval(p, x.tensor, out, StopOf(L)));
  return 1;
}

// polyfit(x, y, degree [, rcond [, out]])
int PolyfitFunction(lua_State* L) {
  lua_settop(L, 5);
  const Tensor& x = CheckVector(L, 1);
  const Tensor& y = *CheckTensor(L, 2);
  constexpr lua_Integer kHighest = 1 << 20;
  const lua_Integer degree = luaL_checkinteger(L, 3);
  if (degree < 0 || degree > kHighest) {
    ArgumentError(L, 3, "0 to %I expected, got %I", static_cast<LUAI_UACINT>(kHighest),
                  static_cast<LUAI_UACINT>(degree));
  }
  const bool fits = (y.rank() == 1 || y.rank() == 2) && x.dim(0) > 0 && x.dim(0) == y.dim(0);
  if (!fits) {
    RaiseStatus(L, Status::Invalid("shapes {m} and {m} or {m, k} expected, got %s and %s",
                                   TextOf(x.shape).text, TextOf(y.shape).text));
  }
  const double rcond = luaL_optnumber(L, 4, static_cast<double>(x.dim(0)) * 0x1p-52);
  int64_t dims[] = {degree + 1, y.rank() == 2 ? int64_t{y.dim(1)} : 0};
  Shape shape;
  if (!ShapeFrom({dims, static_cast<size_t>(y.rank())}, DType::kFloat64, &shape))
    RaiseStatus(L, Status::Invalid("more elements than can be counted"));
  const Tensor& out = *NewOrOut(L, 5, FloatResult(Promote(x.dtype, y.dtype)), shape);
  if (!lua_isnil(L, 5)) CheckApart(L, 5, out, {&x, &y});
  Allocator& memory = Runtime::Of(L).engine_memory();
  RaiseIf(L, Polyfit(x, y, rcond, out, memory, StopOf(L)));
  return 1;
}

constexpr Entry kTensorPolynomialTable[] = {
    {"interp", Interp, "tensor.interp(x, xp, fp [, left, right [, out]]) -> tensor | number",
     "x: tensor or number; xp, fp: vectors of one length, xp increasing",
     Doc("The polygon through the points (xp, fp) at each x; before the first point `left`, behind "
         "the last `right`, the first and last of fp unless given; NaN at NaN. Computed in double "
         "and rounded once; a number for x gives a number. Raises when xp does not increase; "
         "equal neighbours are allowed, the last of them holds."),
     Doc("print(tensor.interp(2.5, tensor.new{1, 2, 3}, tensor.new{10, 20, 40})) --> 30.0")},
    {"polyval", PolyvalFunction, "tensor.polyval(p, x [, out]) -> tensor | number",
     "p: coefficients, the highest power first; x: tensor or number",
     Doc("The polynomial at each x, by Horner's rule: a product and a sum for each coefficient, "
         "each rounded, in the dtype that p and x promote to (integers wrap); for a number in "
         "double."),
     Doc("print(tensor.polyval(tensor.new{1, 0, -2}, 3)) --> 7.0")},
    {"polyfit", PolyfitFunction, "tensor.polyfit(x, y, degree [, rcond [, out]]) -> tensor",
     "x: {m}; y: {m} or {m, k}; degree: 0 to 2^20; result: {degree + 1} or {degree + 1, k}",
     Doc("The polynomial of a degree with the least squared distances from the points (x, y): "
         "coefficients, the highest power first. The matrix of powers, its columns brought to "
         "length 1, is solved as lstsq does; rcond is m times 2^-52 unless given. In double, "
         "rounded once; integers give float32. Raises when a power is not finite."),
     Doc("local p = tensor.polyfit(tensor.new{0, 1, 2}, tensor.new{1, 3, 7}, 2)\n"
         "print((\"%.3f %.3f %.3f\"):format(p[1], p[2], p[3])) --> 1.000 1.000 1.000")},
};

}  // namespace

const std::span<const Entry> kTensorPolynomialFunctions = kTensorPolynomialTable;

}  // namespace moonlet
