// engine/kernels/integer_gates_lanes.h - logistic function and tanh of int16, and what else the
// gates of an LSTM do with each unit, for integer_loops_lanes.h.
#pragma once
#include <immintrin.h>

#include <cstddef>
#include <cstdint>

#include "engine/kernels/integer_loops.h"
#include "engine/kernels/integer_pairs_lanes.h"
#include "engine/kernels/integer_scales_lanes.h"
#include "engine/kernels/sigmoid_table.h"

namespace moonlet::integer_lanes {

// The table at |argument| / 2^kBits, in steps of 2^-(16 + kBits); `beyond` past its end.
template <typename L, int kBits>
[[gnu::always_inline]] inline typename L::Vector InSigmoidTable(typename L::Vector argument,
                                                                int32_t beyond) {
  using Vector = typename L::Vector;
  const Vector last = L::Set(254);
  const Vector distance = L::Magnitude(argument);
  const Vector entry = L::template ShiftDown<kBits>(distance);
  const Vector both = L::LoadNeighbours(kSigmoidTable, L::SmallerMagnitude(entry, last));
  const Vector low = L::And(both, L::Set(0xFFFF));
  const Vector rise = L::Subtract(L::template ShiftDown<16>(both), low);
  const Vector rest = L::And(distance, L::Set((1 << kBits) - 1));
  const Vector y = L::Add(L::template ShiftLeft<kBits>(low), L::Multiply(rest, rise));
  return L::Select(L::Above(entry, last), L::Set(beyond), y);
}

template <typename L>
[[gnu::always_inline]] inline typename L::Vector LogisticOf(typename L::Vector argument) {
  const auto y = InSigmoidTable<L, 9>(argument, 0x7FFF << 10);
  const auto below = L::Subtract(L::Set((1 << 25) + 511), y);
  return L::template ShiftRight<10>(
      L::Select(L::Negative(argument), below, L::Add(y, L::Set(512))));
}

template <typename L>
[[gnu::always_inline]] inline typename L::Vector TanhOf(typename L::Vector argument) {
  const auto y = InSigmoidTable<L, 8>(argument, 0xFFFF << 8);
  const auto below = L::Subtract(L::Set((1 << 23) + 127), y);
  const auto above = L::Add(y, L::Set(128 - (1 << 23)));
  return L::template ShiftRight<8>(L::Select(L::Negative(argument), below, above));
}

// SigmoidArgument (sigmoid.h).
template <typename L>
class SigmoidArguments {
 public:
  using Vector = typename L::Vector;
  [[gnu::always_inline]] inline explicit SigmoidArguments(SigmoidScale scale)
      : factor_(L::Set(scale.factor)),
        half_(L::Set(scale.shift > 0 ? static_cast<int32_t>(1u << (scale.shift - 1)) : 0)),
        shift_(scale.shift) {}
  [[gnu::always_inline]] inline Vector operator()(Vector x) const {
    return L::ShiftRight(L::Add(L::Multiply(x, factor_), half_), shift_);
  }

 private:
  Vector factor_, half_;
  int shift_;
};

template <typename L>
void LogisticRun(SigmoidScale scale, const int16_t* input, size_t n, int16_t* output) {
  const SigmoidArguments<L> arguments(scale);
  MapSixteen<L>(input, n, output,
                [&](typename L::Vector x) { return LogisticOf<L>(arguments(x)); });
}
template <typename L>
void TanhRun(SigmoidScale scale, const int16_t* input, size_t n, int16_t* output) {
  const SigmoidArguments<L> arguments(scale);
  MapSixteen<L>(input, n, output, [&](typename L::Vector x) { return TanhOf<L>(arguments(x)); });
}

template <typename L>
[[gnu::always_inline]] inline typename L::Vector WithinWords(typename L::Vector a) {
  return L::Clamped(a, -32768, 32767);
}

// 16 elements from `from` on, or the n that are left.
template <typename L, typename T>
[[gnu::always_inline]] inline typename L::Vector LoadUpTo(const T* from, std::ptrdiff_t n) {
  return n < 16 ? LoadSixteen<L>(from, n) : LoadSixteen<L>(from);
}
template <typename L, typename T>
[[gnu::always_inline]] inline void StoreUpTo(T* to, typename L::Vector a, std::ptrdiff_t n) {
  if (n < 16) return StoreSixteen<L>(to, a, n);
  StoreSixteen<L>(to, a);
}

template <typename L>
void LstmGate(const LstmIntegerParams::Gate& scales, bool is_cell, const int32_t* from_input,
              const int32_t* from_hidden, int32_t count, int16_t* gate) {
  using Vector = typename L::Vector;
  const typename L::Requantizer rescale_input(BlockOf(scales.input_scale));
  const typename L::Requantizer rescale_hidden(BlockOf(scales.recurrent_scale));
  constexpr SigmoidScale kArgument;  // the usual one, without a shift
  for (std::ptrdiff_t i = 0; i < count; i += 16) {
    const std::ptrdiff_t n = count - i;
    const Vector input = WithinWords<L>(rescale_input(LoadUpTo<L>(from_input + i, n)));
    const Vector hidden = WithinWords<L>(rescale_hidden(LoadUpTo<L>(from_hidden + i, n)));
    const Vector sum = WithinWords<L>(L::Add(input, hidden));
    const Vector argument = L::Multiply(sum, L::Set(kArgument.factor));
    StoreUpTo<L>(gate + i, is_cell ? TanhOf<L>(argument) : LogisticOf<L>(argument), n);
  }
}

template <typename L, typename T>
void LstmStates(const LstmIntegerParams& p, const int16_t* gates, int16_t* cell, T* hidden) {
  using Vector = typename L::Vector;
  const std::ptrdiff_t units = p.shape.units;
  const int16_t* in = gates + kInputGate * units;
  const int16_t* forget = gates + kForgetGate * units;
  const int16_t* update = gates + kCellGate * units;
  const int16_t* out = gates + kOutputGate * units;
  const typename L::Requantizer rescale_kept(BlockOf(p.forget_scale));
  const typename L::Requantizer rescale_added(BlockOf(p.update_scale));
  const typename L::Requantizer rescale_hidden(BlockOf(p.hidden_scale));
  const SigmoidArguments<L> arguments(p.cell_scale);
  for (std::ptrdiff_t i = 0; i < units; i += 16) {
    const std::ptrdiff_t n = units - i;
    const auto product = [i, n](const int16_t* a, const int16_t* b) {
      return L::Multiply(LoadUpTo<L>(a + i, n), LoadUpTo<L>(b + i, n));
    };
    const Vector kept = WithinWords<L>(rescale_kept(product(forget, cell)));
    const Vector added = WithinWords<L>(rescale_added(product(in, update)));
    const Vector sum = WithinWords<L>(L::Add(kept, added));
    const Vector state = L::Clamped(sum, p.cell_min, p.cell_max);
    StoreUpTo<L>(cell + i, state, n);
    const Vector squashed = TanhOf<L>(arguments(state));
    const Vector scaled = rescale_hidden(L::Multiply(squashed, LoadUpTo<L>(out + i, n)));
    StoreUpTo<L>(hidden + i, L::Add(scaled, L::Set(p.hidden_zero)), n);
  }
}

}  // namespace moonlet::integer_lanes
