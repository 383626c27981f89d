#include "engine/kernels/softmax.h"

#include <algorithm>
#include <limits>

#include "engine/kernels/float_kernels.h"
#include "engine/kernels/integer_loops.h"
#include "engine/kernels/work_meter.h"

namespace moonlet {
namespace {

int32_t ExpOfDifference(int32_t difference, Multiplier scale) {
  return ExpOnNegative(kDifferenceBits, HighMul(WrapShl(difference, scale.shift), scale.value));
}

// Exponentials of a row, the first of which are kept from one use to the next.
class RowExponentials {
 public:
  RowExponentials(const SoftmaxS8Params& p, const int8_t* x) : p_(p), x_(x) {
    largest_ = *std::max_element(x, x + p.depth);
    for (int32_t i = 0; i < std::min(p.depth, kKept); ++i)
      if (Counts(i)) kept_[i] = Compute(i);
  }
  // Whether entry i is not so far below the maximum that its probability is 0.
  bool Counts(int32_t i) const { return x_[i] - largest_ >= p_.lowest_difference; }
  int32_t operator[](int32_t i) const { return i < kKept ? kept_[i] : Compute(i); }

 private:
  static constexpr int32_t kKept = 32;

  int32_t Compute(int32_t i) const { return ExpOfDifference(x_[i] - largest_, p_.scale); }

  const SoftmaxS8Params& p_;
  const int8_t* x_;
  int32_t largest_;
  int32_t kept_[kKept];
};

}  // namespace

template <typename To>
void scalar::SoftmaxS8Row(const SoftmaxS8Params& p, const int8_t* x, To* output) {
  constexpr int32_t kNone = std::numeric_limits<To>::min();
  constexpr int32_t kMost = std::numeric_limits<To>::max();
  const RowExponentials exponentials(p, x);
  // More than 4095 maxima do not fit. The result is 0 long before that.
  int64_t total = 0;
  for (int32_t i = 0; i < p.depth; ++i)
    if (exponentials.Counts(i)) total += RoundingShiftRight(exponentials[i], kSumBits);
  const auto sum = static_cast<int32_t>(std::min<int64_t>(total, kInt32Max));
  const Reciprocal inverse = MakeReciprocal(sum, kSumBits);
  const int shift = inverse.exponent + 31 - 8 * static_cast<int>(sizeof(To));
  for (int32_t i = 0; i < p.depth; ++i) {
    if (!exponentials.Counts(i)) {
      output[i] = kNone;
      continue;
    }
    const int32_t scaled = HighMul(inverse.value, exponentials[i]);
    const int32_t probability = RoundingShiftRight(scaled, shift);
    output[i] = static_cast<To>(std::clamp(probability + kNone, kNone, kMost));
  }
}

namespace {

void SoftmaxRow(const SoftmaxF32Params& p, const float* x, float* output) {
  const FloatKernels<float>& kernels = Kernels<float>();
  const auto depth = static_cast<size_t>(p.depth);
  float largest = std::numeric_limits<float>::lowest();
  for (size_t i = 0; i < depth; ++i) largest = x[i] > largest ? x[i] : largest;
  for (size_t i = 0; i < depth; ++i) output[i] = (x[i] - largest) * p.beta;
  kernels.exp(output, output, depth);
  float lanes[kLanes] = {};
  kernels.add(lanes, output, depth);
  const float sum = kernels.sum_lanes(lanes);
  for (size_t i = 0; i < depth; ++i) output[i] /= sum;
}

// Calls row_of(p, input, output) for each row.
template <typename Params, typename From, typename To>
bool SoftmaxRows(const Params& p, const From* input, To* output, const StopToken& stop,
                 void (*row_of)(const Params&, const From*, To*)) {
  WorkMeter meter(stop);
  for (int32_t row = 0; row < p.rows; ++row, input += p.depth, output += p.depth) {
    if (!meter.Spend(p.depth * kExpWork)) return false;
    row_of(p, input, output);
  }
  return true;
}

}  // namespace

bool MakeSoftmaxS8(int32_t rows, int32_t depth, float beta, float input_scale, SoftmaxS8Params* p) {
  p->rows = rows;
  p->depth = depth;
  const double scale = double{beta} * double{input_scale} * (1 << (31 - kDifferenceBits));
  if (!MakeMultiplierAboveOne(std::min(scale, double{kInt32Max}), &p->scale)) return false;
  p->lowest_difference = -InputRadius(kDifferenceBits, p->scale.shift);
  return true;
}

template <>
bool SoftmaxS8(const SoftmaxS8Params& p, const int8_t* input, int8_t* output,
               const StopToken& stop) {
  return SoftmaxRows(p, input, output, stop, BestIntegerLoops().softmax_s8_row);
}
template <>
bool SoftmaxS8(const SoftmaxS8Params& p, const int8_t* input, int16_t* output,
               const StopToken& stop) {
  return SoftmaxRows(p, input, output, stop, scalar::SoftmaxS8Row<int16_t>);
}
bool SoftmaxF32(const SoftmaxF32Params& p, const float* input, float* output,
                const StopToken& stop) {
  return SoftmaxRows(p, input, output, stop, SoftmaxRow);
}

template void scalar::SoftmaxS8Row(const SoftmaxS8Params&, const int8_t*, int8_t*);

}  // namespace moonlet
