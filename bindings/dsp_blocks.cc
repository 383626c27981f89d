// bindings/dsp_blocks.cc - blocks with feedback: recursive, adaptive and Kalman filters.
#include <algorithm>

#include "bindings/dsp_block.h"
#include "bindings/dsp_design.h"
#include "bindings/dsp_parts.h"
#include "bindings/tensor.h"
#include "bindings/tensor_parts.h"
#include "dsp/adaptive.h"
#include "dsp/fixed_filters.h"
#include "dsp/recursive.h"
#include "dsp/response.h"
#include "dsp/special.h"
#include "engine/base/libm.h"
#include "engine/tensor/broadcast.h"

namespace moonlet {
namespace {

constexpr double kHighestRate = 1e9;

int PushCascade(lua_State* L, const char* kind, const OptionTable& options,
                const dsp::CascadeSpec& spec) {
  NewBlock<dsp::Cascade>(L, kind, spec);
  FinishBlock(L, options);
  return 1;
}

// A filter of the first order: y[n] = b0 x[n] + b1 x[n-1] - a1 y[n-1].
int PushFirstOrder(lua_State* L, const char* kind, const OptionTable& options, double b0, double b1,
                   double a1, double sample_rate = 0) {
  const dsp::RunningSection section = {
      static_cast<float>(b0), static_cast<float>(b1), 0, static_cast<float>(a1), 0, 0, 0};
  dsp::CascadeSpec spec;
  spec.sections = {&section, 1};
  spec.width = WidthOption(options);
  spec.sample_rate = sample_rate;
  return PushCascade(L, kind, options, spec);
}

// The sections with `bits` of fraction.
template <typename T>
int PushFixedCascade(lua_State* L, const OptionTable& options,
                     std::span<const dsp::RunningSection> sections) {
  constexpr int kBits = std::numeric_limits<T>::digits - 1;
  auto* fixed = static_cast<dsp::FixedSection<T>*>(
      lua_newuserdatauv(L, sections.size_bytes(), 0));  // they need less
  for (size_t i = 0; i < sections.size(); ++i) {
    const dsp::RunningSection& s = sections[i];
    const float from[] = {s.b0, s.b1, s.b2, s.a1, s.a2};
    T to[5];
    for (int j = 0; j < 5; ++j) {
      if (dsp::ToFixed(static_cast<double>(from[j]), kBits, to + j)) continue;
      ArgumentError(
          L, 1, "section %I: coefficient %f, expected from -2 to below 2 (see dsp.scale_sections)",
          static_cast<LUAI_UACINT>(i + 1), static_cast<LUAI_UACNUMBER>(from[j]));
    }
    fixed[i] = {{to[0], to[1], to[2]}, {to[3], to[4]}};
  }
  NewBlock<dsp::FixedCascade<T>>(L, "sos",
                                 std::span<const dsp::FixedSection<T>>(fixed, sections.size()),
                                 WidthOption(options));
  FinishBlock(L, options);
  return 1;
}

// The option `sections`, {n, 6}.
std::span<const dsp::Section> PushSectionsOption(lua_State* L) {
  const Tensor& rows = PushTensorOption(L, 1, "sections", DType::kFloat64, 2);
  if (rows.dim(1) != 6) {
    ArgumentError(L, 1, "option 'sections': shape {n, 6} expected, got %s",
                  TextOf(rows.shape).text);
  }
  for (Index i = 0; i < rows.dim(0); ++i) {
    if (rows.as<double>()[6 * i + 3] != 0) continue;
    ArgumentError(L, 1, "section %d: a0 is 0", static_cast<int>(i + 1));
  }
  return PushSections(L, lua_gettop(L));
}

int SosBlock(lua_State* L) {
  static constexpr const char* kNames[] = {"sections", "steady", "dtype", "width", "max_push"};
  static constexpr const char* kTypes[] = {"float32", "int16", "int32"};
  luaL_checktype(L, 1, LUA_TTABLE);
  const OptionTable options(L, 1, kNames);
  const bool steady = options.Boolean("steady", false);
  const int type = options.Choice("dtype", 0, kTypes);
  const std::span<const dsp::Section> design = PushSectionsOption(L);
  const std::span<dsp::RunningSection> sections = PushRunning(L, design);
  if (type != 0 && steady) luaL_argerror(L, 1, "'steady' is for float32");
  if (type == 1) return PushFixedCascade<int16_t>(L, options, sections);
  if (type == 2) return PushFixedCascade<int32_t>(L, options, sections);
  if (steady) {
    const std::span<double> states = PushScratch(L, 2 * design.size());
    RaiseIf(L, dsp::SteadyState(design, states));
    dsp::SetStates(sections, states);
  }
  dsp::CascadeSpec spec;
  spec.sections = sections;
  spec.width = WidthOption(options);
  spec.start_at_first = steady;
  return PushCascade(L, "sos", options, spec);
}

// e^(-2 pi cutoff / sample_rate): how much of itself a filter of the first order keeps per item.
double PoleOf(const OptionTable& options, double cutoff) {
  const double rate = options.Number("sample_rate", 1, 1e-6, kHighestRate);
  return moonlet_exp(-2 * dsp::kPi * options.Number("cutoff", cutoff, 0, rate / 2) / rate);
}

double RateOf(const OptionTable& options) {
  return options.Has("sample_rate") ? options.Number("sample_rate", 1, 1e-6, kHighestRate) : 0;
}

int OnePole(lua_State* L) {
  static constexpr const char* kNames[] = {"cutoff", "sample_rate", "width", "max_push"};
  const OptionTable options(L, 1, kNames);
  if (!options.Has("cutoff")) luaL_argerror(L, 1, "option 'cutoff' expected");
  const double pole = PoleOf(options, 0);
  return PushFirstOrder(L, "one_pole", options, 1 - pole, 0, -pole, RateOf(options));
}

int DcBlocker(lua_State* L) {
  static constexpr const char* kNames[] = {"pole", "cutoff", "sample_rate", "width", "max_push"};
  const OptionTable options(L, 1, kNames);
  if (options.Has("pole") && options.Has("cutoff"))
    luaL_argerror(L, 1, "either 'pole' or 'cutoff' expected");
  const double pole =
      options.Has("cutoff") ? PoleOf(options, 0) : options.Number("pole", 0.995, 0, 0.9999999);
  // The difference by itself, so that a constant leaves exactly nothing.
  const dsp::RunningSection sections[] = {{1, -1, 0, 0, 0, 0, 0},
                                          {1, 0, 0, -static_cast<float>(pole), 0, 0, 0}};
  dsp::CascadeSpec spec;
  spec.sections = sections;
  spec.width = WidthOption(options);
  spec.sample_rate = RateOf(options);
  return PushCascade(L, "dc_blocker", options, spec);
}

int Exponential(lua_State* L) {
  static constexpr const char* kNames[] = {"alpha", "width", "max_push"};
  const OptionTable options(L, 1, kNames);
  const double alpha = options.Number("alpha", 0.1, 1e-7, 1);
  dsp::RunningSection section = {
      static_cast<float>(alpha), 0, 0, static_cast<float>(alpha - 1), 0, 0, 0};
  section.s1 = -section.a1;
  dsp::CascadeSpec spec;
  spec.sections = {&section, 1};
  spec.width = WidthOption(options);
  spec.start_at_first = true;
  return PushCascade(L, "exponential", options, spec);
}

int Integrator(lua_State* L) {
  static constexpr const char* kNames[] = {"sample_rate", "leak", "width", "max_push"};
  const OptionTable options(L, 1, kNames);
  const double rate = options.Number("sample_rate", 1, 1e-6, kHighestRate);
  const double leak = options.Number("leak", 0, 0, 1);
  return PushFirstOrder(L, "integrator", options, 1 / rate, 0, leak - 1, RateOf(options));
}

int CombBlock(lua_State* L) {
  static constexpr const char* kNames[] = {"delay", "gain", "feedback", "width", "max_push"};
  const OptionTable options(L, 1, kNames);
  dsp::CombSpec spec;
  spec.delay = static_cast<size_t>(options.Integer("delay", 1, 1, INT32_MAX));
  spec.gain = static_cast<float>(options.Number("gain", 1, -1e6, 1e6));
  spec.feedback = options.Boolean("feedback", false);
  spec.width = WidthOption(options);
  NewBlock<dsp::Comb>(L, "comb", spec);
  FinishBlock(L, options);
  return 1;
}

int LmsBlock(lua_State* L) {
  static constexpr const char* kNames[] = {"taps", "step", "normalized", "epsilon", "max_push"};
  const OptionTable options(L, 1, kNames);
  dsp::LmsSpec spec;
  spec.length = static_cast<size_t>(options.Integer("taps", 16, 1, 1 << 20));
  spec.normalized = options.Boolean("normalized", true);
  spec.step = static_cast<float>(options.Number("step", spec.normalized ? 0.5 : 0.01, 0, 1e6));
  spec.epsilon = static_cast<float>(options.Number("epsilon", 1e-6, 0, 1e6));
  NewBlock<dsp::Lms>(L, "lms", spec);
  FinishBlock(L, options);
  return 1;
}

// The matrix of option `name`, {rows, columns}, in double.
std::span<const double> PushMatrix(lua_State* L, const char* name, size_t rows, size_t columns) {
  const Tensor& t = PushTensorOption(L, 1, name, DType::kFloat64, 2);
  if (t.dim(0) != static_cast<Index>(rows) || t.dim(1) != static_cast<Index>(columns)) {
    ArgumentError(L, 1, "option '%s': shape {%d, %d} expected, got %s", name,
                  static_cast<int>(rows), static_cast<int>(columns), TextOf(t.shape).text);
  }
  return {t.as<double>(), static_cast<size_t>(t.size())};
}

// The vector of option `x`, and the matrix of option `P`, or 0 and 1.
std::span<const double> PushState(lua_State* L, const OptionTable& options, size_t n) {
  if (!options.Has("x")) {
    const std::span<double> zeros = PushScratch(L, n);
    std::fill(zeros.begin(), zeros.end(), 0.0);
    return zeros;
  }
  const Tensor& t = PushTensorOption(L, 1, "x", DType::kFloat64, 1);
  if (t.dim(0) != static_cast<Index>(n)) {
    ArgumentError(L, 1, "option 'x': shape {%d} expected, got %s", static_cast<int>(n),
                  TextOf(t.shape).text);
  }
  return {t.as<double>(), n};
}

std::span<const double> PushCovariance(lua_State* L, const OptionTable& options, size_t n) {
  if (options.Has("P")) return PushMatrix(L, "P", n, n);
  const std::span<double> unit = PushScratch(L, n * n);
  for (size_t i = 0; i < unit.size(); ++i) unit[i] = i % (n + 1) == 0 ? 1 : 0;
  return unit;
}

int KalmanBlock(lua_State* L) {
  static constexpr const char* kNames[] = {"F", "H", "Q", "R", "x", "P", "max_push"};
  luaL_checktype(L, 1, LUA_TTABLE);
  const OptionTable options(L, 1, kNames);
  const Tensor& h = PushTensorOption(L, 1, "H", DType::kFloat64, 2);
  constexpr auto kMost = static_cast<Index>(dsp::Kalman::kMost);
  if (h.dim(0) > kMost || h.dim(1) > kMost)
    luaL_argerror(L, 1, "option 'H': at most 16 measures and 16 states expected");
  dsp::KalmanSpec spec;
  spec.measures = static_cast<size_t>(h.dim(0));
  spec.states = static_cast<size_t>(h.dim(1));
  const size_t n = spec.states, m = spec.measures;
  spec.observation = {h.as<double>(), m * n};
  spec.transition = PushMatrix(L, "F", n, n);
  spec.process_noise = PushMatrix(L, "Q", n, n);
  spec.noise = PushMatrix(L, "R", m, m);
  spec.state = PushState(L, options, n);
  spec.covariance = PushCovariance(L, options, n);
  NewBlock<dsp::Kalman>(L, "kalman", spec);
  FinishBlock(L, options);
  return 1;
}

constexpr Entry kBlockEntries[] = {
    {"sos", SosBlock, "dsp.sos(options) -> block",
     "options: sections: {k, 6}; steady: boolean; dtype: \"float32\", \"int16\" (q15) or "
     "\"int32\" (q31); width; max_push",
     Doc("A cascade of second-order sections, rows b0 b1 b2 a0 a1 a2 as the designs give them. "
         "float32: transposed direct form II, the operation order spelled out, states below "
         "2^-100 set to 0. q15 and q31: direct form I, coefficients rounded to 14 and 30 bits of "
         "fraction (from -2 to below 2), sums exact, rounded once per section, half up, "
         "saturated. `steady = true` starts as if the first item had always been there, as "
         "scipy.signal.sosfilt_zi has it."),
     Doc("local leaky = dsp.sos {sections = {{0.5, 0, 0, 1, -0.5, 0}}}\n"
         "print(leaky:push(tensor.new {1, 1}):totable()[2]) --> 0.75")},
    {"one_pole", OnePole, "dsp.one_pole(options) -> block",
     "options: cutoff: hertz; sample_rate: hertz, 1 unless given; width; max_push",
     Doc("The low-pass y[n] = (1 - p) x[n] + p y[n-1] with p = exp(-2 pi cutoff / sample_rate)."),
     Doc("local low = dsp.one_pole {cutoff = 100, sample_rate = 16000}\n"
         "print(low:push(tensor.ones {10000})[-1] > 0.999) --> true")},
    {"dc_blocker", DcBlocker, "dsp.dc_blocker([options]) -> block",
     "options: pole: 0 to below 1, 0.995 unless given; or cutoff, sample_rate: hertz; width; "
     "max_push",
     Doc("Takes the mean away: y[n] = x[n] - x[n-1] + pole y[n-1]; a cutoff gives the pole "
         "exp(-2 pi cutoff / sample_rate)."),
     Doc("print(math.abs(dsp.dc_blocker {}:push(tensor.ones {5000})[-1]) < 1e-6) --> true")},
    {"exponential", Exponential, "dsp.exponential([options]) -> block",
     "options: alpha: above 0, to 1; 0.1 unless given; width; max_push",
     Doc("Exponential smoothing, y[n] = alpha x[n] + (1 - alpha) y[n-1], that starts at the first "
         "item."),
     Doc("print(dsp.exponential {alpha = 0.5}:push(tensor.new {8, 4})[2]) --> 6.0")},
    {"integrator", Integrator, "dsp.integrator([options]) -> block",
     "options: sample_rate: hertz, 1 unless given; leak: 0 to 1; width; max_push",
     Doc("The sum so far divided by `sample_rate`, of which `leak` is lost with each item: y[n] = "
         "x[n] / sample_rate + (1 - leak) y[n-1]."),
     Doc("print(dsp.integrator {}:push(tensor.new {1, 2, 3})[3]) --> 6.0")},
    {"comb", CombBlock, "dsp.comb([options]) -> block",
     "options: delay: items, 1 unless given; gain: 1 unless given; feedback: boolean; width; "
     "max_push",
     Doc("Adds what was `delay` items before, times `gain`: of the input, or with `feedback` of "
         "the "
         "output."),
     Doc("print(dsp.comb {delay = 2, gain = -1}:push(tensor.new {1, 2, 3})[3]) --> 2.0")},
    {"lms", LmsBlock, "dsp.lms([options]) -> block",
     "options: taps: 16 unless given; step: 0.5, or 0.01 if not normalized; normalized: boolean, "
     "true unless given; epsilon: 1e-6; max_push. Items {n, 2}: signal and wanted in, estimate and "
     "error out",
     Doc("An adaptive filter by least mean squares (Widrow and Hoff; normalised, NLMS): the taps "
         "move so that the filtered signal comes close to the wanted one. The step is divided by "
         "the energy in the filter plus `epsilon` when normalised; stable for steps below 2."),
     Doc("local x = tensor.rand({500}, 1):sub(0.5)\n"
         "local pairs = tensor.stack({x, x * 2}, 2)\n"
         "print(math.abs(dsp.lms {taps = 4}:push(pairs):at(500, 2)) < 0.01) --> true")},
    {"kalman", KalmanBlock, "dsp.kalman(options) -> block",
     "options: F: {s, s}; H: {m, s}; Q: {s, s}; R: {m, m}; x: {s}, zeros unless given; P: {s, s}, "
     "the unit matrix unless given; max_push (s and m at most 16). Items: {n, m} in, {n, s} out",
     Doc("Kalman's filter of a linear system: state transition F, observation H, covariances Q of "
         "the process and R of the measurements, first state x with covariance P (updated in "
         "Joseph's form). Each measurement gives the state after it. One with NaN in it is "
         "missing: the state is only predicted. Computed in double."),
     Doc("local level = dsp.kalman {F = {{1}}, H = {{1}}, Q = {{0}}, R = {{1}}}\n"
         "print(level:push(tensor.new {3, 3})[2]) --> 2.0")},
};

}  // namespace

const std::span<const Entry> kDspBlocks = kBlockEntries;

std::span<dsp::RunningSection> PushRunning(lua_State* L, std::span<const dsp::Section> sections) {
  auto* list = static_cast<dsp::RunningSection*>(
      lua_newuserdatauv(L, sections.size() * sizeof(dsp::RunningSection), 0));
  RaiseIf(L, dsp::Running(sections, {list, sections.size()}));
  return {list, sections.size()};
}

}  // namespace moonlet
