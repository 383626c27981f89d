// dsp/wide.h - numbers of twice a double's precision, as sums of two doubles, after T. J. Dekker,
// "A floating-point technique for extending the available precision", 1971. Without fused
// steps, which not every target has.
#pragma once

namespace moonlet::dsp {

struct Wide {
  double high = 0;
  double low = 0;
};

// a + b exactly; the second requires |a| >= |b|.
inline Wide ExactSum(double a, double b) {
  const double sum = a + b, part = sum - a;
  return {sum, (a - (sum - part)) + (b - part)};
}
inline Wide ExactSumOrdered(double a, double b) {
  const double sum = a + b;
  return {sum, b - (sum - a)};
}
// a * b exactly. Requires |a| and |b| below 2^990.
inline Wide ExactProduct(double a, double b) {
  constexpr double kSplit = 0x1p27 + 1;
  const double ta = kSplit * a, tb = kSplit * b;
  const double ah = ta - (ta - a), bh = tb - (tb - b);
  const double al = a - ah, bl = b - bh, product = a * b;
  return {product, ((ah * bh - product) + ah * bl + al * bh) + al * bl};
}

inline Wide operator+(Wide a, Wide b) {
  const Wide sum = ExactSum(a.high, b.high);
  return ExactSumOrdered(sum.high, sum.low + (a.low + b.low));
}
inline Wide operator-(Wide a) { return {-a.high, -a.low}; }
inline Wide operator*(Wide a, Wide b) {
  const Wide product = ExactProduct(a.high, b.high);
  return ExactSumOrdered(product.high, product.low + (a.high * b.low + a.low * b.high));
}

}  // namespace moonlet::dsp
