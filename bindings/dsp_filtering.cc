// bindings/dsp_filtering.cc - filters over whole signals, along the last axis.
#include "bindings/dsp_filtering.h"

#include <algorithm>

#include "bindings/dsp_block.h"
#include "bindings/dsp_design.h"
#include "bindings/dsp_parts.h"
#include "bindings/dsp_signal.h"
#include "bindings/options.h"
#include "dsp/offline.h"
#include "dsp/response.h"
#include "dsp/window_blocks.h"
#include "engine/base/float_mode.h"
#include "engine/tensor/broadcast.h"

namespace moonlet {
namespace {

// A signal as rows of `length` samples.
struct Lines {
  const float* x;
  size_t count, length;
};

Lines LinesOf(const Tensor& x) {
  const Index length = x.dim(x.rank() - 1);
  return {x.as<float>(), static_cast<size_t>(x.size() / length), static_cast<size_t>(length)};
}

// Arguments --------------------------------------------------------------------------

// b and a in double, of one length, divided by a[0].
struct Rational {
  std::span<double> b, a;
  size_t order() const { return b.size() - 1; }
};

// The coefficients at `index`: a vector or a table, or a number.
const Tensor& PushCoefficients(lua_State* L, int index) {
  if (TestTensor(L, index) == nullptr && !lua_istable(L, index) && !lua_isnumber(L, index))
    luaL_typeerror(L, index, "vector of numbers");
  const Tensor& t = *NewTensorFrom(L, index, DType::kFloat64);
  if (t.rank() > 1 || t.size() == 0) luaL_argerror(L, index, "a vector of numbers expected");
  return t;
}

Rational PushRational(lua_State* L, int index_b, int index_a) {
  const Tensor& b = PushCoefficients(L, index_b);
  const Tensor& a = PushCoefficients(L, index_a);
  const double first = a.as<double>()[0];
  if (first == 0) luaL_argerror(L, index_a, "its first coefficient is 0");
  const auto n = static_cast<size_t>(std::max(a.size(), b.size()));
  const Rational r = {PushScratch(L, n), PushScratch(L, n)};
  for (size_t i = 0; i < n; ++i) {
    const auto at = static_cast<Index>(i);
    r.b[i] = at < b.size() ? b.as<double>()[i] / first : 0;
    r.a[i] = at < a.size() ? a.as<double>()[i] / first : 0;
  }
  return r;
}

// The states at `index` as doubles, of the given shape, or zeros for nil.
std::span<double> PushStates(lua_State* L, int index, const Tensor& x, const Shape& shape) {
  const std::span<double> states = PushScratch(L, static_cast<size_t>(shape.size()));
  std::fill(states.begin(), states.end(), 0.0);
  if (lua_isnoneornil(L, index)) return states;
  if (x.rank() != 1) luaL_argerror(L, index, "states are for signals of rank 1");
  const Tensor& given = *NewTensorFrom(L, index, DType::kFloat64);
  if (!(given.shape == shape)) {
    ArgumentError(L, index, "states of shape %s expected, got %s", TextOf(shape).text,
                  TextOf(given.shape).text);
  }
  std::copy_n(given.as<double>(), states.size(), states.begin());
  return states;
}

Ends CheckEnds(lua_State* L, int index, const Tensor& x, size_t usual) {
  static constexpr const char* kNames[] = {"padtype", "padlen"};
  static constexpr const char* kTypes[] = {"odd", "even", "constant", "none"};
  const OptionTable options(L, index, kNames);
  const auto padding = static_cast<dsp::Padding>(options.Choice("padtype", 0, kTypes));
  if (padding == dsp::Padding::kNone) return {padding, 0};
  const auto pad = options.Integer("padlen", static_cast<int64_t>(usual), 0, INT32_MAX);
  if (x.dim(x.rank() - 1) <= pad) {
    luaL_error(L,
               "a signal of more than %d samples expected, as it is continued by as many (see "
               "option 'padlen')",
               static_cast<int>(pad));
  }
  return {padding, static_cast<size_t>(pad)};
}

// There alone ------------------------------------------------------------------------

Status FilterLines(const Rational& r, std::span<double> state, std::span<double> work,
                   const Lines& lines, float* y, const StopToken& stop) noexcept {
  const auto n = static_cast<Index>(lines.length);
  for (size_t i = 0; i < lines.count; ++i) {
    if (i > 0) std::fill(state.begin(), state.end(), 0.0);
    LoadDoubles(lines.x + i * lines.length, DType::kFloat32, 1, n, work.data());
    if (Status s = dsp::LinearFilter(r.b, r.a, state, work, work, stop); !s.ok()) return s;
    StoreDoubles(work.data(), DType::kFloat32, 1, n, y + i * lines.length);
  }
  return Status();
}

int LinearFilterFunction(lua_State* L) {
  lua_settop(L, 5);
  const Tensor& x = CheckSignal(L, 3);
  const Rational r = PushRational(L, 1, 2);
  const Shape shape = {1, {static_cast<Index>(r.order())}};
  const std::span<double> state = PushStates(L, 4, x, shape);
  const Lines lines = LinesOf(x);
  const std::span<double> work = PushScratch(L, lines.length);
  const SignalOut y = PushSignalInPlace(L, 5, x.shape, {&x});
  ReturnSignal(L, y, FilterLines(r, state, work, lines, y.data(), StopOf(L)));
  if (lua_isnil(L, 4)) return 1;
  PushRounded(L, state, DType::kFloat64, {static_cast<int64_t>(r.order())});
  return 2;
}

Status SosFilterLines(std::span<dsp::RunningSection> sections, const Lines& lines, float* y,
                      const StopToken& stop) noexcept {
  const FlushDenormals flush;
  for (size_t i = 0; i < lines.count; ++i) {
    if (i > 0)
      for (dsp::RunningSection& s : sections) s.s1 = s.s2 = 0;
    const size_t at = i * lines.length;
    const Status s = dsp::SosFilter(sections, lines.x + at, y + at, lines.length, stop);
    if (!s.ok()) return s;
  }
  return Status();
}

// The states of sections as a tensor {n, 2}.
void PushSectionStates(lua_State* L, std::span<const dsp::RunningSection> sections) {
  const Tensor& t = *NewTensor(L, DType::kFloat32, {2, {static_cast<Index>(sections.size()), 2}});
  float* to = t.as<float>();
  for (const dsp::RunningSection& s : sections) {
    *to++ = s.s1;
    *to++ = s.s2;
  }
}

int SosFilterFunction(lua_State* L) {
  lua_settop(L, 4);
  const Tensor& x = CheckSignal(L, 2);
  const std::span<const dsp::Section> design = PushSections(L, 1);
  const std::span<dsp::RunningSection> sections = PushRunning(L, design);
  const Shape shape = {2, {static_cast<Index>(design.size()), 2}};
  dsp::SetStates(sections, PushStates(L, 3, x, shape));
  const SignalOut y = PushSignalInPlace(L, 4, x.shape, {&x});
  ReturnSignal(L, y, SosFilterLines(sections, LinesOf(x), y.data(), StopOf(L)));
  if (lua_isnil(L, 3)) return 1;
  PushSectionStates(L, sections);
  return 2;
}

// There and back ---------------------------------------------------------------------

Status FiltFiltLines(const Rational& r, std::span<const double> steady, std::span<double> state,
                     const Ends& ends, std::span<double> work, const Lines& lines, float* y,
                     const StopToken& stop) noexcept {
  const auto n = static_cast<Index>(lines.length);
  for (size_t i = 0; i < lines.count; ++i) {
    double* signal = work.data() + ends.pad;
    LoadDoubles(lines.x + i * lines.length, DType::kFloat32, 1, n, signal);
    dsp::Extend(ends.padding, ends.pad, work);
    if (Status s = dsp::FiltFilt(r.b, r.a, steady, state, work, stop); !s.ok()) return s;
    StoreDoubles(signal, DType::kFloat32, 1, n, y + i * lines.length);
  }
  return Status();
}

int FiltFiltFunction(lua_State* L) {
  lua_settop(L, 5);
  const Tensor& x = CheckSignal(L, 3);
  const Rational r = PushRational(L, 1, 2);
  const Ends ends = CheckEnds(L, 4, x, 3 * r.b.size());
  const std::span<double> steady = PushScratch(L, r.order()), state = PushScratch(L, r.order());
  RaiseIf(L, dsp::SteadyState(r.b, r.a, steady));
  const Lines lines = LinesOf(x);
  const std::span<double> work = PushScratch(L, lines.length + 2 * ends.pad);
  const SignalOut y = PushSignalInPlace(L, 5, x.shape, {&x});
  return ReturnSignal(L, y,
                      FiltFiltLines(r, steady, state, ends, work, lines, y.data(), StopOf(L)));
}

Status RunSosFiltFilt(std::span<const dsp::RunningSection> steady,
                      std::span<dsp::RunningSection> running, const Ends& ends,
                      std::span<float> work, const Lines& lines, float* y,
                      const StopToken& stop) noexcept {
  const FlushDenormals flush;
  for (size_t i = 0; i < lines.count; ++i) {
    float* signal = work.data() + ends.pad;
    std::copy_n(lines.x + i * lines.length, lines.length, signal);
    dsp::Extend(ends.padding, ends.pad, work);
    if (Status s = dsp::SosFiltFilt(steady, running, work, stop); !s.ok()) return s;
    std::copy_n(signal, lines.length, y + i * lines.length);
  }
  return Status();
}

int SosFiltFiltFunction(lua_State* L) {
  lua_settop(L, 4);
  const Tensor& x = CheckSignal(L, 2);
  const std::span<const dsp::Section> design = PushSections(L, 1);
  const Ends ends = CheckEnds(L, 3, x, UsualPad(design));
  const SignalOut y = PushSignalInPlace(L, 4, x.shape, {&x});
  const int top = lua_gettop(L);
  const Status s = SosFiltFiltLines(L, design, x, ends, y.data());
  lua_settop(L, top);
  return ReturnSignal(L, y, s);
}

// Local filters ----------------------------------------------------------------------

// `work` has twice the room of a line and the `half` zeros behind it.
Status MedianLines(dsp::Median& median, size_t half, float* work, const Lines& lines, float* y,
                   const StopToken& stop) noexcept {
  const size_t length = lines.length + half;
  std::fill_n(work, length, 0.0f);
  for (size_t i = 0; i < lines.count; ++i) {
    std::copy_n(lines.x + i * lines.length, lines.length, work);
    median.Reset();
    size_t given = 0;
    if (Status s = PushItems(median, work, length, work + length, stop, &given); !s.ok()) return s;
    std::copy_n(work + length + half, lines.length, y + i * lines.length);
  }
  return Status();
}

// The window of a local filter, at `index`.
size_t CheckSize(lua_State* L, int index) {
  const lua_Integer size = luaL_optinteger(L, index, 3);
  if (size < 1 || size > 1 << 24) luaL_argerror(L, index, "a size of 1 to 2^24 expected");
  return static_cast<size_t>(size);
}

int MedianFilter(lua_State* L) {
  lua_settop(L, 3);
  const Tensor& x = CheckSignal(L, 1);
  const size_t size = CheckSize(L, 2);
  if (size % 2 == 0) luaL_argerror(L, 2, "an odd size expected");
  const Lines lines = LinesOf(x);
  dsp::Median& median = *NewBlock<dsp::Median>(L, "median", size, size_t{1});
  float* work = PushFloats(L, 2 * (lines.length + size / 2));
  const SignalOut y = PushSignalInPlace(L, 3, x.shape, {&x});
  return ReturnSignal(L, y, MedianLines(median, size / 2, work, lines, y.data(), StopOf(L)));
}

int WienerFilter(lua_State* L) {
  lua_settop(L, 4);
  const Tensor& x = CheckVector(L, 1);
  const size_t size = CheckSize(L, 2);
  const double noise = lua_isnil(L, 3) ? -1 : luaL_checknumber(L, 3);
  if (!lua_isnil(L, 3) && !(noise >= 0)) luaL_argerror(L, 3, "a variance of at least 0 expected");
  const auto n = static_cast<size_t>(x.size());
  const std::span<double> signal = PushScratch(L, n), mean = PushScratch(L, n);
  const std::span<double> variance = PushScratch(L, n);
  LoadDoubles(x.data, x.dtype, 1, x.size(), signal.data());
  const SignalOut y = PushSignalInPlace(L, 4, x.shape, {&x});
  const Status s = dsp::Wiener(signal, size, noise, mean, variance, signal, StopOf(L));
  StoreDoubles(signal.data(), DType::kFloat32, 1, x.size(), y.data());
  return ReturnSignal(L, y, s);
}

constexpr Entry kFilteringTable[] = {
    {"lfilter", LinearFilterFunction, "dsp.lfilter(b, a, x [, zi [, out]]) -> tensor [, zf]",
     "b, a: vectors, tables or numbers; x: float32 {..., n}, each line by itself; zi: {k}, k one "
     "less than the longer of b and a; result: the shape of x; zf: float64 {k}",
     Doc("Filters by b / a, polynomials in z^-1, as scipy.signal.lfilter: transposed form II in "
         "double, rounded to float32 once. With the states `zi` of before, for one line, it gives "
         "those of afterwards too."),
     Doc("print(dsp.lfilter({1}, {1, -0.5}, tensor.new {1, 0, 0}):totable()[3]) --> 0.25")},
    {"sosfilt", SosFilterFunction, "dsp.sosfilt(sos, x [, zi [, out]]) -> tensor [, zf]",
     "sos: {k, 6}; x: float32 {..., n}, each line by itself; zi: {k, 2}; result: the shape of x; "
     "zf: float32 {k, 2}",
     Doc("Filters by second-order sections, as scipy.signal.sosfilt, in float32: the bits of the "
         "block `dsp.sos`. With the states `zi` of before, for one line, it gives those of "
         "afterwards too."),
     Doc("local sos = tensor.new {{1, 0, 0, 1, -0.5, 0}}\n"
         "local y, zf = dsp.sosfilt(sos, tensor.new {1, 0}, tensor.zeros {1, 2})\n"
         "print(y[2], zf:at(1, 1)) --> 0.5 0.25")},
    {"filtfilt", FiltFiltFunction, "dsp.filtfilt(b, a, x [, options [, out]]) -> tensor",
     "b, a: vectors, tables or numbers; x: float32 {..., n}; options: padtype: \"odd\", \"even\", "
     "\"constant\" or \"none\"; padlen: samples, 3 times the longer of b and a unless given",
     Doc("Filters there and back, which cancels the delay and squares the gain, as "
         "scipy.signal.filtfilt: the signal is continued at both ends by `padlen` samples, turned "
         "about the first and last unless `padtype` says otherwise, and each way starts from the "
         "rest of its first sample. In double, rounded once."),
     Doc("local y = dsp.filtfilt({0.5, 0.5}, 1, tensor.arange(1, 20))\n"
         "print(math.abs(y[7] - 7) < 1e-6) --> true")},
    {"sosfiltfilt", SosFiltFiltFunction, "dsp.sosfiltfilt(sos, x [, options [, out]]) -> tensor",
     "sos: {k, 6}; x: float32 {..., n}; options: padtype and padlen as for filtfilt",
     Doc("Filters there and back by second-order sections, as scipy.signal.sosfiltfilt, in "
         "float32. Unless given, `padlen` is 3 (2 k + 1), less where sections are of the first "
         "order."),
     Doc("local y = dsp.sosfiltfilt(dsp.butter(2, 0.2), tensor.ones {50})\n"
         "print(math.abs(y[1] - 1) < 1e-5) --> true")},
    {"medfilt", MedianFilter, "dsp.medfilt(x [, size [, out]]) -> tensor",
     "x: float32 {..., n}, each line by itself; size: odd, 3 unless given",
     Doc("The median of the `size` samples around each, zeros outside, as scipy.signal.medfilt. "
         "NaN counts as larger than every number."),
     Doc("print(dsp.medfilt(tensor.new {1, 9, 2, 3})[2]) --> 2.0")},
    {"wiener", WienerFilter, "dsp.wiener(x [, size [, noise [, out]]]) -> tensor",
     "x: float32 {n}; size: samples, 3 unless given; noise: variance >= 0",
     Doc("Wiener's filter by the mean and variance of the `size` samples around each, zeros "
         "outside, as scipy.signal.wiener; the noise is the mean of the variances unless given. In "
         "double, rounded once."),
     Doc("print(dsp.wiener(tensor.new {1, 1, 1, 1, 1}, 3)[3]) --> 1.0")},
};

}  // namespace

const std::span<const Entry> kDspFiltering = kFilteringTable;

size_t UsualPad(std::span<const dsp::Section> sections) {
  size_t no_b2 = 0, no_a2 = 0;
  for (const dsp::Section& s : sections) {
    no_b2 += s.b[2] == 0 ? 1 : 0;
    no_a2 += s.a[2] == 0 ? 1 : 0;
  }
  return 3 * (2 * sections.size() + 1 - std::min(no_b2, no_a2));
}

Status SosFiltFiltLines(lua_State* L, std::span<const dsp::Section> design, const Tensor& x,
                        const Ends& ends, float* y) {
  const std::span<double> states = PushScratch(L, 2 * design.size());
  const std::span<dsp::RunningSection> steady = PushRunning(L, design);
  const std::span<dsp::RunningSection> running = PushRunning(L, design);
  RaiseIf(L, dsp::SteadyState(design, states));
  dsp::SetStates(steady, states);
  const Lines lines = LinesOf(x);
  const size_t length = lines.length + 2 * ends.pad;
  const std::span<float> work = {PushFloats(L, length), length};
  return RunSosFiltFilt(steady, running, ends, work, lines, y, StopOf(L));
}

}  // namespace moonlet
