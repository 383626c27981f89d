#include "engine/tensor/elementwise.h"

#include <algorithm>
#include <cstdint>
#include <type_traits>

#include "engine/base/float_mode.h"
#include "engine/tensor/broadcast.h"
#include "engine/tensor/chunk.h"
#include "engine/tensor/dispatch.h"
#include "engine/tensor/elementwise_loops.h"
#include "engine/tensor/fill.h"
#include "engine/tensor/strided.h"

namespace moonlet {
namespace {

// Calls piece(offsets, n) for runs cut into chunks; at[k] points to the chunk of
// operand k.
template <typename Piece>
void ForChunks(const StridedRun& run, const Index* sizes, int operands, Piece piece) {
  for (Index first = 0; first < run.n; first += kChunk) {
    uint8_t* at[kMaxOperands];
    for (int k = 0; k < operands; ++k) at[k] = run.data[k] + first * run.step[k] * sizes[k];
    piece(at, std::min(kChunk, run.n - first));
  }
}

Index BytesOf(const Tensor& t) { return static_cast<Index>(SizeOf(t.dtype)); }

template <typename C, typename Y>
Status RunBinary(BinaryLoop<C, Y> loop, const Tensor& a, const Tensor& b, const Tensor& out,
                 const StopToken& stop) {
  ChunkReader<C> left(a.dtype);
  ChunkReader<C> right(b.dtype);
  ChunkWriter<Y> result(out.dtype);
  const Index sizes[] = {BytesOf(a), BytesOf(b), BytesOf(out)};
  return ForEachRun({&a, &b, &out}, stop, [&](const StridedRun& run) {
    ForChunks(run, sizes, 3, [&](uint8_t* const* at, Index n) {
      const C* x = left.Read(at[0], run.step[0], n);
      const C* y = right.Read(at[1], run.step[1], n);
      loop(x, y, result.Begin(at[2], run.step[2]), static_cast<size_t>(n));
      result.Finish(at[2], run.step[2], n);
    });
  });
}

template <typename C, typename Y>
Status RunUnary(UnaryLoop<C, Y> loop, const Tensor& x, const Tensor& out, const StopToken& stop) {
  ChunkReader<C> operand(x.dtype);
  ChunkWriter<Y> result(out.dtype);
  const Index sizes[] = {BytesOf(x), BytesOf(out)};
  return ForEachRun({&x, &out}, stop, [&](const StridedRun& run) {
    ForChunks(run, sizes, 2, [&](uint8_t* const* at, Index n) {
      loop(operand.Read(at[0], run.step[0], n), result.Begin(at[1], run.step[1]),
           static_cast<size_t>(n));
      result.Finish(at[1], run.step[1], n);
    });
  });
}

// to[i] = choice[i] ? a[i] : b[i], by bits: branches would be guesses.
template <typename U>
void ChooseBits(const bool* choice, const Bits<U>* a, const Bits<U>* b, Bits<U>* to, Index n) {
  for (Index i = 0; i < n; ++i) {
    const U mask = U{0} - U{choice[i]};
    to[i].value = (a[i].value & mask) | (b[i].value & ~mask);
  }
}

template <typename C>
void Choose(const bool* choice, const C* a, const C* b, C* to, Index n) {
  using B = Bits<std::conditional_t<sizeof(C) == 4, uint32_t, uint64_t>>;
  ChooseBits(choice, reinterpret_cast<const B*>(a), reinterpret_cast<const B*>(b),
             reinterpret_cast<B*>(to), n);
}

Status HasNoZero(const Tensor& t, const char* message, const StopToken& stop) {
  bool zero = false;
  ChunkReader<int64_t> reader(t.dtype);
  const Index sizes[] = {BytesOf(t)};
  Status s = ForEachRun({&t}, stop, [&](const StridedRun& run) {
    ForChunks(run, sizes, 1, [&](uint8_t* const* at, Index n) {
      const int64_t* x = reader.Read(at[0], run.step[0], n);
      for (Index i = 0; i < n; ++i) zero |= x[i] == 0;
    });
  });
  return s.ok() && zero ? Status::Invalid("%s", message) : s;
}

}  // namespace

Status Binary(BinaryOp op, const Tensor& a, const Tensor& b, const Tensor& out,
              const StopToken& stop) noexcept {
  const Tensor x = BroadcastTo(a, out.shape);
  const Tensor y = BroadcastTo(b, out.shape);
  const bool divides = op == BinaryOp::kFloorDivide || op == BinaryOp::kModulo;
  if (divides && !IsFloat(out.dtype) && out.size() > 0) {
    const char* message = op == BinaryOp::kModulo ? "attempt to perform 'n%0' on integer tensors"
                                                  : "attempt to perform 'n//0' on integer tensors";
    if (Status s = HasNoZero(b, message, stop); !s.ok()) return s;
  }
  return WithComputeType(out.dtype, [&](auto zero) {
    using C = decltype(zero);
    if (out.dtype != DType::kFloat32 || UsesDoubles(op))
      return RunBinary(Loops<C>().binary(op), x, y, out, stop);
    const FlushDenormals flush;
    return RunBinary(Loops<C>().binary(op), x, y, out, stop);
  });
}

Status Unary(UnaryOp op, const Tensor& x, const Tensor& out, const StopToken& stop) noexcept {
  return WithComputeType(out.dtype, [&](auto zero) {
    using C = decltype(zero);
    if (out.dtype != DType::kFloat32 || UsesDoubles(op))
      return RunUnary(Loops<C>().unary(op), x, out, stop);
    const FlushDenormals flush;
    return RunUnary(Loops<C>().unary(op), x, out, stop);
  });
}

Status Compare(CompareOp op, DType dtype, const Tensor& a, const Tensor& b, const Tensor& out,
               const StopToken& stop) noexcept {
  const Tensor x = BroadcastTo(a, out.shape);
  const Tensor y = BroadcastTo(b, out.shape);
  return WithComputeType(dtype, [&](auto zero) {
    using C = decltype(zero);
    if (dtype != DType::kFloat32) return RunBinary(Loops<C>().compare(op), x, y, out, stop);
    const FlushDenormals flush;
    return RunBinary(Loops<C>().compare(op), x, y, out, stop);
  });
}

Status IsKind(Kind kind, const Tensor& x, const Tensor& out, const StopToken& stop) noexcept {
  if (x.dtype == DType::kFloat32) return RunUnary(Loops<float>().kind(kind), x, out, stop);
  if (x.dtype == DType::kFloat64) return RunUnary(Loops<double>().kind(kind), x, out, stop);
  const bool finite = kind == Kind::kFinite;  // as all integers are
  return Fill(out, &finite, stop);
}

Status Where(const Tensor& condition, const Tensor& a, const Tensor& b, const Tensor& out,
             const StopToken& stop) noexcept {
  const Tensor c = BroadcastTo(condition, out.shape);
  const Tensor x = BroadcastTo(a, out.shape);
  const Tensor y = BroadcastTo(b, out.shape);
  return WithComputeType(out.dtype, [&](auto zero) {
    using C = decltype(zero);
    ChunkReader<C> left(a.dtype);
    ChunkReader<C> right(b.dtype);
    ChunkReader<bool> choice(condition.dtype);
    ChunkWriter<C> result(out.dtype);
    const Index sizes[] = {BytesOf(condition), BytesOf(a), BytesOf(b), BytesOf(out)};
    return ForEachRun({&c, &x, &y, &out}, stop, [&](const StridedRun& run) {
      ForChunks(run, sizes, 4, [&](uint8_t* const* at, Index n) {
        const bool* first = choice.Read(at[0], run.step[0], n);
        const C* from_a = left.Read(at[1], run.step[1], n);
        const C* from_b = right.Read(at[2], run.step[2], n);
        C* to = result.Begin(at[3], run.step[3]);
        Choose(first, from_a, from_b, to, n);
        result.Finish(at[3], run.step[3], n);
      });
    });
  });
}

}  // namespace moonlet
