#include "engine/kernels/log_softmax.h"

#include <algorithm>
#include <limits>

#include "engine/kernels/float_kernels.h"
#include "engine/kernels/softmax.h"
#include "engine/kernels/work_meter.h"

namespace moonlet {
namespace {

void LogSoftmaxRow(const LogSoftmaxS8Params& p, const int8_t* x, int8_t* output) {
  const int32_t largest = *std::max_element(x, x + p.depth);
  int64_t total = 0;
  for (int32_t i = 0; i < p.depth; ++i) {
    const int32_t difference = x[i] - largest;
    if (difference < p.lowest_difference) continue;
    const int32_t e = ExpOnNegative(kDifferenceBits, Rescale(difference, p.scale));
    total += RoundingShiftRight(e, kSumBits);
  }
  const int32_t log_of_sum =
      LogOfAtLeastOne(static_cast<int32_t>(std::min<int64_t>(total, kInt32Max)));
  // Differences whose distance to the logarithm fits Q5.
  const int32_t lowest =
      std::max(p.lowest_difference - 1, Rescale(WrapAdd(log_of_sum, kInt32Min), p.back));
  constexpr int kToOutput = 31 - kDifferenceBits - 4;
  for (int32_t i = 0; i < p.depth; ++i) {
    const int32_t difference = x[i] - largest;
    if (difference <= lowest) {
      output[i] = -128;
      continue;
    }
    const int32_t log = WrapSub(Rescale(difference, p.scale), log_of_sum);
    output[i] = static_cast<int8_t>(
        std::clamp<int32_t>(RoundingShiftRight(log, kToOutput) + 127, -128, 127));
  }
}

void LogSoftmaxRow(const LogSoftmaxF32Params& p, const float* x, float* output) {
  const FloatKernels<float>& kernels = Kernels<float>();
  const auto depth = static_cast<size_t>(p.depth);
  float largest = std::numeric_limits<float>::lowest();
  for (size_t i = 0; i < depth; ++i) largest = x[i] > largest ? x[i] : largest;
  for (size_t i = 0; i < depth; ++i) output[i] = x[i] - largest;
  kernels.exp(output, output, depth);
  float lanes[kLanes] = {};
  kernels.add(lanes, output, depth);
  float log_of_sum = kernels.sum_lanes(lanes);
  kernels.log(&log_of_sum, &log_of_sum, 1);
  for (size_t i = 0; i < depth; ++i) output[i] = (x[i] - largest) - log_of_sum;
}

template <typename Params, typename T>
bool LogSoftmaxRows(const Params& p, const T* input, T* output, const StopToken& stop) {
  WorkMeter meter(stop);
  for (int32_t row = 0; row < p.rows; ++row, input += p.depth, output += p.depth) {
    if (!meter.Spend(p.depth * kExpWork)) return false;
    LogSoftmaxRow(p, input, output);
  }
  return true;
}

}  // namespace

bool MakeLogSoftmaxS8(int32_t rows, int32_t depth, float input_scale, LogSoftmaxS8Params* p) {
  p->rows = rows;
  p->depth = depth;
  const double scale = double{input_scale} * (1 << (31 - kDifferenceBits));
  if (!MakeMultiplierAboveOne(std::min(scale, double{kInt32Max}), &p->scale)) return false;
  p->lowest_difference = -InputRadius(kDifferenceBits, p->scale.shift);
  const auto one = static_cast<double>(int64_t{1} << (31 - p->scale.shift));
  return MakeMultiplierBelowOne(one / p->scale.value, &p->back);
}

bool LogSoftmaxS8(const LogSoftmaxS8Params& p, const int8_t* input, int8_t* output,
                  const StopToken& stop) {
  return LogSoftmaxRows(p, input, output, stop);
}
bool LogSoftmaxF32(const LogSoftmaxF32Params& p, const float* input, float* output,
                   const StopToken& stop) {
  return LogSoftmaxRows(p, input, output, stop);
}

}  // namespace moonlet
