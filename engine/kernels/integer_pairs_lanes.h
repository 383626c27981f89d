// engine/kernels/integer_pairs_lanes.h - elementwise loops for integer_loops_lanes.h.
#pragma once
#include <immintrin.h>

#include <cstddef>
#include <cstdint>

#include "engine/kernels/integer_loops.h"

namespace moonlet::integer_lanes {

// Elements at a time.
inline constexpr std::ptrdiff_t kPairs = 16;

[[gnu::always_inline]] inline ChannelBlock BlockOf(Multiplier m) {
  ChannelBlock block = {};
  m = BlockMultiplier(m);
  for (int32_t i = 0; i < kChannelBlock; ++i) {
    block.multiplier[i] = m.value;
    block.shift[i] = m.shift;
  }
  return block;
}

// Calls body(requantiser) with the cheapest that `m` and the output allow.
template <typename L, typename Body>
[[gnu::always_inline]] inline void WithRequantizer(Multiplier m, const OutputS8& output,
                                                   Body body) {
  const ChannelBlock block = BlockOf(m);
  if (block.shift[0] >= 0) return body(typename L::Requantizer(block));
  if (output.min < output.zero || m.value < 0) return body(typename L::RightRequantizer(block));
  body(typename L::ReluRequantizer(block));
}

// How 16 int8 come from memory and go there, as bytes.
template <typename L>
struct Bytes {
  [[gnu::always_inline]] static inline __m128i Repeat(int8_t x) { return _mm_set1_epi8(x); }
  [[gnu::always_inline]] static inline __m128i Load(const int8_t* from) {
    return L::LoadBytes(from);
  }
  [[gnu::always_inline]] static inline __m128i Load(const int8_t* from, std::ptrdiff_t n) {
    return L::LoadBytes(from, n);
  }
  [[gnu::always_inline]] static inline void Store(int8_t* to, __m128i bytes) {
    _mm_storeu_si128(reinterpret_cast<__m128i*>(to), bytes);
  }
  [[gnu::always_inline]] static inline void Store(int8_t* to, __m128i bytes, std::ptrdiff_t n) {
    L::StoreBytes(to, bytes, n);
  }
};

// The same of int16, as int32 lanes.
template <typename L>
struct Words {
  using Vector = typename L::Vector;
  [[gnu::always_inline]] static inline Vector Repeat(int16_t x) { return L::Set(x); }
  [[gnu::always_inline]] static inline Vector Load(const int16_t* from) {
    return L::LoadWords(from);
  }
  [[gnu::always_inline]] static inline Vector Load(const int16_t* from, std::ptrdiff_t n) {
    return L::LoadWords(from, n);
  }
  [[gnu::always_inline]] static inline void Store(int16_t* to, Vector a) { L::StoreWords(to, a); }
  [[gnu::always_inline]] static inline void Store(int16_t* to, Vector a, std::ptrdiff_t n) {
    L::StoreWords(to, a, n);
  }
};

// output = combine(a, b), 16 at a time.
template <typename Memory, typename T, typename Combine>
[[gnu::always_inline]] inline void ForEachPair(const PairRun<T>& run, Combine combine) {
  const auto a = Memory::Repeat(*run.a);
  const auto b = Memory::Repeat(*run.b);
  const std::ptrdiff_t count = run.count;
  std::ptrdiff_t i = 0;
  for (; i + kPairs <= count; i += kPairs) {
    Memory::Store(run.output + i, combine(run.step_a == 0 ? a : Memory::Load(run.a + i),
                                          run.step_b == 0 ? b : Memory::Load(run.b + i)));
  }
  if (i == count) return;
  const std::ptrdiff_t n = count - i;
  Memory::Store(run.output + i,
                combine(run.step_a == 0 ? a : Memory::Load(run.a + i, n),
                        run.step_b == 0 ? b : Memory::Load(run.b + i, n)),
                n);
}

// An operand of ADD at the common scale. With y = x - zero, of 9 bits, and the factor's value cut
// into high * 2^11 + low, the doubled high product of y * 2^20 is
// y * high + floor((y * low + 2^10) / 2^11).
template <typename L>
class AddOperand {
 public:
  using Vector = typename L::Vector;

