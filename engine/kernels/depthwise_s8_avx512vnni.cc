// DEPTHWISE_CONV_2D int8 with AVX-512 VNNI: an element is four rows' bytes, offset by 128, and
// one instruction adds up what they contribute to 16 outputs.
#include <immintrin.h>

#include "engine/kernels/depthwise_lines.h"
#include "engine/kernels/requantize_avx512.h"

namespace moonlet::avx512vnni {
namespace {

using avx512::ClampPackerS8;
using avx512::ReluRequantizer;
using avx512::Requantizer;
using avx512::RightRequantizer;

constexpr std::ptrdiff_t kVector = 16;  // positions

[[gnu::always_inline]] inline __mmask16 LanesBelow(std::ptrdiff_t n) {
  return static_cast<__mmask16>((1u << n) - 1);
}

// Elements of 16 positions of the output, where they follow each other in the line.
struct Straight {
  [[gnu::always_inline]] Straight(const DepthwiseSums&, int32_t) {}
  [[gnu::always_inline]] inline __m512i operator()(const uint8_t* at) const {
    return _mm512_loadu_si512(at);
  }
};
// The same where several outputs have one channel.
struct Spread {
  [[gnu::always_inline]] inline Spread(const DepthwiseSums& s, int32_t vector)
      : order(_mm512_loadu_si512(s.sources + kVector * vector)) {}
  [[gnu::always_inline]] inline __m512i operator()(const uint8_t* at) const {
    return _mm512_permutexvar_epi32(order, _mm512_loadu_si512(at));
  }
  __m512i order;
};

// One vector of a unit, in all the units of an output row. The row's last unit may be cut, and
// in either there may be fewer positions than lanes.
struct VectorRun {
  const uint8_t* line;       // the first unit's elements
  std::ptrdiff_t line_step;  // from one unit to the next
  int8_t* output;
  std::ptrdiff_t output_step;
  std::ptrdiff_t units;        // whole ones
  std::ptrdiff_t whole_lanes;  // positions that a whole unit has from the vector on
  std::ptrdiff_t rest_lanes;   // that the cut one has
  std::ptrdiff_t count;        // outputs with all lanes
};

// Quarters of `bytes`, `step` apart: all four, or the first few.
[[gnu::always_inline]] inline void StoreQuarters(__m512i bytes, int8_t* to, std::ptrdiff_t step) {
  if (step == kVector) return _mm512_storeu_si512(to, bytes);
  const auto at = [&](std::ptrdiff_t i) { return reinterpret_cast<__m128i*>(to + i * step); };
  _mm_storeu_si128(at(0), _mm512_castsi512_si128(bytes));
  _mm_storeu_si128(at(1), _mm512_extracti32x4_epi32(bytes, 1));
  _mm_storeu_si128(at(2), _mm512_extracti32x4_epi32(bytes, 2));
  _mm_storeu_si128(at(3), _mm512_extracti32x4_epi32(bytes, 3));
}
[[gnu::always_inline]] inline void StoreQuarters(__m512i bytes, int8_t* to, std::ptrdiff_t step,
                                                 std::ptrdiff_t count) {
  const auto at = [&](std::ptrdiff_t i) { return reinterpret_cast<__m128i*>(to + i * step); };
  _mm_storeu_si128(at(0), _mm512_castsi512_si128(bytes));
  _mm_storeu_si128(at(1), _mm512_extracti32x4_epi32(bytes, 1));
  if (count > 2) _mm_storeu_si128(at(2), _mm512_extracti32x4_epi32(bytes, 2));
}

// The sums of four outputs.
struct FourSums {
  __m512i sum[4];
};

// A filter of three elements, whose weights stay in registers.
template <typename Load>
struct ThreeTaps {
  Load load;
  __m512i bias, w0, w1, w2;
  std::ptrdiff_t o0, o1, o2;

