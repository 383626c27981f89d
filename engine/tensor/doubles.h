// engine/tensor/doubles.h - elements taken to double and back, for what is computed there.
//
// IEEE double arithmetic (+ - * / sqrt, no fused steps) gives the same bits on every
// target, with or without hardware for it. Outside a FlushDenormals: it would flush doubles.
#pragma once
#include "engine/base/status.h"
#include "engine/base/stop_token.h"
#include "engine/tensor/tensor.h"

namespace moonlet {

// float32 and float64 stay, anything else gives float32.
inline DType FloatResult(DType dtype) { return IsFloat(dtype) ? dtype : DType::kFloat32; }

// n elements, `step` apart. Integers above 2^53 are rounded.
void LoadDoubles(const void* from, DType dtype, Index step, Index n, double* to);
// The reverse, for float32 (rounded once, a denormal result flushed) and float64.
void StoreDoubles(const double* from, DType dtype, Index step, Index n, void* to);

// A tensor of rank 2 as a row-major matrix, and back.
Status LoadMatrix(const Tensor& t, const StopToken& stop, double* to);
Status StoreMatrix(const double* from, const Tensor& t, const StopToken& stop);

}  // namespace moonlet
