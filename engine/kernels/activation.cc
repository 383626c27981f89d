#include "engine/kernels/activation.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace moonlet {
namespace {

bool QuantizedLimit(float limit, float scale, int32_t zero, int16_t low, int16_t high,
                    int16_t* result) {
  const float steps = std::round(limit / scale);
  if (!(steps >= -2147483648.0f && steps < 2147483648.0f)) return false;
  const int64_t value = static_cast<int64_t>(steps) + zero;
  *result = static_cast<int16_t>(std::clamp<int64_t>(value, low, high));
  return true;
}

template <typename Output>
bool MakeOutput(Activation activation, float scale, int32_t zero, Output* output) {
  constexpr Output kWhole;
  *output = kWhole;
  output->zero = static_cast<int16_t>(zero);
  const auto limit = [&](float value, int16_t* result) {
    return QuantizedLimit(value, scale, zero, kWhole.min, kWhole.max, result);
  };
  switch (activation) {
    case Activation::kRelu:
      return limit(0, &output->min);
    case Activation::kReluN1To1:
      return limit(-1, &output->min) && limit(1, &output->max);
    case Activation::kRelu6:
      return limit(0, &output->min) && limit(6, &output->max);
    case Activation::kNone:
    case Activation::kTanh:
    case Activation::kSignBit:
      return true;
  }
  return false;
}

}  // namespace

bool MakeOutputS8(Activation activation, float scale, int32_t zero, OutputS8* output) {
  return MakeOutput(activation, scale, zero, output);
}
bool MakeOutputS16(Activation activation, float scale, int32_t zero, OutputS16* output) {
  return MakeOutput(activation, scale, zero, output);
}

RangeF32 MakeRangeF32(Activation activation) {
  constexpr float kMax = std::numeric_limits<float>::max();
  switch (activation) {
    case Activation::kRelu:
      return {0, kMax};
    case Activation::kReluN1To1:
      return {-1, 1};
    case Activation::kRelu6:
      return {0, 6};
    case Activation::kNone:
    case Activation::kTanh:
    case Activation::kSignBit:
      break;
  }
  return {-kMax, kMax};
}

RangeS32 MakeRangeS32(Activation activation) {
  using Limits = std::numeric_limits<int32_t>;
  switch (activation) {
    case Activation::kRelu:
      return {0, Limits::max()};
    case Activation::kReluN1To1:
      return {-1, 1};
    case Activation::kRelu6:
      return {0, 6};
    case Activation::kNone:
    case Activation::kTanh:
    case Activation::kSignBit:
      break;
  }
  return {Limits::min(), Limits::max()};
}

}  // namespace moonlet
