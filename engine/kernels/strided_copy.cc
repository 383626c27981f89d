#include "engine/kernels/strided_copy.h"

#include <algorithm>
#include <cassert>
#include <cstddef>
#include <cstring>
#include <utility>

#include "engine/kernels/work_meter.h"

namespace moonlet {

namespace {

// The loop over the first axis costs less than the steps of the others: where it is short, it
// gives way to the longest. The channels of a picture that become its last axis are an example.
void LoopOverLongest(StridedCopy* copy) {
  constexpr int32_t kShort = 16;
  if (copy->rank < 2 || copy->axes[0].count >= kShort) return;
  const auto longer = [](const StridedAxis& a, const StridedAxis& b) { return a.count < b.count; };
  std::swap(copy->axes[0], *std::max_element(copy->axes, copy->axes + copy->rank, longer));
}

}  // namespace

StridedCopy MakeStridedCopy(std::span<const StridedAxis> axes, int32_t element_bytes) {
  assert(axes.size() <= StridedCopy::kMaxRank);
  StridedCopy copy;
  copy.run = element_bytes;
  for (size_t i = axes.size(); i-- > 0;) {
    const StridedAxis& axis = axes[i];
    assert(axis.count >= 1);
    if (axis.count == 1) continue;
    if (copy.rank == 0 && axis.from == copy.run && axis.to == copy.run) {
      copy.run *= axis.count;
      continue;
    }
    if (copy.rank > 0) {
      StridedAxis& inner = copy.axes[copy.rank - 1];
      if (axis.from == int64_t{inner.from} * inner.count &&
          axis.to == int64_t{inner.to} * inner.count) {
        inner.count *= axis.count;
        continue;
      }
    }
    copy.axes[copy.rank++] = axis;
  }
  LoopOverLongest(&copy);
  return copy;
}

namespace {

// A length known to the compiler is a load and a store.
template <int32_t kBytes>
void CopyEach(int32_t count, const StridedAxis& axis, const uint8_t* from, uint8_t* to) {
  for (int32_t i = 0; i < count; ++i, from += axis.from, to += axis.to)
    std::memcpy(to, from, kBytes);
}

void CopyRuns(int32_t run, int32_t count, const StridedAxis& axis, const uint8_t* from,
              uint8_t* to) {
  if (run == 1) return CopyEach<1>(count, axis, from, to);
  if (run == 2) return CopyEach<2>(count, axis, from, to);
  if (run == 3) return CopyEach<3>(count, axis, from, to);
  if (run == 4) return CopyEach<4>(count, axis, from, to);
  if (run == 8) return CopyEach<8>(count, axis, from, to);
  if (run == 16) return CopyEach<16>(count, axis, from, to);
  for (int32_t i = 0; i < count; ++i, from += axis.from, to += axis.to)
    std::memcpy(to, from, static_cast<size_t>(run));
}

bool CopyAxis(int32_t run, const StridedAxis& axis, const uint8_t* from, uint8_t* to,
              WorkMeter& meter) {
  const int32_t piece = std::max<int32_t>(1, (1 << 16) / run);
  for (int32_t done = 0; done < axis.count; done += piece) {
    const int32_t count = std::min(piece, axis.count - done);
    if (!meter.Spend(int64_t{count} * run)) return false;
    CopyRuns(run, count, axis, from + std::ptrdiff_t{done} * axis.from,
             to + std::ptrdiff_t{done} * axis.to);
  }
  return true;
}

}  // namespace

bool CopyStrided(const StridedCopy& copy, const uint8_t* from, uint8_t* to, const StopToken& stop) {
  WorkMeter meter(stop);
  const StridedAxis inner = copy.rank > 0 ? copy.axes[0] : StridedAxis{1, 0, 0};
  int32_t position[StridedCopy::kMaxRank] = {};
  std::ptrdiff_t from_at = 0, to_at = 0;
  for (;;) {
    if (!CopyAxis(copy.run, inner, from + from_at, to + to_at, meter)) return false;
    int32_t axis = 1;
    for (; axis < copy.rank; ++axis) {
      const StridedAxis& step = copy.axes[axis];
      if (++position[axis] < step.count) {
        from_at += step.from;
        to_at += step.to;
        break;
      }
      position[axis] = 0;
      from_at -= std::ptrdiff_t{step.from} * (step.count - 1);
      to_at -= std::ptrdiff_t{step.to} * (step.count - 1);
    }
    if (axis >= copy.rank) return true;
  }
}

}  // namespace moonlet
