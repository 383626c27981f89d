// bindings/tensor_index.cc - reading and writing elements, rows, slices and masks.
#include <cstring>

#include "bindings/registry.h"
#include "bindings/tensor.h"
#include "bindings/tensor_parts.h"
#include "engine/tensor/broadcast.h"
#include "engine/tensor/mask.h"
#include "engine/tensor/view.h"

namespace moonlet {
namespace {

int Field(lua_State* L, const Tensor& t, const char* name) {
  if (std::strcmp(name, "shape") == 0) {
    PushShape(L, t.shape);
  } else if (std::strcmp(name, "rank") == 0) {
    lua_pushinteger(L, t.rank());
  } else if (std::strcmp(name, "size") == 0) {
    lua_pushinteger(L, t.size());
  } else if (std::strcmp(name, "dtype") == 0) {
    lua_pushstring(L, NameOf(t.dtype));
  } else {
    lua_pushnil(L);
  }
  return 1;
}

// The position in `t[i]`, at 2. Messages do without "bad argument #2 to 'index'": whoever
// wrote the brackets called no function of that name.
Index CheckFirst(lua_State* L, const Tensor& t) {
  if (t.rank() == 0) luaL_error(L, "a scalar has no axis to index; use at() and set()");
  int integral;
  const lua_Integer position = lua_tointegerx(L, 2, &integral);
  if (!integral) luaL_error(L, "position: integer expected, got %s", Given(L, 2));
  const Index i = FromPosition(position, t.dim(0));
  if (i < 0) luaL_error(L, "%s", OutOfRange(L, "position", position, t.dim(0)));
  return i;
}

// Why `t.name = v` is refused.
int RaiseNotSet(lua_State* L, const char* name) {
  static constexpr struct {
    const char* field;
    const char* instead;
  } kFields[] = {{"shape", "t:reshape(shape) gives a view"},
                 {"dtype", "t:astype(dtype) gives a copy"},
                 {"rank", "t:reshape(shape) gives a view"},
                 {"size", "it follows from the shape"}};
  for (const auto& [field, instead] : kFields) {
    if (std::strcmp(name, field) == 0)
      return luaL_error(L, "the field '%s' of a tensor cannot be set: %s", field, instead);
  }
  return luaL_error(L, "a tensor has no field '%s' to set", name);
}

// t[i] = v
int NewIndex(lua_State* L) {
  const Tensor& t = *CheckTensor(L, 1);
  if (lua_type(L, 2) == LUA_TSTRING) return RaiseNotSet(L, lua_tostring(L, 2));
  if (lua_type(L, 2) != LUA_TNUMBER)
    return luaL_error(L, "position expected between brackets, got %s", Given(L, 2));
  const Index i = CheckFirst(L, t);
  if (t.rank() == 1 && TestTensor(L, 3) == nullptr) {
    StoreElement(L, t, i * t.strides[0], 3);
  } else {
    Assign(L, Select(t, 0, i), 3);
  }
  return 0;
}

int Length(lua_State* L) {
  const Tensor& t = *CheckTensor(L, 1);
  if (t.rank() == 0) return luaL_error(L, "a scalar has no length");
  lua_pushinteger(L, t.dim(0));
  return 1;
}

// The element at the positions that start at `first`, one for each axis.
Index CheckElement(lua_State* L, const Tensor& t, int first) {
  const int given = lua_gettop(L) - first + 1;
  if (given != t.rank()) {
    RaiseStatus(
        L, Status::Invalid("as many positions as the rank %d expected, got %d", t.rank(), given));
  }
  Index offset = 0;
  for (int axis = 0; axis < t.rank(); ++axis)
    offset += CheckPosition(L, first + axis, t.dim(axis), "position") * t.strides[axis];
  return offset;
}

int At(lua_State* L) {
  const Tensor& t = *CheckTensor(L, 1);
  PushElement(L, t, CheckElement(L, t, 2));
  return 1;
}

int Set(lua_State* L) {
  const Tensor& t = *CheckTensor(L, 1);
  luaL_checkany(L, 2);
  const Index offset = CheckElement(L, t, 3);
  StoreElement(L, t, offset, 2);
  lua_settop(L, 1);
  return 1;
}

int Dim(lua_State* L) {
  const Tensor& t = *CheckTensor(L, 1);
  lua_pushinteger(L, t.dim(CheckAxis(L, 2, t.rank())));
  return 1;
}

// Item `field` (1 first, 2 last, 3 step) of the range at `index`, or `otherwise`.
lua_Integer RangeItem(lua_State* L, int index, int field, lua_Integer otherwise) {
  static constexpr const char* kNames[] = {"first", "last", "step"};
  int integral = 1;
  const int type = lua_rawgeti(L, index, field);
  const lua_Integer value = type == LUA_TNIL ? otherwise : lua_tointegerx(L, -1, &integral);
  if (!integral || type == LUA_TSTRING) {
    ArgumentError(L, index, "%s: integer expected, got %s", kNames[field - 1], Given(L, -1));
  }
  lua_pop(L, 1);
  return value;
}

// An end of the range at `index`; nothing is clamped.
Index RangeEnd(lua_State* L, int index, lua_Integer position, Index length) {
  const Index i = FromPosition(position, length);
  if (i < 0) luaL_argerror(L, index, OutOfRange(L, "position", position, length));
  return i;
}

// `t` cut along `axis` as the table {first, last, step} at `index` says.
Tensor SliceRange(lua_State* L, const Tensor& t, int axis, int index) {
  const Index length = t.dim(axis);
  const lua_Integer step = RangeItem(L, index, 3, 1);
  if (step == 0) luaL_argerror(L, index, "step is 0");
  const lua_Integer first = RangeItem(L, index, 1, step > 0 ? 1 : -1);
  const lua_Integer last = RangeItem(L, index, 2, step > 0 ? -1 : 1);
  if (length == 0 && (first == 1 || first == -1) && (last == 1 || last == -1)) return t;
  const Index from = RangeEnd(L, index, first, length);
  const Index to = RangeEnd(L, index, last, length);
  if (step > 0 ? from > to : from < to) return Slice(t, axis, 0, 0, 1);
  // A step beyond the axis takes one element, whatever its size.
  const Index stride = step > length                              ? length
                       : step < -static_cast<lua_Integer>(length) ? -length
                                                                  : static_cast<Index>(step);
  return Slice(t, axis, from, (to - from) / stride + 1, stride);
}

int SliceMethod(lua_State* L) {
  const Tensor& t = *CheckTensor(L, 1);
  const int items = lua_gettop(L) - 1;
  if (items > t.rank())
    RaiseStatus(L, Status::Invalid("%d items given for %d axes", items, t.rank()));
  Tensor view = t;
  int axis = 0;
  for (int index = 2; index <= items + 1; ++index) {
    if (lua_type(L, index) == LUA_TTABLE) {
      view = SliceRange(L, view, axis++, index);
    } else {
      view = Select(view, axis, CheckPosition(L, index, view.dim(axis), "position"));
    }
  }
  NewView(L, view, 1);
  return 1;
}

Shape CheckPickedShape(lua_State* L, const Tensor& t, const Tensor& mask) {
  Index count;
  Shape shape;
  Status s = PickedShape(t, mask, 0, &shape);
  if (s.ok()) s = CountTrue(mask, StopOf(L), &count);
  if (!s.ok()) RaiseStatus(L, s);
  shape.dims[0] = count;
  return shape;
}

int Mask(lua_State* L) {
  const Tensor& t = *CheckTensor(L, 1);
  const Tensor& mask = *CheckTensor(L, 2);
  const Tensor& out = *NewOrOut(L, 3, t.dtype, CheckPickedShape(L, t, mask));
  CheckApart(L, 3, out, {&t, &mask});
  if (Status s = Pick(t, mask, out, StopOf(L)); !s.ok()) RaiseStatus(L, s);
  return 1;
}

int MaskFill(lua_State* L) {
  const Tensor& t = *CheckTensor(L, 1);
  const Tensor& mask = *CheckTensor(L, 2);
  luaL_checkany(L, 3);
  CheckApart(L, 2, mask, {&t});
  const Shape shape = CheckPickedShape(L, t, mask);
  alignas(8) uint8_t element[8];
  Tensor value = RowMajor(element, t.dtype, {});
  if (const Tensor* given = TestTensor(L, 3)) {
    value = *given;
    CheckApart(L, 3, value, {&t});
    if (!BroadcastsTo(value.shape, shape)) {
      ArgumentError(L, 3, "shape %s does not broadcast to %s", TextOf(value.shape).text,
                    TextOf(shape).text);
    }
  } else {
    StoreElement(L, value, 0, 3);
  }
  if (Status s = PutPicked(BroadcastTo(value, shape), mask, t, StopOf(L)); !s.ok())
    RaiseStatus(L, s);
  lua_settop(L, 1);
  return 1;
}

// One step of rows(). Upvalues: the tensor, the view that moves along, the position.
int NextRow(lua_State* L) {
  const Tensor& t = *TestTensor(L, lua_upvalueindex(1));
  const Index i = static_cast<Index>(lua_tointeger(L, lua_upvalueindex(3)));
  if (i >= t.dim(0)) return 0;
  if (Tensor* row = TestTensor(L, lua_upvalueindex(2))) {
    *row = Select(t, 0, i);
    lua_pushvalue(L, lua_upvalueindex(2));
  } else {
    PushElement(L, t, i * t.strides[0]);
  }
  lua_pushinteger(L, i + 1);
  lua_pushvalue(L, -1);
  lua_replace(L, lua_upvalueindex(3));
  return 2;
}

int Rows(lua_State* L) {
  const Tensor& t = *CheckTensor(L, 1);
  if (t.rank() == 0) RaiseStatus(L, Status::Invalid("a scalar has no rows"));
  lua_pushvalue(L, 1);
  if (t.rank() == 1) {
    lua_pushnil(L);
  } else {
    NewView(L, t, 1);
  }
  lua_pushinteger(L, 0);
  lua_pushcclosure(L, NextRow, 3);
  return 1;
}

constexpr Entry kTensorIndexTable[] = {
    {"dim", Dim, "tensor:dim(axis) -> integer", "axis: 1..rank or negative",
     Doc("The length of one axis. Raises when there is no such axis."),
     Doc("print(tensor.zeros({2, 5}):dim(-1)) --> 5")},
    {"at", At, "tensor:at(i, ...) -> number | boolean", "a position for each axis",
     Doc("One element. `t:at()` reads a scalar. Raises for a position out of range."),
     Doc("local x = tensor.new({{1, 2}, {3, 4}}, \"int32\")\nprint(x:at(2, 1), x:at(-1, -1)) "
         "--> 3\t4")},
    {"set", Set, "tensor:set(value, i, ...) -> tensor", "a position for each axis",
     Doc("Writes one element and returns the tensor. A float written to an integer dtype is "
         "rounded to nearest even; a value that does not fit raises."),
     Doc("local x = tensor.zeros({2, 2}, \"int8\")\nprint(x:set(7, 1, 2):at(1, 2)) --> 7")},
    {"slice", SliceMethod, "tensor:slice(item, ...) -> tensor",
     "item: {first, last, step} or a position; {} takes the whole axis",
     Doc("A view of part of the tensor, one item for each axis; axes without an item stay "
         "whole. Ends are inclusive and default to the ends of the axis; a negative step "
         "walks backwards; a position drops its axis. A position outside the axis raises. "
         "The view shares memory with the tensor and keeps it alive."),
     Doc("local x = tensor.new({{1, 2, 3}, {4, 5, 6}}, \"int32\")\n"
         "print(x:slice({}, {2, -1}):at(2, 1)) --> 5\n"
         "print(x:slice(2, {nil, nil, -1})[1]) --> 6")},
    {"mask", Mask, "tensor:mask(b [, out]) -> tensor",
     "b: bool, with the shape of the tensor or of its leading axes",
     Doc("A copy of the parts where `b` is true, in row-major order: elements when `b` covers "
         "all axes, rows when it has rank 1. The result has shape {count, axes not covered...}."),
     Doc("local x = tensor.new{3, -1, 4}\nprint(#x:mask(tensor.new{true, false, true})) --> 2")},
    {"mask_fill_", MaskFill, "tensor:mask_fill_(b, value) -> tensor",
     "b: bool as for mask; value: number, boolean or tensor",
     Doc("Writes `value` where `b` is true, in place. A tensor is broadcast to the shape that "
         "`mask(b)` gives, so `x:mask_fill_(b, x:mask(b))` changes nothing."),
     Doc("local x = tensor.new{3, -1, 4}\n"
         "print(x:mask_fill_(tensor.new{false, true, false}, 0)[2]) --> 0.0")},
    {"rows", Rows, "tensor:rows() -> iterator", "gives row, position",
     Doc("Walks along axis 1: numbers for rank 1, else views. The view is the same object in "
         "every step, so a loop makes no garbage; keep one with `:clone()` or take `t[i]`."),
     Doc("local x = tensor.new({{1, 2}, {3, 4}}, \"int32\")\n"
         "for row, i in x:rows() do print(i, row[1]) end --> 1\t1\n--> 2\t3")},
};

}  // namespace

int TensorIndex(lua_State* L) {
  const Tensor& t = *CheckTensor(L, 1);
  switch (lua_type(L, 2)) {
    case LUA_TNUMBER: {
      const Index i = CheckFirst(L, t);
      if (t.rank() == 1) {
        PushElement(L, t, i * t.strides[0]);
      } else {
        NewView(L, Select(t, 0, i), 1);
      }
      return 1;
    }
    case LUA_TSTRING:
      lua_pushvalue(L, 2);
      if (lua_rawget(L, lua_upvalueindex(1)) != LUA_TNIL) return 1;
      return Field(L, t, lua_tostring(L, 2));
    default:
      return luaL_error(L, "position or name expected between brackets, got %s", Given(L, 2));
  }
}

const std::span<const Entry> kTensorIndexMethods = kTensorIndexTable;

const luaL_Reg kTensorIndexMetamethods[] = {
    {"__newindex", NewIndex}, {"__len", Length}, {nullptr, nullptr}};

}  // namespace moonlet
