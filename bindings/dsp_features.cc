// bindings/dsp_features.cc - from samples to what a model takes: blocks of features.
#include <bit>
#include <cmath>

#include "bindings/dsp_block.h"
#include "bindings/dsp_parts.h"
#include "bindings/dsp_rows.h"
#include "bindings/tensor_parts.h"
#include "dsp/audio_frontend.h"
#include "dsp/biquad.h"
#include "dsp/mel_features.h"
#include "dsp/pcen.h"
#include "dsp/pitch.h"
#include "dsp/sound_level.h"

namespace moonlet {
namespace {

constexpr const char* kMelScales[] = {"htk", "slaney"};

double FeatureRateOption(const OptionTable& options, double otherwise) {
  return options.Number("sample_rate", otherwise, 1e-3, 1e9);
}

int FeatureSizeOption(const OptionTable& options, const char* name, int otherwise, int least = 1) {
  return static_cast<int>(options.Integer(name, otherwise, least, 1 << 20));
}

// Options sample_rate, mels, fmin, fmax, scale and area; raises for filters that cannot be.
dsp::MelSpec CheckMelOptions(lua_State* L, const OptionTable& options, int fft) {
  dsp::MelSpec spec;
  spec.sample_rate = FeatureRateOption(options, spec.sample_rate);
  spec.fft = fft;
  spec.mels = static_cast<int>(options.Integer("mels", spec.mels, 1, 4096));
  spec.low = options.Number("fmin", 0, 0, HUGE_VAL);
  spec.high = options.Number("fmax", spec.sample_rate / 2, 0, HUGE_VAL);
  spec.scale = static_cast<dsp::MelScale>(options.Choice("scale", 0, kMelScales));
  spec.area = options.Boolean("area", spec.area);
  RaiseIf(L, dsp::CheckMel(spec));
  return spec;
}

// Mel scale -----------------------------------------------------------------------------

dsp::MelScale OptScale(lua_State* L, int index) {
  static constexpr const char* kNames[] = {"htk", "slaney", nullptr};
  return static_cast<dsp::MelScale>(luaL_checkoption(L, index, "htk", kNames));
}

int HzToMelFunction(lua_State* L) {
  const lua_Number hz = luaL_checknumber(L, 1);
  luaL_argcheck(L, hz >= 0, 1, "0 Hz or more expected");
  lua_pushnumber(L, dsp::HzToMel(OptScale(L, 2), hz));
  return 1;
}

int MelToHzFunction(lua_State* L) {
  const lua_Number mel = luaL_checknumber(L, 1);
  luaL_argcheck(L, mel >= 0, 1, "0 mel or more expected");
  lua_pushnumber(L, dsp::MelToHz(OptScale(L, 2), mel));
  return 1;
}

constexpr const char* kFilterbankOptions[] = {"sample_rate", "fft",   "mels", "fmin",
                                              "fmax",        "scale", "area"};

int MelFilterbankFunction(lua_State* L) {
  const OptionTable options(L, 1, kFilterbankOptions);
  const dsp::MelSpec spec = CheckMelOptions(L, options, FeatureSizeOption(options, "fft", 512, 2));
  const Tensor& matrix =
      *NewTensor(L, DType::kFloat32, {2, {spec.mels, static_cast<Index>(spec.bins())}});
  dsp::Arena count;
  const dsp::MelBank counted(count, spec);
  dsp::Arena arena(lua_newuserdatauv(L, count.used() + 1, 0));
  dsp::MelBank(arena, spec).Spread(matrix.as<float>());
  lua_pop(L, 1);
  return 1;
}

// Blocks --------------------------------------------------------------------------------

constexpr const char* kTapers[] = {"hann", "hamming", "blackman", "boxcar"};
constexpr const char* kLogmelOptions[] = {"sample_rate", "window",       "hop",     "fft",  "mels",
                                          "fmin",        "fmax",         "scale",   "area", "taper",
                                          "offset",      "pre_emphasis", "max_push"};
constexpr const char* kMfccOptions[] = {
    "sample_rate", "window", "hop",   "fft",    "mels",         "fmin",     "fmax",
    "scale",       "area",   "taper", "offset", "pre_emphasis", "max_push", "coefficients"};

int CheckTransform(lua_State* L, const OptionTable& options, int window) {
  const auto power = static_cast<int>(std::bit_ceil(static_cast<unsigned>(window)));
  const int fft = FeatureSizeOption(options, "fft", power);
  if (fft < window)
    ArgumentError(L, 1, "option 'fft': the window's %d or more expected, got %d", window, fft);
  return fft;
}

dsp::MelFeaturesSpec CheckFeatureOptions(lua_State* L, const OptionTable& options) {
  dsp::MelFeaturesSpec spec;
  spec.window = FeatureSizeOption(options, "window", spec.window);
  spec.hop = FeatureSizeOption(options, "hop", spec.hop);
  spec.mel = CheckMelOptions(L, options, CheckTransform(L, options, spec.window));
  spec.taper = static_cast<dsp::Taper>(options.Choice("taper", 0, kTapers));
  spec.offset = options.Number("offset", spec.offset, 0, 1e30);
  spec.pre_emphasis = options.Number("pre_emphasis", 0, 0, 1);
  return spec;
}

int LogmelFunction(lua_State* L) {
  lua_settop(L, 1);
  const OptionTable options(L, 1, kLogmelOptions);
  NewBlock<dsp::MelFeatures>(L, "logmel", CheckFeatureOptions(L, options));
  FinishBlock(L, options);
  return 1;
}

int MfccFunction(lua_State* L) {
  lua_settop(L, 1);
  const OptionTable options(L, 1, kMfccOptions);
  dsp::MelFeaturesSpec spec = CheckFeatureOptions(L, options);
  spec.coefficients = static_cast<int>(
      options.Integer("coefficients", std::min(13, spec.mel.mels), 1, spec.mel.mels));
  NewBlock<dsp::MelFeatures>(L, "mfcc", spec);
  FinishBlock(L, options);
  return 1;
}

constexpr const char* kPcenOptions[] = {"mels",  "smoothing", "gain",    "bias",
                                        "power", "floor",     "max_push"};

int PcenFunction(lua_State* L) {
  lua_settop(L, 1);
  const OptionTable options(L, 1, kPcenOptions);
  dsp::PcenSpec spec;
  spec.channels = static_cast<size_t>(options.Integer("mels", 40, 1, 4096));
  spec.smoothing = options.Number("smoothing", spec.smoothing, 0, 1);
  spec.gain = options.Number("gain", spec.gain, 0, 1);
  spec.bias = options.Number("bias", spec.bias, 0, 1e6);
  spec.power = options.Number("power", spec.power, 0, 1);
  spec.floor = options.Number("floor", spec.floor, 1e-30, 1e30);
  NewBlock<dsp::Pcen>(L, "pcen", spec);
  FinishBlock(L, options);
  return 1;
}

constexpr const char* kFrontendOptions[] = {
    "sample_rate",    "window",        "hop",        "channels",      "fmin",        "fmax",
    "even_smoothing", "odd_smoothing", "min_signal", "gain_strength", "gain_offset", "gain_bits",
    "log_shift",      "input",         "output",     "max_push"};
constexpr const char* kFrontendInputs[] = {"int16", "float32"};
constexpr const char* kFrontendOutputs[] = {"int8", "int16", "float32"};
constexpr DType kFrontendTypes[] = {DType::kInt8, DType::kInt16, DType::kFloat32};

dsp::AudioFrontendSpec CheckFrontendOptions(lua_State* L, const OptionTable& options) {
  dsp::AudioFrontendSpec spec;
  spec.sample_rate = FeatureRateOption(options, spec.sample_rate);
  spec.window = static_cast<int>(options.Integer("window", spec.window, 33, kMaxRfftLength));
  spec.hop = FeatureSizeOption(options, "hop", spec.hop);
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
  spec.sample_rate = FeatureRateOption(options, spec.sample_rate);
  spec.window = static_cast<int>(options.Integer("window", spec.window, 1, 1 << 15));
  spec.hop = FeatureSizeOption(options, "hop", spec.hop);
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
  spec.sample_rate = FeatureRateOption(options, spec.sample_rate);
  const int curve = options.Choice("weighting", 0, kCurves);
  if (curve < 2)
    spec.weighting = PushWeighting(L, static_cast<dsp::Weighting>(curve), spec.sample_rate);
  spec.time_constant = TimeOption(L, options);
  spec.reference = options.Number("reference", spec.reference, 1e-30, 1e30);
  const auto tenth = static_cast<int>(std::clamp(spec.sample_rate / 10, 1.0, 1048576.0));
  spec.hop = FeatureSizeOption(options, "hop", tenth);
  NewBlock<dsp::SoundLevel>(L, "sound_level", spec);
  FinishBlock(L, options);
  return 1;
}

constexpr const char* kMelUnits =
    "float32 {n} in, {m, width_out} out; Hz; window, hop and fft in "
    "samples";

constexpr Entry kDspFeaturesTable[] = {
    {"mel_filterbank", MelFilterbankFunction, "dsp.mel_filterbank(options) -> tensor",
     "{mels, fft / 2 + 1}; Hz",
     Doc("Triangular filters, evenly spaced on the mel scale, for spectra of transforms of length "
         "`fft` (512 unless given). Other options: `sample_rate` (16000), `mels` (40), `fmin` (0), "
         "`fmax` (half the sample rate), `scale` (\"htk\", 2595 log10(1 + f / 700), or "
         "\"slaney\", linear below 1 kHz), `area` (true: each filter divided by half its width in "
         "Hz, librosa's norm=\"slaney\"). The slopes are straight in Hz, as in librosa.filters."
         "mel. In double, rounded once."),
     Doc("local bank = dsp.mel_filterbank{sample_rate = 8000, fft = 256, mels = 20}\n"
         "print(bank.shape[1], bank.shape[2]) --> 20 129")},
    {"hz_to_mel", HzToMelFunction, "dsp.hz_to_mel(hz [, scale]) -> number",
     "scale: \"htk\" (unless given) or \"slaney\"",
     Doc("A frequency on the mel scale; see mel_filterbank. librosa.hz_to_mel."),
     Doc("print(dsp.hz_to_mel(1000, \"slaney\")) --> 15.0")},
    {"mel_to_hz", MelToHzFunction, "dsp.mel_to_hz(mel [, scale]) -> number",
     "scale: \"htk\" (unless given) or \"slaney\"",
     Doc("The frequency of a point on the mel scale; see mel_filterbank. librosa.mel_to_hz."),
     Doc("print(dsp.mel_to_hz(15, \"slaney\")) --> 1000.0")},
    {"logmel", LogmelFunction, "dsp.logmel(options) -> block", kMelUnits,
     Doc("A block that gives the logarithms of mel energies: every `hop` samples (160 unless "
         "given) a frame of `window` (480) is multiplied by the periodic `taper` (\"hann\"; "
         "\"hamming\", \"blackman\", \"boxcar\"), padded with zeros to `fft` (the next power of "
         "two), its power spectrum gathered by the filters of mel_filterbank (options "
         "`sample_rate`, `mels`, `fmin`, `fmax`, `scale`, `area`), and log(energy + `offset`) "
         "taken (1e-6). The first frame starts at the first sample. `pre_emphasis` p takes x[n] - "
         "p x[n - 1] first. A whole signal in one push gives what streaming does."),
     Doc("local front = dsp.logmel{sample_rate = 16000, mels = 40}\n"
         "print(front:push(tensor.zeros{800}).shape[1]) --> 3")},
    {"mfcc", MfccFunction, "dsp.mfcc(options) -> block", kMelUnits,
     Doc("A block that gives mel frequency cepstral coefficients: the first `coefficients` (13 "
         "unless given) of the orthonormal DCT-II of what logmel gives; its options apply. With "
         "a model's input tensor as `out`, push keeps the last frames, quantises them, and "
         "returns true once the window is full (block:push)."),
     Doc("local front = dsp.mfcc{window = 480, hop = 320, mels = 40, coefficients = 10}\n"
         "print(front:push(tensor.zeros{480}).shape[2]) --> 10")},
    {"pcen", PcenFunction, "dsp.pcen(options) -> block", "float32 {n, mels} in and out",
     Doc("A block that normalises mel energies per channel: (E / (floor + M)^gain + bias)^power - "
         "bias^power, where M follows E, M += smoothing (E - M), and starts at the first E (Wang "
         "et al., Trainable frontend for robust and far-field keyword spotting, 2017). Options and "
         "what they are unless given: `mels` (40), `smoothing` (0.025), `gain` (0.98), `bias` (2), "
         "`power` (0.5), `floor` (1e-6)."),
     Doc("local pcen = dsp.pcen{mels = 2}\n"
         "print(pcen:push(tensor.new{{1, 1}}).shape[2]) --> 2")},
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

const std::span<const Entry> kDspFeatures = kDspFeaturesTable;

}  // namespace moonlet
