// Image rows made into lines with AVX-512: an element is four rows' bytes, offset by 128.
#include <immintrin.h>

#include "engine/kernels/depthwise_lines.h"

namespace moonlet::avx512vnni {
namespace {

constexpr std::ptrdiff_t kPiece = 64;     // positions at a time
constexpr std::ptrdiff_t kElements = 16;  // in a vector

// Bytes of a row with its four-byte groups arranged so that unpacking within quarters of a
// vector, twice, leaves them in order.
[[gnu::always_inline]] inline __m512i Arranged(__m512i row) {
  const __m512i order = _mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
  return _mm512_permutexvar_epi32(order, _mm512_xor_si512(row, _mm512_set1_epi8(-128)));
}

// Vector i has the elements of positions 16 i to 16 i + 15.
struct Elements {
  __m512i vector[4];
};
[[gnu::always_inline]] inline Elements Interleaved(__m512i r0, __m512i r1, __m512i r2, __m512i r3) {
  r0 = Arranged(r0);
  r1 = Arranged(r1);
  r2 = Arranged(r2);
  r3 = Arranged(r3);
  const __m512i low01 = _mm512_unpacklo_epi8(r0, r1);
  const __m512i low23 = _mm512_unpacklo_epi8(r2, r3);
  const __m512i high01 = _mm512_unpackhi_epi8(r0, r1);
  const __m512i high23 = _mm512_unpackhi_epi8(r2, r3);
  return {{_mm512_unpacklo_epi16(low01, low23), _mm512_unpackhi_epi16(low01, low23),
           _mm512_unpacklo_epi16(high01, high23), _mm512_unpackhi_epi16(high01, high23)}};
}

[[gnu::always_inline]] inline __mmask64 BytesBelow(std::ptrdiff_t n) {
  return n >= kPiece ? ~__mmask64{0} : (__mmask64{1} << n) - 1;
}

// How values follow each other in a row of the image. First tells whether 64 of `left` values
// may be read whole.
struct Adjacent {
  [[gnu::always_inline]] static inline bool Whole(std::ptrdiff_t left) { return left >= kPiece; }
  [[gnu::always_inline]] inline __m512i Load(const int8_t* row, std::ptrdiff_t i) const {
    return _mm512_loadu_si512(row + i);
  }
  [[gnu::always_inline]] inline __m512i Load(const int8_t* row, std::ptrdiff_t i,
                                             std::ptrdiff_t left) const {
    return _mm512_maskz_loadu_epi8(BytesBelow(left), row + i);
  }
};

// Every other column of 8, 16 or 32 channels. The column after the last may not exist.
struct Alternate {
  __m512i order;
  std::ptrdiff_t channels;

