// bindings/tensor_create.cc - functions of the module `tensor` that make tensors.
#include <bit>
#include <cmath>
#include <cstdio>
#include <cstring>

#include "bindings/tensor.h"
#include "bindings/tensor_parts.h"
#include "engine/tensor/convert.h"
#include "engine/tensor/fill.h"
#include "engine/tensor/strided.h"

namespace moonlet {
namespace {

// Pushes a tensor of the shape at 1, every element the value at `value` stored as `dtype`.
int PushFull(lua_State* L, DType dtype, int value) {
  const Shape shape = CheckShape(L, 1, dtype);
  alignas(8) uint8_t element[8];
  StoreElement(L, RowMajor(element, dtype, {}), 0, value);
  const Tensor& t = *NewTensor(L, dtype, shape);
  if (Status s = Fill(t, element, StopOf(L)); !s.ok()) RaiseStatus(L, s);
  return 1;
}

int Zeros(lua_State* L) {
  const DType dtype = OptDType(L, 2, DType::kFloat32);
  lua_settop(L, 2);
  lua_pushinteger(L, 0);
  return PushFull(L, dtype, 3);
}

int Ones(lua_State* L) {
  const DType dtype = OptDType(L, 2, DType::kFloat32);
  lua_settop(L, 2);
  lua_pushinteger(L, 1);
  return PushFull(L, dtype, 3);
}

// The dtype a Lua value gets when none is asked for.
DType NaturalDType(lua_State* L, int index) {
  return lua_isboolean(L, index) ? DType::kBool : DType::kFloat32;
}

int Full(lua_State* L) {
  luaL_checkany(L, 2);
  return PushFull(L, OptDType(L, 3, NaturalDType(L, 2)), 2);
}

// "[2][1]", the place of position `depth` of a nested table.
struct Place {
  char text[kMaxRank * 23 + 1];
};
Place PlaceOf(const Index* positions, int depth) {
  Place place;
  char* at = place.text;
  *at = '\0';
  for (int i = 0; i < depth; ++i)
    at += std::snprintf(at, 24, "[%lld]", static_cast<long long>(positions[i] + 1));
  return place;
}

// The value at `index` to make a tensor of, and the argument that errors name.
struct Source {
  int index;
  int argument;
};

// The shape that the first elements of the nested table tell. Leaves the first number or boolean
// (or nil) on the stack.
Shape NestedShape(lua_State* L, const Source& source) {
  int64_t dims[kMaxRank];
  int rank = 0;
  lua_pushvalue(L, source.index);
  while (lua_istable(L, -1)) {
    if (rank == kMaxRank)
      ArgumentError(L, source.argument, "tables are nested deeper than %d", kMaxRank);
    dims[rank++] = static_cast<int64_t>(lua_rawlen(L, -1));
    lua_rawgeti(L, -1, 1);
    lua_remove(L, -2);
  }
  Shape shape;
  if (!ShapeFrom({dims, static_cast<size_t>(rank)}, DType::kFloat64, &shape))
    luaL_argerror(L, source.argument, "more elements than can be counted");
  return shape;
}

// Fills a tensor from the nested table on top of the stack.
struct Filling {
  const Source& source;
  const Tensor& t;
  Index positions[kMaxRank] = {};  // of what is on top: the first `axis` of them
  Index next = 0;

  [[noreturn]] void RaiseAt(lua_State* L, int depth, const char* why) const {
    ArgumentError(L, source.argument, "at %s: %s", PlaceOf(positions, depth).text, why);
  }

