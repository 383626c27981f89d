#include "engine/npu/model/arithmetic.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "engine/kernels/add.h"
#include "engine/npu/model/operators.h"

namespace moonlet::npu {
namespace arithmetic_test {

using Wide = __int128;
using Random = std::mt19937_64;

int64_t Signed(Random& random, int bits) { return static_cast<int64_t>(random()) >> (64 - bits); }
uint32_t Bits32(Random& random) { return static_cast<uint32_t>(random() >> random() % 32); }

// The rules, with room for every intermediate.
int64_t PlainScale(int64_t x, Scale scale, Rounding rounding) {
  const Wide p = Wide{x} * scale.multiplier;
  const Wide one = 1;
  switch (rounding) {
    case Rounding::kTruncate:
      return static_cast<int64_t>(p / (one << scale.shift));
    case Rounding::kNatural:
      return static_cast<int64_t>((p + (scale.shift > 0 ? one << (scale.shift - 1) : 0)) >>
                                  scale.shift);
    case Rounding::kTfl:
      break;
  }
  Wide r = scale.shift > 0 ? one << (scale.shift - 1) : 0;
  if (scale.shift > 31) r += x >= 0 ? one << 30 : -(one << 30);
  return static_cast<int64_t>((p + r) >> scale.shift);
}

TEST(NpuArithmetic, RoundsAsTheRulesSay) {
  Random random(1);
  for (int i = 0; i < 1'000'000; ++i) {
    const int64_t x = Signed(random, 40);
    const Scale scale = {Bits32(random), static_cast<uint8_t>(random() % 64)};
    for (const auto rounding : {Rounding::kTfl, Rounding::kTruncate, Rounding::kNatural})
      ASSERT_EQ(ScaleValue(x, scale, rounding), PlainScale(x, scale, rounding))
          << x << " * " << scale.multiplier << " >> " << int{scale.shift} << ", rounding "
          << static_cast<int>(rounding);
  }
}

TEST(NpuArithmetic, RoundsTiesAndTheEndsOfTheRange) {
  constexpr int64_t kMost = (int64_t{1} << 39) - 1;
  for (const int64_t x : {kMost, -kMost - 1, int64_t{0}, int64_t{1}, int64_t{-1}, int64_t{3},
                          int64_t{-3}, int64_t{INT32_MIN}, int64_t{INT32_MAX}})
    for (const uint32_t m : {0u, 1u, 1u << 30, (1u << 31) - 1, 1u << 31, UINT32_MAX})
      for (int shift = 0; shift < 64; ++shift)
        for (const auto rounding : {Rounding::kTfl, Rounding::kTruncate, Rounding::kNatural}) {
          const Scale scale = {m, static_cast<uint8_t>(shift)};
          ASSERT_EQ(ScaleValue(x, scale, rounding), PlainScale(x, scale, rounding))
              << x << " * " << m << " >> " << shift;
        }
}

// What 32-bit products of two operands need.
TEST(NpuArithmetic, ShiftsProductsOf63Bits) {
  Random random(2);
  for (int i = 0; i < 200'000; ++i) {
    const int64_t x = Signed(random, 32) * Signed(random, 32);
    const Scale scale = {1, static_cast<uint8_t>(random() % 64)};
    ASSERT_EQ(ScaleValue(x, scale, Rounding::kNatural), PlainScale(x, scale, Rounding::kNatural));
    ASSERT_EQ(ScaleValue(x, scale, Rounding::kTfl), PlainScale(x, scale, Rounding::kTfl));
  }
}

TEST(NpuArithmetic, TflIsWhatTheKernelsDoInTwoRoundings) {
  Random random(3);
  for (int i = 0; i < 2'000'000; ++i) {
    const auto x = static_cast<int32_t>(Signed(random, 32) >> random() % 32);
    const uint32_t m = (1u << 30) + static_cast<uint32_t>(random() % (1u << 30));
    const auto shift = static_cast<uint8_t>(31 + random() % 32);
    const Multiplier kernel = {static_cast<int32_t>(m), static_cast<int8_t>(31 - shift)};
    ASSERT_EQ(ScaleValue(x, {m, shift}, Rounding::kTfl), Rescale(x, kernel))
        << x << " * " << m << " >> " << int{shift};
  }
}

// Multiplier and shift of a factor, as compiled models have them.
Scale Quantized(double factor) {
  int exponent;
  const double fraction = std::frexp(factor, &exponent);
  return {static_cast<uint32_t>(std::round(fraction * 2147483648.0)),
          static_cast<uint8_t>(31 - exponent)};
}

// Scales of two operands and a sum.
struct Triple {
  float a, b, out;
};
Triple RandomTriple(Random& random) {
  const auto scale = [&] {
    return std::exp2(static_cast<float>(random() % 6000) / 1000 - 9) *
           (1 + static_cast<float>(random() % 1000) / 1024);
  };
  Triple t = {scale(), scale(), 0};
  if (random() % 16 == 0) t.b = t.a;
  // Below twice the larger one, the sum's factor would be above what TFLite takes.
  t.out = 2 * std::max(t.a, t.b) * (0.3f + static_cast<float>(random() % 1000) / 300);
  return t;
}

// An ADD of these scales with one operand rescaled, the one of the smaller scale.
Operation Addition(const Triple& t, ElementwiseMode mode, uint8_t bytes) {
  const int room = bytes == 1 ? 20 : 15;
  const double larger = std::max(double{t.a}, double{t.b});
  const double smaller = std::min(double{t.a}, double{t.b});
  const double raised = std::exp2(room);
  Operation op;
  op.kind = OperationKind::kElementwise;
  op.elementwise = mode;
  op.ifm.element = op.ifm2.element = op.ofm.element = {bytes, true};
  op.operand_scaling = t.a < t.b ? OperandScaling::kA : OperandScaling::kB;
  op.opa_scale = Quantized(smaller * raised / (2 * larger));
  op.ofm_scale = Quantized(2 * larger / (t.out * raised));
  op.activation.min = bytes == 1 ? -128 : -32768;
  op.activation.max = bytes == 1 ? 127 : 32767;
  return op;
}

// The operation on rows of operands less their zero points.
std::vector<int32_t> Elementwise(Operation op, const std::vector<int32_t>& a,
                                 const std::vector<int32_t>& b) {
  op.ofm.height = 1;
  op.ofm.width = 1;
  op.ofm.depth = static_cast<int32_t>(a.size());
  std::vector<int32_t> out(a.size());
  const OutputStage stage(op, nullptr);
  EXPECT_TRUE(
      PlainElementwise(op, {0, 1, 0, 1}, stage, a.data(), b.data(), out.data(), StopToken()));
  return out;
}

BroadcastPair Line(size_t n) {
  BroadcastPair pair;
  pair.rank = 1;
  pair.dims[0] = static_cast<int32_t>(n);
  pair.stride_a[0] = pair.stride_b[0] = 1;
  return pair;
}

// All pairs of differences -255..255, as int8 operands of these zero points make them.
struct Pairs {
  std::vector<int8_t> x, y;
  std::vector<int32_t> a, b;
};
Pairs AllPairs(int zero_a, int zero_b) {
  Pairs pairs;
  for (int x = -128; x < 128; ++x)
    for (int y = -128; y < 128; ++y) {
      pairs.x.push_back(static_cast<int8_t>(x));
      pairs.y.push_back(static_cast<int8_t>(y));
      pairs.a.push_back(x - zero_a);
      pairs.b.push_back(y - zero_b);
    }
  return pairs;
}

void SweepSums(ElementwiseMode mode, int triples, unsigned seed) {
  Random random(seed);
  for (const int zero_a : {-128, 127})
    for (const int zero_b : {-128, 127}) {
      const Pairs pairs = AllPairs(zero_a, zero_b);
      std::vector<int8_t> expected(pairs.x.size());
      for (int i = 0; i < triples; ++i) {
        const Triple t = RandomTriple(random);
        AddS8Params p;
        p.zero_a = static_cast<int16_t>(zero_a);
        p.zero_b = static_cast<int16_t>(zero_b);
        p.output.zero = static_cast<int16_t>(random() % 256) - 128;
        ASSERT_TRUE(MakeAddScales(t.a, t.b, t.out, kAddHeadRoomS8, &p.scales));
        const auto kernel = mode == ElementwiseMode::kAdd ? AddS8 : SubS8;
        ASSERT_TRUE(kernel(p, Line(pairs.x.size()), pairs.x.data(), pairs.y.data(), expected.data(),
                           StopToken()));
        Operation op = Addition(t, mode, 1);
        op.ofm.zero_point = p.output.zero;
        const std::vector<int32_t> sums = Elementwise(op, pairs.a, pairs.b);
        for (size_t k = 0; k < sums.size(); ++k)
          ASSERT_EQ(sums[k], expected[k])
              << t.a << " " << t.b << " " << t.out << ": " << pairs.a[k] << ", " << pairs.b[k];
      }
    }
}

TEST(NpuArithmetic, SumsAreThoseOfTheReference) {
  SweepSums(ElementwiseMode::kAdd, 12, 4);
  SweepSums(ElementwiseMode::kSub, 6, 5);
}

TEST(NpuArithmetic, SumsOf16BitsAreThoseOfTheReference) {
  Random random(6);
  for (int i = 0; i < 200; ++i) {
    const Triple t = RandomTriple(random);
    AddS16Params p;
    ASSERT_TRUE(MakeAddScales(t.a, t.b, t.out, kAddHeadRoomS16, &p.scales));
    std::vector<int16_t> x(1000), y(1000), expected(1000);
    for (auto& v : x) v = static_cast<int16_t>(random());
    for (auto& v : y) v = static_cast<int16_t>(random());
    ASSERT_TRUE(AddS16(p, Line(x.size()), x.data(), y.data(), expected.data(), StopToken()));
    const std::vector<int32_t> sums = Elementwise(Addition(t, ElementwiseMode::kAdd, 2),
                                                  {x.begin(), x.end()}, {y.begin(), y.end()});
    for (size_t k = 0; k < sums.size(); ++k) ASSERT_EQ(sums[k], expected[k]);
  }
}

// Both operands by a power of two, and one factor for the sum.
TEST(NpuArithmetic, SumsOfEqualScalesAreThoseOfTheReference) {
  const Pairs pairs = AllPairs(-128, 127);
  for (const float out : {0.5f, 0.75f, 1.25f, 3.0f}) {
    AddS8Params p;
    p.zero_a = -128;
    p.zero_b = 127;
    const Triple t = {0.625f, 0.625f, out};
    ASSERT_TRUE(MakeAddScales(t.a, t.b, t.out, kAddHeadRoomS8, &p.scales));
    std::vector<int8_t> expected(pairs.x.size());
    ASSERT_TRUE(AddS8(p, Line(pairs.x.size()), pairs.x.data(), pairs.y.data(), expected.data(),
                      StopToken()));
    Operation op = Addition(t, ElementwiseMode::kAdd, 1);
    op.operand_scaling = OperandScaling::kBoth;
    op.opa_scale = op.opb_scale = {0x8000, 0};
    op.ofm_scale = Quantized(2 * 0.625 / (out * 65536.0));
    const std::vector<int32_t> sums = Elementwise(op, pairs.a, pairs.b);
    for (size_t k = 0; k < sums.size(); ++k) ASSERT_EQ(sums[k], expected[k]) << out;
  }
}

// An operand rounded once instead, which recorded models do not tell apart, is seen here.
TEST(NpuArithmetic, OperandsAreRoundedTwice) {
  Random random(7);
  int differ_from_one_stage = 0;
  constexpr int kFactors = 2000;
  for (int i = 0; i < kFactors; ++i) {
    const double factor = std::exp2(-static_cast<double>(random() % 8000) / 1000 - 1);
    Multiplier m;
    ASSERT_TRUE(MakeMultiplierBelowOne(factor, &m));
    const Scale opa = Quantized(std::ldexp(factor, kAddHeadRoomS8));
    for (int32_t x = -255; x <= 255; ++x) {
      const int32_t common = RoundingShiftRight(HighMul(x * (1 << 20), m.value), -m.shift);
      ASSERT_EQ(RescaleOperand(x, opa, kAddHeadRoomS8), common) << x << " * " << factor;
      if (ScaleValue(x, opa, Rounding::kNatural) != common) ++differ_from_one_stage;
    }
  }
  EXPECT_GT(differ_from_one_stage, kFactors * 511 / 100);
}

}  // namespace arithmetic_test
}  // namespace moonlet::npu
