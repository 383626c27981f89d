#include "engine/kernels/lstm.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "tests/engine/kernels/reference.h"

namespace moonlet {
namespace lstm_test {

using reference::Random;
using reference::Rounds;
using reference::Wide;
using reference::Wrap;

template <typename T>
std::vector<T> Numbers(Random& random, int64_t n) {
  constexpr T kLow = std::numeric_limits<T>::min(), kHigh = std::numeric_limits<T>::max();
  std::vector<T> v(static_cast<size_t>(n));
  const bool extreme = random.Chance(10);
  for (T& x : v)
    x = static_cast<T>(extreme ? (random.Chance(50) ? kLow : kHigh) : random.Int(kLow, kHigh));
  return v;
}

LstmShape RandomShape(Random& random) {
  return {random.Int(1, 3), random.Int(1, 5), random.Int(1, 20), random.Int(1, 12),
          random.Chance(50)};
}

Wide Saturated(Wide x, int bits) {
  const Wide half = Wide{1} << (bits - 1);
  return std::min(std::max(x, -half), half - 1);
}

template <typename T>
int16_t ZeroOf(Random& random) {
  return sizeof(T) == 1 ? random.Zero() : static_cast<int16_t>(random.Int(-32768, 32767));
}

// Parameters, weights and states of one layer, and its arithmetic as the sheet has it.
template <typename T>
class IntegerLayer {
 public:
  explicit IntegerLayer(Random& random) {
    p.shape = RandomShape(random);
    p.input_zero = ZeroOf<T>(random);
    p.hidden_zero = ZeroOf<T>(random);
    for (int g = 0; g < kLstmGates; ++g) AddGate(random, g);
    p.forget_scale = {1 << 30, -14};
    p.update_scale = {random.Int(1 << 30, kInt32Max), static_cast<int8_t>(random.Int(-18, -12))};
    p.hidden_scale = {
        random.Int(1 << 30, kInt32Max),
        static_cast<int8_t>(sizeof(T) == 1 ? random.Int(-24, -20) : random.Int(-16, -12))};
    const int shift = random.Int(-3, 3);
    p.cell_scale = shift < 0 ? SigmoidScale{3, -shift} : SigmoidScale{3 << shift, 0};
    if (random.Chance(50)) {
      p.cell_max = static_cast<int16_t>(random.Int(0, 32767));
      p.cell_min = static_cast<int16_t>(-p.cell_max);
    }
    const int64_t states = int64_t{p.shape.batches} * p.shape.units;
    hidden.assign(static_cast<size_t>(states), static_cast<T>(p.hidden_zero));
    cell.assign(static_cast<size_t>(states), 0);
  }

  LstmIntegerWeights<T> weights() const {
    LstmIntegerWeights<T> w;
    for (size_t g = 0; g < kLstmGates; ++g) {
      w.input[g] = weights_[g].data();
      w.recurrent[g] = recurrent_[g].data();
      w.bias[g] = Unaligned<LstmBias<T>>(bias_bytes_[g].data() + 1);
    }
    return w;
  }

  // The states after one frame of batch n, which are also the output.
  void Step(const T* frame, int32_t n) {
    std::vector<std::vector<Wide>> gates(kLstmGates);
    for (int g = 0; g < kLstmGates; ++g)
      for (int32_t i = 0; i < p.shape.units; ++i)
        gates[static_cast<size_t>(g)].push_back(Gate(frame, n, g, i));
    for (int32_t i = 0; i < p.shape.units; ++i) {
      const auto u = static_cast<size_t>(i);
      const size_t at = static_cast<size_t>(n * p.shape.units + i);
      const Wide kept = Saturated(Product(gates[1][u], cell[at], p.forget_scale), 16);
      const Wide added = Saturated(Product(gates[0][u], gates[2][u], p.update_scale), 16);
      const Wide sum = Saturated(kept + added, 16);
      cell[at] = static_cast<int16_t>(std::clamp<Wide>(sum, p.cell_min, p.cell_max));
      const Wide squashed = TanhByTable(SigmoidArgument(cell[at], p.cell_scale));
      const Wide h = Wrap(Product(squashed, gates[3][u], p.hidden_scale) + p.hidden_zero);
      hidden[at] = static_cast<T>(Saturated(h, 8 * sizeof(T)));
    }
  }

  LstmIntegerParams p;
  std::vector<T> hidden;
  std::vector<int16_t> cell;

