// engine/kernels/integer_lanes_avx2.h - 16 int32 lanes for the loops of integer_loops_lanes.h,
// in two registers.
#pragma once
#include <immintrin.h>

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "engine/kernels/requantize_avx2.h"

namespace moonlet::avx2 {

struct IntegerLanes {
  struct Vector {
    __m256i low, high;
  };
  template <typename Rescale>
  class Pair {
   public:
    [[gnu::always_inline]] inline explicit Pair(const ChannelBlock& block)
        : low_(block, 0), high_(block, 8) {}
    [[gnu::always_inline]] inline Vector operator()(Vector sums) const {
      return {low_(sums.low), high_(sums.high)};
    }

   private:
    Rescale low_, high_;
  };
  using Requantizer = Pair<avx2::Requantizer>;
  using RightRequantizer = Requantizer;
  using ReluRequantizer = Pair<avx2::ReluRequantizer>;
  using Packer = OutputPackerS8;

  [[gnu::always_inline]] static inline __m128i LoadBytes(const int8_t* from) {
    return _mm_loadu_si128(reinterpret_cast<const __m128i*>(from));
  }
  // The first n of 16, n below 16, zeros behind. Two loads that overlap: bytes gathered in memory
  // would be waited for.
  [[gnu::always_inline]] static inline __m128i LoadBytes(const int8_t* from, std::ptrdiff_t n) {
    if (n >= 8) {
      const std::ptrdiff_t half = 4 * (16 - n);  // a shift of 64 is none
      const uint64_t rest = Read<uint64_t>(from + n - 8) >> half >> half;
      return _mm_set_epi64x(static_cast<int64_t>(rest), Read<int64_t>(from));
    }
    uint64_t some = 0;
    if (n >= 4) {
      some = Read<uint32_t>(from) | uint64_t{Read<uint32_t>(from + n - 4)} << 8 * (n - 4);
    } else if (n > 0) {
      some = Read<uint8_t>(from) | Read<uint8_t>(from + n / 2) << 8 * (n / 2) |
             uint64_t{Read<uint8_t>(from + n - 1)} << 8 * (n - 1);
    }
    return _mm_cvtsi64_si128(static_cast<int64_t>(some));
  }
  [[gnu::always_inline]] static inline void StoreBytes(int8_t* to, __m128i bytes,
                                                       std::ptrdiff_t n) {
    int8_t some[16];
    _mm_storeu_si128(reinterpret_cast<__m128i*>(some), bytes);
    if (n >= 8) {
      std::memcpy(to, some, 8);
      std::memcpy(to + n - 8, some + n - 8, 8);
    } else if (n >= 4) {
      std::memcpy(to, some, 4);
      std::memcpy(to + n - 4, some + n - 4, 4);
    } else {
      for (std::ptrdiff_t i = 0; i < n; ++i) to[i] = some[i];
    }
  }
  [[gnu::always_inline]] static inline Vector Widened(__m128i bytes) {
    return {_mm256_cvtepi8_epi32(bytes), _mm256_cvtepi8_epi32(_mm_srli_si128(bytes, 8))};
  }
  [[gnu::always_inline]] static inline Vector Set(int32_t x) {
    return {_mm256_set1_epi32(x), _mm256_set1_epi32(x)};
  }
  [[gnu::always_inline]] static inline Vector Add(Vector a, Vector b) {
    return {_mm256_add_epi32(a.low, b.low), _mm256_add_epi32(a.high, b.high)};
  }
  [[gnu::always_inline]] static inline Vector Subtract(Vector a, Vector b) {
    return {_mm256_sub_epi32(a.low, b.low), _mm256_sub_epi32(a.high, b.high)};
  }
  [[gnu::always_inline]] static inline Vector And(Vector a, Vector b) {
    return {_mm256_and_si256(a.low, b.low), _mm256_and_si256(a.high, b.high)};
  }
  [[gnu::always_inline]] static inline Vector Multiply(Vector a, Vector b) {
    return {_mm256_mullo_epi32(a.low, b.low), _mm256_mullo_epi32(a.high, b.high)};
  }
  [[gnu::always_inline]] static inline Vector ShiftLeft(Vector a, int n) {
    const __m128i count = _mm_cvtsi32_si128(n);
    return {_mm256_sll_epi32(a.low, count), _mm256_sll_epi32(a.high, count)};
  }
  [[gnu::always_inline]] static inline Vector ShiftRight(Vector a, int n) {
    const __m128i count = _mm_cvtsi32_si128(n);
    return {_mm256_sra_epi32(a.low, count), _mm256_sra_epi32(a.high, count)};
  }
  template <int kBits>
  [[gnu::always_inline]] static inline Vector ShiftLeft(Vector a) {
    return {_mm256_slli_epi32(a.low, kBits), _mm256_slli_epi32(a.high, kBits)};
  }
  template <int kBits>
  [[gnu::always_inline]] static inline Vector ShiftRight(Vector a) {
    return {_mm256_srai_epi32(a.low, kBits), _mm256_srai_epi32(a.high, kBits)};
  }
  // Of unsigned lanes; 32 bits and more leave nothing.
  template <int kBits>
  [[gnu::always_inline]] static inline Vector ShiftDown(Vector a) {
    return {_mm256_srli_epi32(a.low, kBits), _mm256_srli_epi32(a.high, kBits)};
  }
  [[gnu::always_inline]] static inline Vector ShiftDown(Vector a, int n) {
    const __m128i count = _mm_cvtsi32_si128(n);
    return {_mm256_srl_epi32(a.low, count), _mm256_srl_epi32(a.high, count)};
  }
  [[gnu::always_inline]] static inline Vector Smaller(Vector a, Vector b) {
    return {_mm256_min_epi32(a.low, b.low), _mm256_min_epi32(a.high, b.high)};
  }
  [[gnu::always_inline]] static inline Vector Larger(Vector a, Vector b) {
    return {_mm256_max_epi32(a.low, b.low), _mm256_max_epi32(a.high, b.high)};
  }
  // As an unsigned number, so that of kInt32Min there is one.
  [[gnu::always_inline]] static inline Vector Magnitude(Vector a) {
    return {_mm256_abs_epi32(a.low), _mm256_abs_epi32(a.high)};
  }
  [[gnu::always_inline]] static inline Vector SmallerMagnitude(Vector a, Vector b) {
    return {_mm256_min_epu32(a.low, b.low), _mm256_min_epu32(a.high, b.high)};
  }
  // HighMul (fixed_point.h) of what is not twice kInt32Min.
  [[gnu::always_inline]] static inline Vector HighMul(Vector a, Vector b) {
    return {HighMul(a.low, b.low), HighMul(a.high, b.high)};
  }
  // Lanes whose sign bit says yes.
  using Mask = Vector;
  [[gnu::always_inline]] static inline Mask Above(Vector a, Vector b) {
    return {_mm256_cmpgt_epi32(a.low, b.low), _mm256_cmpgt_epi32(a.high, b.high)};
  }
  [[gnu::always_inline]] static inline Mask Negative(Vector a) { return a; }
  template <int kBit>
  [[gnu::always_inline]] static inline Mask HasBit(Vector a) {
    return ShiftLeft<31 - kBit>(a);
  }
  // The first n lanes.
  [[gnu::always_inline]] static inline Mask First(std::ptrdiff_t n) {
    return Above(Set(static_cast<int32_t>(n)), {_mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7),
                                                _mm256_setr_epi32(8, 9, 10, 11, 12, 13, 14, 15)});
  }
  [[gnu::always_inline]] static inline Vector Select(Mask mask, Vector yes, Vector no) {
    return {Select(mask.low, yes.low, no.low), Select(mask.high, yes.high, no.high)};
  }
  [[gnu::always_inline]] static inline int32_t Sum(Vector a) {
    const __m256i eight = _mm256_add_epi32(a.low, a.high);
    __m128i four = _mm_add_epi32(_mm256_castsi256_si128(eight), _mm256_extracti128_si256(eight, 1));
    four = _mm_add_epi32(four, _mm_shuffle_epi32(four, 0x4E));
    return _mm_cvtsi128_si32(_mm_add_epi32(four, _mm_shuffle_epi32(four, 0xB1)));
  }
  [[gnu::always_inline]] static inline int32_t Largest(Vector a) {
    const __m256i eight = _mm256_max_epi32(a.low, a.high);
    __m128i four = _mm_max_epi32(_mm256_castsi256_si128(eight), _mm256_extracti128_si256(eight, 1));
    four = _mm_max_epi32(four, _mm_shuffle_epi32(four, 0x4E));
    return _mm_cvtsi128_si32(_mm_max_epi32(four, _mm_shuffle_epi32(four, 0xB1)));
  }
  [[gnu::always_inline]] static inline Vector LoadNumbers(const int32_t* from) {
    return {_mm256_loadu_si256(reinterpret_cast<const __m256i*>(from)),
            _mm256_loadu_si256(reinterpret_cast<const __m256i*>(from + 8))};
  }
  [[gnu::always_inline]] static inline Vector LoadNumbers(const int32_t* from, std::ptrdiff_t n) {
    const Mask live = First(n);
    return {_mm256_maskload_epi32(from, live.low), _mm256_maskload_epi32(from + 8, live.high)};
  }
  [[gnu::always_inline]] static inline void StoreNumbers(int32_t* to, Vector a) {
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(to), a.low);
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(to + 8), a.high);
  }
  [[gnu::always_inline]] static inline void StoreNumbers(int32_t* to, Vector a, std::ptrdiff_t n) {
    const Mask live = First(n);
    _mm256_maskstore_epi32(to, live.low, a.low);
    _mm256_maskstore_epi32(to + 8, live.high, a.high);
  }
  // sums[i] += a[i] for 16 of them.
  [[gnu::always_inline]] static inline void AddWide(int64_t* sums, Vector a) {
    AddFour(sums, _mm256_castsi256_si128(a.low));
    AddFour(sums + 4, _mm256_extracti128_si256(a.low, 1));
    AddFour(sums + 8, _mm256_castsi256_si128(a.high));
    AddFour(sums + 12, _mm256_extracti128_si256(a.high, 1));
  }
  // RescaleWide (fixed_point.h) of 16 sums + biases, as factors from 0 on and shifts from 1 on.
  [[gnu::always_inline]] static inline Vector RescaledWide(const int64_t* sums, const int64_t* bias,
                                                           const int32_t* factor,
                                                           const int32_t* shift) {
    return {RescaledEight(sums, bias, factor, shift),
            RescaledEight(sums + 8, bias + 8, factor + 8, shift + 8)};
  }
  // table[i] in the low half of a lane, table[i + 1] in the high one.
  [[gnu::always_inline]] static inline Vector LoadNeighbours(const void* table, Vector i) {
    const auto* words = static_cast<const int*>(table);
    return {_mm256_i32gather_epi32(words, i.low, 2), _mm256_i32gather_epi32(words, i.high, 2)};
  }

  // 16 float32.
  struct Reals {
    __m256 low, high;
  };
  [[gnu::always_inline]] static inline Reals LoadReals(const float* from) {
    return {_mm256_loadu_ps(from), _mm256_loadu_ps(from + 8)};
  }
  [[gnu::always_inline]] static inline Reals LoadReals(const float* from, std::ptrdiff_t n) {
    const Mask live = First(n);
    return {_mm256_maskload_ps(from, live.low), _mm256_maskload_ps(from + 8, live.high)};
  }
  [[gnu::always_inline]] static inline void StoreReals(float* to, Reals a) {
    _mm256_storeu_ps(to, a.low);
    _mm256_storeu_ps(to + 8, a.high);
  }
  [[gnu::always_inline]] static inline void StoreReals(float* to, Reals a, std::ptrdiff_t n) {
    const Mask live = First(n);
    _mm256_maskstore_ps(to, live.low, a.low);
    _mm256_maskstore_ps(to + 8, live.high, a.high);
  }
  // Of numbers that float32 holds exactly.
  [[gnu::always_inline]] static inline Reals Times(Vector a, float x) {
    const __m256 by = _mm256_set1_ps(x);
    return {_mm256_mul_ps(_mm256_cvtepi32_ps(a.low), by),
            _mm256_mul_ps(_mm256_cvtepi32_ps(a.high), by)};
  }
  // a / x to the nearest integer, ties away from zero, 0 for NaN, within +-limit.
  [[gnu::always_inline]] static inline Vector Quotient(Reals a, float x, float limit) {
    return {Quotient(a.low, x, limit), Quotient(a.high, x, limit)};
  }
  // a / n, truncated, where both are exact in float32.
  [[gnu::always_inline]] static inline Vector Divided(Vector a, float n) {
    const __m256 by = _mm256_set1_ps(n);
    return {_mm256_cvttps_epi32(_mm256_div_ps(_mm256_cvtepi32_ps(a.low), by)),
            _mm256_cvttps_epi32(_mm256_div_ps(_mm256_cvtepi32_ps(a.high), by))};
  }
  [[gnu::always_inline]] static inline Vector LoadWords(const int16_t* from) {
    const auto* halves = reinterpret_cast<const __m128i*>(from);
    return {_mm256_cvtepi16_epi32(_mm_loadu_si128(halves)),
            _mm256_cvtepi16_epi32(_mm_loadu_si128(halves + 1))};
  }
  [[gnu::always_inline]] static inline Vector LoadWords(const int16_t* from, std::ptrdiff_t n) {
    const __m256i words = SomeWords(from, n);
    return {_mm256_cvtepi16_epi32(_mm256_castsi256_si128(words)),
            _mm256_cvtepi16_epi32(_mm256_extracti128_si256(words, 1))};
  }
  // The first n of 16, n below 16, zeros behind.
  [[gnu::always_inline]] static inline __m256i SomeWords(const int16_t* from, std::ptrdiff_t n) {
    const auto* bytes = reinterpret_cast<const int8_t*>(from);
    if (n < 8) return _mm256_zextsi128_si256(LoadBytes(bytes, 2 * n));
    return _mm256_set_m128i(LoadBytes(bytes + 16, 2 * n - 16), LoadBytes(bytes));
  }
  // Values within int16.
  [[gnu::always_inline]] static inline void StoreWords(int16_t* to, Vector a) {
    // The quarters are the first of low and high, then the second.
    const __m256i words = _mm256_packs_epi32(a.low, a.high);
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(to), _mm256_permute4x64_epi64(words, 0xD8));
  }
  [[gnu::always_inline]] static inline void StoreWords(int16_t* to, Vector a, std::ptrdiff_t n) {
    int16_t some[16];
    StoreWords(some, a);
    auto* bytes = reinterpret_cast<int8_t*>(to);
    const auto* halves = reinterpret_cast<const __m128i*>(some);
    if (n < 8) return StoreBytes(bytes, _mm_loadu_si128(halves), 2 * n);
    _mm_storeu_si128(reinterpret_cast<__m128i*>(to), _mm_loadu_si128(halves));
    StoreBytes(bytes + 16, _mm_loadu_si128(halves + 1), 2 * n - 16);
  }
  [[gnu::always_inline]] static inline Vector Clamped(Vector a, int32_t min, int32_t max) {
    const __m256i low = _mm256_set1_epi32(min);
    const __m256i high = _mm256_set1_epi32(max);
    return {_mm256_min_epi32(_mm256_max_epi32(a.low, low), high),
            _mm256_min_epi32(_mm256_max_epi32(a.high, low), high)};
  }
  // Results of the requantisers, as bytes.
  [[gnu::always_inline]] static inline __m128i Pack(const Packer& pack, Vector a) {
    return pack(a.low, a.high);
  }

 private:
  [[gnu::always_inline]] static inline __m256i RescaledEight(const int64_t* sums,
                                                             const int64_t* bias,
                                                             const int32_t* factor,
                                                             const int32_t* shift) {
    const __m256i low = RescaledFour(sums, bias, factor, shift);
    const __m256i high = RescaledFour(sums + 4, bias + 4, factor + 4, shift + 4);
    const __m256 halves = _mm256_shuffle_ps(_mm256_castsi256_ps(low), _mm256_castsi256_ps(high),
                                            _MM_SHUFFLE(2, 0, 2, 0));
    return _mm256_permute4x64_epi64(_mm256_castps_si256(halves), 0xD8);
  }
  // In the low halves. Shifts are of unsigned numbers, so those are raised by 2^63 first.
  [[gnu::always_inline]] static inline __m256i RescaledFour(const int64_t* sums,
                                                            const int64_t* bias,
                                                            const int32_t* factor,
                                                            const int32_t* shift) {
    const auto load = [](const int32_t* from) {
      return _mm256_cvtepi32_epi64(_mm_loadu_si128(reinterpret_cast<const __m128i*>(from)));
    };
    const __m256i sum =
        _mm256_add_epi64(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(sums)),
                         _mm256_loadu_si256(reinterpret_cast<const __m256i*>(bias)));
    const __m256i by = load(factor), right = load(shift), one = _mm256_set1_epi64x(1);
    const __m256i high = _mm256_mul_epu32(_mm256_srli_epi64(sum, 32), by);
    const __m256i product =
        _mm256_add_epi64(_mm256_mul_epu32(sum, by), _mm256_slli_epi64(high, 32));
    const __m256i half = _mm256_sllv_epi64(one, _mm256_sub_epi64(right, one));
    const __m256i sign = _mm256_set1_epi64x(INT64_MIN);
    const __m256i raised = _mm256_xor_si256(_mm256_add_epi64(product, half), sign);
    return _mm256_sub_epi64(_mm256_srlv_epi64(raised, right), _mm256_srlv_epi64(sign, right));
  }
  [[gnu::always_inline]] static inline void AddFour(int64_t* sums, __m128i a) {
    auto* at = reinterpret_cast<__m256i*>(sums);
    _mm256_storeu_si256(at, _mm256_add_epi64(_mm256_loadu_si256(at), _mm256_cvtepi32_epi64(a)));
  }
  [[gnu::always_inline]] static inline __m256i HighMul(__m256i a, __m256i b) {
    const __m256i round = _mm256_set1_epi64x(int64_t{1} << 30);
    const __m256i even = _mm256_add_epi64(_mm256_mul_epi32(a, b), round);
    const __m256i odd = _mm256_add_epi64(
        _mm256_mul_epi32(_mm256_srli_epi64(a, 32), _mm256_srli_epi64(b, 32)), round);
    return _mm256_blend_epi32(_mm256_srli_epi64(even, 31), _mm256_slli_epi64(odd, 1), 0xAA);
  }
  [[gnu::always_inline]] static inline __m256i Select(__m256i mask, __m256i yes, __m256i no) {
    return _mm256_castps_si256(_mm256_blendv_ps(_mm256_castsi256_ps(no), _mm256_castsi256_ps(yes),
                                                _mm256_castsi256_ps(mask)));
  }
  [[gnu::always_inline]] static inline __m256i Quotient(__m256 a, float x, float limit) {
    __m256 q = _mm256_div_ps(a, _mm256_set1_ps(x));
    q = _mm256_and_ps(q, _mm256_cmp_ps(q, q, _CMP_ORD_Q));
    q = _mm256_min_ps(_mm256_max_ps(q, _mm256_set1_ps(-limit)), _mm256_set1_ps(limit));
    const __m256i whole = _mm256_cvttps_epi32(q);
    const __m256 rest = _mm256_sub_ps(q, _mm256_cvtepi32_ps(whole));
    const __m256 up = _mm256_cmp_ps(rest, _mm256_set1_ps(0.5f), _CMP_GE_OQ);
    const __m256 down = _mm256_cmp_ps(rest, _mm256_set1_ps(-0.5f), _CMP_LE_OQ);
    return _mm256_add_epi32(_mm256_sub_epi32(whole, _mm256_castps_si256(up)),
                            _mm256_castps_si256(down));
  }
  template <typename T>
  [[gnu::always_inline]] static inline T Read(const int8_t* from) {
    T value;
    std::memcpy(&value, from, sizeof(T));
    return value;
  }
};

