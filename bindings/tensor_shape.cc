// bindings/tensor_shape.cc - the same elements in other shapes, joined and cut.
#include <algorithm>

#include "bindings/tensor.h"
#include "bindings/tensor_parts.h"
#include "engine/tensor/broadcast.h"
#include "engine/tensor/convert.h"
#include "engine/tensor/promote.h"
#include "engine/tensor/view.h"

namespace moonlet {
namespace {

// The shape at 2, a table or one number for each axis, with at most one -1 computed.
Shape CheckNewShape(lua_State* L, const Tensor& t) {
  if (!lua_istable(L, 2)) {
    luaL_checkinteger(L, 2);
    const int given = lua_gettop(L) - 1;
    lua_createtable(L, kMaxRank, 0);
    for (int i = 1; i <= given; ++i) {
      lua_pushvalue(L, 1 + i);
      lua_rawseti(L, -2, i);
    }
    lua_replace(L, 2);
  }
  int64_t open = 0;
  Index known = 1;
  const auto rank = static_cast<int64_t>(std::min<lua_Unsigned>(lua_rawlen(L, 2), kMaxRank + 1));
  for (int64_t i = 1; i <= rank; ++i) {
    lua_rawgeti(L, 2, i);
    const lua_Integer length = lua_tointeger(L, -1);
    lua_pop(L, 1);
    if (length == -1) {
      if (open != 0) luaL_argerror(L, 2, "only one length may be -1");
      open = i;
    } else if (length > 0 && length <= PTRDIFF_MAX / std::max<Index>(known, 1)) {
      known *= static_cast<Index>(length);
    } else {
      known = 0;
    }
  }
  if (open == 0) return CheckShape(L, 2, t.dtype);
  if (known == 0 || t.size() % known != 0) {
    ArgumentError(L, 2, "%I elements do not divide into the other axes",
                  static_cast<LUAI_UACINT>(t.size()));
  }
  // The script's table stays as it is.
  lua_createtable(L, kMaxRank, 0);
  for (int64_t i = 1; i <= rank; ++i) {
    if (i == open) {
      lua_pushinteger(L, t.size() / known);
    } else {
      lua_rawgeti(L, 2, i);
    }
    lua_rawseti(L, -2, i);
  }
  lua_replace(L, 2);
  return CheckShape(L, 2, t.dtype);
}

int Reshape(lua_State* L) {
  const Tensor& t = *CheckTensor(L, 1);
  const Shape shape = CheckNewShape(L, t);
  if (shape.size() != t.size()) {
    ArgumentError(L, 2, "shape %s has size %I, expected %I", TextOf(shape).text,
                  static_cast<LUAI_UACINT>(shape.size()), static_cast<LUAI_UACINT>(t.size()));
  }
  Tensor view;
  if (ReshapeView(t, shape, &view)) {
    NewView(L, view, 1);
    return 1;
  }
  const Tensor& copy = *NewTensor(L, t.dtype, shape);
  if (Status s = Convert(t, RowMajor(copy.data, t.dtype, t.shape), StopOf(L)); !s.ok())
    RaiseStatus(L, s);
  return 1;
}

int Transpose(lua_State* L) {
  const Tensor& t = *CheckTensor(L, 1);
  int order[kMaxRank];
  for (int i = 0; i < t.rank(); ++i) order[i] = i;
  if (lua_isnoneornil(L, 2) && lua_isnoneornil(L, 3)) {
    std::reverse(order, order + t.rank());
  } else {
    std::swap(order[CheckAxis(L, 2, t.rank())], order[CheckAxis(L, 3, t.rank())]);
  }
  NewView(L, Permute(t, order), 1);
  return 1;
}

int PermuteMethod(lua_State* L) {
  const Tensor& t = *CheckTensor(L, 1);
  const int given = lua_gettop(L) - 1;
  if (given != t.rank())
    RaiseStatus(L,
                Status::Invalid("as many axes as the rank %d expected, got %d", t.rank(), given));
  int order[kMaxRank];
  unsigned used = 0;
  for (int i = 0; i < given; ++i) {
    order[i] = CheckAxis(L, i + 2, t.rank());
    if (used & 1u << order[i]) ArgumentError(L, i + 2, "axis %d is given twice", order[i] + 1);
    used |= 1u << order[i];
  }
  NewView(L, Permute(t, order), 1);
  return 1;
}

int SqueezeMethod(lua_State* L) {
  const Tensor& t = *CheckTensor(L, 1);
  Tensor view = t;
  if (lua_isnoneornil(L, 2)) {
    for (int axis = t.rank() - 1; axis >= 0; --axis)
      if (t.dim(axis) == 1) view = Squeeze(view, axis);
  } else {
    const int axis = CheckAxis(L, 2, t.rank());
    if (t.dim(axis) != 1) {
      ArgumentError(L, 2, "axis %d has length %I, expected 1", axis + 1,
                    static_cast<LUAI_UACINT>(t.dim(axis)));
    }
    view = Squeeze(t, axis);
  }
  NewView(L, view, 1);
  return 1;
}

int UnsqueezeMethod(lua_State* L) {
  const Tensor& t = *CheckTensor(L, 1);
  if (t.rank() == kMaxRank) RaiseStatus(L, Status::Invalid("rank %d is the limit", kMaxRank));
  NewView(L, Unsqueeze(t, CheckAxis(L, 2, t.rank() + 1)), 1);
  return 1;
}

// Tensor i (from 1) of the list at 1.
const Tensor& CheckPart(lua_State* L, lua_Integer i) {
  PollStop(L);
  lua_rawgeti(L, 1, i);
  const Tensor* part = TestTensor(L, -1);
  if (part == nullptr) {
    ArgumentError(L, 1, "item %I: tensor expected, got %s", static_cast<LUAI_UACINT>(i),
                  Given(L, -1));
  }
  lua_pop(L, 1);  // the list keeps it alive
  return *part;
}

// Raises unless item i has the first one's shape but for `axis`.
void CheckJoins(lua_State* L, lua_Integer i, const Tensor& part, const Tensor& first, int axis) {
  bool joins = part.rank() == first.rank();
  for (int k = 0; joins && k < first.rank(); ++k) joins = k == axis || part.dim(k) == first.dim(k);
  if (joins) return;
  ArgumentError(L, 1, "item %I has shape %s, which does not join %s", static_cast<LUAI_UACINT>(i),
                TextOf(part.shape).text, TextOf(first.shape).text);
}

lua_Integer CheckList(lua_State* L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  const auto count = static_cast<lua_Integer>(lua_rawlen(L, 1));
  luaL_argcheck(L, count > 0, 1, "at least one tensor expected");
  return count;
}

// Copies item after item to the result on top of the stack, along its `axis`.
int Join(lua_State* L, lua_Integer count, const Tensor& result, int axis, bool stacked) {
  Index first = 0;
  for (lua_Integer i = 1; i <= count; ++i) {
    const Tensor& part = CheckPart(L, i);
    CheckApart(L, 3, result, {&part});
    const Tensor from = stacked ? Unsqueeze(part, axis) : part;
    const Tensor to = Slice(result, axis, first, from.dim(axis), 1);
    if (Status s = Convert(from, to, StopOf(L)); !s.ok()) RaiseStatus(L, s);
    first += from.dim(axis);
  }
  return 1;
}

int Concat(lua_State* L) {
  const lua_Integer count = CheckList(L);
  const Tensor& first = CheckPart(L, 1);
  if (first.rank() == 0) return luaL_argerror(L, 1, "scalars have no axis to join; use stack");
  const int axis = lua_isnoneornil(L, 2) ? 0 : CheckAxis(L, 2, first.rank());
  DType dtype = first.dtype;
  int64_t length = 0;
  for (lua_Integer i = 1; i <= count; ++i) {
    const Tensor& part = CheckPart(L, i);
    CheckJoins(L, i, part, first, axis);
    dtype = Promote(dtype, part.dtype);
    if (part.dim(axis) > PTRDIFF_MAX - length)
      return luaL_argerror(L, 1, "more elements than can be counted");
    length += part.dim(axis);
  }
  int64_t dims[kMaxRank];
  std::copy_n(first.shape.dims, kMaxRank, dims);
  dims[axis] = length;
  Shape shape;
  if (!ShapeFrom({dims, static_cast<size_t>(first.rank())}, dtype, &shape))
    return luaL_argerror(L, 1, "more elements than can be counted");
  return Join(L, count, *NewOrOut(L, 3, dtype, shape), axis, false);
}

int Stack(lua_State* L) {
  const lua_Integer count = CheckList(L);
  const Tensor& first = CheckPart(L, 1);
  if (first.rank() == kMaxRank) RaiseStatus(L, Status::Invalid("rank %d is the limit", kMaxRank));
  const int axis = lua_isnoneornil(L, 2) ? 0 : CheckAxis(L, 2, first.rank() + 1);
  DType dtype = first.dtype;
  for (lua_Integer i = 1; i <= count; ++i) {
    const Tensor& part = CheckPart(L, i);
    CheckJoins(L, i, part, first, -1);
    dtype = Promote(dtype, part.dtype);
  }
  int64_t dims[kMaxRank];
  std::copy_n(first.shape.dims, first.rank(), dims);
  std::copy_backward(dims + axis, dims + first.rank(), dims + first.rank() + 1);
  dims[axis] = count;
  Shape shape;
  if (!ShapeFrom({dims, static_cast<size_t>(first.rank() + 1)}, dtype, &shape))
    return luaL_argerror(L, 1, "more elements than can be counted");
  return Join(L, count, *NewOrOut(L, 3, dtype, shape), axis, true);
}

// Appends to the list on top the part of the tensor at 1 from `first` to before `end`.
void AppendPart(lua_State* L, const Tensor& t, int axis, Index first, Index end) {
  PollStop(L);
  NewView(L, Slice(t, axis, first, end - first, 1), 1);
  lua_rawseti(L, -2, static_cast<lua_Integer>(lua_rawlen(L, -2)) + 1);
}

int Split(lua_State* L) {
  const Tensor& t = *CheckTensor(L, 1);
  const int axis = CheckAxis(L, lua_isnoneornil(L, 3) ? (lua_pushinteger(L, 1), -1) : 3, t.rank());
  const Index length = t.dim(axis);
  if (!lua_istable(L, 2)) {
    const lua_Integer parts = luaL_checkinteger(L, 2);
    if (parts < 1 || parts > std::max<Index>(length, 1) || length % parts != 0) {
      ArgumentError(L, 2, "length %I does not divide into %I equal parts",
                    static_cast<LUAI_UACINT>(length), static_cast<LUAI_UACINT>(parts));
    }
    const Index each = static_cast<Index>(length / parts);
    lua_newtable(L);
    for (lua_Integer i = 0; i < parts; ++i) {
      if (StopOf(L).raised()) RaiseStatus(L, Status::Stopped());  // {2^40, 0} has many
      const Index first = static_cast<Index>(i) * each;
      AppendPart(L, t, axis, first, first + each);
    }
    return 1;
  }
  const auto cuts = static_cast<lua_Integer>(lua_rawlen(L, 2));
  lua_newtable(L);
  Index first = 0;
  for (lua_Integer i = 1; i <= cuts; ++i) {
    lua_rawgeti(L, 2, i);
    int integral;
    const lua_Integer end = lua_tointegerx(L, -1, &integral);
    if (!integral || end < first || end > length) {
      ArgumentError(L, 2, "cut %I: position %I to %I expected, got %s", static_cast<LUAI_UACINT>(i),
                    static_cast<LUAI_UACINT>(first), static_cast<LUAI_UACINT>(length),
                    Given(L, -1));
    }
    lua_pop(L, 1);
    AppendPart(L, t, axis, first, static_cast<Index>(end));
    first = static_cast<Index>(end);
  }
  AppendPart(L, t, axis, first, length);
  return 1;
}

constexpr Entry kTensorShapeMethodTable[] = {
    {"reshape", Reshape, "tensor:reshape(shape) -> tensor",
     "shape: lengths, one of which may be -1; a table or one argument for each axis",
     Doc("The same elements, in row-major order, in another shape; -1 stands for what is left. "
         "A view where the memory allows it, as it does for every tensor that is not a slice "
         "or permuted; else a copy. Raises when the number of elements differs."),
     Doc("print(tensor.arange(6):reshape({2, -1}):dim(2)) --> 3")},
    {"transpose", Transpose, "tensor:transpose([axis1, axis2]) -> tensor", "1..rank or negative",
     Doc("A view with two axes exchanged, or with all axes in reverse order."),
     Doc("local x = tensor.new({{1, 2, 3}, {4, 5, 6}})\nprint(x:transpose():at(3, 1)) --> 3.0")},
    {"permute", PermuteMethod, "tensor:permute(axis, ...) -> tensor",
     "every axis once, 1..rank or negative",
     Doc("A view with the axes in another order: axis i of the view is the axis given i-th."),
     Doc("print(tensor.zeros({2, 3, 4}):permute(3, 1, 2):dim(1)) --> 4")},
    {"squeeze", SqueezeMethod, "tensor:squeeze([axis]) -> tensor", "1..rank or negative",
     Doc("A view without one axis of length 1, or without all of them. Raises when the axis has "
         "another length."),
     Doc("print(tensor.zeros({1, 5, 1}):squeeze().rank) --> 1")},
    {"unsqueeze", UnsqueezeMethod, "tensor:unsqueeze(axis) -> tensor",
     "1..rank + 1 or negative: where the new axis will be",
     Doc("A view with a new axis of length 1."),
     Doc("print(tensor.zeros({5}):unsqueeze(-1):dim(2)) --> 1")},
    {"split", Split, "tensor:split(parts [, axis]) -> table",
     "parts: a number of equal parts, or the last position of each part but the last",
     Doc("A list of views that together make up the tensor along `axis` (1 unless given). "
         "Raises when equal parts do not come out even."),
     Doc("local a, b = table.unpack(tensor.arange(5):split({2}))\nprint(#a, #b) --> 2\t3")},
};

constexpr Entry kTensorShapeFunctionTable[] = {
    {"concat", Concat, "tensor.concat(list [, axis [, out]]) -> tensor",
     "list: tensors whose shapes differ along axis only",
     Doc("Joins tensors one behind the other along an existing axis, 1 unless given. Different "
         "dtypes are promoted as in arithmetic."),
     Doc("print(tensor.concat({tensor.zeros{2, 3}, tensor.ones{1, 3}}):dim(1)) --> 3")},
    {"stack", Stack, "tensor.stack(list [, axis [, out]]) -> tensor", "list: tensors of one shape",
     Doc("Joins tensors along a new axis, which comes first unless given. Different dtypes are "
         "promoted as in arithmetic."),
     Doc("print(tensor.stack({tensor.zeros{4}, tensor.ones{4}}, 2):at(4, 2)) --> 1.0")},
};

}  // namespace

const std::span<const Entry> kTensorShapeMethods = kTensorShapeMethodTable;
const std::span<const Entry> kTensorShapeFunctions = kTensorShapeFunctionTable;

}  // namespace moonlet
