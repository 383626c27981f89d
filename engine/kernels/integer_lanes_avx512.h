// engine/kernels/integer_lanes_avx512.h - 16 int32 lanes for the loops of
// integer_loops_lanes.h, in one register.
#pragma once
#include <immintrin.h>

#include <cstddef>
#include <cstdint>

#include "engine/kernels/requantize_avx512.h"

namespace moonlet::avx512vnni {

struct IntegerLanes {
  using Vector = __m512i;
  using Requantizer = avx512::Requantizer;
  using RightRequantizer = avx512::RightRequantizer;
  using ReluRequantizer = avx512::ReluRequantizer;
  using Packer = avx512::OutputPackerS8;

  [[gnu::always_inline]] static inline __m128i LoadBytes(const int8_t* from) {
    return _mm_loadu_si128(reinterpret_cast<const __m128i*>(from));
  }
  // The first n of 16, zeros behind.
  [[gnu::always_inline]] static inline __m128i LoadBytes(const int8_t* from, std::ptrdiff_t n) {
    return _mm_maskz_loadu_epi8(static_cast<__mmask16>((1u << n) - 1), from);
  }
  [[gnu::always_inline]] static inline void StoreBytes(int8_t* to, __m128i bytes,
                                                       std::ptrdiff_t n) {
    _mm_mask_storeu_epi8(to, static_cast<__mmask16>((1u << n) - 1), bytes);
  }
  [[gnu::always_inline]] static inline Vector Widened(__m128i bytes) {
    return _mm512_cvtepi8_epi32(bytes);
  }
  [[gnu::always_inline]] static inline Vector Set(int32_t x) { return _mm512_set1_epi32(x); }
  [[gnu::always_inline]] static inline Vector Add(Vector a, Vector b) {
    return _mm512_add_epi32(a, b);
  }
  [[gnu::always_inline]] static inline Vector Subtract(Vector a, Vector b) {
    return _mm512_sub_epi32(a, b);
  }
  [[gnu::always_inline]] static inline Vector And(Vector a, Vector b) {
    return _mm512_and_si512(a, b);
  }
  [[gnu::always_inline]] static inline Vector Multiply(Vector a, Vector b) {
    return _mm512_mullo_epi32(a, b);
  }
  [[gnu::always_inline]] static inline Vector ShiftLeft(Vector a, int n) {
    return _mm512_sll_epi32(a, _mm_cvtsi32_si128(n));
  }
  [[gnu::always_inline]] static inline Vector ShiftRight(Vector a, int n) {
    return _mm512_sra_epi32(a, _mm_cvtsi32_si128(n));
  }
  template <int kBits>
  [[gnu::always_inline]] static inline Vector ShiftLeft(Vector a) {
    return _mm512_slli_epi32(a, kBits);
  }
  template <int kBits>
  [[gnu::always_inline]] static inline Vector ShiftRight(Vector a) {
    return _mm512_srai_epi32(a, kBits);
  }
  // Of unsigned lanes; 32 bits and more leave nothing.
  template <int kBits>
  [[gnu::always_inline]] static inline Vector ShiftDown(Vector a) {
    return _mm512_srli_epi32(a, kBits);
  }
  [[gnu::always_inline]] static inline Vector ShiftDown(Vector a, int n) {
    return _mm512_srl_epi32(a, _mm_cvtsi32_si128(n));
  }
  [[gnu::always_inline]] static inline Vector Smaller(Vector a, Vector b) {
    return _mm512_min_epi32(a, b);
  }
  [[gnu::always_inline]] static inline Vector Larger(Vector a, Vector b) {
    return _mm512_max_epi32(a, b);
  }
  // As an unsigned number, so that of kInt32Min there is one.
  [[gnu::always_inline]] static inline Vector Magnitude(Vector a) { return _mm512_abs_epi32(a); }
  [[gnu::always_inline]] static inline Vector SmallerMagnitude(Vector a, Vector b) {
    return _mm512_min_epu32(a, b);
  }
  // HighMul (fixed_point.h) of what is not twice kInt32Min.
  [[gnu::always_inline]] static inline Vector HighMul(Vector a, Vector b) {
    const __m512i round = _mm512_set1_epi64(int64_t{1} << 30);
    const __m512i even = _mm512_add_epi64(_mm512_mul_epi32(a, b), round);
    const __m512i odd = _mm512_add_epi64(
        _mm512_mul_epi32(_mm512_srli_epi64(a, 32), _mm512_srli_epi64(b, 32)), round);
    return _mm512_mask_blend_epi32(0xAAAA, _mm512_srli_epi64(even, 31), _mm512_slli_epi64(odd, 1));
  }
  using Mask = __mmask16;
  [[gnu::always_inline]] static inline Mask Above(Vector a, Vector b) {
    return _mm512_cmpgt_epi32_mask(a, b);
  }
  [[gnu::always_inline]] static inline Mask Negative(Vector a) { return _mm512_movepi32_mask(a); }
  template <int kBit>
  [[gnu::always_inline]] static inline Mask HasBit(Vector a) {
    return _mm512_test_epi32_mask(a, _mm512_set1_epi32(1 << kBit));
  }
  // The first n lanes.
  [[gnu::always_inline]] static inline Mask First(std::ptrdiff_t n) {
    return static_cast<Mask>((1u << n) - 1);
  }
  [[gnu::always_inline]] static inline Vector Select(Mask mask, Vector yes, Vector no) {
    return _mm512_mask_mov_epi32(no, mask, yes);
  }
  [[gnu::always_inline]] static inline int32_t Sum(Vector a) { return _mm512_reduce_add_epi32(a); }
  [[gnu::always_inline]] static inline int32_t Largest(Vector a) {
    return _mm512_reduce_max_epi32(a);
  }
  [[gnu::always_inline]] static inline Vector LoadNumbers(const int32_t* from) {
    return _mm512_loadu_si512(from);
  }
  [[gnu::always_inline]] static inline Vector LoadNumbers(const int32_t* from, std::ptrdiff_t n) {
    return _mm512_maskz_loadu_epi32(First(n), from);
  }
  [[gnu::always_inline]] static inline void StoreNumbers(int32_t* to, Vector a) {
    _mm512_storeu_si512(to, a);
  }
  [[gnu::always_inline]] static inline void StoreNumbers(int32_t* to, Vector a, std::ptrdiff_t n) {
    _mm512_mask_storeu_epi32(to, First(n), a);
  }
  // sums[i] += a[i] for 16 of them.
  [[gnu::always_inline]] static inline void AddWide(int64_t* sums, Vector a) {
    const __m512i low = _mm512_cvtepi32_epi64(_mm512_castsi512_si256(a));
    const __m512i high = _mm512_cvtepi32_epi64(_mm512_extracti64x4_epi64(a, 1));
    _mm512_storeu_si512(sums, _mm512_add_epi64(_mm512_loadu_si512(sums), low));
    _mm512_storeu_si512(sums + 8, _mm512_add_epi64(_mm512_loadu_si512(sums + 8), high));
  }
  // RescaleWide (fixed_point.h) of 16 sums + biases, as factors from 0 on and shifts from 1 on.
  [[gnu::always_inline]] static inline Vector RescaledWide(const int64_t* sums, const int64_t* bias,
                                                           const int32_t* factor,
                                                           const int32_t* shift) {
    return _mm512_inserti64x4(_mm512_castsi256_si512(RescaledEight(sums, bias, factor, shift)),
                              RescaledEight(sums + 8, bias + 8, factor + 8, shift + 8), 1);
  }
  // table[i] in the low half of a lane, table[i + 1] in the high one.
  [[gnu::always_inline]] static inline Vector LoadNeighbours(const void* table, Vector i) {
    return _mm512_i32gather_epi32(i, table, 2);
  }

