#include "engine/kernels/hybrid.h"

#include <algorithm>
#include <cmath>

#include "engine/kernels/round_half_away.h"

namespace moonlet {
namespace {

struct FloatRange {
  float min = 0;
  float max = 0;
};

// Of 0 and all elements but NaN.
FloatRange RangeWithZero(const float* x, size_t n) {
  FloatRange range;
  for (size_t i = 0; i < n; ++i) {
    if (x[i] < range.min) range.min = x[i];
    if (x[i] > range.max) range.max = x[i];
  }
  return range;
}

}  // namespace

RowScale QuantizeSymmetric(const float* x, size_t n, int8_t* q) {
  const FloatRange range = RangeWithZero(x, n);
  const float farthest = std::max(-range.min, range.max);
  if (farthest == 0) {
    std::fill_n(q, n, int8_t{0});
    return {};
  }
  const float inverse = 127.0f / farthest;
  for (size_t i = 0; i < n; ++i)
    q[i] = static_cast<int8_t>(std::clamp<int32_t>(RoundHalfAway(x[i] * inverse), -127, 127));
  return {farthest / 127.0f, 0};
}

// The zero point follows from the end of the range whose computation loses less.
RowScale QuantizeAsymmetric(const float* x, size_t n, int8_t* q) {
  const FloatRange range = RangeWithZero(x, n);
  if (range.min == range.max) {
    std::fill_n(q, n, int8_t{0});
    return {};
  }
  const double min = double{range.min}, max = double{range.max};
  const double scale = (max - min) / 255;
  const double steps_below = min / scale, steps_above = max / scale;
  const double error_below = 128 + std::fabs(steps_below);
  const double error_above = 127 + std::fabs(steps_above);
  const double exact = error_below < error_above ? -128 - steps_below : 127 - steps_above;
  // Not a number where the range is infinite; then no step is a number either.
  const double nearest = exact == exact ? std::round(exact) : 0;
  const auto zero = static_cast<int16_t>(std::clamp(nearest, -128.0, 127.0));
  const auto narrow = static_cast<float>(scale);
  const float inverse = 1.0f / narrow;
  const auto offset = static_cast<float>(zero);
  for (size_t i = 0; i < n; ++i) {
    const float steps = offset + x[i] * inverse;
    q[i] = static_cast<int8_t>(
        std::clamp<int32_t>(steps == steps ? RoundHalfAway(steps) : zero, -128, 127));
  }
  return {narrow, zero};
}

}  // namespace moonlet
