// dsp/iir_design.h - recursive filters by the classic analog prototypes, as scipy.signal
// designs them: prototype, band transform, bilinear transform with the edges pre-warped.
//
//   dsp::IirSpec spec = {.family = dsp::IirFamily::kButterworth, .order = 4, .edges = {0.2}};
//   dsp::Zpk zpk;
//   if (Status s = dsp::DesignIir(spec, &zpk); !s.ok()) return s;
//   dsp::ToSections(zpk, std::span(sections, dsp::SectionsOf(zpk)));
//
// In double throughout; dsp/zpk.h says how it becomes coefficients and which cannot.
#pragma once
#include "dsp/zpk.h"
#include "engine/base/status.h"

namespace moonlet::dsp {

enum class IirFamily : uint8_t { kButterworth, kChebyshev1, kChebyshev2, kElliptic, kBessel };
enum class Band : uint8_t { kLowpass, kHighpass, kBandpass, kBandstop };
// What is 1 at a Bessel filter's edge, as in SciPy: where the phase is half of its end (the
// asymptotes of a Butterworth filter), the delay at 0 in seconds, or the size -3 dB.
enum class BesselNorm : uint8_t { kPhase, kDelay, kMagnitude };

struct IirSpec {
  static constexpr int kMostOrder = 32;
  IirFamily family = IirFamily::kButterworth;
  Band band = Band::kLowpass;
  int order = 1;               // 1 to kMostOrder; band filters have twice as many poles
  double edges[2] = {0.5, 0};  // as fractions of half the sample rate, ascending; of low-pass
                               // and high-pass the first counts
  double ripple = 0;           // dB, in the pass band: kChebyshev1, kElliptic
  double attenuation = 0;      // dB, of the stop band: kChebyshev2, kElliptic
  BesselNorm norm = BesselNorm::kPhase;
};

// kInvalid for an order or edges outside of their range, and for a ripple or an attenuation
// that is not above 0 (or, of elliptic filters, not in this order).
Status DesignIir(const IirSpec& spec, Zpk* filter) noexcept;

}  // namespace moonlet::dsp
