#include "engine/kernels/select.h"

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <limits>

#include "engine/kernels/work_meter.h"

namespace moonlet {
namespace {

// Adds the next outer axis, or makes the last one longer.
void AppendAxis(const SelectParams::Axis& axis, SelectParams* p) {
  if (axis.length == 1) return;
  if (p->rank > 0) {
    SelectParams::Axis& inner = p->axes[p->rank - 1];
    bool continues = true;
    for (int k = 0; k < 3; ++k)
      continues = continues && axis.strides[k] == int64_t{inner.strides[k]} * inner.length;
    if (continues) {
      inner.length *= axis.length;
      return;
    }
  }
  p->axes[p->rank++] = axis;
}

}  // namespace

bool MakeSelect(const std::span<const int32_t> (&shapes)[3], SelectParams* p, int32_t* shape) {
  const size_t rank = std::max({shapes[0].size(), shapes[1].size(), shapes[2].size()});
  if (rank > SelectParams::kMaxRank) return false;
  *p = {};
  int64_t size = 1;
  int64_t sizes[3] = {1, 1, 1};  // of what is inside the current axis
  for (size_t i = 1; i <= rank; ++i) {
    int32_t lengths[3];
    SelectParams::Axis axis = {1, {}};
    for (int k = 0; k < 3; ++k) {
      lengths[k] = i <= shapes[k].size() ? shapes[k][shapes[k].size() - i] : 1;
      if (lengths[k] != 1) axis.length = lengths[k];
    }
    for (int k = 0; k < 3; ++k) {
      if (lengths[k] != 1 && lengths[k] != axis.length) return false;
      axis.strides[k] = static_cast<int32_t>(lengths[k] == 1 ? 0 : sizes[k]);
      sizes[k] *= lengths[k];
    }
    size *= axis.length;
    if (size > std::numeric_limits<int32_t>::max()) return false;
    shape[rank - i] = axis.length;
    AppendAxis(axis, p);
  }
  return true;
}

namespace {

template <size_t kBytes>
bool SelectRun(const SelectParams::Axis& run, const uint8_t* condition, const uint8_t* x,
               const uint8_t* y, uint8_t* output, WorkMeter& meter) {
  constexpr int32_t kPiece = 1 << 16;
  constexpr auto kStep = static_cast<std::ptrdiff_t>(kBytes);
  for (int32_t done = 0; done < run.length; done += kPiece) {
    const int32_t count = std::min(kPiece, run.length - done);
    if (!meter.Spend(count)) return false;
    for (int32_t i = 0; i < count; ++i, output += kBytes) {
      std::memcpy(output, *condition != 0 ? x : y, kBytes);
      condition += run.strides[0];
      x += run.strides[1] * kStep;
      y += run.strides[2] * kStep;
    }
  }
  return true;
}

decltype(&SelectRun<1>) SelectRunOf(int32_t element_bytes) {
  switch (element_bytes) {
    case 1:
      return SelectRun<1>;
    case 2:
      return SelectRun<2>;
    case 4:
      return SelectRun<4>;
    default:
      return SelectRun<8>;
  }
}

}  // namespace

bool Select(const SelectParams& p, int32_t element_bytes, const uint8_t* condition,
            const uint8_t* x, const uint8_t* y, uint8_t* output, const StopToken& stop) {
  const auto select_run = SelectRunOf(element_bytes);
  WorkMeter meter(stop);
  const SelectParams::Axis run = p.rank > 0 ? p.axes[0] : SelectParams::Axis{1, {}};
  int32_t position[SelectParams::kMaxRank] = {};
  for (;;) {
    if (!select_run(run, condition, x, y, output, meter)) return false;
    output += std::ptrdiff_t{run.length} * element_bytes;
    int32_t axis = 1;
    for (; axis < p.rank; ++axis) {
      const SelectParams::Axis& a = p.axes[axis];
      const bool next = ++position[axis] < a.length;
      const std::ptrdiff_t steps = next ? 1 : 1 - std::ptrdiff_t{a.length};
      condition += steps * a.strides[0];
      x += steps * a.strides[1] * element_bytes;
      y += steps * a.strides[2] * element_bytes;
      if (next) break;
      position[axis] = 0;
    }
    if (axis >= p.rank) return true;
  }
}

}  // namespace moonlet