// 16 lanes of int16.
struct WordLanes {
  using Vector = __m256i;
  static constexpr std::ptrdiff_t kCount = 16;

  [[gnu::always_inline]] static inline Vector Zero() { return _mm256_setzero_si256(); }
  [[gnu::always_inline]] static inline Vector Set(int32_t x) {
    return _mm256_set1_epi16(static_cast<int16_t>(x));
  }
  [[gnu::always_inline]] static inline Vector LoadBytes(const int8_t* from) {
    return _mm256_cvtepi8_epi16(_mm_loadu_si128(reinterpret_cast<const __m128i*>(from)));
  }
  [[gnu::always_inline]] static inline Vector LoadBytes(const int8_t* from, std::ptrdiff_t n) {
    return _mm256_cvtepi8_epi16(IntegerLanes::LoadBytes(from, n));
  }
  [[gnu::always_inline]] static inline Vector LoadWords(const int16_t* from) {
    return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(from));
  }
  [[gnu::always_inline]] static inline Vector LoadWords(const int16_t* from, std::ptrdiff_t n) {
    return IntegerLanes::SomeWords(from, n);
  }
  // a with zeros for all but the first n, or the last.
  [[gnu::always_inline]] static inline Vector First(Vector a, std::ptrdiff_t n) {
    const __m256i lane = _mm256_setr_epi16(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
    return _mm256_and_si256(a, _mm256_cmpgt_epi16(Set(static_cast<int32_t>(n)), lane));
  }
  [[gnu::always_inline]] static inline Vector Last(Vector a, std::ptrdiff_t n) {
    const __m256i lane = _mm256_setr_epi16(15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0);
    return _mm256_and_si256(a, _mm256_cmpgt_epi16(Set(static_cast<int32_t>(n)), lane));
  }
  [[gnu::always_inline]] static inline void StoreWords(int16_t* to, Vector a) {
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(to), a);
  }
  [[gnu::always_inline]] static inline Vector Subtract(Vector a, Vector b) {
    return _mm256_sub_epi16(a, b);
  }
  // sum + the products of a pair of neighbours, in int32.
  [[gnu::always_inline]] static inline Vector AddProducts(Vector sum, Vector a, Vector b) {
    return _mm256_add_epi32(sum, _mm256_madd_epi16(a, b));
  }
  [[gnu::always_inline]] static inline __m256i Folded(Vector a) { return a; }
};

