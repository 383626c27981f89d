// One block operation on its own.
#include <algorithm>

#include "engine/npu/block.h"
#include "engine/npu/check_parts.h"
#include "engine/npu/weights.h"

namespace moonlet::npu::check {
namespace {

constexpr int32_t kSplitDepth = 16;  // blocks that split the depth of the OFM are multiples of it
constexpr int32_t kMaxStride = 3;

bool IsMultiple(int32_t value, int32_t of) { return value % of == 0; }

Status CheckOfmBlock(const Operation& op, const Config& config) {
  const Extent& micro = config.geometry().ofm_micro;
  const Extent& block = op.block;
  if (!IsMultiple(block.height, micro.height))
    return Wrong(op, Register0::kOfmBlkHeightM1, block.height - 1, "not in steps of %d",
                 static_cast<int>(micro.height));
  if (!IsMultiple(block.width, micro.width))
    return Wrong(op, Register0::kOfmBlkWidthM1, block.width - 1, "not in steps of %d",
                 static_cast<int>(micro.width));
  if (!IsMultiple(block.depth, micro.depth))
    return Wrong(op, Register0::kOfmBlkDepthM1, block.depth - 1, "not in steps of %d",
                 static_cast<int>(micro.depth));
  if (block.depth < op.ofm.depth && !IsMultiple(block.depth, kSplitDepth))
    return Wrong(op, Register0::kOfmBlkDepthM1, block.depth - 1,
                 "splits the depth of %d, but not in steps of %d", static_cast<int>(op.ofm.depth),
                 static_cast<int>(kSplitDepth));
  return Status();
}

Status CheckOperandBanks(const Operation& op, const SharedRam& least) {
  const SharedRam& has = op.shared_ram;
  const int ifm_end = least.ifm_end, ifm2 = least.ifm2_start;
  if (has.ifm_end > ifm_end)
    return Wrong(op, Register0::kIfmIbEnd, has.ifm_end, "operands end with bank %d", ifm_end);
  if (has.ab_start < has.ifm_end)
    return Wrong(op, Register0::kAbStart, has.ab_start, "within the operands' banks");
  if (!op.binary() || op.broadcast.scalar) return Status();
  if (has.ifm2_start < ifm2)
    return Wrong(op, Register0::kIfm2IbStart, has.ifm2_start, "the IFM needs the banks before %d",
                 ifm2);
  // The second operand's block is as large as the first one's.
  constexpr int kFirst = 2;
  if (has.ifm2_start + (ifm2 - kFirst) > has.ifm_end)
    return Wrong(op, Register0::kIfm2IbStart, has.ifm2_start, "IFM2 needs %d banks up to %d",
                 ifm2 - kFirst, static_cast<int>(has.ifm_end));
  return Status();
}

Status CheckBanks(const Operation& op, const Config& config) {
  SharedRam least;
  if (!LayOut(op, config, &least))
    return Wrong(op, "a block of %dx%dx%d does not fit into %d banks of shared RAM",
                 static_cast<int>(op.block.height), static_cast<int>(op.block.width),
                 static_cast<int>(op.block.depth), static_cast<int>(config.geometry().banks));
  const SharedRam& has = op.shared_ram;
  if (!IsMultiple(has.ifm_end, 2))
    return Wrong(op, Register0::kIfmIbEnd, has.ifm_end, "banks come in pairs");
  if (op.kind == OperationKind::kElementwise) return CheckOperandBanks(op, least);
  if (has.ifm_end < least.ifm_end)
    return Wrong(op, Register0::kIfmIbEnd, has.ifm_end, "the IFM needs the banks before %d",
                 static_cast<int>(least.ifm_end));
  if (has.ab_start > least.ab_start)
    return Wrong(op, Register0::kAbStart, has.ab_start, "accumulators need the banks from %d on",
                 static_cast<int>(least.ab_start));
  if (has.ab_start < has.ifm_end)
    return Wrong(op, Register0::kAbStart, has.ab_start, "within the IFM's banks, up to %d",
                 static_cast<int>(has.ifm_end));
  return Status();
}

// Of 8 and 16 bits; wider ones have no zero point.
bool Holds(const Element& element, int32_t value) {
  if (element.bytes > 2) return true;
  const int32_t span = (1 << (8 * element.bytes)) - 1;
  const int32_t low = element.is_signed ? -(span / 2) - 1 : 0;
  return value >= low && value <= low + span;
}

Status CheckValues(const Operation& op) {
  constexpr const char* kWhy = "is no value of the feature map's elements";
  if (!Holds(op.ifm.element, op.ifm.zero_point))
    return Wrong(op, Register0::kIfmZeroPoint, op.ifm.zero_point, kWhy);
  if (op.binary() && !Holds(op.ifm2.element, op.ifm2.zero_point))
    return Wrong(op, Register0::kIfm2ZeroPoint, op.ifm2.zero_point, kWhy);
  if (!Holds(op.ofm.element, op.ofm.zero_point) && !op.activation.has_table())
    return Wrong(op, Register0::kOfmZeroPoint, op.ofm.zero_point, kWhy);
  if (op.activation.min > op.activation.max)
    return Wrong(op, Register0::kActivationMin, op.activation.min, "is above ACTIVATION_MAX, %d",
                 static_cast<int>(op.activation.max));
  return Status();
}

Status CheckStrides(const Operation& op) {
  if (op.kernel.stride_x > kMaxStride || op.kernel.stride_y > kMaxStride)
    return Wrong(op, "a stride of %dx%d, at most %d", static_cast<int>(op.kernel.stride_y),
                 static_cast<int>(op.kernel.stride_x), static_cast<int>(kMaxStride));
  return Status();
}

// Channels are dealt out to the cores in turn.
int32_t ChannelsOf(const Operation& op, int core) {
  const int cores = op.parallel_cores;
  return (op.ofm.depth + cores - 1 - core) / cores;
}

Status CheckWeights(const Operation& op) {
  for (int core = 0; core < op.parallel_cores; ++core) {
    const int64_t needed = int64_t{kScaleRecordBytes} * ChannelsOf(op, core);
    const auto length = static_cast<int64_t>(op.scales[core].length);
    if (length < needed)
      return Wrong(op, core == 0 ? Register1::kScaleLength : Register1::kScale1Length, length,
                   "records of %d channels take %d bytes", static_cast<int>(ChannelsOf(op, core)),
                   static_cast<int>(needed));
  }
  return Status();
}

struct MapName {
  const FeatureMap* map;
  Register1 stride_y, stride_c;
};

// Bricks are moved whole.
Status CheckBricks(const Operation& op) {
  const MapName maps[] = {{&op.ifm, Register1::kIfmStrideY, Register1::kIfmStrideC},
                          {&op.ifm2, Register1::kIfm2StrideY, Register1::kIfm2StrideC},
                          {&op.ofm, Register1::kOfmStrideY, Register1::kOfmStrideC}};
  for (const MapName& name : maps) {
    if (name.map->layout != Layout::kNhcwb16) continue;
    constexpr const char* kWhy = "bricks are at multiples of 16";
    if (name.map->stride_y % 16 != 0) return Wrong(op, name.stride_y, name.map->stride_y, kWhy);
    if (name.map->stride_c % 16 != 0) return Wrong(op, name.stride_c, name.map->stride_c, kWhy);
  }
  return Status();
}

}  // namespace

Status CheckBlock(const Operation& operation, const Config& config) {
  if (Status s = CheckOfmBlock(operation, config); !s.ok()) return s;
  if (Status s = CheckBanks(operation, config); !s.ok()) return s;
  if (Status s = CheckValues(operation); !s.ok()) return s;
  if (Status s = CheckStrides(operation); !s.ok()) return s;
  if (Status s = CheckBricks(operation); !s.ok()) return s;
  return operation.has_weights() ? CheckWeights(operation) : Status();
}

}  // namespace moonlet::npu::check
