#include "engine/kernels/gather.h"

#include <cstring>

#include "engine/kernels/work_meter.h"

namespace moonlet {

OutsideIndex FindOutside(const IntegerArray& indices, int64_t count, int32_t length) {
  for (int64_t i = 0; i < count; ++i) {
    const int64_t index = indices[static_cast<std::ptrdiff_t>(i)];
    if (index < 0 || index >= length) return {index, i, length};
  }
  return {};
}

bool Gather(const GatherParams& p, const uint8_t* input, const IntegerArray& indices,
            uint8_t* output, const StopToken& stop, OutsideIndex* outside) {
  WorkMeter meter(stop);
  const auto slice = static_cast<size_t>(p.slice_bytes);
  const size_t axis_bytes = slice * static_cast<size_t>(p.length);
  for (int32_t batch = 0; batch < p.batches; ++batch) {
    const std::ptrdiff_t first = std::ptrdiff_t{batch} * p.indices;
    for (int32_t o = 0; o < p.outer; ++o, input += axis_bytes) {
      for (int32_t i = 0; i < p.indices; ++i, output += slice) {
        if (!meter.Spend(p.slice_bytes / 8 + 1)) return false;
        const int64_t index = indices[first + i];
        if (index < 0 || index >= p.length) {
          *outside = {index, first + i, p.length};
          return false;
        }
        std::memcpy(output, input + static_cast<size_t>(index) * slice, slice);
      }
    }
  }
  return true;
}

bool IndexTuple::Find(const IntegerArray& indices, int64_t i, int64_t* at,
                      OutsideIndex* outside) const {
  *at = 0;
  for (int axis = 0; axis < depth; ++axis) {
    const int64_t position = i * depth + axis;
    const int64_t index = indices[static_cast<std::ptrdiff_t>(position)];
    if (index < 0 || index >= lengths[axis]) {
      *outside = {index, position, lengths[axis]};
      return false;
    }
    *at += index * steps[axis];
  }
  return true;
}

bool GatherNd(const GatherNdParams& p, const uint8_t* input, const IntegerArray& indices,
              uint8_t* output, const StopToken& stop, OutsideIndex* outside) {
  WorkMeter meter(stop);
  const auto slice = static_cast<size_t>(p.slice_bytes);
  for (int32_t i = 0; i < p.tuples; ++i, output += slice) {
    if (!meter.Spend(p.slice_bytes / 8 + p.tuple.depth)) return false;
    int64_t at;
    if (!p.tuple.Find(indices, i, &at, outside)) return false;
    std::memcpy(output, input + at, slice);
  }
  return true;
}

}  // namespace moonlet
