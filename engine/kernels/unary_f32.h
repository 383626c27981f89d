// engine/kernels/unary_f32.h - float32 functions of one element that add, multiply and
// round: exact, or rounded once. exp, log, sin, cos and sqrt are in float_kernels.h.
// y may be x. FlushDenormals as engine/kernels/conv.h says.
#pragma once
#include <cstddef>

namespace moonlet {

// Bits are moved: denormals and NaN stay what they are.
void AbsF32(const float* x, float* y, size_t n);
void NegF32(const float* x, float* y, size_t n);

void CeilF32(const float* x, float* y, size_t n);
void FloorF32(const float* x, float* y, size_t n);
// To the nearest integer, ties to even. As in the reference 0 made from below is +0.
void RoundF32(const float* x, float* y, size_t n);
void RsqrtF32(const float* x, float* y, size_t n);  // 1 / sqrt(x)
void SignF32(const float* x, float* y, size_t n);   // -1, 0 or 1; 0 for NaN
void SquareF32(const float* x, float* y, size_t n);

}  // namespace moonlet
