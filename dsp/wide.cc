#include "dsp/wide.h"

namespace moonlet::dsp {
namespace {

// a + b exactly; the second requires |a| >= |b|.
Wide ExactSum(double a, double b) {
  const double sum = a + b, part = sum - a;
  return {sum, (a - (sum - part)) + (b - part)};
}
Wide ExactSumOrdered(double a, double b) {
  const double sum = a + b;
  return {sum, b - (sum - a)};
}
// a * b exactly. Requires |a| and |b| below 2^990.
Wide ExactProduct(double a, double b) {
  constexpr double kSplit = 0x1p27 + 1;
  const double ta = kSplit * a, tb = kSplit * b;
  const double ah = ta - (ta - a), bh = tb - (tb - b);
  const double al = a - ah, bl = b - bh, product = a * b;
  return {product, ((ah * bh - product) + ah * bl + al * bh) + al * bl};
}

}  // namespace

Wide operator+(Wide a, Wide b) {
  const Wide sum = ExactSum(a.high, b.high);
  return ExactSumOrdered(sum.high, sum.low + (a.low + b.low));
}

Wide operator*(Wide a, Wide b) {
  const Wide product = ExactProduct(a.high, b.high);
  return ExactSumOrdered(product.high, product.low + (a.high * b.low + a.low * b.high));
}

}  // namespace moonlet::dsp
