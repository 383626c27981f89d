// ADD of int8 by AVX-512 VBMI. What an operand is at the common scale is a function of its byte: of
// one it is a shift, of the other a table of 256 numbers, in four tables of their bytes, each of
// which takes two instructions for 64 elements.
#include <immintrin.h>

#include "engine/kernels/byte_table_lanes.h"
#include "engine/kernels/integer_lanes_avx512.h"
#include "engine/kernels/integer_loops.h"
#include "engine/kernels/integer_pairs_lanes.h"

namespace moonlet::avx512vbmi {
namespace {

using Operand = integer_lanes::AddOperand<avx512vnni::IntegerLanes>;

constexpr std::ptrdiff_t kVector = 64;
// Making the tables takes as long as some hundred elements.
constexpr int32_t kLeastCount = 1024;

// 64 numbers in the order in which bytes come when they are unpacked twice, and in which they
// return when they are packed.
struct Numbers {
  __m512i of[4];
};

class NumberTable {
 public:
  // operand(x) - less for each byte x.
  [[gnu::always_inline]] NumberTable(const Operand& operand, int32_t less) {
    alignas(64) int8_t bytes[4][256];
    for (int32_t first = 0; first < 256; first += 16) {
      const __m128i counted = _mm_setr_epi8(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
      const __m128i x = _mm_add_epi8(counted, _mm_set1_epi8(static_cast<char>(first - 128)));
      const __m512i numbers = _mm512_sub_epi32(operand(x), _mm512_set1_epi32(less));
      const auto store = [&](int plane, __m512i shifted) __attribute__((always_inline)) {
        _mm_store_si128(reinterpret_cast<__m128i*>(bytes[plane] + first),
                        _mm512_cvtepi32_epi8(shifted));
      };
      store(0, numbers);
      store(1, _mm512_srli_epi32(numbers, 8));
      store(2, _mm512_srli_epi32(numbers, 16));
      store(3, _mm512_srli_epi32(numbers, 24));
    }
    for (int plane = 0; plane < 4; ++plane) planes_[plane] = TableLanes(bytes[plane]);
  }

  [[gnu::always_inline]] Numbers operator()(__m512i x) const {
    const __m512i b0 = planes_[0](x), b1 = planes_[1](x), b2 = planes_[2](x), b3 = planes_[3](x);
    const __m512i low_01 = _mm512_unpacklo_epi8(b0, b1), high_01 = _mm512_unpackhi_epi8(b0, b1);
    const __m512i low_23 = _mm512_unpacklo_epi8(b2, b3), high_23 = _mm512_unpackhi_epi8(b2, b3);
    return {{_mm512_unpacklo_epi16(low_01, low_23), _mm512_unpackhi_epi16(low_01, low_23),
             _mm512_unpacklo_epi16(high_01, high_23), _mm512_unpackhi_epi16(high_01, high_23)}};
  }

 private:
  TableLanes planes_[4];
};

// x * 2^shift.
class Shifted {
 public:
  explicit Shifted(int shift) : down_(_mm_cvtsi32_si128(24 - shift)) {}

  [[gnu::always_inline]] Numbers operator()(__m512i x) const {
    const __m512i zero = _mm512_setzero_si512();
    const __m512i low = _mm512_unpacklo_epi8(zero, x), high = _mm512_unpackhi_epi8(zero, x);
    return {{_mm512_sra_epi32(_mm512_unpacklo_epi16(zero, low), down_),
             _mm512_sra_epi32(_mm512_unpackhi_epi16(zero, low), down_),
             _mm512_sra_epi32(_mm512_unpacklo_epi16(zero, high), down_),
             _mm512_sra_epi32(_mm512_unpackhi_epi16(zero, high), down_)}};
  }

 private:
  __m128i down_;
};

// The shift that an operand is, of bytes less their zero point; -1 if it is none.
int ShiftOf(Multiplier m) {
  const int shift = kAddHeadRoomS8 - 1 + m.shift;
  return m.value == 1 << 30 && shift >= 0 && m.shift <= 0 ? shift : -1;
}

template <typename Rescale>
[[gnu::always_inline]] inline void AddAll(const NumberTable& table, const Shifted& shifted,
                                          const Rescale& rescale, const OutputS8& output,
                                          const int8_t* a, const int8_t* b, std::ptrdiff_t count,
                                          int8_t* to) {
  const __m512i min = _mm512_set1_epi8(static_cast<char>(output.min));
  const __m512i max = _mm512_set1_epi8(static_cast<char>(output.max));
  for (std::ptrdiff_t i = 0; i < count; i += kVector) {
    const Numbers x = table(_mm512_loadu_si512(a + i));
    const Numbers y = shifted(_mm512_loadu_si512(b + i));
    __m512i sums[4];
    for (int k = 0; k < 4; ++k) sums[k] = rescale(_mm512_add_epi32(x.of[k], y.of[k]));
    const __m512i bytes = _mm512_packs_epi16(_mm512_packs_epi32(sums[0], sums[1]),
                                             _mm512_packs_epi32(sums[2], sums[3]));
    _mm512_storeu_si512(to + i, _mm512_min_epi8(_mm512_max_epi8(bytes, min), max));
  }
}

}  // namespace

void AddS8(const AddS8Params& p, const PairRunS8& run) {
  const int shift_a = ShiftOf(p.scales.a), shift_b = ShiftOf(p.scales.b);
  const bool suits = run.count >= kLeastCount && run.step_a == 1 && run.step_b == 1 &&
                     (shift_a >= 0 || shift_b >= 0);
  std::ptrdiff_t done = 0;
  if (suits) {
    done = run.count / kVector * kVector;
    const bool swapped = shift_b < 0;  // a is the shift
    const int shift = swapped ? shift_a : shift_b;
    const int32_t zero = swapped ? p.zero_a : p.zero_b;
    const NumberTable table(swapped ? Operand(p.scales.b, p.zero_b) : Operand(p.scales.a, p.zero_a),
                            zero << shift);
    const int8_t* const x = swapped ? run.b : run.a;
    const int8_t* const y = swapped ? run.a : run.b;
    const ChannelBlock block = integer_lanes::BlockOf(p.scales.output);
    const auto add = [&](const auto& rescale) {
      AddAll(table, Shifted(shift), rescale, p.output, x, y, done, run.output);
    };
    if (avx512::ReluRequantizer::Has(block, p.output) && p.scales.output.value >= 0) {
      add(avx512::ReluRequantizer(block, p.output.zero));
    } else if (avx512::RightRequantizer::Has(block)) {
      add(avx512::RightRequantizer(block, p.output.zero));
    } else {
      add(avx512::Requantizer(block, p.output.zero));
    }
  }
  if (done == run.count) return;
  avx512vnni::kIntegerLoops.add_s8(
      p, {run.a + done * run.step_a, run.b + done * run.step_b, run.output + done,
          static_cast<int32_t>(run.count - done), run.step_a, run.step_b});
}

}  // namespace moonlet::avx512vbmi
