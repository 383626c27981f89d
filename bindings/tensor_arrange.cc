// bindings/tensor_arrange.cc - the same elements in other places, several times, or picked
// by their positions; running sums and differences.
#include <algorithm>

#include "bindings/registry.h"
#include "bindings/tensor.h"
#include "bindings/tensor_parts.h"
#include "engine/tensor/arrange.h"
#include "engine/tensor/broadcast.h"
#include "engine/tensor/convert.h"
#include "engine/tensor/elementwise.h"
#include "engine/tensor/fill.h"
#include "engine/tensor/gather.h"
#include "engine/tensor/promote.h"
#include "engine/tensor/scan.h"
#include "engine/tensor/view.h"

namespace moonlet {
namespace {

// The axis at `index`; without one the only axis there is.
int CheckOnlyAxis(lua_State* L, int index, const Tensor& x) {
  if (lua_isnoneornil(L, index) && x.rank() == 1) return 0;
  return CheckAxis(L, index, x.rank());
}

// The axis at `index`, else the last one.
int OptLastAxis(lua_State* L, int index, const Tensor& x) {
  if (!lua_isnoneornil(L, index)) return CheckAxis(L, index, x.rank());
  if (x.rank() == 0) RaiseStatus(L, Status::Invalid("a scalar has no axis"));
  return x.rank() - 1;
}

// `shape` with `length` elements along `axis`; raises when they cannot be counted.
Shape CheckLength(lua_State* L, const Tensor& x, Shape shape, int axis, lua_Integer length) {
  int64_t dims[kMaxRank];
  std::copy_n(shape.dims, kMaxRank, dims);
  dims[axis] = length;
  if (!ShapeFrom({dims, static_cast<size_t>(shape.rank)}, x.dtype, &shape))
    RaiseStatus(L, Status::Invalid("more elements than can be counted"));
  return shape;
}

lua_Integer CheckCount(lua_State* L, int index, Index length) {
  const lua_Integer count = luaL_checkinteger(L, index);
  const lua_Integer most = PTRDIFF_MAX / std::max<Index>(length, 1);
  if (count < 0 || count > most) {
    ArgumentError(L, index, "0 to %I expected, got %I", static_cast<LUAI_UACINT>(most),
                  static_cast<LUAI_UACINT>(count));
  }
  return count;
}

int Flip(lua_State* L) {
  const Tensor& x = *CheckTensor(L, 1);
  Tensor view = x;
  const int given = lua_gettop(L) - 1;
  for (int i = 0; i < (given == 0 ? x.rank() : given); ++i) {
    const int axis = given == 0 ? i : CheckAxis(L, i + 2, x.rank());
    const Index length = view.dim(axis);
    if (length > 0) view = Slice(view, axis, length - 1, length, -1);
  }
  NewView(L, view, 1);
  return 1;
}

int RollMethod(lua_State* L) {
  const Tensor& x = *CheckTensor(L, 1);
  const lua_Integer shift = luaL_checkinteger(L, 2);
  const int axis = CheckOnlyAxis(L, 3, x);
  const Tensor& out = *NewOrOut(L, 4, x.dtype, x.shape);
  CheckApart(L, 4, out, {&x});
  const auto length = static_cast<lua_Integer>(std::max<Index>(x.dim(axis), 1));
  RaiseIf(L, Roll(x, axis, static_cast<Index>(shift % length), out, StopOf(L)));
  return 1;
}

// tile(n), tile{n, m}: as many copies along each axis; axes are added in front.
int TileMethod(lua_State* L) {
  const Tensor& x = *CheckTensor(L, 1);
  lua_settop(L, 3);
  if (!lua_istable(L, 2)) {
    luaL_checkinteger(L, 2);
    lua_createtable(L, 1, 0);
    lua_pushvalue(L, 2);
    lua_rawseti(L, -2, 1);
    lua_replace(L, 2);
  }
  const lua_Unsigned given = lua_rawlen(L, 2);
  if (given > kMaxRank) ArgumentError(L, 2, "at most %d numbers expected", kMaxRank);
  Tensor wide = x;
  while (wide.rank() < static_cast<int>(given)) wide = Unsqueeze(wide, 0);
  Shape shape = wide.shape;
  const int first = wide.rank() - static_cast<int>(given);
  for (int axis = first; axis < wide.rank(); ++axis) {
    lua_rawgeti(L, 2, axis - first + 1);
    int integral;
    const lua_Integer times = lua_tointegerx(L, -1, &integral);
    if (!integral || times < 0 || times > PTRDIFF_MAX / std::max<Index>(wide.dim(axis), 1)) {
      ArgumentError(L, 2, "item %d: a number of copies expected, got %s", axis - first + 1,
                    Given(L, -1));
    }
    lua_pop(L, 1);
    shape = CheckLength(L, x, shape, axis, times * wide.dim(axis));
  }
  const Tensor& out = *NewOrOut(L, 3, x.dtype, shape);
  CheckApart(L, 3, out, {&x});
  RaiseIf(L, Tile(wide, out, StopOf(L)));
  return 1;
}

int RepeatEachMethod(lua_State* L) {
  const Tensor& x = *CheckTensor(L, 1);
  const int axis = CheckOnlyAxis(L, 3, x);
  const lua_Integer times = CheckCount(L, 2, x.dim(axis));
  const Shape shape = CheckLength(L, x, x.shape, axis, times * x.dim(axis));
  const Tensor& out = *NewOrOut(L, 4, x.dtype, shape);
  CheckApart(L, 4, out, {&x});
  RaiseIf(L, RepeatEach(x, axis, static_cast<Index>(times), out, StopOf(L)));
  return 1;
}

int DiagonalMethod(lua_State* L) {
  const Tensor& x = *CheckTensor(L, 1);
  if (x.rank() < 2) RaiseStatus(L, Status::Invalid("rank 2 or more expected, got %d", x.rank()));
  const int axis1 = lua_isnoneornil(L, 2) ? 0 : CheckAxis(L, 2, x.rank());
  const int axis2 = lua_isnoneornil(L, 3) ? 1 : CheckAxis(L, 3, x.rank());
  if (axis1 == axis2) return luaL_argerror(L, 3, "two different axes expected");
  NewView(L, Diagonal(x, axis1, axis2), 1);
  return 1;
}

template <ScanOp kOp>
int ScanMethod(lua_State* L) {
  const Tensor& x = *CheckTensor(L, 1);
  const int axis = CheckOnlyAxis(L, 2, x);
  const Tensor& out = *NewOrOut(L, 3, ScanResult(x.dtype), x.shape, {&x});
  RaiseIf(L, Scan(kOp, x, axis, out, StopOf(L)));
  return 1;
}

int Diff(lua_State* L) {
  const Tensor& x = *CheckTensor(L, 1);
  const int axis = OptLastAxis(L, 2, x);
  DType dtype;
  RaiseIf(L, ResultOf(BinaryOp::kSubtract, x.dtype, &dtype));
  Shape shape = x.shape;
  shape.dims[axis] = std::max<Index>(x.dim(axis) - 1, 0);
  const Tensor& out = *NewOrOut(L, 3, dtype, shape);
  CheckApart(L, 3, out, {&x});
  if (out.size() == 0) return 1;
  const Index n = out.dim(axis);
  RaiseIf(L, Binary(BinaryOp::kSubtract, Slice(x, axis, 1, n, 1), Slice(x, axis, 0, n, 1), out,
                    StopOf(L)));
  return 1;
}

// gather(axis, positions [, out])
int GatherMethod(lua_State* L) {
  const Tensor& x = *CheckTensor(L, 1);
  const int axis = CheckAxis(L, 2, x.rank());
  const Tensor& positions = *CheckTensor(L, 3);
  RaiseIf(L, CheckPositions(x, axis, positions, StopOf(L)));
  const Tensor& out = *NewOrOut(L, 4, x.dtype, positions.shape);
  CheckApart(L, 4, out, {&x, &positions});
  RaiseIf(L, Gather(x, axis, positions, out, StopOf(L)));
  return 1;
}

// take(positions [, axis [, out]]): gather with the same positions on every line.
int TakeMethod(lua_State* L) {
  const Tensor& x = *CheckTensor(L, 1);
  const Tensor& positions = *CheckTensor(L, 2);
  if (positions.rank() != 1) ArgumentError(L, 2, "rank 1 expected, got %d", positions.rank());
  const int axis = lua_isnoneornil(L, 3) && x.rank() > 0 ? 0 : CheckAxis(L, 3, x.rank());
  Tensor line = positions;
  while (line.rank() <= axis) line = Unsqueeze(line, 0);
  while (line.rank() < x.rank()) line = Unsqueeze(line, line.rank());
  const Shape shape = CheckLength(L, x, x.shape, axis, positions.dim(0));
  RaiseIf(L, CheckPositions(x, axis, BroadcastTo(line, shape), StopOf(L)));
  const Tensor& out = *NewOrOut(L, 4, x.dtype, shape);
  CheckApart(L, 4, out, {&x, &positions});
  RaiseIf(L, Gather(x, axis, BroadcastTo(line, shape), out, StopOf(L)));
  return 1;
}

// scatter_(axis, positions, values)
int ScatterMethod(lua_State* L) {
  const Tensor& x = *CheckTensor(L, 1);
  const int axis = CheckAxis(L, 2, x.rank());
  const Tensor& positions = *CheckTensor(L, 3);
  luaL_checkany(L, 4);
  CheckApart(L, 3, positions, {&x});
  RaiseIf(L, CheckPositions(x, axis, positions, StopOf(L)));
  alignas(8) uint8_t element[8];
  Tensor values = RowMajor(element, x.dtype, {});
  if (const Tensor* given = TestTensor(L, 4)) {
    if (!BroadcastsTo(given->shape, positions.shape)) {
      ArgumentError(L, 4, "shape %s does not broadcast to %s", TextOf(given->shape).text,
                    TextOf(positions.shape).text);
    }
    // Converted before the first is written, and apart from x.
    values = *NewTensor(L, x.dtype, given->shape);
    RaiseIf(L, Convert(*given, values, StopOf(L)));
  } else {
    StoreElement(L, values, 0, 4);
  }
  RaiseIf(L, Scatter(BroadcastTo(values, positions.shape), axis, positions, x, StopOf(L)));
  lua_settop(L, 1);
  return 1;
}

int NonzeroMethod(lua_State* L) {
  const Tensor& x = *CheckTensor(L, 1);
  Index count;
  RaiseIf(L, CountNonzero(x, StopOf(L), &count));
  const Tensor& out = *NewOrOut(L, 2, DType::kInt32, {2, {count, x.rank()}});
  if (!lua_isnoneornil(L, 2)) CheckApart(L, 2, out, {&x});
  RaiseIf(L, Nonzero(x, out, StopOf(L)));
  return 1;
}

// one_hot(depth [, out]): 1 at the position each element names, along a new last axis.
int OneHot(lua_State* L) {
  const Tensor& x = *CheckTensor(L, 1);
  if (x.rank() == kMaxRank) RaiseStatus(L, Status::Invalid("rank %d is the limit", kMaxRank));
  const lua_Integer depth = CheckCount(L, 2, x.size());
  const Tensor positions = Unsqueeze(x, x.rank());
  const Shape shape = CheckLength(L, x, positions.shape, x.rank(), depth);
  RaiseIf(
      L, CheckPositions(RowMajor(nullptr, DType::kFloat32, shape), x.rank(), positions, StopOf(L)));
  const Tensor& out = *NewOrOut(L, 3, DType::kFloat32, shape);
  CheckApart(L, 3, out, {&x});
  const float zero = 0;
  float one = 1;
  RaiseIf(L, Fill(out, &zero, StopOf(L)));
  const Tensor ones = BroadcastTo(RowMajor(&one, DType::kFloat32, {}), positions.shape);
  RaiseIf(L, Scatter(ones, x.rank(), positions, out, StopOf(L)));
  return 1;
}

// meshgrid(x, y, ...): NumPy's, with its default indexing "xy": the first two axes change
// places.
int Meshgrid(lua_State* L) {
  const int count = lua_gettop(L);
  if (count < 1 || count > kMaxRank)
    return luaL_error(L, "meshgrid: 1 to %d tensors expected, got %d", kMaxRank, count);
  int64_t dims[kMaxRank];
  for (int i = 0; i < count; ++i) {
    const Tensor& x = *CheckTensor(L, i + 1);
    if (x.rank() != 1) ArgumentError(L, i + 1, "rank 1 expected, got %d", x.rank());
    dims[i] = x.dim(0);
  }
  if (count > 1) std::swap(dims[0], dims[1]);
  Shape shape;
  if (!ShapeFrom({dims, static_cast<size_t>(count)}, DType::kFloat64, &shape))
    return luaL_error(L, "meshgrid: more elements than can be counted");
  for (int i = 0; i < count; ++i) {
    const int axis = count > 1 && i < 2 ? 1 - i : i;
    Tensor line = *CheckTensor(L, i + 1);
    while (line.rank() < count - axis) line = Unsqueeze(line, line.rank());
    const Tensor& out = *NewTensor(L, line.dtype, shape);
    RaiseIf(L, Convert(BroadcastTo(line, shape), out, StopOf(L)));
  }
  return count;
}

constexpr const char* kScanUnits = "axis: 1..rank or negative, needed for more than one";

constexpr Entry kTensorArrangeMethodTable[] = {
    {"flip", Flip, "tensor:flip([axis, ...]) -> tensor", "1..rank or negative",
     Doc("A view with some axes backwards, or all of them."),
     Doc("print(tensor.new({1, 2, 3}, \"int8\"):flip()[1]) --> 3")},
    {"roll", RollMethod, "tensor:roll(shift [, axis [, out]]) -> tensor", kScanUnits,
     Doc("A copy in which the elements have moved `shift` places along the axis; those beyond the "
         "end come in at the beginning."),
     Doc("print(tensor.new({1, 2, 3}, \"int8\"):roll(1)[1]) --> 3")},
    {"tile", TileMethod, "tensor:tile(times [, out]) -> tensor",
     "times: copies along each axis, the last ones if they are fewer; a table or one number",
     Doc("Copies of the whole side by side; more numbers than axes add axes in front."),
     Doc("print(tensor.zeros({2, 3}):tile{2, 2}:dim(2)) --> 6")},
    {"repeat_each", RepeatEachMethod, "tensor:repeat_each(times [, axis [, out]]) -> tensor",
     kScanUnits,
     Doc("Each element, or each part along the axis, so many times, one behind the other (NumPy's "
         "repeat)."),
     Doc("print(tensor.new({1, 2}, \"int8\"):repeat_each(3)[4]) --> 2")},
    {"diagonal", DiagonalMethod, "tensor:diagonal([axis1, axis2]) -> tensor",
     "1..rank or negative; 1 and 2 unless given",
     Doc("A view of the elements whose positions on two axes are equal, which it has as its last "
         "axis."),
     Doc("print(tensor.eye(3):diagonal():sum()) --> 3.0")},
    {"cumsum", ScanMethod<ScanOp::kSum>, "tensor:cumsum([axis [, out]]) -> tensor", kScanUnits,
     Doc("Running sums along the axis, added one after the other; of integers in int64."),
     Doc("print(tensor.new({1, 2, 3}, \"int8\"):cumsum()[3]) --> 6")},
    {"cumprod", ScanMethod<ScanOp::kProduct>, "tensor:cumprod([axis [, out]]) -> tensor",
     kScanUnits, Doc("Running products along the axis; of integers in int64, wrapping."),
     Doc("print(tensor.new({1, 2, 3}, \"int8\"):cumprod()[3]) --> 6")},
    {"diff", Diff, "tensor:diff([axis [, out]]) -> tensor",
     "axis: 1..rank or negative, the last unless given",
     Doc("Each element minus the one before it, one fewer than there are. Integers wrap; bool "
         "raises."),
     Doc("print(tensor.new{1, 4, 9}:diff()[2]) --> 5.0")},
    {"gather", GatherMethod, "tensor:gather(axis, positions [, out]) -> tensor",
     "positions: integers, of the tensor's rank, no longer than it but along axis",
     Doc("For each position the element at this place of the line along `axis` (as torch.gather "
         "does). Negative positions count from the end; one out of range raises."),
     Doc("local x = tensor.new{{1, 2}, {3, 4}}\n"
         "print(x:gather(2, tensor.new({{2}, {1}}, \"int32\")):at(1, 1)) --> 2.0")},
    {"take", TakeMethod, "tensor:take(positions [, axis [, out]]) -> tensor",
     "positions: integers {n}; axis: 1..rank or negative, 1 unless given",
     Doc("A copy of the parts along the axis that stand at these positions, in their order: rows "
         "of a matrix, elements of a vector (NumPy's take). Negative positions count from the end; "
         "one out of range raises."),
     Doc("local x = tensor.new{{1, 2}, {3, 4}, {5, 6}}\n"
         "print(x:take(tensor.new({3, 1}, \"int32\")):at(1, 2)) --> 6.0")},
    {"scatter_", ScatterMethod, "tensor:scatter_(axis, positions, values) -> tensor",
     "positions as for gather; values: number, boolean or tensor that broadcasts to their shape",
     Doc("The reverse of gather, in place: writes each value to its place. Of several for one "
         "place the last stays."),
     Doc("local x = tensor.zeros{4}\n"
         "print(x:scatter_(1, tensor.new({2, -1}, \"int32\"), 7)[4]) --> 7.0")},
    {"nonzero", NonzeroMethod, "tensor:nonzero([out]) -> tensor", "result: int32 {count, rank}",
     Doc("The positions of the elements that are not zero, a row for each, in row-major order."),
     Doc("print(tensor.new{0, 5, 0, 7}:nonzero():at(2, 1)) --> 4")},
    {"one_hot", OneHot, "tensor:one_hot(depth [, out]) -> tensor",
     "self: integer positions 1..depth; result: float32 {..., depth}",
     Doc("A new last axis of length `depth` with 1 at the position each element names and 0 "
         "elsewhere. A position out of range raises."),
     Doc("print(tensor.new({2, 1}, \"int32\"):one_hot(3):at(1, 2)) --> 1.0")},
};

constexpr Entry kTensorArrangeFunctionTable[] = {
    {"meshgrid", Meshgrid, "tensor.meshgrid(x, y, ...) -> tensor, tensor, ...",
     "1 to 6 tensors of rank 1; results: shape {#y, #x, ...}",
     Doc("The coordinates of every point of a grid, one tensor for each argument, as NumPy gives "
         "them: x changes along axis 2, y along axis 1."),
     Doc("local x, y = tensor.meshgrid(tensor.arange(3), tensor.arange(2))\n"
         "print(x:at(2, 3), y:at(2, 3)) --> 2.0\t1.0")},
};

}  // namespace

const std::span<const Entry> kTensorArrangeMethods = kTensorArrangeMethodTable;
const std::span<const Entry> kTensorArrangeFunctions = kTensorArrangeFunctionTable;

}  // namespace moonlet
