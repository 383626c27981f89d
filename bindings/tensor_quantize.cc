// bindings/tensor_quantize.cc - between real numbers and scaled integers.
#include <cmath>

#include "bindings/tensor.h"
#include "bindings/tensor_parts.h"
#include "engine/tensor/broadcast.h"
#include "engine/tensor/quantize.h"
#include "engine/tensor/view.h"

namespace moonlet {
namespace {

// Scale and zero point at 2 and 3: numbers, or one for each position of `axis`.
struct Quantization {
  Tensor scales;       // rank 0 or 1
  Tensor zero_points;  // rank 0 or 1
  int axis = -1;
  float scale = 1;
  int32_t zero_point = 0;
};

float CheckScale(lua_State* L, double scale) {
  const auto rounded = static_cast<float>(scale);
  if (!(rounded > 0 && std::isfinite(rounded)))
    ArgumentError(L, 2, "finite scale > 0 expected, got %f", scale);
  return rounded;
}

// Raises unless `t` has one element for each position of the axis.
void CheckPerAxis(lua_State* L, int index, const Tensor& t, DType dtype, Index length) {
  if (t.dtype == dtype && t.rank() == 1 && t.dim(0) == length) return;
  ArgumentError(L, index, "%s {%I} expected, one for each position of the axis, got %s %s",
                NameOf(dtype), static_cast<LUAI_UACINT>(length), NameOf(t.dtype),
                TextOf(t.shape).text);
}

Quantization CheckQuantization(lua_State* L, const Tensor& t, int axis_index) {
  Quantization q;
  const Tensor* scales = TestTensor(L, 2);
  const Tensor* zero_points = TestTensor(L, 3);
  if (scales == nullptr) {
    q.scale = CheckScale(L, luaL_checknumber(L, 2));
  } else {
    q.axis = CheckAxis(L, axis_index, t.rank());
    CheckPerAxis(L, 2, *scales, DType::kFloat32, t.dim(q.axis));
    q.scales = *scales;
    for (Index i = 0; i < q.scales.dim(0); ++i) {
      PollStop(L);
      CheckScale(L, static_cast<double>(q.scales.as<float>()[i * q.scales.strides[0]]));
    }
  }
  if (zero_points == nullptr) {
    const lua_Integer zero_point = luaL_checkinteger(L, 3);
    if (zero_point < INT32_MIN || zero_point > INT32_MAX)
      ArgumentError(L, 3, "int32 expected, got %I", static_cast<LUAI_UACINT>(zero_point));
    q.zero_point = static_cast<int32_t>(zero_point);
  } else {
    luaL_argcheck(L, scales != nullptr, 3, "integer expected, as the scale is one number");
    CheckPerAxis(L, 3, *zero_points, DType::kInt32, t.dim(q.axis));
    q.zero_points = *zero_points;
  }
  return q;
}

using Operation = Status (*)(const Tensor&, float, int32_t, const Tensor&, const StopToken&);

Status Apply(Operation operation, const Tensor& from, const Quantization& q, const Tensor& to,
             const StopToken& stop) noexcept {
  if (q.axis < 0) return operation(from, q.scale, q.zero_point, to, stop);
  for (Index i = 0; i < from.dim(q.axis); ++i) {
    if (stop.raised()) return Status::Stopped();
    const float scale = q.scales.as<float>()[i * q.scales.strides[0]];
    const int32_t zero_point = q.zero_points.data == nullptr
                                   ? q.zero_point
                                   : q.zero_points.as<int32_t>()[i * q.zero_points.strides[0]];
    const Status s =
        operation(Select(from, q.axis, i), scale, zero_point, Select(to, q.axis, i), stop);
    if (!s.ok()) return s;
  }
  return {};
}

void CheckQuantized(lua_State* L, int index, DType dtype) {
  if (IsQuantizedDType(dtype)) return;
  ArgumentError(L, index, "int8, uint8, int16 or int32 expected, got %s", NameOf(dtype));
}

int QuantizeMethod(lua_State* L) {
  const Tensor& t = *CheckTensor(L, 1);
  const DType dtype = OptDType(L, 4, DType::kInt8);
  if (t.dtype != DType::kFloat32) ArgumentError(L, 1, "float32 expected, got %s", NameOf(t.dtype));
  CheckQuantized(L, 4, dtype);
  const Quantization q = CheckQuantization(L, t, 5);
  const Tensor& out = *NewOrOut(L, 6, dtype, t.shape, {&t});
  if (Status s = Apply(QuantizeTensor, t, q, out, StopOf(L)); !s.ok()) RaiseStatus(L, s);
  return 1;
}

int DequantizeMethod(lua_State* L) {
  const Tensor& t = *CheckTensor(L, 1);
  CheckQuantized(L, 1, t.dtype);
  const Quantization q = CheckQuantization(L, t, 4);
  const Tensor& out = *NewOrOut(L, 5, DType::kFloat32, t.shape, {&t});
  if (Status s = Apply(DequantizeTensor, t, q, out, StopOf(L)); !s.ok()) RaiseStatus(L, s);
  return 1;
}

constexpr Entry kTensorQuantizeTable[] = {
    {"quantize", QuantizeMethod,
     "tensor:quantize(scale, zero_point [, dtype [, axis [, out]]]) -> tensor",
     "float32 to int8 (unless given), uint8, int16 or int32; scale > 0",
     Doc("x / scale rounded half away from zero, plus the zero point, saturated; NaN gives the "
         "zero point: the arithmetic of TFLite's QUANTIZE. With a float32 tensor as scale (and "
         "an int32 tensor or a number as zero point) each position of `axis` has its own."),
     Doc("print(tensor.new{-1, 0.25, 100}:quantize(0.5, 10)) --> tensor int8 {3}\n"
         "--> [  8,  11, 127]")},
    {"dequantize", DequantizeMethod,
     "tensor:dequantize(scale, zero_point [, axis [, out]]) -> tensor",
     "int8, uint8, int16 or int32 to float32; scale > 0",
     Doc("scale * (x - zero_point) in double, rounded once: the arithmetic of TFLite's "
         "DEQUANTIZE. Scale and zero point may be tensors with one element for each position "
         "of `axis`."),
     Doc("print(tensor.new({8, 11}, \"int8\"):dequantize(0.5, 10)) --> tensor float32 {2}\n"
         "--> [-1. ,  0.5]")},
};

}  // namespace

const std::span<const Entry> kTensorQuantizeMethods = kTensorQuantizeTable;

}  // namespace moonlet
