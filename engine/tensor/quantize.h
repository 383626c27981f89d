// engine/tensor/quantize.h - TFLite's QUANTIZE and DEQUANTIZE on tensors
// (engine/kernels/quantize.h has the arithmetic).
#pragma once
#include "engine/base/status.h"
#include "engine/base/stop_token.h"
#include "engine/tensor/tensor.h"

namespace moonlet {

// float32 to int8, uint8, int16 or int32, and back, with one scale and zero point.
// Requires a finite scale > 0 and equal shapes; kUnsupported for other dtypes.
Status QuantizeTensor(const Tensor& from, float scale, int32_t zero_point, const Tensor& to,
                      const StopToken& stop) noexcept;
Status DequantizeTensor(const Tensor& from, float scale, int32_t zero_point, const Tensor& to,
                        const StopToken& stop) noexcept;

// The dtypes that hold quantised values here.
bool IsQuantizedDType(DType dtype);

}  // namespace moonlet
