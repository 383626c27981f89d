#include "engine/kernels/resize.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstring>
#include <utility>

#include "engine/kernels/integer_loops.h"
#include "engine/kernels/round_half_away.h"
#include "engine/kernels/work_meter.h"

namespace moonlet {
namespace {

constexpr int32_t kPixel = 1024;  // the steps between two pixels

// A position between two pixels, which are one at the border.
struct StepPosition {
  int32_t low;
  int32_t high;
  int32_t above;  // the low one, in steps; 0 where the two are one
};

// The positions of one axis's outputs.
class StepPositions {
 public:
  StepPositions(const ResizeParams& p, const ResizeAxis& axis) : last_(axis.input - 1) {
    const bool corners = p.align_corners && axis.output > 1;
    const int64_t in = corners ? axis.input - 1 : axis.input;
    const int64_t out = corners ? axis.output - 1 : axis.output;
    scale_ = (kPixel * in + out / 2) / out;
    first_ = p.half_pixels ? scale_ / 2 - kPixel / 2 : 0;
  }
  StepPosition operator()(int32_t at) const {
    // The first may lie before all pixels.
    const int64_t position = std::max<int64_t>(0, at * scale_ + first_);
    const int64_t low = std::min(position / kPixel, last_);
    const int64_t high = std::min((position + kPixel - 1) / kPixel, last_);
    const int64_t above = low == high ? 0 : position % kPixel;
    return {static_cast<int32_t>(low), static_cast<int32_t>(high), static_cast<int32_t>(above)};
  }

 private:
  int64_t last_, scale_, first_;
};

struct RealPosition {
  int32_t low;
  int32_t high;
  float above;
};

float RealScale(const ResizeParams& p, const ResizeAxis& axis) {
  const bool corners = p.align_corners && axis.output > 1;
  const auto in = static_cast<float>(corners ? axis.input - 1 : axis.input);
  const auto out = static_cast<float>(corners ? axis.output - 1 : axis.output);
  return in / out;
}

class RealPositions {
 public:
  RealPositions(const ResizeParams& p, const ResizeAxis& axis)
      : scale_(RealScale(p, axis)),
        last_(static_cast<float>(axis.input - 1)),
        half_pixels_(p.half_pixels) {}
  RealPosition operator()(int32_t at) const {
    const auto v = static_cast<float>(at);
    const float position = half_pixels_ ? (v + 0.5f) * scale_ - 0.5f : v * scale_;
    const float low = std::clamp(std::floor(position), 0.0f, last_);
    const float high = std::clamp(std::ceil(position), 0.0f, last_);
    return {static_cast<int32_t>(low), static_cast<int32_t>(high), position - low};
  }

 private:
  float scale_, last_;
  bool half_pixels_;
};

class NearestPositions {
 public:
  NearestPositions(const ResizeParams& p, const ResizeAxis& axis)
      : scale_(RealScale(p, axis)),
        middle_(p.half_pixels ? 0.5f : 0.0f),
        last_(axis.input - 1),
        align_corners_(p.align_corners) {}
  int32_t operator()(int32_t at) const {
    const float position = (static_cast<float>(at) + middle_) * scale_;
    const int32_t nearest = RoundHalfAway(align_corners_ ? position : std::floor(position));
    return std::clamp<int32_t>(nearest, 0, last_);
  }

