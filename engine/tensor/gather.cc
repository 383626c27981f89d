#include "engine/tensor/gather.h"

#include <algorithm>
#include <limits>

#include "engine/tensor/broadcast.h"
#include "engine/tensor/chunk.h"
#include "engine/tensor/dispatch.h"
#include "engine/tensor/strided.h"

namespace moonlet {
namespace {

// Calls take(positions, n, first element) for pieces of at most kChunk of a run.
template <typename Take>
void ForPositions(const StridedRun& run, DType dtype, Take take) {
  int64_t positions[kChunk];
  ForEachChunk(run.n, [&](Index first, Index n) {
    LoadChunk(run.at(0, first, dtype), dtype, run.step[0], n, positions);
    take(positions, n, first);
  });
}

// The start of the line through each element of `positions`: t without a step along axis.
Tensor LineStarts(const Tensor& t, int axis, const Shape& shape) {
  Tensor starts = t;
  starts.shape = shape;
  starts.strides[axis] = 0;
  return starts;
}

Index OffsetOf(int64_t position, Index length) {
  return static_cast<Index>(position < 0 ? position + length : position - 1);
}

enum class Move : uint8_t { kGather, kScatter };

// Between each element of `other` and the place in t that its position tells.
Status MoveElements(Move move, const Tensor& t, int axis, const Tensor& positions,
                    const Tensor& other, const StopToken& stop) {
  const Tensor starts = LineStarts(t, axis, positions.shape);
  const Index length = t.dim(axis);
  const Index stride = t.strides[axis];
  return WithWidth(t.dtype, [&](auto bits) {
    using T = decltype(bits);
    return ForEachRun({&positions, &starts, &other}, stop, [&](const StridedRun& run) {
      ForPositions(run, positions.dtype, [&](const int64_t* at, Index n, Index first) {
        T* line = run.at<T>(1) + first * run.step[1];
        T* element = run.at<T>(2) + first * run.step[2];
        for (Index i = 0; i < n; ++i, line += run.step[1], element += run.step[2]) {
          T* place = line + OffsetOf(at[i], length) * stride;
          if (move == Move::kGather) {
            *element = *place;
          } else {
            *place = *element;
          }
        }
      });
    });
  });
}

}  // namespace

Status CheckPositions(const Tensor& t, int axis, const Tensor& positions,
                      const StopToken& stop) noexcept {
  if (IsFloat(positions.dtype) || positions.dtype == DType::kBool)
    return Status::Invalid("positions are %s, expected integers", NameOf(positions.dtype));
  bool fits = positions.rank() == t.rank();
  for (int i = 0; fits && i < t.rank(); ++i) fits = i == axis || positions.dim(i) <= t.dim(i);
  if (!fits) {
    return Status::Invalid("positions have shape %s, which does not go with %s along axis %d",
                           TextOf(positions.shape).text, TextOf(t.shape).text, axis + 1);
  }
  const Index length = t.dim(axis);
  int64_t wrong = 0;
  bool found = false;
  const Status s = ForEachRun({&positions}, stop, [&](const StridedRun& run) {
    ForPositions(run, positions.dtype, [&](const int64_t* at, Index n, Index) {
      for (Index i = 0; i < n && !found; ++i) {
        found = at[i] == 0 || at[i] > length || at[i] < -length;
        wrong = at[i];
      }
    });
  });
  if (!s.ok() || !found) return s;
  return Status::Invalid("position %lld out of range (length %lld)", static_cast<long long>(wrong),
                         static_cast<long long>(length));
}

Status Gather(const Tensor& t, int axis, const Tensor& positions, const Tensor& out,
              const StopToken& stop) noexcept {
  return MoveElements(Move::kGather, t, axis, positions, out, stop);
}

Status Scatter(const Tensor& values, int axis, const Tensor& positions, const Tensor& t,
               const StopToken& stop) noexcept {
  return MoveElements(Move::kScatter, t, axis, positions, values, stop);
}

Status CountNonzero(const Tensor& t, const StopToken& stop, Index* count) noexcept {
  Index total = 0;
  const Status s = ForEachRun({&t}, stop, [&](const StridedRun& run) {
    bool nonzero[kChunk];
    ForEachChunk(run.n, [&](Index first, Index n) {
      LoadChunk(run.at(0, first, t.dtype), t.dtype, run.step[0], n, nonzero);
      total += std::count(nonzero, nonzero + n, true);
    });
  });
  *count = total;
  return s;
}

Status Nonzero(const Tensor& t, const Tensor& out, const StopToken& stop) noexcept {
  int32_t* row = out.as<int32_t>();
  const auto write = [&](Index position) {
    for (int axis = t.rank() - 1; axis >= 0; --axis) {
      row[axis * out.strides[1]] = static_cast<int32_t>(position % t.dim(axis) + 1);
      position /= t.dim(axis);
    }
    row += out.strides[0];
  };
  return ForEachRun({&t}, stop, [&](const StridedRun& run) {
    bool nonzero[kChunk];
    ForEachChunk(run.n, [&](Index first, Index n) {
      LoadChunk(run.at(0, first, t.dtype), t.dtype, run.step[0], n, nonzero);
      for (Index i = 0; i < n; ++i)
        if (nonzero[i]) write(run.first + first + i);
    });
  });
}

}  // namespace moonlet
