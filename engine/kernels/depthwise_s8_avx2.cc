// DEPTHWISE_CONV_2D int8 with AVX2: an element is two rows as int16, whose products with two
// weights one instruction adds up, exactly, for 8 outputs.
#include <immintrin.h>

#include <algorithm>
#include <cstring>

#include "engine/kernels/depthwise_lines.h"
#include "engine/kernels/requantize_avx2.h"

namespace moonlet::avx2 {
namespace {

constexpr std::ptrdiff_t kPiece = 16;  // positions interleaved at a time
constexpr std::ptrdiff_t kVector = kChannelBlock;
constexpr std::ptrdiff_t kHalf = 8;

[[gnu::always_inline]] inline void InterleavePiece(const int8_t* row0, const int8_t* row1,
                                                   uint8_t* line) {
  const auto wide = [](const int8_t* row) {
    return _mm256_cvtepi8_epi16(_mm_loadu_si128(reinterpret_cast<const __m128i*>(row)));
  };
  const __m256i r0 = wide(row0);
  const __m256i r1 = wide(row1);
  const __m256i low = _mm256_unpacklo_epi16(r0, r1);   // positions 0-3, 8-11
  const __m256i high = _mm256_unpackhi_epi16(r0, r1);  // 4-7, 12-15
  auto* to = reinterpret_cast<__m256i*>(line);
  _mm256_storeu_si256(to, _mm256_permute2x128_si256(low, high, 0x20));
  _mm256_storeu_si256(to + 1, _mm256_permute2x128_si256(low, high, 0x31));
}

void InterleaveTail(const int8_t* row0, const int8_t* row1, std::ptrdiff_t count, uint8_t* line) {
  for (std::ptrdiff_t i = 0; i < count; ++i) {
    const int16_t element[2] = {row0[i], row1[i]};
    std::memcpy(line + 4 * i, element, sizeof(element));
  }
}

bool TakesPairs(int32_t) { return false; }

void Fill(uint32_t element, std::ptrdiff_t count, uint8_t* line) {
  const __m256i elements = _mm256_set1_epi32(static_cast<int32_t>(element));
  for (; count >= 8; count -= 8, line += sizeof(elements))
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(line), elements);
  for (; count > 0; --count, line += sizeof(element))
    __builtin_memcpy(line, &element, sizeof(element));
}

void Interleave(const DepthwiseRows& from, uint8_t* line) {
  for (std::ptrdiff_t column = 0; column < from.columns; ++column) {
    const int8_t* row0 = from.rows[0] + column * from.step;
    const int8_t* row1 = from.rows[1] + column * from.step;
    std::ptrdiff_t i = 0;
    for (; i + kPiece <= from.count; i += kPiece) InterleavePiece(row0 + i, row1 + i, line + 4 * i);
    InterleaveTail(row0 + i, row1 + i, from.count - i, line + 4 * i);
    line += 4 * from.count;
  }
}

[[gnu::always_inline]] inline __m256i LoadVector(const void* at) {
  return _mm256_loadu_si256(static_cast<const __m256i*>(at));
}

// Elements of 8 of a vector's positions, where they follow each other in the line.
struct Straight {
  [[gnu::always_inline]] inline Straight(const DepthwiseSums&, int32_t) {}
  [[gnu::always_inline]] inline __m256i Half(const uint8_t* at, int32_t first) const {
    return LoadVector(at + 4 * first);
  }
};
// The same where several outputs have one channel: 8 lanes have 8 neighbours at most.
struct Spread {
  __m256i low, high;
  std::ptrdiff_t high_at;

  [[gnu::always_inline]] inline Spread(const DepthwiseSums& s, int32_t vector) {
    const int32_t* sources = s.sources + kVector * vector;
    low = LoadVector(sources);
    high = _mm256_sub_epi32(LoadVector(sources + kHalf), _mm256_set1_epi32(sources[kHalf]));
    high_at = 4 * sources[kHalf];
  }
  [[gnu::always_inline]] inline __m256i Half(const uint8_t* at, int32_t first) const {
    return first == 0 ? _mm256_permutevar8x32_epi32(LoadVector(at), low)
                      : _mm256_permutevar8x32_epi32(LoadVector(at + high_at), high);
  }
};

// One vector of a unit, in all the units of a row.
template <typename Load, typename Rescale>
struct Lanes {
  const DepthwiseSums& sums;
  Load load;
  Rescale low, high;
  OutputPackerS8 pack;
  __m256i bias_low, bias_high;