  [[gnu::always_inline]] inline ThreeTaps(const DepthwiseSums& s, const Load& load, __m512i bias,
                                          const uint8_t* weights)
      : load(load),
        bias(bias),
        w0(_mm512_loadu_si512(weights)),
        w1(_mm512_loadu_si512(weights + kVectorBytes)),
        w2(_mm512_loadu_si512(weights + 2 * kVectorBytes)),
        o0(s.offsets[0]),
        o1(s.offsets[1]),
        o2(s.offsets[2]) {}
  [[gnu::always_inline]] inline __m512i Sum(const uint8_t* x) const {
    __m512i sum = _mm512_dpbusd_epi32(bias, load(x + o0), w0);
    sum = _mm512_dpbusd_epi32(sum, load(x + o1), w1);
    return _mm512_dpbusd_epi32(sum, load(x + o2), w2);
  }
  [[gnu::always_inline]] inline FourSums Sum(const uint8_t* x0, const uint8_t* x1,
                                             const uint8_t* x2, const uint8_t* x3) const {
    return {{Sum(x0), Sum(x1), Sum(x2), Sum(x3)}};
  }
};

template <typename Load>
struct AnyTaps {
  Load load;
  __m512i bias;
  const uint8_t* weights;
  const int32_t* offsets;
  int32_t taps;

  [[gnu::always_inline]] inline AnyTaps(const DepthwiseSums& s, const Load& load, __m512i bias,
                                        const uint8_t* weights)
      : load(load), bias(bias), weights(weights), offsets(s.offsets), taps(s.taps) {}
  [[gnu::always_inline]] inline __m512i Sum(const uint8_t* x) const {
    __m512i sum = bias;
    for (int32_t t = 0; t < taps; ++t)
      sum = _mm512_dpbusd_epi32(sum, load(x + offsets[t]),
                                _mm512_loadu_si512(weights + kVectorBytes * t));
    return sum;
  }
  [[gnu::always_inline]] inline FourSums Sum(const uint8_t* x0, const uint8_t* x1,
                                             const uint8_t* x2, const uint8_t* x3) const {
    __m512i sum0 = bias, sum1 = bias, sum2 = bias, sum3 = bias;
    for (int32_t t = 0; t < taps; ++t) {
      const __m512i w = _mm512_loadu_si512(weights + kVectorBytes * t);
      const std::ptrdiff_t offset = offsets[t];
      sum0 = _mm512_dpbusd_epi32(sum0, load(x0 + offset), w);
      sum1 = _mm512_dpbusd_epi32(sum1, load(x1 + offset), w);
      sum2 = _mm512_dpbusd_epi32(sum2, load(x2 + offset), w);
      sum3 = _mm512_dpbusd_epi32(sum3, load(x3 + offset), w);
    }
    return {{sum0, sum1, sum2, sum3}};
  }
};

template <typename Load, typename Rescale>
struct Lanes {
  const DepthwiseSums& sums;
  Load load;
  Rescale rescale;
  ClampPackerS8 pack;
  __m512i bias;

  [[gnu::always_inline]] inline Lanes(const DepthwiseSums& s, int32_t vector)
      : sums(s),
        load(s, vector),
        rescale(s.blocks[vector], s.range.zero),
        pack(s.range),
        bias(_mm512_loadu_si512(s.blocks[vector].bias)) {}

