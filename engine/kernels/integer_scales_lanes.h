// engine/kernels/integer_scales_lanes.h - from one scale to another, and to real numbers and back,
// for integer_loops_lanes.h.
#pragma once
#include <immintrin.h>

#include <cstddef>
#include <cstdint>

#include "engine/kernels/integer_loops.h"
#include "engine/kernels/integer_pairs_lanes.h"
#include "engine/kernels/integer_sums_lanes.h"

namespace moonlet::integer_lanes {

// 16 int32 lanes, or the first n, as saturated elements.
template <typename L>
[[gnu::always_inline]] inline void StoreSixteen(int8_t* to, typename L::Vector a) {
  const typename L::Packer pack(OutputS8{});
  _mm_storeu_si128(reinterpret_cast<__m128i*>(to), L::Pack(pack, a));
}
template <typename L>
[[gnu::always_inline]] inline void StoreSixteen(int8_t* to, typename L::Vector a,
                                                std::ptrdiff_t n) {
  const typename L::Packer pack(OutputS8{});
  L::StoreBytes(to, L::Pack(pack, a), n);
}
template <typename L>
[[gnu::always_inline]] inline void StoreSixteen(int16_t* to, typename L::Vector a) {
  L::StoreWords(to, L::Clamped(a, -32768, 32767));
}
template <typename L>
[[gnu::always_inline]] inline void StoreSixteen(int16_t* to, typename L::Vector a,
                                                std::ptrdiff_t n) {
  L::StoreWords(to, L::Clamped(a, -32768, 32767), n);
}
template <typename L>
[[gnu::always_inline]] inline typename L::Vector LoadSixteen(const int32_t* from) {
  return L::LoadNumbers(from);
}
template <typename L>
[[gnu::always_inline]] inline typename L::Vector LoadSixteen(const int32_t* from,
                                                             std::ptrdiff_t n) {
  return L::LoadNumbers(from, n);
}
template <typename L>
[[gnu::always_inline]] inline typename L::Reals LoadSixteen(const float* from) {
  return L::LoadReals(from);
}
template <typename L>
[[gnu::always_inline]] inline typename L::Reals LoadSixteen(const float* from, std::ptrdiff_t n) {
  return L::LoadReals(from, n);
}

template <typename L>
[[gnu::always_inline]] inline void StoreSixteen(float* to, typename L::Reals a) {
  L::StoreReals(to, a);
}
template <typename L>
[[gnu::always_inline]] inline void StoreSixteen(float* to, typename L::Reals a, std::ptrdiff_t n) {
  L::StoreReals(to, a, n);
}

// output = op(input), 16 at a time.
template <typename L, typename From, typename To, typename Op>
[[gnu::always_inline]] inline void MapSixteen(const From* input, size_t n, To* output, Op op) {
  const auto count = static_cast<std::ptrdiff_t>(n);
  std::ptrdiff_t i = 0;
  for (; i + 16 <= count; i += 16) StoreSixteen<L>(output + i, op(LoadSixteen<L>(input + i)));
  if (i < count) StoreSixteen<L>(output + i, op(LoadSixteen<L>(input + i, count - i)), count - i);
}

// Zero points beyond any type's, which no sum below would be exact for.
[[gnu::always_inline]] inline bool IsFar(int32_t zero) { return zero < -65536 || zero > 65536; }

template <typename L, typename T>
void RescaleSums(const SumParams& p, int32_t zeros, const int32_t* sums, size_t n, T* output) {
  const typename L::Requantizer rescale(BlockOf(p.scale));
  const auto input_zero = L::Set(zeros), zero = L::Set(p.output_zero);
  MapSixteen<L>(sums, n, output, [&](typename L::Vector sum) {
    return L::Add(rescale(L::Subtract(sum, input_zero)), zero);
  });
}

template <typename L, auto kScalar, typename From, typename To>
void RequantizeRun(const RequantizeParams& p, const From* input, size_t n, To* output) {
  if (IsFar(p.output_zero)) return (scalar::kIntegerLoops.*kScalar)(p, input, n, output);
  const auto input_zero = L::Set(p.input_zero), zero = L::Set(p.output_zero);
  const auto run = [&](const auto& rescale) {
    MapSixteen<L>(input, n, output, [&](typename L::Vector x) {
      const auto scaled = rescale(L::Subtract(x, input_zero));
      // So far that the sum saturates, and no farther.
      return L::Add(L::Clamped(scaled, -(1 << 20), 1 << 20), zero);
    });
  };
  const ChannelBlock block = BlockOf(p.scale);
  if (block.shift[0] >= 0) return run(typename L::Requantizer(block));
  run(typename L::RightRequantizer(block));
}

template <typename L, auto kScalar, typename To>
void QuantizeRun(const float* input, size_t n, float scale, int32_t zero, To* output) {
  if (IsFar(zero)) return (scalar::kIntegerLoops.*kScalar)(input, n, scale, zero, output);
  MapSixteen<L>(input, n, output, [&](typename L::Reals x) {
    return L::Add(L::Quotient(x, scale, 0x1p20f), L::Set(zero));
  });
}

// The product of float32 is that of double, rounded once: numbers of 24 bits and below are exact.
template <typename L, auto kScalar, typename From>
void DequantizeRun(const From* input, size_t n, float scale, int32_t zero, float* output) {
  if (IsFar(zero)) return (scalar::kIntegerLoops.*kScalar)(input, n, scale, zero, output);
  MapSixteen<L>(input, n, output, [&](typename L::Vector x) {
    return L::Times(L::Subtract(x, L::Set(zero)), scale);
  });
}

}  // namespace moonlet::integer_lanes