  // 16 float32.
  using Reals = __m512;
  [[gnu::always_inline]] static inline Reals LoadReals(const float* from) {
    return _mm512_loadu_ps(from);
  }
  [[gnu::always_inline]] static inline Reals LoadReals(const float* from, std::ptrdiff_t n) {
    return _mm512_maskz_loadu_ps(First(n), from);
  }
  [[gnu::always_inline]] static inline void StoreReals(float* to, Reals a) {
    _mm512_storeu_ps(to, a);
  }
  [[gnu::always_inline]] static inline void StoreReals(float* to, Reals a, std::ptrdiff_t n) {
    _mm512_mask_storeu_ps(to, First(n), a);
  }
  // Of numbers that float32 holds exactly.
  [[gnu::always_inline]] static inline Reals Times(Vector a, float x) {
    return _mm512_mul_ps(_mm512_cvtepi32_ps(a), _mm512_set1_ps(x));
  }
  // a / x to the nearest integer, ties away from zero, 0 for NaN, within +-limit.
  [[gnu::always_inline]] static inline Vector Quotient(Reals a, float x, float limit) {
    Reals q = _mm512_div_ps(a, _mm512_set1_ps(x));
    q = _mm512_maskz_mov_ps(_mm512_cmp_ps_mask(q, q, _CMP_ORD_Q), q);
    q = _mm512_min_ps(_mm512_max_ps(q, _mm512_set1_ps(-limit)), _mm512_set1_ps(limit));
    const Vector whole = _mm512_cvttps_epi32(q);
    const Reals rest = _mm512_sub_ps(q, _mm512_cvtepi32_ps(whole));
    const Mask up = _mm512_cmp_ps_mask(rest, _mm512_set1_ps(0.5f), _CMP_GE_OQ);
    const Mask down = _mm512_cmp_ps_mask(rest, _mm512_set1_ps(-0.5f), _CMP_LE_OQ);
    const Vector one = Set(1);
    const Vector raised = _mm512_mask_add_epi32(whole, up, whole, one);
    return _mm512_mask_sub_epi32(raised, down, raised, one);
  }
  // a / n, truncated, where both are exact in float32.
  [[gnu::always_inline]] static inline Vector Divided(Vector a, float n) {
    return _mm512_cvttps_epi32(_mm512_div_ps(_mm512_cvtepi32_ps(a), _mm512_set1_ps(n)));
  }
  [[gnu::always_inline]] static inline Vector LoadWords(const int16_t* from) {
    return _mm512_cvtepi16_epi32(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(from)));
  }
  [[gnu::always_inline]] static inline Vector LoadWords(const int16_t* from, std::ptrdiff_t n) {
    return _mm512_cvtepi16_epi32(
        _mm256_maskz_loadu_epi16(static_cast<__mmask16>((1u << n) - 1), from));
  }
  // Values within int16.
  [[gnu::always_inline]] static inline void StoreWords(int16_t* to, Vector a) {
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(to), _mm512_cvtepi32_epi16(a));
  }
  [[gnu::always_inline]] static inline void StoreWords(int16_t* to, Vector a, std::ptrdiff_t n) {
    _mm256_mask_storeu_epi16(to, static_cast<__mmask16>((1u << n) - 1), _mm512_cvtepi32_epi16(a));
  }
  [[gnu::always_inline]] static inline Vector Clamped(Vector a, int32_t min, int32_t max) {
    return _mm512_min_epi32(_mm512_max_epi32(a, _mm512_set1_epi32(min)), _mm512_set1_epi32(max));
  }
  // Results of the requantisers, as bytes.
  [[gnu::always_inline]] static inline __m128i Pack(const Packer& pack, Vector a) {
    return pack(a);
  }

 private:
  [[gnu::always_inline]] static inline __m256i RescaledEight(const int64_t* sums,
                                                             const int64_t* bias,
                                                             const int32_t* factor,
                                                             const int32_t* shift) {
    const auto load = [](const int32_t* from) {
      return _mm512_cvtepi32_epi64(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(from)));
    };
    const __m512i sum = _mm512_add_epi64(_mm512_loadu_si512(sums), _mm512_loadu_si512(bias));
    const __m512i right = load(shift);
    const __m512i one = _mm512_set1_epi64(1);
    const __m512i half = _mm512_sllv_epi64(one, _mm512_sub_epi64(right, one));
    const __m512i product = _mm512_mullo_epi64(sum, load(factor));
    return _mm512_cvtepi64_epi32(_mm512_srav_epi64(_mm512_add_epi64(product, half), right));
  }
};

