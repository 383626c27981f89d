// Four channels of a window or four products at a time.
#include "engine/kernels/integer_loops_dsp.h"

#include <algorithm>

#include "engine/kernels/integer_pools_device.h"
#include "engine/kernels/simd32_dsp.h"

namespace moonlet::armdsp {
namespace {

// Calls take(bytes of four channels) for each place of the window, and piece() after kMostTaps of
// them at most.
template <typename Load, typename Take, typename Piece>
[[gnu::always_inline]] inline void ForEachWord(const PoolWindowS8& window, int32_t c, Load load,
                                               Take take, Piece piece) {
  for (int32_t y = 0; y < window.rows; ++y) {
    const int8_t* in = window.first + y * window.row + c;
    for (int32_t x = 0; x < window.columns; x += kMostTaps) {
      for (int32_t taps = std::min(kMostTaps, window.columns - x); taps > 0; --taps) {
        take(load(in));
        in += window.column;
      }
      piece();
    }
  }
}
template <typename Take, typename Piece>
[[gnu::always_inline]] inline void ForEachWord(const PoolWindowS8& window, int32_t c, Take take,
                                               Piece piece) {
  const int32_t left = window.channels - c;
  if (left >= 4) {
    ForEachWord(window, c, LoadFour, take, piece);
  } else {
    ForEachWord(
        window, c, [left](const int8_t* in) { return LoadFew(in, left); }, take, piece);
  }
}

void SumFour(const PoolWindowS8& window, int32_t c, int32_t* sums) {
  std::fill_n(sums, 4, 0);
  uint32_t even = 0, odd = 0;
  ForEachWord(
      window, c,
      [&](uint32_t four) {
        even = AddEvenBytes(even, four);
        odd = AddOddBytes(odd, four);
      },
      [&] {
        sums[0] += LowHalf(even);
        sums[1] += LowHalf(odd);
        sums[2] += LowHalf(even >> 16);
        sums[3] += LowHalf(odd >> 16);
        even = odd = 0;
      });
}

void SumS8(const PoolWindowS8& window, int32_t* sums) { AddSums<4>(window, SumFour, sums); }

void AverageS8(const PoolWindowS8& window, int8_t* output) { Average<4>(window, SumFour, output); }

void MaxS8(const PoolWindowS8& window, int8_t* output) {
  const PoolWindowS8 joined = Joined(window);
  for (int32_t c = 0; c < window.channels; c += 4) {
    uint32_t best = 0x80808080;
    ForEachWord(
        joined, c, [&](uint32_t four) { best = LargerBytes(best, four); }, [] {});
    for (int32_t i = c; i < std::min(c + 4, window.channels); ++i, best >>= 8) {
      const auto value = static_cast<int8_t>(best & 0xFF);
      output[i] = static_cast<int8_t>(std::clamp<int32_t>(value, window.min, window.max));
    }
  }
}

// Both halves.
uint32_t Twice(int32_t x) {
  const auto half = static_cast<uint32_t>(x);
  return LowHalves(half, half);
}

// sums[r] += sum of (x - x_zero) * w for the row at w and the next.
template <int kRows>
void AddRows(const DotRows<int8_t>& dots, const int8_t* w, int32_t* sums) {
  int32_t sum[kRows];
#pragma GCC unroll 2
  for (int r = 0; r < kRows; ++r) sum[r] = sums[r];
  const int8_t* x = dots.x;
  const uint32_t zeros = Twice(dots.x_zero);
  const auto add = [&](auto load) __attribute__((always_inline)) {
    const uint32_t in = load(x);
    const uint32_t even = SubtractHalves(EvenBytes(in), zeros);
    const uint32_t odd = SubtractHalves(OddBytes(in), zeros);
    const int8_t* at = w;
#pragma GCC unroll 2
    for (int r = 0; r < kRows; ++r, at += dots.row) {
      const uint32_t four = load(at);
      sum[r] = AddPairs(odd, OddBytes(four), AddPairs(even, EvenBytes(four), sum[r]));
    }
  };
  for (const int8_t* const end = x + dots.count / 4 * 4; x != end; x += 4, w += 4) add(LoadFour);
  const std::ptrdiff_t rest = dots.count % 4;
  if (rest > 0) add([rest](const int8_t* bytes) { return LoadFew(bytes, rest); });
#pragma GCC unroll 2
  for (int r = 0; r < kRows; ++r) sums[r] = sum[r];
}

// The sum of x - x_zero, which a zero point of the weights multiplies.
int32_t SumOfInputs(const DotRows<int8_t>& dots) {
  int32_t sum = 0;
  for (std::ptrdiff_t i = 0; i < dots.count; ++i) sum = WrapAdd(sum, dots.x[i] - dots.x_zero);
  return sum;
}

void AddDotsS8(const DotRows<int8_t>& dots, int32_t* sums) {
  const int8_t* w = dots.weights;
  int32_t i = 0;
  for (; i + 2 <= dots.rows; i += 2, w += 2 * dots.row) AddRows<2>(dots, w, sums + i);
  if (i < dots.rows) AddRows<1>(dots, w, sums + i);
  if (dots.weights_zero == 0) return;
  const int32_t more = WrapMul(dots.weights_zero, SumOfInputs(dots));
  for (i = 0; i < dots.rows; ++i) sums[i] = WrapSub(sums[i], more);
}

void AddDotsS16(const DotRows<int16_t>& dots, int64_t* sums) {
  if (dots.x_zero != 0 || dots.weights_zero != 0)  // rare
    return scalar::kIntegerLoops.add_dots_s16(dots, sums);
  const int8_t* row = dots.weights;
  for (int32_t i = 0; i < dots.rows; ++i, row += dots.row) {
    const int16_t* x = dots.x;
    const int8_t* w = row;
    int64_t sum = sums[i];
    for (std::ptrdiff_t fours = dots.count / 4; fours > 0; --fours, x += 4, w += 4) {
      const uint32_t four = LoadFour(w);
      const uint32_t even = EvenBytes(four), odd = OddBytes(four);
      sum = AddPairs(LoadWord(x), LowHalves(even, odd), sum);
      sum = AddPairs(LoadWord(x + 2), HighHalves(even, odd), sum);
    }
    for (std::ptrdiff_t rest = dots.count % 4; rest > 0; --rest) sum += *x++ * *w++;
    sums[i] = sum;
  }
}

void AddLinesS16(const DotLines<int16_t>& dots, int64_t* sums) {
  for (int32_t i = 0; i < dots.lines; ++i) {
    AddDotsS16({dots.x + i * dots.x_line, 0, dots.weights + i * dots.weights_line, 0, dots.row,
                dots.count, dots.rows},
               sums);
  }
}

// As if the run were rows of 16 columns.
int32_t SumRunS8(const int8_t* x, size_t n) {
  constexpr int32_t kColumns = 16;
  const auto rows = static_cast<int32_t>(n / kColumns);
  int32_t sums[kColumns] = {};
  if (rows > 0) SumS8({x, 1, rows, 0, kColumns, kColumns, 0, 0}, sums);
  int32_t sum = 0;
  for (const int32_t column : sums) sum = WrapAdd(sum, column);
  for (size_t i = n - n % kColumns; i < n; ++i) sum = WrapAdd(sum, x[i]);
  return sum;
}

void AddSvdfS8(const SvdfMemory<int8_t>& memory, int32_t* sums) {
  for (int32_t f = 0; f < memory.filters; ++f) {
    const auto* times = static_cast<const int8_t*>((memory.times + f * memory.row).data());
    AddDotsS8({memory.state + f * memory.row, memory.zero, times, 0, memory.count, memory.count, 1},
              sums + f);
  }
}

IntegerLoops MakeLoops() {
  IntegerLoops loops = scalar::kIntegerLoops;
  loops.name = "dsp";
  loops.average_s8 = AverageS8;
  loops.max_s8 = MaxS8;
  loops.add_dots_s8 = AddDotsS8;
  loops.add_dots_s16 = AddDotsS16;
  loops.add_lines_s16 = AddLinesS16;
  loops.sum_s8 = SumS8;
  loops.sum_run_s8 = SumRunS8;
  loops.add_svdf_s8 = AddSvdfS8;
  return loops;
}

}  // namespace

const IntegerLoops& Loops() {
  static const IntegerLoops loops = MakeLoops();
  return loops;
}

}  // namespace moonlet::armdsp