  [[gnu::always_inline]] inline AddOperand(Multiplier m, int32_t zero)
      : zero_(L::Set(zero)),
        high_(L::Set(m.value >> 11)),
        low_(L::Set(m.value & 0x7FF)),
        half_(L::Set(m.shift < 0 ? 1 << (-m.shift - 1) : 0)),
        rounds_(L::Set(m.shift < 0 ? -1 : 0)),
        shift_(-m.shift),
        exact_(m.value == 1 << 30 && shift_ < kAddHeadRoomS8) {
    static_assert(kAddHeadRoomS8 == 20);
  }
  [[gnu::always_inline]] inline Vector operator()(__m128i bytes) const {
    const Vector y = L::Subtract(L::Widened(bytes), zero_);
    // The larger scale's operand, nearly always: a half.
    if (exact_) return L::ShiftLeft(y, kAddHeadRoomS8 - 1 - shift_);
    const Vector low = L::Add(L::Multiply(y, low_), L::Set(1 << 10));
    const Vector product = L::Add(L::Multiply(y, high_), L::ShiftRight(low, 11));
    const Vector negative = L::And(L::ShiftRight(product, 31), rounds_);
    return L::ShiftRight(L::Add(L::Add(product, half_), negative), shift_);
  }

 private:
  Vector zero_, high_, low_, half_, rounds_;
  int shift_;
  bool exact_;
};

template <typename L, bool kSubtract>
void AddRunS16(const AddS16Params& p, const PairRunS16& run) {
  using Vector = typename L::Vector;
  const typename L::Requantizer rescale_a(BlockOf(p.scales.a));
  const typename L::Requantizer rescale_b(BlockOf(p.scales.b));
  const typename L::Requantizer rescale(BlockOf(p.scales.output));
  const Vector zero_a = L::Set(p.zero_a);
  const Vector zero_b = L::Set(p.zero_b);
  const Vector zero = L::Set(p.output.zero);
  ForEachPair<Words<L>>(run, [&](Vector a, Vector b) {
    const Vector x = rescale_a(L::ShiftLeft(L::Subtract(a, zero_a), kAddHeadRoomS16));
    const Vector y = rescale_b(L::ShiftLeft(L::Subtract(b, zero_b), kAddHeadRoomS16));
    const Vector sum = rescale(kSubtract ? L::Subtract(x, y) : L::Add(x, y));
    return L::Clamped(L::Add(sum, zero), p.output.min, p.output.max);
  });
}

template <typename L>
void LeakyReluRun(const LeakyReluParams& p, const int16_t* input, size_t n, int16_t* output) {
  using Vector = typename L::Vector;
  const typename L::Requantizer positive(BlockOf(p.positive));
  const typename L::Requantizer negative(BlockOf(p.negative));
  const Vector zero = L::Set(p.input_zero);
  const Vector output_zero = L::Set(p.output_zero);
  const auto count = static_cast<int32_t>(n);
  // A walk over one operand; the other is not looked at.
  ForEachPair<Words<L>>(PairRunS16{input, input, output, count, 1, 0}, [&](Vector x, Vector) {
    const Vector steps = L::Subtract(x, zero);
    const Vector above = positive(steps);
    const Vector scaled = negative(steps);
    const Vector below = p.falling ? L::Subtract(L::Set(0), scaled) : scaled;
    const Vector below_zero = L::ShiftRight(steps, 31);
    const Vector value = L::Add(above, L::And(below_zero, L::Subtract(below, above)));
    return L::Clamped(L::Add(value, output_zero), -32768, 32767);
  });
}

template <typename L, bool kSubtract>
void AddRun(const AddS8Params& p, const PairRunS8& run) {
  const AddOperand<L> operand_a(p.scales.a, p.zero_a);
  const AddOperand<L> operand_b(p.scales.b, p.zero_b);
  const typename L::Packer pack(p.output);
  WithRequantizer<L>(p.scales.output, p.output, [&](const auto& rescale) {
    ForEachPair<Bytes<L>>(run, [&](__m128i a, __m128i b) {
      const auto x = operand_a(a);
      const auto y = operand_b(b);
      return L::Pack(pack, rescale(kSubtract ? L::Subtract(x, y) : L::Add(x, y)));
    });
  });
}

template <typename L>
void MultiplyRun(const MulS8Params& p, const PairRunS8& run) {
  const auto zero_a = L::Set(p.zero_a);
  const auto zero_b = L::Set(p.zero_b);
  const typename L::Packer pack(p.output);
  WithRequantizer<L>(p.scale, p.output, [&](const auto& rescale) {
    ForEachPair<Bytes<L>>(run, [&](__m128i a, __m128i b) {
      return L::Pack(pack, rescale(L::Multiply(L::Subtract(L::Widened(a), zero_a),
                                               L::Subtract(L::Widened(b), zero_b))));
    });
  });
}

}  // namespace moonlet::integer_lanes