  [[gnu::always_inline]] inline explicit Alternate(std::ptrdiff_t channels) : channels(channels) {
    // Eighths of two vectors: those whose number has no bit of channels / 8.
    const __m512i eighths = _mm512_setr_epi64(0, 1, 2, 3, 4, 5, 6, 7);
    const __m512i low = _mm512_set1_epi64(channels / 8 - 1);
    order = _mm512_add_epi64(_mm512_and_si512(eighths, low),
                             _mm512_slli_epi64(_mm512_andnot_si512(low, eighths), 1));
  }
  [[gnu::always_inline]] static inline bool Whole(std::ptrdiff_t left) { return left > kPiece; }
  [[gnu::always_inline]] inline __m512i Load(const int8_t* row, std::ptrdiff_t i) const {
    return _mm512_permutex2var_epi64(_mm512_loadu_si512(row + 2 * i), order,
                                     _mm512_loadu_si512(row + 2 * i + kPiece));
  }
  [[gnu::always_inline]] inline __m512i Load(const int8_t* row, std::ptrdiff_t i,
                                             std::ptrdiff_t left) const {
    const std::ptrdiff_t bytes = 2 * left - channels;
    const std::ptrdiff_t second = bytes > kPiece ? bytes - kPiece : 0;
    return _mm512_permutex2var_epi64(
        _mm512_maskz_loadu_epi8(BytesBelow(bytes), row + 2 * i), order,
        _mm512_maskz_loadu_epi8(BytesBelow(second), row + 2 * i + (second > 0 ? kPiece : 0)));
  }
};

// Every other column of one channel.
struct AlternateBytes {
  [[gnu::always_inline]] static inline bool Whole(std::ptrdiff_t left) { return left > kPiece; }
  [[gnu::always_inline]] static inline __m512i Even(__m512i a, __m512i b) {
    return _mm512_inserti64x4(_mm512_castsi256_si512(_mm512_cvtepi16_epi8(a)),
                              _mm512_cvtepi16_epi8(b), 1);
  }
  [[gnu::always_inline]] inline __m512i Load(const int8_t* row, std::ptrdiff_t i) const {
    return Even(_mm512_loadu_si512(row + 2 * i), _mm512_loadu_si512(row + 2 * i + kPiece));
  }
  [[gnu::always_inline]] inline __m512i Load(const int8_t* row, std::ptrdiff_t i,
                                             std::ptrdiff_t left) const {
    const std::ptrdiff_t bytes = 2 * left - 1;
    const std::ptrdiff_t second = bytes > kPiece ? bytes - kPiece : 0;
    return Even(
        _mm512_maskz_loadu_epi8(BytesBelow(bytes), row + 2 * i),
        _mm512_maskz_loadu_epi8(BytesBelow(second), row + 2 * i + (second > 0 ? kPiece : 0)));
  }
};

// Interleaves `count` values, that many pieces of 64 as there are.
template <typename Source>
[[gnu::always_inline]] inline void InterleaveValues(const Source& source, const int8_t* const* rows,
                                                    std::ptrdiff_t count, uint8_t* line) {
  std::ptrdiff_t i = 0;
  for (; source.Whole(count - i); i += kPiece, line += 4 * kPiece) {
    const Elements e = Interleaved(source.Load(rows[0], i), source.Load(rows[1], i),
                                   source.Load(rows[2], i), source.Load(rows[3], i));
    _mm512_storeu_si512(line, e.vector[0]);
    _mm512_storeu_si512(line + kPiece, e.vector[1]);
    _mm512_storeu_si512(line + 2 * kPiece, e.vector[2]);
    _mm512_storeu_si512(line + 3 * kPiece, e.vector[3]);
  }
  const std::ptrdiff_t left = count - i;
  if (left == 0) return;
  const Elements e = Interleaved(source.Load(rows[0], i, left), source.Load(rows[1], i, left),
                                 source.Load(rows[2], i, left), source.Load(rows[3], i, left));
  const __mmask64 live = BytesBelow(left);
  for (std::ptrdiff_t v = 0; v < 4; ++v) {
    _mm512_mask_storeu_epi32(line + v * kPiece, static_cast<__mmask16>(live >> (v * kElements)),
                             e.vector[v]);
  }
}

}  // namespace

bool TakesPairs(int32_t channels) {
  return channels == 1 || channels == 8 || channels == 16 || channels == 32;
}

void FillElements(uint32_t element, std::ptrdiff_t count, uint8_t* line) {
  const __m512i elements = _mm512_set1_epi32(static_cast<int32_t>(element));
  for (; count >= kElements; count -= kElements, line += kPiece)
    _mm512_storeu_si512(line, elements);
  if (count > 0) _mm512_mask_storeu_epi32(line, static_cast<__mmask16>((1 << count) - 1), elements);
}

void InterleaveRows(const DepthwiseRows& from, uint8_t* line) {
  const int8_t* rows[4] = {from.rows[0], from.rows[1], from.rows[2], from.rows[3]};
  const std::ptrdiff_t all = from.count * from.columns;
  if (from.columns > 1 && from.step == 2 * from.count && from.count < kPiece) {
    if (from.count == 1) return InterleaveValues(AlternateBytes(), rows, all, line);
    return InterleaveValues(Alternate(from.count), rows, all, line);
  }
  for (std::ptrdiff_t column = 0; column < from.columns; ++column) {
    InterleaveValues(Adjacent(), rows, from.count, line);
    line += 4 * from.count;
    for (const int8_t*& row : rows) row += from.step;
  }
}

}  // namespace moonlet::avx512vnni
