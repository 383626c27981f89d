#include "bindings/dsp_design.h"

#include "engine/tensor/convert.h"

namespace moonlet {

DType DesignDType(const OptionTable& options) {
  static constexpr const char* kWords[] = {"float32", "float64"};
  return options.Choice("dtype", 0, kWords) == 0 ? DType::kFloat32 : DType::kFloat64;
}

double DesignRate(const OptionTable& options) {
  return options.Number("sample_rate", 2, 0x1p-100, 0x1p100);
}

void PushRounded(lua_State* L, std::span<const double> values, DType dtype,
                 std::initializer_list<int64_t> dims) {
  Shape shape;
  if (!ShapeFrom({dims.begin(), dims.size()}, DType::kFloat64, &shape))
    RaiseStatus(L, Status::Invalid("more elements than can be counted"));
  const Tensor& out = *NewTensor(L, dtype, shape);
  StoreDoubles(values.data(), dtype, 1, out.size(), out.data);
}

std::span<double> PushVector(lua_State* L, int index) {
  const Tensor& t = *CheckTensor(L, index);
  if (t.rank() != 1 || t.size() < 1)
    luaL_argerror(L, index, "a vector of one or more numbers expected");
  const std::span<double> values = PushScratch(L, static_cast<size_t>(t.size()));
  LoadDoubles(t.data, t.dtype, t.strides[0], t.size(), values.data());
  return values;
}

std::span<double> PushNumbers(lua_State* L, int index) {
  if (TestTensor(L, index) != nullptr) return PushVector(L, index);
  const bool one = lua_type(L, index) == LUA_TNUMBER;
  const lua_Integer n = one ? 1 : lua_istable(L, index) ? luaL_len(L, index) : 0;
  constexpr lua_Integer kMost = 1 << 20;
  if (n < 1 || n > kMost)
    luaL_argerror(L, index, "a number, or a list or vector of some, expected");
  const std::span<double> values = PushScratch(L, static_cast<size_t>(n));
  for (lua_Integer i = 0; i < n; ++i) {
    if (one) lua_pushvalue(L, index);
    if (!one) lua_geti(L, index, i + 1);
    if (lua_type(L, -1) != LUA_TNUMBER)
      ArgumentError(L, index, "a list of numbers expected, element %I is a %s",
                    static_cast<LUAI_UACINT>(i + 1), luaL_typename(L, -1));
    values[static_cast<size_t>(i)] = lua_tonumber(L, -1);
    lua_pop(L, 1);
  }
  return values;
}

std::span<const dsp::Section> PushSections(lua_State* L, int index) {
  const Tensor& t = *CheckTensor(L, index);
  if (t.rank() != 2 || t.dim(0) < 1 || t.dim(1) != 6)
    luaL_argerror(L, index, "second-order sections {n, 6} expected");
  const auto n = static_cast<size_t>(t.dim(0));
  auto* sections = static_cast<dsp::Section*>(lua_newuserdatauv(L, n * sizeof(dsp::Section), 0));
  static_assert(sizeof(dsp::Section) == 6 * sizeof(double));
  const Tensor doubles = RowMajor(sections, DType::kFloat64, t.shape);
  RaiseIf(L, Convert(t, doubles, StopOf(L)));
  for (size_t i = 0; i < n; ++i) {
    const double a0 = sections[i].a[0];
    if (a0 == 0) ArgumentError(L, index, "section %d: a0 is 0", static_cast<int>(i) + 1);
    for (double& b : sections[i].b) b /= a0;
    for (double& a : sections[i].a) a /= a0;
  }
  return {sections, n};
}

int PushDesign(lua_State* L, std::span<const dsp::Section> sections, DType dtype) {
  RaiseIf(L, dsp::CheckSections(sections, dtype == DType::kFloat32));
  const auto n = static_cast<int64_t>(sections.size());
  PushRounded(L, {sections[0].b, sections.size() * 6}, dtype, {n, 6});
  return 1;
}

}  // namespace moonlet
