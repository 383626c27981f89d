// Rescale of a block of channels by vector instructions against the scalar one.
#include "engine/kernels/requantize_factors.h"

#if defined(__x86_64__)
#include <gtest/gtest.h>
#include <immintrin.h>

#include <algorithm>
#include <vector>

#include "engine/base/isa.h"
#include "engine/kernels/activation.h"
#include "engine/kernels/offset_dot.h"
#include "tests/engine/kernels/reference.h"

// The headers as files with their instruction set's options see them.
#pragma GCC push_options
#pragma GCC target("avx2,fma")
#include "engine/kernels/requantize_avx2.h"
namespace moonlet::requantize_test {
void RescaleAvx2(const ChannelBlock& block, const int32_t* sums, int32_t* results) {
  for (int32_t first = 0; first < kChannelBlock; first += 8) {
    const avx2::Requantizer requantize(block, first);
    const auto* from = reinterpret_cast<const __m256i*>(sums + first);
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(results + first),
                        requantize(_mm256_loadu_si256(from)));
  }
}
void PackAvx2(const OutputS8& output, const int32_t* values, int8_t* bytes) {
  const avx2::OutputPackerS8 pack(output);
  const auto* from = reinterpret_cast<const __m256i*>(values);
  for (int i = 0; i < 4; ++i) {
    _mm_storeu_si128(reinterpret_cast<__m128i*>(bytes) + i,
                     pack(_mm256_loadu_si256(from + 2 * i), _mm256_loadu_si256(from + 2 * i + 1)));
  }
}
}  // namespace moonlet::requantize_test
#pragma GCC pop_options
#pragma GCC diagnostic push
// gcc 12's own header.
#pragma GCC diagnostic ignored "-Wuninitialized"
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#pragma GCC push_options
#pragma GCC target("avx512f,avx512vl,avx512dq,avx512bw")
#include "engine/kernels/requantize_avx512.h"
namespace moonlet::requantize_test {
void RescaleAvx512(const ChannelBlock& block, const int32_t* sums, int32_t* results) {
  const avx512::Requantizer requantize(block);
  _mm512_storeu_si512(results, requantize(_mm512_loadu_si512(sums)));
}
void RescaleRightAvx512(const ChannelBlock& block, const int32_t* sums, int32_t* results) {
  if (!avx512::RightRequantizer::Has(block)) return RescaleAvx512(block, sums, results);
  const avx512::RightRequantizer requantize(block);
  _mm512_storeu_si512(results, requantize(_mm512_loadu_si512(sums)));
}
// With a zero point, then clamped: what a layer does.
void FinishAvx512(const ChannelBlock& block, const OutputS8& output, const int32_t* sums,
                  int8_t* bytes) {
  const avx512::ClampPackerS8 pack(output);
  const __m512i x = _mm512_loadu_si512(sums);
  const auto finish = [&](const auto& requantize) {
    const __m512i y = requantize(x);
    _mm_storeu_si128(reinterpret_cast<__m128i*>(bytes), pack(y));
    _mm_storeu_si128(reinterpret_cast<__m128i*>(bytes) + 1,
                     _mm512_extracti32x4_epi32(pack(y, y, y, y), 3));
  };
  if (avx512::ReluRequantizer::Has(block, output))
    return finish(avx512::ReluRequantizer(block, output.zero));
  if (avx512::RightRequantizer::Has(block))
    return finish(avx512::RightRequantizer(block, output.zero));
  finish(avx512::Requantizer(block, output.zero));
}
void PackAvx512(const OutputS8& output, const int32_t* values, int8_t* bytes) {
  const avx512::ClampPackerS8 pack(output);
  const __m512i zero = _mm512_set1_epi32(output.zero);
  const auto at = [&](int i) { return _mm512_add_epi32(_mm512_loadu_si512(values + i), zero); };
  _mm512_storeu_si512(bytes, pack(at(0), at(16), at(32), at(48)));
}
void PackEachAvx512(const OutputS8& output, const int32_t* values, int8_t* bytes) {
  const avx512::OutputPackerS8 pack(output);
  for (int i = 0; i < 4; ++i) {
    _mm_storeu_si128(reinterpret_cast<__m128i*>(bytes) + i,
                     pack(_mm512_loadu_si512(values + 16 * i)));
  }
}
}  // namespace moonlet::requantize_test
#pragma GCC pop_options
#pragma GCC diagnostic pop

