// bindings/tensor_values.cc - copying, converting, comparing and showing what tensors
// hold.
#include <algorithm>

#include "bindings/tensor.h"
#include "bindings/tensor_parts.h"
#include "engine/tensor/broadcast.h"
#include "engine/tensor/compare.h"
#include "engine/tensor/convert.h"
#include "engine/tensor/portable.h"
#include "engine/tensor/print.h"
#include "engine/tensor/view.h"

namespace moonlet {
namespace {

int PushConverted(lua_State* L, const Tensor& t, DType dtype, int out) {
  const Tensor& result = *NewOrOut(L, out, dtype, t.shape, {&t});
  if (Status s = Convert(t, result, StopOf(L)); !s.ok()) RaiseStatus(L, s);
  return 1;
}

int Clone(lua_State* L) {
  const Tensor& t = *CheckTensor(L, 1);
  return PushConverted(L, t, t.dtype, 2);
}

int AsType(lua_State* L) {
  const Tensor& t = *CheckTensor(L, 1);
  return PushConverted(L, t, CheckDType(L, 2), 3);
}

int CopyFrom(lua_State* L) {
  const Tensor& t = *CheckTensor(L, 1);
  CheckTensor(L, 2);
  Assign(L, t, 2);
  lua_settop(L, 1);
  return 1;
}

int FillWith(lua_State* L) {
  const Tensor& t = *CheckTensor(L, 1);
  luaL_checkany(L, 2);
  Assign(L, t, 2);
  lua_settop(L, 1);
  return 1;
}

// Pushes the elements from `offset` on, axes before `axis` taken.
void PushNested(lua_State* L, const Tensor& t, int axis, Index offset) {
  if (axis == t.rank()) return PushElement(L, t, offset);
  if (StopOf(L).raised()) RaiseStatus(L, Status::Stopped());  // {2^40, 0} has many rows
  const Index length = t.dim(axis);
  // Without a look at the stop token: Lua clears all places of a table at once. Longer ones
  // grow as they fill.
  constexpr Index kMostAtOnce = 1 << 20;
  lua_createtable(L, static_cast<int>(std::min(length, kMostAtOnce)), 0);
  for (Index i = 0; i < length; ++i) {
    PollStop(L);
    PushNested(L, t, axis + 1, offset + i * t.strides[axis]);
    lua_rawseti(L, -2, i + 1);
  }
}

int ToTable(lua_State* L) {
  const Tensor& t = *CheckTensor(L, 1);
  luaL_checkstack(L, kMaxRank + 2, nullptr);
  PushNested(L, t, 0, 0);
  return 1;
}

int ToBytes(lua_State* L) {
  const Tensor& t = *CheckTensor(L, 1);
  luaL_Buffer buffer;
  char* bytes = luaL_buffinitsize(L, &buffer, t.bytes());
  if (Status s = CopyPortable(t, reinterpret_cast<uint8_t*>(bytes), StopOf(L)); !s.ok())
    RaiseStatus(L, s);
  luaL_pushresultsize(&buffer, t.bytes());
  return 1;
}

int PushEqual(lua_State* L, const Tensor& a, const Tensor& b) {
  bool equal;
  if (Status s = Equal(a, b, StopOf(L), &equal); !s.ok()) RaiseStatus(L, s);
  lua_pushboolean(L, equal);
  return 1;
}

int Equals(lua_State* L) { return PushEqual(L, *CheckTensor(L, 1), *CheckTensor(L, 2)); }

// a == b, where Lua has found two different userdata, one of which is a tensor.
int EqualOperator(lua_State* L) {
  const Tensor* a = TestTensor(L, 1);
  const Tensor* b = TestTensor(L, 2);
  if (a != nullptr && b != nullptr) return PushEqual(L, *a, *b);
  lua_pushboolean(L, false);
  return 1;
}

int AllCloseMethod(lua_State* L) {
  const Tensor& a = *CheckTensor(L, 1);
  alignas(8) uint8_t number[8];
  Tensor b = RowMajor(number, DType::kFloat64, {});
  if (const Tensor* given = TestTensor(L, 2)) {
    b = *given;
  } else {
    StoreElement(L, b, 0, 2);
  }
  const double relative = luaL_optnumber(L, 3, 1e-5);
  const double absolute = luaL_optnumber(L, 4, 1e-8);
  Shape shape;
  Status s = BroadcastShapes(a.shape, b.shape, &shape);
  bool close = false;
  if (s.ok()) {
    s = AllClose(BroadcastTo(a, shape), BroadcastTo(b, shape), relative, absolute, StopOf(L),
                 &close);
  }
  if (!s.ok()) RaiseStatus(L, s);
  lua_pushboolean(L, close);
  return 1;
}

int ToString(lua_State* L) {
  const Tensor& t = *CheckTensor(L, 1);
  luaL_Buffer buffer;
  const size_t length = Print(t, {});
  char* text = luaL_buffinitsize(L, &buffer, length);
  Print(t, {text, length});
  luaL_pushresultsize(&buffer, length);
  return 1;
}

constexpr Entry kTensorValuesTable[] = {
    {"clone", Clone, "tensor:clone([out]) -> tensor", "",
     Doc("A row-major copy with memory of its own."),
     Doc("local x = tensor.ones{2}\nlocal y = x:clone()\nx[1] = 5\nprint(y[1]) --> 1.0")},
    {"astype", AsType, "tensor:astype(dtype [, out]) -> tensor", "",
     Doc("A copy in another dtype. Float to integer rounds to nearest even and saturates, NaN "
         "gives 0; integer to integer wraps; to bool asks whether the element differs from 0."),
     Doc("print(tensor.new{2.5, 300, -1}:astype(\"uint8\")) --> tensor uint8 {3}\n"
         "--> [  2, 255,   0]")},
    {"copy_", CopyFrom, "tensor:copy_(values) -> tensor", "values: a tensor that broadcasts",
     Doc("Overwrites all elements with those of another tensor, broadcast and converted as "
         "astype does. The two may overlap."),
     Doc("local x = tensor.zeros({2, 2}, \"int32\")\n"
         "print(x:copy_(tensor.new{1, 2}):at(2, 2)) --> 2")},
    {"fill_", FillWith, "tensor:fill_(value) -> tensor",
     "value: number, boolean, or a tensor that broadcasts",
     Doc("Overwrites all elements. Raises when the value does not fit the dtype."),
     Doc("print(tensor.zeros({2}, \"int8\"):fill_(7)[2]) --> 7")},
    {"totable", ToTable, "tensor:totable() -> table | number | boolean", "",
     Doc("The elements as nested Lua tables; a scalar gives its element."),
     Doc("print(tensor.new({{1, 2}, {3, 4}}, \"int8\"):totable()[2][1]) --> 3")},
    {"tobytes", ToBytes, "tensor:tobytes() -> string", "little-endian, row-major",
     Doc("The bytes of the elements. Every NaN gives the same bytes, 0x7FC00000 in float32."),
     Doc("print(tensor.new({1, 258}, \"int16\"):tobytes():byte(1, -1)) --> 1\t0\t2\t1")},
    {"equals", Equals, "tensor:equals(other) -> boolean", "",
     Doc("True for the same dtype, shape and elements, as the operator `==`. NaN equals "
         "nothing; `x == x` alone is decided by Lua, and true."),
     Doc("print(tensor.ones{2}:equals(tensor.new{1, 1})) --> true")},
    {"allclose", AllCloseMethod, "tensor:allclose(other [, rtol [, atol]]) -> boolean",
     "rtol: 1e-5, atol: 1e-8 unless given",
     Doc("True when |a - b| <= atol + rtol * |b| for every pair of elements, in double, after "
         "broadcasting (NumPy's allclose). Equal infinities are close, NaN never is."),
     Doc("print(tensor.new{1, 2}:allclose(tensor.new{1, 2.00001})) --> true")},
};

}  // namespace

const std::span<const Entry> kTensorValuesMethods = kTensorValuesTable;

const luaL_Reg kTensorValuesMetamethods[] = {
    {"__tostring", ToString}, {"__eq", EqualOperator}, {nullptr, nullptr}};

}  // namespace moonlet
