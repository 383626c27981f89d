// bindings/tensor.cc - the tensor as a Lua value: userdata, arguments and elements.
#include "bindings/tensor.h"

#include <cassert>
#include <cmath>
#include <cstring>
#include <limits>
#include <utility>

#include "bindings/registry.h"
#include "bindings/tensor_parts.h"
#include "engine/tensor/broadcast.h"
#include "engine/tensor/convert.h"
#include "engine/tensor/dispatch.h"
#include "engine/tensor/fill.h"
#include "engine/tensor/overlap.h"
#include "vm/runtime.h"

namespace moonlet {
namespace {

const std::span<const Entry> kTensorFunctionParts[] = {
    kTensorCreateFunctions, kTensorShapeFunctions,  kTensorArrangeFunctions,
    kTensorMathFunctions,   kTensorRandomFunctions, kTensorPolynomialFunctions,
    kTensorIoFunctions};
const std::span<const Entry> kTensorMethodParts[] = {kTensorFields,
                                                     kTensorIndexMethods,
                                                     kTensorShapeMethods,
                                                     kTensorArrangeMethods,
                                                     kTensorValuesMethods,
                                                     kTensorQuantizeMethods,
                                                     kTensorArithmeticMethods,
                                                     kTensorMathMethods,
                                                     kTensorCompareMethods,
                                                     kTensorReduceMethods,
                                                     kTensorLinalgMethods,
                                                     kTensorDecomposeMethods,
                                                     kTensorSortMethods,
                                                     kTensorStatsMethods,
                                                     kTensorRandomMethods};
const luaL_Reg* const kTensorMetamethods[] = {
    kTensorIndexMetamethods,
    kTensorValuesMetamethods,
    kTensorMathMetamethods,
};
constexpr Class kTensorClass = {
    "tensor",
    kTensorType,
    Doc("An n-dimensional array of one dtype: rank 0 to 6, elements in row-major order. Slices "
        "and reshapes are views that share memory and keep its owner alive. Positions and axes "
        "count from 1, negative ones from the end."),
    kTensorMethodParts,
    kTensorMetamethods,
    TensorIndex};
constexpr const Class* kTensorClasses[] = {&kTensorClass};

constexpr size_t kAlignment = 64;

Tensor* PushUserdata(lua_State* L, size_t bytes, int user_values) {
  PushMetatable(L, kTensorClass);
  auto* t = static_cast<Tensor*>(lua_newuserdatauv(L, bytes, user_values));
  *t = {};
  lua_insert(L, -2);
  lua_setmetatable(L, -2);
  return t;
}

// Pushes what keeps the memory of the value at `index` alive: the owner of a view, so
// that views of views make no chain, else the value itself.
void PushOwner(lua_State* L, int index) {
  if (TestTensor(L, index) != nullptr) {
    lua_getiuservalue(L, index, 1);
    if (!lua_isnil(L, -1)) return;
    lua_pop(L, 1);
  }
  lua_pushvalue(L, index);
}

[[noreturn]] void RaiseArgument(lua_State* L, int index, const char* message) {
  luaL_argerror(L, index, message);
  __builtin_unreachable();
}

// These push what is wrong with the value at `index` as an element, and return it; null
// when it was stored.
const char* DoesNotFit(lua_State* L, int index, DType dtype) {
  const char* text = luaL_tolstring(L, index, nullptr);
  return lua_pushfstring(L, "%s does not fit %s", text, NameOf(dtype));
}

const char* NotA(lua_State* L, int index, const char* expected) {
  return lua_pushfstring(L, "%s expected, got %s", expected, Given(L, index));
}

template <typename T>
const char* TakeInteger(lua_State* L, int index, T* element) {
  using Limits = std::numeric_limits<T>;
  if (lua_isinteger(L, index)) {
    const lua_Integer value = lua_tointeger(L, index);
    if (!std::in_range<T>(value)) return DoesNotFit(L, index, DTypeOf<T>());
    *element = static_cast<T>(value);
    return nullptr;
  }
  const lua_Number rounded = std::rint(lua_tonumber(L, index));
  const lua_Number end = std::ldexp(1.0, Limits::digits);
  if (!(rounded < end && rounded >= (Limits::is_signed ? -end : 0)))
    return DoesNotFit(L, index, DTypeOf<T>());
  *element = static_cast<T>(rounded);
  return nullptr;
}

template <typename T>
const char* TakeElement(lua_State* L, int index, T* element) {
  if constexpr (std::is_same_v<T, bool>) {
    if (lua_isboolean(L, index)) {
      *element = lua_toboolean(L, index) != 0;
      return nullptr;
    }
  }
  if (lua_type(L, index) != LUA_TNUMBER)
    return NotA(L, index, std::is_same_v<T, bool> ? "boolean" : "number");
  if constexpr (std::is_same_v<T, bool>) {
    *element = lua_tonumber(L, index) != 0;
    return nullptr;
  } else if constexpr (std::is_integral_v<T>) {
    return TakeInteger(L, index, element);
  } else {
    // An integer is rounded once, not through double.
    *element = lua_isinteger(L, index) ? static_cast<T>(lua_tointeger(L, index))
                                       : static_cast<T>(lua_tonumber(L, index));
    return nullptr;
  }
}

constexpr Entry kFields[] = {
    {"shape", nullptr, "tensor.shape -> table", "lengths of the axes, outermost first",
     Doc("A fresh table with the shape; a scalar has `{}`."), ""},
    {"rank", nullptr, "tensor.rank -> integer", "0 to 6", Doc("The number of axes."), ""},
    {"size", nullptr, "tensor.size -> integer", "elements", Doc("The number of elements."), ""},
    {"dtype", nullptr, "tensor.dtype -> string", "",
     Doc("One of float32, float64, int8, uint8, int16, uint16, int32, uint32, int64, bool."), ""},
};

}  // namespace

const std::span<const Entry> kTensorFields = kFields;
const Module kTensorModule = {
    "tensor",
    Doc("N-dimensional arrays as in NumPy: creation, views, arithmetic that broadcasts, "
        "reductions, sorting, statistics, linear algebra, and .npy and .npz files."),
    kTensorFunctionParts, kTensorClasses, nullptr};

Tensor* TestTensor(lua_State* L, int index) {
  return static_cast<Tensor*>(TestObject(L, index, kTensorClass));
}

Tensor* CheckTensor(lua_State* L, int index) {
  return static_cast<Tensor*>(CheckObject(L, index, kTensorClass));
}

Tensor* NewTensor(lua_State* L, DType dtype, const Shape& shape) {
  constexpr size_t kHead = sizeof(Tensor) + kAlignment - 1;
  const size_t bytes = static_cast<size_t>(shape.size()) * SizeOf(dtype);
  if (bytes > static_cast<size_t>(PTRDIFF_MAX) - 2 * kHead) RaiseStatus(L, Status::NoMemory(bytes));
  Tensor* t = PushUserdata(L, kHead + bytes, 0);
  const auto behind = reinterpret_cast<uintptr_t>(t + 1);
  const uintptr_t aligned = (behind + kAlignment - 1) & ~uintptr_t{kAlignment - 1};
  *t = RowMajor(reinterpret_cast<void*>(aligned), dtype, shape);
  return t;
}

Tensor* NewView(lua_State* L, const Tensor& view, int owner) {
  owner = lua_absindex(L, owner);
  Tensor* t = PushUserdata(L, sizeof(Tensor), 1);
  PushOwner(L, owner);
  lua_setiuservalue(L, -2, 1);
  *t = view;
  return t;
}

void CheckAlias(lua_State* L, int index, const Tensor& result,
                std::initializer_list<const Tensor*> inputs) {
  for (const Tensor* input : inputs) {
    if (!Identical(result, *input) && MayOverlap(result, *input))
      RaiseArgument(L, index, "shares memory with another argument without being the same view");
  }
}

void CheckApart(lua_State* L, int index, const Tensor& result,
                std::initializer_list<const Tensor*> inputs) {
  for (const Tensor* input : inputs) {
    if (MayOverlap(result, *input)) RaiseArgument(L, index, "shares memory with another argument");
  }
}

Tensor* NewOrOut(lua_State* L, int index, DType dtype, const Shape& shape,
                 std::initializer_list<const Tensor*> inputs) {
  if (lua_isnoneornil(L, index)) return NewTensor(L, dtype, shape);
  Tensor* out = CheckTensor(L, index);
  if (out->dtype != dtype || !(out->shape == shape)) {
    RaiseArgument(L, index,
                  lua_pushfstring(L, "%s %s expected as out, got %s %s", NameOf(dtype),
                                  TextOf(shape).text, NameOf(out->dtype), TextOf(out->shape).text));
  }
  CheckAlias(L, index, *out, inputs);
  lua_pushvalue(L, index);
  return out;
}

void PushShape(lua_State* L, const Shape& shape) {
  lua_createtable(L, shape.rank, 0);
  for (int i = 0; i < shape.rank; ++i) {
    lua_pushinteger(L, shape.dims[i]);
    lua_rawseti(L, -2, i + 1);
  }
}

Shape CheckShape(lua_State* L, int index, DType dtype) {
  luaL_checktype(L, index, LUA_TTABLE);
  const lua_Unsigned rank = lua_rawlen(L, index);
  if (rank > kMaxRank) {
    RaiseArgument(L, index,
                  lua_pushfstring(L, "rank %I is above the limit of %d",
                                  static_cast<LUAI_UACINT>(rank), kMaxRank));
  }
  int64_t dims[kMaxRank];
  for (int i = 0; i < static_cast<int>(rank); ++i) {
    lua_rawgeti(L, index, i + 1);
    int integral;
    dims[i] = lua_tointegerx(L, -1, &integral);
    if (!integral || dims[i] < 0) {
      RaiseArgument(
          L, index,
          lua_pushfstring(L, "axis %d: length >= 0 expected, got %s", i + 1, Given(L, -1)));
    }
    lua_pop(L, 1);
  }
  Shape shape;
  if (!ShapeFrom({dims, static_cast<size_t>(rank)}, dtype, &shape))
    RaiseArgument(L, index, "more elements than can be counted");
  return shape;
}

DType CheckDType(lua_State* L, int index) {
  luaL_checktype(L, index, LUA_TSTRING);  // a number would be called a name
  const char* name = lua_tostring(L, index);
  DType dtype;
  if (!DTypeByName(name, &dtype))
    RaiseArgument(L, index, lua_pushfstring(L, "no dtype is called '%s'", name));
  return dtype;
}

DType OptDType(lua_State* L, int index, DType otherwise) {
  return lua_isnoneornil(L, index) ? otherwise : CheckDType(L, index);
}

Index FromPosition(lua_Integer position, Index length) {
  if (position >= 1 && position <= length) return static_cast<Index>(position - 1);
  if (position <= -1 && position >= -static_cast<lua_Integer>(length))
    return static_cast<Index>(length + position);
  return -1;
}

const char* OutOfRange(lua_State* L, const char* what, lua_Integer position, Index length) {
  return lua_pushfstring(L, "%s %I out of range (length %I)", what,
                         static_cast<LUAI_UACINT>(position), static_cast<LUAI_UACINT>(length));
}

Index CheckPosition(lua_State* L, int index, Index length, const char* what) {
  const lua_Integer position = luaL_checkinteger(L, index);
  const Index i = FromPosition(position, length);
  if (i < 0) RaiseArgument(L, index, OutOfRange(L, what, position, length));
  return i;
}

int CheckAxis(lua_State* L, int index, int rank) {
  return static_cast<int>(CheckPosition(L, index, rank, "axis"));
}

Allocator& EngineMemory(lua_State* L) { return Runtime::Of(L).engine_memory(); }

const StopToken& StopOf(lua_State* L) { return Runtime::Of(L).stop(); }

void PollStop(lua_State* L) {
  if (StopOf(L).raised()) RaiseStatus(L, Status::Stopped());
}

void PushElement(lua_State* L, const Tensor& t, Index offset) {
  WithType(t.dtype, [&](auto zero) {
    using T = decltype(zero);
    const T value = t.as<T>()[offset];
    if constexpr (std::is_same_v<T, bool>) {
      lua_pushboolean(L, value);
    } else if constexpr (std::is_integral_v<T>) {
      lua_pushinteger(L, value);
    } else {
      lua_pushnumber(L, static_cast<lua_Number>(value));
    }
  });
}

const char* TryStoreElement(lua_State* L, const Tensor& t, Index offset, int index) {
  return WithType(t.dtype, [&](auto zero) {
    using T = decltype(zero);
    return TakeElement(L, index, t.as<T>() + offset);
  });
}

void StoreElement(lua_State* L, const Tensor& t, Index offset, int index) {
  if (const char* why = TryStoreElement(L, t, offset, index)) RaiseArgument(L, index, why);
}

void Assign(lua_State* L, const Tensor& t, int index) {
  index = lua_absindex(L, index);
  const Tensor* value = TestTensor(L, index);
  if (value == nullptr) {
    alignas(8) uint8_t element[8];
    StoreElement(L, RowMajor(element, t.dtype, {}), 0, index);
    if (Status s = Fill(t, element, StopOf(L)); !s.ok()) RaiseStatus(L, s);
    return;
  }
  if (!BroadcastsTo(value->shape, t.shape)) {
    RaiseArgument(L, index,
                  lua_pushfstring(L, "shape %s does not broadcast to %s", TextOf(value->shape).text,
                                  TextOf(t.shape).text));
  }
  Tensor from = BroadcastTo(*value, t.shape);
  if (!Identical(from, t) && MayOverlap(from, t)) {
    const Tensor& copy = *NewTensor(L, value->dtype, value->shape);
    if (Status s = Convert(*value, copy, StopOf(L)); !s.ok()) RaiseStatus(L, s);
    from = BroadcastTo(copy, t.shape);
  }
  if (Status s = Convert(from, t, StopOf(L)); !s.ok()) RaiseStatus(L, s);
}

}  // namespace moonlet
