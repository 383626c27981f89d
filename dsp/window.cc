// A symmetric window of n samples is a function of the position i = 0..n-1, written here as
// SciPy writes it. Chebyshev's alone is a sum over all frequencies.
#include "dsp/window.h"

#include <cmath>
#include <cstring>

#include "dsp/special.h"
#include "engine/base/libm.h"

namespace moonlet::dsp {
namespace {

// A row per WindowKind, in its order.
struct WindowRow {
  const char* name;
  int parameters;
  double least, most;  // of the last parameter
  double cosines[5];   // sum of a[k] cos(k t), t from -pi to pi; all zero: not of this family
};
constexpr double kMost = std::numeric_limits<double>::max();
constexpr double kTiny = std::numeric_limits<double>::min();
constexpr WindowRow kRows[] = {
    {"boxcar", 0, 0, 0, {1}},
    {"triang", 0, 0, 0, {}},
    {"parzen", 0, 0, 0, {}},
    {"bohman", 0, 0, 0, {}},
    {"blackman", 0, 0, 0, {0.42, 0.50, 0.08}},
    {"nuttall", 0, 0, 0, {0.3635819, 0.4891775, 0.1365995, 0.0106411}},
    {"blackmanharris", 0, 0, 0, {0.35875, 0.48829, 0.14128, 0.01168}},
    {"flattop", 0, 0, 0, {0.21557895, 0.41663158, 0.277263158, 0.083578947, 0.006947368}},
    {"bartlett", 0, 0, 0, {}},
    {"barthann", 0, 0, 0, {}},
    {"hamming", 0, 0, 0, {0.54, 0.46}},
    {"hann", 0, 0, 0, {0.5, 0.5}},
    {"cosine", 0, 0, 0, {}},
    {"kaiser", 1, 0, 700, {}},  // I0 overflows beyond
    {"gaussian", 1, kTiny, kMost, {}},
    {"tukey", 1, 0, 1, {}},
    {"exponential", 2, kTiny, kMost, {}},
    {"general_hamming", 1, -kMost, kMost, {}},
    {"chebwin", 1, kTiny, 300, {}},
};
const WindowRow& RowOf(WindowKind kind) { return kRows[static_cast<int>(kind)]; }

double CosineSum(const double* a, int terms, double i, double n) {
  const double t = kPi * (2 * i / (n - 1) - 1);
  double sum = 0;
  for (int k = 0; k < terms; ++k) sum += a[k] * moonlet_cos(k * t);
  return sum;
}

double Parzen(double distance, double n) {
  const double x = 2 * distance / n;
  if (4 * distance > n - 1) return 2 * (1 - x) * (1 - x) * (1 - x);
  return 1 - 6 * x * x + 6 * x * x * x;
}

double Bohman(double distance, double n) {
  const double x = 2 * distance / (n - 1);
  if (x >= 1) return 0;
  return (1 - x) * moonlet_cos(kPi * x) + moonlet_sin(kPi * x) / kPi;
}

double Kaiser(double beta, double distance, double n) {
  const double x = 2 * distance / (n - 1);
  return BesselI0(beta * std::sqrt(1 - x * x)) / BesselI0(beta);
}

double Tukey(double alpha, double i, double n) {
  const double edge = i < n - 1 - i ? i : n - 1 - i;  // samples from the nearer end
  if (alpha <= 0 || edge > std::floor(alpha * (n - 1) / 2)) return 1;
  return 0.5 * (1 + moonlet_cos(kPi * (2 * edge / (alpha * (n - 1)) - 1)));
}

double Exponential(const double* parameters, double i, double n) {
  const double centre = parameters[0] == parameters[0] ? parameters[0] : (n - 1) / 2;
  return moonlet_exp(-std::fabs(i - centre) / parameters[1]);
}

double Sample(const WindowSpec& spec, double i, double n) {
  const double distance = std::fabs(i - (n - 1) / 2);  // from the middle
  const double p = spec.parameters[0];
  switch (spec.kind) {
    case WindowKind::kTriang:
      return 1 - 2 * distance / (2 * std::floor(n / 2) == n ? n : n + 1);
    case WindowKind::kParzen:
      return Parzen(distance, n);
    case WindowKind::kBohman:
      return Bohman(distance, n);
    case WindowKind::kBartlett:
      return 1 - 2 * distance / (n - 1);
    case WindowKind::kBarthann:
      return 0.62 - 0.48 * (distance / (n - 1)) + 0.38 * moonlet_cos(2 * kPi * distance / (n - 1));
    case WindowKind::kCosine:
      return moonlet_sin(kPi / n * (i + 0.5));
    case WindowKind::kKaiser:
      return Kaiser(p, distance, n);
    case WindowKind::kGaussian:
      return moonlet_exp(-(distance / p) * (distance / p) / 2);
    case WindowKind::kTukey:
      return Tukey(p, i, n);
    case WindowKind::kExponential:
      return Exponential(spec.parameters, i, n);
    case WindowKind::kGeneralHamming: {
      const double a[] = {p, 1 - p};
      return CosineSum(a, 2, i, n);
    }
    default:
      return CosineSum(RowOf(spec.kind).cosines, 5, i, n);
  }
}

// The Chebyshev polynomial of a degree.
double Chebyshev(double degree, double x) {
  if (x > 1) return moonlet_cosh(degree * moonlet_acosh(x));
  return moonlet_cos(degree * moonlet_acos(x));  // x >= 0 here
}

// Dolph-Chebyshev of n samples, all or without the last: the inverse transform of a Chebyshev
// polynomial, whose values wait in the upper half of `out` while the lower half is filled.
Status FillChebyshev(double attenuation, size_t n, std::span<double> out, const StopToken* stop) {
  const double peak = moonlet_pow(10, attenuation / 20);
  const double order = static_cast<double>(n) - 1;
  const double beta = moonlet_cosh(moonlet_acosh(peak) / order);
  const size_t half = n / 2, terms = (n - 1) / 2;
  double* const p = out.data() + half - 1;  // p[1] to p[terms]
  double centre = peak;
  for (size_t k = 1; k <= terms; ++k) {
    p[k] =
        Chebyshev(order, beta * moonlet_cos(kPi * static_cast<double>(k) / static_cast<double>(n)));
    centre += 2 * p[k];
  }
  for (size_t i = 0; i < half; ++i) {
    if (stop != nullptr && stop->raised()) return Status::Stopped();
    const uint64_t twice = n - 1 - 2 * i;  // the distance from the middle, doubled
    double sum = peak;
    for (size_t k = 1; k <= terms; ++k) {
      const auto turns = static_cast<double>(k * twice % (2 * uint64_t{n}));
      sum += 2 * p[k] * moonlet_cos(kPi * turns / static_cast<double>(n));
    }
    out[i] = sum;
  }
  if (n % 2 == 1 && half < out.size()) out[half] = centre;
  double most = n % 2 == 1 ? centre : out[half - 1];
  for (size_t i = 0; i < half; ++i) most = out[i] > most ? out[i] : most;
  for (size_t i = half + n % 2; i < out.size(); ++i) out[i] = out[n - 1 - i];
  for (double& value : out) value /= most;
  return {};
}

}  // namespace

Status WindowByName(const char* name, WindowSpec* spec) {
  if (std::strcmp(name, "gauss") == 0) name = "gaussian";  // SciPy's other name
  for (int i = 0; i < static_cast<int>(std::size(kRows)); ++i) {
    if (std::strcmp(kRows[i].name, name) != 0) continue;
    *spec = {static_cast<WindowKind>(i), {WindowSpec::kNone, WindowSpec::kNone}};
    if (spec->kind == WindowKind::kTukey) spec->parameters[0] = 0.5;
    if (spec->kind == WindowKind::kExponential) spec->parameters[1] = 1;
    return {};
  }
  return Status::Invalid("no window '%.32s'", name);
}

const char* NameOf(WindowKind kind) { return RowOf(kind).name; }

int ParametersOf(WindowKind kind) { return RowOf(kind).parameters; }

Status CheckWindow(const WindowSpec& spec) {
  const WindowRow& row = RowOf(spec.kind);
  if (row.parameters == 0) return {};
  const double last = spec.parameters[row.parameters - 1];
  if (last != last) return Status::Invalid("window '%s' needs a parameter", row.name);
  if (last < row.least || last > row.most)
    return Status::Invalid("window '%s' with a parameter of %g", row.name, last);
  if (row.parameters == 2 && std::fabs(spec.parameters[0]) > kMost)
    return Status::Invalid("window '%s' with a centre that is not finite", row.name);
  return {};
}

Status FillWindow(const WindowSpec& spec, bool periodic, std::span<double> out,
                  const StopToken* stop) noexcept {
  if (Status s = CheckWindow(spec); !s.ok()) return s;
  if (out.size() == 1) out[0] = 1;
  if (out.size() <= 1) return {};
  const size_t n = out.size() + (periodic ? 1 : 0);
  if (spec.kind == WindowKind::kChebwin) return FillChebyshev(spec.parameters[0], n, out, stop);
  for (size_t i = 0; i < out.size(); ++i) {
    if (stop != nullptr && stop->raised()) return Status::Stopped();
    out[i] = Sample(spec, static_cast<double>(i), static_cast<double>(n));
  }
  return {};
}

}  // namespace moonlet::dsp
