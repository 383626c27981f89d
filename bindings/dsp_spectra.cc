// bindings/dsp_spectra.cc - spectra of signals by segments, as scipy.signal has them.
#include <algorithm>
#include <cmath>

#include "bindings/dsp_design.h"
#include "bindings/dsp_fft.h"
#include "bindings/dsp_parts.h"
#include "bindings/dsp_signal.h"
#include "bindings/dsp_window.h"
#include "bindings/options.h"
#include "dsp/spectra.h"
#include "engine/base/float_mode.h"

namespace moonlet {
namespace {

using dsp::Detrend;

constexpr const char* kDetrendWords[] = {"none", "constant", "linear"};
constexpr const char* kScalings[] = {"density", "spectrum"};
constexpr const char* kAverages[] = {"mean", "median"};

constexpr const char* kSpectrumOptions[] = {"sample_rate", "window",  "nperseg", "noverlap",
                                            "nfft",        "detrend", "scaling", "average"};
// Without the last: there is nothing to average.
constexpr std::span<const char* const> kSpectrogramOptions = std::span(kSpectrumOptions).first(7);
constexpr const char* kPeriodogramOptions[] = {"sample_rate", "window", "nfft", "detrend",
                                               "scaling"};
constexpr const char* kStftOptions[] = {"sample_rate", "window",  "nperseg",  "noverlap",
                                        "nfft",        "detrend", "boundary", "padded"};
constexpr const char* kIstftOptions[] = {"sample_rate", "window", "nperseg", "noverlap",
                                         "boundary"};

// What the functions have in common, with the defaults each of them sets.
struct Settings {
  dsp::WindowSpec window;
  size_t length = 256;
  size_t overlap_divisor = 2;  // of the length, where no overlap is given
  Detrend detrend = Detrend::kConstant;
  size_t overlap = 0;
  size_t points = 0;
  double sample_rate = 1;
  bool density = true;
  bool median = false;

