#include "dsp/iir_design.h"

#include <algorithm>
#include <cmath>

#include "dsp/bessel_roots.h"
#include "dsp/elliptic.h"
#include "dsp/special.h"
#include "engine/base/libm.h"

namespace moonlet::dsp {
namespace {

// The edge of dB: sqrt(10^(dB / 10) - 1).
double Epsilon(double db) { return std::sqrt(moonlet_expm1(db / 10 * 2.302585092994045684)); }

// The gain that makes an analog filter 1 at 0.
void NormalizeAtZero(Zpk* f) { f->gain = f->poles.At(0) / f->zeros.At(0); }

// The angles of a prototype's poles from the negative real axis: pi m / (2 order) for m of
// the other parity than the order, from 0 up.
template <typename Function>
void ForAngles(int order, Function f) {
  for (int m = 1 - order % 2; m < order; m += 2) f(kPi * m / (2 * order));
}

void Butterworth(int order, Zpk* f) {
  ForAngles(order, [f](double angle) { f->poles.Add({-moonlet_cos(angle), moonlet_sin(angle)}); });
}

void Chebyshev1(int order, double ripple, Zpk* f) {
  const double epsilon = Epsilon(ripple);
  const double mu = moonlet_asinh(1 / epsilon) / order;
  ForAngles(order, [f, mu](double angle) {
    f->poles.Add({-moonlet_sinh(mu) * moonlet_cos(angle), moonlet_cosh(mu) * moonlet_sin(angle)});
  });
  NormalizeAtZero(f);
  if (order % 2 == 0) f->gain /= std::sqrt(1 + epsilon * epsilon);
}

void Chebyshev2(int order, double attenuation, Zpk* f) {
  const double mu = moonlet_asinh(Epsilon(attenuation)) / order;
  ForAngles(order, [f, mu](double angle) {
    const Complex p = {-moonlet_sinh(mu) * moonlet_cos(angle),
                       moonlet_cosh(mu) * moonlet_sin(angle)};
    f->poles.Add(Conjugate(p) * (1 / Norm(p)));
    if (angle != 0) f->zeros.Add({0, 1 / moonlet_sin(angle)});
  });
  NormalizeAtZero(f);
}

// Poles and zeros by Jacobi's functions at equal steps of the quarter period; after S. J.
// Orfanidis, "Lecture Notes on Elliptic Filter Design", 2006.
void Elliptic(int order, double ripple, double attenuation, Zpk* f) {
  const double epsilon = Epsilon(ripple);
  const EllipticDegree e(order, epsilon, Epsilon(attenuation));
  const Jacobi v = e.Imaginary();
  for (int j = 1 - order % 2; j < order; j += 2) {
    const Jacobi u = e.Real(static_cast<double>(j) / order);
    const double d = 1 - (u.dn * v.sn) * (u.dn * v.sn);
    f->poles.Add({-u.cn * u.dn * v.sn * v.cn / d, u.sn * v.dn / d});
    if (j != 0) f->zeros.Add({0, 1 / (e.modulus() * u.sn)});
  }
  NormalizeAtZero(f);
  if (order % 2 == 0) f->gain /= std::sqrt(1 + epsilon * epsilon);
}

// The frequency where the filter with these poles is at -3 dB of its value at 0.
double HalfPower(const Roots& poles) {
  double low = 0, high = 64;  // grows as the root of the order
  const double target = 2 * poles.At(0) * poles.At(0);
  for (int turn = 0; turn < 64; ++turn) {
    const double middle = (low + high) / 2;
    double power = 1;
    for (int i = 0; i < poles.count; ++i) {
      const Complex p = poles.at[i];
      power *= Norm(Complex{0, middle} - p);
      if (p.im != 0) power *= Norm(Complex{0, middle} - Conjugate(p));
    }
    (power < target ? low : high) = middle;
  }
  return (low + high) / 2;
}

void Bessel(int order, BesselNorm norm, Zpk* f) {
  AddBesselRoots(order, &f->poles);
  double scale = 1;
  if (norm == BesselNorm::kMagnitude) scale = 1 / HalfPower(f->poles);
  if (norm == BesselNorm::kPhase) {
    double logarithm = 0;  // of the polynomial's value at 0, 1 * 3 * 5 * ...
    for (int k = 1; k <= order; ++k) logarithm += moonlet_log(2 * k - 1);
    scale = moonlet_exp(-logarithm / order);
  }
  for (int i = 0; i < f->poles.count; ++i) f->poles.at[i] = f->poles.at[i] * scale;
  f->gain = f->poles.At(0);
}

Status CheckSpec(const IirSpec& spec) {
  if (spec.order < 1 || spec.order > IirSpec::kMostOrder)
    return Status::Invalid("an order of 1 to %d expected, got %d", IirSpec::kMostOrder, spec.order);
  const int edges = spec.band >= Band::kBandpass ? 2 : 1;
  for (int i = 0; i < edges; ++i) {
    if (!(spec.edges[i] > 0 && spec.edges[i] < 1))
      return Status::Invalid(
          "edges between 0 and half the sample rate expected, got %.9g of the half", spec.edges[i]);
  }
  if (edges == 2 && !(spec.edges[0] < spec.edges[1]))
    return Status::Invalid("the edges do not ascend");
  const bool ripples = spec.family == IirFamily::kChebyshev1 || spec.family == IirFamily::kElliptic;
  const bool stops = spec.family == IirFamily::kChebyshev2 || spec.family == IirFamily::kElliptic;
  if (ripples && !(spec.ripple > 0 && spec.ripple <= 200))
    return Status::Invalid("a ripple above 0 dB, at most 200, expected, got %g", spec.ripple);
  if (stops && !(spec.attenuation > 0 && spec.attenuation <= 400))
    return Status::Invalid("an attenuation above 0 dB, at most 400, expected, got %g",
                           spec.attenuation);
  if (ripples && stops && !(spec.ripple < spec.attenuation))
    return Status::Invalid("an attenuation above the ripple of %g dB expected, got %g", spec.ripple,
                           spec.attenuation);
  return {};
}

void Prototype(const IirSpec& spec, Zpk* f) {
  switch (spec.family) {
    case IirFamily::kButterworth:
      return Butterworth(spec.order, f);
    case IirFamily::kChebyshev1:
      return Chebyshev1(spec.order, spec.ripple, f);
    case IirFamily::kChebyshev2:
      return Chebyshev2(spec.order, spec.attenuation, f);
    case IirFamily::kElliptic:
      return Elliptic(spec.order, spec.ripple, spec.attenuation, f);
    case IirFamily::kBessel:
      return Bessel(spec.order, spec.norm, f);
  }
}

}  // namespace

Status DesignIir(const IirSpec& spec, Zpk* filter) noexcept {
  if (Status s = CheckSpec(spec); !s.ok()) return s;
  *filter = {};
  Prototype(spec, filter);
  const double low = moonlet_tan(kPi / 2 * spec.edges[0]);
  const double high = moonlet_tan(kPi / 2 * spec.edges[1]);
  switch (spec.band) {
    case Band::kLowpass:
      ToLowpass(filter, low);
      break;
    case Band::kHighpass:
      ToHighpass(filter, low);
      break;
    case Band::kBandpass:
      ToBandpass(filter, low, high);
      break;
    case Band::kBandstop:
      ToBandstop(filter, low, high);
      break;
  }
  ToDigital(filter);
  return {};
}

}  // namespace moonlet::dsp
