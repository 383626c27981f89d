#include "dsp/audio_frontend.h"

#include <algorithm>
#include <bit>
#include <cmath>

#include "dsp/special.h"
#include "engine/base/libm.h"
#include "engine/kernels/signal_log.h"
#include "engine/kernels/signal_window.h"

namespace moonlet::dsp {
namespace {

constexpr int kWindowBits = 12;
constexpr int kFilterBits = 12;
constexpr int kSmoothingBits = 10;
constexpr int kSubtractionBits = 14;
constexpr int kSnrBits = 12;

int TransformOf(int window) {
  return static_cast<int>(
      std::bit_ceil(static_cast<unsigned>(std::max<int>(window, kMinRfftLength))));
}

// The root of an energy of this transform has so many bits less than one of 64 points.
int CorrectionOf(const AudioFrontendSpec& spec) {
  return std::bit_width(static_cast<unsigned>(TransformOf(spec.window))) - 1 - kFilterBits / 2;
}

// From signal times gain to a ratio with kSnrBits behind its point.
int ShiftOf(const AudioFrontendSpec& spec) {
  return spec.gain_bits - CorrectionOf(spec) - kSnrBits;
}

double Mel(double hz) { return 1127 * moonlet_log1p(hz / 700); }

// What the bands are cut by: centre i lies i + 1 steps above the lower limit.
class Bands {
 public:
  explicit Bands(const AudioFrontendSpec& spec)
      : spacing_(0.5 * spec.sample_rate / (TransformOf(spec.window) / 2)),
        first_(static_cast<int>(1.5 + spec.low / spacing_)),
        low_(Mel(spec.low)),
        step_((Mel(spec.high) - low_) / (spec.channels + 1)) {}

  int first_bin() const { return first_; }
  // The first bin from `bin` on that lies above centre i.
  int EndOf(int i, int bin) const {
    while (Mel(bin * spacing_) <= Centre(i)) ++bin;
    return bin;
  }
  // How much of a bin of band i falls to the channel below.
  double Weight(int i, int bin) const {
    return (Centre(i) - Mel(bin * spacing_)) / (Centre(i) - Centre(i - 1));
  }

 private:
  double Centre(int i) const { return low_ + step_ * (i + 1); }

