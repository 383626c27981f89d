#include "engine/tensor/decompositions.h"

#include <algorithm>
#include <cmath>

#include "engine/tensor/doubles.h"
#include "engine/tensor/eigh.h"
#include "engine/tensor/matrix_walk.h"
#include "engine/tensor/qr.h"
#include "engine/tensor/scaling.h"
#include "engine/tensor/scratch.h"
#include "engine/tensor/svd.h"

namespace moonlet {
namespace {

uint64_t Area(Index rows, Index columns) {
  return static_cast<uint64_t>(rows) * static_cast<uint64_t>(columns);
}

Tensor Transposed(const Tensor& matrix) {
  Tensor t = matrix;
  std::swap(t.shape.dims[0], t.shape.dims[1]);
  std::swap(t.strides[0], t.strides[1]);
  return t;
}

void Multiply(double* elements, Index n, double factor) {
  for (Index i = 0; i < n; ++i) elements[i] *= factor;
}

// Whether the element of largest magnitude is negative.
bool PointsBack(const double* vector, Index n) {
  Index largest = 0;
  for (Index i = 1; i < n; ++i)
    if (std::fabs(vector[i]) > std::fabs(vector[largest])) largest = i;
  return vector[largest] < 0;
}

// Makes the diagonal of R positive, and R of what FactorQr left. q is m x columns.
void FinishQr(double* a, Index m, Index n, double scale, double* q, Index columns) {
  for (Index i = 0; i < m; ++i) std::fill_n(a + i * n, std::min(i, n), 0.0);
  for (Index i = 0; i < std::min(m, n); ++i) {
    if (!(a[i * n + i] < 0)) continue;
    Multiply(a + i * n + i, n - i, -1);
    for (Index row = 0; row < m && q != nullptr; ++row) q[row * columns + i] *= -1;
  }
  Multiply(a, m * n, scale);
}

// The two sets of singular vectors as rows: of the longer side's length and of the shorter's.
struct SingularRows {
  Index longer;
  Index shorter;
  double* long_rows;   // longer x longer, or shorter x longer
  double* short_rows;  // shorter x shorter
  double* values;
};

// From the matrix, or its transpose, in long_rows.
Status Decompose(const SingularRows& rows, Index count, const StopToken& stop, double* scale) {
  Status s = ScaleToUnit(rows.long_rows, rows.longer * rows.shorter, stop, scale);
  if (!s.ok()) return s;
  s = JacobiSvd(rows.long_rows, rows.longer, rows.shorter, rows.values, rows.short_rows, stop);
  if (!s.ok()) return s;
  Index known = 0;
  while (known < rows.shorter && rows.values[known] > 0) ++known;
  return CompleteBasis(rows.long_rows, known, count, rows.longer, stop);
}

}  // namespace

Status Qr(const Tensor& a, const Tensor* q, const Tensor& r, Allocator& memory,
          const StopToken& stop) noexcept {
  if (r.size() == 0 && (q == nullptr || q->size() == 0)) return {};
  const Index m = a.dim(a.rank() - 2);
  const Index n = a.dim(a.rank() - 1);
  const Index columns = q != nullptr ? q->dim(q->rank() - 1) : 0;
  const Index least = std::min(m, n);
  const Index width = std::max(n, columns);
  ScratchDoubles scratch(memory, Area(m, n) + Area(m, columns) + Area(2, width));
  if (!scratch.ok()) return scratch.Refusal();
  double* matrix = scratch.Take(m * n);
  double* orthogonal = q != nullptr ? scratch.Take(m * columns) : nullptr;
  double* tau = scratch.Take(least);
  double* work = scratch.Take(width);
  const Tensor& second = q != nullptr ? *q : r;
  const Shape heads = HeadsOf(a.shape, 2);
  return ForEachMatrix(heads, {{&a, 2}, {&r, 2}, {&second, 2}}, stop, [&](const Tensor* parts) {
    if (Status loaded = LoadMatrix(parts[0], stop, matrix); !loaded.ok()) return loaded;
    double scale;
    if (Status s = ScaleToUnit(matrix, m * n, stop, &scale); !s.ok()) return s;
    if (Status s = FactorQr(matrix, m, n, tau, work, stop); !s.ok()) return s;
    if (q != nullptr) {
      Status s = FormQ(matrix, m, n, tau, columns, orthogonal, work, stop);
      if (!s.ok()) return s;
    }
    FinishQr(matrix, m, n, scale, orthogonal, columns);
    if (Status stored = StoreMatrix(matrix, parts[1], stop); !stored.ok()) return stored;
    return q != nullptr ? StoreMatrix(orthogonal, parts[2], stop) : Status();
  });
}

Status Svd(const Tensor& a, const SvdParts& results, Allocator& memory,
           const StopToken& stop) noexcept {
  const Tensor& u = *results.u;
  const Tensor& vt = *results.vt;
  if (u.size() == 0 && vt.size() == 0) return {};
  const Index m = a.dim(a.rank() - 2);
  const Index n = a.dim(a.rank() - 1);
  const bool tall = m >= n;
  SingularRows rows = {std::max(m, n), std::min(m, n), nullptr, nullptr, nullptr};
  const Index count = tall ? u.dim(u.rank() - 1) : vt.dim(vt.rank() - 2);
  ScratchDoubles scratch(
      memory, Area(count, rows.longer) + Area(rows.shorter, rows.shorter) + Area(rows.shorter, 1));
  if (!scratch.ok()) return scratch.Refusal();
  rows.long_rows = scratch.Take(count * rows.longer);
  rows.short_rows = scratch.Take(rows.shorter * rows.shorter);
  rows.values = scratch.Take(rows.shorter);
  const MatrixOperand s = {results.s, 1};
  const Shape heads = HeadsOf(a.shape, 2);
  return ForEachMatrix(heads, {{&a, 2}, {&u, 2}, {&vt, 2}, s}, stop, [&](const Tensor* parts) {
    const Tensor matrix = tall ? Transposed(parts[0]) : parts[0];
    if (Status loaded = LoadMatrix(matrix, stop, rows.long_rows); !loaded.ok()) return loaded;
    double scale;
    if (Status status = Decompose(rows, count, stop, &scale); !status.ok()) return status;
    double* left = tall ? rows.long_rows : rows.short_rows;
    double* right = tall ? rows.short_rows : rows.long_rows;
    for (Index i = 0; i < rows.shorter; ++i) {
      if (!PointsBack(left + i * m, m)) continue;
      Multiply(left + i * m, m, -1);
      Multiply(right + i * n, n, -1);
    }
    Multiply(rows.values, rows.shorter, scale);
    StoreDoubles(rows.values, parts[3].dtype, parts[3].strides[0], rows.shorter, parts[3].data);
    if (Status stored = StoreMatrix(left, Transposed(parts[1]), stop); !stored.ok()) return stored;
    return StoreMatrix(right, parts[2], stop);
  });
}

Status Eigh(const Tensor& a, const Tensor& w, const Tensor& v, Allocator& memory,
            const StopToken& stop) noexcept {
  if (v.size() == 0) return {};
  const Index n = a.dim(a.rank() - 1);
  ScratchDoubles scratch(memory, 2 * Area(n, n) + Area(n, 1));
  if (!scratch.ok()) return scratch.Refusal();
  double* matrix = scratch.Take(n * n);
  double* vectors = scratch.Take(n * n);
  double* values = scratch.Take(n);
  const Shape heads = HeadsOf(a.shape, 2);
  return ForEachMatrix(heads, {{&a, 2}, {&v, 2}, {&w, 1}}, stop, [&](const Tensor* parts) {
    if (Status loaded = LoadMatrix(parts[0], stop, matrix); !loaded.ok()) return loaded;
    for (Index i = 0; i < n; ++i)
      for (Index j = 0; j < i; ++j) matrix[j * n + i] = matrix[i * n + j];
    double scale;
    if (Status s = ScaleToUnit(matrix, n * n, stop, &scale); !s.ok()) return s;
    if (Status s = JacobiEigh(matrix, n, values, vectors, stop); !s.ok()) return s;
    for (Index i = 0; i < n; ++i)
      if (PointsBack(vectors + i * n, n)) Multiply(vectors + i * n, n, -1);
    Multiply(values, n, scale);
    StoreDoubles(values, parts[2].dtype, parts[2].strides[0], n, parts[2].data);
    return StoreMatrix(vectors, Transposed(parts[1]), stop);
  });
}

}  // namespace moonlet
