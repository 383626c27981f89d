#include "bindings/dsp_rows.h"

#include "bindings/tensor_parts.h"
#include "engine/tensor/convert.h"
#include "engine/tensor/doubles.h"

namespace moonlet {
namespace {

// Elements from the start of `t` to the one at `i`, counted row-major over the first axes.
Index OffsetOf(const Tensor& t, int axes, Index i) {
  Index offset = 0;
  for (int axis = axes; axis-- > 0; i /= t.dim(axis)) offset += i % t.dim(axis) * t.strides[axis];
  return offset;
}

}  // namespace

const Tensor& CheckRank(lua_State* L, int index, int least, int most) {
  const Tensor& t = *CheckTensor(L, index);
  if (t.rank() >= least && t.rank() <= most) return t;
  const char* expected = least == most ? lua_pushfstring(L, "rank %d", least)
                                       : lua_pushfstring(L, "rank %d to %d", least, most);
  ArgumentError(L, index, "%s expected, got rank %d", expected, t.rank());
}

void CheckLast(lua_State* L, int index, const Tensor& t, Index least) {
  const Index length = t.dim(t.rank() - 1);
  if (length >= least) return;
  ArgumentError(L, index, "at least %I along the last axis expected, got %I",
                static_cast<LUAI_UACINT>(least), static_cast<LUAI_UACINT>(length));
}

const Tensor& PushAsFloats(lua_State* L, int index) {
  const Tensor& t = *CheckTensor(L, index);
  if (t.dtype == DType::kFloat32 && t.contiguous()) {
    lua_pushvalue(L, index);
    return t;
  }
  const Tensor& copy = *NewTensor(L, DType::kFloat32, t.shape);
  RaiseIf(L, Convert(t, copy, StopOf(L)));
  return copy;
}

dsp::Row RowAt(lua_State* L, const Tensor& t, Index i) {
  const int last = t.rank() - 1;
  const Index offset = OffsetOf(t, last, i);
  return {static_cast<char*>(t.data) + offset * static_cast<Index>(SizeOf(t.dtype)), t.dtype,
          t.strides[last], t.dim(last), &StopOf(L)};
}

void StoreRowResult(const Tensor& out, Index i, double value) {
  StoreDoubles(&value, DType::kFloat32, 1, 1, out.as<float>() + OffsetOf(out, out.rank(), i));
}

int PushPerRow(lua_State* L, int out_index, Index least, RowFunction* compute,
               const void* context) {
  const Tensor& x = CheckRank(L, 1, 1, kMaxRank);
  CheckLast(L, 1, x, least);
  if (x.rank() == 1 && lua_isnoneornil(L, out_index)) {
    const double value = compute(RowAt(L, x, 0), context);
    PollStop(L);
    lua_pushnumber(L, value);
    return 1;
  }
  Shape shape = x.shape;
  --shape.rank;
  const Tensor& out = *NewOrOut(L, out_index, DType::kFloat32, shape);
  if (!lua_isnoneornil(L, out_index)) CheckApart(L, out_index, out, {&x});
  for (Index i = 0; i < out.size(); ++i) {
    const double value = compute(RowAt(L, x, i), context);
    PollStop(L);
    StoreRowResult(out, i, value);
  }
  return 1;
}

}  // namespace moonlet
