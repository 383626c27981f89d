// bindings/dsp_sound.cc - what is heard: TFLM's audio front end, pitch, loudness.
#include <algorithm>
#include <cmath>

#include "bindings/dsp_block.h"
#include "bindings/dsp_frame_options.h"
#include "bindings/dsp_parts.h"
#include "bindings/tensor.h"
#include "bindings/tensor_parts.h"
#include "dsp/audio_frontend.h"
#include "dsp/biquad.h"
#include "dsp/pitch.h"
#include "dsp/sound_level.h"

namespace moonlet {
namespace {

constexpr const char* kFrontendOptions[] = {
    "sample_rate",    "window",        "hop",        "channels",      "fmin",        "fmax",
    "even_smoothing", "odd_smoothing", "min_signal", "gain_strength", "gain_offset", "gain_bits",
    "log_shift",      "input",         "output",     "max_push"};
constexpr const char* kFrontendInputs[] = {"int16", "float32"};
constexpr const char* kFrontendOutputs[] = {"int8", "int16", "float32"};
constexpr DType kFrontendTypes[] = {DType::kInt8, DType::kInt16, DType::kFloat32};

dsp::AudioFrontendSpec CheckFrontendOptions(lua_State* L, const OptionTable& options) {
  dsp::AudioFrontendSpec spec;
  spec.sample_rate = FrameRateOption(options, spec.sample_rate);
  spec.window = static_cast<int>(options.Integer("window", spec.window, 33, kMaxRfftLength));
  spec.hop = SamplesOption(options, "hop", spec.hop);
  spec.channels = static_cast<int>(options.Integer("channels", spec.channels, 1, 1024));
  spec.low = options.Number("fmin", spec.low, 0, HUGE_VAL);
  spec.high = options.Number("fmax", spec.high, 0, HUGE_VAL);
  spec.even_smoothing = options.Number("even_smoothing", spec.even_smoothing, 0, 1);
  spec.odd_smoothing = options.Number("odd_smoothing", spec.odd_smoothing, 0, 1);
  spec.least_signal = options.Number("min_signal", spec.least_signal, 0, 1);
  spec.gain_strength = options.Number("gain_strength", spec.gain_strength, 0, 1);
  spec.gain_offset = options.Number("gain_offset", spec.gain_offset, 1, 1e6);
  spec.gain_bits = static_cast<int>(options.Integer("gain_bits", spec.gain_bits, 0, 30));
  spec.log_shift = static_cast<int>(options.Integer("log_shift", spec.log_shift, 0, 15));
  spec.float_input = options.Choice("input", 0, kFrontendInputs) == 1;
  spec.output = kFrontendTypes[options.Choice("output", 0, kFrontendOutputs)];
  RaiseIf(L, dsp::AudioFrontend::Check(spec));
  return spec;
}

int AudioFrontendFunction(lua_State* L) {
  lua_settop(L, 1);
  const OptionTable options(L, 1, kFrontendOptions);
  NewBlock<dsp::AudioFrontend>(L, "audio_frontend", CheckFrontendOptions(L, options));
  FinishBlock(L, options);
  return 1;
}

constexpr const char* kPitchOptions[] = {"sample_rate", "window",    "hop",     "fmin",
                                         "fmax",        "threshold", "max_push"};

int PitchFunction(lua_State* L) {
  lua_settop(L, 1);
  const OptionTable options(L, 1, kPitchOptions);
  dsp::PitchSpec spec;
  spec.sample_rate = FrameRateOption(options, spec.sample_rate);
  spec.window = static_cast<int>(options.Integer("window", spec.window, 1, 1 << 15));
  spec.hop = SamplesOption(options, "hop", spec.hop);
  spec.low = options.Number("fmin", spec.low, spec.sample_rate / (1 << 20), HUGE_VAL);
  spec.high = options.Number("fmax", spec.high, 0, HUGE_VAL);
  spec.threshold = options.Number("threshold", spec.threshold, 0, 1);
  RaiseIf(L, dsp::PitchTracker::Check(spec));
  NewBlock<dsp::PitchTracker>(L, "pitch", spec);
  FinishBlock(L, options);
  return 1;
}

constexpr const char* kLevelOptions[] = {"sample_rate", "weighting", "time",
                                         "reference",   "hop",       "max_push"};

// Pushes the sections of the A or C curve.
std::span<const dsp::RunningSection> PushWeighting(lua_State* L, dsp::Weighting curve,
                                                   double sample_rate) {
  dsp::Zpk filter;
  RaiseIf(L, dsp::DesignWeighting(curve, sample_rate, &filter));
  dsp::Section sections[dsp::kWeightingSections];
  const auto n = static_cast<size_t>(dsp::SectionsOf(filter));
  dsp::ToSections(filter, {sections, n});
  return PushRunning(L, {sections, n});
}

// "fast", "slow", or seconds.
double TimeOption(lua_State* L, const OptionTable& options) {
  static constexpr const char* kNames[] = {"fast", "slow"};
  if (!options.Has("time")) return 0.125;
  const bool number = lua_getfield(L, 1, "time") == LUA_TNUMBER;
  lua_pop(L, 1);
  if (number) return options.Number("time", 0, 1e-6, 1e6);
  return options.Choice("time", 0, kNames) == 0 ? 0.125 : 1;
}

int SoundLevelFunction(lua_State* L) {
  static constexpr const char* kCurves[] = {"A", "C", "Z"};
  lua_settop(L, 1);
  const OptionTable options(L, 1, kLevelOptions);
  dsp::SoundLevelSpec spec;
  spec.sample_rate = FrameRateOption(options, spec.sample_rate);
  const int curve = options.Choice("weighting", 0, kCurves);
  if (curve < 2)
    spec.weighting = PushWeighting(L, static_cast<dsp::Weighting>(curve), spec.sample_rate);
  spec.time_constant = TimeOption(L, options);
  spec.reference = options.Number("reference", spec.reference, 1e-30, 1e30);
  const auto tenth = static_cast<int>(std::clamp(spec.sample_rate / 10, 1.0, 1048576.0));
  spec.hop = SamplesOption(options, "hop", tenth);
  NewBlock<dsp::SoundLevel>(L, "sound_level", spec);
  FinishBlock(L, options);
  return 1;
}

constexpr Entry kDspSoundTable[] = {
    {"audio_frontend", AudioFrontendFunction, "dsp.audio_frontend(options) -> block",
     "int16 or float32 {n} in, {m, channels} out; Hz; window and hop in samples",
     Doc("A block that is the audio front end of TensorFlow Lite Micro, bit for bit: what "
         "micro_speech's audio_preprocessor models compute, all in fixed point. Every `hop` "
         "samples (320 unless given; microWakeWord takes 160) a frame of `window` (480) gives "
         "`channels` (40) log mel energies between `fmin` (125) and `fmax` (7500) at a "
         "`sample_rate` of 16000, with noise taken away (`even_smoothing` 0.025, `odd_smoothing` "
         "0.06, `min_signal` 0.05) and gains per channel (`gain_strength` 0.95, 0 for none; "
         "`gain_offset` 80, `gain_bits` 21, `log_shift` 6). `output`: \"int8\" (unless given), as "
         "these models take it; \"int16\", as it is; \"float32\", divided by 25.6. `input`: "
         "\"int16\", or \"float32\" for samples from -1 to 1. State runs on from push to push."),
     Doc("local front = dsp.audio_frontend{hop = 160}\n"
         "print(front:push(tensor.zeros({640}, \"int16\")):at(2, 1)) --> -128")},
    {"pitch", PitchFunction, "dsp.pitch(options) -> block",
     "float32 {n} in, {m, 2} out: frequency in Hz, aperiodicity",
     Doc("A block that follows the fundamental frequency of a voice or an instrument: every `hop` "
         "samples (160 unless given) that of a frame of `window` (1024) between `fmin` (80) and "
         "`fmax` (500) at `sample_rate` (16000), by YIN (de Cheveigne and Kawahara, 2002). The "
         "frequency is 0 where no lag is below the `threshold` (0.1); the aperiodicity is 0 for "
         "what repeats exactly and about 1 for noise. The window holds two of the longest periods "
         "or more."),
     Doc("local x = (tensor.arange(1024) * (2 * math.pi * 200 / 16000)):sin()\n"
         "print(math.floor(dsp.pitch{}:push(x):at(1, 1) + 0.5)) --> 200")},
    {"sound_level", SoundLevelFunction, "dsp.sound_level(options) -> block",
     "float32 {n} in, {m} out: decibel",
     Doc("A block that measures loudness: the level of IEC 61672-1, 10 log10 of the mean square "
         "over the square of `reference` (the RMS of 0 dB; 1 unless given, 20e-6 for pascals), "
         "with the frequency `weighting` \"A\" (unless given), \"C\" or \"Z\" (none) and the "
         "exponential `time` weighting \"fast\" (0.125 s, unless given), \"slow\" (1 s) or a "
         "number of seconds, at `sample_rate` (16000). One level every `hop` samples (a tenth of "
         "a second). -infinity for silence."),
     Doc("local x = (tensor.arange(16000) * (2 * math.pi * 1000 / 16000)):sin()\n"
         "local level = dsp.sound_level{weighting = \"A\"}:push(x)\n"
         "print((\"%.1f\"):format(level[10])) --> -3.0")},
};

}  // namespace

const std::span<const Entry> kDspSound = kDspSoundTable;

}  // namespace moonlet
