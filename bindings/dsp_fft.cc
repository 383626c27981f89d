// bindings/dsp_fft.cc - Fourier transforms: plans, and functions that keep the last plan.
#include "bindings/dsp_fft.h"

#include <algorithm>
#include <cstring>

#include "bindings/dsp_parts.h"
#include "bindings/dsp_signal.h"
#include "bindings/options.h"
#include "engine/base/float_mode.h"
#include "engine/tensor/broadcast.h"

namespace moonlet {
namespace {

struct FftPlanBox {
  size_t n;
  dsp::FftPlan* complex;  // null when the plan is for real signals only
  dsp::RealFftPlan* real;
};

constexpr const char* kPlanKinds[] = {"both", "complex", "real"};
enum PlanKind { kBothKinds, kComplexKind, kRealKind };

size_t CheckPoints(lua_State* L, int argument, lua_Integer n) {
  if (n < 1 || n > static_cast<lua_Integer>(dsp::kMaxFft)) {
    ArgumentError(L, argument, "1 to %d points expected, got %I", static_cast<int>(dsp::kMaxFft),
                  static_cast<LUAI_UACINT>(n));
  }
  return static_cast<size_t>(n);
}

// The object, its plans and their tables are one block.
FftPlanBox& PushPlanBox(lua_State* L, size_t n, PlanKind kind) {
  const size_t complex_floats = kind == kRealKind ? 0 : dsp::FftPlan::Floats(n);
  const size_t real_floats = kind == kComplexKind ? 0 : dsp::RealFftPlan::Floats(n);
  const size_t head = sizeof(FftPlanBox) + sizeof(dsp::FftPlan) + sizeof(dsp::RealFftPlan);
  const size_t bytes = head + (complex_floats + real_floats) * sizeof(float);
  auto& box = *static_cast<FftPlanBox*>(NewObject(L, kFftPlanClass, bytes, 0));
  auto* complex = reinterpret_cast<dsp::FftPlan*>(&box + 1);
  auto* real = reinterpret_cast<dsp::RealFftPlan*>(complex + 1);
  auto* floats = reinterpret_cast<float*>(real + 1);
  box.n = n;
  if (kind != kRealKind) (box.complex = complex)->Make(n, floats);
  if (kind != kComplexKind) (box.real = real)->Make(n, floats + complex_floats);
  return box;
}

// Pushes the plan kept at `key` if it has n points, else a new one that takes its place.
FftPlanBox& PushKeptPlan(lua_State* L, const char* key, size_t n, PlanKind kind) {
  if (lua_rawgetp(L, LUA_REGISTRYINDEX, key) == LUA_TUSERDATA) {
    auto& kept = *static_cast<FftPlanBox*>(lua_touserdata(L, -1));
    if (kept.n == n) return kept;
  }
  lua_pop(L, 1);
  FftPlanBox& box = PushPlanBox(L, n, kind);
  lua_pushvalue(L, -1);
  lua_rawsetp(L, LUA_REGISTRYINDEX, key);
  return box;
}

constexpr char kKeptComplex[] = "complex", kKeptReal[] = "real";

// Rows of floats, one for each transform.
struct Rows {
  size_t count;
  const float* x;
  size_t x_step;
  float* y;
  size_t y_step;
};

template <typename Row>
Status EachRow(const Rows& rows, const StopToken& stop, Row row) {
  const FlushDenormals mode;
  for (size_t i = 0; i < rows.count; ++i) {
    if (stop.raised()) return Status::Stopped();
    row(rows.x + i * rows.x_step, rows.y + i * rows.y_step);
  }
  return {};
}

Rows RowsOf(const Tensor& x, int x_axes, const SignalOut& y, int y_axes) {
  const auto length = [](const Tensor& t, int axes) {
    size_t floats = 1;
    for (int i = 1; i <= axes; ++i) floats *= static_cast<size_t>(t.dim(t.rank() - i));
    return floats;
  };
  const size_t x_step = length(x, x_axes);
  return {static_cast<size_t>(x.size()) / x_step, x.as<float>(), x_step, y.data(),
          length(*y.dense, y_axes)};
}

const Tensor& CheckComplexRows(lua_State* L) {
  const Tensor& x = CheckComplexSignal(L, 1);
  if (x.rank() < 2) luaL_argerror(L, 1, "shape {..., n, 2} expected, got {2}");
  return x;
}

int ComplexRows(lua_State* L, dsp::FftPlan& plan, bool inverse, int out_index) {
  const Tensor& x = CheckComplexRows(L);
  const size_t count = std::min(plan.size(), static_cast<size_t>(x.dim(x.rank() - 2)));
  const Shape shape = WithLastAxes(L, x.shape, 2, {static_cast<Index>(plan.size()), 2});
  const SignalOut y = PushSignalInPlace(L, out_index, shape, {&x});
  const auto row = [&plan, count, inverse](const float* in, float* out) {
    inverse ? plan.Inverse(in, count, out) : plan.Forward(in, count, out);
  };
  return ReturnSignal(L, y, EachRow(RowsOf(x, 2, y, 2), StopOf(L), row));
}

int RealRows(lua_State* L, dsp::RealFftPlan& plan, int out_index) {
  const Tensor& x = CheckSignal(L, 1);
  const size_t count = std::min(plan.size(), static_cast<size_t>(x.dim(x.rank() - 1)));
  const Shape shape = WithLastAxes(L, x.shape, 1, {static_cast<Index>(plan.bins()), 2});
  const SignalOut y = PushSignalOut(L, out_index, shape, {&x});
  const auto row = [&plan, count](const float* in, float* out) { plan.Forward(in, count, out); };
  return ReturnSignal(L, y, EachRow(RowsOf(x, 1, y, 2), StopOf(L), row));
}

int SpectrumRows(lua_State* L, dsp::RealFftPlan& plan, int out_index) {
  const Tensor& x = CheckComplexSignal(L, 1);
  if (x.rank() < 2 || static_cast<size_t>(x.dim(x.rank() - 2)) != plan.bins()) {
    ArgumentError(L, 1, "shape {..., %d, 2} expected for %d points, got %s",
                  static_cast<int>(plan.bins()), static_cast<int>(plan.size()),
                  TextOf(x.shape).text);
  }
  const Shape shape = WithLastAxes(L, x.shape, 2, {static_cast<Index>(plan.size())});
  const SignalOut y = PushSignalOut(L, out_index, shape, {&x});
  const auto row = [&plan](const float* in, float* out) { plan.Inverse(in, out); };
  return ReturnSignal(L, y, EachRow(RowsOf(x, 2, y, 1), StopOf(L), row));
}

// The length of an axis from the end of the tensor at 1, once it is known to be one.
lua_Integer LengthOf(lua_State* L, int from_end) {
  const Tensor& x = *CheckTensor(L, 1);
  return x.rank() < from_end ? 0 : x.dim(x.rank() - from_end);
}

// fft(x [, n [, out]]), ifft
template <bool kInverse>
int FftFunction(lua_State* L) {
  lua_settop(L, 3);
  CheckComplexRows(L);
  const lua_Integer n = luaL_optinteger(L, 2, LengthOf(L, 2));
  return ComplexRows(L, PushComplexPlan(L, 2, n), kInverse, 3);
}

// rfft(x [, n [, out]])
int RfftFunction(lua_State* L) {
  lua_settop(L, 3);
  CheckSignal(L, 1);
  return RealRows(L, PushRealPlan(L, 2, luaL_optinteger(L, 2, LengthOf(L, 1))), 3);
}

// irfft(x [, n [, out]])
int IrfftFunction(lua_State* L) {
  lua_settop(L, 3);
  CheckComplexSignal(L, 1);
  const lua_Integer n = luaL_optinteger(L, 2, 2 * (LengthOf(L, 2) - 1));
  return SpectrumRows(L, PushRealPlan(L, 2, n), 3);
}

// fft_plan(n [, {kind = "both" | "complex" | "real"}])
int FftPlanFunction(lua_State* L) {
  static constexpr const char* kNames[] = {"kind"};
  const size_t n = CheckPoints(L, 1, luaL_checkinteger(L, 1));
  const OptionTable options(L, 2, kNames);
  PushPlanBox(L, n, static_cast<PlanKind>(options.Choice("kind", kBothKinds, kPlanKinds)));
  return 1;
}

// Takes the plan at 1 away from before its arguments; it stays referenced by the caller.
FftPlanBox& TakePlan(lua_State* L, bool real) {
  auto& box = *static_cast<FftPlanBox*>(CheckObject(L, 1, kFftPlanClass));
  if (real ? box.real == nullptr : box.complex == nullptr)
    luaL_error(L, "this plan is for %s signals only", real ? "complex" : "real");
  return box;
}

// The methods have the plan first: it moves behind the arguments, which keep their places.
void MoveSelf(lua_State* L) {
  lua_settop(L, 3);
  lua_pushvalue(L, 1);
  lua_remove(L, 1);
}

void CheckFits(lua_State* L, const FftPlanBox& box, int from_end) {
  const lua_Integer length = LengthOf(L, from_end);
  if (length > static_cast<lua_Integer>(box.n)) {
    ArgumentError(L, 1, "at most %d samples expected, got %I", static_cast<int>(box.n),
                  static_cast<LUAI_UACINT>(length));
  }
}

template <bool kInverse>
int PlanFft(lua_State* L) {
  FftPlanBox& box = TakePlan(L, false);
  MoveSelf(L);
  CheckFits(L, box, 2);
  return ComplexRows(L, *box.complex, kInverse, 2);
}

int PlanRfft(lua_State* L) {
  FftPlanBox& box = TakePlan(L, true);
  MoveSelf(L);
  CheckFits(L, box, 1);
  return RealRows(L, *box.real, 2);
}

int PlanIrfft(lua_State* L) {
  FftPlanBox& box = TakePlan(L, true);
  MoveSelf(L);
  return SpectrumRows(L, *box.real, 2);
}

int PlanIndex(lua_State* L) {
  const auto& box = *static_cast<FftPlanBox*>(CheckObject(L, 1, kFftPlanClass));
  if (lua_type(L, 2) == LUA_TSTRING && std::strcmp(lua_tostring(L, 2), "size") == 0) {
    lua_pushinteger(L, static_cast<lua_Integer>(box.n));
    return 1;
  }
  lua_pushvalue(L, 2);
  lua_rawget(L, lua_upvalueindex(1));
  return 1;
}

int PlanNewIndex(lua_State* L) {
  return luaL_error(L, "field '%s' of a plan cannot be set", luaL_tolstring(L, 2, nullptr));
}

int PlanToString(lua_State* L) {
  const auto& box = *static_cast<FftPlanBox*>(CheckObject(L, 1, kFftPlanClass));
  const char* kind = box.real == nullptr ? "complex " : box.complex == nullptr ? "real " : "";
  lua_pushfstring(L, "%sFourier transform of %d points", kind, static_cast<int>(box.n));
  return 1;
}

constexpr Entry kPlanTable[] = {
    {"size", nullptr, "fft_plan.size -> integer", "", Doc("The points of a transform."), ""},
    {"fft", PlanFft<false>, "fft_plan:fft(x [, out]) -> tensor",
     "x: float32 {..., m, 2}, m <= size; result: float32 {..., size, 2}",
     Doc("What dsp.fft gives; a shorter x is continued with zeros. `out` may be x."),
     Doc("print(dsp.fft_plan(4):fft(tensor.ones{4, 2}):at(1, 2)) --> 4.0")},
    {"ifft", PlanFft<true>, "fft_plan:ifft(x [, out]) -> tensor",
     "x: float32 {..., m, 2}, m <= size; result: float32 {..., size, 2}",
     Doc("What dsp.ifft gives; a shorter x is continued with zeros. `out` may be x."),
     Doc("print(dsp.fft_plan(4):ifft(tensor.ones{4, 2}):at(1, 2)) --> 1.0")},
    {"rfft", PlanRfft, "fft_plan:rfft(x [, out]) -> tensor",
     "x: float32 {..., m}, m <= size; result: float32 {..., size // 2 + 1, 2}",
     Doc("What dsp.rfft gives; a shorter x is continued with zeros."),
     Doc("local plan = dsp.fft_plan(512)\nlocal frame, spectrum = tensor.ones{480}, "
         "tensor.zeros{257, 2}\nplan:rfft(frame, spectrum)\nprint(spectrum:at(1, 1)) --> 480.0")},
    {"irfft", PlanIrfft, "fft_plan:irfft(x [, out]) -> tensor",
     "x: float32 {..., size // 2 + 1, 2}; result: float32 {..., size}",
     Doc("What dsp.irfft gives."),
     Doc("local plan = dsp.fft_plan(6)\nprint(plan:irfft(plan:rfft(tensor.ones{6}))[6]) --> 1.0")},
};

constexpr Entry kDspFftTable[] = {
    {"fft", FftFunction<false>, "dsp.fft(x [, n [, out]]) -> tensor",
     "x: float32 {..., m, 2}; n: points, m unless given; result: float32 {..., n, 2}",
     Doc("The discrete Fourier transform along the second last axis, as scipy.fft.fft: the sum of "
         "x[j] e^(-2 pi i j k / n) for k = 0 ... n - 1, at position k + 1. The last axis has real "
         "and imaginary part. x is cut to n or continued with zeros. Any length is quick whose "
         "factors are 2, 3 and 5; others take two transforms of a power of two (Bluestein "
         "1970). Twiddle factors are computed in double and rounded once. `out` may be x."),
     Doc("local z = tensor.new{{1, 0}, {0, 0}, {0, 0}, {0, 0}}\nprint(dsp.fft(z):at(4, 1)) --> "
         "1.0")},
    {"ifft", FftFunction<true>, "dsp.ifft(x [, n [, out]]) -> tensor",
     "x: float32 {..., m, 2}; n: points, m unless given; result: float32 {..., n, 2}",
     Doc("The inverse of dsp.fft, as scipy.fft.ifft: the other sign, and divided by n."),
     Doc("local z = tensor.new{{3, 1}, {2, 0}, {5, -1}}\nprint(dsp.ifft(dsp.fft(z)):sub(z):abs()"
         ":max() < 1e-6) --> true")},
    {"rfft", RfftFunction, "dsp.rfft(x [, n [, out]]) -> tensor",
     "x: float32 {..., m}; n: points, m unless given; result: float32 {..., n // 2 + 1, 2}",
     Doc("The discrete Fourier transform of real signals along the last axis, as scipy.fft.rfft: "
         "the bins for k = 0 ... n // 2, whose conjugates the others are. x is cut to n or "
         "continued with zeros. An even n takes a complex transform of half the length."),
     Doc("local x = tensor.new{1, 2, 3, 4}\nprint(dsp.rfft(x))\n--> tensor float32 {3, 2}\n"
         "--> [[10.,  0.],\n-->  [-2.,  2.],\n-->  [-2.,  0.]]")},
    {"irfft", IrfftFunction, "dsp.irfft(x [, n [, out]]) -> tensor",
     "x: float32 {..., n // 2 + 1, 2}; n: points, even unless given; result: float32 {..., n}",
     Doc("The inverse of dsp.rfft, as scipy.fft.irfft. The imaginary parts of the first bin and, "
         "for even n, of the last are not looked at."),
     Doc("local x = tensor.new{1, 2, 3, 4}\nprint(dsp.irfft(dsp.rfft(x))[4]) --> 4.0")},
    {"fft_plan", FftPlanFunction, "dsp.fft_plan(n [, options]) -> fft_plan",
     "n: 1 to 1048576 points; options: kind = \"both\" | \"complex\" | \"real\"",
     Doc("A plan for transforms of one length, with the methods fft, ifft, rfft and irfft. It "
         "holds tables and room to work in, so that a method with `out` allocates nothing. A "
         "plan of kind \"real\" leaves out what fft and ifft need, one of kind \"complex\" what "
         "rfft and irfft need."),
     Doc("local plan = dsp.fft_plan(480, {kind = \"real\"})\nprint(plan, plan.size) --> real "
         "Fourier transform of 480 points\t480")},
};

constexpr luaL_Reg kPlanMetamethods[] = {
    {"__tostring", PlanToString}, {"__newindex", PlanNewIndex}, {nullptr, nullptr}};
const luaL_Reg* const kPlanMetamethodLists[] = {kPlanMetamethods};
const std::span<const Entry> kPlanMethods[] = {kPlanTable};

}  // namespace

const Class kFftPlanClass = {
    "fft_plan",   "moonlet.fft_plan",   Doc("Fourier transforms of one length."),
    kPlanMethods, kPlanMetamethodLists, PlanIndex};

const std::span<const Entry> kDspFft = kDspFftTable;

dsp::FftPlan& PushComplexPlan(lua_State* L, int argument, lua_Integer n) {
  return *PushKeptPlan(L, kKeptComplex, CheckPoints(L, argument, n), kComplexKind).complex;
}

dsp::RealFftPlan& PushRealPlan(lua_State* L, int argument, lua_Integer n) {
  return *PushKeptPlan(L, kKeptReal, CheckPoints(L, argument, n), kRealKind).real;
}

}  // namespace moonlet
