// engine/npu/model/tables.h - which tables were loaded when an operation looks into them.
#pragma once
#include <bitset>

#include "engine/npu/model/store.h"
#include "engine/npu/operation.h"

namespace moonlet::npu {

class TableSlots {
 public:
  // A checked DMA to shared RAM.
  void Loaded(const Dma& dma, const Config& config) {
    const auto first = static_cast<int64_t>(dma.target) - (config.shram_kib * 1024 - kTableBytes);
    const auto end = first + static_cast<int64_t>(dma.source.length);
    for (int64_t i = (first + kGrain - 1) / kGrain; i < end / kGrain; ++i)
      loaded_.set(static_cast<size_t>(i));
  }
  // Whether what the operation reads is there.
  bool Holds(const Operation& op) const {
    const TableKind kind = TableOf(op);
    if (kind == TableKind::kNone) return true;
    const int first = op.activation.slot() * kSlotBytes / kGrain;
    for (int i = first; i < first + TableSize(kind) / kGrain; ++i)
      if (!loaded_.test(static_cast<size_t>(i))) return false;
    return true;
  }
  // Parts without banks of their own for tables put accumulators there.
  void Ran(const Operation& op, const Config& config) {
    if (!config.geometry().lut_reserved && TableOf(op) == TableKind::kNone) loaded_.reset();
  }

 private:
  static constexpr int kGrain = 16;

  std::bitset<kTableBytes / kGrain> loaded_;
};

}  // namespace moonlet::npu
