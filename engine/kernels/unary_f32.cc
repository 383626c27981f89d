#include "engine/kernels/unary_f32.h"

#include <cmath>

#include "engine/kernels/float_bits.h"

namespace moonlet {
namespace {

constexpr uint32_t kSignBit = 0x80000000u;

float RoundToEven(float x) {
  const float below = std::floor(x);
  const float rest = x - below;
  // A tie has few enough bits before the point for int32.
  const bool down = rest < 0.5f || (rest == 0.5f && static_cast<int32_t>(below) % 2 == 0);
  return down ? below : below + 1.0f;
}

}  // namespace

void AbsF32(const float* x, float* y, size_t n) {
  for (size_t i = 0; i < n; ++i) y[i] = FloatOf(BitsOf(x[i]) & ~kSignBit);
}
void NegF32(const float* x, float* y, size_t n) {
  for (size_t i = 0; i < n; ++i) y[i] = FloatOf(BitsOf(x[i]) ^ kSignBit);
}

// The C library's floor may look at bits, where the mode does not reach denormals.
void CeilF32(const float* x, float* y, size_t n) {
  for (size_t i = 0; i < n; ++i) y[i] = std::ceil(Flushed(x[i]));
}
void FloorF32(const float* x, float* y, size_t n) {
  for (size_t i = 0; i < n; ++i) y[i] = std::floor(Flushed(x[i]));
}
void RoundF32(const float* x, float* y, size_t n) {
  for (size_t i = 0; i < n; ++i) y[i] = RoundToEven(Flushed(x[i]));
}

void RsqrtF32(const float* x, float* y, size_t n) {
  for (size_t i = 0; i < n; ++i) y[i] = 1.0f / std::sqrt(x[i]);
}
void SignF32(const float* x, float* y, size_t n) {
  for (size_t i = 0; i < n; ++i) y[i] = x[i] > 0 ? 1.0f : x[i] < 0 ? -1.0f : 0.0f;
}
void SquareF32(const float* x, float* y, size_t n) {
  for (size_t i = 0; i < n; ++i) y[i] = x[i] * x[i];
}

}  // namespace moonlet