  [[gnu::always_inline]] inline Lanes(const DepthwiseSums& s, int32_t vector)
      : sums(s),
        load(s, vector),
        low(s.blocks[vector], 0),
        high(s.blocks[vector], kHalf),
        pack(s.range),
        bias_low(LoadVector(s.blocks[vector].bias)),
        bias_high(LoadVector(s.blocks[vector].bias + kHalf)) {}

  [[gnu::always_inline]] inline __m128i Output(const uint8_t* line, const uint8_t* weights) const {
    __m256i sum_low = bias_low;
    __m256i sum_high = bias_high;
    for (int32_t t = 0; t < sums.taps; ++t, weights += 64) {
      const uint8_t* x = line + sums.offsets[t];
      const __m256i product_low = _mm256_madd_epi16(load.Half(x, 0), LoadVector(weights));
      const __m256i product_high = _mm256_madd_epi16(load.Half(x, kHalf), LoadVector(weights + 32));
      sum_low = _mm256_add_epi32(sum_low, product_low);
      sum_high = _mm256_add_epi32(sum_high, product_high);
    }
    return pack(low(sum_low), high(sum_high));
  }
};

// Of one vector of a unit, what one output row takes.
template <typename Lanes>
[[gnu::always_inline]] inline void SumRow(const DepthwiseSums& s, const Lanes& lanes,
                                          std::ptrdiff_t position, const uint8_t* weights,
                                          const uint8_t* line, int8_t* output) {
  const std::ptrdiff_t line_step = std::ptrdiff_t{s.unit} / s.multiplier * 4;
  for (std::ptrdiff_t i = position; i < s.positions; i += s.unit) {
    const __m128i bytes = lanes.Output(line, weights);
    const std::ptrdiff_t live = std::min(s.positions - i, std::ptrdiff_t{s.unit} - position);
    if (live >= kVector) {
      _mm_storeu_si128(reinterpret_cast<__m128i*>(output), bytes);
    } else {
      int8_t some[kVector];
      _mm_storeu_si128(reinterpret_cast<__m128i*>(some), bytes);
      std::memcpy(output, some, static_cast<size_t>(live));
    }
    line += line_step;
    output += s.unit;
  }
}

template <typename Load, typename Rescale>
[[gnu::always_inline]] inline void SumVector(const DepthwiseSums& s, int32_t v) {
  const std::ptrdiff_t position = kVector * v;
  if (position >= s.positions) return;
  const Lanes<Load, Rescale> lanes(s, v);
  const uint8_t* first = s.lines + position / s.multiplier * 4;
  for (int32_t r = 0; r < s.rows; ++r) {
    const uint8_t* weights = s.weights + std::ptrdiff_t{v} * s.taps * 64 + r * s.row_weights;
    const int32_t strips = r < s.last_rows ? s.strips : s.strips - 1;
    for (int32_t i = 0; i < strips; ++i) {
      SumRow(s, lanes, position, weights, first + i * s.strip_lines,
             s.output + (std::ptrdiff_t{i} * s.rows + r) * s.row_outputs + position);
    }
  }
}

template <typename Load>
[[gnu::always_inline]] inline void SumVectors(const DepthwiseSums& s) {
  for (int32_t v = s.first_vector; v < s.last_vector; ++v) {
    if (ReluRequantizer::Has(s.blocks[v], s.range)) {
      SumVector<Load, ReluRequantizer>(s, v);
    } else {
      SumVector<Load, Requantizer>(s, v);
    }
  }
}

void Sum(const DepthwiseSums& s) {
  if (s.sources == nullptr) {
    SumVectors<Straight>(s);
  } else {
    SumVectors<Spread>(s);
  }
}

}  // namespace

const DepthwiseLoops kDepthwiseLoops = {"avx2", 2, TakesPairs, Interleave, Fill, Sum};

}  // namespace moonlet::avx2
