// bindings/tensor_stats.cc - what many elements are like: quantiles, covariance, histograms,
// the values that occur.
#include <cmath>

#include "bindings/registry.h"
#include "bindings/tensor.h"
#include "bindings/tensor_parts.h"
#include "engine/tensor/convert.h"
#include "engine/tensor/covariance.h"
#include "engine/tensor/doubles.h"
#include "engine/tensor/histogram.h"
#include "engine/tensor/promote.h"
#include "engine/tensor/quantile.h"
#include "engine/tensor/reduce.h"
#include "engine/tensor/sort.h"
#include "engine/tensor/unique.h"
#include "engine/tensor/view.h"
#include "vm/runtime.h"

namespace moonlet {
namespace {

// Pushes a row-major copy of x with `axis` last, or with all elements along one axis.
const Tensor& PushLines(lua_State* L, const Tensor& x, int axis) {
  if (axis == kAllAxes) {
    const Tensor& line = *NewTensor(L, x.dtype, {1, {x.size()}});
    RaiseIf(L, Convert(x, RowMajor(line.data, x.dtype, x.shape), StopOf(L)));
    return line;
  }
  int order[kMaxRank];
  int used = 0;
  for (int i = 0; i < x.rank(); ++i)
    if (i != axis) order[used++] = i;
  order[used] = axis;
  const Tensor turned = Permute(x, order);
  const Tensor& lines = *NewTensor(L, x.dtype, turned.shape);
  RaiseIf(L, Convert(turned, lines, StopOf(L)));
  return lines;
}

// Quantiles -----------------------------------------------------------------------------

// One probability, or several from a tensor; `unit` is 1, or 100 for percentages.
struct Probabilities {
  double one = 0;
  const Tensor* several = nullptr;