  void From(lua_State* L, int axis) {
    if (axis == t.rank()) {
      if (const char* why = TryStoreElement(L, t, next++, -1)) {
        if (axis == 0) luaL_argerror(L, source.argument, why);
        RaiseAt(L, axis, why);
      }
      return;
    }
    if (!lua_istable(L, -1))
      RaiseAt(L, axis, lua_pushfstring(L, "table expected, got %s", Given(L, -1)));
    const lua_Unsigned length = lua_rawlen(L, -1);
    if (length != static_cast<lua_Unsigned>(t.dim(axis)))
      RaiseAt(
          L, axis,
          lua_pushfstring(L, "length %I expected, got %I", static_cast<LUAI_UACINT>(t.dim(axis)),
                          static_cast<LUAI_UACINT>(length)));
    for (Index i = 0; i < t.dim(axis); ++i) {
      PollStop(L);
      positions[axis] = i;
      lua_rawgeti(L, -1, i + 1);
      From(L, axis + 1);
      lua_pop(L, 1);
    }
  }
};

// Pushes the tensor; without a dtype that of the source.
Tensor* PushFrom(lua_State* L, const Source& source, const DType* dtype) {
  if (const Tensor* from = TestTensor(L, source.index)) {
    Tensor* t = NewTensor(L, dtype != nullptr ? *dtype : from->dtype, from->shape);
    if (Status s = Convert(*from, *t, StopOf(L)); !s.ok()) RaiseStatus(L, s);
    return t;
  }
  CheckStack(L, 2 * kMaxRank + 8);
  const Shape shape = NestedShape(L, source);
  Tensor* t = NewTensor(L, dtype != nullptr ? *dtype : NaturalDType(L, -1), shape);
  lua_remove(L, -2);  // the first element
  Filling filling = {source, *t};
  lua_pushvalue(L, source.index);
  filling.From(L, 0);
  lua_pop(L, 1);
  return t;
}

int New(lua_State* L) {
  luaL_checkany(L, 1);
  lua_settop(L, 2);
  const bool given = !lua_isnil(L, 2);
  const DType dtype = given ? CheckDType(L, 2) : DType::kFloat32;
  PushFrom(L, {1, 1}, given ? &dtype : nullptr);
  return 1;
}

// Removes a dtype given as the last argument; arguments may be left out before it.
DType TakeLastDType(lua_State* L, DType otherwise) {
  const int last = lua_gettop(L);
  if (last == 0) return otherwise;
  if (lua_type(L, last) != LUA_TSTRING) {
    if (lua_isnil(L, last)) lua_pop(L, 1);
    return otherwise;
  }
  const DType dtype = CheckDType(L, last);
  lua_pop(L, 1);
  return dtype;
}

// Takes the number on top of the stack and raises unless it fits `dtype`.
void PopFitting(lua_State* L, DType dtype, const char* what) {
  alignas(8) uint8_t element[8];
  if (const char* why = TryStoreElement(L, RowMajor(element, dtype, {}), 0, -1))
    RaiseStatus(L, Status::Invalid("%s: %s", what, why));
  lua_pop(L, 1);
}

void CheckFits(lua_State* L, DType dtype, int index, const char* what) {
  lua_pushvalue(L, index);
  PopFitting(L, dtype, what);
}

Tensor* NewVector(lua_State* L, DType dtype, double length) {
  int64_t dims[1] = {0};
  Shape shape;
  if (length < 9e18) dims[0] = static_cast<int64_t>(length);
  if (!(length < 9e18) || !ShapeFrom(dims, dtype, &shape))
    RaiseStatus(L, Status::Invalid("more elements than can be counted"));
  return NewTensor(L, dtype, shape);
}

// Steps of an integer range, counted without overflow.
lua_Unsigned CountSteps(lua_Integer start, lua_Integer stop, lua_Integer step) {
  if (step > 0 ? start >= stop : start <= stop) return 0;
  const auto first = static_cast<lua_Unsigned>(start);
  const auto end = static_cast<lua_Unsigned>(stop);
  const auto stride = static_cast<lua_Unsigned>(step);
  return step > 0 ? (end - first - 1) / stride + 1 : (first - end - 1) / (0 - stride) + 1;
}

// arange where start, stop and step (1 to 3) are integers.
int ArangeOfIntegers(lua_State* L, DType dtype) {
  const lua_Integer start = lua_tointeger(L, 1);
  const lua_Integer step = lua_tointeger(L, 3);
  const lua_Unsigned count = CountSteps(start, lua_tointeger(L, 2), step);
  if (count > 0) {
    CheckFits(L, dtype, 1, "start");
    lua_pushinteger(L, static_cast<lua_Integer>(static_cast<lua_Unsigned>(start) +
                                                (count - 1) * static_cast<lua_Unsigned>(step)));
    PopFitting(L, dtype, "last element");
  }
  const Tensor& t = *NewVector(L, dtype, static_cast<double>(count));
  if (Status s = FillSequence(t, int64_t{start}, int64_t{step}, StopOf(L)); !s.ok())
    RaiseStatus(L, s);
  return 1;
}

int Arange(lua_State* L) {
  const DType dtype = TakeLastDType(L, DType::kFloat32);
  if (lua_gettop(L) == 1) {
    lua_pushinteger(L, 0);
    lua_insert(L, 1);
  }
  const lua_Number start = luaL_checknumber(L, 1);
  const lua_Number stop = luaL_checknumber(L, 2);
  if (lua_gettop(L) == 2) lua_pushinteger(L, 1);
  const lua_Number step = luaL_checknumber(L, 3);
  luaL_argcheck(L, step != 0, 3, "step is 0");
  if (lua_isinteger(L, 1) && lua_isinteger(L, 2) && lua_isinteger(L, 3))
    return ArangeOfIntegers(L, dtype);
  const double steps = std::ceil((stop - start) / step);
  if (steps != steps) RaiseStatus(L, Status::Invalid("start, stop and step are no range"));
  const double count = steps > 0 ? steps : 0;
  if (count > 0) {
    CheckFits(L, dtype, 1, "start");
    lua_pushnumber(L, start + (count - 1) * step);
    PopFitting(L, dtype, "last element");
  }
  const Tensor& t = *NewVector(L, dtype, count);
  if (Status s = FillSequence(t, start, step, StopOf(L)); !s.ok()) RaiseStatus(L, s);
  return 1;
}

int Linspace(lua_State* L) {
  const DType dtype = TakeLastDType(L, DType::kFloat32);
  const lua_Number start = luaL_checknumber(L, 1);
  const lua_Number stop = luaL_checknumber(L, 2);
  const lua_Integer count = luaL_optinteger(L, 3, 50);
  if (count < 0)
    ArgumentError(L, 3, "count >= 0 expected, got %I", static_cast<LUAI_UACINT>(count));
  CheckFits(L, dtype, 1, "start");
  CheckFits(L, dtype, 2, "stop");
  const Tensor& t = *NewVector(L, dtype, static_cast<double>(count));
  const double step = count > 1 ? (stop - start) / static_cast<double>(count - 1) : 0;
  if (Status s = FillSequence(t, start, step, StopOf(L)); !s.ok()) RaiseStatus(L, s);
  if (count > 1) StoreElement(L, t, t.dim(0) - 1, 2);  // exactly `stop`, whatever rounding did
  return 1;
}

int Eye(lua_State* L) {
  const DType dtype = TakeLastDType(L, DType::kFloat32);
  const int64_t rows = luaL_checkinteger(L, 1);
  const int64_t dims[2] = {rows, luaL_optinteger(L, 2, rows)};
  Shape shape;
  if (!ShapeFrom(dims, dtype, &shape)) {
    RaiseStatus(L,
                Status::Invalid("%lld rows of %lld columns are no shape",
                                static_cast<long long>(dims[0]), static_cast<long long>(dims[1])));
  }
  const Tensor& t = *NewTensor(L, dtype, shape);
  const uint64_t zero = 0;  // the same bits in every dtype
  if (Status s = Fill(t, &zero, StopOf(L)); !s.ok()) RaiseStatus(L, s);
  lua_pushinteger(L, 1);
  for (Index i = 0; i < shape.dims[0] && i < shape.dims[1]; ++i) {
    PollStop(L);
    StoreElement(L, t, i * (shape.dims[1] + 1), -1);
  }
  lua_pop(L, 1);
  return 1;
}

static_assert(std::endian::native == std::endian::little, "bytes of tensors are little-endian");

int FromBytes(lua_State* L) {
  size_t length;
  const char* bytes = luaL_checklstring(L, 1, &length);
  const DType dtype = CheckDType(L, 2);
  Shape shape{1, {static_cast<Index>(length / SizeOf(dtype))}};
  if (!lua_isnoneornil(L, 3)) {
    shape = CheckShape(L, 3, dtype);
  } else if (length % SizeOf(dtype) != 0) {
    ArgumentError(L, 1, "a multiple of %d bytes expected, got %I", static_cast<int>(SizeOf(dtype)),
                  static_cast<LUAI_UACINT>(length));
  }
  const size_t expected = static_cast<size_t>(shape.size()) * SizeOf(dtype);
  if (expected != length) {
    ArgumentError(L, 1, "%I bytes expected, got %I", static_cast<LUAI_UACINT>(expected),
                  static_cast<LUAI_UACINT>(length));
  }
  const Tensor& t = *NewTensor(L, dtype, shape);
  if (length != 0) std::memcpy(t.data, bytes, length);
  if (dtype == DType::kBool) {
    auto* truth = static_cast<uint8_t*>(t.data);
    Status s = ForEachPiece(t.size(), StopOf(L), [truth](Index first, Index end) {
      for (Index i = first; i < end; ++i) truth[i] = truth[i] != 0;
    });
    if (!s.ok()) RaiseStatus(L, s);
  }
  return 1;
}

constexpr Entry kTensorCreateTable[] = {
    {"new", New, "tensor.new(values [, dtype]) -> tensor",
     "values: nested tables of numbers or booleans, one number, or a tensor",
     Doc("A tensor with these values; the nesting gives the shape. dtype float32 unless given, "
         "bool for booleans; a tensor is copied. Tables of unequal length raise and name the "
         "place. Floats written to an integer dtype are rounded to nearest even; values that do "
         "not fit raise."),
     Doc("print(tensor.new({{1, 2, 3}, {4, 5, 6}}, \"int32\")) --> tensor int32 {2, 3}\n"
         "--> [[1, 2, 3],\n-->  [4, 5, 6]]")},
    {"zeros", Zeros, "tensor.zeros(shape [, dtype]) -> tensor", "shape: lengths >= 0",
     Doc("A tensor of zeros; dtype float32 unless given."),
     Doc("print(tensor.zeros({2, 3}, \"int8\"):dim(2)) --> 3")},
    {"ones", Ones, "tensor.ones(shape [, dtype]) -> tensor", "shape: lengths >= 0",
     Doc("A tensor of ones; dtype float32 unless given."),
     Doc("print(tensor.ones({4})[4]) --> 1.0")},
    {"full", Full, "tensor.full(shape, value [, dtype]) -> tensor", "shape: lengths >= 0",
     Doc("A tensor whose elements are all `value`; dtype float32 unless given, bool for a "
         "boolean. Raises when the value does not fit the dtype."),
     Doc("print(tensor.full({3}, -7, \"int8\")[2]) --> -7")},
    {"arange", Arange, "tensor.arange([start,] stop [, step] [, dtype]) -> tensor",
     "start: 0 unless given; step: 1 unless given",
     Doc("The values start, start + step, ... before `stop`, which is not reached (NumPy's "
         "arange); dtype float32 unless given."),
     Doc("print(tensor.arange(2, 8, 2, \"int32\")) --> tensor int32 {3}\n--> [2, 4, 6]")},
    {"linspace", Linspace, "tensor.linspace(start, stop [, count] [, dtype]) -> tensor",
     "count: 50 unless given",
     Doc("`count` values evenly spaced from `start` to `stop`, both included (NumPy's linspace); "
         "dtype float32 unless given."),
     Doc("print(tensor.linspace(0, 1, 5)) --> tensor float32 {5}\n"
         "--> [0.  , 0.25, 0.5 , 0.75, 1.  ]")},
    {"eye", Eye, "tensor.eye(rows [, columns] [, dtype]) -> tensor", "columns: rows unless given",
     Doc("A matrix with ones on its diagonal and zeros elsewhere."),
     Doc("print(tensor.eye(2, \"int8\")) --> tensor int8 {2, 2}\n--> [[1, 0],\n-->  [0, 1]]")},
    {"frombytes", FromBytes, "tensor.frombytes(bytes, dtype [, shape]) -> tensor",
     "bytes: little-endian elements in row-major order; shape: rank 1 unless given",
     Doc("A tensor from the bytes of its elements, as `tobytes` gives them. Raises when their "
         "number does not match dtype and shape. A bool is any byte but 0."),
     Doc("print(tensor.frombytes(\"\\1\\0\\2\\0\", \"int16\")[2]) --> 2")},
};

}  // namespace

const std::span<const Entry> kTensorCreateFunctions = kTensorCreateTable;

Tensor* NewTensorFrom(lua_State* L, int index, DType dtype, int argument) {
  index = lua_absindex(L, index);
  return PushFrom(L, {index, argument != 0 ? argument : index}, &dtype);
}

}  // namespace moonlet
