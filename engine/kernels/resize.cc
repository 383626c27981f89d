#include "engine/kernels/resize.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstring>

#include "engine/kernels/round_half_away.h"
#include "engine/kernels/work_meter.h"

namespace moonlet {
namespace {

constexpr int64_t kPixel = 1024;  // the steps between two pixels

// A position between two pixels, which are one at the border.
struct StepPosition {
  int32_t low;
  int32_t high;
  int64_t above;  // the low one, in steps; negative before the first pixel
};

StepPosition StepPositionOf(const ResizeParams& p, const ResizeAxis& axis, int32_t at) {
  const bool corners = p.align_corners && axis.output > 1;
  const int64_t in = corners ? axis.input - 1 : axis.input;
  const int64_t out = corners ? axis.output - 1 : axis.output;
  const int64_t scale = (kPixel * in + out / 2) / out;
  const int64_t position = at * scale + (p.half_pixels ? scale / 2 - kPixel / 2 : 0);
  const int64_t last = axis.input - 1;
  const int64_t low = std::clamp<int64_t>(position / kPixel, 0, last);
  const int64_t high = std::clamp<int64_t>((position + kPixel - 1) / kPixel, 0, last);
  return {static_cast<int32_t>(low), static_cast<int32_t>(high), position - kPixel * low};
}

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

RealPosition RealPositionOf(const ResizeParams& p, const ResizeAxis& axis, int32_t at) {
  const float scale = RealScale(p, axis);
  const auto v = static_cast<float>(at);
  const float position = p.half_pixels ? (v + 0.5f) * scale - 0.5f : v * scale;
  const auto last = static_cast<float>(axis.input - 1);
  const float low = std::clamp(std::floor(position), 0.0f, last);
  const float high = std::clamp(std::ceil(position), 0.0f, last);
  return {static_cast<int32_t>(low), static_cast<int32_t>(high), position - low};
}

int32_t NearestOf(const ResizeParams& p, const ResizeAxis& axis, int32_t at) {
  const float position =
      (static_cast<float>(at) + (p.half_pixels ? 0.5f : 0.0f)) * RealScale(p, axis);
  const int32_t nearest = RoundHalfAway(p.align_corners ? position : std::floor(position));
  return std::clamp<int32_t>(nearest, 0, axis.input - 1);
}

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
template <typename T, typename Position, typename Mix>
bool ForEachPixel(const ResizeParams& p, const T* input, T* output, const StopToken& stop,
                  Position (*position_of)(const ResizeParams&, const ResizeAxis&, int32_t),
                  Mix mix) {
  const std::ptrdiff_t row = std::ptrdiff_t{p.x.input} * p.channels;
  WorkMeter meter(stop);
  for (int32_t n = 0; n < p.batches; ++n, input += p.y.input * row) {
    for (int32_t oy = 0; oy < p.y.output; ++oy) {
      const Position y = position_of(p, p.y, oy);
      const T* y0 = input + y.low * row;
      const T* y1 = input + y.high * row;
      for (int32_t ox = 0; ox < p.x.output; ++ox, output += p.channels) {
        if (!meter.Spend(8 * int64_t{p.channels})) return false;
        const Position x = position_of(p, p.x, ox);
        const std::ptrdiff_t x0 = std::ptrdiff_t{x.low} * p.channels;
        const std::ptrdiff_t x1 = std::ptrdiff_t{x.high} * p.channels;
        mix(Corners<T, Position>{y0 + x0, y1 + x0, y0 + x1, y1 + x1, y, x}, output);
      }
    }
  }
  return true;
}

}  // namespace

bool ResizeBilinearS8(const ResizeParams& p, const int8_t* input, int8_t* output,
                      const StopToken& stop) {
  const auto mix = [&p](const Corners<int8_t, StepPosition>& at, int8_t* out) {
    const int64_t y1 = at.y.above, y0 = kPixel - y1;
    const int64_t x1 = at.x.above, x0 = kPixel - x1;
    constexpr int64_t kHalf = kPixel * kPixel / 2;
    for (int32_t c = 0; c < p.channels; ++c) {
      const int64_t sum =
          at.y0x0[c] * y0 * x0 + at.y1x0[c] * y1 * x0 + at.y0x1[c] * y0 * x1 + at.y1x1[c] * y1 * x1;
      out[c] = static_cast<int8_t>((sum > 0 ? sum + kHalf : sum - kHalf) / (kPixel * kPixel));
    }
  };
  return ForEachPixel(p, input, output, stop, StepPositionOf, mix);
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
  return ForEachPixel(p, input, output, stop, RealPositionOf, mix);
}

bool ResizeNearest(const ResizeParams& p, int32_t element_bytes, const uint8_t* input,
                   uint8_t* output, const StopToken& stop) {
  const std::ptrdiff_t pixel = std::ptrdiff_t{p.channels} * element_bytes;
  const std::ptrdiff_t row = p.x.input * pixel;
  WorkMeter meter(stop);
  for (int32_t n = 0; n < p.batches; ++n, input += p.y.input * row) {
    for (int32_t oy = 0; oy < p.y.output; ++oy) {
      const uint8_t* from = input + NearestOf(p, p.y, oy) * row;
      for (int32_t ox = 0; ox < p.x.output; ++ox, output += pixel) {
        if (!meter.Spend(8 + pixel / 8)) return false;
        std::memcpy(output, from + NearestOf(p, p.x, ox) * pixel, static_cast<size_t>(pixel));
      }
    }
  }
  return true;
}

}  // namespace moonlet
