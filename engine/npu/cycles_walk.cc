// Layers and the copies that they wait for.
#include <algorithm>
#include <cmath>

#include "engine/npu/cycles.h"
#include "engine/npu/cycles_parts.h"

namespace moonlet::npu {
namespace {

constexpr int32_t kBrickChannels = 16;
constexpr int32_t kMaxDepth = 65536;  // of a feature map

double CopyCycles(double bytes, uint8_t source, const System& system) {
  const MemorySpeed& from = cycles::MemoryOf(source, system);
  return std::max(std::floor(bytes / from.bytes_per_cycle) + from.read_latency,
                  std::floor(bytes / system.sram.bytes_per_cycle));
}

bool Holds(const Dma& dma, const Piece& piece) {
  return !dma.to_shared_ram && dma.target_region == piece.region && piece.base >= dma.target &&
         piece.base - dma.target < dma.source.length;
}

bool HoldsWeights(const Dma& dma, const Operation& operation) {
  if (!operation.has_weights()) return false;
  for (int core = 0; core < 2; ++core)
    if (Holds(dma, operation.weights[core]) || Holds(dma, operation.scales[core])) return true;
  return false;
}

bool Overlaps(const Dma& dma, const FeatureMap& map) {
  if (map.region != dma.target_region) return false;
  const uint64_t end = map.base[0] + static_cast<uint64_t>(map.stride_y * map.height);
  return dma.target < end &&
         (map.base[0] <= dma.target || map.base[0] - dma.target < dma.source.length);
}

// Whether the operation reads what was copied, weights excepted.
bool ReadsCopy(const Operation& operation, const Dma& dma) {
  if (dma.to_shared_ram) return operation.activation.has_table();
  if (Overlaps(dma, operation.ifm)) return true;
  return operation.binary() && !operation.broadcast.scalar && Overlaps(dma, operation.ifm2);
}

// Where channel `depth` of a feature map begins.
uint64_t AtChannel(const FeatureMap& map) {
  const int64_t offset = map.layout == Layout::kNhcwb16 ? map.depth / kBrickChannels * map.stride_c
                                                        : int64_t{map.depth} * map.element.bytes;
  return map.base[0] + static_cast<uint64_t>(offset);
}

bool SamePlane(const FeatureMap& a, const FeatureMap& b) {
  return a.region == b.region && a.element == b.element && a.layout == b.layout &&
         a.height == b.height && a.width == b.width && a.stride_x == b.stride_x &&
         a.stride_y == b.stride_y;
}

}  // namespace

void CycleWalker::Start(const Dma& dma) {
  if (started_count_ < kStarted) {
    started_[started_count_++] = {dma, idle_};
    return;
  }
  Count(started_[0], &others_);  // more than anyone holds back
  std::copy(started_ + 1, started_ + kStarted, started_);
  started_[kStarted - 1] = {dma, idle_};
}

void CycleWalker::Add(const Operation& operation) {
  switch (operation.kind) {
    case OperationKind::kDma:
      return Start(operation.dma);
    case OperationKind::kKernelWait:
      idle_ = operation.argument == 0;
      return;
    case OperationKind::kStop:
      for (int32_t i = 0; i < started_count_; ++i) Count(started_[i], &others_);
      started_count_ = 0;
      return Finish();
    default:
      if (operation.is_block()) AddBlock(operation);
      return;
  }
}

void CycleWalker::AddBlock(const Operation& operation) {
  if (operations_ > 0 && Continues(operation)) {
    Extend(operation);
  } else {
    Finish();
    layer_ = operation;
    operations_ = 1;
  }
  last_word_ = operation.word;
  Bound inside;
  last_slice_ = cycles::UnitCycles(operation, config_, system_, &inside);
  Claim(operation);
  // What is still being copied runs beside this operation, whatever it waited for.
  for (int32_t i = 0; i < started_count_; ++i) started_[i].waited = false;
  idle_ = false;
}

void CycleWalker::Claim(const Operation& operation) {
  int32_t kept = 0;
  for (int32_t i = 0; i < started_count_; ++i) {
    const Started& started = started_[i];
    if (HoldsWeights(started.dma, operation))
      Count(started, &weights_);
    else if (ReadsCopy(operation, started.dma))
      Count(started, &others_);
    else
      started_[kept++] = started;
  }
  started_count_ = kept;
}

void CycleWalker::Count(const Started& started, Copies* copies) {
  const auto bytes = static_cast<double>(started.dma.source.length);
  if (copies->count == 0) {
    copies->source = started.dma.source.region;
    copies->first = CopyCycles(bytes, copies->source, system_);
    if (copies == &weights_) weights_hide_ = !started.waited;
  }
  ++copies->count;
  copies->bytes += bytes;
}

// Whether the operation makes the channels that follow those of the layer.
bool CycleWalker::Continues(const Operation& operation) const {
  if (!operation.has_weights() || operation.kind != layer_.kind ||
      operation.kernel != layer_.kernel || operation.block != layer_.block ||
      !SamePlane(operation.ofm, layer_.ofm) || !SamePlane(operation.ifm, layer_.ifm) ||
      operation.ofm.base[0] != AtChannel(layer_.ofm) ||
      operation.ofm.depth > kMaxDepth - layer_.ofm.depth)
    return false;
  if (operation.kind == OperationKind::kDepthwise)
    return operation.ifm.base[0] == AtChannel(layer_.ifm);
  return operation.ifm.base[0] == layer_.ifm.base[0] && operation.ifm.depth == layer_.ifm.depth;
}

void CycleWalker::Extend(const Operation& operation) {
  ++operations_;
  layer_.ofm.depth += operation.ofm.depth;
  if (layer_.kind == OperationKind::kDepthwise) layer_.ifm.depth += operation.ifm.depth;
  for (int core = 0; core < 2; ++core) {
    layer_.weights[core].length += operation.weights[core].length;
    layer_.scales[core].length += operation.scales[core].length;
  }
}

// Copies run while the operation before the layer does, and, when weights come in slices, while
// slices run: then all but the last slice hide behind the copying, or the other way round.
void CycleWalker::Wait(double unit, Cycles* cycles) const {
  const double slack = weights_hide_ ? before_ : 0;
  double npu = unit;
  if (weights_.count > 0) {
    const double all = CopyCycles(weights_.bytes, weights_.source, system_);
    const double first = std::max(weights_.first - slack, 0.0);
    npu = weights_.count > 1 ? std::max(all - slack + last_slice_, unit + first) : unit + first;
  }
  if (others_.count > 0) {
    const double left = std::max(before_ - weights_.first, 0.0);
    const double all = CopyCycles(others_.bytes, others_.source, system_);
    npu += all - std::min(others_.first, left);
  }
  cycles->npu = npu;
  cycles->waiting = npu - unit;
}

void CycleWalker::Finish() {
  if (operations_ == 0) return;
  LayerCycles layer;
  EstimateOperation(layer_, config_, system_, &layer.cycles);
  const double unit = layer.cycles.npu;
  Wait(unit, &layer.cycles);
  layer.operation = &layer_;
  layer.first_word = layer_.word;
  layer.last_word = last_word_;
  layer.operations = operations_;
  if (observer_ != nullptr) observer_->Layer(layer);
  before_ = last_slice_;
  operations_ = 0;
  weights_ = Copies();
  others_ = Copies();
  weights_hide_ = true;
}

}  // namespace moonlet::npu
