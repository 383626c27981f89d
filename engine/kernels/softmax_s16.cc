#include <algorithm>

#include "engine/kernels/integer_loops.h"
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

}  // namespace

// sum = 2^bits * (1 + rest) steps: the table knows 1 / (1 + rest).
SoftmaxReciprocalS16 MakeSoftmaxReciprocalS16(int64_t sum) {
  const auto most = static_cast<int32_t>(std::min<int64_t>(sum, kInt32Max));
  const int zeros = CountLeadingZeros(most);
  const auto mantissa = static_cast<int32_t>(((int64_t{most} << (zeros - 1)) + (1 << 13)) >> 14);
  return {Interpolate(kReciprocalTable, SaturateS16(mantissa - 98304)), 31 - zeros};
}

void scalar::SoftmaxS16Row(const SoftmaxS16Params& p, const int16_t* x, int16_t* output) {
  const int32_t largest = *std::max_element(x, x + p.depth);
  int64_t total = 0;
  for (int32_t i = 0; i < p.depth; ++i) {
    const int32_t scaled = Rescale(x[i] - largest, p.scale);
    output[i] = Interpolate(kExpTable, SaturateS16(WrapAdd(scaled, 32767)));
    total += output[i];
  }
  const SoftmaxReciprocalS16 inverse = MakeSoftmaxReciprocalS16(total);
  for (int32_t i = 0; i < p.depth; ++i) {
    const int32_t scaled = output[i] * inverse.value;
    const int32_t probability = (scaled + (1 << (inverse.bits - 1))) >> inverse.bits;
    output[i] = static_cast<int16_t>(std::clamp<int32_t>(probability, 0, 32767));
  }
}

bool MakeSoftmaxS16(int32_t rows, int32_t depth, float beta, float input_scale,
                    SoftmaxS16Params* p) {
  p->rows = rows;
  p->depth = depth;
  return MakeMultiplier(double{input_scale} * double{beta} / (10.0 / 65535.0), &p->scale);
}

bool SoftmaxS16(const SoftmaxS16Params& p, const int16_t* input, int16_t* output,
                const StopToken& stop) {
  const auto loop = BestIntegerLoops().softmax_s16_row;
  WorkMeter meter(stop);
  for (int32_t row = 0; row < p.rows; ++row, input += p.depth, output += p.depth) {
    if (!meter.Spend(p.depth * kElementWork)) return false;
    loop(p, input, output);
  }
  return true;
}

}  // namespace moonlet
