#include "engine/npu/compiler/waits.h"

#include <algorithm>

namespace moonlet::npu {
namespace {

constexpr int kSharedRam = -1;  // in place of a region
constexpr uint64_t kTableBytes = 2048;
constexpr int kMostBlocks = 3, kMostCopies = 15;  // that the commands can leave

uint64_t EndOf(const FeatureMap& map) {
  int64_t end = (map.height - 1) * map.stride_y;
  if (map.layout == Layout::kNhwc) {
    end += (map.width - 1) * map.stride_x + int64_t{map.depth} * map.element.bytes;
  } else {
    end += (map.depth - 1) / 16 * map.stride_c + int64_t{map.width} * 16 * map.element.bytes;
  }
  return map.base[0] + static_cast<uint64_t>(end);
}

}  // namespace

WaitTracker::Spans WaitTracker::SpansOf(const Operation& op) const {
  Spans spans;
  if (op.kind == OperationKind::kDma) {
    const Dma& dma = op.dma;
    const uint64_t length = dma.source.length;
    spans.push_back({dma.source.region, dma.source.base, dma.source.base + length, false});
    spans.push_back({dma.to_shared_ram ? kSharedRam : dma.target_region, dma.target,
                     dma.target + length, true});
    return spans;
  }
  spans.push_back({op.ifm.region, op.ifm.base[0], EndOf(op.ifm), false});
  if (op.binary() && !op.broadcast.scalar)
    spans.push_back({op.ifm2.region, op.ifm2.base[0], EndOf(op.ifm2), false});
  spans.push_back({op.ofm.region, op.ofm.base[0], EndOf(op.ofm), true});
  if (op.has_weights())
    for (const Piece& piece : {op.weights[0], op.scales[0]})
      spans.push_back({piece.region, piece.base, piece.base + piece.length, false});
  // Tables are read, or overwritten where accumulators use their place too.
  const uint64_t shared = config_.shram_kib * uint64_t{1024};
  if (op.activation.has_table() || !config_.geometry().lut_reserved)
    spans.push_back({kSharedRam, shared - kTableBytes, shared, !op.activation.has_table()});
  return spans;
}

bool WaitTracker::Conflict(const Spans& a, const Spans& b) {
  for (const Span& x : a)
    for (const Span& y : b)
      if (x.region == y.region && (x.write || y.write) && x.first < y.end && y.first < x.end)
        return true;
  return false;
}

// How many younger ones the youngest that conflicts has; -1 if none does.
int WaitTracker::Youngest(const std::vector<Spans>& started, const Spans& spans) {
  for (size_t i = started.size(); i-- > 0;)
    if (Conflict(started[i], spans)) return static_cast<int>(started.size() - 1 - i);
  return -1;
}

bool WaitTracker::Before(const Operation& op, Operation* wait) {
  const bool copy = op.kind == OperationKind::kDma;
  Spans spans = SpansOf(op);
  std::vector<Spans>& others = copy ? blocks_ : copies_;
  const int left = std::min(Youngest(others, spans), copy ? kMostBlocks : kMostCopies);
  if (left >= 0) {
    *wait = Operation();
    wait->kind = copy ? OperationKind::kKernelWait : OperationKind::kDmaWait;
    wait->argument = static_cast<uint16_t>(left);
    others.erase(others.begin(), others.end() - left);
  }
  (copy ? copies_ : blocks_).push_back(std::move(spans));
  return left >= 0;
}

}  // namespace moonlet::npu
