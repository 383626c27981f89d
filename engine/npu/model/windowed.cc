#include <algorithm>
#include <limits>

#include "engine/kernels/work_meter.h"
#include "engine/npu/model/arithmetic.h"
#include "engine/npu/model/operators.h"

namespace moonlet::npu {
namespace {

// Accumulators have 32 or 40 bits.
int64_t Accumulated(const Operation& op, int64_t sum) {
  const int unused = op.acc_format == AccFormat::kInt40 ? 24 : 32;
  return static_cast<int64_t>(static_cast<uint64_t>(sum) << unused) >> unused;
}

// The gathered IFM under the windows of a stripe.
class Windows {
 public:
  Windows(const Operation& op, const Stripe& stripe, const int32_t* ifm)
      : op_(op),
        stripe_(stripe),
        ifm_(ifm),
        height_(GridHeight(op)),
        width_(GridWidth(op)),
        up_(op.upscale == Upscale::kNone ? 0 : 1) {}

  // Calls body(tap, pixel) for the taps inside the IFM; the pixel is null where upscaling put
  // zeros.
  template <typename Body>
  void ForEachTap(int32_t oy, int32_t ox, Body body) const {
    const Kernel& k = op_.kernel;
    const int32_t y0 = oy * k.stride_y - op_.padding.top;
    const int32_t x0 = ox * k.stride_x - op_.padding.left;
    for (int32_t ky = 0; ky < k.height; ++ky) {
      const int32_t y = y0 + ky * k.dilation_y;
      if (y < 0 || y >= height_) continue;
      for (int32_t kx = 0; kx < k.width; ++kx) {
        const int32_t x = x0 + kx * k.dilation_x;
        if (x < 0 || x >= width_) continue;
        body(std::ptrdiff_t{ky} * k.width + kx, Pixel(y, x));
      }
    }
  }

 private:
  const int32_t* Pixel(int32_t y, int32_t x) const {
    if (op_.upscale == Upscale::kZeros && ((y | x) & 1) != 0) return nullptr;
    const std::ptrdiff_t row = (y >> up_) - stripe_.ifm_first;
    return ifm_ + (row * op_.ifm.width + (x >> up_)) * op_.ifm.depth;
  }

