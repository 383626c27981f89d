// Every table of integer loops this CPU has against the scalar one, on random operands in memory
// between pages without access.
#include "engine/kernels/integer_loops.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "engine/base/isa.h"
#include "tests/engine/kernels/integer_tables.h"

namespace moonlet::integer_loops_test {

using integer_tables::ForEachSeed;
using integer_tables::Places;
using integer_tables::RandomValues;
using integer_tables::Tables;
using reference::Random;

// Zero point and clamp of an output, OutputS8 or OutputS16.
template <typename Output>
Output RandomOutput(Random& random) {
  Output output;
  const int16_t low = output.min, high = output.max;
  output.zero = static_cast<int16_t>(random.Chance(20) ? low : random.Int(low, high));
  if (random.Chance(30)) output.min = output.zero;
  if (random.Chance(20)) output.min = static_cast<int16_t>(random.Int(low, 0));
  if (random.Chance(30)) output.max = static_cast<int16_t>(random.Int(output.min, high));
  return output;
}
// As MakeMultiplierBelowOne gives them: a half, nearly one, little, or any.
Multiplier BelowOne(Random& random) {
  if (random.Chance(30)) return {1 << 30, static_cast<int8_t>(random.Int(-31, 0))};
  const int32_t value = random.Chance(10) ? kInt32Max : random.Int(1 << 30, kInt32Max);
  return {value, static_cast<int8_t>(random.Chance(50) ? random.Int(-6, 0) : random.Int(-31, 0))};
}

// Compares what an elementwise loop of each table makes of one run.
template <typename T, typename Params>
void ExpectPairsAgree(Random& random, const Params& p,
                      void (*IntegerLoops::*loop)(const Params&, const PairRun<T>&)) {
  const int32_t count = random.Chance(10) ? random.Int(100, 900) : random.Int(1, 70);
  const int32_t step_a = random.Chance(80) ? 1 : 0;
  const int32_t step_b = random.Chance(80) ? 1 : 0;
  const auto a = RandomValues<T>(random, step_a == 0 ? 1 : count);
  const auto b = RandomValues<T>(random, step_b == 0 ? 1 : count);
  std::vector<T> expected(static_cast<size_t>(count));
  (scalar::kIntegerLoops.*loop)(p, {a.data(), b.data(), expected.data(), count, step_a, step_b});
  for (const IntegerLoops* table : Tables()) {
    Places places(random);
    const T* x = places.Copy(0, a);
    T* y = places.Copy(1, b);
    // In place, where the operand steps.
    T* output = step_b == 1 && random.Chance(30) ? y : places.Copy(2, expected);
    if (output != y) std::fill_n(output, count, T{0x55});
    (table->*loop)(p, {x, y, output, count, step_a, step_b});
    ASSERT_EQ(std::vector<T>(output, output + count), expected) << table->name;
  }
}

// ADD or SUB at random.
template <typename Params>
Params RandomAdd(Random& random, int16_t least_zero, int usual_shift) {
  Params p;
  p.scales = {BelowOne(random), BelowOne(random), BelowOne(random)};
  if (random.Chance(70))
    p.scales.output.shift = static_cast<int8_t>(usual_shift + random.Int(-3, 3));
  p.zero_a = static_cast<int16_t>(random.Int(least_zero, -(least_zero + 1)));
  p.zero_b = random.Chance(10) ? least_zero : random.Zero();
  p.output = RandomOutput<decltype(p.output)>(random);
  return p;
}

TEST(IntegerLoops, SumsAndDifferencesAgree) {
  ForEachSeed(1, [](Random& random) {
    const auto p = RandomAdd<AddS8Params>(random, -128, -18);
    ExpectPairsAgree<int8_t>(
        random, p, random.Chance(50) ? &IntegerLoops::add_s8 : &IntegerLoops::subtract_s8);
    const auto q = RandomAdd<AddS16Params>(random, -32768, -13);
    ExpectPairsAgree<int16_t>(
        random, q, random.Chance(50) ? &IntegerLoops::add_s16 : &IntegerLoops::subtract_s16);
  });
}

#if defined(__x86_64__)
// ADD of long runs looks an operand up, where the other is a shift.
TEST(IntegerLoops, LongSumsAgree) {
  if (!HostHasVbmi()) GTEST_SKIP() << "no AVX-512 VBMI here";
  ForEachSeed(1, [](Random& random) {
    auto p = RandomAdd<AddS8Params>(random, -128, -18);
    if (random.Chance(80)) {
      Multiplier& half = random.Chance(50) ? p.scales.a : p.scales.b;
      half = {1 << 30, static_cast<int8_t>(random.Chance(60) ? 0 : random.Int(-31, 0))};
    }
    const int32_t count = random.Int(1000, 2000);
    const auto a = random.S8(count), b = random.S8(count);
    std::vector<int8_t> expected(static_cast<size_t>(count));
    scalar::kIntegerLoops.add_s8(p, {a.data(), b.data(), expected.data(), count, 1, 1});
    Places places(random);
    const int8_t* x = places.Copy(0, a);
    int8_t* y = places.Copy(1, b);
    int8_t* output = random.Chance(30) ? y : places.Copy(2, expected);
    if (output != y) std::fill_n(output, count, int8_t{0x55});
    avx512vbmi::AddS8(p, {x, y, output, count, 1, 1});
    ASSERT_EQ(std::vector<int8_t>(output, output + count), expected);
  });
}
#endif

TEST(IntegerLoops, LeakyRectifiersAgree) {
  ForEachSeed(1, [](Random& random) {
    LeakyReluParams p = {random.Scale(), random.Scale(), random.Chance(20)};
    p.input_zero = random.Chance(50) ? 0 : random.Int(-32768, 32767);
    p.output_zero = random.Chance(50) ? 0 : random.Int(-32768, 32767);
    const auto x = random.S16(random.Int(1, 70));
    std::vector<int16_t> expected(x.size());
    scalar::kIntegerLoops.leaky_relu_s16(p, x.data(), x.size(), expected.data());
    for (const IntegerLoops* table : Tables()) {
      Places places(random);
      int16_t* output = places.Copy(0, x);  // in place
      table->leaky_relu_s16(p, output, x.size(), output);
      ASSERT_EQ(std::vector<int16_t>(output, output + x.size()), expected) << table->name;
    }
  });
}

TEST(IntegerLoops, ProductsAgree) {
  ForEachSeed(1, [](Random& random) {
    const MulS8Params p = {random.Scale(), random.Zero(), random.Zero(),
                           RandomOutput<OutputS8>(random)};
    ExpectPairsAgree<int8_t>(random, p, &IntegerLoops::multiply_s8);
  });
}

TEST(IntegerLoops, PoolsAgree) {
  ForEachSeed(1, [](Random& random) {
    PoolWindowS8 window = {};
    window.channels = random.Int(1, 70);
    window.rows = random.Int(1, 5);
    window.columns = random.Int(1, 5);
    if (random.Chance(3)) window.rows = random.Int(100, 300);
    window.column = window.channels + random.Int(0, 5);
    window.row = window.column * window.columns + random.Int(0, 9);
    window.min = static_cast<int16_t>(random.Chance(70) ? -128 : random.Int(-128, 127));
    window.max = static_cast<int16_t>(random.Chance(70) ? 127 : random.Int(window.min, 127));
    const std::ptrdiff_t size =
        (window.rows - 1) * window.row + (window.columns - 1) * window.column + window.channels;
    const auto input = random.S8(size);
    for (const auto loop : {&IntegerLoops::average_s8, &IntegerLoops::max_s8}) {
      std::vector<int8_t> expected(static_cast<size_t>(window.channels));
      window.first = input.data();
      (scalar::kIntegerLoops.*loop)(window, expected.data());
      for (const IntegerLoops* table : Tables()) {
        Places places(random);
        window.first = places.Copy(0, input);
        int8_t* output = places.Copy(1, std::vector<int8_t>(expected.size()));
        (table->*loop)(window, output);
        ASSERT_EQ(std::vector<int8_t>(output, output + window.channels), expected) << table->name;
      }
    }
    std::vector<int32_t> start(static_cast<size_t>(window.channels));
    for (int32_t& sum : start) sum = random.Int(kInt32Min, kInt32Max);
    std::vector<int32_t> expected = start;
    window.first = input.data();
    scalar::kIntegerLoops.sum_s8(window, expected.data());
    for (const IntegerLoops* table : Tables()) {
      Places places(random);
      window.first = places.Copy(0, input);
      int32_t* sums = places.Copy(1, start);
      table->sum_s8(window, sums);
      ASSERT_EQ(std::vector<int32_t>(sums, sums + window.channels), expected) << table->name;
    }
  });
}

TEST(IntegerLoops, TablesAgree) {
  ForEachSeed(1, [](Random& random) {
    const auto entries = random.S8(256), x = random.S8(random.Int(1, 150));
    std::vector<int8_t> expected(x.size());
    scalar::kIntegerLoops.map_bytes(entries.data(), x.data(), x.size(), expected.data());
    for (const IntegerLoops* table : Tables()) {
      Places places(random);
      int8_t* output = places.Copy(0, x);  // in place
      table->map_bytes(places.Copy(1, entries), output, x.size(), output);
      ASSERT_EQ(std::vector<int8_t>(output, output + x.size()), expected) << table->name;
    }
  });
}

// Rows of all lengths, and some whose sum does not fit.
TEST(IntegerLoops, ProbabilitiesAgree) {
  ForEachSeed(1, [](Random& random) {
    SoftmaxS8Params p;
    const int32_t depth = random.Chance(2) ? random.Int(4000, 5000) : random.Int(1, 90);
    if (!MakeSoftmaxS8(1, depth, 1, random.Real(0, random.Chance(50) ? 0.2f : 8), &p)) return;
    auto x = random.S8(depth);
    if (random.Chance(50))  // close to each other
      for (int8_t& value : x) value = static_cast<int8_t>(value / 16);
    std::vector<int8_t> expected(x.size());
    scalar::kIntegerLoops.softmax_s8_row(p, x.data(), expected.data());
    for (const IntegerLoops* table : Tables()) {
      Places places(random);
      int8_t* output = places.Copy(1, expected);
      std::fill_n(output, depth, int8_t{0x55});
      table->softmax_s8_row(p, places.Copy(0, x), output);
      ASSERT_EQ(std::vector<int8_t>(output, output + depth), expected) << table->name;
    }
  });
}

// More taps than a float32 can tell apart.
TEST(IntegerLoops, AveragesOfHugeWindowsAgree) {
  const std::vector<int8_t> input((1 << 16) + 1, 127);
  PoolWindowS8 window = {input.data(), 1, 0, 0, 1, 1, -128, 127};
  for (const int32_t taps : {(1 << 16) - 1, 1 << 16, (1 << 16) + 1}) {
    window.columns = taps;
    for (const IntegerLoops* table : Tables()) {
      int8_t output = 0;
      table->average_s8(window, &output);
      EXPECT_EQ(output, 127) << table->name;
    }
  }
}

template <typename T, typename Sum>
void ExpectDotsAgree(Random& random, void (*IntegerLoops::*loop)(const DotRows<T>&, Sum*)) {
  DotRows<T> dots = {};
  dots.count = random.Chance(10) ? random.Int(900, 2500) : random.Int(1, 150);
  dots.rows = random.Int(1, 9);
  dots.row = dots.count + (random.Chance(50) ? 0 : random.Int(1, 40));
  dots.x_zero = random.Chance(50) ? 0 : random.Zero();
  dots.weights_zero = random.Chance(50) ? 0 : random.Zero();
  const auto x = RandomValues<T>(random, dots.count);
  const auto weights = random.S8((dots.rows - 1) * dots.row + dots.count);
  std::vector<Sum> start(static_cast<size_t>(dots.rows));
  for (Sum& sum : start) sum = random.Int(kInt32Min, kInt32Max);
  dots.x = x.data();
  dots.weights = weights.data();
  std::vector<Sum> expected = start;
  (scalar::kIntegerLoops.*loop)(dots, expected.data());
  for (const IntegerLoops* table : Tables()) {
    Places places(random);
    dots.x = places.Copy(0, x);
    dots.weights = places.Copy(1, weights);
    Sum* sums = places.Copy(2, start);
    (table->*loop)(dots, sums);
    ASSERT_EQ(std::vector<Sum>(sums, sums + dots.rows), expected) << table->name;
  }
}

TEST(IntegerLoops, InnerProductsAgree) {
  ForEachSeed(1, [](Random& random) {
    ExpectDotsAgree(random, &IntegerLoops::add_dots_s8);
    ExpectDotsAgree(random, &IntegerLoops::add_dots_s16);
  });
}

TEST(IntegerLoops, InnerProductsOfLinesAgree) {
  ForEachSeed(1, [](Random& random) {
    DotLines<int16_t> dots = {};
    dots.count = random.Chance(10) ? random.Int(200, 600) : random.Int(1, 70);
    dots.lines = random.Int(0, 6);
    dots.rows = random.Int(1, 9);
    dots.x_line = dots.count + random.Int(0, 30);
    dots.weights_line = dots.count + random.Int(0, 9);
    dots.row = dots.weights_line * std::max(1, dots.lines);
    const auto x = random.S16(dots.x_line * std::max(0, dots.lines - 1) + dots.count);
    const auto weights = random.S8(dots.row * dots.rows - (dots.weights_line - dots.count));
    std::vector<int64_t> start(static_cast<size_t>(dots.rows));
    for (int64_t& sum : start) sum = random.Int(kInt32Min, kInt32Max);
    // Lines of weights in either order.
    const std::ptrdiff_t last =
        random.Chance(50) ? dots.weights_line * std::max(0, dots.lines - 1) : 0;
    if (last > 0) dots.weights_line = -dots.weights_line;
    std::vector<int64_t> expected = start;
    dots.x = x.data();
    dots.weights = weights.data() + last;
    scalar::kIntegerLoops.add_lines_s16(dots, expected.data());
    for (const IntegerLoops* table : Tables()) {
      Places places(random);
      dots.x = places.Copy(0, x);
      dots.weights = places.Copy(1, weights) + last;
      int64_t* sums = places.Copy(2, start);
      table->add_lines_s16(dots, sums);
      ASSERT_EQ(std::vector<int64_t>(sums, sums + dots.rows), expected) << table->name;
    }
  });
}

TEST(IntegerLoops, GatesAgree) {
  ForEachSeed(1, [](Random& random) {
    const LstmIntegerParams::Gate scales = {random.Scale(), random.Scale()};
    const bool is_cell = random.Chance(50);
    std::vector<int32_t> input(static_cast<size_t>(random.Int(1, 40))), hidden(input.size());
    const int32_t most = random.Chance(20) ? kInt32Max : 1 << 24;
    for (int32_t& sum : input) sum = random.Int(-most, most);
    for (int32_t& sum : hidden) sum = random.Int(-most, most);
    const auto count = static_cast<int32_t>(input.size());
    std::vector<int16_t> expected(input.size());
    scalar::kIntegerLoops.lstm_gate_s8(scales, is_cell, input.data(), hidden.data(), count,
                                       expected.data());
    for (const IntegerLoops* table : Tables()) {
      Places places(random);
      int16_t* gate = places.Copy(2, std::vector<int16_t>(input.size()));
      table->lstm_gate_s8(scales, is_cell, places.Copy(0, input), places.Copy(1, hidden), count,
                          gate);
      ASSERT_EQ(std::vector<int16_t>(gate, gate + count), expected) << table->name;
    }
  });
}

TEST(IntegerLoops, StatesOfCellsAgree) {
  ForEachSeed(1, [](Random& random) {
    LstmIntegerParams p;
    const int32_t units = random.Int(1, 40);
    p.shape.units = units;
    p.forget_scale = random.Chance(50) ? Multiplier{1 << 30, -14} : random.Scale();
    p.update_scale = random.Scale();
    p.hidden_scale = random.Scale();
    p.cell_scale = random.Chance(50) ? SigmoidScale{3 << random.Int(0, 14), 0}
                                     : SigmoidScale{3, random.Int(0, 30)};
    if (random.Chance(50)) p.cell_max = static_cast<int16_t>(random.Int(0, 32767));
    if (random.Chance(50)) p.cell_min = static_cast<int16_t>(-p.cell_max);
    p.hidden_zero = random.Zero();
    const auto gates = random.S16(int64_t{4} * units), cell = random.S16(units);
    std::vector<int16_t> expected_cell = cell;
    std::vector<int8_t> expected(static_cast<size_t>(units));
    scalar::kIntegerLoops.lstm_states_s8(p, gates.data(), expected_cell.data(), expected.data());
    for (const IntegerLoops* table : Tables()) {
      Places places(random);
      int16_t* state = places.Copy(1, cell);
      int8_t* hidden = places.Copy(2, std::vector<int8_t>(expected.size()));
      table->lstm_states_s8(p, places.Copy(0, gates), state, hidden);
      ASSERT_EQ(std::vector<int16_t>(state, state + units), expected_cell) << table->name;
      ASSERT_EQ(std::vector<int8_t>(hidden, hidden + units), expected) << table->name;
    }
  });
}

TEST(IntegerLoops, WeightedWindowsAgree) {
  ForEachSeed(1, [](Random& random) {
    WeightedWindowS16 window = {};
    window.channels = random.Int(1, 40);
    window.rows = random.Int(0, 4);
    window.columns = random.Chance(3) ? random.Int(200, 600) : random.Int(1, 5);
    window.x_column = window.channels + random.Int(0, 5);
    window.x_row = window.x_column * window.columns + random.Int(0, 9);
    window.weights_column = window.channels + random.Int(0, 5);
    window.weights_row = window.weights_column * window.columns + random.Int(0, 9);
    const auto x = random.S16(window.rows * window.x_row + window.channels);
    const auto weights = random.S8(window.rows * window.weights_row + window.channels);
    std::vector<int64_t> start(static_cast<size_t>(window.channels));
    for (int64_t& sum : start) sum = random.Int(kInt32Min, kInt32Max);
    std::vector<int64_t> expected = start;
    window.x = x.data();
    window.weights = weights.data();
    scalar::kIntegerLoops.add_window_s16(window, expected.data());
    for (const IntegerLoops* table : Tables()) {
      Places places(random);
      window.x = places.Copy(0, x);
      window.weights = places.Copy(1, weights);
      int64_t* sums = places.Copy(2, start);
      table->add_window_s16(window, sums);
      ASSERT_EQ(std::vector<int64_t>(sums, sums + window.channels), expected) << table->name;
    }
  });
}

// The largest sums there are.
TEST(IntegerLoops, InnerProductsOfExtremesAgree) {
  const std::vector<int16_t> x(5000, -32768);
  const std::vector<int8_t> weights(5000, -128);
  for (const int32_t zero : {0, 127}) {
    const DotRows<int16_t> dots = {x.data(), 0, weights.data(), zero, 0, 5000, 5};
    for (const IntegerLoops* table : Tables()) {
      int64_t sums[5] = {};
      table->add_dots_s16(dots, sums);
      for (const int64_t sum : sums)
        EXPECT_EQ(sum, int64_t{5000} * 32768 * (128 + zero)) << table->name;
    }
  }
}

}  // namespace moonlet::integer_loops_test