  size_t hop() const { return length - overlap; }
};

// detrend = false | "constant" | "linear"
Detrend ReadDetrend(lua_State* L, int index, const OptionTable& options, Detrend otherwise) {
  if (!options.Has("detrend")) return otherwise;
  const bool off = lua_getfield(L, index, "detrend") == LUA_TBOOLEAN && !lua_toboolean(L, -1);
  lua_pop(L, 1);
  if (off) return Detrend::kNone;
  return static_cast<Detrend>(
      options.Choice("detrend", static_cast<int>(otherwise), kDetrendWords));
}

dsp::WindowSpec ReadWindow(lua_State* L, int index, const OptionTable& options,
                           const dsp::WindowSpec& otherwise) {
  if (!options.Has("window")) return otherwise;
  lua_getfield(L, index, "window");
  const dsp::WindowSpec spec = CheckWindowSpec(L, -1, index, nullptr);
  lua_pop(L, 1);
  return spec;
}

// The options at `index`, behind which `out` is the last argument. No segment is longer than the
// signal of n samples.
void ReadSettings(lua_State* L, int index, std::span<const char* const> names, size_t n,
                  Settings* settings) {
  const OptionTable options(L, index, names);
  const auto most = static_cast<int64_t>(dsp::kMaxFft);
  const int64_t length =
      options.Integer("nperseg", static_cast<int64_t>(settings->length), 1, most);
  settings->length = std::min(static_cast<size_t>(length), n);
  const auto whole = static_cast<int64_t>(settings->length);
  settings->overlap = static_cast<size_t>(options.Integer(
      "noverlap", whole / static_cast<int64_t>(settings->overlap_divisor), 0, whole - 1));
  settings->points = static_cast<size_t>(options.Integer("nfft", whole, whole, most));
  settings->sample_rate = options.Number("sample_rate", 1, 1e-12, 1e12);
  settings->density = options.Choice("scaling", 0, kScalings) == 0;
  settings->median = options.Choice("average", 0, kAverages) == 1;
  settings->detrend = ReadDetrend(L, index, options, settings->detrend);
  settings->window = ReadWindow(L, index, options, settings->window);
}

// A window as the segments take it, and its sums.
struct FilledWindow {
  const float* factors;
  double sum = 0;
  double squares = 0;
};

// Pushes the window's memory.
FilledWindow PushWindowOf(lua_State* L, const Settings& settings) {
  float* factors = PushFloats(L, settings.length);
  const std::span<double> exact = PushScratch(L, settings.length);
  RaiseIf(L, dsp::FillWindow(settings.window, true, exact, &StopOf(L)));
  FilledWindow window = {factors};
  for (size_t i = 0; i < exact.size(); ++i) {
    factors[i] = static_cast<float>(exact[i]);
    window.sum += exact[i];
    window.squares += exact[i] * exact[i];
  }
  lua_pop(L, 1);
  return window;
}

double PowerScale(const Settings& settings, const FilledWindow& window) {
  return settings.density ? 1 / (settings.sample_rate * window.squares)
                          : 1 / (window.sum * window.sum);
}

// Pushes the window, a plan and a frame for segments of x that lie wholly within it.
dsp::Segments PushSegments(lua_State* L, int argument, const Tensor& x, const Settings& settings,
                           FilledWindow* window) {
  const auto n = static_cast<size_t>(x.dim(0));
  *window = PushWindowOf(L, settings);
  dsp::RealFftPlan& plan = PushRealPlan(L, argument, static_cast<lua_Integer>(settings.points));
  float* frame = PushFloats(L, settings.length);
  return {{x.as<float>(), n},
          0,
          settings.hop(),
          (n - settings.overlap) / settings.hop(),
          settings.detrend,
          window->factors,
          settings.length,
          &plan,
          frame};
}

Shape ShapeOf(std::initializer_list<Index> dims) {
  Shape shape;
  for (const Index length : dims) shape.dims[shape.rank++] = length;
  return shape;
}

// Pushes the frequencies of the bins, or the times of the segments' middles.
void PushSteps(lua_State* L, size_t count, double first, double step) {
  const Tensor& steps = *NewTensor(L, DType::kFloat32, ShapeOf({static_cast<Index>(count)}));
  for (size_t i = 0; i < count; ++i)
    steps.as<float>()[i] = static_cast<float>(first + static_cast<double>(i) * step);
}

void PushBinFrequencies(lua_State* L, const dsp::RealFftPlan& plan, double sample_rate) {
  PushSteps(L, plan.bins(), 0, sample_rate / static_cast<double>(plan.size()));
}

// Pushes the times of segments; the first sample is at 0.
void PushTimes(lua_State* L, const dsp::Segments& segments, double sample_rate) {
  const double middle =
      static_cast<double>(segments.first) + static_cast<double>(segments.length) / 2;
  PushSteps(L, segments.count, middle / sample_rate,
            static_cast<double>(segments.hop) / sample_rate);
}

Status AverageInMode(const dsp::CrossSpectra& spectra, const StopToken& stop, double* re,
                     double* im) {
  const FlushDenormals mode;
  return spectra.Average(stop, re, im);
}

// The averaged spectrum of two signals as doubles, real parts and then imaginary parts.
struct Averaged {
  const dsp::RealFftPlan* plan;
  std::span<double> re, im;
};

// Pushes what it takes.
Averaged PushAverage(lua_State* L, int argument, const Tensor& x, const Tensor& y,
                     const Settings& settings) {
  FilledWindow window;
  dsp::CrossSpectra spectra;
  spectra.a = spectra.b = PushSegments(L, argument, x, settings, &window);
  spectra.b.x = {y.as<float>(), spectra.a.x.size()};
  spectra.scale = PowerScale(settings, window);
  spectra.median = settings.median;
  const size_t bins = spectra.a.plan->bins();
  spectra.bins = PushFloats(L, 4 * bins);
  const std::span<double> result = PushScratch(L, 2 * bins);
  spectra.room = PushScratch(L, spectra.RoomFor()).data();
  RaiseIf(L, AverageInMode(spectra, StopOf(L), result.data(), result.data() + bins));
  return {spectra.a.plan, result.first(bins), result.last(bins)};
}

// Pushes frequencies and the powers, in `out` if that is given; returns 2.
int PushPowers(lua_State* L, int out_index, const Averaged& average, double sample_rate) {
  PushBinFrequencies(L, *average.plan, sample_rate);
  const auto bins = static_cast<Index>(average.re.size());
  const Tensor& out = *NewOrOut(L, out_index, DType::kFloat32, ShapeOf({bins}));
  StoreDoubles(average.re.data(), DType::kFloat32, out.strides[0], bins, out.data);
  return 2;
}

size_t SamplesOf(const Tensor& x) { return static_cast<size_t>(x.dim(0)); }

// welch(x [, options [, out]])
int WelchFunction(lua_State* L) {
  lua_settop(L, 3);
  const Tensor& x = CheckVector(L, 1);
  Settings settings;
  ReadSettings(L, 2, kSpectrumOptions, SamplesOf(x), &settings);
  return PushPowers(L, 3, PushAverage(L, 1, x, x, settings), settings.sample_rate);
}

// periodogram(x [, options [, out]])
int PeriodogramFunction(lua_State* L) {
  lua_settop(L, 3);
  const Tensor& x = CheckVector(L, 1);
  Settings settings;
  settings.window.kind = dsp::WindowKind::kBoxcar;
  settings.length = std::min(SamplesOf(x), dsp::kMaxFft);
  ReadSettings(L, 2, kPeriodogramOptions, SamplesOf(x), &settings);
  return PushPowers(L, 3, PushAverage(L, 1, x, x, settings), settings.sample_rate);
}

const Tensor& CheckSecond(lua_State* L, const Tensor& x) {
  const Tensor& y = CheckVector(L, 2);
  if (y.dim(0) != x.dim(0)) {
    ArgumentError(L, 2, "%d samples expected, as many as in the first, got %d",
                  static_cast<int>(x.dim(0)), static_cast<int>(y.dim(0)));
  }
  return y;
}

// csd(x, y [, options [, out]])
int CsdFunction(lua_State* L) {
  lua_settop(L, 4);
  const Tensor& x = CheckVector(L, 1);
  const Tensor& y = CheckSecond(L, x);
  Settings settings;
  ReadSettings(L, 3, kSpectrumOptions, SamplesOf(x), &settings);
  const Averaged average = PushAverage(L, 1, x, y, settings);
  PushBinFrequencies(L, *average.plan, settings.sample_rate);
  const auto bins = static_cast<Index>(average.re.size());
  const Tensor& out = *NewOrOut(L, 4, DType::kFloat32, ShapeOf({bins, 2}));
  StoreDoubles(average.re.data(), DType::kFloat32, out.strides[0], bins, out.data);
  StoreDoubles(average.im.data(), DType::kFloat32, out.strides[0], bins,
               out.as<float>() + out.strides[1]);
  return 2;
}

// coherence(x, y [, options [, out]])
int CoherenceFunction(lua_State* L) {
  lua_settop(L, 4);
  const Tensor& x = CheckVector(L, 1);
  const Tensor& y = CheckSecond(L, x);
  Settings settings;
  ReadSettings(L, 3, kSpectrumOptions, SamplesOf(x), &settings);
  const Averaged xx = PushAverage(L, 1, x, x, settings);
  const Averaged yy = PushAverage(L, 1, y, y, settings);
  const Averaged xy = PushAverage(L, 1, x, y, settings);
  for (size_t k = 0; k < xy.re.size(); ++k) {
    const double cross = xy.re[k] * xy.re[k] + xy.im[k] * xy.im[k];
    xy.re[k] = cross / xx.re[k] / yy.re[k];
  }
  return PushPowers(L, 4, xy, settings.sample_rate);
}

// Powers of each segment, bins apart by the number of segments.
Status FillSpectrogram(const dsp::CrossSpectra& spectra, const StopToken& stop, float* out) {
  const FlushDenormals mode;
  const size_t bins = spectra.a.plan->bins();
  for (size_t i = 0; i < spectra.a.count; ++i) {
    if (stop.raised()) return Status::Stopped();
    spectra.Segment(i, 1, spectra.room, spectra.room + bins);
    for (size_t k = 0; k < bins; ++k)
      out[k * spectra.a.count + i] = static_cast<float>(spectra.room[k]);
  }
  return {};
}

// spectrogram(x [, options [, out]])
int SpectrogramFunction(lua_State* L) {
  lua_settop(L, 3);
  const Tensor& x = CheckVector(L, 1);
  Settings settings;
  settings.window = {dsp::WindowKind::kTukey, {0.25, 0}};
  settings.overlap_divisor = 8;
  ReadSettings(L, 2, kSpectrogramOptions, SamplesOf(x), &settings);
  FilledWindow window;
  dsp::CrossSpectra spectra;
  spectra.median = false;
  spectra.a = spectra.b = PushSegments(L, 1, x, settings, &window);
  spectra.scale = PowerScale(settings, window);
  const dsp::RealFftPlan& plan = *spectra.a.plan;
  spectra.bins = PushFloats(L, 4 * plan.bins());
  spectra.room = PushScratch(L, spectra.RoomFor()).data();
  PushBinFrequencies(L, plan, settings.sample_rate);
  PushTimes(L, spectra.a, settings.sample_rate);
  const int axes = lua_gettop(L) - 1;
  const Shape shape =
      ShapeOf({static_cast<Index>(plan.bins()), static_cast<Index>(spectra.a.count)});
  const SignalOut out = PushSignalOut(L, 3, shape, {&x});
  ReturnSignal(L, out, FillSpectrogram(spectra, StopOf(L), out.data()));
  lua_pushvalue(L, axes);
  lua_pushvalue(L, axes + 1);
  lua_rotate(L, -3, 2);
  return 3;
}

Status FillStft(const dsp::Segments& segments, float scale, float* bins, const StopToken& stop,
                float* out) {
  const FlushDenormals mode;
  for (size_t i = 0; i < segments.count; ++i) {
    if (stop.raised()) return Status::Stopped();
    segments.Spectrum(i, bins);
    for (size_t k = 0; k < segments.plan->bins(); ++k) {
      out[2 * (k * segments.count + i)] = scale * bins[2 * k];
      out[2 * (k * segments.count + i) + 1] = scale * bins[2 * k + 1];
    }
  }
  return {};
}

// Zeros before the first sample and behind the last: half a segment on either side, and what
// makes the last segment whole.
void ExtendSegments(lua_State* L, const Settings& settings, dsp::Segments* segments) {
  static constexpr const char* kBoundary[] = {"zeros", "none"};
  const OptionTable options(L, 2, kStftOptions);
  const bool zeros = options.Choice("boundary", 0, kBoundary) == 0;
  const bool padded = options.Boolean("padded", true);
  const size_t half = zeros ? settings.length / 2 : 0;
  size_t total = segments->x.size() + 2 * half;
  const size_t hop = settings.hop(), past = (total - settings.length) % hop;
  if (padded && past > 0) total += (hop - past) % settings.length;
  segments->first = -static_cast<std::ptrdiff_t>(half);
  segments->count = (total - settings.overlap) / hop;
}

// stft(x [, options [, out]])
int StftFunction(lua_State* L) {
  lua_settop(L, 3);
  const Tensor& x = CheckVector(L, 1);
  Settings settings;
  settings.detrend = Detrend::kNone;
  ReadSettings(L, 2, kStftOptions, SamplesOf(x), &settings);
  FilledWindow window;
  dsp::Segments segments = PushSegments(L, 1, x, settings, &window);
  ExtendSegments(L, settings, &segments);
  const auto bins = static_cast<Index>(segments.plan->bins());
  float* room = PushFloats(L, 2 * segments.plan->bins());
  PushBinFrequencies(L, *segments.plan, settings.sample_rate);
  PushTimes(L, segments, settings.sample_rate);
  const int axes = lua_gettop(L) - 1;
  const Shape shape = WithLastAxes(L, {}, 0, {bins, static_cast<Index>(segments.count), 2});
  const SignalOut out = PushSignalOut(L, 3, shape, {&x});
  const auto scale = static_cast<float>(1 / window.sum);
  ReturnSignal(L, out, FillStft(segments, scale, room, StopOf(L), out.data()));
  lua_pushvalue(L, axes);
  lua_pushvalue(L, axes + 1);
  lua_rotate(L, -3, 2);
  return 3;
}

// Segments laid over each other, weighted by their window and divided by its squares.
struct Overlay {
  const float* spectra;  // {bins, count, 2}
  size_t count;
  size_t hop;
  size_t length;
  FilledWindow window;
  dsp::RealFftPlan* plan;
  float* bins;
  float* frame;
  float* sum;      // length + (count - 1) hop
  float* squares;  // as many
};

Status RunOverlay(const Overlay& o, size_t total, const StopToken& stop) {
  const FlushDenormals mode;
  for (size_t i = 0; i < total; ++i) o.sum[i] = o.squares[i] = 0;
  for (size_t i = 0; i < o.count; ++i) {
    if (stop.raised()) return Status::Stopped();
    for (size_t k = 0; k < o.plan->bins(); ++k) {
      o.bins[2 * k] = o.spectra[2 * (k * o.count + i)];
      o.bins[2 * k + 1] = o.spectra[2 * (k * o.count + i) + 1];
    }
    o.plan->Inverse(o.bins, o.frame);
    const auto scale = static_cast<float>(o.window.sum);
    for (size_t j = 0; j < o.length; ++j) {
      const float w = o.window.factors[j];
      o.sum[i * o.hop + j] += o.frame[j] * scale * w;
      o.squares[i * o.hop + j] += w * w;
    }
  }
  for (size_t i = 0; i < total; ++i)
    if (o.squares[i] > 1e-10F) o.sum[i] = o.sum[i] / o.squares[i];
  return {};
}

// istft(Z [, options [, out]])
int IstftFunction(lua_State* L) {
  static constexpr const char* kBoundary[] = {"zeros", "none"};
  lua_settop(L, 3);
  const Tensor& z = CheckComplexSignal(L, 1);
  if (z.rank() != 3 || z.dim(0) < 2)
    return luaL_argerror(L, 1, "shape {bins, segments, 2} with 2 or more bins expected");
  const OptionTable options(L, 2, kIstftOptions);
  const Index even = 2 * (z.dim(0) - 1);
  Settings settings;
  settings.length = static_cast<size_t>(even);
  // Segments of one sample more tell, as to SciPy, that transforms of an odd length were taken.
  const size_t points =
      settings.length + (options.Integer("nperseg", even, 1, even + 1) == even + 1 ? 1 : 0);
  ReadSettings(L, 2, kIstftOptions, points, &settings);
  settings.points = points;
  const bool trimmed = options.Choice("boundary", 0, kBoundary) == 0;
  Overlay o = {};
  o.spectra = z.as<float>();
  o.count = static_cast<size_t>(z.dim(1));
  o.hop = settings.hop();
  o.length = settings.length;
  const size_t total = o.length + (o.count - 1) * o.hop;
  const size_t cut = trimmed ? o.length / 2 : 0;
  if (total <= 2 * cut) return luaL_argerror(L, 1, "more segments expected");
  o.window = PushWindowOf(L, settings);
  o.plan = &PushRealPlan(L, 1, static_cast<lua_Integer>(settings.points));
  o.bins = PushFloats(L, 2 * o.plan->bins());
  o.frame = PushFloats(L, o.plan->size());
  o.sum = PushFloats(L, total);
  o.squares = PushFloats(L, total);
  PushSteps(L, total - 2 * cut, 0, 1 / settings.sample_rate);
  const int steps = lua_gettop(L);
  const SignalOut out = PushSignalOut(L, 3, ShapeOf({static_cast<Index>(total - 2 * cut)}), {&z});
  const Status s = RunOverlay(o, total, StopOf(L));
  std::copy_n(o.sum + cut, total - 2 * cut, out.data());
  ReturnSignal(L, out, s);
  lua_pushvalue(L, steps);
  lua_insert(L, -2);
  return 2;
}

Status RemoveTrends(Detrend kind, size_t rows, size_t length, const StopToken& stop, float* x) {
  const FlushDenormals mode;
  for (size_t i = 0; i < rows; ++i) {
    if (stop.raised()) return Status::Stopped();
    dsp::RemoveTrend(kind, {x + i * length, length});
  }
  return {};
}

// detrend(x [, kind [, out]])
int DetrendFunction(lua_State* L) {
  static constexpr const char* kKinds[] = {"constant", "linear", nullptr};
  lua_settop(L, 3);
  const Tensor& x = CheckSignal(L, 1);
  const auto kind = static_cast<Detrend>(luaL_checkoption(L, 2, "linear", kKinds) + 1);
  const SignalOut out = PushSignalInPlace(L, 3, x.shape, {&x});
  const auto size = static_cast<size_t>(x.size()),
             length = static_cast<size_t>(x.dim(x.rank() - 1));
  std::copy_n(x.as<float>(), size, out.data());
  return ReturnSignal(L, out, RemoveTrends(kind, size / length, length, StopOf(L), out.data()));
}

constexpr Entry kDspSpectraTable[] = {
    {"welch", WelchFunction, "dsp.welch(x [, options [, out]]) -> tensor, tensor",
     "x: float32 {n}; options: sample_rate = 1 (hertz), window = \"hann\", nperseg = 256 "
     "(samples), "
     "noverlap = nperseg // 2, nfft = nperseg, detrend = \"constant\" | \"linear\" | false, "
     "scaling "
     "= \"density\" (x squared per hertz) | \"spectrum\" (x squared), average = \"mean\" | "
     "\"median\"; results: frequencies and powers, float32 {nfft // 2 + 1}",
     Doc("The power spectrum averaged over overlapping segments (Welch 1967), as "
         "scipy.signal.welch: each without its trend, times the window, transformed in float32; "
         "the average is taken in double."),
     Doc("local x = tensor.new{1, -1, 1, -1, 1, -1, 1, -1}\nlocal f, p = dsp.welch(x, {sample_rate "
         "= 8, nperseg = 4, scaling = \"spectrum\"})\nprint(f[3], p:argmax()) --> 4.0\t3")},
    {"periodogram", PeriodogramFunction, "dsp.periodogram(x [, options [, out]]) -> tensor, tensor",
     "x: float32 {n}; options: sample_rate = 1 (hertz), window = \"boxcar\", nfft = n, detrend = "
     "\"constant\" | \"linear\" | false, scaling = \"density\" | \"spectrum\"; results: "
     "frequencies "
     "and powers, float32 {nfft // 2 + 1}",
     Doc("The power spectrum of the whole signal, as scipy.signal.periodogram."),
     Doc("local f, p = dsp.periodogram(tensor.new{1, -1, 1, -1}, {scaling = \"spectrum\"})\n"
         "print(f[3], p[3]) --> 0.5\t1.0")},
    {"csd", CsdFunction, "dsp.csd(x, y [, options [, out]]) -> tensor, tensor",
     "x, y: float32 {n}; options as for dsp.welch; results: frequencies, float32 {nfft // 2 + 1}, "
     "and complex powers, float32 {nfft // 2 + 1, 2}",
     Doc("The cross power spectrum conj(X) Y averaged over segments, as scipy.signal.csd."),
     Doc("local x = tensor.new{1, -1, 1, -1}\nlocal f, p = dsp.csd(x, x, {nperseg = 4})\n"
         "print(p.shape[1], p:at(3, 2)) --> 3\t0.0")},
    {"coherence", CoherenceFunction, "dsp.coherence(x, y [, options [, out]]) -> tensor, tensor",
     "x, y: float32 {n}; options as for dsp.welch; results: frequencies and coherence from 0 to 1, "
     "float32 {nfft // 2 + 1}",
     Doc("How far y is x through a linear filter at each frequency: |Pxy|^2 / (Pxx Pyy), as "
         "scipy.signal.coherence. NaN where a signal has no power."),
     Doc("local x = tensor.rand({64}, 1)\nlocal f, c = dsp.coherence(x, x * 2, {nperseg = 16})\n"
         "print((\"%.3f\"):format(c[4])) --> 1.000")},
    {"spectrogram", SpectrogramFunction,
     "dsp.spectrogram(x [, options [, out]]) -> tensor, tensor, tensor",
     "x: float32 {n}; options as for dsp.welch without average, but window = {\"tukey\", 0.25} and "
     "noverlap = nperseg // 8; results: frequencies in hertz {bins}, times in seconds {segments}, "
     "powers, float32 {bins, segments}",
     Doc("The power spectrum of each segment, as scipy.signal.spectrogram."),
     Doc("local f, t, s = dsp.spectrogram(tensor.ones{1024}, {sample_rate = 16000})\n"
         "print(s.shape[1], s.shape[2], (\"%.3f\"):format(t[1])) --> 129\t4\t0.008")},
    {"stft", StftFunction, "dsp.stft(x [, options [, out]]) -> tensor, tensor, tensor",
     "x: float32 {n}; options: sample_rate = 1 (hertz), window = \"hann\", nperseg = 256 "
     "(samples), "
     "noverlap = nperseg // 2, nfft = nperseg, detrend = false, boundary = \"zeros\" | \"none\", "
     "padded = true; results: frequencies in hertz {bins}, times in seconds {segments}, spectra, "
     "float32 {bins, segments, 2}",
     Doc("The short-time Fourier transform, as scipy.signal.stft: segments times the window, "
         "divided by its sum. Half a segment of zeros is put on either side unless boundary is "
         "\"none\", and zeros that make the last segment whole unless padded is false."),
     Doc("local f, t, z = dsp.stft(tensor.ones{512}, {nperseg = 64})\n"
         "print(table.concat(z.shape, \" \")) --> 33 17 2")},
    {"istft", IstftFunction, "dsp.istft(z [, options [, out]]) -> tensor, tensor",
     "z: float32 {bins, segments, 2}; options: sample_rate = 1 (hertz), window = \"hann\", nperseg "
     "= 2 * (bins - 1), or 1 more, noverlap = nperseg // 2, boundary = \"zeros\" | \"none\"; "
     "results: times "
     "in "
     "seconds and samples, float32 {n}",
     Doc("The signal of a short-time Fourier transform, as scipy.signal.istft: segments weighted "
         "by the window lie over each other and are divided by the sum of its squares."),
     Doc("local x = tensor.rand({128}, 1)\nlocal f, t, z = dsp.stft(x, {nperseg = 32})\n"
         "local times, y = dsp.istft(z)\nprint(#y, y:sub(x):abs():max() < 1e-6) --> 128\ttrue")},
    {"detrend", DetrendFunction, "dsp.detrend(x [, kind [, out]]) -> tensor",
     "x: float32 {..., n}; kind: \"linear\" unless given, or \"constant\"; result: as x",
     Doc("The signals along the last axis without their line of least squares or their mean, as "
         "scipy.signal.detrend; computed in double. `out` may be x."),
     Doc("print(dsp.detrend(tensor.new{1, 2, 3, 4}):abs():max()) --> 0.0")},
};

}  // namespace

const std::span<const Entry> kDspSpectra = kDspSpectraTable;

}  // namespace moonlet
