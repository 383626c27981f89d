// Accuracy of the float32 functions against the C library's in double, over every
// exponent: each 2,039th float by default, all 2^32 of them with MOONLET_SOAK=1.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <vector>

#include "engine/base/float_mode.h"
#include "engine/kernels/float_bits.h"
#include "tests/engine/kernels/float_tables.h"

namespace moonlet {
namespace float_math_test {

struct Function {
  const char* name;
  void (*FloatKernels<float>::*kernel)(const float* x, float* y, size_t n);
  double (*exact)(double x);
  double limit;  // in units of the last place
};
const Function kFunctions[] = {
    {"exp", &FloatKernels<float>::exp, std::exp, 0.88},
    {"log", &FloatKernels<float>::log, std::log, 0.83},
    {"sin", &FloatKernels<float>::sin, std::sin, 0.81},
    {"cos", &FloatKernels<float>::cos, std::cos, 0.80},
    {"tanh", &FloatKernels<float>::tanh, std::tanh, 1.31},
};

double UlpOf(double exact) { return std::ldexp(1.0, std::ilogb(exact) - 23); }

// The error in ulp; -1 where the result is wrong in kind: NaN, infinity, zero, its sign.
double ErrorOf(float result, double exact) {
  if (std::isnan(exact)) return std::isnan(result) ? 0 : -1;
  const float rounded = Flushed(static_cast<float>(exact));
  const bool special = std::isinf(rounded) || rounded == 0 || std::isinf(result) || result == 0;
  if (special) return BitsOf(rounded) == BitsOf(result) ? 0 : -1;
  return std::fabs(result - exact) / UlpOf(exact);
}

class FloatMath : public testing::TestWithParam<Function> {};

TEST_P(FloatMath, StaysWithinItsError) {
  const Function& function = GetParam();
  const bool all = std::getenv("MOONLET_SOAK") != nullptr;
  const uint64_t stride = all ? 1 : 2039;
  const FloatKernels<float>* kernels = Tables<float>().back();
  constexpr size_t kBatch = 4096;
  std::vector<float> x(kBatch);
  std::vector<float> y(kBatch);
  double worst = 0;
  float worst_at = 0;
  for (uint64_t bits = 0; bits < uint64_t{1} << 32;) {
    size_t n = 0;
    for (; n < kBatch && bits < uint64_t{1} << 32; ++n, bits += stride)
      x[n] = FloatOf(static_cast<uint32_t>(bits));
    {
      const FlushDenormals flush;
      (kernels->*function.kernel)(x.data(), y.data(), n);
    }
    for (size_t i = 0; i < n; ++i) {
      const double error = ErrorOf(y[i], function.exact(Flushed(x[i])));
      ASSERT_GE(error, 0) << function.name << " of " << x[i] << " gave " << y[i];
      if (error > worst) {
        worst = error;
        worst_at = x[i];
      }
    }
  }
  std::printf("%s: at most %.4f ulp, at %a\n", function.name, worst, worst_at);
  EXPECT_LE(worst, function.limit);
}
INSTANTIATE_TEST_SUITE_P(Functions, FloatMath, testing::ValuesIn(kFunctions),
                         [](const auto& info) { return std::string(info.param.name); });

float One(void (*FloatKernels<float>::*kernel)(const float*, float*, size_t), float x) {
  float y;
  const FlushDenormals flush;
  (Kernels<float>().*kernel)(&x, &y, 1);
  return y;
}

TEST(FloatMathSpecial, ValuesAreExact) {
  using K = FloatKernels<float>;
  EXPECT_EQ(One(&K::exp, 0), 1);
  EXPECT_EQ(One(&K::exp, -INFINITY), 0);
  EXPECT_EQ(One(&K::exp, INFINITY), INFINITY);
  EXPECT_EQ(One(&K::exp, 1e-40f), 1);
  EXPECT_EQ(One(&K::log, 1), 0);
  EXPECT_EQ(One(&K::log, 0), -INFINITY);
  EXPECT_EQ(One(&K::log, 1e-40f), -INFINITY);
  EXPECT_TRUE(std::isnan(One(&K::log, -1)));
  EXPECT_EQ(BitsOf(One(&K::sin, -0.0f)), BitsOf(-0.0f));
  EXPECT_EQ(BitsOf(One(&K::tanh, -0.0f)), BitsOf(-0.0f));
  EXPECT_TRUE(std::isnan(One(&K::sin, INFINITY)));
  EXPECT_TRUE(std::isnan(One(&K::cos, -INFINITY)));
  EXPECT_EQ(One(&K::tanh, -INFINITY), -1);
  EXPECT_EQ(BitsOf(One(&K::sqrt, -0.0f)), BitsOf(-0.0f));
  for (auto kernel : {&K::exp, &K::log, &K::sin, &K::cos, &K::tanh})
    EXPECT_TRUE(std::isnan(One(kernel, NAN)));
}

}  // namespace float_math_test
}  // namespace moonlet