 private:
  float scale_, middle_;
  int32_t last_;
  bool align_corners_;
};

template <typename T, typename Position>
struct Corners {
  const T* y0x0;
  const T* y1x0;
  const T* y0x1;
  const T* y1x1;
  Position y;
  Position x;
};

// Calls mix(corners, output) for each output pixel, in order.
template <typename Positions, typename T, typename Mix>
bool ForEachPixel(const ResizeParams& p, const T* input, T* output, const StopToken& stop,
                  Mix mix) {
  using Position = decltype(std::declval<Positions>()(0));
  const Positions ys(p, p.y), xs(p, p.x);
  const std::ptrdiff_t row = std::ptrdiff_t{p.x.input} * p.channels;
  WorkMeter meter(stop);
  for (int32_t n = 0; n < p.batches; ++n, input += p.y.input * row) {
    for (int32_t oy = 0; oy < p.y.output; ++oy) {
      const Position y = ys(oy);
      const T* y0 = input + y.low * row;
      const T* y1 = input + y.high * row;
      for (int32_t ox = 0; ox < p.x.output; ++ox, output += p.channels) {
        if (!meter.Spend(8 * int64_t{p.channels})) return false;
        const Position x = xs(ox);
        const std::ptrdiff_t x0 = std::ptrdiff_t{x.low} * p.channels;
        const std::ptrdiff_t x1 = std::ptrdiff_t{x.high} * p.channels;
        mix(Corners<T, Position>{y0 + x0, y1 + x0, y0 + x1, y1 + x1, y, x}, output);
      }
    }
  }
  return true;
}

}  // namespace

void scalar::MixPixels(const PixelMixS8& mix, int8_t* output) {
  constexpr int32_t kHalf = kPixel * kPixel / 2;
  for (int32_t c = 0; c < mix.channels; ++c) {
    int32_t sum = 0;
    for (int i = 0; i < 4; ++i) sum += mix.corners[i][c] * mix.weights[i];
    output[c] = static_cast<int8_t>((sum > 0 ? sum + kHalf : sum - kHalf) / (kPixel * kPixel));
  }
}

bool ResizeBilinearS8(const ResizeParams& p, const int8_t* input, int8_t* output,
                      const StopToken& stop) {
  // A call for a few channels costs more than they do.
  const bool few = p.channels < 8;
  const auto loop = few ? scalar::MixPixels : BestIntegerLoops().mix_pixels_s8;
  const auto mix = [&p, loop](const Corners<int8_t, StepPosition>& at, int8_t* out) {
    const int32_t y1 = at.y.above, y0 = kPixel - y1;
    const int32_t x1 = at.x.above, x0 = kPixel - x1;
    const PixelMixS8 pixel = {
        {at.y0x0, at.y1x0, at.y0x1, at.y1x1}, {y0 * x0, y1 * x0, y0 * x1, y1 * x1}, p.channels};
    loop(pixel, out);
  };
  return ForEachPixel<StepPositions>(p, input, output, stop, mix);
}

bool ResizeBilinearF32(const ResizeParams& p, const float* input, float* output,
                       const StopToken& stop) {
  const auto mix = [&p](const Corners<float, RealPosition>& at, float* out) {
    const float y1 = at.y.above, y0 = 1.0f - y1;
    const float x1 = at.x.above, x0 = 1.0f - x1;
    for (int32_t c = 0; c < p.channels; ++c) {
      float sum = at.y0x0[c] * y0 * x0;
      sum += at.y1x0[c] * y1 * x0;
      sum += at.y0x1[c] * y0 * x1;
      sum += at.y1x1[c] * y1 * x1;
      out[c] = sum + 0.0f;  // +0 for -0
    }
  };
  return ForEachPixel<RealPositions>(p, input, output, stop, mix);
}

bool ResizeNearest(const ResizeParams& p, int32_t element_bytes, const uint8_t* input,
                   uint8_t* output, const StopToken& stop) {
  const NearestPositions ys(p, p.y), xs(p, p.x);
  const std::ptrdiff_t pixel = std::ptrdiff_t{p.channels} * element_bytes;
  const std::ptrdiff_t row = p.x.input * pixel;
  const std::ptrdiff_t output_row = p.x.output * pixel;
  WorkMeter meter(stop);
  for (int32_t n = 0; n < p.batches; ++n, input += p.y.input * row) {
    for (int32_t oy = 0, before = -1; oy < p.y.output; ++oy) {
      const int32_t y = ys(oy);
      if (y == before) {  // the row that was made last
        if (!meter.Spend(8 + output_row / 8)) return false;
        std::memcpy(output, output - output_row, static_cast<size_t>(output_row));
        output += output_row;
        continue;
      }
      before = y;
      for (int32_t ox = 0; ox < p.x.output; ++ox, output += pixel) {
        if (!meter.Spend(8 + pixel / 8)) return false;
        std::memcpy(output, input + y * row + xs(ox) * pixel, static_cast<size_t>(pixel));
      }
    }
  }
  return true;
}

}  // namespace moonlet