// 32 lanes of int16.
struct WordLanes {
  using Vector = __m512i;
  static constexpr std::ptrdiff_t kCount = 32;

  [[gnu::always_inline]] static inline Vector Zero() { return _mm512_setzero_si512(); }
  [[gnu::always_inline]] static inline Vector Set(int32_t x) {
    return _mm512_set1_epi16(static_cast<int16_t>(x));
  }
  [[gnu::always_inline]] static inline Vector LoadBytes(const int8_t* from) {
    return _mm512_cvtepi8_epi16(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(from)));
  }
  [[gnu::always_inline]] static inline Vector LoadBytes(const int8_t* from, std::ptrdiff_t n) {
    const auto live = static_cast<__mmask32>((uint64_t{1} << n) - 1);
    return _mm512_cvtepi8_epi16(_mm256_maskz_loadu_epi8(live, from));
  }
  [[gnu::always_inline]] static inline Vector LoadWords(const int16_t* from) {
    return _mm512_loadu_si512(from);
  }
  [[gnu::always_inline]] static inline Vector LoadWords(const int16_t* from, std::ptrdiff_t n) {
    return _mm512_maskz_loadu_epi16(static_cast<__mmask32>((uint64_t{1} << n) - 1), from);
  }
  // a with zeros for all but the first n, or the last.
  [[gnu::always_inline]] static inline Vector First(Vector a, std::ptrdiff_t n) {
    return _mm512_maskz_mov_epi16(static_cast<__mmask32>((uint64_t{1} << n) - 1), a);
  }
  [[gnu::always_inline]] static inline Vector Last(Vector a, std::ptrdiff_t n) {
    return _mm512_maskz_mov_epi16(static_cast<__mmask32>(~uint64_t{0} << (kCount - n)), a);
  }
  [[gnu::always_inline]] static inline void StoreWords(int16_t* to, Vector a) {
    _mm512_storeu_si512(to, a);
  }
  [[gnu::always_inline]] static inline Vector Subtract(Vector a, Vector b) {
    return _mm512_sub_epi16(a, b);
  }
  // sum + the products of a pair of neighbours, in int32.
  [[gnu::always_inline]] static inline Vector AddProducts(Vector sum, Vector a, Vector b) {
    return _mm512_dpwssd_epi32(sum, a, b);
  }
  // Neighbours of int32 added up in two halves.
  [[gnu::always_inline]] static inline __m256i Folded(Vector a) {
    return _mm256_add_epi32(_mm512_castsi512_si256(a), _mm512_extracti64x4_epi64(a, 1));
  }
};

