#include "engine/tensor/reduce.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <type_traits>

#include "engine/base/float_mode.h"
#include "engine/kernels/float_bits.h"
#include "engine/kernels/float_kernels.h"
#include "engine/tensor/chunk.h"
#include "engine/tensor/strided.h"

namespace moonlet {
namespace {

static_assert(kChunk % kLanes == 0);
constexpr Index kLaneRow = static_cast<Index>(kLanes);

// The result of one reduction, in whichever of the two its dtype needs.
struct Result {
  double number = 0;
  int64_t integer = 0;
};

// Gives the elements of x, in row-major order and as C, to take(elements, n): n is a
// multiple of 16 in all calls but the last.
template <typename C, typename Take>
Status FeedLanes(const Tensor& x, const StopToken& stop, Take take) {
  C buffer[kChunk];
  Index used = 0;
  Status s = ForEachRun({&x}, stop, [&](const StridedRun& run) {
    Index i = 0;
    while (i < run.n) {
      const uint8_t* from = run.data[0] + i * run.step[0] * static_cast<Index>(SizeOf(x.dtype));
      const Index direct = (run.n - i) / kLaneRow * kLaneRow;
      if (used == 0 && direct > 0 && run.step[0] == 1 && x.dtype == DTypeOf<C>()) {
        take(reinterpret_cast<const C*>(from), static_cast<size_t>(direct));
        i += direct;
        continue;
      }
      const Index n = std::min(kChunk - used, run.n - i);
      LoadChunk(from, x.dtype, run.step[0], n, buffer + used);
      used += n;
      i += n;
      if (used < kChunk) continue;
      take(buffer, static_cast<size_t>(kChunk));
      used = 0;
    }
  });
  if (used > 0) take(buffer, static_cast<size_t>(used));
  return s;
}

template <typename C>
Status SumLanes(const Tensor& x, const StopToken& stop, C* sum) {
  const FloatKernels<C>& kernels = Kernels<C>();
  C lanes[kLanes] = {};
  Status s = FeedLanes<C>(x, stop, [&](const C* from, size_t n) { kernels.add(lanes, from, n); });
  *sum = kernels.sum_lanes(lanes);
  return s;
}

template <typename C>
Status SumSquares(const Tensor& x, const StopToken& stop, C* sum) {
  const FloatKernels<C>& kernels = Kernels<C>();
  C lanes[kLanes] = {};
  Status s = FeedLanes<C>(
      x, stop, [&](const C* from, size_t n) { kernels.add_products(lanes, from, from, n); });
  *sum = kernels.sum_lanes(lanes);
  return s;
}

template <typename C>
Status SumDeviations(const Tensor& x, C centre, const StopToken& stop, C* sum) {
  const FloatKernels<C>& kernels = Kernels<C>();
  C lanes[kLanes] = {};
  Status s = FeedLanes<C>(
      x, stop, [&](const C* from, size_t n) { kernels.add_deviations(lanes, from, centre, n); });
  *sum = kernels.sum_lanes(lanes);
  return s;
}

template <typename C>
Status Multiply(const Tensor& x, const StopToken& stop, C* product) {
  const FloatKernels<C>& kernels = Kernels<C>();
  C lanes[kLanes];
  std::fill_n(lanes, kLanes, C{1});
  Status s =
      FeedLanes<C>(x, stop, [&](const C* from, size_t n) { kernels.multiply(lanes, from, n); });
  *product = kernels.multiply_lanes(lanes);
  return s;
}

template <typename C>
Status Extreme(bool least, const Tensor& x, const StopToken& stop, C* extreme) {
  const FloatKernels<C>& kernels = Kernels<C>();
  const auto take = least ? kernels.take_min : kernels.take_max;
  constexpr C kInfinity = std::numeric_limits<C>::infinity();
  C lanes[kLanes];
  std::fill_n(lanes, kLanes, least ? kInfinity : -kInfinity);
  bool nan = false;
  Status s = FeedLanes<C>(x, stop, [&](const C* from, size_t n) { nan |= take(lanes, from, n); });
  *extreme = nan ? std::numeric_limits<C>::quiet_NaN()
                 : Flushed((least ? kernels.min_lanes : kernels.max_lanes)(lanes));
  return s;
}

// Calls body(element, row-major position) in order, with the elements as C.
template <typename C, typename Body>
Status ForElements(const Tensor& x, const StopToken& stop, Body body) {
  ChunkReader<C> reader(x.dtype);
  return ForEachRun({&x}, stop, [&](const StridedRun& run) {
    ForEachChunk(run.n, [&](Index first, Index n) {
      const C* from = reader.Read(run.at(0, first, x.dtype), run.step[0], n);
      for (Index i = 0; i < n; ++i) body(from[i], run.first + first + i);
    });
  });
}

// The first extreme, or the first NaN. Position 0 when there is no element.
template <typename T>
Status ArgExtreme(bool least, const Tensor& x, const StopToken& stop, int64_t* position) {
  T best{};
  *position = 0;
  return ForElements<T>(x, stop, [&, least](T value, Index at) {
    if (*position != 0) {
      if (best != best) return;
      if (!(least ? value < best : value > best) && value == value) return;
    }
    best = value;
    *position = at + 1;
  });
}

template <typename T>
Status CountNonZero(const Tensor& x, const StopToken& stop, Index* count) {
  *count = 0;
  return ForElements<T>(x, stop, [count](T value, Index) { *count += value != T{} ? 1 : 0; });
}

template <typename C>
Status FloatRow(ReduceOp op, const Tensor& x, const StopToken& stop, C* result) {
  const C n = static_cast<C>(x.size());
  switch (op) {
    case ReduceOp::kSum:
      return SumLanes(x, stop, result);
    case ReduceOp::kProduct:
      return Multiply(x, stop, result);
    case ReduceOp::kMin:
      return Extreme(true, x, stop, result);
    case ReduceOp::kMax:
      return Extreme(false, x, stop, result);
    case ReduceOp::kNorm: {
      Status s = SumSquares(x, stop, result);
      *result = std::sqrt(*result);
      return s;
    }
    default:
      break;
  }
  // Mean, variance and deviation.
  Status s = SumLanes(x, stop, result);
  *result /= n;
  if (op == ReduceOp::kMean || !s.ok()) return s;
  s = SumDeviations(x, *result, stop, result);
  *result /= n;
  if (op == ReduceOp::kDeviation) *result = std::sqrt(*result);
  return s;
}

// Means and the like of integers: the sum exactly, what follows in double.
Status IntegerMoment(ReduceOp op, const Tensor& x, int64_t sum, const StopToken& stop,
                     double* result) {
  const double n = static_cast<double>(x.size());
  const double mean = static_cast<double>(sum) / n;
  Status s;
  if (op == ReduceOp::kNorm) {
    s = SumSquares(x, stop, result);
  } else if (op != ReduceOp::kMean) {
    s = SumDeviations(x, mean, stop, result);
    *result /= n;
  } else {
    *result = mean;
  }
  if (op == ReduceOp::kNorm || op == ReduceOp::kDeviation) *result = std::sqrt(*result);
  return s;
}

Status IntegerRow(ReduceOp op, const Tensor& x, const StopToken& stop, Result* result) {
  if (op == ReduceOp::kMin || op == ReduceOp::kMax) {
    using Limits = std::numeric_limits<int64_t>;
    const bool least = op == ReduceOp::kMin;
    result->integer = least ? Limits::max() : Limits::min();
    return ForElements<int64_t>(x, stop, [best = &result->integer, least](int64_t value, Index) {
      if (least ? value < *best : value > *best) *best = value;
    });
  }
  uint64_t total = op == ReduceOp::kProduct ? 1 : 0;
  Status s = ForElements<int64_t>(x, stop, [&total, op](int64_t value, Index) {
    const auto wide = static_cast<uint64_t>(value);
    total = op == ReduceOp::kProduct ? total * wide : total + wide;
  });
  result->integer = static_cast<int64_t>(total);
  if (op == ReduceOp::kSum || op == ReduceOp::kProduct || !s.ok()) return s;
  return IntegerMoment(op, x, result->integer, stop, &result->number);
}

// T is float, double or, for all integers, int64_t. Out of line: callers hold a
// FlushDenormals across the call for float32.
template <typename T>
[[gnu::noinline]] Status ReduceRow(ReduceOp op, const Tensor& x, const StopToken& stop,
                                   Result* result) {
  switch (op) {
    case ReduceOp::kArgMin:
    case ReduceOp::kArgMax:
      return ArgExtreme<T>(op == ReduceOp::kArgMin, x, stop, &result->integer);
    case ReduceOp::kAny:
    case ReduceOp::kAll: {
      Index count;
      Status s = CountNonZero<T>(x, stop, &count);
      result->integer = op == ReduceOp::kAny ? count > 0 : count == x.size();
      return s;
    }
    default:
      break;
  }
  if constexpr (std::is_floating_point_v<T>) {
    T value;
    Status s = FloatRow(op, x, stop, &value);
    result->number = static_cast<double>(value);
    return s;
  } else {
    return IntegerRow(op, x, stop, result);
  }
}

Status ReduceRow(ReduceOp op, const Tensor& x, const StopToken& stop, Result* result) {
  if (x.dtype == DType::kFloat64) return ReduceRow<double>(op, x, stop, result);
  if (x.dtype != DType::kFloat32) return ReduceRow<int64_t>(op, x, stop, result);
  const FlushDenormals flush;
  return ReduceRow<float>(op, x, stop, result);
}

Status ReduceOne(ReduceOp op, const Tensor& x, DType dtype, void* to, const StopToken& stop) {
  Result result;
  if (Status s = ReduceRow(op, x, stop, &result); !s.ok()) return s;
  if (IsFloat(dtype)) {
    StoreChunk(&result.number, dtype, 1, 1, to);
  } else {
    StoreChunk(&result.integer, dtype, 1, 1, to);
  }
  return {};
}

// The first element of every row along `axis`, which may have none.
Tensor WithoutAxis(const Tensor& t, int axis) {
  Tensor heads = t;
  heads.shape = ReducedShape(t.shape, axis);
  std::copy(t.strides + axis + 1, t.strides + t.rank(), heads.strides + axis);
  return heads;
}

bool NeedsElements(ReduceOp op) {
  return op == ReduceOp::kMin || op == ReduceOp::kMax || op == ReduceOp::kArgMin ||
         op == ReduceOp::kArgMax;
}

}  // namespace

DType ResultOf(ReduceOp op, DType dtype) {
  switch (op) {
    case ReduceOp::kSum:
    case ReduceOp::kProduct:
      return IsFloat(dtype) ? dtype : DType::kInt64;
    case ReduceOp::kMean:
    case ReduceOp::kVariance:
    case ReduceOp::kDeviation:
    case ReduceOp::kNorm:
      return IsFloat(dtype) ? dtype : DType::kFloat32;
    case ReduceOp::kMin:
    case ReduceOp::kMax:
      break;
    case ReduceOp::kArgMin:
    case ReduceOp::kArgMax:
      return DType::kInt32;
    case ReduceOp::kAny:
    case ReduceOp::kAll:
      return DType::kBool;
  }
  return dtype;
}

Shape ReducedShape(const Shape& shape, int axis) {
  Shape reduced;
  for (int i = 0; axis != kAllAxes && i < shape.rank; ++i)
    if (i != axis) reduced.dims[reduced.rank++] = shape.dims[i];
  return reduced;
}

Status Reduce(ReduceOp op, const Tensor& x, int axis, const Tensor& out,
              const StopToken& stop) noexcept {
  const Index length = axis == kAllAxes ? x.size() : x.dim(axis);
  if (length == 0 && out.size() > 0 && NeedsElements(op))
    return Status::Invalid("no elements to choose from");
  if (axis == kAllAxes) return ReduceOne(op, x, out.dtype, out.data, stop);

  Tensor row;
  row.dtype = x.dtype;
  row.shape.rank = 1;
  row.shape.dims[0] = length;
  row.strides[0] = x.strides[axis];
  const Tensor heads = WithoutAxis(x, axis);
  const auto size = static_cast<Index>(SizeOf(x.dtype));
  const auto out_size = static_cast<Index>(SizeOf(out.dtype));
  StridedWalk walk({&heads, &out});
  for (StridedRun run; walk.Next(&run);) {
    for (Index i = 0; i < run.n; ++i) {
      row.data = run.data[0] + i * run.step[0] * size;
      void* to = run.data[1] + i * run.step[1] * out_size;
      if (Status s = ReduceOne(op, row, out.dtype, to, stop); !s.ok()) return s;
      if (stop.raised()) return Status::Stopped();
    }
  }
  return {};
}

}  // namespace moonlet
