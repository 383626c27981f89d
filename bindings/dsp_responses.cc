// bindings/dsp_responses.cc - what filters do to frequencies, and their steady state.
#include <algorithm>

#include "bindings/dsp_design.h"
#include "bindings/dsp_parts.h"
#include "dsp/response.h"
#include "dsp/special.h"

namespace moonlet {
namespace {

// The polynomials at `b_index` and `a_index`, where nil or none is 1.
dsp::FilterView PushPolynomialFilter(lua_State* L, int b_index, int a_index) {
  static constexpr double kOne[] = {1};
  dsp::FilterView filter;
  filter.b = PushVector(L, b_index);
  filter.a = lua_isnoneornil(L, a_index) ? std::span<const double>(kOne) : PushVector(L, a_index);
  return filter;
}

struct Grid {
  std::span<double> frequencies;  // as they are told, in units of the rate
  double to_angle;
};

// Pushes the frequencies: those of the tensor at `index`, or as many as it says (512) from 0 up
// to half the rate, or the whole of it, which is left out. Options are behind it.
Grid PushGrid(lua_State* L, int index) {
  static constexpr const char* kNames[] = {"sample_rate", "whole"};
  const OptionTable options(L, index + 1, kNames);
  const double rate = options.Number("sample_rate", 2 * dsp::kPi, 0x1p-100, 0x1p100);
  const double end = options.Boolean("whole", false) ? rate : rate / 2;
  const double to_angle = 2 * dsp::kPi / rate;
  if (TestTensor(L, index) != nullptr) return {PushVector(L, index), to_angle};
  const lua_Integer n = luaL_optinteger(L, index, 512);
  if (n < 1 || n > (1 << 24))
    luaL_argerror(L, index, "1 to 2^24 frequencies, or a tensor of them, expected");
  const std::span<double> frequencies = PushScratch(L, static_cast<size_t>(n));
  for (size_t i = 0; i < frequencies.size(); ++i)
    frequencies[i] = end * static_cast<double>(i) / static_cast<double>(n);
  return {frequencies, to_angle};
}

// Pushes the frequencies {n} and the response {n, 2}.
int PushResponse(lua_State* L, const dsp::FilterView& filter, const Grid& grid) {
  const size_t n = grid.frequencies.size();
  const std::span<double> h = PushScratch(L, 2 * n);
  for (size_t i = 0; i < n; ++i) {
    PollStop(L);
    const dsp::Complex at = dsp::ResponseAt(filter, grid.frequencies[i] * grid.to_angle);
    h[2 * i] = at.re, h[2 * i + 1] = at.im;
  }
  const auto length = static_cast<int64_t>(n);
  PushRounded(L, grid.frequencies, DType::kFloat32, {length});
  PushRounded(L, h, DType::kFloat32, {length, 2});
  return 2;
}

// freqz(b [, a [, n [, options]]])
int Freqz(lua_State* L) {
  lua_settop(L, 4);
  const dsp::FilterView filter = PushPolynomialFilter(L, 1, 2);
  return PushResponse(L, filter, PushGrid(L, 3));
}

// sosfreqz(sos [, n [, options]])
int SosFreqz(lua_State* L) {
  lua_settop(L, 3);
  dsp::FilterView filter;
  filter.sections = PushSections(L, 1);
  return PushResponse(L, filter, PushGrid(L, 2));
}

// group_delay(b | sos [, a [, n [, options]]])
int GroupDelay(lua_State* L) {
  lua_settop(L, 4);
  dsp::FilterView filter;
  const bool sections = CheckTensor(L, 1)->rank() == 2;
  if (sections && !lua_isnil(L, 2)) return luaL_argerror(L, 2, "nil next to sections expected");
  if (sections) filter.sections = PushSections(L, 1);
  if (!sections) filter = PushPolynomialFilter(L, 1, 2);
  const Grid grid = PushGrid(L, 3);
  const std::span<double> delays = PushScratch(L, grid.frequencies.size());
  for (size_t i = 0; i < delays.size(); ++i) {
    PollStop(L);
    delays[i] = dsp::GroupDelayAt(filter, grid.frequencies[i] * grid.to_angle);
  }
  const auto n = static_cast<int64_t>(delays.size());
  PushRounded(L, grid.frequencies, DType::kFloat32, {n});
  PushRounded(L, delays, DType::kFloat32, {n});
  return 2;
}

// sosfilt_zi(sos)
int SosfiltZi(lua_State* L) {
  lua_settop(L, 1);
  const std::span<const dsp::Section> sections = PushSections(L, 1);
  const std::span<double> zi = PushScratch(L, 2 * sections.size());
  RaiseIf(L, dsp::SteadyState(sections, zi));
  PushRounded(L, zi, FloatResult(CheckTensor(L, 1)->dtype),
              {static_cast<int64_t>(sections.size()), 2});
  return 1;
}

// lfilter_zi(b, a)
int LfilterZi(lua_State* L) {
  lua_settop(L, 2);
  const dsp::FilterView filter = PushPolynomialFilter(L, 1, 2);
  const size_t n = std::max(filter.b.size(), filter.a.size()) - 1;
  const std::span<double> zi = PushScratch(L, n);
  RaiseIf(L, dsp::SteadyState(filter.b, filter.a, zi));
  PushRounded(L, zi, FloatResult(CheckTensor(L, 1)->dtype), {static_cast<int64_t>(n)});
  return 1;
}

constexpr Entry kDspResponseTable[] = {
    {"freqz", Freqz, "dsp.freqz(b [, a [, n [, options]]]) -> frequencies, response",
     "b, a: coefficients of z^0, z^-1, ...; n: how many frequencies, 512 unless given, or a "
     "tensor of them; result: float32 {n} and {n, 2}",
     Doc("The complex response of a filter at frequencies from 0 to half the sample rate, as "
         "scipy.signal.freqz gives it; `a` left out is 1, a FIR filter. Options: sample_rate, "
         "in hertz, without which frequencies are in radians per sample; whole = true goes to "
         "the whole sample rate. Computed in double, rounded once."),
     Doc("local w, h = dsp.freqz(tensor.new{0.5, 0.5}, nil, 4)\n"
         "print(h[1][1], h:dim(1)) --> 1.0\t4")},
    {"sosfreqz", SosFreqz, "dsp.sosfreqz(sos [, n [, options]]) -> frequencies, response",
     "sos: {sections, 6}; n and options: as dsp.freqz; result: float32 {n} and {n, 2}",
     Doc("The complex response of second-order sections, as scipy.signal.sosfreqz: see "
         "dsp.freqz."),
     Doc("local sos = dsp.butter(4, 1000, {sample_rate = 16000})\n"
         "local f, h = dsp.sosfreqz(sos, tensor.new{1000}, {sample_rate = 16000})\n"
         "print((\"%.2f dB\"):format(20 * math.log(h[1]:norm(), 10))) --> -3.01 dB")},
    {"group_delay", GroupDelay,
     "dsp.group_delay(b | sos [, a [, n [, options]]]) -> frequencies, delays",
     "b, a, n and options: as dsp.freqz; sos: {sections, 6}; result: float32 {n} each, in samples",
     Doc("By how many samples a filter delays each frequency: minus the slope of its phase, as "
         "scipy.signal.group_delay; 0 where a zero or pole on the unit circle leaves none."),
     Doc("local w, delay = dsp.group_delay(tensor.new{1, 2, 1}, nil, 3)\n"
         "print(delay[1], delay[3]) --> 1.0\t1.0")},
    {"sosfilt_zi", SosfiltZi, "dsp.sosfilt_zi(sos) -> tensor",
     "sos: {sections, 6}; result: {sections, 2}",
     Doc("The state of each section, transposed form II, once the input has been 1 for ever, as "
         "scipy.signal.sosfilt_zi: times the first sample it makes a filter start without a "
         "step. Raises when a pole is at 1."),
     Doc("print(dsp.sosfilt_zi(tensor.new{{1, 0, 0, 1, -0.5, 0}})[1][1]) --> 1.0")},
    {"lfilter_zi", LfilterZi, "dsp.lfilter_zi(b, a) -> tensor",
     "b, a: coefficients; result: {max(#b, #a) - 1}",
     Doc("The state of a filter b / a, transposed form II, once the input has been 1 for ever, "
         "as scipy.signal.lfilter_zi. Raises when a pole is at 1."),
     Doc("print(dsp.lfilter_zi(tensor.new{1}, tensor.new{1, -0.5})[1]) --> 1.0")},
};

}  // namespace

const std::span<const Entry> kDspResponses = kDspResponseTable;

}  // namespace moonlet
