#include "dsp/analytic.h"

#include <cmath>

#include "dsp/convolve.h"
#include "engine/base/libm.h"

namespace moonlet::dsp {
namespace {

constexpr double kTurn = 6.283185307179586477;

// e^(log_size + 2 pi i turns) to the power `exponent`; whole turns are taken off exactly.
void Power(ChirpPoint z, double exponent, double* re, double* im) {
  const double turns = z.turns * exponent;
  const double angle = (turns - std::floor(turns)) * kTurn;
  const double size = z.log_size == 0 ? 1 : moonlet_exp(z.log_size * exponent);
  *re = size * moonlet_cos(angle);
  *im = size * moonlet_sin(angle);
}

// z[i] = x[i] * (factor re, im)
void Turn(const float* x, double re, double im, float* z) {
  const auto c = static_cast<float>(re), s = static_cast<float>(im);
  const float a = x[0], b = x[1];
  z[0] = a * c - b * s;
  z[1] = a * s + b * c;
}

}  // namespace

void Analytic(const float* x, FftPlan& plan, float* z) {
  const size_t n = plan.size();
  const SplitComplex in = plan.input();
  for (size_t i = 0; i < n; ++i) {
    in.re[i] = x[i];
    in.im[i] = 0;
  }
  const SplitComplex bins = plan.Run();
  for (size_t k = 0; k < n; ++k) {
    const bool alone = k == 0 || 2 * k == n;
    const float factor = alone ? 1.0F : 2 * k < n ? 2.0F : 0.0F;
    const float re = factor * bins.re[k], im = factor * bins.im[k];
    in.re[k] = im;
    in.im[k] = re;
  }
  const SplitComplex out = plan.Run();
  plan.kernels().join({out.im, out.re}, n, 1 / static_cast<float>(n), z);
}

void Goertzel(std::span<const float> x, double turns, double* re, double* im) {
  const double angle = (turns - std::floor(turns)) * kTurn;
  const double c = moonlet_cos(angle), s = moonlet_sin(angle);
  double last = 0, before = 0;
  for (const float sample : x) {
    const double next = static_cast<double>(sample) + 2 * c * last - before;
    before = last;
    last = next;
  }
  // last - e^(-i angle) before, turned back by the samples but one.
  const double y_re = last - c * before, y_im = s * before;
  double back_re, back_im;
  Power({0, -turns}, static_cast<double>(x.size()) - 1, &back_re, &back_im);
  *re = y_re * back_re - y_im * back_im;
  *im = y_re * back_im + y_im * back_re;
}

size_t ChirpTransform::Length() const { return FftLengthFor(n + points - 1); }

// j k = (j j + k k - (k - j)(k - j)) / 2
void ChirpTransform::Run(const float* x, FftPlan& plan, float* memory, float* y) const {
  const size_t length = plan.size();
  float* const spectrum = memory;
  double re, im;
  for (size_t i = 0; i < 2 * length; ++i) spectrum[i] = 0;
  for (size_t d = 0; d < (n > points ? n : points); ++d) {
    const auto square = static_cast<double>(d) * static_cast<double>(d);
    Power(w, -square / 2, &re, &im);
    const auto c = static_cast<float>(re), s = static_cast<float>(im);
    const size_t mirrored = 2 * ((length - d) % length);
    if (d < points) {
      spectrum[2 * d] = c;
      spectrum[2 * d + 1] = s;
    }
    if (d < n) {
      spectrum[mirrored] = c;
      spectrum[mirrored + 1] = s;
    }
  }
  plan.Forward(spectrum, length, spectrum);
  float* const turned = memory + 2 * length;
  for (size_t j = 0; j < n; ++j) {
    const auto at = static_cast<double>(j);
    const ChirpPoint both = {w.log_size * at / 2 - a.log_size, w.turns * at / 2 - a.turns};
    Power(both, at, &re, &im);
    Turn(x + 2 * j, re, im, turned + 2 * j);
  }
  for (size_t j = 2 * n; j < 2 * length; ++j) turned[j] = 0;
  plan.Forward(turned, length, turned);
  for (size_t k = 0; k < length; ++k) {
    Turn(turned + 2 * k, static_cast<double>(spectrum[2 * k]),
         static_cast<double>(spectrum[2 * k + 1]), turned + 2 * k);
  }
  plan.Inverse(turned, length, turned);
  for (size_t k = 0; k < points; ++k) {
    const auto square = static_cast<double>(k) * static_cast<double>(k);
    Power(w, square / 2, &re, &im);
    Turn(turned + 2 * k, re, im, y + 2 * k);
  }
}

}  // namespace moonlet::dsp
