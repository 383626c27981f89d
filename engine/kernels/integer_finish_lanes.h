// engine/kernels/integer_finish_lanes.h - from int64 sums to int16 outputs for
// integer_loops_lanes.h.
#pragma once
#include <immintrin.h>

#include <cstddef>
#include <cstdint>

#include "engine/kernels/integer_loops.h"

namespace moonlet::integer_lanes {

template <typename L>
void FinishWide(const WideFinish& f, const int64_t* sums, int32_t n, int16_t* output) {
  if (!f.plain) return scalar::FinishWide(f, sums, n, output);
  const auto scaled = L::RescaledWide(sums, f.bias, f.factor, f.shift);
  const auto placed = L::Add(scaled, L::Set(f.output.zero));
  const auto clamped = L::Clamped(placed, f.output.min, f.output.max);
  if (n < kWideChannels) return L::StoreWords(output, clamped, n);
  L::StoreWords(output, clamped);
}

}  // namespace moonlet::integer_lanes
