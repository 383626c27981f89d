#include "engine/tensor/scan.h"

#include <type_traits>

#include "engine/base/float_mode.h"
#include "engine/tensor/chunk.h"
#include "engine/tensor/strided.h"
#include "engine/tensor/view.h"

namespace moonlet {
namespace {

template <typename R>
R Next(ScanOp op, R so_far, R element) {
  if constexpr (std::is_same_v<R, int64_t>) {
    const auto a = static_cast<uint64_t>(so_far);
    const auto b = static_cast<uint64_t>(element);
    return static_cast<int64_t>(op == ScanOp::kSum ? a + b : a * b);
  } else {
    return op == ScanOp::kSum ? so_far + element : so_far * element;
  }
}

// One line: n elements of x to y. The chain starts from the element that changes nothing,
// as NumPy's.
template <typename R>
Status ScanLine(ScanOp op, const uint8_t* x, DType dtype, Index x_step, R* y, Index y_step, Index n,
                const StopToken& stop) {
  const Index x_bytes = x_step * static_cast<Index>(SizeOf(dtype));
  R so_far = op == ScanOp::kSum ? R{0} : R{1};
  return ForEachPiece(n, stop, [&](Index first, Index end) {
    R chunk[kChunk];
    ForEachChunk(end - first, [&](Index begin, Index count) {
      const Index start = first + begin;
      LoadChunk(x + start * x_bytes, dtype, x_step, count, chunk);
      for (Index i = 0; i < count; ++i) {
        so_far = Next(op, so_far, chunk[i]);
        y[(start + i) * y_step] = so_far;
      }
    });
  });
}

template <typename R>
Status ScanLines(ScanOp op, const Tensor& x, int axis, const Tensor& out, const StopToken& stop) {
  const Index n = x.dim(axis);
  if (x.size() == 0) return {};
  const Tensor x_heads = Select(x, axis, 0);
  const Tensor y_heads = Select(out, axis, 0);
  Status status;
  const Status walked = ForEachRun({&x_heads, &y_heads}, stop, [&](const StridedRun& run) {
    for (Index i = 0; i < run.n && status.ok(); ++i) {
      status = ScanLine(op, run.at(0, i, x.dtype), x.dtype, x.strides[axis],
                        run.at<R>(1) + i * run.step[1], out.strides[axis], n, stop);
    }
  });
  return status.ok() ? walked : status;
}

}  // namespace

DType ScanResult(DType dtype) { return IsFloat(dtype) ? dtype : DType::kInt64; }

Status Scan(ScanOp op, const Tensor& x, int axis, const Tensor& out,
            const StopToken& stop) noexcept {
  if (x.dtype == DType::kFloat64) return ScanLines<double>(op, x, axis, out, stop);
  if (x.dtype != DType::kFloat32) return ScanLines<int64_t>(op, x, axis, out, stop);
  const FlushDenormals flush;
  return ScanLines<float>(op, x, axis, out, stop);
}

}  // namespace moonlet
