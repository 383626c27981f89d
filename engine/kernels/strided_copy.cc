#include "engine/kernels/strided_copy.h"

#include <cassert>
#include <cstddef>
#include <cstring>

#include "engine/kernels/work_meter.h"

namespace moonlet {

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
  return copy;
}

bool CopyStrided(const StridedCopy& copy, const uint8_t* from, uint8_t* to, const StopToken& stop) {
  WorkMeter meter(stop);
  const auto run = static_cast<size_t>(copy.run);
  int32_t position[StridedCopy::kMaxRank] = {};
  std::ptrdiff_t from_at = 0, to_at = 0;
  for (;;) {
    if (!meter.Spend(copy.run)) return false;
    std::memcpy(to + to_at, from + from_at, run);
    int axis = 0;
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
    if (axis == copy.rank) return true;
  }
}

}  // namespace moonlet
