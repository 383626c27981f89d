#include "engine/tensor/interp.h"

#include <algorithm>

#include "engine/tensor/chunk.h"
#include "engine/tensor/doubles.h"
#include "engine/tensor/elementwise.h"
#include "engine/tensor/fill.h"
#include "engine/tensor/strided.h"
#include "engine/tensor/view.h"

namespace moonlet {
namespace {

double PolygonAt(double at, const Polygon& polygon) {
  const double* x = polygon.x->as<double>();
  const double* y = polygon.y->as<double>();
  const Index n = polygon.x->dim(0);
  if (at != at) return at;
  if (at < x[0]) return polygon.left;
  if (at > x[n - 1]) return polygon.right;
  const Index i = std::upper_bound(x, x + n, at) - x - 1;  // x[i] <= at, the last such
  // A point itself is exact, whatever lies beside it.
  if (i == n - 1 || x[i] == at) return y[i];
  const double slope = (y[i + 1] - y[i]) / (x[i + 1] - x[i]);
  double value = slope * (at - x[i]) + y[i];
  // Infinities can cancel on one side alone.
  if (value != value) value = slope * (at - x[i + 1]) + y[i + 1];
  return value != value && y[i] == y[i + 1] ? y[i] : value;
}

}  // namespace

Status CheckPolygon(const Polygon& polygon, const StopToken& stop) noexcept {
  if (polygon.x->dim(0) == 0) return Status::Invalid("no points to go through");
  const double* x = polygon.x->as<double>();
  Index wrong = 0;
  Status s = ForEachPiece(polygon.x->dim(0), stop, [&](Index first, Index end) {
    for (Index i = std::max<Index>(first, 1); i < end && wrong == 0; ++i)
      if (!(x[i - 1] <= x[i])) wrong = i;
  });
  if (!s.ok() || wrong == 0) return s;
  return Status::Invalid("xp must increase, %g is followed by %g", x[wrong - 1], x[wrong]);
}

Status Interpolate(const Tensor& x, const Polygon& polygon, const Tensor& out,
                   const StopToken& stop) noexcept {
  double chunk[kChunk];
  const auto x_size = static_cast<Index>(SizeOf(x.dtype));
  const auto out_size = static_cast<Index>(SizeOf(out.dtype));
  return ForEachRun({&x, &out}, stop, [&](const StridedRun& run) {
    for (Index i = 0; i < run.n; i += kChunk) {
      const Index n = std::min(kChunk, run.n - i);
      LoadDoubles(run.data[0] + i * run.step[0] * x_size, x.dtype, run.step[0], n, chunk);
      for (Index k = 0; k < n; ++k) chunk[k] = PolygonAt(chunk[k], polygon);
      StoreDoubles(chunk, out.dtype, run.step[1], n, run.data[1] + i * run.step[1] * out_size);
    }
  });
}

Status Polyval(const Tensor& p, const Tensor& x, const Tensor& out,
               const StopToken& stop) noexcept {
  const uint64_t zero = 0;
  if (Status s = Fill(out, &zero, stop); !s.ok()) return s;
  for (Index i = 0; i < p.dim(0); ++i) {
    if (stop.raised()) return Status::Stopped();
    if (Status s = Binary(BinaryOp::kMultiply, out, x, out, stop); !s.ok()) return s;
    if (Status s = Binary(BinaryOp::kAdd, out, Select(p, 0, i), out, stop); !s.ok()) return s;
  }
  return {};
}

}  // namespace moonlet
