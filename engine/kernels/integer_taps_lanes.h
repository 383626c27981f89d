// engine/kernels/integer_taps_lanes.h - DEPTHWISE_CONV_2D of int16 for integer_loops_lanes.h.
#pragma once
#include <immintrin.h>

#include <cstddef>
#include <cstdint>

#include "engine/kernels/integer_loops.h"
#include "engine/kernels/integer_sums_lanes.h"

namespace moonlet::integer_lanes {

// 16 channels, whose sums over all taps fit int32; load(address) gives those of image or filter.
template <typename L, typename Load>
[[gnu::always_inline]] inline void AddSixteenTaps(const DepthwiseTapsS16& taps, std::ptrdiff_t c,
                                                  int64_t* sums, Load load) {
  auto sum = L::Set(0);
  const int16_t* image = taps.image + c;
  const int8_t* filter = taps.filter + c;
  for (int32_t ky = 0; ky < taps.rows; ++ky) {
    for (int32_t kx = 0; kx < taps.columns; ++kx) {
      const auto x = load(image + kx * taps.image_column);
      sum = L::Add(sum, L::Multiply(x, load(filter + kx * taps.filter_column)));
    }
    image += taps.image_row;
    filter += taps.filter_row;
  }
  L::AddWide(sums + c, sum);
}

template <typename L>
void AddTapsS16(const DepthwiseTapsS16& taps, int64_t* sums) {
  // A product has 23 bits.
  if (int64_t{taps.rows} * taps.columns > 256) return scalar::AddTapsS16(taps, sums);
  std::ptrdiff_t c = 0;
  for (; c + 16 <= taps.channels; c += 16)
    AddSixteenTaps<L>(taps, c, sums, [](const auto* from) { return LoadSixteen<L>(from); });
  const std::ptrdiff_t n = taps.channels - c;
  if (n == 0) return;
  AddSixteenTaps<L>(taps, c, sums, [n](const auto* from) { return LoadSixteen<L>(from, n); });
}

}  // namespace moonlet::integer_lanes