// 32 bytes.
struct ByteLanes {
  using Vector = __m256i;
  static constexpr std::ptrdiff_t kCount = 32;

  [[gnu::always_inline]] static inline Vector Load(const int8_t* from) {
    return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(from));
  }
  [[gnu::always_inline]] static inline Vector Load(const int8_t* from, std::ptrdiff_t n) {
    if (n < 16) return _mm256_zextsi128_si256(IntegerLanes::LoadBytes(from, n));
    return _mm256_set_m128i(IntegerLanes::LoadBytes(from + 16, n - 16),
                            IntegerLanes::LoadBytes(from));
  }
  [[gnu::always_inline]] static inline void Store(int8_t* to, Vector a) {
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(to), a);
  }
  [[gnu::always_inline]] static inline void Store(int8_t* to, Vector a, std::ptrdiff_t n) {
    const __m128i low = _mm256_castsi256_si128(a);
    if (n < 16) return IntegerLanes::StoreBytes(to, low, n);
    _mm_storeu_si128(reinterpret_cast<__m128i*>(to), low);
    IntegerLanes::StoreBytes(to + 16, _mm256_extracti128_si256(a, 1), n - 16);
  }

  // Sums of unsigned bytes, 8 each.
  [[gnu::always_inline]] static inline Vector Zero() { return _mm256_setzero_si256(); }
  [[gnu::always_inline]] static inline Vector AddBytes(Vector sums, Vector x) {
    return _mm256_add_epi64(sums, _mm256_sad_epu8(x, Zero()));
  }
  [[gnu::always_inline]] static inline int64_t Total(Vector sums) {
    const __m128i two =
        _mm_add_epi64(_mm256_castsi256_si128(sums), _mm256_extracti128_si256(sums, 1));
    return _mm_cvtsi128_si64(two) + _mm_extract_epi64(two, 1);
  }
  // x + 128.
  [[gnu::always_inline]] static inline Vector Unsigned(Vector x) {
    return _mm256_xor_si256(x, _mm256_set1_epi8(-128));
  }

  // Places in a table whose first entry is that of -128.
  class Index {
   public:
    [[gnu::always_inline]] inline explicit Index(Vector x)
        : place_(_mm256_xor_si256(x, _mm256_set1_epi8(-128))) {
      // Shuffles give 0 where the sign bit is set.
      const Vector beyond = _mm256_and_si256(_mm256_slli_epi16(place_, 3), _mm256_set1_epi8(-128));
      low_ = _mm256_or_si256(_mm256_and_si256(place_, _mm256_set1_epi8(15)), beyond);
      high_ = _mm256_xor_si256(low_, _mm256_set1_epi8(-128));
    }
    [[gnu::always_inline]] inline Vector InThirtyTwo(const int8_t* entries) const {
      return _mm256_or_si256(_mm256_shuffle_epi8(Twice(entries), low_),
                             _mm256_shuffle_epi8(Twice(entries + 16), high_));
    }
    template <int kBit>
    [[gnu::always_inline]] inline Vector Select(Vector yes, Vector no) const {
      return _mm256_blendv_epi8(no, yes, _mm256_slli_epi16(place_, 7 - kBit));
    }

   private:
    [[gnu::always_inline]] static inline Vector Twice(const int8_t* entries) {
      return _mm256_broadcastsi128_si256(IntegerLanes::LoadBytes(entries));
    }

    Vector place_, low_, high_;
  };
};

}  // namespace moonlet::avx2
