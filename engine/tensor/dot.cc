#include "engine/tensor/dot.h"

#include <algorithm>
#include <type_traits>

#include "engine/base/float_mode.h"
#include "engine/kernels/float_kernels.h"
#include "engine/tensor/broadcast.h"
#include "engine/tensor/chunk.h"
#include "engine/tensor/promote.h"
#include "engine/tensor/strided.h"
#include "engine/tensor/view.h"

namespace moonlet {
namespace {

constexpr Index kSide = static_cast<Index>(kTile);
// Of the blocks that operands are copied to, on a stack that is short where pointers are.
constexpr Index kDepth = sizeof(void*) > 4 ? 128 : 32;

// A vector or matrix by address: elements `step` apart, rows `row` apart.
struct Strided {
  const uint8_t* data;
  DType dtype;
  Index row = 0;
  Index step = 0;

  const uint8_t* at(Index i, Index j) const {
    return data + (i * row + j * step) * static_cast<Index>(SizeOf(dtype));
  }
};

template <typename C>
bool Lies(const Strided& v) {
  return v.step == 1 && v.dtype == DTypeOf<C>();
}

template <typename C>
C DotVectors(const Strided& a, const Strided& b, Index n, const StopToken& stop) {
  constexpr bool kFloat = std::is_floating_point_v<C>;
  C lanes[kLanes] = {};
  ChunkReader<C> left(a.dtype);
  ChunkReader<C> right(b.dtype);
  const Index piece = Lies<C>(a) && Lies<C>(b) ? kMaxRun : kChunk;
  for (Index k = 0; k < n && !stop.raised(); k += piece) {
    const Index count = std::min(piece, n - k);
    const C* x = left.Read(a.at(0, k), a.step, count);
    const C* y = right.Read(b.at(0, k), b.step, count);
    if constexpr (kFloat) {
      Kernels<C>().add_products(lanes, x, y, static_cast<size_t>(count));
    } else {
      auto sum = static_cast<uint64_t>(lanes[0]);
      for (Index i = 0; i < count; ++i)
        sum += static_cast<uint64_t>(x[i]) * static_cast<uint64_t>(y[i]);
      lanes[0] = static_cast<C>(sum);
    }
  }
  if constexpr (kFloat) return Kernels<C>().sum_lanes(lanes);
  return lanes[0];
}

// c += a b for one block of kSide columns.
template <typename C>
void MultiplyTile(MatrixRows<const C> a, const C* b, MatrixRows<C> c, Index rows, Index depth) {
  if constexpr (std::is_floating_point_v<C>) {
    Kernels<C>().tile(a, {b, kTile}, c, static_cast<size_t>(rows), static_cast<size_t>(depth));
  } else {
    using U = std::make_unsigned_t<C>;
    for (Index i = 0; i < rows; ++i, a.data += a.row, c.data += c.row)
      for (Index k = 0; k < depth; ++k)
        for (Index j = 0; j < kSide; ++j) {
          const U product = static_cast<U>(a.data[k]) * static_cast<U>(b[k * kSide + j]);
          c.data[j] = static_cast<C>(static_cast<U>(c.data[j]) + product);
        }
  }
}

// Columns first, first + 1, ... of rows k0 to k0 + depth. Columns past the end are
// multiplied too and thrown away.
template <typename C>
void PackColumns(const Strided& b, Index k0, Index depth, Index first, Index columns, C* to) {
  for (Index k = 0; k < depth; ++k) {
    LoadChunk(b.at(k0 + k, first), b.dtype, b.step, columns, to + k * kSide);
    std::fill(to + k * kSide + columns, to + (k + 1) * kSide, C{});
  }
}

// Up to kSide rows of a from (row, k0) on: where they lie, or copied to `to`.
template <typename C>
MatrixRows<const C> RowsAt(const Strided& a, Index row, Index rows, Index k0, Index depth, C* to) {
  if (Lies<C>(a) && a.row >= 0)
    return {reinterpret_cast<const C*>(a.at(row, k0)), static_cast<size_t>(a.row)};
  for (Index i = 0; i < rows; ++i)
    LoadChunk(a.at(row + i, k0), a.dtype, a.step, depth, to + i * kDepth);
  return {to, static_cast<size_t>(kDepth)};
}

// The product of rows of a with a block of b, added to `rows` x `columns` of the output from
// (i, j) on; the first block sets them. Integers narrower than C, and bool, wait there as well as
// in C: what they drop or join never comes back.
template <typename C>
void AddProduct(MatrixRows<const C> a, const C* b, const Strided& out, Index i, Index rows, Index j,
                Index columns, Index depth, bool first) {
  auto* to = const_cast<uint8_t*>(out.at(i, j));
  if (Lies<C>(out) && out.row >= 0 && columns == kSide) {
    const MatrixRows<C> c = {reinterpret_cast<C*>(to), static_cast<size_t>(out.row)};
    if (first)
      for (Index row = 0; row < rows; ++row) std::fill_n(c.data + row * out.row, kSide, C{});
    return MultiplyTile(a, b, c, rows, depth);
  }
  C sums[kSide * kSide] = {};
  const Index pitch = out.row * static_cast<Index>(SizeOf(out.dtype));
  for (Index row = 0; row < rows && !first; ++row)
    LoadChunk(to + row * pitch, out.dtype, out.step, columns, sums + row * kSide);
  MultiplyTile(a, b, {sums, kTile}, rows, depth);
  for (Index row = 0; row < rows; ++row)
    StoreChunk(sums + row * kSide, out.dtype, out.step, columns, to + row * pitch);
}

// One product of matrices, m x n x depth. Blocks of b, and of a where its rows do not lie as C's,
// are converted and copied to the stack: every dtype, stride and overhang meets the same inner
// loop. Between blocks the sums wait in the output.
template <typename C>
[[gnu::noinline]] Status MultiplyMatrices(const Strided& a, const Strided& b, const Strided& out,
                                          Index m, Index n, Index depth, const StopToken& stop) {
  C block_a[kSide * kDepth];
  C block_b[kDepth * kSide];
  for (Index j = 0; j < n; j += kSide) {
    const Index columns = std::min(kSide, n - j);
    Index k = 0;
    do {  // once for a depth of 0
      const Index count = std::min(kDepth, depth - k);
      PackColumns(b, k, count, j, columns, block_b);
      for (Index i = 0; i < m; i += kSide) {
        if (stop.raised()) return Status::Stopped();
        const Index rows = std::min(kSide, m - i);
        AddProduct(RowsAt(a, i, rows, k, count, block_a), block_b, out, i, rows, j, columns, count,
                   k == 0);
      }
      k += count;
    } while (k < depth);
  }
  return {};
}

// Inner products of b with each of `rows` rows of a, for vectors that lie as C's: several at a
// time, which hides the latency of each.
template <typename C>
Status MultiplyLyingVector(const Strided& a, const Strided& b, Index rows, Index depth,
                           Index to_row, C* to, const StopToken& stop) {
  const auto row = static_cast<size_t>(a.row);
  for (Index i = 0; i < rows; i += kSide) {
    if (stop.raised()) return Status::Stopped();
    const Index count = std::min(kSide, rows - i);
    C sums[kSide];
    Kernels<C>().dots(reinterpret_cast<const C*>(b.data),
                      {reinterpret_cast<const C*>(a.at(i, 0)), row}, static_cast<size_t>(count),
                      static_cast<size_t>(depth), sums);
    for (Index k = 0; k < count; ++k) to[(i + k) * to_row] = sums[k];
  }
  return {};
}

// An inner product per row of a, which steps over the rows' elements with a.step.
template <typename C>
[[gnu::noinline]] Status MultiplyVector(const Strided& a, const Strided& b, DType dtype, Index rows,
                                        Index to_row, Index depth, uint8_t* to,
                                        const StopToken& stop) {
  if constexpr (std::is_floating_point_v<C>) {
    if (Lies<C>(a) && Lies<C>(b) && a.row >= 0 && depth <= kMaxRun / kSide)
      return MultiplyLyingVector(a, b, rows, depth, to_row, reinterpret_cast<C*>(to), stop);
  }
  for (Index i = 0; i < rows; ++i) {
    const Strided left{a.at(i, 0), a.dtype, 0, a.step};
    const C sum = DotVectors<C>(left, b, depth, stop);
    if (stop.raised()) return Status::Stopped();
    StoreChunk(&sum, dtype, 1, 1, to + i * to_row * static_cast<Index>(SizeOf(dtype)));
  }
  return {};
}

// Gives `t` an axis of length 1 at `axis`.
Tensor WithAxis(const Tensor& t, int axis) {
  Tensor wide = t;
  wide.shape.rank = t.rank() + 1;
  for (int i = t.rank(); i > axis; --i) {
    wide.shape.dims[i] = t.dim(i - 1);
    wide.strides[i] = t.strides[i - 1];
  }
  wide.shape.dims[axis] = 1;
  wide.strides[axis] = 0;
  return wide;
}

// The leading axes of `t`, broadcast to those of `shape`, without the last `matrix` ones.
Tensor Heads(const Tensor& t, const Shape& shape, int matrix) {
  Tensor heads = t;
  heads.shape.rank -= matrix;
  Shape wanted = shape;
  wanted.rank -= matrix;
  return BroadcastTo(heads, wanted);
}

Strided MatrixAt(const Tensor& t, const uint8_t* data) {
  return {data, t.dtype, t.strides[t.rank() - 2], t.strides[t.rank() - 1]};
}

template <typename C>
Status MultiplyAll(const Tensor& a, const Tensor& b, const Tensor& out, const StopToken& stop) {
  const Index depth = a.dim(a.rank() - 1);
  const int rank = out.rank();
  const Tensor heads_a = Heads(a, out.shape, 2);
  const Tensor heads_b = Heads(b, out.shape, 2);
  const Tensor heads_out = Heads(out, out.shape, 2);
  StridedWalk walk({&heads_a, &heads_b, &heads_out});
  for (StridedRun run; walk.Next(&run);) {
    for (Index i = 0; i < run.n; ++i) {
      if (stop.raised()) return Status::Stopped();
      const uint8_t* at[3];
      const Tensor* operands[] = {&a, &b, &out};
      for (int k = 0; k < 3; ++k)
        at[k] = run.data[k] + i * run.step[k] * static_cast<Index>(SizeOf(operands[k]->dtype));
      Status s = MultiplyMatrices<C>(MatrixAt(a, at[0]), MatrixAt(b, at[1]), MatrixAt(out, at[2]),
                                     out.dim(rank - 2), out.dim(rank - 1), depth, stop);
      if (!s.ok()) return s;
    }
  }
  return {};
}

// Every row of a with the vector b: `out` has a's shape without the last axis.
template <typename C>
Status MultiplyRows(const Tensor& a, const Tensor& b, const Tensor& out, const StopToken& stop) {
  const int last = a.rank() - 1;
  const Strided vector{static_cast<const uint8_t*>(b.data), b.dtype, 0, b.strides[0]};
  const Tensor heads = Heads(a, a.shape, 1);
  StridedWalk walk({&heads, &out});
  for (StridedRun run; walk.Next(&run);) {
    const Strided rows{run.data[0], a.dtype, run.step[0], a.strides[last]};
    Status s = MultiplyVector<C>(rows, vector, out.dtype, run.n, run.step[1], a.dim(last),
                                 run.data[1], stop);
    if (!s.ok()) return s;
  }
  return {};
}

// Calls body with float{}, double{} or, for all integers, int64_t{}.
template <typename Body>
Status WithSumType(DType dtype, Body&& body) {
  switch (dtype) {
    case DType::kFloat32:
      return body(float{});
    case DType::kFloat64:
      return body(double{});
    default:
      return body(int64_t{});
  }
}

}  // namespace

DType DotResult(DType dtype) { return IsFloat(dtype) ? dtype : DType::kInt64; }

Status Dot(const Tensor& a, const Tensor& b, const Tensor& out, const StopToken& stop) noexcept {
  return WithSumType(out.dtype, [&](auto zero) {
    using C = decltype(zero);
    const auto multiply = [&] {
      const Strided x = {static_cast<const uint8_t*>(a.data), a.dtype, 0, a.strides[0]};
      const Strided y = {static_cast<const uint8_t*>(b.data), b.dtype, 0, b.strides[0]};
      return MultiplyVector<C>(x, y, out.dtype, 1, 0, a.dim(0), static_cast<uint8_t*>(out.data),
                               stop);
    };
    if (out.dtype != DType::kFloat32) return multiply();
    const FlushDenormals flush;
    return multiply();
  });
}

Status MatmulShape(const Shape& a, const Shape& b, Shape* shape) {
  if (a.rank == 0 || b.rank == 0) return Status::Invalid("a scalar has no axis to multiply along");
  const Index inner_a = a.dims[a.rank - 1];
  const Index inner_b = b.dims[std::max(0, b.rank - 2)];
  if (inner_a != inner_b) {
    return Status::Invalid("shapes %s and %s do not multiply: %lld against %lld", TextOf(a).text,
                           TextOf(b).text, static_cast<long long>(inner_a),
                           static_cast<long long>(inner_b));
  }
  Shape heads_a = a;
  Shape heads_b = b;
  heads_a.rank = std::max(0, a.rank - 2);
  heads_b.rank = std::max(0, b.rank - 2);
  Shape result;
  if (Status s = BroadcastShapes(heads_a, heads_b, &result); !s.ok()) return s;
  if (a.rank > 1) result.dims[result.rank++] = a.dims[a.rank - 2];
  if (b.rank > 1) result.dims[result.rank++] = b.dims[b.rank - 1];
  int64_t dims[kMaxRank];
  std::copy_n(result.dims, result.rank, dims);
  if (!ShapeFrom({dims, static_cast<size_t>(result.rank)}, DType::kInt64, shape))
    return Status::Invalid("the product has more elements than can be counted");
  return {};
}

Status Matmul(const Tensor& a, const Tensor& b, const Tensor& out, const StopToken& stop) noexcept {
  if (out.size() == 0) return {};  // {2^40, 1, 0} has many empty matrices
  return WithSumType(out.dtype, [&](auto zero) {
    using C = decltype(zero);
    const auto multiply = [&] {
      if (b.rank() == 1) return MultiplyRows<C>(a, b, out, stop);
      if (a.rank() > 1) return MultiplyAll<C>(a, b, out, stop);
      return MultiplyAll<C>(WithAxis(a, 0), b, WithAxis(out, out.rank() - 1), stop);
    };
    if (out.dtype != DType::kFloat32) return multiply();
    const FlushDenormals flush;
    return multiply();
  });
}

}  // namespace moonlet
