#include "dsp/biquad.h"

#include <cmath>

#include "dsp/special.h"

namespace moonlet::dsp {
namespace {

Status CheckTone(double frequency, double q) {
  if (!(frequency > 0 && frequency < 1))
    return Status::Invalid(
        "a frequency between 0 and half the sample rate expected, got %.9g of the half", frequency);
  if (!(q > 0 && q <= 1e9)) return Status::Invalid("a quality above 0 expected, got %g", q);
  return {};
}

// What both take from their width: 1 / (1 + tan(width / 2)).
Status ResonatorGain(double frequency, double q, double* gain) {
  if (Status s = CheckTone(frequency, q); !s.ok()) return s;
  const double width = frequency / q;
  if (!(width < 1))
    return Status::Invalid(
        "a width of frequency / q below half the sample rate expected, got %g "
        "of the half",
        width);
  *gain = 1 / (1 + moonlet_tan(kPi * width / 2));
  return {};
}

void SetDenominator(double frequency, double gain, Section* s) {
  s->a[0] = 1;
  s->a[1] = -2 * gain * moonlet_cos(kPi * frequency);
  s->a[2] = 2 * gain - 1;
}

}  // namespace

Status DesignNotch(double frequency, double q, Section* section) {
  double gain = 0;
  if (Status s = ResonatorGain(frequency, q, &gain); !s.ok()) return s;
  SetDenominator(frequency, gain, section);
  section->b[0] = section->b[2] = gain;
  section->b[1] = section->a[1];
  return {};
}

Status DesignPeak(double frequency, double q, Section* section) {
  double gain = 0;
  if (Status s = ResonatorGain(frequency, q, &gain); !s.ok()) return s;
  SetDenominator(frequency, gain, section);
  section->b[0] = 1 - gain;
  section->b[1] = 0;
  section->b[2] = gain - 1;
  return {};
}

Status DesignCookbook(Cookbook kind, double frequency, double q, double gain_db, Section* section) {
  if (Status s = CheckTone(frequency, q); !s.ok()) return s;
  if (!(std::fabs(gain_db) <= 200))
    return Status::Invalid("a gain of -200 to 200 dB expected, got %g", gain_db);
  const double c = moonlet_cos(kPi * frequency);
  const double alpha = moonlet_sin(kPi * frequency) / (2 * q);
  const double gain = moonlet_pow(10, gain_db / 40);  // the root of the gain
  double b[3], a[3] = {1 + alpha, -2 * c, 1 - alpha};
  const auto set = [](double* to, double x0, double x1, double x2) {
    to[0] = x0, to[1] = x1, to[2] = x2;
  };
  // Both shelves with one formula: the high one mirrors cos.
  const auto shelf = [&](double sign) {
    const double k = sign * c, slope = 2 * std::sqrt(gain) * alpha;
    const double plus = gain + 1, minus = gain - 1;
    set(b, gain * (plus - minus * k + slope), sign * 2 * gain * (minus - plus * k),
        gain * (plus - minus * k - slope));
    set(a, plus + minus * k + slope, sign * -2 * (minus + plus * k), plus + minus * k - slope);
  };
  switch (kind) {
    case Cookbook::kLowpass:
      set(b, (1 - c) / 2, 1 - c, (1 - c) / 2);
      break;
    case Cookbook::kHighpass:
      set(b, (1 + c) / 2, -(1 + c), (1 + c) / 2);
      break;
    case Cookbook::kBandpass:
      set(b, alpha, 0, -alpha);
      break;
    case Cookbook::kNotch:
      set(b, 1, -2 * c, 1);
      break;
    case Cookbook::kAllpass:
      set(b, 1 - alpha, -2 * c, 1 + alpha);
      break;
    case Cookbook::kPeaking:
      set(b, 1 + alpha * gain, -2 * c, 1 - alpha * gain);
      set(a, 1 + alpha / gain, -2 * c, 1 - alpha / gain);
      break;
    case Cookbook::kLowshelf:
      shelf(1);
      break;
    case Cookbook::kHighshelf:
      shelf(-1);
      break;
  }
  for (int i = 0; i < 3; ++i) {
    section->b[i] = b[i] / a[0];
    section->a[i] = a[i] / a[0];
  }
  return {};
}

Status DesignWeighting(Weighting curve, double sample_rate, Zpk* filter) {
  if (!(sample_rate > 2000 && sample_rate <= 1e9))
    return Status::Invalid("a sample rate above 2000 Hz expected, got %g", sample_rate);
  // Corners in hertz; the first two poles twice.
  constexpr double kCorners[] = {20.598997, 12194.217, 107.65265, 737.86223};
  const double scale = kPi / sample_rate;
  *filter = {};
  for (int i = 0; i < 4; ++i) filter->poles.Add({-kCorners[i % 2] * scale, 0});
  for (int i = 2; i < 4 && curve == Weighting::kA; ++i)
    filter->poles.Add({-kCorners[i] * scale, 0});
  for (int i = 0; i < (curve == Weighting::kA ? 4 : 2); ++i) filter->zeros.Add({});
  ToDigital(filter);
  const Complex z = Unit(2 * kPi * 1000 / sample_rate);
  double size = 1;
  for (int i = 0; i < filter->poles.count; ++i)
    size *= Abs(z - filter->zeros.at[i]) / Abs(z - filter->poles.at[i]);
  filter->gain = 1 / size;
  return {};
}

}  // namespace moonlet::dsp
