#include "engine/tensor/histogram.h"

#include <algorithm>
#include <cmath>

#include "engine/tensor/chunk.h"
#include "engine/tensor/doubles.h"
#include "engine/tensor/reduce.h"
#include "engine/tensor/strided.h"

namespace moonlet {
namespace {

Status ExtremeOf(ReduceOp op, const Tensor& x, const StopToken& stop, double* value) {
  alignas(8) uint8_t element[8];
  if (Status s = Reduce(op, x, kAllAxes, RowMajor(element, x.dtype, {}), stop); !s.ok()) return s;
  LoadDoubles(element, x.dtype, 1, 1, value);
  return {};
}

// Whether body(edge i, edge i + 1) holds for all of them.
template <typename Body>
Status AllNeighbours(const Tensor& edges, const StopToken& stop, bool* all, Body body) {
  *all = true;
  double before = 0;
  return ForEachRun({&edges}, stop, [&](const StridedRun& run) {
    const auto step = run.step[0] * static_cast<Index>(SizeOf(edges.dtype));
    for (Index i = 0; i < run.n; ++i) {
      double edge;
      LoadDoubles(run.data[0] + i * step, edges.dtype, 1, 1, &edge);
      if (run.first + i > 0) *all &= body(before, edge);
      before = edge;
    }
  });
}

// Where x belongs: `bins` when nowhere.
template <typename T>
Index BinOf(double x, const T* edges, Index bins) {
  if (!(x >= static_cast<double>(edges[0]) && x <= static_cast<double>(edges[bins]))) return bins;
  const T* above = std::upper_bound(edges, edges + bins + 1, x, [](double value, T edge) {
    return value < static_cast<double>(edge);
  });
  return std::min<Index>(above - edges, bins) - 1;
}

template <typename T>
Status CountBins(const Tensor& x, const T* edges, int64_t* counts, Index bins,
                 const StopToken& stop) {
  double chunk[kChunk];
  const auto size = static_cast<Index>(SizeOf(x.dtype));
  return ForEachRun({&x}, stop, [&](const StridedRun& run) {
    for (Index i = 0; i < run.n; i += kChunk) {
      const Index n = std::min(kChunk, run.n - i);
      LoadDoubles(run.data[0] + i * run.step[0] * size, x.dtype, run.step[0], n, chunk);
      for (Index k = 0; k < n; ++k) {
        const Index bin = BinOf(chunk[k], edges, bins);
        if (bin < bins) ++counts[bin];
      }
    }
  });
}

}  // namespace

Status HistogramRange(const Tensor& x, const StopToken& stop, double* low, double* high) noexcept {
  *low = 0;
  *high = 1;
  if (x.size() == 0) return {};
  if (Status s = ExtremeOf(ReduceOp::kMin, x, stop, low); !s.ok()) return s;
  if (Status s = ExtremeOf(ReduceOp::kMax, x, stop, high); !s.ok()) return s;
  if (!std::isfinite(*low) || !std::isfinite(*high))
    return Status::Invalid("the elements range from %g to %g; give a finite range", *low, *high);
  return {};
}

Status FillEdges(double low, double high, const Tensor& edges, const StopToken& stop) noexcept {
  if (low == high) {
    low -= 0.5;
    high += 0.5;
  }
  const Index bins = edges.dim(0) - 1;
  const double width = high - low;
  const auto step = edges.strides[0] * static_cast<Index>(SizeOf(edges.dtype));
  Status s = ForEachPiece(bins + 1, stop, [&](Index first, Index end) {
    for (Index i = first; i < end; ++i) {
      const double part = static_cast<double>(i) / static_cast<double>(bins);
      const double edge = i == bins ? high : low + width * part;
      StoreDoubles(&edge, edges.dtype, 1, 1, static_cast<uint8_t*>(edges.data) + i * step);
    }
  });
  if (!s.ok()) return s;
  bool increasing;
  s = AllNeighbours(edges, stop, &increasing, [](double a, double b) { return a < b; });
  if (!s.ok() || increasing) return s;
  return Status::Invalid("%lld bins from %g to %g are too narrow for %s",
                         static_cast<long long>(bins), low, high, NameOf(edges.dtype));
}

Status CheckEdges(const Tensor& edges, const StopToken& stop) noexcept {
  bool increasing;
  Status s = AllNeighbours(edges, stop, &increasing, [](double a, double b) { return a <= b; });
  if (!s.ok() || increasing) return s;
  return Status::Invalid("edges must increase");
}

Status Histogram(const Tensor& x, const Tensor& edges, const Tensor& counts,
                 const StopToken& stop) noexcept {
  assert(edges.contiguous() && counts.contiguous() && counts.dim(0) == edges.dim(0) - 1);
  auto* count = counts.as<int64_t>();
  const Index bins = counts.dim(0);
  std::fill_n(count, bins, int64_t{0});
  if (edges.dtype == DType::kFloat64) return CountBins(x, edges.as<double>(), count, bins, stop);
  return CountBins(x, edges.as<float>(), count, bins, stop);
}

}  // namespace moonlet