  [[gnu::always_inline]] inline __m512i Pack(const FourSums& s) const {
    return pack(rescale(s.sum[0]), rescale(s.sum[1]), rescale(s.sum[2]), rescale(s.sum[3]));
  }
  template <typename Taps>
  [[gnu::always_inline]] inline void SumWhole(const Taps& taps, const VectorRun& run) const {
    const std::ptrdiff_t step = run.line_step;
    const std::ptrdiff_t next = run.output_step;
    const uint8_t* x = run.line;
    int8_t* output = run.output;
    std::ptrdiff_t left = run.count;
    for (; left >= 4; left -= 4, x += 4 * step, output += 4 * next)
      StoreQuarters(Pack(taps.Sum(x, x + step, x + 2 * step, x + 3 * step)), output, next);
    const uint8_t* last = x + (left - 1) * step;
    if (left == 3) {
      StoreQuarters(Pack(taps.Sum(x, x + step, last, last)), output, next, left);
    } else if (left == 2) {
      const __m512i second = rescale(taps.Sum(last));
      StoreQuarters(pack(rescale(taps.Sum(x)), second, second, second), output, next, left);
    } else if (left == 1) {
      _mm_storeu_si128(reinterpret_cast<__m128i*>(output), pack(rescale(taps.Sum(x))));
    }
  }
  // Outputs [first, last) of the run, of which only so many lanes exist.
  template <typename Taps>
  [[gnu::always_inline]] inline void SumPartial(const Taps& taps, const VectorRun& run,
                                                std::ptrdiff_t first, std::ptrdiff_t last,
                                                std::ptrdiff_t lanes) const {
    const __mmask16 live = LanesBelow(lanes);
    for (std::ptrdiff_t i = first; i < last; ++i)
      _mm_mask_storeu_epi8(run.output + i * run.output_step, live,
                           pack(rescale(taps.Sum(run.line + i * run.line_step))));
  }
  // One row of each of so many strips.
  template <typename Taps>
  [[gnu::always_inline]] inline void SumStrips(VectorRun run, const uint8_t* weights,
                                               int32_t strips) const {
    const Taps taps(sums, load, bias, weights);
    for (int32_t i = 0; i < strips; ++i) {
      SumWhole(taps, run);
      if (run.whole_lanes < kVector) SumPartial(taps, run, 0, run.units, run.whole_lanes);
      if (run.rest_lanes > 0 && run.rest_lanes < kVector)
        SumPartial(taps, run, run.units, run.units + 1, run.rest_lanes);
      run.line += sums.strip_lines;
      run.output += sums.rows * sums.row_outputs;
    }
  }
};

template <typename Load, typename Rescale>
[[gnu::always_inline]] inline void SumVector(const DepthwiseSums& s, int32_t v) {
  const std::ptrdiff_t position = kVector * v;
  if (position >= s.positions) return;
  const Lanes<Load, Rescale> lanes(s, v);
  VectorRun run;
  run.line = s.lines + position / s.multiplier * 4;
  run.line_step = std::ptrdiff_t{s.unit} / s.multiplier * 4;
  run.output = s.output + position;
  run.output_step = s.unit;
  run.units = s.positions / s.unit;
  run.whole_lanes = s.unit - position;
  run.rest_lanes = s.positions % s.unit - position;
  run.count = run.whole_lanes < kVector ? 0 : run.units + (run.rest_lanes >= kVector ? 1 : 0);
  const uint8_t* weights = s.weights + std::ptrdiff_t{v} * s.taps * kVectorBytes;
  for (int32_t r = 0; r < s.rows; ++r) {
    const int32_t strips = r < s.last_rows ? s.strips : s.strips - 1;
    if (s.taps == 3) {
      lanes.template SumStrips<ThreeTaps<Load>>(run, weights, strips);
    } else {
      lanes.template SumStrips<AnyTaps<Load>>(run, weights, strips);
    }
    weights += s.row_weights;
    run.output += s.row_outputs;
  }
}

template <typename Load>
[[gnu::always_inline]] inline void SumVectors(const DepthwiseSums& s) {
  for (int32_t v = s.first_vector; v < s.last_vector; ++v) {
    if (ReluRequantizer::Has(s.blocks[v], s.range)) {
      SumVector<Load, ReluRequantizer>(s, v);
    } else if (RightRequantizer::Has(s.blocks[v])) {
      SumVector<Load, RightRequantizer>(s, v);
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

const DepthwiseLoops kDepthwiseLoops = {"avx512vnni", 4,  TakesPairs, InterleaveRows,
                                        FillElements, Sum};

}  // namespace moonlet::avx512vnni
