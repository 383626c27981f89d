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

constexpr Index kPiece = 32;    // elements of a row on the stack
constexpr Index kTogether = 4;  // rows whose sums run side by side, as each waits for its last term

// Elements of row i from `first` on, less `centre`.
void LoadRow(const Tensor& x, Index i, Index first, Index n, double centre, double* to) {
  const Index offset = i * x.strides[0] + first * x.strides[1];
  const auto* from =
      static_cast<const uint8_t*>(x.data) + offset * static_cast<Index>(SizeOf(x.dtype));
  LoadDoubles(from, x.dtype, x.strides[1], n, to);
  for (Index k = 0; k < n; ++k) to[k] -= centre;
}

// Calls take(first, n) for pieces of a row, in order.
template <typename Take>
Status ForPieces(const Tensor& x, const StopToken& stop, Take take) {
  return ForEachPiece(x.dim(1), stop, [&](Index first, Index end) {
    for (Index at = first; at < end; at += kPiece) take(at, std::min(kPiece, end - at));
  });
}

Status Mean(const Tensor& x, Index i, const StopToken& stop, double* mean) {
  double row[kPiece], sum = 0;
  Status s = ForPieces(x, stop, [&](Index first, Index n) {
    LoadRow(x, i, first, n, 0, row);
    for (Index k = 0; k < n; ++k) sum += row[k];
  });
  *mean = sum / static_cast<double>(x.dim(1));
  return s;
}

// Means of the rows, and their deviations where wanted.
struct RowMoments {
  double* mean;
  double* deviation;
};

// The sums of the products of row i with `count` rows from j on, all less their means.
Status Comoments(const Tensor& x, const RowMoments& rows, Index i, Index j, Index count,
                 const StopToken& stop, double* sums) {
  double row[kPiece], others[kTogether][kPiece] = {};
  std::fill_n(sums, kTogether, 0.0);
  return ForPieces(x, stop, [&](Index first, Index n) {
    LoadRow(x, i, first, n, rows.mean[i], row);
    for (Index r = 0; r < count; ++r) LoadRow(x, j + r, first, n, rows.mean[j + r], others[r]);
    double s0 = sums[0], s1 = sums[1], s2 = sums[2], s3 = sums[3];
    for (Index k = 0; k < n; ++k) {
      s0 += row[k] * others[0][k];
      s1 += row[k] * others[1][k];
      s2 += row[k] * others[2][k];
      s3 += row[k] * others[3][k];
    }
    sums[0] = s0;
    sums[1] = s1;
    sums[2] = s2;
    sums[3] = s3;
  });
}

// Calls store(j, comoment of rows i and j) for j <= i.
template <typename Store>
Status EachComoment(const Tensor& x, const RowMoments& rows, Index i, const StopToken& stop,
                    Store store) {
  for (Index j = 0; j <= i; j += kTogether) {
    const Index count = std::min(kTogether, i + 1 - j);
    double sums[kTogether];
    if (Status s = Comoments(x, rows, i, j, count, stop, sums); !s.ok()) return s;
    for (Index r = 0; r < count; ++r) store(j + r, sums[r]);
  }
  return {};
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
    if (Status s = Mean(x, i, stop, &means[i]); !s.ok()) return s;
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
    if (Status s = EachComoment(x, rows, i, stop,
                                [&](Index j, double sum) { StoreBoth(out, i, j, sum / divisor); });
        !s.ok())
      return s;
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
    double sums[kTogether];
    if (Status s = Comoments(x, rows, i, i, 1, stop, sums); !s.ok()) return s;
    rows.deviation[i] = std::sqrt(sums[0]);
    const auto store = [&](Index j, double sum) {
      const double r = sum / rows.deviation[i] / rows.deviation[j];
      StoreBoth(out, i, j, r > 1 ? 1 : r < -1 ? -1 : r);  // NaN stays
    };
    if (Status s = EachComoment(x, rows, i, stop, store); !s.ok()) return s;
  }
  return {};
}

}  // namespace moonlet
