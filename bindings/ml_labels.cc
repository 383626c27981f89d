// bindings/ml_labels.cc - labels of classes: whole numbers, booleans or strings, to codes and back.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <string_view>

#include "bindings/ml_estimator.h"
#include "engine/ml/estimator.h"
#include "engine/tensor/sort.h"
#include "vm/runtime.h"

namespace moonlet {
namespace {

template <typename T>
T* PushMemory(lua_State* L, Index count) {
  const auto n = static_cast<size_t>(std::max<Index>(count, 1));
  return static_cast<T*>(lua_newuserdatauv(L, n * sizeof(T), 0));
}

int32_t* PushCodes(lua_State* L, Index rows) {
  Shape shape;
  shape.rank = 1;
  shape.dims[0] = rows;
  return NewTensor(L, DType::kInt32, shape)->as<int32_t>();
}

Tensor* PushVector(lua_State* L, DType dtype, Index length) {
  Shape shape;
  shape.rank = 1;
  shape.dims[0] = length;
  return NewTensor(L, dtype, shape);
}

[[noreturn]] void RaiseUnseen(lua_State* L, int index, const char* text) {
  ArgumentError(L, index, "label %s is none of the classes", text);
}

// Pushes the numbers at `index` in double; they are whole, and as many as rows where that is asked.
std::span<const double> PushNumbers(lua_State* L, int index, Index rows) {
  const Tensor& t = *NewTensorFrom(L, index, DType::kFloat64);
  if (t.rank() != 1 || (rows >= 0 && t.dim(0) != rows))
    ArgumentError(L, index, "labels: %I expected, one for each row",
                  static_cast<LUAI_UACINT>(rows));
  const std::span<const double> values(t.as<double>(), static_cast<size_t>(t.dim(0)));
  for (const double v : values)
    if (!(std::fabs(v) < 0x1p53) || v != std::floor(v))
      ArgumentError(L, index, "labels: whole numbers or strings expected, got %f",
                    static_cast<LUAI_UACNUMBER>(v));
  return values;
}

// Pushes the strings of the table at `index`, which keeps them alive, as views.
std::span<std::string_view> PushStrings(lua_State* L, int index, Index rows) {
  const Index count = rows >= 0 ? rows : static_cast<Index>(luaL_len(L, index));
  auto* views = PushMemory<std::string_view>(L, count);
  for (Index i = 0; i < count; ++i) {
    if (lua_rawgeti(L, index, static_cast<lua_Integer>(i + 1)) != LUA_TSTRING)
      ArgumentError(L, index, "labels: %I strings expected, number %I is a %s",
                    static_cast<LUAI_UACINT>(count), static_cast<LUAI_UACINT>(i + 1), Given(L, -1));
    size_t size;
    const char* text = lua_tolstring(L, -1, &size);
    views[i] = {text, size};
    if (views[i].find('\0') != views[i].npos)
      ArgumentError(L, index, "labels: number %I has a zero byte", static_cast<LUAI_UACINT>(i + 1));
    lua_pop(L, 1);
  }
  return {views, static_cast<size_t>(count)};
}

// Views of the names that an estimator keeps, pushed.
std::span<std::string_view> PushNames(lua_State* L, const Tensor& labels, Index classes) {
  auto* views = PushMemory<std::string_view>(L, classes);
  const auto* name = reinterpret_cast<const char*>(labels.as<uint8_t>());
  for (Index k = 0; k < classes; ++k) {
    views[k] = name;
    name += views[k].size() + 1;
  }
  return {views, static_cast<size_t>(classes)};
}

bool AreStrings(lua_State* L, int index) {
  if (lua_type(L, index) != LUA_TTABLE) return false;
  const bool strings = lua_rawgeti(L, index, 1) == LUA_TSTRING;
  lua_pop(L, 1);
  return strings;
}

// Each value of sorted ones once; the rest is overwritten.
template <typename T>
std::span<T> Once(std::span<T> sorted) {
  const auto end = std::unique(sorted.begin(), sorted.end());
  return sorted.first(static_cast<size_t>(end - sorted.begin()));
}

// Pushes the classes among numbers, in ascending order.
std::span<double> PushDistinct(lua_State* L, std::span<const double> numbers) {
  const Tensor& sorted = *PushVector(L, DType::kFloat64, static_cast<Index>(numbers.size()));
  std::copy(numbers.begin(), numbers.end(), sorted.as<double>());
  Allocator& memory = Runtime::Of(L).engine_memory();
  const Status s = Sort(sorted, false, {.values = &sorted}, memory, StopOf(L));
  if (!s.ok()) RaiseStatus(L, s);
  return Once(std::span(sorted.as<double>(), numbers.size()));
}

// Pushes the classes among strings, in ascending order.
std::span<std::string_view> PushDistinct(lua_State* L, int index, Index rows) {
  const auto names = PushStrings(L, index, rows);
  std::sort(names.begin(), names.end());
  return Once(names);
}

// The position of a value among sorted ones, or -1.
template <typename T>
int32_t PositionOf(const T& value, std::span<const T> sorted) {
  const auto at = std::lower_bound(sorted.begin(), sorted.end(), value);
  if (at == sorted.end() || *at != value) return -1;
  return static_cast<int32_t>(at - sorted.begin());
}

Encoded EncodeNumbers(lua_State* L, int index, Index rows, const ml::Estimator* known, int all) {
  const Tensor* given = TestTensor(L, index);
  const DType dtype = known != nullptr   ? known->label_dtype
                      : given != nullptr ? given->dtype
                                         : DType::kInt32;
  if (known != nullptr && (*known).state[ml::kLabelArray].dtype != DType::kInt64)
    ArgumentError(L, index, "labels: strings expected, as at the first fit");
  const auto values = PushNumbers(L, index, rows);
  std::span<double> sorted;
  if (known != nullptr) {
    sorted = {PushMemory<double>(L, known->classes), static_cast<size_t>(known->classes)};
    const auto* labels = known->state.get<int64_t>(ml::kLabelArray);
    std::copy_n(labels, known->classes, sorted.begin());
  } else {
    sorted = PushDistinct(L, all != 0 ? PushNumbers(L, all, -1) : values);
  }
  Tensor* labels = PushVector(L, DType::kInt64, static_cast<Index>(sorted.size()));
  std::copy(sorted.begin(), sorted.end(), labels->as<int64_t>());
  int32_t* codes = PushCodes(L, rows);
  const StopToken& stop = StopOf(L);
  for (size_t i = 0; i < values.size(); ++i) {
    if (stop.raised()) RaiseStatus(L, Status::Stopped());
    codes[i] = PositionOf<double>(values[i], sorted);
    if (codes[i] < 0)
      RaiseUnseen(L, index, lua_pushfstring(L, "%I", static_cast<LUAI_UACINT>(values[i])));
  }
  return {codes, static_cast<Index>(sorted.size()), labels, dtype};
}

Encoded EncodeStrings(lua_State* L, int index, Index rows, const ml::Estimator* known, int all) {
  if (static_cast<Index>(luaL_len(L, index)) != rows)
    ArgumentError(L, index, "labels: %I expected, one for each row, got %I",
                  static_cast<LUAI_UACINT>(rows), static_cast<LUAI_UACINT>(luaL_len(L, index)));
  if (known != nullptr && known->state[ml::kLabelArray].dtype != DType::kUint8)
    ArgumentError(L, index, "labels: numbers expected, as at the first fit");
  const auto values = PushStrings(L, index, rows);
  std::span<std::string_view> sorted;
  if (known != nullptr) {
    sorted = PushNames(L, known->state[ml::kLabelArray], known->classes);
  } else {
    sorted = all != 0 ? PushDistinct(L, all, -1) : PushDistinct(L, index, rows);
  }
  size_t size = 0;
  for (const std::string_view name : sorted) size += name.size() + 1;
  Tensor* labels = PushVector(L, DType::kUint8, static_cast<Index>(size));
  auto* to = labels->as<uint8_t>();
  for (const std::string_view name : sorted) {
    to = std::copy(name.begin(), name.end(), to);
    *to++ = 0;
  }
  int32_t* codes = PushCodes(L, rows);
  for (size_t i = 0; i < values.size(); ++i) {
    codes[i] = PositionOf<std::string_view>(values[i], sorted);
    if (codes[i] < 0) {
      lua_rawgeti(L, index, static_cast<lua_Integer>(i + 1));
      RaiseUnseen(L, index, lua_pushfstring(L, "\"%s\"", lua_tostring(L, -1)));
    }
  }
  return {codes, static_cast<Index>(sorted.size()), labels, DType::kInt32};
}

}  // namespace

Encoded EncodeLabels(lua_State* L, int index, Index rows, const ml::Estimator* known, int all) {
  if (lua_isnoneornil(L, index)) ArgumentError(L, index, "labels expected, got nil");
  if (AreStrings(L, index)) return EncodeStrings(L, index, rows, known, all);
  return EncodeNumbers(L, index, rows, known, all);
}

void PushLabel(lua_State* L, const Tensor& labels, DType dtype, Index code) {
  if (labels.dtype == DType::kUint8) {
    const auto* name = reinterpret_cast<const char*>(labels.as<uint8_t>());
    for (; code > 0; --code) name += std::strlen(name) + 1;
    lua_pushstring(L, name);
    return;
  }
  const int64_t number = labels.as<int64_t>()[code];
  if (dtype == DType::kBool) {
    lua_pushboolean(L, number != 0);
  } else if (IsFloat(dtype)) {
    lua_pushnumber(L, static_cast<lua_Number>(number));
  } else {
    lua_pushinteger(L, static_cast<lua_Integer>(number));
  }
}

void PushLabels(lua_State* L, const ml::Estimator& e, const int32_t* codes, Index n, int out) {
  const Tensor& labels = e.state[ml::kLabelArray];
  if (labels.dtype == DType::kInt64) {
    Shape shape;
    shape.rank = 1;
    shape.dims[0] = n;
    const Tensor& result = *NewOrOut(L, out, e.label_dtype, shape);
    for (Index i = 0; i < n; ++i) {
      PushLabel(L, e, codes[i]);
      StoreElement(L, result, i * result.strides[0], lua_gettop(L));
      lua_pop(L, 1);
    }
    return;
  }
  if (!lua_isnoneornil(L, out)) ArgumentError(L, out, "labels that are strings go to no tensor");
  PushClasses(L, e);
  lua_createtable(L, static_cast<int>(std::min<Index>(n, INT32_MAX)), 0);
  for (Index i = 0; i < n; ++i) {
    lua_rawgeti(L, -2, codes[i] + 1);
    lua_rawseti(L, -2, static_cast<lua_Integer>(i + 1));
  }
  lua_remove(L, -2);
}

void PushClasses(lua_State* L, const ml::Estimator& e) {
  const Tensor& labels = e.state[ml::kLabelArray];
  if (labels.dtype == DType::kInt64) {
    const Tensor& result = *NewTensor(L, e.label_dtype, labels.shape);
    for (Index k = 0; k < e.classes; ++k) {
      PushLabel(L, e, k);
      StoreElement(L, result, k, lua_gettop(L));
      lua_pop(L, 1);
    }
    return;
  }
  lua_createtable(L, static_cast<int>(e.classes), 0);
  const auto* name = reinterpret_cast<const char*>(labels.as<uint8_t>());
  for (Index k = 0; k < e.classes; ++k, name += std::strlen(name) + 1) {
    lua_pushstring(L, name);
    lua_rawseti(L, -2, static_cast<lua_Integer>(k + 1));
  }
}

}  // namespace moonlet
