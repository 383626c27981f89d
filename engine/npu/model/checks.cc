#include "engine/npu/model/checks.h"

#include <algorithm>
#include <cstdint>

#include "engine/npu/model/feature_map.h"
#include "engine/npu/model/store.h"
#include "engine/npu/weights.h"

namespace moonlet::npu {
namespace {

unsigned ForMessage(uint64_t value) {
  return static_cast<unsigned>(std::min<uint64_t>(value, UINT32_MAX));
}

Status InvalidIn(const Operation& op, const char* what, const char* why) {
  return Status::Invalid("word %u %s: %s %s", static_cast<unsigned>(op.word), NameOf(op), what,
                         why);
}

Status UnsupportedIn(const Operation& op, const char* what) {
  return Status::Unsupported("word %u %s: %s", static_cast<unsigned>(op.word), NameOf(op), what);
}

Status CheckRegion(const Operation& op, const char* what, int region, bool written,
                   Regions regions) {
  if (static_cast<size_t>(region) >= regions.size())
    return Status::Invalid("word %u %s: %s is in region %d, there are %d",
                           static_cast<unsigned>(op.word), NameOf(op), what, region,
                           static_cast<int>(regions.size()));
  if (written && regions[static_cast<size_t>(region)].constant != nullptr)
    return InvalidIn(op, what, "is written to constant memory");
  return Status();
}

Status CheckBytes(const Operation& op, const char* what, const Piece& piece, bool written,
                  Regions regions) {
  if (Status s = CheckRegion(op, what, piece.region, written, regions); !s.ok()) return s;
  const uint64_t size = regions[piece.region].size;
  if (piece.base <= size && piece.length <= size - piece.base) return Status();
  return Status::Invalid("word %u %s: %s of %u bytes at %u is beyond region %d of %u bytes",
                         static_cast<unsigned>(op.word), NameOf(op), what, ForMessage(piece.length),
                         ForMessage(piece.base), piece.region, ForMessage(size));
}

Status CheckMap(const Operation& op, const char* what, const FeatureMap& map, bool written,
                Regions regions) {
  if (Status s = CheckRegion(op, what, map.region, written, regions); !s.ok()) return s;
  const auto size = static_cast<int64_t>(regions[map.region].size);
  if (RowBytes(map) > size || RowBytes(map) * map.height > size)
    return Status::Invalid("word %u %s: %s of %dx%dx%d has no room in region %d of %u bytes",
                           static_cast<unsigned>(op.word), NameOf(op), what,
                           static_cast<int>(map.height), static_cast<int>(map.width),
                           static_cast<int>(map.depth), map.region,
                           ForMessage(static_cast<uint64_t>(size)));
  for (int tile = 0; tile < 4; ++tile) {
    ByteRange range;
    if (!TileRange(map, tile, &range) || (range.begin >= 0 && range.end <= size)) continue;
    return Status::Invalid("word %u %s: tile %d of %s at %u ends at %u, region %d at %u",
                           static_cast<unsigned>(op.word), NameOf(op), tile, what,
                           ForMessage(map.base[tile]), ForMessage(static_cast<uint64_t>(range.end)),
                           map.region, ForMessage(static_cast<uint64_t>(size)));
  }
  return Status();
}

Status CheckWeights(const Operation& op, Regions regions) {
  if (op.parallel_cores > 1) return UnsupportedIn(op, "shared by two cores");
  if (op.kernel.decompose_4x4) return UnsupportedIn(op, "kernels cut into 4x4");
  if (Status s = CheckBytes(op, "weights", op.weights[0], false, regions); !s.ok()) return s;
  if (Status s = CheckBytes(op, "scales", op.scales[0], false, regions); !s.ok()) return s;
  const uint64_t needed = static_cast<uint64_t>(op.ofm.depth) * kScaleRecordBytes;
  if (op.scales[0].length >= needed) return Status();
  return Status::Invalid("word %u %s: %u bytes of scales for %d channels",
                         static_cast<unsigned>(op.word), NameOf(op),
                         ForMessage(op.scales[0].length), static_cast<int>(op.ofm.depth));
}

// What comes after the clip must know the clipped type.
Status CheckActivation(const Operation& op) {
  const Activation& activation = op.activation;
  if (activation.function == 0) return Status();
  const int bytes = op.ofm.element.bytes;
  if (!activation.has_table()) {
    if (bytes == 2 && activation.range == ClipRange::kOfm) return Status();
    return UnsupportedIn(op, "tanh or sigmoid of other than 16 bits");
  }
  const int clip_bytes = ClipBytes(op);
  const TableKind kind = TableOf(op);
  const bool known = kind == TableKind::kLines   ? bytes == 2 && ClipIsSigned(op)
                     : kind == TableKind::kBytes ? bytes == 1 && clip_bytes == 1
                                                 : clip_bytes == 1;
  if (!known) return UnsupportedIn(op, "a table for this type of OFM and clip");
  if (activation.slot() * kSlotBytes + TableSize(kind) > kTableBytes)
    return InvalidIn(op, "the table", "is longer than the slots from its own on");
  return Status();
}

Status CheckBlock(const Operation& op, Regions regions) {
  if (op.acc_format == AccFormat::kFp16) return UnsupportedIn(op, "fp16 accumulators");
  if (Status s = CheckMap(op, "the IFM", op.ifm, false, regions); !s.ok()) return s;
  if (op.binary() && !op.broadcast.scalar)
    if (Status s = CheckMap(op, "the IFM2", op.ifm2, false, regions); !s.ok()) return s;
  if (Status s = CheckMap(op, "the OFM", op.ofm, true, regions); !s.ok()) return s;
  if (op.has_weights())
    if (Status s = CheckWeights(op, regions); !s.ok()) return s;
  return CheckActivation(op);
}

Status CheckDma(const Operation& op, const Config& config, Regions regions) {
  const Dma& dma = op.dma;
  if (Status s = CheckBytes(op, "the source", dma.source, false, regions); !s.ok()) return s;
  if (!dma.to_shared_ram) {
    const Piece target = {dma.target_region, dma.target, dma.source.length};
    return CheckBytes(op, "the target", target, true, regions);
  }
  const uint64_t end = uint64_t{config.shram_kib} << 10;
  if (dma.target < end - kTableBytes || dma.target > end || dma.source.length > end - dma.target)
    return InvalidIn(op, "the target", "is not where shared RAM has tables");
  return Status();
}

}  // namespace

Status CheckOperation(const Operation& op, const Config& config, Regions regions) {
  if (op.is_block()) return CheckBlock(op, regions);
  return op.kind == OperationKind::kDma ? CheckDma(op, config, regions) : Status();
}

}  // namespace moonlet::npu
