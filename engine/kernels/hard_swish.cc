#include "engine/kernels/hard_swish.h"

#include <algorithm>

#include "engine/kernels/each_element.h"
#include "engine/kernels/fixed_point.h"

namespace moonlet {
namespace {

int32_t SaturateS16(int64_t x) {
  return static_cast<int32_t>(std::clamp<int64_t>(x, -32768, 32767));
}

// The high half of the doubled product of int16 values, ties up.
int32_t HighMulS16(int32_t a, int32_t b) { return SaturateS16((a * b + (1 << 14)) >> 15); }

// The upper 16 bits of a factor.
int32_t HighHalf(int32_t value) {
  return value >= kInt32Max - 0x8000 ? 32767 : (value + 0x8000) >> 16;
}

struct HardSwishScales {
  Multiplier output;  // from 1/128 of the input's steps to the output's
  Multiplier relu;    // and to steps of 3 / 2^15, where -3 .. 3 fill int16
};

// An int8 difference from the zero point to steps of the output, all in int16.
int32_t HardSwish(int32_t difference, const HardSwishScales& scales) {
  const int32_t x = difference * 128;
  const int32_t as_output = HighMulS16(x, HighHalf(scales.output.value));
  const int shift = scales.relu.shift;
  int32_t gate = x;
  // Two halves of a shift left, so that the last bit of the product counts. What is not 0
  // saturates long before 2^16.
  if (shift > 0) gate = SaturateS16(int64_t{gate} << std::min(shift - 1, 16));
  gate = HighMulS16(gate, HighHalf(scales.relu.value));
  if (shift > 0) gate = SaturateS16(2 * gate);
  if (shift < 0) gate = RoundingShiftRight(gate, -shift);
  gate = (gate + 32768) >> 1;  // 0 .. 1 in steps of 2^-15
  return RoundingShiftRight(gate * as_output / 32768, -scales.output.shift);
}

}  // namespace

bool MakeHardSwishTable(float input_scale, int32_t input_zero, float output_scale,
                        int32_t output_zero, ByteTable* table) {
  HardSwishScales scales;
  const float fine = input_scale / 128.0f;
  const float output_factor = fine / output_scale;
  const float relu_factor = fine / (3.0f / 32768.0f);
  if (!MakeMultiplier(double{output_factor}, &scales.output) || scales.output.shift > 0 ||
      !MakeMultiplier(double{relu_factor}, &scales.relu))
    return false;
  *table = MakeByteTable([&](int32_t x) {
    const int32_t value = HardSwish(x - input_zero, scales) + output_zero;
    return static_cast<int8_t>(std::clamp<int32_t>(value, -128, 127));
  });
  return true;
}

bool HardSwishF32(const float* input, size_t n, float* output, const StopToken& stop) {
  return ForEachElement(input, n, output, stop, [](float x) {
    float gate = x + 3.0f;
    gate = gate < 0.0f ? 0.0f : gate;
    gate = gate > 6.0f ? 6.0f : gate;
    return x * gate / 6.0f;
  });
}

}  // namespace moonlet