  Index count() const { return several != nullptr ? several->dim(0) : 1; }
  double at(Index i) const {
    double q = one;
    if (several != nullptr) LoadDoubles(Select(*several, 0, i).data, several->dtype, 1, 1, &q);
    return q;
  }
};

Probabilities CheckProbabilities(lua_State* L, int index, double unit) {
  Probabilities q;
  q.several = TestTensor(L, index);
  if (q.several == nullptr) {
    q.one = luaL_checknumber(L, index);
  } else if (q.several->rank() != 1) {
    ArgumentError(L, index, "number or rank 1 expected, got rank %d", q.several->rank());
  }
  for (Index i = 0; i < q.count(); ++i) {
    if ((i & 0xffff) == 0) PollStop(L);
    if (q.at(i) >= 0 && q.at(i) <= unit) continue;
    ArgumentError(L, index, "0 to %d expected, got %f", static_cast<int>(unit), q.at(i));
  }
  return q;
}

// The quantiles of x to a Lua number, or to a tensor: `out` at that index or a new one.
struct QuantileCall {
  int axis;
  QuantileMethod method;
  double unit;
  int out;
};
int PushQuantiles(lua_State* L, const Tensor& x, const Probabilities& q, const QuantileCall& call) {
  const DType dtype = FloatResult(x.dtype);
  const bool number = call.axis == kAllAxes && q.several == nullptr && lua_isnoneornil(L, call.out);
  const Tensor& sorted = PushLines(L, x, call.axis);
  RaiseIf(L, Sort(sorted, false, {.values = &sorted}, EngineMemory(L), StopOf(L)));
  Shape shape = ReducedShape(x.shape, call.axis);
  if (number) {
    alignas(8) uint8_t element[8];
    const Tensor result = RowMajor(element, dtype, shape);
    RaiseIf(L, Quantile(sorted, q.one / call.unit, call.method, result, StopOf(L)));
    PushElement(L, result, 0);
    return 1;
  }
  if (q.several != nullptr) {
    int64_t dims[kMaxRank + 1] = {q.count()};
    for (int i = 0; i < shape.rank; ++i) dims[i + 1] = shape.dims[i];
    if (!ShapeFrom({dims, static_cast<size_t>(shape.rank) + 1}, dtype, &shape))
      RaiseStatus(L, Status::Invalid("more elements than can be counted"));
  }
  const Tensor& out = *NewOrOut(L, call.out, dtype, shape);
  if (!lua_isnoneornil(L, call.out)) {
    CheckApart(L, call.out, out, {&x});
    if (q.several != nullptr) CheckApart(L, call.out, out, {q.several});
  }
  for (Index i = 0; i < q.count(); ++i) {
    PollStop(L);
    const Tensor part = q.several != nullptr ? Select(out, 0, i) : out;
    RaiseIf(L, Quantile(sorted, q.at(i) / call.unit, call.method, part, StopOf(L)));
  }
  return 1;
}

int OptAxis(lua_State* L, int index, const Tensor& x) {
  return lua_isnoneornil(L, index) ? kAllAxes : CheckAxis(L, index, x.rank());
}

// quantile(q [, axis [, method [, out]]]), and percentile with q in percent.
int QuantileOf(lua_State* L, double unit) {
  static constexpr const char* kTensorStatsMethodTable[] = {"linear",   "lower",   "higher",
                                                            "midpoint", "nearest", nullptr};
  lua_settop(L, 5);
  const Tensor& x = *CheckTensor(L, 1);
  const Probabilities q = CheckProbabilities(L, 2, unit);
  const int axis = OptAxis(L, 3, x);
  const auto method =
      static_cast<QuantileMethod>(luaL_checkoption(L, 4, "linear", kTensorStatsMethodTable));
  return PushQuantiles(L, x, q, {axis, method, unit, 5});
}

int QuantileMethodOf(lua_State* L) { return QuantileOf(L, 1); }
int PercentileMethod(lua_State* L) { return QuantileOf(L, 100); }

int MedianMethod(lua_State* L) {
  lua_settop(L, 3);
  const Tensor& x = *CheckTensor(L, 1);
  const Probabilities half = {.one = 0.5};
  return PushQuantiles(L, x, half, {OptAxis(L, 2, x), QuantileMethod::kMidpoint, 1, 3});
}

// Covariance ----------------------------------------------------------------------------

// Calls compute(variables as rows, out): one variable gives a number.
template <typename Compute>
int PushCovariance(lua_State* L, int out_index, Compute compute) {
  const Tensor& x = *CheckTensor(L, 1);
  if (x.rank() != 1 && x.rank() != 2)
    RaiseStatus(L, Status::Invalid("rank 1 or 2 expected, got %d", x.rank()));
  const DType dtype = FloatResult(x.dtype);
  if (x.rank() == 1 && lua_isnoneornil(L, out_index)) {
    alignas(8) uint8_t element[8];
    const Tensor result = RowMajor(element, dtype, {2, {1, 1}});
    RaiseIf(L, compute(Unsqueeze(x, 0), result));
    PushElement(L, result, 0);
    return 1;
  }
  const Shape shape = x.rank() == 1 ? Shape{} : Shape{2, {x.dim(0), x.dim(0)}};
  const Tensor& out = *NewOrOut(L, out_index, dtype, shape);
  if (!lua_isnoneornil(L, out_index)) CheckApart(L, out_index, out, {&x});
  if (x.rank() == 1) {
    RaiseIf(L, compute(Unsqueeze(x, 0), Unsqueeze(Unsqueeze(out, 0), 0)));
  } else {
    RaiseIf(L, compute(x, out));
  }
  return 1;
}

int CovMethod(lua_State* L) {
  CheckTensor(L, 1);
  const lua_Number ddof = luaL_optnumber(L, 2, 1);
  return PushCovariance(L, 3, [&](const Tensor& x, const Tensor& out) {
    return Covariance(x, ddof, out, EngineMemory(L), StopOf(L));
  });
}

int CorrcoefMethod(lua_State* L) {
  return PushCovariance(L, 2, [&](const Tensor& x, const Tensor& out) {
    return Correlation(x, out, EngineMemory(L), StopOf(L));
  });
}

// Histogram -----------------------------------------------------------------------------

constexpr lua_Integer kMostBins = 1 << 30;

// {low, high} at `index`, or what the elements span.
void CheckRange(lua_State* L, int index, const Tensor& x, double* low, double* high) {
  if (lua_isnoneornil(L, index)) return RaiseIf(L, HistogramRange(x, StopOf(L), low, high));
  luaL_checktype(L, index, LUA_TTABLE);
  lua_rawgeti(L, index, 1);
  lua_rawgeti(L, index, 2);
  const bool numbers = lua_type(L, -2) == LUA_TNUMBER && lua_type(L, -1) == LUA_TNUMBER;
  *low = lua_tonumber(L, -2);
  *high = lua_tonumber(L, -1);
  lua_pop(L, 2);
  if (!numbers || !std::isfinite(*low) || !std::isfinite(*high) || *low > *high)
    luaL_argerror(L, index, "{low, high} expected, two finite numbers in this order");
}

int CheckBins(lua_State* L, int index) {
  const lua_Integer bins = luaL_optinteger(L, index, 10);
  if (bins < 1 || bins > kMostBins) {
    ArgumentError(L, index, "1 to %I bins expected, got %I", static_cast<LUAI_UACINT>(kMostBins),
                  static_cast<LUAI_UACINT>(bins));
  }
  return static_cast<int>(bins);
}

// Pushes the edges given as a tensor, or made from a number of bins and a range.
const Tensor& PushEdges(lua_State* L, const Tensor& x) {
  if (const Tensor* given = TestTensor(L, 2)) {
    if (!lua_isnil(L, 3)) luaL_argerror(L, 3, "a range goes with a number of bins");
    if (given->rank() != 1 || given->dim(0) < 2)
      luaL_argerror(L, 2, "a number of bins, or a vector of at least two edges, expected");
    const DType dtype = Promote(given->dtype, DType::kFloat32);
    const Tensor& edges = *NewTensor(L, dtype, given->shape);
    RaiseIf(L, Convert(*given, edges, StopOf(L)));
    RaiseIf(L, CheckEdges(edges, StopOf(L)));
    return edges;
  }
  const int bins = CheckBins(L, 2);
  double low;
  double high;
  CheckRange(L, 3, x, &low, &high);
  const Tensor& edges = *NewTensor(L, Promote(x.dtype, DType::kFloat32), {1, {Index{bins} + 1}});
  RaiseIf(L, FillEdges(low, high, edges, StopOf(L)));
  return edges;
}

// histogram([bins [, range]])
int HistogramMethod(lua_State* L) {
  lua_settop(L, 3);
  const Tensor& x = *CheckTensor(L, 1);
  const Tensor& edges = PushEdges(L, x);
  const Tensor& counts = *NewTensor(L, DType::kInt64, {1, {edges.dim(0) - 1}});
  RaiseIf(L, Histogram(x, edges, counts, StopOf(L)));
  lua_insert(L, -2);
  return 2;
}

// Unique --------------------------------------------------------------------------------

// unique([what, ...])
int UniqueMethod(lua_State* L) {
  static constexpr const char* kNames[] = {"counts", "inverse", "first", nullptr};
  const Tensor& x = *CheckTensor(L, 1);
  const int top = lua_gettop(L);
  if (top > 4) return luaL_argerror(L, 5, "at most three names expected");
  for (int i = 2, seen = 0; i <= top; ++i) {
    const int what = 1 << luaL_checkoption(L, i, nullptr, kNames);
    if ((seen & what) != 0) return luaL_argerror(L, i, "this name was given already");
    seen |= what;
  }
  const Tensor& sorted = PushLines(L, x, kAllAxes);
  const Tensor& positions = *NewTensor(L, DType::kInt32, sorted.shape);
  RaiseIf(L, Sort(sorted, false, {.values = &sorted, .positions = &positions}, EngineMemory(L),
                  StopOf(L)));
  Index count;
  RaiseIf(L, CountUnique(sorted, StopOf(L), &count));
  UniqueParts parts;
  parts.values = NewTensor(L, x.dtype, {1, {count}});
  for (int i = 2; i <= top; ++i) {
    const int what = luaL_checkoption(L, i, nullptr, kNames);
    const Tensor** part = what == 0 ? &parts.counts : what == 1 ? &parts.inverse : &parts.first;
    *part = NewTensor(L, DType::kInt32, what == 1 ? x.shape : Shape{1, {count}});
  }
  RaiseIf(L, Unique(sorted, positions, parts, StopOf(L)));
  return top;
}

constexpr const char* kQuantileUnits =
    "axis: 1 to rank, negative from the end; none: all elements, to a number if q is one";

constexpr Entry kTensorStatsTable[] = {
    {"median", MedianMethod, "tensor:median([axis [, out]]) -> number | tensor",
     "axis: 1 to rank, negative from the end; none: all elements",
     Doc("The middle one of the sorted elements, of an even number the mean of the two in the "
         "middle; NaN when there is one. Raises when there are no elements. Integers give "
         "float32."),
     Doc("print(tensor.new{7, 1, 5, 3}:median()) --> 4.0")},
    {"quantile", QuantileMethodOf,
     "tensor:quantile(q [, axis [, method [, out]]]) -> number | tensor", kQuantileUnits,
     Doc("The value below which a part q (0 to 1) of the elements lies. q times the number of "
         "elements less one tells the place among the sorted ones; between two of them the method "
         "decides: \"linear\" (unless given; Hyndman and Fan's 7th), \"lower\", \"higher\", "
         "\"midpoint\" or \"nearest\" (of two as near the one at an even place, counted from 0), "
         "as in NumPy. A tensor of rank 1 for q gives a first axis with a result for each. NaN "
         "when an element is. Computed in double, rounded once; integers give float32."),
     Doc("print(tensor.new{1, 2, 3, 5}:quantile(0.5)) --> 2.5\n"
         "print(tensor.new{1, 2, 3, 5}:quantile(0.5, nil, \"lower\")) --> 2.0")},
    {"percentile", PercentileMethod,
     "tensor:percentile(q [, axis [, method [, out]]]) -> number | tensor", kQuantileUnits,
     Doc("As quantile, with q from 0 to 100."),
     Doc("print(tensor.arange(11):percentile(90)) --> 9.0")},
    {"cov", CovMethod, "tensor:cov([ddof [, out]]) -> tensor | number",
     "self: {variables, observations}, or the observations of one variable",
     Doc("The covariance of each pair of rows: the mean product of deviations from the rows' "
         "means, divided by the number of observations less ddof (1 unless given). Two passes in "
         "double, rounded once; integers give float32. Raises when there are too few."),
     Doc("print(tensor.new{{1, 2, 3}, {6, 4, 2}}:cov():at(1, 2)) --> -2.0\n"
         "print(tensor.new{1, 3}:cov()) --> 2.0")},
    {"corrcoef", CorrcoefMethod, "tensor:corrcoef([out]) -> tensor | number",
     "self: {variables, observations}, or the observations of one variable",
     Doc("Pearson's correlation of each pair of rows, from -1 to 1; NaN for a row without "
         "variation. In double, rounded once; integers give float32."),
     Doc("print(tensor.new{{1, 2, 3}, {6, 4, 2}}:corrcoef():at(1, 2)) --> -1.0")},
    {"histogram", HistogramMethod,
     "tensor:histogram([bins [, range]]) -> counts: tensor, edges: tensor",
     "bins: 1 to 2^30, 10 unless given, or a vector of increasing edges; range: {low, high}",
     Doc("How many elements lie in each bin (int64), and the bins' edges, one more: evenly spaced "
         "over the range, which is that of the elements unless given. A bin has its left edge, "
         "the last also its right one; elements outside and NaN are not counted. Counts go by "
         "the edges as they are returned: float32, for 32-bit integers and more float64. Raises "
         "when the elements are not finite and no range is given."),
     Doc("local counts, edges = tensor.new{1, 2, 2, 4}:histogram(3)\n"
         "print(counts[2], edges[2]) --> 2\t2.0")},
    {"unique", UniqueMethod, "tensor:unique([what, ...]) -> tensor, ...",
     "what: \"counts\", \"inverse\", \"first\"; int32 tensors",
     Doc("The values that occur, each once, in ascending order, NaN last. For each name given one "
         "more tensor: \"counts\" tells how often each value occurs, \"inverse\", of the "
         "tensor's own shape, at which position of the result each element's value stands, "
         "\"first\" the row-major position where a value is met first."),
     Doc("local values, counts = tensor.new{3, 1, 3}:unique(\"counts\")\n"
         "print(values[2], counts[2]) --> 3.0\t2")},
};

}  // namespace

const std::span<const Entry> kTensorStatsMethods = kTensorStatsTable;

}  // namespace moonlet
