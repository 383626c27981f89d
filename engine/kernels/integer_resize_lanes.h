// engine/kernels/integer_resize_lanes.h - RESIZE_BILINEAR for integer_loops_lanes.h.
#pragma once
#include <immintrin.h>

#include <cstddef>
#include <cstdint>

#include "engine/kernels/integer_loops.h"
#include "engine/kernels/integer_scales_lanes.h"

namespace moonlet::integer_lanes {

template <typename L>
void MixPixels(const PixelMixS8& mix, int8_t* output) {
  using Vector = typename L::Vector;
  const Vector weights[4] = {L::Set(mix.weights[0]), L::Set(mix.weights[1]), L::Set(mix.weights[2]),
                             L::Set(mix.weights[3])};
  const auto mean = [&](auto load) {
    Vector sum = L::Multiply(load(mix.corners[0]), weights[0]);
    for (int i = 1; i < 4; ++i) sum = L::Add(sum, L::Multiply(load(mix.corners[i]), weights[i]));
    const Vector rounded = L::Add(L::Magnitude(sum), L::Set(1 << 19));
    const Vector magnitude = L::template ShiftDown<20>(rounded);
    return L::Select(L::Negative(sum), L::Subtract(L::Set(0), magnitude), magnitude);
  };
  const std::ptrdiff_t channels = mix.channels;
  std::ptrdiff_t c = 0;
  for (; c + 16 <= channels; c += 16) {
    StoreSixteen<L>(output + c, mean([c](const int8_t* from) { return LoadSixteen<L>(from + c); }));
  }
  const std::ptrdiff_t n = channels - c;
  if (n == 0) return;
  StoreSixteen<L>(output + c,
                  mean([c, n](const int8_t* from) { return LoadSixteen<L>(from + c, n); }), n);
}

}  // namespace moonlet::integer_lanes