 private:
  void AddGate(Random& random, int g) {
    LstmIntegerParams::Gate& gate = p.gates[g];
    gate.input_scale = random.Scale();
    gate.recurrent_scale = random.Scale();
    gate.weight_zero = random.Chance(50) ? random.Zero() : int16_t{0};
    gate.recurrent_zero = random.Chance(50) ? random.Zero() : int16_t{0};
    weights_.push_back(random.S8(int64_t{p.shape.units} * p.shape.depth));
    recurrent_.push_back(random.S8(int64_t{p.shape.units} * p.shape.units));
    std::vector<LstmBias<T>> bias;
    // Beyond 2^46 a 64-bit sum times its factor is undefined in the reference.
    const auto most = static_cast<LstmBias<T>>(sizeof(T) == 1 ? kInt32Max : int64_t{1} << 46);
    for (int32_t i = 0; i < p.shape.units; ++i)
      bias.push_back(random.Chance(5) ? most : random.Int(-99999, 99999));
    bias_.push_back(bias);
    bias_bytes_.emplace_back(1 + bias.size() * sizeof(bias[0]));
    std::memcpy(bias_bytes_.back().data() + 1, bias.data(), bias.size() * sizeof(bias[0]));
  }
  Wide Product(Wide a, Wide b, Multiplier m) const {
    return reference::Scaled(static_cast<int32_t>(a * b), m);
  }
  // A sum of 32 or 64 bits, scaled and saturated.
  Wide Rescaled(Wide sum, Multiplier m) const {
    if (sizeof(T) == 1) return Saturated(reference::Scaled(Wrap(sum), m), 16);
    return Saturated(reference::ScaledWide(static_cast<int64_t>(sum), m), 16);
  }
  Wide Gate(const T* frame, int32_t n, int g, int32_t i) const {
    const auto which = static_cast<size_t>(g);
    const LstmShape& s = p.shape;
    Wide x = bias_[which][static_cast<size_t>(i)], h = 0;
    for (int32_t d = 0; d < s.depth; ++d)
      x += Wide{weights_[which][static_cast<size_t>(i * s.depth + d)] - p.gates[g].weight_zero} *
           (frame[d] - p.input_zero);
    for (int32_t d = 0; d < s.units; ++d)
      h += Wide{recurrent_[which][static_cast<size_t>(i * s.units + d)] -
                p.gates[g].recurrent_zero} *
           (hidden[static_cast<size_t>(n * s.units + d)] - p.hidden_zero);
    const Wide sum = Saturated(
        Rescaled(x, p.gates[g].input_scale) + Rescaled(h, p.gates[g].recurrent_scale), 16);
    const auto argument = static_cast<int32_t>(3 * sum);
    return g == kCellGate ? TanhByTable(argument) : LogisticByTable(argument);
  }

