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

// SigmoidArgument, then `function`.
template <typename L, typename Function>
[[gnu::always_inline]] inline void SigmoidRun(SigmoidScale scale, const int16_t* input, size_t n,
                                              int16_t* output, Function function) {
  const auto factor = L::Set(scale.factor);
  const auto half = L::Set(scale.shift > 0 ? static_cast<int32_t>(1u << (scale.shift - 1)) : 0);
  MapSixteen<L>(input, n, output, [&](typename L::Vector x) {
    return function(L::ShiftRight(L::Add(L::Multiply(x, factor), half), scale.shift));
  });
}
template <typename L>
void LogisticRun(SigmoidScale scale, const int16_t* input, size_t n, int16_t* output) {
  SigmoidRun<L>(scale, input, n, output, [](auto x) { return LogisticOf<L>(x); });
}
template <typename L>
void TanhRun(SigmoidScale scale, const int16_t* input, size_t n, int16_t* output) {
  SigmoidRun<L>(scale, input, n, output, [](auto x) { return TanhOf<L>(x); });
}

template <typename L>
[[gnu::always_inline]] inline typename L::Vector WithinWords(typename L::Vector a) {
  return L::Clamped(a, -32768, 32767);
}

template <typename L>
void GateArguments(const LstmGateSums& sums, int32_t n, int16_t* gate) {
  const typename L::Requantizer rescale_input(BlockOf(sums.input_scale));
  const typename L::Requantizer rescale_hidden(BlockOf(sums.hidden_scale));
  for (int32_t i = 0; i < n; i += 16) {
    const auto input = WithinWords<L>(rescale_input(L::LoadNumbers(sums.input + i)));
    const auto hidden = WithinWords<L>(rescale_hidden(L::LoadNumbers(sums.hidden + i)));
    const auto both = L::Add(input, hidden);
    if (n - i < 16)
      StoreSixteen<L>(gate + i, both, n - i);
    else
      StoreSixteen<L>(gate + i, both);
  }
}

template <typename L>
void CellRun(const LstmIntegerParams& p, const int16_t* gates, int16_t* cell) {
  using Vector = typename L::Vector;
  const std::ptrdiff_t units = p.shape.units;
  const int16_t* in = gates + kInputGate * units;
  const int16_t* forget = gates + kForgetGate * units;
  const int16_t* update = gates + kCellGate * units;
  const typename L::Requantizer rescale_kept(BlockOf(p.forget_scale));
  const typename L::Requantizer rescale_added(BlockOf(p.update_scale));
  for (std::ptrdiff_t i = 0; i < units; i += 16) {
    const std::ptrdiff_t n = units - i;
    const auto load = [i, n](const int16_t* from) {
      return n < 16 ? L::LoadWords(from + i, n) : L::LoadWords(from + i);
    };
    const Vector kept = rescale_kept(L::Multiply(load(forget), load(cell)));
    const Vector added = rescale_added(L::Multiply(load(in), load(update)));
    const Vector sum = WithinWords<L>(L::Add(WithinWords<L>(kept), WithinWords<L>(added)));
    const Vector limited = L::Clamped(sum, p.cell_min, p.cell_max);
    if (n < 16)
      L::StoreWords(cell + i, limited, n);
    else
      L::StoreWords(cell + i, limited);
  }
}

template <typename L, typename T>
void HiddenRun(const LstmIntegerParams& p, const int16_t* squashed, const int16_t* out, T* hidden) {
  const std::ptrdiff_t units = p.shape.units;
  const typename L::Requantizer rescale(BlockOf(p.hidden_scale));
  const auto zero = L::Set(p.hidden_zero);
  for (std::ptrdiff_t i = 0; i < units; i += 16) {
    const std::ptrdiff_t n = units - i;
    if (n < 16) {
      const auto product = L::Multiply(L::LoadWords(squashed + i, n), L::LoadWords(out + i, n));
      StoreSixteen<L>(hidden + i, L::Add(rescale(product), zero), n);
    } else {
      const auto product = L::Multiply(L::LoadWords(squashed + i), L::LoadWords(out + i));
      StoreSixteen<L>(hidden + i, L::Add(rescale(product), zero));
    }
  }
}

}  // namespace moonlet::integer_lanes
