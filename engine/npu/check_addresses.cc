// Addresses, against regions and against each other.
#include "engine/npu/check_parts.h"
#include "engine/npu/footprint.h"

namespace moonlet::npu::check {
namespace {

enum class Way : uint8_t { kRead, kWrite };

// What an operation touches, and the register that says where.
struct Access {
  Register0 region_register;
  Register1 base_register;
  uint8_t region;
  uint64_t base;
  AddressRange range;
  Way way;
};

Status CheckAccess(const Operation& op, const Access& access, Regions regions) {
  if (access.region >= regions.size())
    return Wrong(op, access.region_register, access.region, "there are %d regions",
                 static_cast<int>(regions.size()));
  const Region& region = regions[access.region];
  if (access.range.end > region.size)
    return Wrong(op, access.base_register, static_cast<int64_t>(access.base),
                 "ends at byte 0x%llx of region %d, that has 0x%llx",
                 static_cast<unsigned long long>(access.range.end), static_cast<int>(access.region),
                 static_cast<unsigned long long>(region.size));
  if (access.way == Way::kWrite && region.constant != nullptr)
    return Wrong(op, access.region_register, access.region, "is constant");
  return Status();
}

Status CheckMap(const Operation& op, const FeatureMap& map, Register0 region, Register1 base,
                Way way, Regions regions) {
  return CheckAccess(op, {region, base, map.region, map.base[0], RangeOf(map, WholeOf(map)), way},
                     regions);
}

Status CheckPiece(const Operation& op, const Piece& piece, Register0 region, Register1 base,
                  Regions regions) {
  if (piece.length == 0) return Status();
  return CheckAccess(op, {region, base, piece.region, piece.base, RangeOf(piece), Way::kRead},
                     regions);
}

Status CheckCopyRegions(const Operation& op, Regions regions) {
  const Dma& dma = op.dma;
  if (Status s =
          CheckPiece(op, dma.source, Register0::kDma0SrcRegion, Register1::kDma0Src, regions);
      !s.ok())
    return s;
  if (dma.to_shared_ram) return Status();
  return CheckAccess(op,
                     {Register0::kDma0DstRegion,
                      Register1::kDma0Dst,
                      dma.target_region,
                      dma.target,
                      {dma.target, dma.target + dma.source.length},
                      Way::kWrite},
                     regions);
}

Status CheckWeightRegions(const Operation& op, Regions regions) {
  constexpr Register1 kWeights[] = {Register1::kWeightBase, Register1::kWeight1Base};
  constexpr Register1 kScales[] = {Register1::kScaleBase, Register1::kScale1Base};
  for (int core = 0; core < op.parallel_cores; ++core) {
    if (Status s =
            CheckPiece(op, op.weights[core], Register0::kWeightRegion, kWeights[core], regions);
        !s.ok())
      return s;
    if (Status s = CheckPiece(op, op.scales[core], Register0::kScaleRegion, kScales[core], regions);
        !s.ok())
      return s;
  }
  return Status();
}

Status CheckBlockRegions(const Operation& op, Regions regions) {
  if (Status s =
          CheckMap(op, op.ifm, Register0::kIfmRegion, Register1::kIfmBase0, Way::kRead, regions);
      !s.ok())
    return s;
  if (op.binary() && !op.broadcast.scalar)
    if (Status s = CheckMap(op, op.ifm2, Register0::kIfm2Region, Register1::kIfm2Base0, Way::kRead,
                            regions);
        !s.ok())
      return s;
  if (Status s =
          CheckMap(op, op.ofm, Register0::kOfmRegion, Register1::kOfmBase0, Way::kWrite, regions);
      !s.ok())
    return s;
  return op.has_weights() ? CheckWeightRegions(op, regions) : Status();
}

bool SamePlaces(const FeatureMap& a, const FeatureMap& b) {
  FeatureMap other = b;
  other.zero_point = a.zero_point;
  other.element.is_signed = a.element.is_signed;
  return a == other;
}

// An ELEMENTWISE may write an element where it read it; everything else reads it again.
Status CheckInPlace(const Operation& op, const FeatureMap& ifm, Register1 base) {
  if (!Overlap(ifm, op.ofm)) return Status();
  if (op.kind == OperationKind::kElementwise && SamePlaces(ifm, op.ofm)) return Status();
  return Wrong(op, base, static_cast<int64_t>(ifm.base[0]), "the OFM overwrites what is read");
}

Status CheckApart(const Operation& op) {
  if (Status s = CheckInPlace(op, op.ifm, Register1::kIfmBase0); !s.ok()) return s;
  if (op.binary() && !op.broadcast.scalar)
    if (Status s = CheckInPlace(op, op.ifm2, Register1::kIfm2Base0); !s.ok()) return s;
  if (!op.has_weights()) return Status();
  for (int core = 0; core < op.parallel_cores; ++core) {
    if (Overlap(op.ofm, op.weights[core]))
      return Wrong(op, core == 0 ? Register1::kWeightBase : Register1::kWeight1Base,
                   static_cast<int64_t>(op.weights[core].base), "the OFM overwrites what is read");
    if (Overlap(op.ofm, op.scales[core]))
      return Wrong(op, core == 0 ? Register1::kScaleBase : Register1::kScale1Base,
                   static_cast<int64_t>(op.scales[core].base), "the OFM overwrites what is read");
  }
  return Status();
}

Status CheckCopyApart(const Operation& op) {
  const Dma& dma = op.dma;
  const AddressRange target = {dma.target, dma.target + dma.source.length};
  if (!dma.to_shared_ram && dma.target_region == dma.source.region &&
      target.Overlaps(RangeOf(dma.source)))
    return Wrong(op, Register1::kDma0Dst, static_cast<int64_t>(dma.target),
                 "overwrites what is copied");
  return Status();
}

// Tables are all that copies bring to shared RAM.
Status CheckTablePlace(const Operation& op, const Config& config) {
  constexpr uint64_t kTables = 2048;
  const uint64_t first = (uint64_t{config.shram_kib} << 10) - kTables;
  if (op.dma.to_shared_ram && op.dma.target < first)
    return Wrong(op, Register1::kDma0Dst, static_cast<int64_t>(op.dma.target),
                 "tables are from 0x%llx on", static_cast<unsigned long long>(first));
  return Status();
}

}  // namespace

Status CheckAddresses(const Operation& operation, const Config& config, Regions regions) {
  if (operation.kind == OperationKind::kDma) {
    if (!regions.empty())
      if (Status s = CheckCopyRegions(operation, regions); !s.ok()) return s;
    if (Status s = CheckTablePlace(operation, config); !s.ok()) return s;
    return CheckCopyApart(operation);
  }
  if (!regions.empty())
    if (Status s = CheckBlockRegions(operation, regions); !s.ok()) return s;
  return CheckApart(operation);
}

}  // namespace moonlet::npu::check