  const Operation& op_;
  const Stripe& stripe_;
  const int32_t* ifm_;
  int32_t height_;
  int32_t width_;
  int up_;
};

int64_t Dot(const int32_t* pixel, const Filter& filter, std::ptrdiff_t at, int32_t count) {
  int64_t sum = 0;
  if (filter.narrow != nullptr)
    for (int32_t c = 0; c < count; ++c) sum += int64_t{pixel[c]} * filter.narrow[at + c];
  else
    for (int32_t c = 0; c < count; ++c) sum += int64_t{pixel[c]} * filter.wide[at + c];
  return sum;
}

int32_t FinishSum(const Operation& op, const Filter& filter, int32_t channel, int64_t sum,
                  const OutputStage& stage) {
  const ScaleRecord record = filter.record(channel);
  const int64_t biased = Accumulated(op, sum + record.bias);
  return stage.Finish(ScaleValue(biased, record.scale, op.rounding));
}

// Calls result(oy, ox, channel) for each output of a stripe, in their order in memory.
template <typename Result>
bool ForEachOutput(const Operation& op, const Stripe& stripe, int64_t work, int32_t* ofm,
                   const StopToken& stop, Result result) {
  WorkMeter meter(stop);
  for (int32_t oy = stripe.first; oy < stripe.first + stripe.rows; ++oy)
    for (int32_t ox = 0; ox < op.ofm.width; ++ox)
      for (int32_t c = 0; c < op.ofm.depth; ++c) {
        if (!meter.Spend(work)) return false;
        *ofm++ = result(oy, ox, c);
      }
  return true;
}

int64_t Taps(const Operation& op) { return int64_t{op.kernel.height} * op.kernel.width; }

// Half away from zero, as TFLite: compiled models that say otherwise want it too.
int64_t Mean(int64_t sum, int64_t count) {
  if (count == 0) return 0;
  return (sum >= 0 ? sum + count / 2 : sum - count / 2) / count;
}

int64_t LargestIn(const Windows& windows, int32_t oy, int32_t ox, int32_t channel) {
  int64_t largest = std::numeric_limits<int32_t>::min();
  windows.ForEachTap(oy, ox, [&](std::ptrdiff_t, const int32_t* pixel) {
    largest = std::max<int64_t>(largest, pixel != nullptr ? pixel[channel] : 0);
  });
  return largest;
}

// Channels whose sums are taken together: neighbours in memory.
constexpr int32_t kAveraged = 32;

void AveragesIn(const Operation& op, const Windows& windows, const OutputStage& stage, int32_t oy,
                int32_t ox, int32_t* ofm) {
  for (int32_t first = 0; first < op.ofm.depth; first += kAveraged) {
    const int32_t channels = std::min(kAveraged, op.ofm.depth - first);
    int64_t sums[kAveraged] = {};
    int64_t count = 0;
    windows.ForEachTap(oy, ox, [&](std::ptrdiff_t, const int32_t* pixel) {
      ++count;
      for (int32_t c = 0; c < channels && pixel != nullptr; ++c) sums[c] += pixel[first + c];
    });
    for (int32_t c = 0; c < channels; ++c) {
      const int64_t sum = Accumulated(op, sums[c]);
      ofm[first + c] = stage.Finish(op.global_scale ? ScaleValue(sum, op.ofm_scale, op.rounding)
                                                    : Mean(sum, count));
    }
  }
}

bool PlainAverage(const Operation& op, const Stripe& stripe, const OutputStage& stage,
                  const int32_t* ifm, int32_t* ofm, const StopToken& stop) {
  const Windows windows(op, stripe, ifm);
  WorkMeter meter(stop);
  for (int32_t oy = stripe.first; oy < stripe.first + stripe.rows; ++oy)
    for (int32_t ox = 0; ox < op.ofm.width; ++ox, ofm += op.ofm.depth) {
      if (!meter.Spend(Taps(op) * op.ofm.depth)) return false;
      AveragesIn(op, windows, stage, oy, ox, ofm);
    }
  return true;
}

int64_t SumIn(const Operation& op, const Windows& windows, int32_t oy, int32_t ox) {
  int64_t sum = 0;
  windows.ForEachTap(oy, ox, [&](std::ptrdiff_t, const int32_t* pixel) {
    if (pixel == nullptr) return;
    for (int32_t c = 0; c < op.ifm.depth; ++c) sum += pixel[c];
  });
  sum = Accumulated(op, sum);
  return op.ifm.element.bytes == 4 ? sum : ScaleValue(sum, op.ofm_scale, op.rounding);
}

}  // namespace

Stripe StripeAt(const Operation& op, int32_t first, int32_t rows) {
  if (op.kind == OperationKind::kElementwise) return {first, rows, first, rows};
  const int32_t height = GridHeight(op);
  const int32_t top = first * op.kernel.stride_y - op.padding.top;
  const int32_t end = top + (rows - 1) * op.kernel.stride_y + op.kernel.dilated_height();
  const int32_t from = std::clamp(top, int32_t{0}, height);
  const int32_t to = std::clamp(end, from, height);
  const int up = op.upscale == Upscale::kNone ? 0 : 1;
  return {first, rows, from >> up, to > from ? ((to - 1) >> up) + 1 - (from >> up) : 0};
}

bool PlainConv(const Operation& op, const Stripe& stripe, const Filter& filter,
               const OutputStage& stage, const int32_t* ifm, int32_t* ofm, const StopToken& stop) {
  const Windows windows(op, stripe, ifm);
  const int32_t depth = op.ifm.depth;
  const int64_t taps = Taps(op);
  return ForEachOutput(op, stripe, taps * depth, ofm, stop, [&](int32_t y, int32_t x, int32_t c) {
    int64_t sum = 0;
    windows.ForEachTap(y, x, [&](std::ptrdiff_t tap, const int32_t* pixel) {
      const auto at = static_cast<std::ptrdiff_t>((c * taps + tap) * depth);
      if (pixel != nullptr) sum += Dot(pixel, filter, at, depth);
    });
    return FinishSum(op, filter, c, sum, stage);
  });
}

bool PlainDepthwise(const Operation& op, const Stripe& stripe, const Filter& filter,
                    const OutputStage& stage, const int32_t* ifm, int32_t* ofm,
                    const StopToken& stop) {
  const Windows windows(op, stripe, ifm);
  const std::ptrdiff_t depth = op.ofm.depth;
  return ForEachOutput(op, stripe, Taps(op), ofm, stop, [&](int32_t y, int32_t x, int32_t c) {
    int64_t sum = 0;
    windows.ForEachTap(y, x, [&](std::ptrdiff_t tap, const int32_t* pixel) {
      if (pixel != nullptr) sum += Dot(pixel + c, filter, tap * depth + c, 1);
    });
    return FinishSum(op, filter, c, sum, stage);
  });
}

bool PlainPool(const Operation& op, const Stripe& stripe, const OutputStage& stage,
               const int32_t* ifm, int32_t* ofm, const StopToken& stop) {
  if (op.pool == PoolMode::kAverage) return PlainAverage(op, stripe, stage, ifm, ofm, stop);
  const Windows windows(op, stripe, ifm);
  const bool over_depth = op.pool == PoolMode::kReduceSum;
  const int64_t work = Taps(op) * (over_depth ? op.ifm.depth : 1);
  return ForEachOutput(op, stripe, work, ofm, stop, [&](int32_t y, int32_t x, int32_t c) {
    return stage.Finish(over_depth ? SumIn(op, windows, y, x) : LargestIn(windows, y, x, c));
  });
}

}  // namespace moonlet::npu
