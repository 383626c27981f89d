// bindings/dsp_savgol.cc - Savitzky-Golay smoothing.
#include <algorithm>
#include <cmath>

#include "bindings/dsp_design.h"
#include "bindings/dsp_parts.h"
#include "dsp/savgol.h"
#include "engine/tensor/convert.h"

namespace moonlet {
namespace {

// The window's length at `index`, the order behind it; pushes memory for the weights.
std::span<double> PushSavgolWindow(lua_State* L, int index, int* order) {
  constexpr lua_Integer kMost = 1 << 16;
  const lua_Integer length = luaL_checkinteger(L, index), n = luaL_checkinteger(L, index + 1);
  if (length < 1 || length > kMost)
    ArgumentError(L, index, "a window of 1 to %I samples expected, got %I",
                  static_cast<LUAI_UACINT>(kMost), static_cast<LUAI_UACINT>(length));
  if (n < 0 || n > dsp::kMostSavgolOrder || n >= length)
    ArgumentError(L, index + 1,
                  "an order of 0 to %d, below the window's length, expected, "
                  "got %I",
                  dsp::kMostSavgolOrder, static_cast<LUAI_UACINT>(n));
  *order = static_cast<int>(n);
  return PushScratch(L, static_cast<size_t>(length));
}

// Options `deriv` and `delta`: the derivative, and what a unit of it has to be multiplied by.
struct Derivative {
  int order;
  double factor;
};
Derivative CheckDerivative(const OptionTable& options) {
  const auto order = static_cast<int>(options.Integer("deriv", 0, 0, dsp::kMostSavgolOrder));
  const double delta = options.Number("delta", 1, 0x1p-200, 0x1p200);
  Derivative d = {order, 1};
  for (int i = 0; i < order; ++i) d.factor /= delta;
  return d;
}

// savgol_coeffs(window, order [, options])
int SavgolCoeffs(lua_State* L) {
  static constexpr const char* kNames[] = {"deriv", "delta", "pos", "use", "dtype"};
  static constexpr const char* kUses[] = {"conv", "dot"};
  lua_settop(L, 3);
  int order = 0;
  const std::span<double> weights = PushSavgolWindow(L, 1, &order);
  const OptionTable options(L, 3, kNames);
  const Derivative derivative = CheckDerivative(options);
  const double last = static_cast<double>(weights.size()) - 1;
  const double position = options.Has("pos") ? options.Number("pos", 0, 1, last + 1) - 1 : last / 2;
  RaiseIf(L, dsp::SavgolWeights(order, derivative.order, position, weights));
  for (double& weight : weights) weight *= derivative.factor;
  if (options.Choice("use", 0, kUses) == 0) std::reverse(weights.begin(), weights.end());
  PushRounded(L, weights, DesignDType(options), {static_cast<int64_t>(weights.size())});
  return 1;
}

// savgol_filter(x, window, order [, options [, out]])
int SavgolFilterFunction(lua_State* L) {
  static constexpr const char* kNames[] = {"deriv", "delta", "mode", "cval"};
  static constexpr const char* kModes[] = {"interp", "mirror", "nearest", "constant", "wrap"};
  lua_settop(L, 5);
  const Tensor& x = *CheckTensor(L, 1);
  dsp::SavgolDesign design;
  const std::span<double> weights = PushSavgolWindow(L, 2, &design.order);
  const OptionTable options(L, 4, kNames);
  const Derivative derivative = CheckDerivative(options);
  design.derivative = derivative.order;
  design.mode = static_cast<dsp::SavgolMode>(options.Choice("mode", 0, kModes));
  design.outside = options.Number("cval", 0, -HUGE_VAL, HUGE_VAL);
  if (x.rank() < 1 || x.size() < 1) return luaL_argerror(L, 1, "one or more samples expected");
  const Tensor& rows = *NewTensor(L, DType::kFloat64, x.shape);
  RaiseIf(L, Convert(x, rows, StopOf(L)));
  const Tensor& results = *NewTensor(L, DType::kFloat64, x.shape);
  const auto n = static_cast<size_t>(x.dim(x.rank() - 1)), total = static_cast<size_t>(x.size());
  for (size_t first = 0; first < total; first += n) {
    double* const result = results.as<double>() + first;
    RaiseIf(L, dsp::SavgolFilter(design, {rows.as<double>() + first, n}, weights, {result, n},
                                 StopOf(L)));
    for (size_t i = 0; i < n; ++i) result[i] *= derivative.factor;
  }
  const Tensor& out = *NewOrOut(L, 5, FloatResult(x.dtype), x.shape, {&x});
  const Tensor& rounded = out.contiguous() ? out : *NewTensor(L, out.dtype, x.shape);
  StoreDoubles(results.as<double>(), out.dtype, 1, x.size(), rounded.data);
  if (&rounded == &out) return 1;
  RaiseIf(L, Convert(rounded, out, StopOf(L)));
  lua_pop(L, 1);
  return 1;
}

constexpr Entry kDspSavgolTable[] = {
    {"savgol_coeffs", SavgolCoeffs, "dsp.savgol_coeffs(window, order [, options]) -> tensor",
     "window: samples; order: 0 to 32, below window; result: {window}",
     Doc("The FIR filter that gives the value, or a derivative, of the polynomial nearest to a "
         "window's samples (Savitzky and Golay, 1964), as scipy.signal.savgol_coeffs. Options: "
         "deriv = 0; delta = 1, the time between samples; pos, the position in the window, its "
         "middle unless given; use = \"conv\" for convolution or \"dot\" for a product in the "
         "order of the samples; dtype."),
     Doc("print((\"%.4f\"):format(dsp.savgol_coeffs(5, 2)[3])) --> 0.4857")},
    {"savgol_filter", SavgolFilterFunction,
     "dsp.savgol_filter(x, window, order [, options [, out]]) -> tensor",
     "x: tensor, along the last axis; window: samples; order: 0 to 32, below window; result: as "
     "x, float32 or float64",
     Doc("Smooths rows, or takes a smooth derivative, by a polynomial fitted to each window, as "
         "scipy.signal.savgol_filter. Options: deriv = 0; delta = 1, the time between samples; "
         "mode = \"interp\" (at the ends the first and last polynomial goes on), \"mirror\", "
         "\"nearest\", \"constant\" (with cval = 0) or \"wrap\". Computed in double, rounded "
         "once."),
     Doc("local x = tensor.new{1, 4, 9, 16, 25, 36, 49}\n"
         "print((\"%.3f\"):format(dsp.savgol_filter(x, 5, 2, {deriv = 1})[4])) --> 8.000")},
};

}  // namespace

const std::span<const Entry> kDspSavgol = kDspSavgolTable;

}  // namespace moonlet