namespace moonlet::requantize_test {

using reference::Random;

struct Variant {
  const char* name;
  Isa isa;
  void (*rescale)(const ChannelBlock& block, const int32_t* sums, int32_t* results);
  void (*pack)(const OutputS8& output, const int32_t* values, int8_t* bytes);
};
constexpr Variant kVariants[] = {
    {"AVX2", Isa::kAvx2, RescaleAvx2, PackAvx2},
    {"AVX-512", Isa::kAvx512, RescaleAvx512, PackAvx512},
    {"AVX-512, right", Isa::kAvx512, RescaleRightAvx512, PackEachAvx512}};

void Expect(const Variant& variant, const Multiplier (&factors)[kChannelBlock],
            const int32_t* sums) {
  ChannelBlock block = {};
  for (int32_t c = 0; c < kChannelBlock; ++c) {
    const Multiplier m = BlockMultiplier(factors[c]);
    block.multiplier[c] = m.value;
    block.shift[c] = m.shift;
  }
  int32_t results[kChannelBlock];
  variant.rescale(block, sums, results);
  for (int32_t c = 0; c < kChannelBlock; ++c) {
    ASSERT_EQ(results[c], Rescale(sums[c], factors[c]))
        << variant.name << ": " << sums[c] << " * " << factors[c].value << " shift "
        << int{factors[c].shift};
  }
}

// Sums around the ties of a factor of one half are among these.
std::vector<int32_t> Extremes() {
  std::vector<int32_t> values = {kInt32Min, kInt32Min + 1, kInt32Max, kInt32Max - 1};
  for (int bit = 0; bit < 31; ++bit)
    for (int32_t near = -3; near <= 3; ++near) {
      values.push_back(WrapAdd(1 << bit, near));
      values.push_back(WrapSub(near, 1 << bit));
    }
  return values;
}

TEST(Requantize, EqualsRescaleAtTheExtremes) {
  const std::vector<int32_t> sums = Extremes();
  const int32_t multipliers[] = {kInt32Min, kInt32Min + 1, -(1 << 30), 0,
                                 1 << 30,   (1 << 30) + 1, 1518500249, kInt32Max};
  for (const Variant& variant : kVariants) {
    if (HostIsa() < variant.isa) continue;
    for (int shift = -31; shift <= 33; ++shift)
      for (size_t i = 0; i < sums.size(); ++i) {
        Multiplier factors[kChannelBlock];
        int32_t several[kChannelBlock];
        for (size_t c = 0; c < kChannelBlock; ++c) {
          factors[c] = {multipliers[c / 2], static_cast<int8_t>(shift)};
          several[c] = sums[(i + 5 * (c % 2)) % sums.size()];
        }
        ASSERT_NO_FATAL_FAILURE(Expect(variant, factors, several));
      }
  }
}

TEST(Requantize, EqualsRescaleAtRandom) {
  Random random(31);
  for (int round = 0; round < 50 * reference::Rounds(); ++round) {
    Multiplier factors[kChannelBlock];
    int32_t sums[kChannelBlock];
    const bool right = random.Chance(50);
    for (int32_t c = 0; c < kChannelBlock; ++c) {
      factors[c] = random.Scale();
      if (right) factors[c].shift = static_cast<int8_t>(random.Int(-31, -1));
      sums[c] = random.Int(kInt32Min, kInt32Max) >> random.Int(0, 30);
    }
    for (const Variant& variant : kVariants) {
      if (HostIsa() < variant.isa) continue;
      ASSERT_NO_FATAL_FAILURE(Expect(variant, factors, sums));
    }
  }
}

TEST(Requantize, AddsTheZeroPointAndClamps) {
  if (HostIsa() < Isa::kAvx512) GTEST_SKIP() << "no AVX-512 here";
  Random random(33);
  const std::vector<int32_t> extremes = Extremes();
  for (int round = 0; round < 100 * reference::Rounds(); ++round) {
    OutputS8 output = {random.Zero(), 0, 127};
    const int64_t least = random.Chance(50) ? output.zero : -128;
    output.min = static_cast<int16_t>(random.Int(least, 127));
    output.max = static_cast<int16_t>(random.Int(output.min, 127));
    ChannelBlock block = {};
    Multiplier factors[kChannelBlock];
    int32_t sums[kChannelBlock];
    const int64_t most = random.Chance(20) ? 5 : -1;
    for (int32_t c = 0; c < kChannelBlock; ++c) {
      factors[c] = random.Scale();
      factors[c].shift = static_cast<int8_t>(random.Int(random.Chance(80) ? -23 : -31, most));
      const Multiplier m = BlockMultiplier(factors[c]);
      block.multiplier[c] = m.value;
      block.shift[c] = m.shift;
      sums[c] = random.Chance(30)
                    ? extremes[static_cast<size_t>(random.Int(0, int64_t(extremes.size()) - 1))]
                    : random.Int(kInt32Min, kInt32Max) >> random.Int(0, 30);
    }
    int8_t bytes[2 * kChannelBlock];
    FinishAvx512(block, output, sums, bytes);
    for (int32_t i = 0; i < 2 * kChannelBlock; ++i) {
      const int32_t c = i % kChannelBlock;
      const int32_t value = WrapAdd(Rescale(sums[c], factors[c]), output.zero);
      ASSERT_EQ(bytes[i], std::clamp<int32_t>(value, output.min, output.max))
          << sums[c] << " * " << factors[c].value << " shift " << int{factors[c].shift} << ", zero "
          << output.zero << ", from " << output.min << " to " << output.max;
    }
  }
}

TEST(Requantize, PacksAsTheClampSays) {
  Random random(32);
  const std::vector<int32_t> extremes = Extremes();
  for (int round = 0; round < reference::Rounds(); ++round) {
    const auto low = static_cast<int16_t>(random.Int(-128, 127));
    const OutputS8 output = {random.Zero(), low, static_cast<int16_t>(random.Int(low, 127))};
    int32_t values[64];
    for (int32_t& value : values) {
      value = random.Chance(30)
                  ? extremes[static_cast<size_t>(random.Int(0, int64_t(extremes.size()) - 1))]
                  : random.Int(-400, 400);
    }
    for (const Variant& variant : kVariants) {
      if (HostIsa() < variant.isa) continue;
      int8_t bytes[64];
      variant.pack(output, values, bytes);
      for (int i = 0; i < 64; ++i) {
        const int32_t value = WrapAdd(values[i], output.zero);
        ASSERT_EQ(bytes[i], std::clamp<int32_t>(value, output.min, output.max)) << variant.name;
      }
    }
  }
}

}  // namespace moonlet::requantize_test
#endif
