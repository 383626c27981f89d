#include "engine/kernels/mirror_pad.h"

#include <cassert>
#include <cstddef>
#include <cstring>

#include "engine/kernels/work_meter.h"

namespace moonlet {

MirrorPadParams MakeMirrorPad(std::span<const MirroredAxis> axes, int32_t edge,
                              int32_t element_bytes) {
  assert(axes.size() <= MirrorPadParams::kMaxRank);
  MirrorPadParams p;
  p.run = element_bytes;
  p.edge = edge;
  size_t rank = axes.size();
  for (; rank > 0 && axes[rank - 1].before == 0 && axes[rank - 1].after == 0; --rank)
    p.run *= axes[rank - 1].length;
  p.rank = static_cast<int32_t>(rank);
  int32_t from = p.run, to = p.run;
  for (size_t i = rank; i-- > 0;) {
    p.axes[i] = axes[i];
    p.axes[i].from = from;
    p.axes[i].to = to;
    from *= axes[i].length;
    to *= axes[i].before + axes[i].length + axes[i].after;
  }
  return p;
}

namespace {

bool CopyPosition(uint8_t* output, std::ptrdiff_t to, std::ptrdiff_t from, int32_t bytes,
                  WorkMeter& meter) {
  if (!meter.Spend(bytes / 8 + 1)) return false;
  std::memcpy(output + to * bytes, output + from * bytes, static_cast<size_t>(bytes));
  return true;
}

// The inner positions of the axis first, each complete; then the border copies them.
bool MirrorFrom(const MirrorPadParams& p, int axis, const uint8_t* from, uint8_t* to,
                WorkMeter& meter) {
  if (axis == p.rank) {
    if (!meter.Spend(p.run / 8 + 1)) return false;
    std::memcpy(to, from, static_cast<size_t>(p.run));
    return true;
  }
  const MirroredAxis& a = p.axes[axis];
  for (int32_t i = 0; i < a.length; ++i) {
    uint8_t* position = to + (std::ptrdiff_t{a.before} + i) * a.to;
    if (!MirrorFrom(p, axis + 1, from + std::ptrdiff_t{i} * a.from, position, meter)) return false;
  }
  const std::ptrdiff_t first = a.before, last = first + a.length - 1;
  for (int32_t i = 1; i <= a.before; ++i)
    if (!CopyPosition(to, first - i, first + i - p.edge, a.to, meter)) return false;
  for (int32_t i = 1; i <= a.after; ++i)
    if (!CopyPosition(to, last + i, last - i + p.edge, a.to, meter)) return false;
  return true;
}

}  // namespace

bool MirrorPad(const MirrorPadParams& p, const uint8_t* input, uint8_t* output,
               const StopToken& stop) {
  WorkMeter meter(stop);
  return MirrorFrom(p, 0, input, output, meter);
}

}  // namespace moonlet
