#include "bindings/dsp_signal.h"

#include "engine/tensor/broadcast.h"
#include "engine/tensor/convert.h"

namespace moonlet {

const Tensor& CheckSignal(lua_State* L, int index) {
  const Tensor& x = *CheckTensor(L, index);
  if (x.dtype != DType::kFloat32) {
    ArgumentError(L, index, "float32 expected, got %s (see tensor:astype)", NameOf(x.dtype));
  }
  if (x.rank() == 0 || x.dim(x.rank() - 1) == 0) {
    ArgumentError(L, index, "a signal of 1 or more samples expected, got shape %s",
                  TextOf(x.shape).text);
  }
  if (x.contiguous()) return x;
  const Tensor& dense = *NewTensor(L, x.dtype, x.shape);
  RaiseIf(L, Convert(x, dense, StopOf(L)));
  lua_replace(L, index);
  return dense;
}

const Tensor& CheckVector(lua_State* L, int index) {
  const Tensor& x = CheckSignal(L, index);
  if (x.rank() != 1) {
    ArgumentError(L, index, "rank 1 expected, got shape %s", TextOf(x.shape).text);
  }
  return x;
}

const Tensor& CheckComplexSignal(lua_State* L, int index) {
  const Tensor& x = CheckSignal(L, index);
  const int rank = x.rank();
  if (x.dim(rank - 1) != 2 || (rank > 1 && x.dim(rank - 2) == 0)) {
    ArgumentError(L, index, "complex numbers, shape {..., 2}, expected, got shape %s",
                  TextOf(x.shape).text);
  }
  return x;
}

namespace {

SignalOut PushDense(lua_State* L, Tensor* out) {
  if (out->contiguous()) return {out, out};
  const Tensor* dense = NewTensor(L, out->dtype, out->shape);
  lua_insert(L, -2);
  return {out, dense};
}

}  // namespace

SignalOut PushSignalInPlace(lua_State* L, int index, const Shape& shape,
                            std::initializer_list<const Tensor*> inputs) {
  return PushDense(L, NewOrOut(L, index, DType::kFloat32, shape, inputs));
}

SignalOut PushSignalOut(lua_State* L, int index, const Shape& shape,
                        std::initializer_list<const Tensor*> inputs) {
  Tensor* out = NewOrOut(L, index, DType::kFloat32, shape);
  CheckApart(L, index, *out, inputs);
  return PushDense(L, out);
}

int ReturnSignal(lua_State* L, const SignalOut& result, const Status& status) {
  RaiseIf(L, status);
  if (result.out != result.dense) RaiseIf(L, Convert(*result.dense, *result.out, StopOf(L)));
  return 1;
}

Shape WithLastAxes(lua_State* L, const Shape& shape, int drop, std::initializer_list<Index> more) {
  int64_t dims[2 * kMaxRank];
  int rank = 0;
  for (; rank < shape.rank - drop; ++rank) dims[rank] = shape.dims[rank];
  for (const Index length : more) dims[rank++] = length;
  Shape result;
  const std::span<const int64_t> all(dims, static_cast<size_t>(rank));
  if (!ShapeFrom(all, DType::kFloat32, &result))
    RaiseStatus(L, Status::Invalid("the result has too many axes or elements"));
  return result;
}

float* PushFloats(lua_State* L, size_t n) {
  return static_cast<float*>(lua_newuserdatauv(L, n * sizeof(float), 0));
}

}  // namespace moonlet
