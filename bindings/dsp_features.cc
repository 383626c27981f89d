// bindings/dsp_features.cc - from samples to what a model takes: blocks of features.
#include <bit>
#include <cmath>

#include "bindings/dsp_block.h"
#include "bindings/dsp_design.h"
#include "bindings/dsp_frame_options.h"
#include "bindings/dsp_parts.h"
#include "bindings/dsp_rows.h"
#include "bindings/dsp_window.h"
#include "bindings/tensor_parts.h"
#include "dsp/mel_features.h"
#include "dsp/pcen.h"

namespace moonlet {
namespace {

constexpr const char* kMelScales[] = {"htk", "slaney"};

// Options sample_rate, mels, fmin, fmax, scale and area; raises for filters that cannot be.
dsp::MelSpec CheckMelOptions(lua_State* L, const OptionTable& options, int fft) {
  dsp::MelSpec spec;
  spec.sample_rate = FrameRateOption(options, spec.sample_rate);
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
  const dsp::MelSpec spec = CheckMelOptions(L, options, SamplesOption(options, "fft", 512, 2));
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

constexpr const char* kLogmelOptions[] = {
    "sample_rate", "window", "hop",   "fft",    "mels",         "fmin",     "fmax",
    "scale",       "area",   "taper", "offset", "pre_emphasis", "max_push", "log"};
constexpr const char* kMfccOptions[] = {
    "sample_rate", "window", "hop",   "fft",    "mels",         "fmin",     "fmax",
    "scale",       "area",   "taper", "offset", "pre_emphasis", "max_push", "coefficients"};

int CheckTransform(lua_State* L, const OptionTable& options, int window) {
  const auto power = static_cast<int>(std::bit_ceil(static_cast<unsigned>(window)));
  const int fft = SamplesOption(options, "fft", power);
  if (fft < window)
    ArgumentError(L, 1, "option 'fft': the window's %d or more expected, got %d", window, fft);
  return fft;
}

// Pushes the periodic window that the option `taper` of the table at 1 names.
std::span<const double> PushTaper(lua_State* L, size_t length) {
  dsp::WindowSpec spec;
  if (lua_istable(L, 1)) {
    lua_getfield(L, 1, "taper");
    spec = CheckWindowSpec(L, -1, 1, "hann");
    lua_pop(L, 1);
  }
  const std::span<double> taper = PushScratch(L, length);
  RaiseIf(L, dsp::FillWindow(spec, true, taper, &StopOf(L)));
  return taper;
}

dsp::MelFeaturesSpec CheckFeatureOptions(lua_State* L, const OptionTable& options) {
  dsp::MelFeaturesSpec spec;
  spec.window = SamplesOption(options, "window", spec.window);
  spec.hop = SamplesOption(options, "hop", spec.hop);
  spec.mel = CheckMelOptions(L, options, CheckTransform(L, options, spec.window));
  spec.taper = PushTaper(L, static_cast<size_t>(spec.window));
  spec.offset = options.Number("offset", spec.offset, 0, 1e30);
  spec.pre_emphasis = options.Number("pre_emphasis", 0, 0, 1);
  return spec;
}

int LogmelFunction(lua_State* L) {
  lua_settop(L, 1);
  const OptionTable options(L, 1, kLogmelOptions);
  dsp::MelFeaturesSpec spec = CheckFeatureOptions(L, options);
  spec.log = options.Boolean("log", spec.log);
  NewBlock<dsp::MelFeatures>(L, "logmel", spec);
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
         "given) a frame of `window` (480) is multiplied by the periodic `taper` (\"hann\", "
         "or any of dsp.window), padded with zeros to `fft` (the next power of "
         "two), its power spectrum gathered by the filters of mel_filterbank (options "
         "`sample_rate`, `mels`, `fmin`, `fmax`, `scale`, `area`), and log(energy + `offset`) "
         "taken (1e-6); `log = false` gives the energies themselves, as pcen takes them. The first "
         "frame starts at the first sample. `pre_emphasis` p takes x[n] - "
         "p x[n - 1] first. A whole signal in one push gives what streaming does."),
     Doc("local front = dsp.logmel{sample_rate = 16000, mels = 40}\n"
         "print(front:push(tensor.zeros{800}).shape[1]) --> 3")},
    {"mfcc", MfccFunction, "dsp.mfcc(options) -> block",
     "float32 {n} in, {m, width_out} out; options: coefficients: 13 unless given; and those of "
     "logmel",
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
};

}  // namespace

const std::span<const Entry> kDspFeatures = kDspFeaturesTable;

}  // namespace moonlet
