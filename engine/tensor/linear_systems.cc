#include "engine/tensor/linear_systems.h"

#include <algorithm>

#include "engine/tensor/broadcast.h"
#include "engine/tensor/cholesky.h"
#include "engine/tensor/doubles.h"
#include "engine/tensor/lu.h"
#include "engine/tensor/matrix_walk.h"
#include "engine/tensor/scratch.h"
#include "engine/tensor/view.h"

namespace moonlet {
namespace {

// Solves a x = b, n x n and n x k, in place of both.
Status SolveInPlace(double* a, Index n, double* b, Index k, const StopToken& stop) {
  LuResult result;
  if (Status s = Eliminate(a, n, b, k, stop, &result); !s.ok()) return s;
  if (result.singular) return Status::Invalid("the matrix is singular");
  return BackSubstitute(a, n, b, k, stop);
}

uint64_t Entries(Index rows, Index columns) {
  return static_cast<uint64_t>(rows) * static_cast<uint64_t>(columns);
}

}  // namespace

Status CheckSquare(const Shape& shape) {
  if (shape.rank >= 2 && shape.dims[shape.rank - 1] == shape.dims[shape.rank - 2]) return {};
  return Status::Invalid("square matrices expected, got shape %s", TextOf(shape).text);
}

Status Det(const Tensor& a, const Tensor& out, Allocator& memory, const StopToken& stop) noexcept {
  if (out.size() == 0) return {};
  const Index n = a.dim(a.rank() - 1);
  ScratchDoubles scratch(memory, Entries(n, n));
  if (!scratch.ok()) return scratch.Refusal();
  double* matrix = scratch.Take(n * n);
  return ForEachMatrix(out.shape, {{&a, 2}, {&out, 0}}, stop, [&](const Tensor* parts) {
    if (Status loaded = LoadMatrix(parts[0], stop, matrix); !loaded.ok()) return loaded;
    LuResult result;
    if (Status s = Eliminate(matrix, n, nullptr, 0, stop, &result); !s.ok()) return s;
    double det = result.singular ? 0 : result.sign;
    for (Index i = 0; i < n && !result.singular; ++i) det *= matrix[i * n + i];
    StoreDoubles(&det, out.dtype, 1, 1, parts[1].data);
    return Status();
  });
}

Status Inv(const Tensor& a, const Tensor& out, Allocator& memory, const StopToken& stop) noexcept {
  if (out.size() == 0) return {};
  const Index n = a.dim(a.rank() - 1);
  ScratchDoubles scratch(memory, 2 * Entries(n, n));
  if (!scratch.ok()) return scratch.Refusal();
  double* matrix = scratch.Take(n * n);
  double* inverse = scratch.Take(n * n);
  return ForEachMatrix(HeadsOf(a.shape, 2), {{&a, 2}, {&out, 2}}, stop, [&](const Tensor* parts) {
    if (Status loaded = LoadMatrix(parts[0], stop, matrix); !loaded.ok()) return loaded;
    std::fill_n(inverse, n * n, 0.0);
    for (Index i = 0; i < n; ++i) inverse[i * n + i] = 1;
    if (Status s = SolveInPlace(matrix, n, inverse, n, stop); !s.ok()) return s;
    return StoreMatrix(inverse, parts[1], stop);
  });
}

Status Cholesky(const Tensor& a, const Tensor& out, Allocator& memory,
                const StopToken& stop) noexcept {
  if (out.size() == 0) return {};
  const Index n = a.dim(a.rank() - 1);
  ScratchDoubles scratch(memory, Entries(n, n));
  if (!scratch.ok()) return scratch.Refusal();
  double* matrix = scratch.Take(n * n);
  return ForEachMatrix(HeadsOf(a.shape, 2), {{&a, 2}, {&out, 2}}, stop, [&](const Tensor* parts) {
    if (Status loaded = LoadMatrix(parts[0], stop, matrix); !loaded.ok()) return loaded;
    if (Status s = FactorCholesky(matrix, n, stop); !s.ok()) return s;
    return StoreMatrix(matrix, parts[1], stop);
  });
}

Status SolveShape(const Shape& a, const Shape& b, Shape* shape) {
  if (Status s = CheckSquare(a); !s.ok()) return s;
  const Index n = a.dims[a.rank - 1];
  const int part = b.rank == 1 ? 1 : 2;
  if (b.rank == 0 || b.dims[b.rank - part] != n) {
    return Status::Invalid("shapes %s and %s do not go together: %lld rows of b expected",
                           TextOf(a).text, TextOf(b).text, static_cast<long long>(n));
  }
  Shape heads;
  if (Status s = BroadcastShapes(HeadsOf(a, 2), HeadsOf(b, part), &heads); !s.ok()) return s;
  *shape = part == 1 ? WithPart(heads, {n}) : WithPart(heads, {n, b.dims[b.rank - 1]});
  int64_t dims[kMaxRank];
  std::copy_n(shape->dims, shape->rank, dims);
  if (!ShapeFrom({dims, static_cast<size_t>(shape->rank)}, DType::kFloat64, shape))
    return Status::Invalid("the solution has more elements than can be counted");
  return {};
}

Status Solve(const Tensor& a, const Tensor& b, const Tensor& out, Allocator& memory,
             const StopToken& stop) noexcept {
  if (out.size() == 0) return {};
  if (b.rank() == 1) {  // a column
    return Solve(a, Unsqueeze(b, 1), Unsqueeze(out, out.rank()), memory, stop);
  }
  const Index n = a.dim(a.rank() - 1);
  const Index k = b.dim(b.rank() - 1);
  ScratchDoubles scratch(memory, Entries(n, n) + Entries(n, k));
  if (!scratch.ok()) return scratch.Refusal();
  double* matrix = scratch.Take(n * n);
  double* x = scratch.Take(n * k);
  const Shape heads = HeadsOf(out.shape, 2);
  return ForEachMatrix(heads, {{&a, 2}, {&b, 2}, {&out, 2}}, stop, [&](const Tensor* parts) {
    if (Status loaded = LoadMatrix(parts[0], stop, matrix); !loaded.ok()) return loaded;
    if (Status loaded = LoadMatrix(parts[1], stop, x); !loaded.ok()) return loaded;
    if (Status s = SolveInPlace(matrix, n, x, k, stop); !s.ok()) return s;
    return StoreMatrix(x, parts[2], stop);
  });
}

}  // namespace moonlet
