#include "dsp/response.h"

#include <numeric>

#include "dsp/special.h"

namespace moonlet::dsp {
namespace {

// A polynomial in z^-1 and the same with each term times its power, at one point.
struct PolynomialMoments {
  Complex sum, weighted;
};
PolynomialMoments MomentsAt(std::span<const double> p, double angle) {
  PolynomialMoments m;
  const Complex step = Unit(-angle);
  for (size_t k = p.size(); k-- > 0;) {  // Horner's rule
    m.sum = m.sum * step + Complex{p[k], 0};
    m.weighted = m.weighted * step + Complex{p[k] * static_cast<double>(k), 0};
  }
  return m;
}

double DelayOf(std::span<const double> p, double angle) {
  double size = 0;
  for (const double x : p) size += std::fabs(x);
  const PolynomialMoments m = MomentsAt(p, angle);
  if (Abs(m.sum) <= size * 0x1p-48) return 0;
  return (m.weighted / m.sum).re;
}

// Calls f(b, a) for each section, or once for the polynomials.
template <typename Function>
void ForParts(const FilterView& filter, Function f) {
  if (filter.sections.empty()) return f(filter.b, filter.a);
  for (const Section& s : filter.sections)
    f(std::span<const double>(s.b), std::span<const double>(s.a));
}

double At(std::span<const double> p, size_t k) { return k < p.size() ? p[k] : 0; }

}  // namespace

Complex ResponseAt(const FilterView& filter, double angle) {
  Complex product = {1, 0};
  ForParts(filter, [&](std::span<const double> b, std::span<const double> a) {
    product = product * (MomentsAt(b, angle).sum / MomentsAt(a, angle).sum);
  });
  return product;
}

double GroupDelayAt(const FilterView& filter, double angle) {
  double delay = 0;
  ForParts(filter, [&](std::span<const double> b, std::span<const double> a) {
    delay += DelayOf(b, angle) - DelayOf(a, angle);
  });
  return delay;
}

Status SteadyState(std::span<const double> b, std::span<const double> a, std::span<double> zi) {
  const double sum_b = std::accumulate(b.begin(), b.end(), 0.0);
  const double sum_a = std::accumulate(a.begin(), a.end(), 0.0);
  if (a[0] == 0) return Status::Invalid("the first coefficient of a is 0");
  if (sum_a == 0) return Status::Invalid("a pole at 1: there is no steady state");
  const double level = sum_b / sum_a;  // the output, all inputs being 1
  // Each state is what the coefficients behind it add.
  double state = 0;
  for (size_t k = zi.size(); k > 0; --k) {
    state += At(b, k) - At(a, k) * level;
    zi[k - 1] = state / a[0];
  }
  return {};
}

Status SteadyState(std::span<const Section> sections, std::span<double> zi) {
  double level = 1;  // what comes in
  for (size_t i = 0; i < sections.size(); ++i) {
    const Section& s = sections[i];
    const std::span<double> own = zi.subspan(2 * i, 2);
    if (Status status = SteadyState(s.b, s.a, own); !status.ok())
      return Status::Invalid("section %d: %s", static_cast<int>(i) + 1, status.what());
    for (double& z : own) z *= level;
    level *= (s.b[0] + s.b[1] + s.b[2]) / (s.a[0] + s.a[1] + s.a[2]);
  }
  return {};
}

}  // namespace moonlet::dsp
