// engine/kernels/product_tiles_dsp.h - the inner products of patches with filters, for CONV_2D and
// FULLY_CONNECTED: four patches with one filter, or one patch with four filters at a time.
//
// Patches are taken by chunks, each byte spread to 16 bits once for all filters; filters are read
// where they lie.
#pragma once
#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "engine/kernels/activation.h"
#include "engine/kernels/channel_constants.h"
#include "engine/kernels/requantize_dsp.h"
#include "engine/kernels/simd32_dsp.h"
#include "engine/kernels/work_meter.h"

namespace moonlet::armdsp {

inline constexpr std::ptrdiff_t kChunk = 288;  // bytes of a patch, a multiple of 4
inline constexpr int32_t kFilters = 32;        // filters whose sums are kept between chunks

// What tiles need to know of a layer.
struct Products {
  const int8_t* filters;  // one after another
  std::ptrdiff_t size;    // of each, and of a patch
  int32_t filter_zero;
  ChannelConstants constants;
  OutputS8 output;
};

// Bytes of one of kPatches patches to words of two halves: by groups of four bytes the even ones of
// all patches, then the odd ones. The last group is filled with zeros.
template <int kPatches>
inline void Spread(const int8_t* bytes, std::ptrdiff_t n, uint32_t* words) {
  const int8_t* const end = bytes + (n & ~std::ptrdiff_t{3});
  for (; bytes != end; bytes += 4, words += 2 * kPatches) {
    const uint32_t four = LoadFour(bytes);
    words[0] = EvenBytes(four);
    words[kPatches] = OddBytes(four);
  }
  if (n % 4 == 0) return;
  const uint32_t few = LoadFew(bytes, n % 4);
  words[0] = EvenBytes(few);
  words[kPatches] = OddBytes(few);
}

inline int32_t SumOf(const int8_t* bytes, std::ptrdiff_t n) {
  int32_t sum = 0;
  for (std::ptrdiff_t i = 0; i < n; ++i) sum += bytes[i];
  return sum;
}

// sums[p] += the products of four patches' next four bytes with a filter's.
[[gnu::always_inline]] inline void AddGroup(const uint32_t* x, uint32_t four, int32_t* sums) {
  const uint32_t even = EvenBytes(four), odd = OddBytes(four);
#pragma GCC unroll 4
  for (int p = 0; p < 4; ++p) sums[p] = AddPairs(x[4 + p], odd, AddPairs(x[p], even, sums[p]));
}

// The same of pairs of groups, at least one: n is a multiple of 8.
#if defined(__ARM_FEATURE_DSP)
// In assembly, because the compiler loads the words one by one.
inline void AddGroups(const uint32_t* x, const int8_t* filter, std::ptrdiff_t n, int32_t* sums) {
  int32_t sum0 = sums[0], sum1 = sums[1], sum2 = sums[2], sum3 = sums[3];
  uint32_t even, odd;
  asm("1:\n\t"
      "ldr %[odd], [%[filter]], #4\n\t"
      "ldmia %[x]!, {r4, r5, r6, r8}\n\t"
      "sxtb16 %[even], %[odd]\n\t"
      "sxtb16 %[odd], %[odd], ror #8\n\t"
      "smlad %[sum0], r4, %[even], %[sum0]\n\t"
      "smlad %[sum1], r5, %[even], %[sum1]\n\t"
      "smlad %[sum2], r6, %[even], %[sum2]\n\t"
      "smlad %[sum3], r8, %[even], %[sum3]\n\t"
      "ldmia %[x]!, {r4, r5, r6, r8}\n\t"
      "smlad %[sum0], r4, %[odd], %[sum0]\n\t"
      "smlad %[sum1], r5, %[odd], %[sum1]\n\t"
      "smlad %[sum2], r6, %[odd], %[sum2]\n\t"
      "smlad %[sum3], r8, %[odd], %[sum3]\n\t"
      "ldr %[odd], [%[filter]], #4\n\t"
      "ldmia %[x]!, {r4, r5, r6, r8}\n\t"
      "sxtb16 %[even], %[odd]\n\t"
      "sxtb16 %[odd], %[odd], ror #8\n\t"
      "smlad %[sum0], r4, %[even], %[sum0]\n\t"
      "smlad %[sum1], r5, %[even], %[sum1]\n\t"
      "smlad %[sum2], r6, %[even], %[sum2]\n\t"
      "smlad %[sum3], r8, %[even], %[sum3]\n\t"
      "ldmia %[x]!, {r4, r5, r6, r8}\n\t"
      "cmp %[filter], %[end]\n\t"
      "smlad %[sum0], r4, %[odd], %[sum0]\n\t"
      "smlad %[sum1], r5, %[odd], %[sum1]\n\t"
      "smlad %[sum2], r6, %[odd], %[sum2]\n\t"
      "smlad %[sum3], r8, %[odd], %[sum3]\n\t"
      "bne 1b"
      : [x] "+r"(x), [filter] "+r"(filter), [sum0] "+r"(sum0), [sum1] "+r"(sum1), [sum2] "+r"(sum2),
        [sum3] "+r"(sum3), [even] "=&r"(even), [odd] "=&r"(odd)
      : [end] "r"(filter + n)
      : "r4", "r5", "r6", "r8", "cc", "memory");
  sums[0] = sum0;
  sums[1] = sum1;
  sums[2] = sum2;
  sums[3] = sum3;
}
#else
inline void AddGroups(const uint32_t* x, const int8_t* filter, std::ptrdiff_t n, int32_t* sums) {
  for (std::ptrdiff_t i = 0; i < n; i += 4, x += 8) AddGroup(x, LoadFour(filter + i), sums);
}
#endif

// sums[p] += the products of four patches with one filter.
inline void MultiplyPatches(const uint32_t* x, const int8_t* filter, std::ptrdiff_t n,
                            int32_t* sums) {
  const std::ptrdiff_t pairs = n & ~std::ptrdiff_t{7};
  if (pairs > 0) AddGroups(x, filter, pairs, sums);
  x += 2 * pairs;
  filter += pairs;
  n -= pairs;
  if (n >= 4) AddGroup(x, LoadFour(filter), sums);
  const std::ptrdiff_t whole = n & 4;
  if (n > whole) AddGroup(x + 2 * whole, LoadFew(filter + whole, n - whole), sums);
}

// sums[c] += the products of one patch with kCount filters, `step` bytes apart.
template <int kCount>
inline void MultiplyFilters(const uint32_t* x, const int8_t* filter, std::ptrdiff_t step,
                            std::ptrdiff_t n, int32_t* sums) {
  int32_t sum[kCount];
#pragma GCC unroll 4
  for (int c = 0; c < kCount; ++c) sum[c] = sums[c];
  const auto add = [&](auto load) {
    const int8_t* at = filter;
#pragma GCC unroll 4
    for (int c = 0; c < kCount; ++c, at += step) {
      const uint32_t four = load(at);
      sum[c] = AddPairs(x[1], OddBytes(four), AddPairs(x[0], EvenBytes(four), sum[c]));
    }
  };
  const std::ptrdiff_t rest = n % 4;
  for (const int8_t* const end = filter + (n - rest); filter != end; filter += 4, x += 2)
    add([](const int8_t* bytes) { return LoadFour(bytes); });
  if (rest > 0) add([rest](const int8_t* bytes) { return LoadFew(bytes, rest); });
#pragma GCC unroll 4
  for (int c = 0; c < kCount; ++c) sums[c] = sum[c];
}

// The sums of `count` filters from `filter` on, each with kPatches patches next to each other.
template <int kPatches>
inline void MultiplyChunk(const uint32_t* x, const int8_t* filter, std::ptrdiff_t step,
                          std::ptrdiff_t n, int32_t count, int32_t* sums) {
  if constexpr (kPatches == 4) {
    for (int32_t c = 0; c < count; ++c) MultiplyPatches(x, filter + c * step, n, sums + 4 * c);
  } else {
    int32_t c = 0;
    for (; c + 4 <= count; c += 4) MultiplyFilters<4>(x, filter + c * step, step, n, sums + c);
    for (; c < count; ++c) MultiplyFilters<1>(x, filter + c * step, step, n, sums + c);
  }
}

// The outputs of kPatches (1 or 4) patches for the channels [first, last), to `output` and every
// `step` bytes from there. bytes(p, from, n, room) gives where n bytes of patch p lie, from the
// byte `from` on; it may write them to `room` for that. False: stopped.
template <int kPatches, typename Bytes>
[[nodiscard]] bool MultiplyTile(const Products& layer, int32_t first, int32_t last, Bytes bytes,
                                int8_t* output, std::ptrdiff_t step, WorkMeter& meter) {
  uint32_t x[kPatches * kChunk / 2];
  int8_t room[kChunk];
  int32_t sums[kPatches * kFilters];
  const ChannelConstants& constants = layer.constants;
  for (int32_t c = first; c < last; c += kFilters) {
    const int32_t count = std::min(kFilters, last - c);
    for (int32_t i = 0; i < count; ++i)
      std::fill_n(sums + i * kPatches, kPatches, constants.bias()[c + i]);
    for (std::ptrdiff_t from = 0; from < layer.size; from += kChunk) {
      const std::ptrdiff_t n = std::min(kChunk, layer.size - from);
      if (!meter.Spend(kPatches * count * n)) return false;
      const bool is_there = c > first && layer.size <= kChunk && layer.filter_zero == 0;
      for (int p = 0; p < kPatches && !is_there; ++p) {
        const int8_t* patch = bytes(p, from, n, room);
        Spread<kPatches>(patch, n, x + p);
        if (layer.filter_zero == 0) continue;
        const int32_t more = layer.filter_zero * SumOf(patch, n);
        for (int32_t i = 0; i < count; ++i)
          sums[i * kPatches + p] = WrapSub(sums[i * kPatches + p], more);
      }
      MultiplyChunk<kPatches>(x, layer.filters + c * layer.size + from, layer.size, n, count, sums);
    }
    Finish<kPatches>(sums, constants, c, count, layer.output, output + c, step);
  }
  return true;
}

}  // namespace moonlet::armdsp
