// bindings/tensor_decompose.cc - linear equations and what matrices are made of.
#include "bindings/registry.h"
#include "bindings/tensor.h"
#include "bindings/tensor_parts.h"
#include "engine/tensor/broadcast.h"
#include "engine/tensor/convert.h"
#include "engine/tensor/decompositions.h"
#include "engine/tensor/doubles.h"
#include "engine/tensor/least_squares.h"
#include "engine/tensor/linear_systems.h"
#include "engine/tensor/matrix_walk.h"
#include "engine/tensor/promote.h"
#include "vm/runtime.h"

namespace moonlet {
namespace {

const Tensor& CheckSquareTensor(lua_State* L) {
  const Tensor& a = *CheckTensor(L, 1);
  RaiseIf(L, CheckSquare(a.shape));
  return a;
}

// The lengths of the last two axes of the tensor at 1.
struct MatrixSize {
  Index rows;
  Index columns;
  Index least() const { return rows < columns ? rows : columns; }
};
MatrixSize CheckMatrices(lua_State* L, const Tensor& a) {
  if (a.rank() < 2) RaiseStatus(L, Status::Invalid("rank 2 or more expected, got %d", a.rank()));
  return {a.dim(a.rank() - 2), a.dim(a.rank() - 1)};
}

// `heads` with a matrix behind; raises when its elements cannot be counted.
Shape CheckResult(lua_State* L, const Shape& heads, Index rows, Index columns) {
  int64_t dims[kMaxRank];
  for (int i = 0; i < heads.rank; ++i) dims[i] = heads.dims[i];
  dims[heads.rank] = rows;
  dims[heads.rank + 1] = columns;
  Shape shape;
  if (!ShapeFrom({dims, static_cast<size_t>(heads.rank) + 2}, DType::kFloat64, &shape))
    RaiseStatus(L, Status::Invalid("more elements than can be counted"));
  return shape;
}

// Pushes where a result goes: a new tensor, or the one given at `index`, which shares no
// memory with `others` (null: none). Of `several` matrices a later one may be refused when earlier
// ones are done, so what was given is written in DeliverResult alone.
const Tensor& PushResult(lua_State* L, int index, DType dtype, const Shape& shape, bool several,
                         std::initializer_list<const Tensor*> others) {
  const Tensor& out = *NewOrOut(L, index, dtype, shape);
  if (lua_isnoneornil(L, index)) return out;
  for (const Tensor* other : others)
    if (other != nullptr) CheckApart(L, index, out, {other});
  if (!several) return out;
  lua_pop(L, 1);
  return *NewTensor(L, dtype, shape);
}

// Puts the tensor given at `index`, if there is one, in place of the result at `pushed`.
void DeliverResult(lua_State* L, int pushed, int index) {
  if (lua_isnoneornil(L, index)) return;
  pushed = lua_absindex(L, pushed);
  const Tensor& result = *CheckTensor(L, pushed);
  const Tensor& out = *CheckTensor(L, index);
  if (&result == &out) return;
  RaiseIf(L, Convert(result, out, StopOf(L)));
  lua_pushvalue(L, index);
  lua_replace(L, pushed);
}

int DetMethod(lua_State* L) {
  const Tensor& a = CheckSquareTensor(L);
  const DType dtype = FloatResult(a.dtype);
  if (a.rank() == 2 && lua_isnoneornil(L, 2)) {
    alignas(8) uint8_t element[8];
    const Tensor result = RowMajor(element, dtype, {});
    RaiseIf(L, Det(a, result, EngineMemory(L), StopOf(L)));
    PushElement(L, result, 0);
    return 1;
  }
  const Tensor& out = *NewOrOut(L, 2, dtype, HeadsOf(a.shape, 2));
  if (!lua_isnoneornil(L, 2)) CheckApart(L, 2, out, {&a});
  RaiseIf(L, Det(a, out, EngineMemory(L), StopOf(L)));
  return 1;
}

int InvMethod(lua_State* L) {
  const Tensor& a = CheckSquareTensor(L);
  const Tensor& out = PushResult(L, 2, FloatResult(a.dtype), a.shape, a.rank() > 2, {});
  if (!lua_isnoneornil(L, 2)) CheckAlias(L, 2, *CheckTensor(L, 2), {&a});
  RaiseIf(L, Inv(a, out, EngineMemory(L), StopOf(L)));
  DeliverResult(L, -1, 2);
  return 1;
}

int CholeskyMethod(lua_State* L) {
  const Tensor& a = CheckSquareTensor(L);
  const Tensor& out = PushResult(L, 2, FloatResult(a.dtype), a.shape, a.rank() > 2, {});
  if (!lua_isnoneornil(L, 2)) CheckAlias(L, 2, *CheckTensor(L, 2), {&a});
  RaiseIf(L, Cholesky(a, out, EngineMemory(L), StopOf(L)));
  DeliverResult(L, -1, 2);
  return 1;
}

int SolveMethod(lua_State* L) {
  const Tensor& a = CheckSquareTensor(L);
  const Tensor& b = *CheckTensor(L, 2);
  Shape shape;
  RaiseIf(L, SolveShape(a.shape, b.shape, &shape));
  const DType dtype = FloatResult(Promote(a.dtype, b.dtype));
  const Tensor& out = PushResult(L, 3, dtype, shape, a.rank() > 2 || b.rank() > 2, {&a, &b});
  RaiseIf(L, Solve(a, b, out, EngineMemory(L), StopOf(L)));
  DeliverResult(L, -1, 3);
  return 1;
}

// qr([mode [, q, r]]), in mode "r": qr("r" [, r])
int QrMethod(lua_State* L) {
  static constexpr const char* kModes[] = {"reduced", "complete", "r", nullptr};
  lua_settop(L, 4);
  const Tensor& a = *CheckTensor(L, 1);
  const MatrixSize size = CheckMatrices(L, a);
  const int mode = luaL_checkoption(L, 2, "reduced", kModes);
  const DType dtype = FloatResult(a.dtype);
  const bool several = a.rank() > 2;
  const Shape heads = HeadsOf(a.shape, 2);
  const Index k = mode == 1 ? size.rows : size.least();
  const Shape r_shape = CheckResult(L, heads, k, size.columns);
  if (mode == 2) {
    const Tensor& r = PushResult(L, 3, dtype, r_shape, several, {&a});
    RaiseIf(L, Qr(a, nullptr, r, EngineMemory(L), StopOf(L)));
    DeliverResult(L, -1, 3);
    return 1;
  }
  const Shape q_shape = CheckResult(L, heads, size.rows, k);
  const Tensor& q = PushResult(L, 3, dtype, q_shape, several, {&a});
  const Tensor& r = PushResult(L, 4, dtype, r_shape, several, {&a, TestTensor(L, 3)});
  RaiseIf(L, Qr(a, &q, r, EngineMemory(L), StopOf(L)));
  DeliverResult(L, -2, 3);
  DeliverResult(L, -1, 4);
  return 2;
}

// svd([full [, u, s, vt]])
int SvdMethod(lua_State* L) {
  lua_settop(L, 5);
  const Tensor& a = *CheckTensor(L, 1);
  const MatrixSize size = CheckMatrices(L, a);
  if (!lua_isnil(L, 2)) luaL_checktype(L, 2, LUA_TBOOLEAN);
  const bool full = lua_isnil(L, 2) || lua_toboolean(L, 2) != 0;
  const Shape heads = HeadsOf(a.shape, 2);
  const Shape u_shape = CheckResult(L, heads, size.rows, full ? size.rows : size.least());
  const Shape vt_shape = CheckResult(L, heads, full ? size.columns : size.least(), size.columns);
  const DType dtype = FloatResult(a.dtype);
  const bool several = a.rank() > 2;
  const Shape s_shape = WithPart(heads, {size.least()});
  const Tensor* const given[] = {TestTensor(L, 3), TestTensor(L, 4)};
  const Tensor& u = PushResult(L, 3, dtype, u_shape, several, {&a});
  const Tensor& s = PushResult(L, 4, dtype, s_shape, several, {&a, given[0]});
  const Tensor& vt = PushResult(L, 5, dtype, vt_shape, several, {&a, given[0], given[1]});
  RaiseIf(L, Svd(a, {&u, &s, &vt}, EngineMemory(L), StopOf(L)));
  for (int i = 0; i < 3; ++i) DeliverResult(L, 6 + i, 3 + i);
  return 3;
}

// eigh([w, v])
int EighMethod(lua_State* L) {
  lua_settop(L, 3);
  const Tensor& a = CheckSquareTensor(L);
  const DType dtype = FloatResult(a.dtype);
  const bool several = a.rank() > 2;
  const Tensor& w = PushResult(L, 2, dtype, HeadsOf(a.shape, 1), several, {&a});
  const Tensor& v = PushResult(L, 3, dtype, a.shape, several, {&a, TestTensor(L, 2)});
  RaiseIf(L, Eigh(a, w, v, EngineMemory(L), StopOf(L)));
  DeliverResult(L, -2, 2);
  DeliverResult(L, -1, 3);
  return 2;
}

// What rounding the elements of a matrix can do to its singular values, relative to the first.
double RelativeRounding(DType dtype, Index longer_side) {
  return static_cast<double>(longer_side) * (dtype == DType::kFloat32 ? 0x1p-23 : 0x1p-52);
}

// lstsq(b [, rcond [, out]])
int LstsqMethod(lua_State* L) {
  lua_settop(L, 4);
  const Tensor& a = *CheckTensor(L, 1);
  const Tensor& b = *CheckTensor(L, 2);
  const bool fits = a.rank() == 2 && (b.rank() == 1 || b.rank() == 2) && a.dim(0) == b.dim(0);
  if (!fits) {
    RaiseStatus(L, Status::Invalid("shapes {m, n} and {m} or {m, k} expected, got %s and %s",
                                   TextOf(a.shape).text, TextOf(b.shape).text));
  }
  const MatrixSize size = CheckMatrices(L, a);
  const DType joint = Promote(a.dtype, b.dtype);
  const Index longer = size.rows + size.columns - size.least();
  const double rcond = luaL_optnumber(L, 3, RelativeRounding(joint, longer));
  const DType dtype = FloatResult(joint);
  const Index sides = b.rank() == 1 ? 1 : b.dim(1);
  const Shape x_shape =
      b.rank() == 1 ? Shape{1, {size.columns}} : CheckResult(L, {}, size.columns, sides);
  LstsqResult result;
  result.x = &PushResult(L, 4, dtype, x_shape, false, {&a, &b});
  result.residuals = NewTensor(L, dtype, {1, {sides}});
  result.s = NewTensor(L, dtype, {1, {size.least()}});
  RaiseIf(L, Lstsq(a, b, rcond, &result, EngineMemory(L), StopOf(L)));
  lua_pushinteger(L, result.rank);
  lua_insert(L, -2);
  return 4;
}

constexpr const char* kSquareUnits = "self: {..., n, n}";
constexpr const char* kMatrixUnits = "self: {..., m, n}, k = min(m, n)";

constexpr Entry kTensorDecomposeTable[] = {
    {"det", DetMethod, "tensor:det([out]) -> number | tensor", kSquareUnits,
     Doc("The determinant, a number for one matrix: the product of the pivots of Gaussian "
         "elimination with partial pivoting, 0 for a singular matrix. In double whatever the "
         "dtype, which gives the same bits everywhere, rounded once to float32, of float64 "
         "tensors to float64."),
     Doc("print(tensor.new{{1, 2}, {3, 4}}:det()) --> -2.0")},
    {"inv", InvMethod, "tensor:inv([out]) -> tensor", kSquareUnits,
     Doc("The inverse, by Gaussian elimination with partial pivoting, computed and rounded as for "
         "det. Raises when a matrix is singular (a pivot is 0). To solve equations solve is "
         "faster and more exact."),
     Doc("print(tensor.new{{2, 0}, {0, 4}}:inv():at(2, 2)) --> 0.25")},
    {"solve", SolveMethod, "tensor:solve(b [, out]) -> tensor",
     "self: {..., n, n}; b: {n} or {..., n, k}; result: as b, heads broadcast",
     Doc("The x that the matrix multiplies to b: a vector, or a matrix with an x for each column. "
         "Gaussian elimination with partial pivoting, computed and rounded as for det. Raises "
         "when a matrix is singular (a pivot is 0)."),
     Doc("local a = tensor.new{{2, 1}, {1, 3}}\n"
         "print(a:solve(tensor.new{3, 4})[1]) --> 1.0")},
    {"cholesky", CholeskyMethod, "tensor:cholesky([out]) -> tensor", kSquareUnits,
     Doc("The lower triangular matrix that, times its transpose, gives the symmetric one, of "
         "which the lower triangle alone is read. Computed and rounded as for det. Raises when "
         "the matrix is not positive definite."),
     Doc("print(tensor.new{{4, 2}, {2, 5}}:cholesky():at(2, 2)) --> 2.0")},
    {"qr", QrMethod, "tensor:qr([mode [, q, r]]) -> q: tensor, r: tensor", kMatrixUnits,
     Doc("A matrix with orthonormal columns times an upper triangular one whose diagonal is not "
         "negative, by Householder's reflections. Mode \"reduced\" (unless given): q {..., m, k}, "
         "r {..., k, n}; \"complete\": q {..., m, m}, r {..., m, n}; \"r\": r alone, reduced. "
         "Computed and rounded as for det. Raises when an element is not finite."),
     Doc("local q, r = tensor.new{{3, 1}, {4, 2}}:qr()\n"
         "print(r:at(1, 1)) --> 5.0")},
    {"svd", SvdMethod, "tensor:svd([full [, u, s, vt]]) -> u: tensor, s: tensor, vt: tensor",
     kMatrixUnits,
     Doc("The singular values s {..., k}, descending, with left vectors as columns of u and right "
         "ones as rows of vt: the matrix is u times diag(s) times vt. u is {..., m, m} and vt "
         "{..., n, n}, or {..., m, k} and {..., k, n} when `full` is false. In each left vector "
         "of a singular value the element of largest magnitude is positive. One-sided Jacobi "
         "rotations (Hestenes), computed and rounded as for det. Raises when an element is not "
         "finite."),
     Doc("local u, s, vt = tensor.new{{0, 2}, {3, 0}}:svd()\n"
         "print(s[1], u:at(2, 1)) --> 3.0\t1.0")},
    {"eigh", EighMethod, "tensor:eigh([w, v]) -> w: tensor, v: tensor", kSquareUnits,
     Doc("The eigenvalues {..., n} of a symmetric matrix, ascending, and its eigenvectors as "
         "columns, of length 1, the element of largest magnitude positive. Reads the lower "
         "triangle alone. Cyclic Jacobi rotations, computed and rounded as for det. Raises when "
         "an element is not finite."),
     Doc("local w, v = tensor.new{{2, 1}, {1, 2}}:eigh()\n"
         "print(w[2]) --> 3.0")},
    {"lstsq", LstsqMethod,
     "tensor:lstsq(b [, rcond [, out]]) -> x: tensor, residuals: tensor, rank: integer, s: tensor",
     "self: {m, n}; b: {m} or {m, k}; x: {n} or {n, k}; residuals: {1} or {k}; s: {min(m, n)}",
     Doc("The x for which the matrix times x comes nearest to b, the shortest of several; the "
         "squared distances; the rank and the singular values of the matrix. Values up to rcond "
         "times the largest count as 0: unless given, the longer side times 2^-23 for float32, "
         "2^-52 for others. By svd, computed and rounded as for det. Raises when an element is "
         "not finite."),
     Doc("local a = tensor.new{{1, 0}, {1, 1}, {1, 2}}\n"
         "local x, residuals, rank = a:lstsq(tensor.new{1, 3, 5})\n"
         "print((\"%.3f %.3f\"):format(x[1], x[2]), rank) --> 1.000 2.000\t2")},
};

}  // namespace

const std::span<const Entry> kTensorDecomposeMethods = kTensorDecomposeTable;

}  // namespace moonlet
