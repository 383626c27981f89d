#include "engine/tensor/elementwise.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>

#include "engine/base/libm.h"
#include "engine/kernels/float_bits.h"
#include "engine/tensor/broadcast.h"
#include "engine/tensor/promote.h"
#include "engine/tensor/view.h"
#include "tests/engine/tensor/tensors.h"

namespace moonlet {
namespace elementwise_test {

const StopToken kNoStop;

template <typename T>
std::vector<T> Values(size_t n, unsigned seed) {
  std::mt19937 random(seed);
  std::vector<T> values(n);
  for (T& x : values) x = static_cast<T>(static_cast<int>(random() % 41) - 20);
  return values;
}

// Every layout of one operand: as it lies, transposed, reversed, every other element,
// one row repeated.
template <typename T>
std::vector<Tensor> Layouts(std::vector<T>& values) {
  const Tensor whole = Over(values, {6, 8});
  Tensor transposed = Over(values, {8, 6});
  std::swap(transposed.shape.dims[0], transposed.shape.dims[1]);
  std::swap(transposed.strides[0], transposed.strides[1]);
  const Tensor reversed = Slice(Slice(whole, 0, 5, 6, -1), 1, 7, 8, -1);
  const Tensor row = BroadcastTo(Select(whole, 0, 2), whole.shape);
  return {whole, transposed, reversed, row};
}

template <typename A, typename B, typename R, typename Plain>
void CheckBinary(BinaryOp op, Plain plain) {
  auto a_values = Values<A>(48, 1);
  auto b_values = Values<B>(48, 2);
  for (B& b : b_values)
    if (b == B{}) b = B{3};
  DType dtype;
  ASSERT_TRUE(ResultOf(op, Promote(DTypeOf<A>(), DTypeOf<B>()), &dtype).ok());
  ASSERT_EQ(dtype, DTypeOf<R>());
  for (const Tensor& a : Layouts(a_values)) {
    for (const Tensor& b : Layouts(b_values)) {
      std::vector<R> results(96);
      Tensor out = Over(results, {6, 16});
      out = Slice(out, 1, 15, 8, -2);
      ASSERT_TRUE(Binary(op, a, b, out, kNoStop).ok());
      const auto x = Elements<A>(a);
      const auto y = Elements<B>(b);
      const auto z = Elements<R>(out);
      for (size_t i = 0; i < z.size(); ++i)
        ASSERT_EQ(z[i], plain(static_cast<R>(x[i]), static_cast<R>(y[i]))) << i;
    }
  }
}

TEST(Binary, AgreesWithPlainLoopsOnEveryLayout) {
  CheckBinary<float, float, float>(BinaryOp::kAdd, [](float a, float b) { return a + b; });
  CheckBinary<float, int8_t, float>(BinaryOp::kSubtract, [](float a, float b) { return a - b; });
  CheckBinary<float, double, double>(BinaryOp::kMultiply, [](double a, double b) { return a * b; });
  CheckBinary<int8_t, uint8_t, int16_t>(BinaryOp::kAdd,
                                        [](int a, int b) { return static_cast<int16_t>(a + b); });
  CheckBinary<int32_t, float, double>(BinaryOp::kAdd, [](double a, double b) { return a + b; });
  CheckBinary<int8_t, int8_t, int8_t>(BinaryOp::kMultiply,
                                      [](int a, int b) { return static_cast<int8_t>(a * b); });
  CheckBinary<uint32_t, uint32_t, uint32_t>(
      BinaryOp::kSubtract, [](uint32_t a, uint32_t b) { return static_cast<uint32_t>(a - b); });
  CheckBinary<int32_t, int32_t, float>(BinaryOp::kDivide, [](float a, float b) { return a / b; });
  CheckBinary<int16_t, int16_t, int16_t>(BinaryOp::kFloorDivide, [](int a, int b) {
    return static_cast<int16_t>(std::floor(static_cast<double>(a) / b));
  });
  CheckBinary<int64_t, int64_t, int64_t>(BinaryOp::kModulo, [](int64_t a, int64_t b) {
    return a -
           b * static_cast<int64_t>(std::floor(static_cast<double>(a) / static_cast<double>(b)));
  });
  CheckBinary<float, float, float>(BinaryOp::kPower, [](float a, float b) {
    const auto power = static_cast<float>(moonlet_pow(static_cast<double>(a), b));
    return std::isnan(power) ? 0 : Flushed(power);
  });
  CheckBinary<float, float, float>(BinaryOp::kMaximum,
                                   [](float a, float b) { return std::max(a, b); });
  CheckBinary<int32_t, int8_t, int32_t>(BinaryOp::kMinimum,
                                        [](int a, int b) { return std::min(a, b); });
}

template <typename T>
std::vector<T> Apply(BinaryOp op, std::vector<T> a, std::vector<T> b) {
  const auto n = static_cast<Index>(a.size());
  std::vector<T> y(a.size());
  EXPECT_TRUE(Binary(op, Over(a, {n}), Over(b, {n}), Over(y, {n}), kNoStop).ok());
  return y;
}

TEST(Binary, IntegersWrapAtTheirEdges) {
  constexpr int32_t kLow = std::numeric_limits<int32_t>::min();
  constexpr int64_t kLowest = std::numeric_limits<int64_t>::min();
  EXPECT_EQ(Apply<int32_t>(BinaryOp::kFloorDivide, {kLow, -7, 7}, {-1, 2, -2}),
            (std::vector<int32_t>{kLow, -4, -4}));
  EXPECT_EQ(Apply<int64_t>(BinaryOp::kModulo, {kLowest, -7, 7}, {-1, 3, -3}),
            (std::vector<int64_t>{0, 2, -2}));
  EXPECT_EQ(Apply<int64_t>(BinaryOp::kMultiply, {kLowest}, {-1}), (std::vector<int64_t>{kLowest}));
  EXPECT_EQ(Apply<uint8_t>(BinaryOp::kSubtract, {0}, {1}), (std::vector<uint8_t>{255}));
}

TEST(Binary, IntegerDivisionByZeroChangesNothing) {
  std::vector<int32_t> a = {1, 2, 3};
  std::vector<int32_t> b = {1, 1, 0};
  const Tensor x = Over(a, {3});
  EXPECT_EQ(Binary(BinaryOp::kModulo, x, Over(b, {3}), x, kNoStop).code(), Code::kInvalid);
  EXPECT_EQ(a, (std::vector<int32_t>{1, 2, 3}));
}

TEST(Binary, FlushesFloat32DenormalsAndKeepsThoseOfFloat64) {
  EXPECT_EQ(Apply<float>(BinaryOp::kAdd, {1e-40f, 0x1p-126f}, {0, -0x1.8p-126f}),
            (std::vector<float>{0, 0}));
  EXPECT_EQ(Apply<float>(BinaryOp::kMaximum, {1e-40f}, {-1}), (std::vector<float>{0}));
  EXPECT_EQ(Apply<float>(BinaryOp::kPower, {1e-20f}, {2}), (std::vector<float>{0}));
  EXPECT_EQ(Apply<float>(BinaryOp::kFloorDivide, {-1e-40f}, {1}), (std::vector<float>{0}));
  EXPECT_EQ(Apply<double>(BinaryOp::kMultiply, {1e-310}, {1}), (std::vector<double>{1e-310}));
}

TEST(Binary, ExtremesPassNanOn) {
  for (BinaryOp op : {BinaryOp::kMaximum, BinaryOp::kMinimum}) {
    for (float y : Apply<float>(op, {NAN, 1, NAN}, {1, NAN, NAN})) EXPECT_TRUE(std::isnan(y));
  }
}

TEST(Unary, RoundsTiesToEven) {
  std::vector<float> x = {0.5f, 1.5f, 2.5f, -0.5f, -1.5f, 0.49999997f, 8388609, -1e30f};
  std::vector<float> y(8);
  ASSERT_TRUE(Unary(UnaryOp::kRound, Over(x, {8}), Over(y, {8}), kNoStop).ok());
  EXPECT_EQ(y, (std::vector<float>{0, 2, 2, 0, -2, 0, 8388609, -1e30f}));
}

TEST(Unary, FunctionsTakeIntegersAsFloat32) {
  std::vector<int16_t> x = {0, 1, -3, 300};
  std::vector<float> y(4);
  ASSERT_TRUE(Unary(UnaryOp::kSqrt, Over(x, {4}), Over(y, {4}), kNoStop).ok());
  EXPECT_EQ(y[3], std::sqrt(300.0f));
  EXPECT_TRUE(std::isnan(y[2]));
}

// The error of `y` in units of the last place of a float or double.
template <typename T>
double UlpError(T y, double exact) {
  constexpr int kDigits = std::numeric_limits<T>::digits;
  constexpr int kLeast = std::numeric_limits<T>::min_exponent - 1;
  const T rounded = static_cast<T>(exact);
  if (std::isnan(rounded) || std::isinf(rounded) || rounded == 0)
    return y == rounded || (std::isnan(rounded) && std::isnan(y)) ? 0 : INFINITY;
  const int exponent = std::max(std::ilogb(exact), kLeast);
  return std::fabs(static_cast<double>(y) - exact) / std::ldexp(1.0, exponent - kDigits + 1);
}

// The C library's, by way of long double: its double cbrt alone errs by 3 units.
template <long double (*kF)(long double)>
double Exact(double x) {
  return static_cast<double>(kF(x));
}

struct RealFunction {
  UnaryOp op;
  double (*exact)(double x);
};
constexpr RealFunction kRealFunctions[] = {
    {UnaryOp::kTan, Exact<tanl>},     {UnaryOp::kAsin, Exact<asinl>},
    {UnaryOp::kAcos, Exact<acosl>},   {UnaryOp::kAtan, Exact<atanl>},
    {UnaryOp::kSinh, Exact<sinhl>},   {UnaryOp::kCosh, Exact<coshl>},
    {UnaryOp::kAsinh, Exact<asinhl>}, {UnaryOp::kAcosh, Exact<acoshl>},
    {UnaryOp::kAtanh, Exact<atanhl>}, {UnaryOp::kExpm1, Exact<expm1l>},
    {UnaryOp::kLog1p, Exact<log1pl>}, {UnaryOp::kLog2, Exact<log2l>},
    {UnaryOp::kLog10, Exact<log10l>}, {UnaryOp::kCbrt, Exact<cbrtl>},
    {UnaryOp::kErf, Exact<erfl>},
};

// Around 0, around 1, large and special.
template <typename T>
std::vector<T> Arguments() {
  std::vector<T> x = {
      0, 1, -1, 2, static_cast<T>(NAN), static_cast<T>(INFINITY), -static_cast<T>(INFINITY)};
  std::mt19937 random(11);
  for (int exponent = -40; exponent <= 40; ++exponent) {
    for (int i = 0; i < 20; ++i) {
      const double mantissa = 1 + static_cast<double>(random()) / 4294967296.0;
      const double value = std::ldexp(mantissa, exponent);
      x.push_back(static_cast<T>(i % 2 == 0 ? value : -value));
    }
  }
  return x;
}

// float32 is the double function rounded once, so half a unit.
template <typename T>
void CheckRealFunctions(double most) {
  std::vector<T> x = Arguments<T>();
  const auto n = static_cast<Index>(x.size());
  std::vector<T> y(x.size());
  for (const RealFunction& function : kRealFunctions) {
    ASSERT_TRUE(Unary(function.op, Over(x, {n}), Over(y, {n}), kNoStop).ok());
    for (size_t i = 0; i < x.size(); ++i) {
      const double exact = function.exact(static_cast<double>(x[i]));
      ASSERT_LE(UlpError(y[i], exact), most)
          << "function " << static_cast<int>(function.op) << " of " << x[i] << " gave " << y[i];
    }
  }
}

TEST(Unary, RealFunctionsAreNearTheCLibrarys) {
  CheckRealFunctions<float>(0.50001);
  CheckRealFunctions<double>(1.5);
}

TEST(Unary, RealFunctionsFlushFloat32Denormals) {
  for (const RealFunction& function : kRealFunctions) {
    std::vector<float> x = {-1e-40f};
    std::vector<float> y(1);
    ASSERT_TRUE(Unary(function.op, Over(x, {1}), Over(y, {1}), kNoStop).ok());
    EXPECT_LE(UlpError(y[0], function.exact(-0.0)), 0.50001);
    EXPECT_TRUE(y[0] != 0 || std::signbit(y[0]));
  }
}

TEST(Binary, AnglesAndHypotenusesKnowQuadrantsAndExtremes) {
  EXPECT_EQ(Apply<float>(BinaryOp::kHypotenuse, {3, 1e38f, INFINITY}, {-4, 1e38f, NAN}),
            (std::vector<float>{5, 1.4142135e38f, INFINITY}));
  EXPECT_EQ(Apply<double>(BinaryOp::kHypotenuse, {1e-200, 5}, {0, -12}),
            (std::vector<double>{1e-200, 13}));
  const auto angles = Apply<double>(BinaryOp::kArcTangent2, {1, 1, -1, -1, 0}, {1, -1, -1, 1, -1});
  const double expected[] = {0.25, 0.75, -0.75, -0.25, 1};
  for (size_t i = 0; i < 5; ++i) EXPECT_LE(UlpError(angles[i], expected[i] * M_PI), 1) << i;
}

TEST(IsKind, TellsInfiniteAndNanInEveryDtype) {
  std::vector<float> x = {1, -INFINITY, NAN, 1e-40f, 3e38f};
  std::vector<int64_t> integers = {0, std::numeric_limits<int64_t>::min(), 7, 8, 9};
  bool out[5];
  const Tensor result = RowMajor(out, DType::kBool, ShapeOf({5}));
  const auto told = [&](Kind kind, const Tensor& t) {
    EXPECT_TRUE(IsKind(kind, t, result, kNoStop).ok());
    return std::vector<bool>(out, out + 5);
  };
  using Bools = std::vector<bool>;
  EXPECT_EQ(told(Kind::kFinite, Over(x, {5})), (Bools{true, false, false, true, true}));
  EXPECT_EQ(told(Kind::kInfinite, Over(x, {5})), (Bools{false, true, false, false, false}));
  EXPECT_EQ(told(Kind::kNan, Over(x, {5})), (Bools{false, false, true, false, false}));
  EXPECT_EQ(told(Kind::kFinite, Over(integers, {5})), Bools(5, true));
  EXPECT_EQ(told(Kind::kNan, Over(integers, {5})), Bools(5, false));
}

TEST(Unary, NegationKeepsBits) {
  std::vector<float> x = {FloatOf(0x7FC12345u), 1e-40f, 0};
  const Tensor t = Over(x, {3});
  ASSERT_TRUE(Unary(UnaryOp::kNegate, t, t, kNoStop).ok());
  EXPECT_EQ(BitsOf(x[0]), 0xFFC12345u);
  EXPECT_EQ(BitsOf(x[1]), BitsOf(-1e-40f));
  EXPECT_EQ(BitsOf(x[2]), 0x80000000u);
}

TEST(Compare, IsExactAcrossIntegerDtypes) {
  std::vector<uint32_t> a = {0, 4294967295u, 5};
  std::vector<int64_t> b = {-1, 4294967295, 6};
  bool out[3];
  const Tensor result = RowMajor(out, DType::kBool, ShapeOf({3}));
  ASSERT_TRUE(
      Compare(CompareOp::kGreaterEqual, DType::kInt64, Over(a, {3}), Over(b, {3}), result, kNoStop)
          .ok());
  EXPECT_TRUE(out[0] && out[1] && !out[2]);
}

TEST(Where, ConvertsAndBroadcasts) {
  bool choose[] = {true, false};
  std::vector<int8_t> a = {-5};
  std::vector<double> b = {0.5, 1.5};
  std::vector<double> y(2);
  ASSERT_TRUE(Where(RowMajor(choose, DType::kBool, ShapeOf({2})), Over(a, {1}), Over(b, {2}),
                    Over(y, {2}), kNoStop)
                  .ok());
  EXPECT_EQ(y, (std::vector<double>{-5, 1.5}));
}

TEST(Binary, StopsWhenAsked) {
  StopToken stop;
  stop.Raise();
  std::vector<float> x(1 << 17);
  const Tensor t = Over(x, {1 << 17});
  EXPECT_EQ(Binary(BinaryOp::kAdd, t, t, t, stop).code(), Code::kStopped);
}

}  // namespace elementwise_test
}  // namespace moonlet