// 64 bytes.
struct ByteLanes {
  using Vector = __m512i;
  static constexpr std::ptrdiff_t kCount = 64;

  [[gnu::always_inline]] static inline Vector Load(const int8_t* from) {
    return _mm512_loadu_si512(from);
  }
  [[gnu::always_inline]] static inline Vector Load(const int8_t* from, std::ptrdiff_t n) {
    return _mm512_maskz_loadu_epi8((uint64_t{1} << n) - 1, from);
  }
  [[gnu::always_inline]] static inline void Store(int8_t* to, Vector a) {
    _mm512_storeu_si512(to, a);
  }
  [[gnu::always_inline]] static inline void Store(int8_t* to, Vector a, std::ptrdiff_t n) {
    _mm512_mask_storeu_epi8(to, (uint64_t{1} << n) - 1, a);
  }

  // Sums of unsigned bytes, 8 each.
  [[gnu::always_inline]] static inline Vector Zero() { return _mm512_setzero_si512(); }
  [[gnu::always_inline]] static inline Vector AddBytes(Vector sums, Vector x) {
    return _mm512_add_epi64(sums, _mm512_sad_epu8(x, Zero()));
  }
  [[gnu::always_inline]] static inline int64_t Total(Vector sums) {
    return _mm512_reduce_add_epi64(sums);
  }
  // x + 128.
  [[gnu::always_inline]] static inline Vector Unsigned(Vector x) {
    return _mm512_xor_si512(x, _mm512_set1_epi8(-128));
  }

  // Places in a table whose first entry is that of -128.
  class Index {
   public:
    [[gnu::always_inline]] inline explicit Index(Vector x)
        : place_(_mm512_xor_si512(x, _mm512_set1_epi8(-128))),
          low_(_mm512_and_si512(place_, _mm512_set1_epi8(15))) {}
    [[gnu::always_inline]] inline Vector InThirtyTwo(const int8_t* entries) const {
      return Select<4>(_mm512_shuffle_epi8(FourTimes(entries + 16), low_),
                       _mm512_shuffle_epi8(FourTimes(entries), low_));
    }
    template <int kBit>
    [[gnu::always_inline]] inline Vector Select(Vector yes, Vector no) const {
      const __mmask64 has =
          _mm512_test_epi8_mask(place_, _mm512_set1_epi8(static_cast<char>(1 << kBit)));
      return _mm512_mask_blend_epi8(has, no, yes);
    }

   private:
    [[gnu::always_inline]] static inline Vector FourTimes(const int8_t* entries) {
      return _mm512_broadcast_i32x4(IntegerLanes::LoadBytes(entries));
    }

    Vector place_, low_;
  };
};

}  // namespace moonlet::avx512vnni
