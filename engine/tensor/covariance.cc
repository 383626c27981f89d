#include "engine/tensor/covariance.h"

#include <algorithm>
#include <cmath>

#include "engine/tensor/chunk.h"
#include "engine/tensor/doubles.h"
#include "engine/tensor/scratch.h"
#include "engine/tensor/strided.h"
#include "engine/tensor/view.h"

namespace moonlet {
namespace {

// Calls take(a, b, n) with pieces of two rows of one length, in order.
template <typename Take>
Status ForPairs(const Tensor& a, const Tensor& b, const StopToken& stop, Take take) {
  double left[kChunk];
  double right[kChunk];
  const auto at = [](const Tensor& t, Index i) {
    return static_cast<const uint8_t*>(t.data) +
           i * t.strides[0] * static_cast<Index>(SizeOf(t.dtype));
  };
  return ForEachPiece(a.dim(0), stop, [&](Index first, Index end) {
    for (Index i = first; i < end; i += kChunk) {
      const Index n = std::min(kChunk, end - i);
      LoadDoubles(at(a, i), a.dtype, a.strides[0], n, left);
      LoadDoubles(at(b, i), b.dtype, b.strides[0], n, right);
      take(left, right, n);
    }
  });
}

Status Mean(const Tensor& row, const StopToken& stop, double* mean) {
  double sum = 0;
  Status s = ForPairs(row, row, stop, [&](const double* x, const double*, Index n) {
    for (Index i = 0; i < n; ++i) sum += x[i];
  });
  *mean = sum / static_cast<double>(row.dim(0));
  return s;
}

// Means of the rows, and their deviations where wanted.
struct RowMoments {
  double* mean;
  double* deviation;
};

Status Comoment(const Tensor& x, const RowMoments& rows, Index i, Index j, const StopToken& stop,
                double* sum) {
  const double mean_i = rows.mean[i];
  const double mean_j = rows.mean[j];
  double total = 0;
  Status s = ForPairs(Select(x, 0, i), Select(x, 0, j), stop,
                      [&](const double* a, const double* b, Index n) {
                        for (Index k = 0; k < n; ++k) total += (a[k] - mean_i) * (b[k] - mean_j);
                      });
  *sum = total;
  return s;
}

void StoreBoth(const Tensor& out, Index i, Index j, double value) {
  StoreDoubles(&value, out.dtype, 1, 1, Select(Select(out, 0, i), 0, j).data);
  StoreDoubles(&value, out.dtype, 1, 1, Select(Select(out, 0, j), 0, i).data);
}

Status CheckObservations(const Tensor& x, double ddof) {
  if (static_cast<double>(x.dim(1)) > ddof) return {};
  return Status::Invalid("%lld observations are too few for ddof %g",
                         static_cast<long long>(x.dim(1)), ddof);
}

Status Means(const Tensor& x, const StopToken& stop, double* means) {
  for (Index i = 0; i < x.dim(0); ++i)
    if (Status s = Mean(Select(x, 0, i), stop, &means[i]); !s.ok()) return s;
  return {};
}

}  // namespace

Status Covariance(const Tensor& x, double ddof, const Tensor& out, Allocator& memory,
                  const StopToken& stop) noexcept {
  if (Status s = CheckObservations(x, ddof); !s.ok()) return s;
  const Index variables = x.dim(0);
  ScratchDoubles scratch(memory, static_cast<uint64_t>(variables));
  if (!scratch.ok()) return scratch.Refusal();
  const RowMoments rows = {scratch.Take(variables), nullptr};
  if (Status s = Means(x, stop, rows.mean); !s.ok()) return s;
  const double divisor = static_cast<double>(x.dim(1)) - ddof;
  for (Index i = 0; i < variables; ++i) {
    for (Index j = 0; j <= i; ++j) {
      double sum;
      if (Status s = Comoment(x, rows, i, j, stop, &sum); !s.ok()) return s;
      StoreBoth(out, i, j, sum / divisor);
    }
  }
  return {};
}

Status Correlation(const Tensor& x, const Tensor& out, Allocator& memory,
                   const StopToken& stop) noexcept {
  if (Status s = CheckObservations(x, 0); !s.ok()) return s;
  const Index variables = x.dim(0);
  ScratchDoubles scratch(memory, 2 * static_cast<uint64_t>(variables));
  if (!scratch.ok()) return scratch.Refusal();
  const RowMoments rows = {scratch.Take(variables), scratch.Take(variables)};
  if (Status s = Means(x, stop, rows.mean); !s.ok()) return s;
  for (Index i = 0; i < variables; ++i) {
    double sum;
    if (Status s = Comoment(x, rows, i, i, stop, &sum); !s.ok()) return s;
    rows.deviation[i] = std::sqrt(sum);
    for (Index j = 0; j <= i; ++j) {
      if (Status s = Comoment(x, rows, i, j, stop, &sum); !s.ok()) return s;
      const double r = sum / rows.deviation[i] / rows.deviation[j];
      StoreBoth(out, i, j, r > 1 ? 1 : r < -1 ? -1 : r);  // NaN stays
    }
  }
  return {};
}

}  // namespace moonlet
