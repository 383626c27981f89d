#include "dsp/zpk.h"

#include <algorithm>
#include <cassert>
#include <limits>
#include <utility>

namespace moonlet::dsp {
namespace {

bool IsReal(Complex root) { return root.im == 0; }

double Power(double x, int n) {
  double product = 1;
  for (int i = 0; i < n; ++i) product *= x;
  return product;
}

void Scale(Roots* roots, double factor) {
  for (int i = 0; i < roots->count; ++i) roots->at[i] = roots->at[i] * factor;
}

// Each root to factor / root.
void Invert(Roots* roots, double factor) {
  for (int i = 0; i < roots->count; ++i) {
    const Complex root = roots->at[i];
    roots->at[i] = {root.re * factor / Norm(root), root.im * factor / Norm(root)};
  }
}

void AddCopies(Roots* roots, Complex root, int copies) {
  for (int i = 0; i < copies; ++i) roots->Add(root);
}

// Each root r to the two solutions of s + centre^2 / s = 2 r.
void Split(Roots* roots, double centre) {
  const Roots before = *roots;
  roots->count = 0;
  for (int i = 0; i < before.count; ++i) {
    const Complex r = before.at[i];
    const Complex square = r * r - Complex{centre * centre, 0};
    const Complex apart = Sqrt(square);
    roots->Add(r + apart);
    // A real r with an imaginary distance gives one conjugate pair, not two.
    if (!IsReal(r) || square.re >= 0) roots->Add(r - apart);
  }
}

void Bilinear(Roots* roots) {
  for (int i = 0; i < roots->count; ++i) {
    const Complex root = roots->at[i];
    const Complex one = {1, 0};
    const Complex z = (one + root) / (one - root);
    roots->at[i] = {z.re, IsReal(root) ? 0 : std::fabs(z.im)};
  }
}

}  // namespace

void Roots::Remove(int i) {
  --count;
  for (; i < count; ++i) at[i] = at[i + 1];
}

int Roots::degree() const {
  int degree = 0;
  for (int i = 0; i < count; ++i) degree += IsReal(at[i]) ? 1 : 2;
  return degree;
}

double Roots::At(double x) const {
  double product = 1;
  for (int i = 0; i < count; ++i)
    product *= IsReal(at[i]) ? x - at[i].re : Norm(Complex{x, 0} - at[i]);
  return product;
}

void ToLowpass(Zpk* f, double edge) {
  f->gain *= Power(edge, f->excess());
  Scale(&f->zeros, edge);
  Scale(&f->poles, edge);
}

void ToHighpass(Zpk* f, double edge) {
  const int excess = f->excess();
  f->gain *= f->zeros.At(0) / f->poles.At(0);
  Invert(&f->zeros, edge);
  Invert(&f->poles, edge);
  AddCopies(&f->zeros, {0, 0}, excess);
}

void ToBandpass(Zpk* f, double low, double high) {
  const int excess = f->excess();
  const double width = high - low, centre = std::sqrt(low * high);
  f->gain *= Power(width, excess);
  Scale(&f->zeros, width / 2);
  Scale(&f->poles, width / 2);
  Split(&f->zeros, centre);
  Split(&f->poles, centre);
  AddCopies(&f->zeros, {0, 0}, excess);
}

void ToBandstop(Zpk* f, double low, double high) {
  const int excess = f->excess();
  const double width = high - low, centre = std::sqrt(low * high);
  f->gain *= f->zeros.At(0) / f->poles.At(0);
  Invert(&f->zeros, width / 2);
  Invert(&f->poles, width / 2);
  Split(&f->zeros, centre);
  Split(&f->poles, centre);
  AddCopies(&f->zeros, {0, centre}, excess);
}

void ToDigital(Zpk* f) {
  const int excess = f->excess();
  f->gain *= f->zeros.At(1) / f->poles.At(1);
  Bilinear(&f->zeros);
  Bilinear(&f->poles);
  AddCopies(&f->zeros, {-1, 0}, excess);
}

// Sections --------------------------------------------------------------------

namespace {

// The pole nearest to the unit circle; of the real ones alone if asked. -1: there is none.
int Worst(const Roots& poles, bool real) {
  int worst = -1;
  double least = 0;
  for (int i = 0; i < poles.count; ++i) {
    if (real && !IsReal(poles.at[i])) continue;
    const double distance = std::fabs(1 - Abs(poles.at[i]));
    if (worst >= 0 && distance >= least) continue;
    worst = i;
    least = distance;
  }
  return worst;
}

// The zero nearest to a pole; of the real ones alone if asked.
int Nearest(const Roots& zeros, Complex pole, bool real) {
  int nearest = -1;
  double least = 0;
  for (int i = 0; i < zeros.count; ++i) {
    if (real && !IsReal(zeros.at[i])) continue;
    const double distance = Abs(zeros.at[i] - pole);
    if (nearest >= 0 && distance >= least) continue;
    nearest = i;
    least = distance;
  }
  return nearest;
}

Complex Take(Roots* roots, int i) {
  const Complex root = roots->at[i];
  roots->Remove(i);
  return root;
}

// (1 - first/z)(1 - second/z), the second of a pair being its conjugate.
void Expand(Complex first, Complex second, double* polynomial) {
  polynomial[0] = 1;
  polynomial[1] = IsReal(first) ? -(first.re + second.re) : -2 * first.re;
  polynomial[2] = IsReal(first) ? first.re * second.re : Norm(first);
}

bool Before(Complex a, Complex b) {
  if (IsReal(a) != IsReal(b)) return IsReal(b);
  return a.re != b.re ? a.re < b.re : a.im < b.im;
}

// The order in which equally near ones are taken: by real part, real ones last.
void Sort(Roots* roots) {
  for (int i = 1; i < roots->count; ++i)
    for (int k = i; k > 0 && Before(roots->at[k], roots->at[k - 1]); --k)
      std::swap(roots->at[k], roots->at[k - 1]);
}

}  // namespace

void ToSections(const Zpk& f, std::span<Section> sections) {
  Roots zeros = f.zeros, poles = f.poles;
  assert(zeros.degree() == poles.degree());
  if (poles.degree() % 2 == 1) {
    poles.Add({});
    zeros.Add({});
  }
  Sort(&zeros);
  Sort(&poles);
  for (size_t i = sections.size(); i-- > 0;) {
    const Complex pole = Take(&poles, Worst(poles, false));
    const Complex pole2 = IsReal(pole) ? Take(&poles, Worst(poles, true)) : Conjugate(pole);
    const Complex zero = Take(&zeros, Nearest(zeros, pole, false));
    const Complex zero2 = IsReal(zero) ? Take(&zeros, Nearest(zeros, pole, true)) : Conjugate(zero);
    Expand(zero, zero2, sections[i].b);
    Expand(pole, pole2, sections[i].a);
  }
  for (double& b : sections[0].b) b *= f.gain;
}

// Multiplies the polynomial by each root's factor; out has degree + 1 coefficients.
static void Multiply(const Roots& roots, double factor, std::span<double> out) {
  std::fill(out.begin(), out.end(), 0.0);
  out[0] = 1;
  size_t degree = 0;
  for (int i = 0; i < roots.count; ++i) {
    double f[3];
    Expand(roots.at[i], {}, f);
    degree += IsReal(roots.at[i]) ? 1 : 2;
    for (size_t k = degree; k > 0; --k)
      out[k] += f[1] * out[k - 1] + (k > 1 ? f[2] * out[k - 2] : 0);
  }
  for (double& value : out) value *= factor;
}

void ToPolynomials(const Zpk& f, std::span<double> b, std::span<double> a) {
  Multiply(f.zeros, f.gain, b);
  Multiply(f.poles, 1, a);
}

static double Rounded(double x, bool float32) { return float32 ? static_cast<float>(x) : x; }

// (a1, a2) is in a triangle exactly then.
bool PolesAreInside(double a1, double a2) { return std::fabs(a2) < 1 && std::fabs(a1) < 1 + a2; }

Status CheckSections(std::span<const Section> sections, bool float32) {
  const double least = float32 ? static_cast<double>(std::numeric_limits<float>::min())
                               : std::numeric_limits<double>::min();
  for (size_t i = 0; i < sections.size(); ++i) {
    const Section& s = sections[i];
    const int number = static_cast<int>(i) + 1;
    const double a1 = Rounded(s.a[1], float32), a2 = Rounded(s.a[2], float32);
    if (!PolesAreInside(a1, a2)) {
      return Status::Invalid(
          "section %d: a pole of radius %.9g lands on or outside of the unit "
          "circle in %s",
          number, std::sqrt(std::fabs(s.a[2])), float32 ? "float32" : "float64");
    }
    const double gain = std::max({std::fabs(s.b[0]), std::fabs(s.b[1]), std::fabs(s.b[2])});
    if (!(gain >= least && Rounded(gain, float32) <= std::numeric_limits<double>::max()))
      return Status::Invalid("section %d: a gain of %.3g is no number of %s", number, gain,
                             float32 ? "float32" : "float64");
  }
  return {};
}

// Schur and Cohn: the step-down recursion meets only reflections inside of (-1, 1).
Status CheckDenominator(std::span<const double> a, bool float32, std::span<double> scratch) {
  for (size_t i = 0; i < a.size(); ++i) scratch[i] = Rounded(a[i], float32);
  for (size_t degree = a.size() - 1; degree > 0; --degree) {
    const double k = scratch[degree];
    if (!(std::fabs(k) < 1))
      return Status::Invalid("the denominator's roots are not all inside of the unit circle in %s",
                             float32 ? "float32" : "float64");
    for (size_t low = 1, high = degree - 1; low <= high; ++low, --high) {
      const double x = scratch[low], y = scratch[high];
      scratch[low] = (x - k * y) / (1 - k * k);
      scratch[high] = (y - k * x) / (1 - k * k);
    }
  }
  return {};
}

}  // namespace moonlet::dsp
