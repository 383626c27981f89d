// dsp/zpk.h - filters as zeros, poles and gain, what recursive designs compute with; their
// transforms from one band to another and from analog to digital; second-order sections.
//
// After scipy.signal lp2lp_zpk, lp2hp_zpk, lp2bp_zpk, lp2bs_zpk, bilinear_zpk, zpk2sos.
#pragma once
#include <span>

#include "dsp/complex.h"
#include "engine/base/status.h"

namespace moonlet::dsp {

// Roots of a real polynomial. One with an imaginary part above 0 stands for itself and its
// conjugate; none has one below 0.
struct Roots {
  static constexpr int kMost = 64;
  Complex at[kMost];
  int count = 0;

  void Add(Complex root) { at[count++] = {root.re, std::fabs(root.im)}; }
  void Remove(int i);         // the order stays
  int degree() const;         // conjugates counted
  double At(double x) const;  // the polynomial's value: the product of all x - root
};

struct Zpk {
  Roots zeros;
  Roots poles;
  double gain = 1;
  // Zeros at infinity of an analog filter.
  int excess() const { return poles.degree() - zeros.degree(); }
};

// An analog low-pass filter with its edge at 1 rad/s to one with edges at `low` and `high`
// (of low-pass and high-pass only `low` counts). At most 64 poles may come out.
void ToLowpass(Zpk* f, double edge);
void ToHighpass(Zpk* f, double edge);
void ToBandpass(Zpk* f, double low, double high);
void ToBandstop(Zpk* f, double low, double high);
// s = (z - 1) / (z + 1): an analog frequency w becomes the angle 2 atan(w).
void ToDigital(Zpk* f);

// b0 b1 b2 1 a1 a2: (b0 + b1/z + b2/z^2) / (1 + a1/z + a2/z^2).
struct Section {
  double b[3];
  double a[3];
};
inline int SectionsOf(const Zpk& f) { return (f.poles.degree() + 1) / 2; }
// The sections of a digital filter with as many zeros as poles: the poles nearest to the unit
// circle come last, each with the zeros nearest to it; all gain is in the first section.
// Requires sections.size() == SectionsOf(f).
void ToSections(const Zpk& f, std::span<Section> sections);
// The polynomials of a digital filter, from z^0 to z^-degree; each has f.poles.degree() + 1.
void ToPolynomials(const Zpk& f, std::span<double> b, std::span<double> a);

// Whether both roots of z^2 + a1 z + a2 are inside of the unit circle.
bool PolesAreInside(double a1, double a2);
// Whether the sections can be realised when every coefficient is rounded to float32 (or stays
// a double): kInvalid names the section whose pole lands on or outside of the unit circle, or
// whose gain is below the smallest number.
Status CheckSections(std::span<const Section> sections, bool float32);
// The same of a polynomial a, a[0] = 1, rounded in place to float32 or not. `scratch` has room
// for as many.
Status CheckDenominator(std::span<const double> a, bool float32, std::span<double> scratch);

}  // namespace moonlet::dsp
