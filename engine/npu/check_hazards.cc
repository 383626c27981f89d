// What runs beside an operation: copies, the operation before, tables.
#include <algorithm>

#include "engine/npu/block_dep.h"
#include "engine/npu/check_parts.h"
#include "engine/npu/footprint.h"

namespace moonlet::npu::check {
namespace {

constexpr int kSlots = 8;
constexpr int32_t kSlotBytes = 256;

AddressRange TargetOf(const Dma& dma) { return {dma.target, dma.target + dma.source.length}; }
Piece TargetPiece(const Dma& dma) { return {dma.target_region, dma.target, dma.source.length}; }

bool SamePlace(const Piece& a, const Piece& b) {
  return a.region == b.region && RangeOf(a).Overlaps(RangeOf(b));
}

bool ReadsPiece(const Operation& op, const Piece& piece) {
  if (Overlap(op.ifm, piece)) return true;
  if (op.binary() && !op.broadcast.scalar && Overlap(op.ifm2, piece)) return true;
  if (!op.has_weights()) return false;
  for (int core = 0; core < op.parallel_cores; ++core)
    if (SamePlace(op.weights[core], piece) || SamePlace(op.scales[core], piece)) return true;
  return false;
}

// Tables of one byte take a slot, of 32-bit results from 8-bit values four, of 16 bits all.
int SlotCount(const Operation& op) {
  if (op.ifm.element.bytes == 2) return kSlots;
  return op.ofm.element.bytes == 4 ? 4 : 1;
}

uint64_t TablesAt(const Config& config) {
  return (uint64_t{config.shram_kib} << 10) - kSlots * kSlotBytes;
}

AddressRange TableOf(const Operation& op, const Config& config) {
  const uint64_t begin =
      TablesAt(config) + static_cast<uint64_t>(op.activation.slot()) * kSlotBytes;
  return {begin, begin + static_cast<uint64_t>(SlotCount(op)) * kSlotBytes};
}

// Whether the operation uses the banks of tables: on small parts its accumulators or operands
// do when no table is in use.
bool TouchesTable(const Operation& op, const AddressRange& table, const Config& config) {
  if (op.activation.has_table()) return TableOf(op, config).Overlaps(table);
  return !config.geometry().lut_reserved;
}

template <typename T>
void DropOldest(T* list, int* count, int keep) {
  const int drop = *count - keep;
  if (drop <= 0) return;
  std::copy(list + drop, list + *count, list);
  *count = keep;
}

}  // namespace

Status Hazards::Add(const Operation& operation) {
  switch (operation.kind) {
    case OperationKind::kDma:
      return AddCopy(operation);
    case OperationKind::kDmaWait:
      DropOldest(copies_, &copy_count_, operation.argument);
      return Status();
    case OperationKind::kKernelWait:
      DropOldest(blocks_, &block_count_, operation.argument);
      return Status();
    default:
      return operation.is_block() ? AddBlock(operation) : Status();
  }
}

Status Hazards::AddCopy(const Operation& operation) {
  // The unit waits by itself when it has no room for one more.
  DropOldest(copies_, &copy_count_, copies_at_once() - 1);
  for (int i = 0; i < block_count_; ++i)
    if (Status s = CheckCopy(operation, blocks_[i]); !s.ok()) return s;
  for (int i = 0; i < copy_count_; ++i)
    if (Status s = CheckCopyPair(operation, copies_[i]); !s.ok()) return s;
  copies_[copy_count_++] = operation;
  LoadTable(operation.dma);
  return Status();
}

Status Hazards::CheckCopy(const Operation& copy, const Operation& running) const {
  const Dma& dma = copy.dma;
  const auto at = static_cast<unsigned>(running.word);
  if (Overlap(running.ofm, dma.source))
    return Wrong(copy, Register1::kDma0Src, static_cast<int64_t>(dma.source.base),
                 "is still written by %s at word %u: no KERNEL_WAIT", NameOf(running), at);
  const bool busy = dma.to_shared_ram ? TouchesTable(running, TargetOf(dma), config_)
                                      : ReadsPiece(running, TargetPiece(dma)) ||
                                            Overlap(running.ofm, TargetPiece(dma));
  if (busy)
    return Wrong(copy, Register1::kDma0Dst, static_cast<int64_t>(dma.target),
                 "is still used by %s at word %u: no KERNEL_WAIT", NameOf(running), at);
  return Status();
}

Status Hazards::CheckCopyPair(const Operation& copy, const Operation& running) const {
  const Dma& dma = copy.dma;
  const Dma& other = running.dma;
  const bool same_kind = dma.to_shared_ram == other.to_shared_ram;
  const bool written =
      same_kind && (dma.to_shared_ram ? TargetOf(dma).Overlaps(TargetOf(other))
                                      : SamePlace(TargetPiece(dma), TargetPiece(other)));
  const bool read = !other.to_shared_ram && SamePlace(dma.source, TargetPiece(other));
  const bool overwritten = !dma.to_shared_ram && SamePlace(TargetPiece(dma), other.source);
  if (written || read || overwritten)
    return Wrong(copy, Register1::kDma0Dst, static_cast<int64_t>(dma.target),
                 "conflicts with the copy at word %u: no DMA_WAIT",
                 static_cast<unsigned>(running.word));
  return Status();
}

void Hazards::LoadTable(const Dma& dma) {
  if (!dma.to_shared_ram) return;
  const AddressRange target = TargetOf(dma);
  for (int slot = 0; slot < kSlots; ++slot) {
    const uint64_t begin = TablesAt(config_) + static_cast<uint64_t>(slot) * kSlotBytes;
    const AddressRange bytes = {begin, begin + kSlotBytes};
    const auto bit = static_cast<uint8_t>(1 << slot);
    if (target.begin <= bytes.begin && target.end >= bytes.end)
      slots_ |= bit;
    else if (target.Overlaps(bytes))
      slots_ &= static_cast<uint8_t>(~bit);  // half of it is another table's
  }
}

Status Hazards::AddBlock(const Operation& operation) {
  if (Status s = CheckTable(operation); !s.ok()) return s;
  if (Status s = CheckCopies(operation); !s.ok()) return s;
  DropOldest(blocks_, &block_count_, kBlocks - 1);
  if (block_count_ > 0) {
    const Operation& before = blocks_[block_count_ - 1];
    const int most = MaxBlockDep(before, operation, config_);
    if (operation.block_dep > most)
      return Wrong(operation, Register0::kBlockdep, operation.block_dep,
                   "reads what %s at word %u writes: at most %d", NameOf(before),
                   static_cast<unsigned>(before.word), most);
  }
  blocks_[block_count_++] = operation;
  if (!config_.geometry().lut_reserved && !operation.activation.has_table()) slots_ = 0;
  return Status();
}

Status Hazards::CheckTable(const Operation& operation) const {
  if (!operation.activation.has_table()) return Status();
  const int first = operation.activation.slot(), count = SlotCount(operation);
  const int value = operation.activation.function;
  if (first + count > kSlots)
    return Wrong(operation, Register0::kActivation, value, "a table of %d slots from slot %d on",
                 count, first);
  for (int slot = first; slot < first + count; ++slot)
    if ((slots_ >> slot & 1) == 0)
      return Wrong(operation, Register0::kActivation, value,
                   "the table in slot %d was not loaded or has been overwritten", slot);
  return Status();
}

Status Hazards::CheckCopies(const Operation& operation) const {
  for (int i = 0; i < copy_count_; ++i) {
    const Dma& dma = copies_[i].dma;
    const auto at = static_cast<unsigned>(copies_[i].word);
    const bool reads = dma.to_shared_ram ? TouchesTable(operation, TargetOf(dma), config_)
                                         : ReadsPiece(operation, TargetPiece(dma));
    if (reads) return Wrong(operation, "uses what is still copied at word %u: no DMA_WAIT", at);
    if (Overlap(operation.ofm, dma.source) ||
        (!dma.to_shared_ram && Overlap(operation.ofm, TargetPiece(dma))))
      return Wrong(operation, Register1::kOfmBase0, static_cast<int64_t>(operation.ofm.base[0]),
                   "overwrites what is still copied at word %u: no DMA_WAIT", at);
  }
  return Status();
}

}  // namespace moonlet::npu::check
