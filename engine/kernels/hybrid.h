// engine/kernels/hybrid.h - float32 activations for int8 weights: a row of them becomes int8
// when an operator meets it, by a scale of its own, and the integer products float32 again.
// FlushDenormals as engine/kernels/conv.h says.
#pragma once
#include <cstddef>
#include <cstdint>

namespace moonlet {

struct RowScale {
  float scale = 1;
  int16_t zero = 0;
};
// q = x / scale + zero, rounded with ties away from zero. Symmetric: the farthest value is 127 or
// -127. Asymmetric: the range, with 0 in it, is -128 .. 127. A row of zeros keeps scale 1;
// NaN is 0.
RowScale QuantizeSymmetric(const float* x, size_t n, int8_t* q);
RowScale QuantizeAsymmetric(const float* x, size_t n, int8_t* q);

// The scales of a filter's output channels, or one for all of them.
class FilterScales {
 public:
  FilterScales(const float* values, int32_t n) : values_(values), step_(n > 1 ? 1 : 0) {}
  float operator[](int32_t channel) const { return values_[std::ptrdiff_t{channel} * step_]; }

 private:
  const float* values_;
  std::ptrdiff_t step_;
};

}  // namespace moonlet