  double spacing_;
  int first_;
  double low_;
  double step_;
};

// Below `x` where the models' tables are cut off, next to it where they are rounded.
int16_t CutOff(double x, int bits) { return static_cast<int16_t>(std::floor(x * (1 << bits))); }
int16_t Rounded(double x, int bits) { return CutOff(x + std::ldexp(0.5, -bits), bits); }

// 2^bits (noise + offset)^-strength, noise with `input_bits` behind its point.
int GainAt(const AudioFrontendSpec& spec, int input_bits, uint32_t noise) {
  const double level = std::ldexp(static_cast<double>(noise), -input_bits) + spec.gain_offset;
  const double gain = std::ldexp(moonlet_pow(level, -spec.gain_strength), spec.gain_bits);
  return gain > 32767 ? 32767 : static_cast<int>(gain + 0.5);
}

uint32_t SmoothingOf(double part) { return static_cast<uint32_t>(part * (1 << kSubtractionBits)); }

SpectralSubtractionParams SubtractionOf(const AudioFrontendSpec& spec) {
  constexpr uint32_t kOne = 1 << kSubtractionBits;
  SpectralSubtractionParams p = {};
  p.take[0] = SmoothingOf(spec.even_smoothing);
  p.take[1] = SmoothingOf(spec.odd_smoothing);
  for (int i = 0; i < 2; ++i) p.keep[i] = kOne - p.take[i];
  p.least_signal = SmoothingOf(spec.least_signal);
  p.bits = kSubtractionBits;
  p.smoothing_bits = kSmoothingBits;
  return p;
}

int8_t ToInt8(int16_t feature) {
  // 25.6 * 26 = 666 is what the models of micro_speech were trained with, 256 / 666 to a step.
  constexpr int kDivisor = 666;
  return static_cast<int8_t>(
      std::clamp((feature * 256 + kDivisor / 2) / kDivisor - 128, -128, 127));
}

int16_t ToInt16(float sample) {
  const float scaled = sample * 32768;
  if (!(scaled == scaled)) return 0;
  return static_cast<int16_t>(std::rint(std::clamp(scaled, -32768.0f, 32767.0f)));
}

}  // namespace

Status AudioFrontend::Check(const AudioFrontendSpec& spec) {
  const double half = spec.sample_rate / 2;
  if (!(spec.low >= 0 && spec.low < spec.high && spec.high <= half))
    return Status::Invalid("0 <= fmin < fmax <= %g Hz expected, got %g and %g", half, spec.low,
                           spec.high);
  if (ShiftOf(spec) < 0)
    return Status::Invalid("%d gain bits or more expected for this window, got %d",
                           spec.gain_bits - ShiftOf(spec), spec.gain_bits);
  return Status();
}

AudioFrontend::AudioFrontend(Arena& arena, const AudioFrontendSpec& spec)
    : spec_(spec),
      fft_(TransformOf(spec.window)),
      correction_bits_(CorrectionOf(spec)),
      subtraction_(SubtractionOf(spec)),
      frames_(arena, static_cast<size_t>(spec.window), static_cast<size_t>(spec.hop)) {
  const auto channels = static_cast<size_t>(spec.channels);
  const auto bins = static_cast<size_t>(fft_ / 2 + 1);
  window_ = arena.Take<int16_t>(static_cast<size_t>(spec.window));
  frame_ = arena.Take<int16_t>(static_cast<size_t>(spec.window));
  roots_ = arena.Take<ComplexS16>(RfftRoots(fft_));
  spectrum_ = arena.Take<ComplexS16>(bins);
  energy_ = arena.Take<uint32_t>(bins);
  bands_ = arena.Take<FilterBand>(channels + 1);
  weights_ = arena.Take<int16_t>(bins);
  unweights_ = arena.Take<int16_t>(bins);
  sums_ = arena.Take<uint64_t>(channels);
  signal_ = arena.Take<uint32_t>(channels);
  estimate_ = arena.Take<uint32_t>(channels);
  noise_ = arena.Take<uint32_t>(channels);
  gains_ = arena.Take<int16_t>(kPcanTable);
  features_ = arena.Take<int16_t>(channels);
  if (arena.counting()) return;
  MakeRfftRoots(fft_, FourierDirection::kForward, roots_);
  FillWindow();
  FillBands();
  FillGains();
  std::fill_n(estimate_, channels, 0u);
}

void AudioFrontend::FillWindow() {
  for (int i = 0; i < spec_.window; ++i)
    window_[i] = Rounded(0.5 - 0.5 * moonlet_cos(2 * kPi * (i + 0.5) / spec_.window), kWindowBits);
}

void AudioFrontend::FillBands() {
  const Bands bands(spec_);
  first_bin_ = end_bin_ = bands.first_bin();
  for (int i = 0; i <= spec_.channels; ++i) {
    const int begin = end_bin_;
    end_bin_ = bands.EndOf(i, begin);
    bands_[i] = {static_cast<uint16_t>(begin), static_cast<uint16_t>(begin - first_bin_),
                 static_cast<uint16_t>(end_bin_ - begin)};
    for (int bin = begin; bin < end_bin_; ++bin) {
      const double weight = bands.Weight(i, bin);
      weights_[bin - first_bin_] = CutOff(weight, kFilterBits);
      unweights_[bin - first_bin_] = CutOff(1 - weight, kFilterBits);
    }
  }
}

// The gain as PcanGain takes it: its values at 0 and 1, then a parabola through the ends and the
// middle of each interval from one power of two to the next.
void AudioFrontend::FillGains() {
  const int input_bits = kSmoothingBits - correction_bits_;
  const auto gain = [&](uint32_t noise) { return GainAt(spec_, input_bits, noise); };
  gains_[0] = static_cast<int16_t>(gain(0));
  gains_[1] = static_cast<int16_t>(gain(1));
  for (int bits = 2; bits <= 32; ++bits) {
    const uint32_t start = uint32_t{1} << (bits - 1);
    const uint32_t end = bits == 32 ? UINT32_MAX : 2 * start;
    const int first = gain(start);
    const int middle = gain(start + start / 2) - first;
    const int last = gain(end) - first;
    int16_t* parabola = gains_ + (4 * bits - 6);
    parabola[0] = static_cast<int16_t>(first);
    parabola[1] = static_cast<int16_t>(4 * middle - last);
    parabola[2] = static_cast<int16_t>(last - (4 * middle - last));
    if (bits < 32) parabola[3] = 0;
  }
}

size_t AudioFrontend::Push(const void* in, size_t count, void* out) {
  auto* bytes = static_cast<unsigned char*>(out);
  if (!spec_.float_input) return TakeSamples(static_cast<const int16_t*>(in), count, bytes);
  constexpr size_t kPiece = 64;
  int16_t piece[kPiece];
  const auto* x = static_cast<const float*>(in);
  const size_t vector = output().width * SizeOf(spec_.output);
  size_t vectors = 0;
  for (size_t i = 0; i < count; i += kPiece) {
    const size_t n = std::min(kPiece, count - i);
    std::transform(x + i, x + i + n, piece, ToInt16);
    vectors += TakeSamples(piece, n, bytes + vectors * vector);
  }
  return vectors;
}

void AudioFrontend::Reset() {
  frames_.Reset();
  std::fill_n(estimate_, spec_.channels, 0u);
}

size_t AudioFrontend::TakeSamples(const int16_t* samples, size_t count, unsigned char* out) {
  const size_t vector = output().width * SizeOf(spec_.output);
  size_t vectors = 0;
  while (frames_.Take(samples, count)) {
    ComputeFrame();
    Store(out + vectors * vector);
    frames_.Advance();
    ++vectors;
  }
  return vectors;
}

void AudioFrontend::ComputeFrame() {
  static const StopToken kNever;  // the filters of one frame take no time
  const auto channels = spec_.channels;
  WindowS16(frames_.frame(), Unaligned<int16_t>(window_), spec_.window, kWindowBits, frame_);
  const int shift = FreeBitsS16(frame_, spec_.window);
  ShiftLeftS16(frame_, spec_.window, shift, frame_);
  Rfft(fft_, roots_, frame_, spec_.window, spectrum_);
  EnergyS16(spectrum_, first_bin_, end_bin_, energy_);
  static_cast<void>(FilterBankU32({bands_, static_cast<size_t>(channels) + 1}, energy_,
                                  Unaligned<int16_t>(weights_), Unaligned<int16_t>(unweights_),
                                  sums_, kNever));
  for (int i = 0; i < channels; ++i) signal_[i] = RoundedRoot(sums_[i]) >> shift;
  SubtractNoise(subtraction_, signal_, channels, estimate_, signal_, noise_);
  if (spec_.gain_strength > 0)
    NormalizePcan(Unaligned<int16_t>(gains_), ShiftOf(spec_), signal_, noise_, channels, signal_);
  LogU32(signal_, channels, correction_bits_, uint32_t{1} << spec_.log_shift, features_);
}

void AudioFrontend::Store(void* out) const {
  const auto end = features_ + spec_.channels;
  if (spec_.output == DType::kInt16) {
    std::copy(features_, end, static_cast<int16_t*>(out));
  } else if (spec_.output == DType::kInt8) {
    std::transform(features_, end, static_cast<int8_t*>(out), ToInt8);
  } else {
    std::transform(features_, end, static_cast<float*>(out), [](int16_t feature) {
      return static_cast<float>(feature) * 0.0390625f;  // 1 / 25.6
    });
  }
}

}  // namespace moonlet::dsp
