// Every table of loops over elements that this CPU has against the scalar one, on random and odd
// elements of all lengths.
#include "engine/tensor/elementwise_loops.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <random>
#include <type_traits>
#include <vector>

#include "engine/base/float_mode.h"
#include "engine/base/isa.h"
#include "engine/tensor/convert.h"
#include "engine/tensor/dispatch.h"

namespace moonlet::elementwise_loops_test {

constexpr size_t kMost = 70;
constexpr BinaryOp kOfIntegers[] = {BinaryOp::kAdd,     BinaryOp::kSubtract,    BinaryOp::kMultiply,
                                    BinaryOp::kModulo,  BinaryOp::kFloorDivide, BinaryOp::kMaximum,
                                    BinaryOp::kMinimum, BinaryOp::kAnd,         BinaryOp::kOr};
constexpr BinaryOp kOfFloats[] = {
    BinaryOp::kAdd,     BinaryOp::kSubtract, BinaryOp::kMultiply,    BinaryOp::kDivide,
    BinaryOp::kModulo,  BinaryOp::kPower,    BinaryOp::kFloorDivide, BinaryOp::kHypotenuse,
    BinaryOp::kMaximum, BinaryOp::kMinimum};
constexpr CompareOp kCompareOps[] = {CompareOp::kLess,     CompareOp::kLessEqual,
                                     CompareOp::kEqual,    CompareOp::kGreater,
                                     CompareOp::kNotEqual, CompareOp::kGreaterEqual};

template <typename C>
const LoopsOf<C>& Of(const ElementLoops& table) {
  if constexpr (std::is_same_v<C, float>) return table.float32;
  if constexpr (std::is_same_v<C, double>) return table.float64;
  if constexpr (std::is_same_v<C, int32_t>) return table.int32;
  if constexpr (std::is_same_v<C, int64_t>) return table.int64;
}

std::vector<const ElementLoops*> Others() {
  std::vector<const ElementLoops*> tables;
  if (HostIsa() >= Isa::kAvx2) tables.push_back(&scalar_avx2::kElementLoops);
  if (HostIsa() >= Isa::kAvx512) tables.push_back(&scalar_avx512::kElementLoops);
  return tables;
}

// Half of them odd, or of any bits; none is 0 where it divides.
template <typename C>
std::vector<C> Elements(std::mt19937_64& random, bool divides) {
  using Limits = std::numeric_limits<C>;
  std::vector<C> odd = {0, 1, C(-1), Limits::max(), Limits::lowest(), 127, 128, C(-128), 2, 3};
  if constexpr (std::is_floating_point_v<C>)
    for (const C x : {-C{0}, Limits::infinity(), -Limits::infinity(), Limits::quiet_NaN(),
                      Limits::denorm_min(), -Limits::min() / 2, Limits::min(), C(0.5), C(-0.5),
                      C(1.5), C(2.5), C(0.49999997), C(8388609), C(2147483648.0), C(-2147483648.0),
                      C(4294967296.0), C(9223372036854775808.0), C(65535.5), C(-32768.5)})
      odd.push_back(x);
  std::vector<C> elements(kMost);
  for (C& x : elements) {
    const uint64_t bits = random();
    if (bits % 4 == 0) {
      x = odd[random() % odd.size()];
    } else if (bits % 4 == 1) {
      std::memcpy(&x, &bits, sizeof(C));
    } else {
      x = static_cast<C>(static_cast<double>(static_cast<int64_t>(bits)) * 0x1p-48);
    }
    if (std::is_integral_v<C> && divides && x == 0) x = 7;
  }
  return elements;
}

// NaN is one value.
template <typename Y>
void ExpectSame(const std::vector<Y>& got, const std::vector<Y>& expected) {
  for (size_t i = 0; i < expected.size(); ++i) {
    if (expected[i] != expected[i] && got[i] != got[i]) continue;
    ASSERT_EQ(std::memcmp(&got[i], &expected[i], sizeof(Y)), 0)
        << "element " << i << ": " << +got[i] << ", expected " << +expected[i];
  }
}
void ExpectSame(const bool* got, const bool* expected, size_t n) {
  for (size_t i = 0; i < n; ++i) ASSERT_EQ(got[i], expected[i]) << "element " << i;
}

// Calls round(random) for each seed.
template <typename Round>
void ForEachSeed(Round round) {
  for (uint32_t seed = 1; seed <= 300; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    std::mt19937_64 random(seed);
    round(random);
    if (testing::Test::HasFailure()) return;
  }
}

// Runs as the module tensor does: float32 with denormals flushed, but for double functions.
template <typename C, typename Run>
void Guarded(bool guarded, Run run) {
  if (!guarded || !std::is_same_v<C, float>) return run();
  const FlushDenormals flush;
  run();
}

template <typename C>
void CompareBinary(BinaryOp op, const std::vector<C>& a, const std::vector<C>& b, size_t n) {
  SCOPED_TRACE(testing::Message() << "operation " << static_cast<int>(op));
  const bool guarded = !UsesDoubles(op);
  std::vector<C> expected(n), got(n);
  Guarded<C>(guarded, [&] {
    Of<C>(scalar::kElementLoops).binary(op)(a.data(), b.data(), expected.data(), n);
  });
  for (const ElementLoops* table : Others()) {
    Guarded<C>(guarded, [&] { Of<C>(*table).binary(op)(a.data(), b.data(), got.data(), n); });
    ExpectSame(got, expected);
    got.assign(a.begin(), a.begin() + static_cast<std::ptrdiff_t>(n));  // in place
    Guarded<C>(guarded, [&] { Of<C>(*table).binary(op)(got.data(), b.data(), got.data(), n); });
    ExpectSame(got, expected);
  }
}

template <typename C>
void CompareUnary(UnaryOp op, const std::vector<C>& x, size_t n) {
  SCOPED_TRACE(testing::Message() << "operation " << static_cast<int>(op));
  const bool guarded = !UsesDoubles(op);
  std::vector<C> expected(n), got(n);
  Guarded<C>(guarded,
             [&] { Of<C>(scalar::kElementLoops).unary(op)(x.data(), expected.data(), n); });
  for (const ElementLoops* table : Others()) {
    Guarded<C>(guarded, [&] { Of<C>(*table).unary(op)(x.data(), got.data(), n); });
    ExpectSame(got, expected);
  }
}

template <typename C>
class ElementLoopsTest : public testing::Test {};
using Types = testing::Types<float, double, int32_t, int64_t>;
TYPED_TEST_SUITE(ElementLoopsTest, Types);

TYPED_TEST(ElementLoopsTest, ComputeWhatTheScalarOnesDo) {
  using C = TypeParam;
  ForEachSeed([](std::mt19937_64& random) {
    const size_t n = random() % (kMost + 1);
    const auto a = Elements<C>(random, false), b = Elements<C>(random, true);
    if constexpr (std::is_floating_point_v<C>) {
      for (const BinaryOp op : kOfFloats) CompareBinary(op, a, b, n);
      for (const UnaryOp op : {UnaryOp::kNegate, UnaryOp::kAbs, UnaryOp::kSqrt, UnaryOp::kRound,
                               UnaryOp::kFloor, UnaryOp::kCeil, UnaryOp::kTrunc, UnaryOp::kSign,
                               UnaryOp::kExp, UnaryOp::kTan, UnaryOp::kAcosh, UnaryOp::kErf})
        CompareUnary(op, a, n);
    } else {
      for (const BinaryOp op : kOfIntegers) CompareBinary(op, a, b, n);
      for (const UnaryOp op :
           {UnaryOp::kNegate, UnaryOp::kAbs, UnaryOp::kSign, UnaryOp::kNot, UnaryOp::kRound})
        CompareUnary(op, a, n);
    }
  });
}

TYPED_TEST(ElementLoopsTest, CompareAsTheScalarOnesDo) {
  using C = TypeParam;
  ForEachSeed([](std::mt19937_64& random) {
    const size_t n = random() % (kMost + 1);
    auto a = Elements<C>(random, false), b = Elements<C>(random, false);
    for (size_t i = 0; i < kMost; i += 3) b[i] = a[i];
    bool expected[kMost], got[kMost];
    for (const CompareOp op : kCompareOps) {
      SCOPED_TRACE(testing::Message() << "operation " << static_cast<int>(op));
      Guarded<C>(
          true, [&] { Of<C>(scalar::kElementLoops).compare(op)(a.data(), b.data(), expected, n); });
      for (const ElementLoops* table : Others()) {
        Guarded<C>(true, [&] { Of<C>(*table).compare(op)(a.data(), b.data(), got, n); });
        ExpectSame(got, expected, n);
      }
    }
    if constexpr (std::is_floating_point_v<C>) {
      for (const Kind kind : {Kind::kFinite, Kind::kInfinite, Kind::kNan}) {
        Of<C>(scalar::kElementLoops).kind(kind)(a.data(), expected, n);
        for (const ElementLoops* table : Others()) {
          Of<C>(*table).kind(kind)(a.data(), got, n);
          ExpectSame(got, expected, n);
        }
      }
    }
  });
}

TYPED_TEST(ElementLoopsTest, RoundToIntegersAsConvertElementDoes) {
  using C = TypeParam;
  if constexpr (std::is_floating_point_v<C>) {
    ForEachSeed([](std::mt19937_64& random) {
      const size_t n = random() % (kMost + 1), step = 1 + random() % 3;
      const auto x = Elements<C>(random, false);
      for (const DType dtype : {DType::kInt8, DType::kUint8, DType::kInt16, DType::kUint16,
                                DType::kInt32, DType::kUint32, DType::kInt64}) {
        SCOPED_TRACE(testing::Message() << NameOf(dtype) << ", step " << step);
        std::vector<int64_t> expected(kMost * 3, 7);
        WithType(dtype, [&](auto zero) {
          using T = decltype(zero);
          auto* bytes = reinterpret_cast<char*>(expected.data());
          for (size_t i = 0; i < n; ++i) {
            const T y = ConvertElement<T>(x[i]);
            std::memcpy(bytes + i * step * sizeof(T), &y, sizeof(T));
          }
        });
        auto tables = Others();
        tables.push_back(&scalar::kElementLoops);
        for (const ElementLoops* table : tables) {
          std::vector<int64_t> got(kMost * 3, 7);
          Of<C>(*table).to_integers(x.data(), dtype, static_cast<Index>(step), n, got.data());
          ExpectSame(got, expected);
        }
      }
    });
  }
}

}  // namespace moonlet::elementwise_loops_test
