#include <algorithm>

#include "engine/kernels/softmax.h"
#include "engine/kernels/softmax_tables.h"
#include "engine/kernels/work_meter.h"

namespace moonlet {
namespace {

// Both passes over an element together, in multiply-adds.
constexpr int64_t kElementWork = 8;

// A function at x, from a table over all of int16.
int16_t Interpolate(const int16_t (&table)[513], int16_t x) {
  const int32_t i = 256 + (x >> 7);
  const int32_t slope = table[i + 1] - table[i];
  return static_cast<int16_t>(table[i] + ((slope * (x & 127) + 64) >> 7));
}

void SoftmaxRow(const SoftmaxS16Params& p, const int16_t* x, int16_t* output) {
  const int32_t largest = *std::max_element(x, x + p.depth);
  int64_t total = 0;
  for (int32_t i = 0; i < p.depth; ++i) {
    const int32_t scaled = Rescale(x[i] - largest, p.scale);
    output[i] = Interpolate(kExpTable, SaturateS16(WrapAdd(scaled, 32767)));
    total += output[i];
  }
  // sum = 2^bits * (1 + rest) steps: the table knows 1 / (1 + rest).
  const auto sum = static_cast<int32_t>(std::min<int64_t>(total, kInt32Max));
  const int zeros = CountLeadingZeros(sum);
  const int bits = 31 - zeros;
  const auto mantissa = static_cast<int32_t>(((int64_t{sum} << (zeros - 1)) + (1 << 13)) >> 14);
  const int32_t reciprocal = Interpolate(kReciprocalTable, SaturateS16(mantissa - 98304));
  for (int32_t i = 0; i < p.depth; ++i) {
    const int32_t probability = (output[i] * reciprocal + (1 << (bits - 1))) >> bits;
    output[i] = static_cast<int16_t>(std::clamp<int32_t>(probability, 0, 32767));
  }
}

}  // namespace

bool MakeSoftmaxS16(int32_t rows, int32_t depth, float beta, float input_scale,
                    SoftmaxS16Params* p) {
  p->rows = rows;
  p->depth = depth;
  return MakeMultiplier(double{input_scale} * double{beta} / (10.0 / 65535.0), &p->scale);
}

bool SoftmaxS16(const SoftmaxS16Params& p, const int16_t* input, int16_t* output,
                const StopToken& stop) {
  WorkMeter meter(stop);
  for (int32_t row = 0; row < p.rows; ++row, input += p.depth, output += p.depth) {
    if (!meter.Spend(p.depth * kElementWork)) return false;
    SoftmaxRow(p, input, output);
  }
  return true;
}

}  // namespace moonlet
