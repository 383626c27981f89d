// dsp/window.h - windows by SciPy's names and definitions (scipy.signal.windows).
//
//   dsp::WindowSpec spec;
//   Status s = dsp::WindowByName("kaiser", &spec);
//   spec.parameters[0] = 8.6;
//   if (s.ok()) s = dsp::FillWindow(spec, /*periodic=*/true, std::span(window));
#pragma once
#include <cstdint>
#include <limits>
#include <span>

#include "engine/base/status.h"
#include "engine/base/stop_token.h"

namespace moonlet::dsp {

enum class WindowKind : uint8_t {
  kBoxcar,
  kTriang,
  kParzen,
  kBohman,
  kBlackman,
  kNuttall,
  kBlackmanHarris,
  kFlattop,
  kBartlett,
  kBarthann,
  kHamming,
  kHann,
  kCosine,
  kKaiser,
  kGaussian,
  kTukey,
  kExponential,
  kGeneralHamming,
  kChebwin,
};

struct WindowSpec {
  static constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
  WindowKind kind = WindowKind::kHann;
  // kaiser: beta; gaussian: standard deviation in samples; tukey: the tapered fraction;
  // general_hamming: alpha; chebwin: attenuation in decibel; exponential: centre in samples
  // (kNone: the middle) and time constant in samples.
  double parameters[2] = {kNone, kNone};
};

// The kind with its default parameters, kNone where there is no default; kInvalid when there is
// no window of the name.
Status WindowByName(const char* name, WindowSpec* spec);
const char* NameOf(WindowKind kind);
// How many parameters the kind takes: 0 to 2.
int ParametersOf(WindowKind kind);

// kInvalid when a parameter is missing or outside its range.
Status CheckWindow(const WindowSpec& spec);

// The window of out.size() samples: symmetric, or periodic, which is the symmetric one of a
// sample more without its last. One sample is 1. Fails as CheckWindow does, and with kStopped
// when `stop` is raised (chebwin takes the square of the length in time).
Status FillWindow(const WindowSpec& spec, bool periodic, std::span<double> out,
                  const StopToken* stop = nullptr) noexcept;

}  // namespace moonlet::dsp
