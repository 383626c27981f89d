// The loops over rows and elements of each table of integer loops against the scalar ones:
// SOFTMAX, sums, tables, scales, gates.
#include <cmath>
#include <cstring>

#include "engine/base/float_mode.h"
#include "engine/kernels/byte_table.h"
#include "tests/engine/kernels/integer_tables.h"

namespace moonlet::integer_rows_test {

using integer_tables::ForEachSeed;
using integer_tables::Places;
using integer_tables::RandomValues;
using integer_tables::Tables;
using reference::Random;

// Runs call(table, input, output) for the specification and for every table, between guards.
template <typename To, typename From, typename Call>
void ExpectRunsAgree(Random& random, const std::vector<From>& input, size_t outputs, Call call) {
  std::vector<To> expected(outputs);
  call(scalar::kIntegerLoops, input.data(), expected.data());
  for (const IntegerLoops* table : Tables()) {
    Places places(random);
    const From* x = places.Copy(0, input);
    To* y = places.Copy(1, std::vector<To>(outputs, To{77}));
    call(*table, x, y);
    ASSERT_EQ(std::memcmp(y, expected.data(), outputs * sizeof(To)), 0)
        << table->name << ", " << input.size() << " elements";
  }
}

// The same where the output is the input's memory.
template <typename T, typename Call>
void ExpectRunsInPlaceAgree(Random& random, const std::vector<T>& input, Call call) {
  std::vector<T> expected(input.size());
  call(scalar::kIntegerLoops, input.data(), expected.data());
  for (const IntegerLoops* table : Tables()) {
    Places places(random);
    T* y = places.Copy(0, input);
    call(*table, y, y);
    ASSERT_EQ(std::vector<T>(y, y + input.size()), expected) << table->name;
  }
}

int32_t RandomLength(Random& random) {
  return random.Chance(10) ? random.Int(100, 900) : random.Int(1, 70);
}

// Multipliers of any sign, zero, and shifts beyond what 32 bits hold.
Multiplier AnyScale(Random& random) {
  Multiplier m = random.Scale();
  if (random.Chance(5)) m.shift = static_cast<int8_t>(random.Int(-31, 127));
  if (random.Chance(5)) m.value = random.Chance(30) ? kInt32Min : -m.value;
  return m;
}

TEST(IntegerRows, SoftmaxesAgree) {
  ForEachSeed(1, [](Random& random) {
    const int32_t depth = RandomLength(random);
    const float scale = std::ldexp(random.Real(0.5f, 1),
                                   random.Chance(10) ? random.Int(-24, 20) : random.Int(-9, 0));
    SoftmaxS8Params p;
    ASSERT_TRUE(MakeSoftmaxS8(1, depth, 1.0f, scale, &p));
    auto x = random.S8(depth);
    if (random.Chance(5)) std::fill(x.begin(), x.end(), random.S8(1)[0]);
    ExpectRunsAgree<int8_t>(random, x, x.size(), [&](auto& table, auto* from, auto* to) {
      table.softmax_s8_row(p, from, to);
    });
    ExpectRunsAgree<int16_t>(random, x, x.size(), [&](auto& table, auto* from, auto* to) {
      table.softmax_s8_to_s16_row(p, from, to);
    });
  });
}

TEST(IntegerRows, SoftmaxesOfWordsAgree) {
  ForEachSeed(1, [](Random& random) {
    SoftmaxS16Params p;
    const float scale = std::ldexp(random.Real(0.5f, 1),
                                   random.Chance(10) ? random.Int(-40, 40) : random.Int(-16, -3));
    ASSERT_TRUE(MakeSoftmaxS16(1, RandomLength(random), 1, scale, &p));
    const auto call = [&](auto& table, auto* from, auto* to) {
      table.softmax_s16_row(p, from, to);
    };
    const auto x = random.S16(p.depth);
    ExpectRunsAgree<int16_t>(random, x, x.size(), call);
    ExpectRunsInPlaceAgree(random, x, call);
  });
}

// More maxima than the sum of exponentials has bits for.
TEST(IntegerRows, SoftmaxesOfLongRowsAgree) {
  for (const int32_t depth : {4096, 65536, 65537, 100'000}) {
    const std::vector<int8_t> x(static_cast<size_t>(depth), 5);
    const std::vector<int16_t> words(x.size(), -5);
    SoftmaxS8Params p;
    SoftmaxS16Params q;
    ASSERT_TRUE(MakeSoftmaxS8(1, depth, 1, 0.1f, &p));
    ASSERT_TRUE(MakeSoftmaxS16(1, depth, 1, 0.001f, &q));
    std::vector<int16_t> expected(x.size()), y(x.size());
    for (const IntegerLoops* table : Tables()) {
      scalar::kIntegerLoops.softmax_s8_to_s16_row(p, x.data(), expected.data());
      table->softmax_s8_to_s16_row(p, x.data(), y.data());
      EXPECT_EQ(y, expected) << table->name;
      scalar::kIntegerLoops.softmax_s16_row(q, words.data(), expected.data());
      table->softmax_s16_row(q, words.data(), y.data());
      EXPECT_EQ(y, expected) << table->name;
    }
  }
}

TEST(IntegerRows, SumsOfRunsAgree) {
  ForEachSeed(1, [](Random& random) {
    const auto x = random.S8(RandomLength(random));
    ExpectRunsAgree<int32_t>(random, x, 1, [&](auto& table, auto* from, auto* to) {
      *to = table.sum_run_s8(from, x.size());
    });
    const auto w = random.S16(RandomLength(random));
    ExpectRunsAgree<int32_t>(random, w, 1, [&](auto& table, auto* from, auto* to) {
      *to = table.sum_run_s16(from, w.size());
    });
  });
}

TEST(IntegerRows, RescaledSumsAgree) {
  ForEachSeed(1, [](Random& random) {
    const SumParams p = {AnyScale(random), 0,
                         random.Chance(10) ? random.Int(kInt32Min, kInt32Max) : random.Zero()};
    const int32_t zeros = random.Chance(20) ? random.Int(kInt32Min, kInt32Max) : random.Zero();
    const auto n = static_cast<size_t>(random.Int(1, 70));
    std::vector<int32_t> sums(n);
    const bool large = random.Chance(20);
    for (int32_t& s : sums)
      s = large ? random.Int(kInt32Min, kInt32Max) : random.Int(-99999, 99999);
    ExpectRunsAgree<int8_t>(random, sums, n, [&](auto& table, auto* from, auto* to) {
      table.rescale_sums_s8(p, zeros, from, n, to);
    });
    ExpectRunsAgree<int16_t>(random, sums, n, [&](auto& table, auto* from, auto* to) {
      table.rescale_sums_s16(p, zeros, from, n, to);
    });
  });
}

TEST(IntegerRows, TablesOfBytesAgree) {
  ForEachSeed(1, [](Random& random) {
    const auto entries = random.S8(256);
    const auto x = random.S8(RandomLength(random));
    const auto call = [&](auto& table, auto* from, auto* to) {
      table.map_bytes(entries.data(), from, x.size(), to);
    };
    ExpectRunsAgree<int8_t>(random, x, x.size(), call);
    ExpectRunsInPlaceAgree(random, x, call);
    if (!HostHasVbmi()) return;
    std::vector<int8_t> expected(x.size());
    call(scalar::kIntegerLoops, x.data(), expected.data());
    Places places(random);
    int8_t* y = places.Copy(0, x);
    avx512vbmi::MapBytes(places.Copy(1, entries), y, x.size(), y);
    ASSERT_EQ(std::vector<int8_t>(y, y + x.size()), expected);
  });
}

int32_t RandomZero(Random& random) {
  if (random.Chance(5)) return random.Int(kInt32Min, kInt32Max);
  return random.Chance(20) ? random.Int(-32768, 32767) : random.Zero();
}

TEST(IntegerRows, QuantizedFloatsAgree) {
  const FlushDenormals flush;
  ForEachSeed(1, [](Random& random) {
    const float scale = std::ldexp(random.Real(0.5f, 1),
                                   random.Chance(10) ? random.Int(-126, 126) : random.Int(-10, 0));
    const int32_t zero = RandomZero(random);
    auto x = random.AnyF32(RandomLength(random));
    for (float& v : x) {
      if (random.Chance(20)) v = (static_cast<float>(random.Int(-300, 300)) + 0.5f) * scale;
      if (random.Chance(20)) v *= 100;
    }
    ExpectRunsAgree<int8_t>(random, x, x.size(), [&](auto& table, auto* from, auto* to) {
      table.quantize_s8(from, x.size(), scale, zero, to);
    });
    ExpectRunsAgree<int16_t>(random, x, x.size(), [&](auto& table, auto* from, auto* to) {
      table.quantize_s16(from, x.size(), scale, zero, to);
    });
    const auto bytes = random.S8(RandomLength(random));
    ExpectRunsAgree<float>(random, bytes, bytes.size(), [&](auto& table, auto* from, auto* to) {
      table.dequantize_s8(from, bytes.size(), scale, zero, to);
    });
    const auto words = random.S16(RandomLength(random));
    ExpectRunsAgree<float>(random, words, words.size(), [&](auto& table, auto* from, auto* to) {
      table.dequantize_s16(from, words.size(), scale, zero, to);
    });
  });
}

TEST(IntegerRows, RequantizedIntegersAgree) {
  ForEachSeed(1, [](Random& random) {
    const RequantizeParams p = {AnyScale(random), RandomZero(random), RandomZero(random)};
    const auto x = random.S8(RandomLength(random));
    const auto w = random.S16(RandomLength(random));
    const auto bytes = [&](auto& table, auto* from, auto* to) {
      table.requantize_s8(p, from, x.size(), to);
    };
    const auto words = [&](auto& table, auto* from, auto* to) {
      table.requantize_s16(p, from, w.size(), to);
    };
    ExpectRunsAgree<int8_t>(random, x, x.size(), bytes);
    ExpectRunsInPlaceAgree(random, x, bytes);
    ExpectRunsAgree<int16_t>(random, w, w.size(), words);
    ExpectRunsInPlaceAgree(random, w, words);
    ExpectRunsAgree<int16_t>(random, x, x.size(), [&](auto& table, auto* from, auto* to) {
      table.requantize_s8_to_s16(p, from, x.size(), to);
    });
    ExpectRunsAgree<int8_t>(random, w, w.size(), [&](auto& table, auto* from, auto* to) {
      table.requantize_s16_to_s8(p, from, w.size(), to);
    });
  });
}

TEST(IntegerRows, SigmoidsAgree) {
  ForEachSeed(1, [](Random& random) {
    SigmoidScale scale = {3 << random.Int(0, 12), 0};
    if (random.Chance(50)) scale = {random.Int(0, kInt32Max), random.Int(0, 31)};
    const auto x = random.S16(RandomLength(random));
    for (const auto loop : {&IntegerLoops::logistic_s16, &IntegerLoops::tanh_s16}) {
      const auto call = [&](auto& table, auto* from, auto* to) {
        (table.*loop)(scale, from, x.size(), to);
      };
      ExpectRunsAgree<int16_t>(random, x, x.size(), call);
      ExpectRunsInPlaceAgree(random, x, call);
    }
  });
}

TEST(IntegerRows, StatesOfWideCellsAgree) {
  ForEachSeed(1, [](Random& random) {
    LstmIntegerParams p;
    p.shape.units = random.Int(1, 40);
    p.forget_scale = AnyScale(random);
    p.update_scale = AnyScale(random);
    p.hidden_scale = AnyScale(random);
    p.cell_scale = {random.Int(0, kInt32Max), random.Int(0, 31)};
    p.hidden_zero = static_cast<int16_t>(random.Int(-32768, 32767));
    const auto gates = random.S16(int64_t{kLstmGates} * p.shape.units);
    const auto cell = random.S16(p.shape.units);
    // The states, the cell's first.
    ExpectRunsAgree<int16_t>(random, gates, 2 * cell.size(),
                             [&](auto& table, auto* from, auto* to) {
                               std::copy(cell.begin(), cell.end(), to);
                               table.lstm_states_s16(p, from, to, to + cell.size());
                             });
  });
}

template <typename State>
void ExpectSvdfSumsAgree(Random& random, bool centred,
                         void (*IntegerLoops::*loop)(const SvdfMemory<State>&, int32_t*)) {
  SvdfMemory<State> memory = {};
  memory.zero = centred ? 0 : random.Zero();
  memory.count = random.Chance(10) ? random.Int(60, 300) : random.Int(1, 40);
  memory.row = memory.count + (random.Chance(50) ? 0 : random.Int(1, 9));
  memory.filters = random.Int(1, 9);
  const auto size = (memory.filters - 1) * memory.row + memory.count;
  const auto state = RandomValues<State>(random, size), times = RandomValues<State>(random, size);
  std::vector<int32_t> start(static_cast<size_t>(memory.filters));
  for (int32_t& sum : start) sum = random.Int(kInt32Min, kInt32Max);
  // Times lie anywhere, as in a file.
  std::vector<int8_t> bytes(times.size() * sizeof(State));
  std::memcpy(bytes.data(), times.data(), bytes.size());
  std::vector<int32_t> expected = start;
  memory.state = state.data();
  memory.times = Unaligned<State>(times.data());
  (scalar::kIntegerLoops.*loop)(memory, expected.data());
  for (const IntegerLoops* table : Tables()) {
    Places places(random);
    memory.state = places.Copy(0, state);
    memory.times = Unaligned<State>(places.Copy(1, bytes));
    int32_t* sums = places.Copy(2, start);
    (table->*loop)(memory, sums);
    ASSERT_EQ(std::vector<int32_t>(sums, sums + memory.filters), expected) << table->name;
  }
}

TEST(IntegerRows, TimeFiltersAgree) {
  ForEachSeed(1, [](Random& random) {
    ExpectSvdfSumsAgree<int8_t>(random, random.Chance(30), &IntegerLoops::add_svdf_s8);
    ExpectSvdfSumsAgree<int16_t>(random, random.Chance(80), &IntegerLoops::add_svdf_s16);
  });
}

TEST(IntegerRows, MixedPixelsAgree) {
  ForEachSeed(1, [](Random& random) {
    PixelMixS8 mix = {};
    mix.channels = random.Int(1, 70);
    const int32_t x = random.Int(0, 1024), y = random.Chance(20) ? 0 : random.Int(0, 1024);
    const int32_t weights[] = {(1024 - y) * (1024 - x), y * (1024 - x), (1024 - y) * x, y * x};
    std::copy_n(weights, 4, mix.weights);
    const auto pixels = random.S8(2 * mix.channels);
    const auto channels = static_cast<size_t>(mix.channels);
    ExpectRunsAgree<int8_t>(random, pixels, channels, [&](auto& table, auto* from, auto* to) {
      for (int i = 0; i < 4; ++i) mix.corners[i] = from + i % 2 * mix.channels;
      table.mix_pixels_s8(mix, to);
    });
  });
}

TEST(IntegerRows, WideFinishesAgree) {
  ForEachSeed(1, [](Random& random) {
    const int32_t n = random.Int(1, kWideChannels);
    const bool usual = random.Chance(80);
    std::vector<int64_t> bias, sums;
    std::vector<int32_t> values;
    std::vector<int8_t> shifts;
    for (int32_t i = 0; i < kWideChannels; ++i) {
      const Multiplier m = usual ? random.Scale() : AnyScale(random);
      values.push_back(m.value);
      shifts.push_back(m.shift);
      const int64_t high = random.Chance(10) ? random.Int(kInt32Min, kInt32Max) : 0;
      sums.push_back(high << 32 ^ random.Int(kInt32Min, kInt32Max));
      bias.push_back(random.Int(kInt32Min, kInt32Max));
    }
    OutputS16 output;
    output.zero = static_cast<int16_t>(random.Chance(50) ? 0 : random.Int(-32768, 32767));
    if (random.Chance(30)) output.min = output.zero;
    const WideFinish finish =
        MakeWideFinish(random.Chance(80) ? Unaligned<int64_t>(bias.data()) : Unaligned<int64_t>(),
                       ChannelScales(values.data(), shifts.data()), 0, n, output);
    ExpectRunsAgree<int16_t>(
        random, sums, static_cast<size_t>(n),
        [&](auto& table, auto* from, auto* to) { table.finish_wide(finish, from, n, to); });
  });
}

}  // namespace moonlet::integer_rows_test