  std::vector<std::vector<int8_t>> weights_, recurrent_;
  std::vector<std::vector<LstmBias<T>>> bias_;
  std::vector<std::vector<uint8_t>> bias_bytes_;
};

template <typename T>
void CompareTwoSequences(Random& random) {
  IntegerLayer<T> layer(random);
  const LstmShape& s = layer.p.shape;
  std::vector<T> hidden = layer.hidden;
  std::vector<int16_t> cell = layer.cell;
  std::vector<int16_t> gates(static_cast<size_t>(kLstmGates * s.units));
  std::vector<T> output(static_cast<size_t>(s.batches * s.steps * s.units));
  StopToken stop;
  for (int sequence = 0; sequence < 2; ++sequence) {
    const auto input = Numbers<T>(random, int64_t{s.batches} * s.steps * s.depth);
    ASSERT_TRUE(LstmInteger<T>(layer.p, input.data(), layer.weights(), hidden.data(), cell.data(),
                               gates.data(), output.data(), stop));
    for (int32_t step = 0; step < s.steps; ++step) {
      for (int32_t n = 0; n < s.batches; ++n) {
        const int32_t frame = s.time_major ? step * s.batches + n : n * s.steps + step;
        layer.Step(input.data() + frame * s.depth, n);
        for (int32_t i = 0; i < s.units; ++i)
          ASSERT_EQ(output[static_cast<size_t>(frame * s.units + i)],
                    layer.hidden[static_cast<size_t>(n * s.units + i)]);
      }
    }
    ASSERT_EQ(hidden, layer.hidden);
    ASSERT_EQ(cell, layer.cell);
  }
}

TEST(LstmInteger, AgreesWithTheSheet) {
  Random random(91);
  for (int round = 0; round < Rounds(); ++round) {
    SCOPED_TRACE(round);
    CompareTwoSequences<int8_t>(random);
    CompareTwoSequences<int16_t>(random);
  }
}

TEST(LstmInteger, ScalesAndTheLimitOfTheCell) {
  LstmScales scales = {0.5f, 1.0f / 128, 1.0f / 2048, {1, 1, 1, 1}, {1, 1, 1, 1}};
  LstmIntegerParams p;
  ASSERT_TRUE(MakeLstmScales(scales, 10, &p));
  EXPECT_EQ(p.gates[kInputGate].input_scale.shift, 12);      // 2^11
  EXPECT_EQ(p.gates[kOutputGate].recurrent_scale.shift, 6);  // 2^5
  EXPECT_EQ(p.forget_scale.shift, -14);
  EXPECT_EQ(p.update_scale.shift, -18);
  EXPECT_EQ(p.hidden_scale.shift, -22);
  EXPECT_EQ(p.cell_scale.factor, 6);
  EXPECT_EQ(p.cell_max, 20480);
  EXPECT_EQ(p.cell_min, -20480);
  p = {};
  scales.cell = 1.0f / 32768;
  ASSERT_TRUE(MakeLstmScales(scales, 0, &p));
  EXPECT_EQ(p.cell_scale.factor, 3);
  EXPECT_EQ(p.cell_scale.shift, 3);
  EXPECT_EQ(p.cell_min, -32768);
  ASSERT_TRUE(MakeLstmScales(scales, 1, &p));
  EXPECT_EQ(p.cell_max, 32767);
  for (const float cell : {8.0f, 0x1p-44f, 1e30f}) {
    scales.cell = cell;
    EXPECT_FALSE(MakeLstmScales(scales, 0, &p)) << cell;
  }
  scales = {1e30f, 1, 1, {1e30f, 1, 1, 1}, {1, 1, 1, 1}};
  EXPECT_FALSE(MakeLstmScales(scales, 0, &p));
}

TEST(LstmF32, IsNearTheSameInDouble) {
  Random random(92);
  for (int round = 0; round < Rounds(); ++round) {
    SCOPED_TRACE(round);
    const LstmF32Params p = {RandomShape(random), random.Chance(50) ? 0.0f : random.Real(0.1f, 2)};
    const LstmShape& s = p.shape;
    std::vector<std::vector<float>> w, r, b;
    LstmF32Weights weights;
    for (int g = 0; g < kLstmGates; ++g) {
      w.push_back(random.F32(int64_t{s.units} * s.depth));
      r.push_back(random.F32(int64_t{s.units} * s.units));
      b.push_back(random.F32(s.units));
      for (float& x : w.back()) x *= 0.2f;
      for (float& x : r.back()) x *= 0.1f;
      weights.input[g] = Unaligned<float>(w.back().data());
      weights.recurrent[g] = Unaligned<float>(r.back().data());
      weights.bias[g] = Unaligned<float>(b.back().data());
    }
    const auto units = static_cast<size_t>(s.units);
    std::vector<float> hidden(static_cast<size_t>(s.batches) * units), cell = hidden;
    std::vector<float> gates(5 * units);
    const auto input = random.F32(int64_t{s.batches} * s.steps * s.depth);
    std::vector<float> output(static_cast<size_t>(s.batches * s.steps) * units);
    StopToken stop;
    ASSERT_TRUE(LstmF32(p, input.data(), weights, hidden.data(), cell.data(), gates.data(),
                        output.data(), stop));
    for (int32_t n = 0; n < s.batches; ++n) {
      std::vector<double> h(units), c(units);
      for (int32_t step = 0; step < s.steps; ++step) {
        const auto frame = static_cast<size_t>(s.Frame(n, step));
        const float* x = input.data() + frame * static_cast<size_t>(s.depth);
        std::vector<double> next(units);
        for (size_t i = 0; i < units; ++i) {
          double gate[kLstmGates];
          for (size_t g = 0; g < kLstmGates; ++g) {
            double sum = b[g][i];
            for (size_t d = 0; d < static_cast<size_t>(s.depth); ++d)
              sum += w[g][i * static_cast<size_t>(s.depth) + d] * x[d];
            for (size_t d = 0; d < units; ++d) sum += r[g][i * units + d] * h[d];
            gate[g] = g == kCellGate ? std::tanh(sum) : 1 / (1 + std::exp(-sum));
          }
          c[i] = c[i] * gate[kForgetGate] + gate[kInputGate] * gate[kCellGate];
          if (p.cell_clip > 0) c[i] = std::clamp<double>(c[i], -p.cell_clip, p.cell_clip);
          next[i] = std::tanh(c[i]) * gate[kOutputGate];
        }
        h = next;
        for (size_t i = 0; i < units; ++i) ASSERT_NEAR(output[frame * units + i], h[i], 2e-6);
      }
    }
  }
}

TEST(Lstm, StopsWhenAsked) {
  StopToken stop;
  stop.Raise();
  Random random(93);
  IntegerLayer<int8_t> layer(random);
  const LstmShape& s = layer.p.shape;
  const auto input = random.S8(int64_t{s.batches} * s.steps * s.depth);
  std::vector<int16_t> gates(static_cast<size_t>(kLstmGates * s.units));
  std::vector<int8_t> output(static_cast<size_t>(s.batches * s.steps * s.units));
  EXPECT_FALSE(LstmInteger<int8_t>(layer.p, input.data(), layer.weights(), layer.hidden.data(),
                                   layer.cell.data(), gates.data(), output.data(), stop));
  const LstmF32Params p = {{1, 1, 1, 1, false}, 0};
  const float one = 1;
  LstmF32Weights weights;
  for (int g = 0; g < kLstmGates; ++g)
    weights.input[g] = weights.recurrent[g] = weights.bias[g] = Unaligned<float>(&one);
  float hidden = 0, cell = 0, scratch[5], result;
  EXPECT_FALSE(LstmF32(p, &one, weights, &hidden, &cell, scratch, &result, stop));
}

}  // namespace lstm_test
}  // namespace moonlet
