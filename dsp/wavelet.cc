#include "dsp/wavelet.h"

#include <cstdint>

namespace moonlet::dsp {
namespace {

// One filter after the other, the smallest first: minimum-phase factors of the halfband
// polynomial, computed in double and rounded once.
constexpr float kScaling[] = {
    0.707106781F,     0.707106781F,                                       // 1
    0.482962913F,     0.836516304F,     0.224143868F,     -0.129409523F,  // 2
    0.332670553F,     0.806891509F,     0.459877502F,     -0.13501102F,     -0.0854412739F,
    0.0352262919F,  // 3
    0.230377813F,     0.714846571F,     0.630880768F,     -0.0279837694F,   -0.187034812F,
    0.0308413818F,    0.0328830117F,    -0.0105974018F,  // 4
    0.160102398F,     0.60382927F,      0.724308528F,     0.138428146F,     -0.242294887F,
    -0.0322448696F,   0.0775714938F,    -0.00624149021F,  -0.012580752F,    0.00333572529F,  // 5
    0.111540743F,     0.49462389F,      0.751133908F,     0.315250352F,     -0.226264694F,
    -0.129766868F,    0.0975016056F,    0.0275228655F,    -0.0315820393F,   0.000553842201F,
    0.00477725751F,   -0.00107730109F,  // 6
    0.0778520541F,    0.396539319F,     0.729132091F,     0.469782287F,     -0.143906004F,
    -0.224036185F,    0.0713092193F,    0.0806126092F,    -0.0380299369F,   -0.0165745416F,
    0.0125509986F,    0.000429577973F,  -0.0018016407F,   0.0003537138F,  // 7
    0.0544158422F,    0.312871591F,     0.675630736F,     0.585354684F,     -0.0158291053F,
    -0.284015543F,    0.000472484574F,  0.128747427F,     -0.017369301F,    -0.0440882539F,
    0.0139810279F,    0.00874609405F,   -0.00487035299F,  -0.000391740373F, 0.000675449406F,
    -0.000117476784F,  // 8
    0.0380779474F,    0.243834675F,     0.604823124F,     0.657288078F,     0.133197386F,
    -0.293273783F,    -0.0968407832F,   0.148540749F,     0.0307256815F,    -0.0676328291F,
    0.000250947115F,  0.0223616621F,    -0.00472320476F,  -0.00428150368F,  0.00184764688F,
    0.000230385764F,  -0.000251963189F, 3.93473203e-05F,  // 9
    0.0266700579F,    0.1881768F,       0.527201189F,     0.688459039F,     0.281172344F,
    -0.249846424F,    -0.195946274F,    0.12736934F,      0.0930573646F,    -0.0713941472F,
    -0.0294575368F,   0.0332126741F,    0.00360655357F,   -0.0107331755F,   0.00139535175F,
    0.0019924053F,    -0.000685856695F, -0.000116466855F, 9.35886703e-05F,  -1.32642029e-05F,  // 10
};

// Values between looks at the stop token.
constexpr size_t kPollEvery = 4096;

// Where sample `at` of the extended signal is found; -1 for a zero.
std::ptrdiff_t Source(std::ptrdiff_t at, std::ptrdiff_t n, Extension extension) {
  if (at >= 0 && at < n) return at;
  if (extension == Extension::kZero) return -1;
  const std::ptrdiff_t period = extension == Extension::kPeriodic ? n : 2 * n;
  at = (at % period + period) % period;
  return at < n ? at : period - 1 - at;
}

// The filters of the analysis are the reversed ones of the synthesis; the high one has every
// second sign turned.
float High(std::span<const float> scaling, size_t j) {
  return j % 2 == 0 ? -scaling[j] : scaling[j];
}

}  // namespace

std::span<const float> ScalingFilter(int moments) {
  const auto m = static_cast<size_t>(moments);
  return {kScaling + m * (m - 1), 2 * m};
}

size_t WaveletLength(size_t n, int moments) {
  return (n + 2 * static_cast<size_t>(moments) - 1) / 2;
}

Status Analyse(std::span<const float> x, int moments, Extension extension, float* approx,
               float* detail, const StopToken& stop) {
  const std::span<const float> scaling = ScalingFilter(moments);
  const auto n = static_cast<std::ptrdiff_t>(x.size());
  const size_t taps = scaling.size(), length = WaveletLength(x.size(), moments);
  for (size_t k = 0; k < length; ++k) {
    if (k % kPollEvery == 0 && stop.raised()) return Status::Stopped();
    float low = 0, high = 0;
    for (size_t j = 0; j < taps; ++j) {
      const auto wanted = static_cast<std::ptrdiff_t>(2 * k + 1) - static_cast<std::ptrdiff_t>(j);
      const std::ptrdiff_t at = Source(wanted, n, extension);
      const float sample = at < 0 ? 0 : x[static_cast<size_t>(at)];
      low = low + scaling[taps - 1 - j] * sample;
      high = high + High(scaling, j) * sample;
    }
    approx[k] = low;
    detail[k] = high;
  }
  return {};
}

Status Synthesise(std::span<const float> approx, std::span<const float> detail, int moments,
                  std::span<float> x, const StopToken& stop) {
  const std::span<const float> scaling = ScalingFilter(moments);
  const size_t taps = scaling.size();
  for (size_t i = 0; i < x.size(); ++i) {
    if (i % kPollEvery == 0 && stop.raised()) return Status::Stopped();
    const size_t last = i + taps - 2;
    float sum = 0;
    for (size_t k = i / 2; k < approx.size() && 2 * k <= last; ++k) {
      const size_t j = last - 2 * k;
      sum = sum + approx[k] * scaling[j];
      sum = sum + detail[k] * High(scaling, taps - 1 - j);
    }
    x[i] = sum;
  }
  return {};
}

}  // namespace moonlet::dsp
