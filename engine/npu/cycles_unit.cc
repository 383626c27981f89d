// What the unit itself takes, block by block: MACs and output run beside each other.
#include <algorithm>
#include <cmath>

#include "engine/npu/block.h"
#include "engine/npu/cycles_parts.h"

namespace moonlet::npu::cycles {
namespace {

constexpr int32_t kPieceSide = 8;  // of a kernel that is run at a time
constexpr int kPieceTaps = 4;      // of it that are run at a time, depth innermost excepted
constexpr int kChannels = 8;       // of the IFM at a time

// Cycles per element of the output stage, by what it does, then by activation.
struct OutputSpeed {
  float binary32, unary32, mul_to_32, mul, add, max_pool, other, table, relu;
};
constexpr OutputSpeed kOutput32 = {2, 3, 3, 3, 6, 1, 2, 1, 1};
constexpr OutputSpeed kOutput64 = {1, 1.5F, 1.5F, 1.5F, 3, 0.5F, 1, 1, 1};
constexpr OutputSpeed kOutput128 = {0.75F, 1.25F, 0.75F, 0.75F, 1.5F, 0.25F, 0.5F, 1, 0.5F};
constexpr OutputSpeed kOutput256 = {0.625F, 1.125F, 0.5F, 0.375F, 0.75F, 0.125F, 0.25F, 1, 0.25F};
constexpr OutputSpeed kOutput512 = {0.3125F, 0.5625F, 0.25F, 0.1875F, 0.375F,
                                    0.0625F, 0.125F,  0.5F,  0.125F};

const OutputSpeed& SpeedOf(const Config& config) {
  switch (config.macs) {
    case 32:
      return kOutput32;
    case 64:
      return kOutput64;
    case 128:
      return kOutput128;
    case 256:
      return kOutput256;
    default:
      return kOutput512;
  }
}

float ElementwiseSpeed(const Operation& operation, const OutputSpeed& speed) {
  if (operation.ifm.element.bytes == 4) return operation.binary() ? speed.binary32 : speed.unary32;
  switch (operation.elementwise) {
    case ElementwiseMode::kMul:
      return operation.ofm.element.bytes == 4 ? speed.mul_to_32 : speed.mul;
    case ElementwiseMode::kAdd:
    case ElementwiseMode::kSub:
      return speed.add;
    default:
      return speed.other;
  }
}

float StageSpeed(const Operation& operation, const OutputSpeed& speed) {
  if (operation.kind == OperationKind::kElementwise) return ElementwiseSpeed(operation, speed);
  if (operation.acc_format == AccFormat::kInt40) return speed.mul;
  if (operation.kind == OperationKind::kPool && operation.pool == PoolMode::kMax)
    return speed.max_pool;
  return speed.other;
}

// Clips to less than what the element holds.
bool Clips(const Operation& operation) {
  const Element element = operation.ofm.element;
  if (element.bytes == 4) return false;
  const int32_t span = (1 << (8 * element.bytes)) - 1;
  const int32_t low = element.is_signed ? -(span / 2) - 1 : 0;
  return operation.activation.min > low || operation.activation.max < low + span;
}

// A part of an operation that goes through the MACs at a time.
struct Part {
  Extent ofm;
  int32_t ifm_depth;
  int64_t across;  // micro-blocks
  int64_t deep;
  int64_t nxy;
  int32_t micro_depth;
};

Part PartOf(const Operation& operation, const Config& config) {
  Extent micro = config.geometry().ofm_micro;
  const FeatureMap& ofm = operation.ofm;
  Part part;
  part.ofm = {std::min(ofm.height, operation.block.height),
              std::min(ofm.width, operation.block.width),
              std::min(ofm.depth, operation.block.depth)};
  // A single row is run four pixels at a time.
  if (micro.height == 2 && operation.has_weights() && ofm.height == 1 && ofm.width % 2 == 0 &&
      operation.kernel.height == 1) {
    micro.height = 1;
    micro.width = 4;
    part.ofm.height = 1;
  }
  part.ifm_depth = std::min(operation.ifm.depth, IfmBlock(operation, config).depth);
  const int64_t nx = DivideUp(part.ofm.width, micro.width);
  const int64_t ny = DivideUp(part.ofm.height, micro.height);
  part.across = std::min(nx, ny);
  part.nxy = nx * ny;
  part.deep = DivideUp(part.ofm.depth, micro.depth);
  part.micro_depth = micro.depth;
  return part;
}

// What a pipeline's start costs.
int PipelineDelay(const Operation& operation, const Config& config) {
  const bool wide = operation.acc_format == AccFormat::kInt40;
  if (config.macs == 32) return wide ? 7 : 3;
  return wide && config.macs <= 128 ? 3 : 2;
}

// Of one piece of the kernel over one part.
int64_t PieceCycles(const Operation& operation, const Config& config, const Part& part,
                    int64_t taps) {
  const int64_t weights = int64_t{4} * part.micro_depth;  // cycles to bring one step's weights
  const bool two_bytes = operation.ifm.element.bytes == 2;
  int64_t delay = PipelineDelay(operation, config);
  int64_t steps = taps;
  int64_t cycles;
  if (operation.kind == OperationKind::kPool && !operation.sums_depth()) {
    steps = 1;
    cycles = std::max<int64_t>(4, taps) * part.nxy * part.deep *
             (two_bytes && config.macs != 32 ? 2 : 1);
  } else if (operation.kind == OperationKind::kDepthwise) {
    steps = DivideUp(taps, kPieceTaps);
    cycles = std::max(weights, 4 * part.nxy * (two_bytes ? 2 : 1)) * steps * part.deep;
  } else if (operation.kind == OperationKind::kConv && operation.kernel.part_kernel_first) {
    const int64_t groups = DivideUp(part.ifm_depth, kChannels);
    steps = DivideUp(taps, two_bytes ? kPieceTaps / 2 : kPieceTaps);
    cycles = std::max(weights, 4 * part.nxy) * steps * groups * part.deep;
    delay *= groups;
  } else {
    cycles = std::max(weights, 4 * part.nxy) * taps * part.deep;
  }
  if (part.nxy == 1) cycles += part.deep == 1 ? delay * steps : delay * (steps - 1) * part.deep;
  if (config.macs == 32 && operation.acc_format == AccFormat::kInt40 && part.across == 1 &&
      part.deep > 1)
    cycles += delay * part.deep;
  return cycles;
}

double MacCycles(const Operation& operation, const Config& config, const Part& part) {
  const Kernel& kernel = operation.kernel;
  int64_t cycles = 0;
  for (int32_t y = 0; y < kernel.height; y += kPieceSide) {
    for (int32_t x = 0; x < kernel.width; x += kPieceSide) {
      const int64_t taps =
          int64_t{std::min(kPieceSide, kernel.height - y)} * std::min(kPieceSide, kernel.width - x);
      cycles += PieceCycles(operation, config, part, taps);
    }
  }
  if (operation.kind == OperationKind::kConv || operation.sums_depth())
    cycles *= DivideUp(operation.ifm.depth, part.ifm_depth);
  return static_cast<double>(cycles) / config.cores();
}

// What comes out of one part: elements, but no faster than records of the scale stream come in.
double OutputCycles(const Operation& operation, const Config& config, const System& system,
                    const Part& part) {
  const double elements = static_cast<double>(part.ofm.height) * part.ofm.width * part.ofm.depth;
  const double out = std::ceil(CyclesPerElement(operation, config) * elements);
  if (!operation.has_weights()) return out;
  const MemorySpeed& memory = MemoryOf(operation.scales[0].region, system);
  return std::max(out, 10.0 * part.ofm.depth * memory.read_latency / 256);
}

}  // namespace

double CyclesPerElement(const Operation& operation, const Config& config) {
  const OutputSpeed& speed = SpeedOf(config);
  float activation = 0;
  if (operation.activation.function != 0)
    activation = speed.table;
  else if (Clips(operation))
    activation = speed.relu;
  return std::max(StageSpeed(operation, speed), activation);
}

double BlockCycles(const Operation& operation, const Config& config, const System& system,
                   Bound* inside) {
  const Part part = PartOf(operation, config);
  double macs = MacCycles(operation, config, part);
  double out = OutputCycles(operation, config, system, part);
  // Commands of a block take their time too: a quarter of the whole, as four are under way.
  const double command = (BlockMemoryCycles(operation, config, system) + out + macs) / 4;
  *inside = macs >= out ? Bound::kMac : Bound::kOutput;
  macs = std::max(macs, command);
  out = std::max(out, command);
  const FeatureMap& ofm = operation.ofm;
  const int64_t blocks = DivideUp(ofm.height, part.ofm.height) *
                         DivideUp(ofm.width, part.ofm.width) * DivideUp(ofm.depth, part.ofm.depth);
  return std::floor(std::max(macs, out) * static_cast<double>(blocks) + std::min(macs, out));
}

double ElementwiseCycles(const Operation& operation, const Config& config, const System& system) {
  const FeatureMap& ofm = operation.ofm;
  const Extent& block = operation.block;
  const double elements = static_cast<double>(block.height) * block.width * block.depth;
  const double speed = CyclesPerElement(operation, config);
  const double command =
      (BlockMemoryCycles(operation, config, system) + speed * elements) / 4 / elements;
  const auto stored =
      static_cast<double>(StoredElements(ofm.layout, ofm.height, ofm.width, ofm.depth));
  return std::ceil(std::max(speed, command) * stored);
}

double UnitCycles(const Operation& operation, const Config& config, const System& system,
                  Bound* inside) {
  if (operation.kind != OperationKind::kElementwise)
    return BlockCycles(operation, config, system, inside);
  *inside = Bound::kOutput;
  return ElementwiseCycles(operation, config, system);
}

}  // namespace moonlet::npu::cycles
