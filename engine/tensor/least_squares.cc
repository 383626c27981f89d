#include "engine/tensor/least_squares.h"

#include <algorithm>
#include <cmath>

#include "engine/tensor/doubles.h"
#include "engine/tensor/scaling.h"
#include "engine/tensor/scratch.h"
#include "engine/tensor/strided.h"
#include "engine/tensor/svd.h"
#include "engine/tensor/view.h"

namespace moonlet {
namespace {

// a x = b in doubles: m x n, n x k, m x k. `a` lies as JacobiSvd takes it, by columns if m >= n.
struct LinearSystem {
  Index m, n, k;
  double* a;
  double* b;
  double* x;
  double* values;   // min(m, n)
  double* shorter;  // min(m, n) squared
  double scale = 1;
  Index rank = 0;

  bool tall() const { return m >= n; }
  Index least() const { return std::min(m, n); }
  double* at(Index i, Index j) const { return a + (tall() ? j * m + i : i * n + j); }
  static uint64_t Room(Index m, Index n, Index k) {
    const auto least = static_cast<uint64_t>(std::min(m, n));
    return least * static_cast<uint64_t>(std::max(m, n)) + least * least + least +
           static_cast<uint64_t>(k) * (static_cast<uint64_t>(m) + static_cast<uint64_t>(n));
  }
  LinearSystem(Index rows, Index columns, Index sides, ScratchDoubles* scratch)
      : m(rows),
        n(columns),
        k(sides),
        a(scratch->Take(m * n)),
        b(scratch->Take(m * k)),
        x(scratch->Take(n * k)),
        values(scratch->Take(least())),
        shorter(scratch->Take(least() * least())) {}
};

// x += right (left . b) / value, for the i-th singular value.
Status AddPart(const LinearSystem& system, Index i, const StopToken& stop) {
  const double* left = (system.tall() ? system.a : system.shorter) + i * system.m;
  const double* right = (system.tall() ? system.shorter : system.a) + i * system.n;
  for (Index column = 0; column < system.k; ++column) {
    if (stop.raised()) return Status::Stopped();
    double along = 0;
    for (Index row = 0; row < system.m; ++row)
      along += left[row] * system.b[row * system.k + column];
    along = along / system.values[i] / system.scale;
    for (Index row = 0; row < system.n; ++row)
      system.x[row * system.k + column] += right[row] * along;
  }
  return {};
}

Status SolveNearest(LinearSystem* system, double rcond, const StopToken& stop) {
  if (Status s = ScaleToUnit(system->a, system->m * system->n, stop, &system->scale); !s.ok())
    return s;
  Status s = JacobiSvd(system->a, std::max(system->m, system->n), system->least(), system->values,
                       system->shorter, stop);
  if (!s.ok()) return s;
  std::fill_n(system->x, system->n * system->k, 0.0);
  for (Index i = 0; i < system->least(); ++i) {
    if (!(system->values[i] > std::max(rcond, 0.0) * system->values[0])) break;
    if (Status added = AddPart(*system, i, stop); !added.ok()) return added;
    ++system->rank;
  }
  return {};
}

Tensor AsColumns(const Tensor& t) { return t.rank() == 1 ? Unsqueeze(t, 1) : t; }

// The squared length of b - a x, column by column.
Status Residuals(const Tensor& a, const LinearSystem& system, double* row, double* sums,
                 const StopToken& stop) {
  std::fill_n(sums, system.k, 0.0);
  if (system.k == 0) return {};  // {2^40, 0} has many empty rows
  for (Index i = 0; i < system.m; ++i) {
    if (stop.raised()) return Status::Stopped();
    LoadDoubles(Select(a, 0, i).data, a.dtype, a.strides[1], system.n, row);
    for (Index column = 0; column < system.k; ++column) {
      double rest = system.b[i * system.k + column];
      for (Index j = 0; j < system.n; ++j) rest -= row[j] * system.x[j * system.k + column];
      sums[column] += rest * rest;
    }
  }
  return {};
}

// One power after the other, from the last column on, each then of length 1.
Status FillPowers(const Tensor& x, LinearSystem* system, double* lengths, const StopToken& stop) {
  for (Index j = system->n - 1; j >= 0; --j) {
    if (stop.raised()) return Status::Stopped();
    double sum = 0;
    for (Index i = 0; i < system->m; ++i) {
      double at;
      LoadDoubles(Select(x, 0, i).data, x.dtype, 1, 1, &at);
      const double power = j == system->n - 1 ? 1 : *system->at(i, j + 1) * at;
      *system->at(i, j) = power;
      sum += power * power;
    }
    lengths[j] = sum > 0 ? std::sqrt(sum) : 1;
  }
  return ForEachPiece(system->m, stop, [&](Index first, Index end) {
    for (Index i = first; i < end; ++i)
      for (Index j = 0; j < system->n; ++j) *system->at(i, j) /= lengths[j];
  });
}

}  // namespace

Status Lstsq(const Tensor& a, const Tensor& b, double rcond, LstsqResult* result, Allocator& memory,
             const StopToken& stop) noexcept {
  const Tensor columns = AsColumns(b);
  const Index m = a.dim(0);
  const Index n = a.dim(1);
  const Index k = columns.dim(1);
  ScratchDoubles scratch(
      memory, LinearSystem::Room(m, n, k) + static_cast<uint64_t>(n) + static_cast<uint64_t>(k));
  if (!scratch.ok()) return scratch.Refusal();
  LinearSystem system(m, n, k, &scratch);
  Tensor layout = a;
  if (system.tall()) {
    const int order[] = {1, 0};
    layout = Permute(a, order);
  }
  if (Status loaded = LoadMatrix(layout, stop, system.a); !loaded.ok()) return loaded;
  if (Status loaded = LoadMatrix(columns, stop, system.b); !loaded.ok()) return loaded;
  if (Status s = SolveNearest(&system, rcond, stop); !s.ok()) return s;
  double* row = scratch.Take(n);
  double* sums = scratch.Take(k);
  if (Status s = Residuals(a, system, row, sums, stop); !s.ok()) return s;
  for (Index i = 0; i < system.least(); ++i) system.values[i] *= system.scale;
  if (Status stored = StoreMatrix(system.x, AsColumns(*result->x), stop); !stored.ok())
    return stored;
  StoreDoubles(sums, result->residuals->dtype, result->residuals->strides[0], k,
               result->residuals->data);
  StoreDoubles(system.values, result->s->dtype, result->s->strides[0], system.least(),
               result->s->data);
  result->rank = system.rank;
  return {};
}

Status Polyfit(const Tensor& x, const Tensor& y, double rcond, const Tensor& coefficients,
               Allocator& memory, const StopToken& stop) noexcept {
  const Tensor columns = AsColumns(y);
  const Tensor results = AsColumns(coefficients);
  const Index n = results.dim(0);
  const Index k = columns.dim(1);
  ScratchDoubles scratch(memory, LinearSystem::Room(x.dim(0), n, k) + static_cast<uint64_t>(n));
  if (!scratch.ok()) return scratch.Refusal();
  LinearSystem system(x.dim(0), n, k, &scratch);
  double* lengths = scratch.Take(n);
  if (Status s = FillPowers(x, &system, lengths, stop); !s.ok()) return s;
  if (Status loaded = LoadMatrix(columns, stop, system.b); !loaded.ok()) return loaded;
  if (Status s = SolveNearest(&system, rcond, stop); !s.ok()) return s;
  for (Index j = 0; j < n; ++j)
    for (Index column = 0; column < k; ++column) system.x[j * k + column] /= lengths[j];
  return StoreMatrix(system.x, results, stop);
}

}  // namespace moonlet
