// Four channels of a window or four products at a time.
#include "engine/kernels/integer_loops_dsp.h"

#include <algorithm>
#include <cstring>

#include "engine/kernels/integer_pools_device.h"
#include "engine/kernels/simd32_dsp.h"
#include "engine/kernels/weight_sum.h"

namespace moonlet::armdsp {
namespace {

// Calls take(bytes of four channels from c on) for each place of the window; of channels that are
// not there zeros.
template <typename Take>
[[gnu::always_inline]] inline void ForEachWord(const PoolWindowS8& window, int32_t c, Take take) {
  const std::ptrdiff_t column = window.column;
  const int32_t left = window.channels - c;
  const int8_t* row = window.first + c;
  for (int32_t y = window.rows; y > 0; --y, row += window.row) {
    const int8_t* in = row;
    int32_t taps = window.columns;
    if (left >= 4) {
      for (; taps > 0; --taps, in += column) take(LoadFour(in));
    } else {
      for (; taps > 0; --taps, in += column) take(LoadFew(in, left));
    }
  }
}

[[gnu::always_inline]] inline void SumFour(const PoolWindowS8& window, int32_t c, int32_t* sums) {
  uint32_t even = 0, odd = 0;
  ForEachWord(
      window, c, [&](uint32_t four) __attribute__((always_inline)) {
        even = AddEvenBytes(even, four);
        odd = AddOddBytes(odd, four);
      });
  sums[0] = LowHalf(even);
  sums[1] = LowHalf(odd);
  sums[2] = LowHalf(even >> 16);
  sums[3] = LowHalf(odd >> 16);
}

void SumS8(const PoolWindowS8& window, int32_t* sums) { AddSums<4>(window, SumFour, sums); }

void AverageS8(const PoolWindowS8& window, int8_t* output) {
  const PoolWindowS8 joined = Joined(window);
  const int32_t n = window.rows * window.columns;
  if (n > kMostTaps) return AverageOfMany(window, SumS8, output);
  for (int32_t c = 0; c < window.channels; c += 4) {
    int32_t sums[4];
    SumFour(joined, c, sums);
#pragma GCC unroll 4
    for (int32_t i = 0; i < 4; ++i)
      if (c + i < window.channels) output[c + i] = MeanOf(sums[i], n, window);
  }
}

// The same in all four bytes.
uint32_t FourTimes(int32_t x) { return static_cast<uint8_t>(x) * 0x01010101u; }

void MaxS8(const PoolWindowS8& window, int8_t* output) {
  const PoolWindowS8 joined = Joined(window);
  const uint32_t least = FourTimes(window.min), most = FourTimes(window.max);
  for (int32_t c = 0; c < window.channels; c += 4) {
    uint32_t best = least;
    ForEachWord(
        joined,
        c, [&](uint32_t four) __attribute__((always_inline)) { best = LargerBytes(best, four); });
    best = SmallerBytes(best, most);
    const size_t count = window.channels - c >= 4 ? 4 : static_cast<size_t>(window.channels - c);
    if (count == 4) {
      std::memcpy(output + c, &best, 4);
    } else {
      std::memcpy(output + c, &best, count);
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

int32_t SumRunS8(const int8_t* x, size_t n) {
  return WeightSum(x, static_cast<std::ptrdiff_t>(n), 1);
}

void AddSvdfS8(const SvdfMemory<int8_t>& memory, int32_t* sums) {
  for (int32_t f = 0; f < memory.filters; ++f) {
    const auto* times = static_cast<const int8_t*>((memory.times + f * memory.row).data());
    AddDotsS8({memory.state + f * memory.row, memory.zero, times, 0, memory.count, memory.count, 1},
              sums + f);
  }
}

// Two at a time.
void AddSvdfS16(const SvdfMemory<int16_t>& memory, int32_t* sums) {
  if (memory.zero != 0) return scalar::AddSvdfSums(memory, sums);  // rare
  for (int32_t f = 0; f < memory.filters; ++f) {
    const int16_t* state = memory.state + f * memory.row;
    const Unaligned<int16_t> times = memory.times + f * memory.row;
    const auto* bytes = static_cast<const uint8_t*>(times.data());
    int32_t sum = sums[f];
    for (std::ptrdiff_t pairs = memory.count / 2; pairs > 0; --pairs, state += 2, bytes += 4)
      sum = AddPairs(LoadWord(state), LoadWord(bytes), sum);
    if (memory.count % 2 != 0) sum = WrapAdd(sum, *state * times[memory.count - 1]);
    sums[f] = sum;
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
  loops.add_svdf_s16 = AddSvdfS16;
  return loops;
}

}  // namespace

const IntegerLoops& Loops() {
  static const IntegerLoops loops = MakeLoops();
  return loops;
}

}  // namespace moonlet::armdsp
