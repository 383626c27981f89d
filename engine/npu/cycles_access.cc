// What memories take for feature maps and for weights that are read where they are.
#include <algorithm>

#include "engine/npu/block.h"
#include "engine/npu/cycles_parts.h"

namespace moonlet::npu::cycles {
namespace {

constexpr int32_t kBrick = 16;       // channels, in NHCWB16
constexpr int32_t kLongestRun = 64;  // bytes written at a time in NHWC

double InBursts(double bytes, int64_t run, const MemorySpeed& memory) {
  return bytes * memory.burst / static_cast<double>(std::min<int64_t>(memory.burst, run));
}

int64_t PieceCount(const Kernel& kernel) {
  constexpr int kSide = 8;
  return DivideUp(kernel.height, kSide) * DivideUp(kernel.width, kSide);
}

// How often the IFM is read: once per block of the OFM and piece of the kernel.
int64_t Reads(const Operation& operation) {
  const FeatureMap& ofm = operation.ofm;
  const Extent& block = operation.block;
  const bool by_depth = operation.kind == OperationKind::kConv || operation.sums_depth();
  return DivideUp(ofm.height, block.height) * DivideUp(ofm.width, block.width) *
         (by_depth ? DivideUp(ofm.depth, block.depth) : 1) * PieceCount(operation.kernel);
}

// Cycles added to the memory that holds `region`.
void Charge(uint8_t region, double bytes, const System& system, Cycles* cycles) {
  const MemorySpeed& memory = MemoryOf(region, system);
  double& cost = &memory == &system.sram ? cycles->sram : cycles->constants;
  cost += bytes / memory.bytes_per_cycle;
}

void ReadWhole(const FeatureMap& map, Layout stored, const Extent& block, const System& system,
               Cycles* cycles) {
  const auto bytes = static_cast<double>(StoredElements(stored, map.height, map.width, map.depth) *
                                         map.element.bytes);
  Charge(map.region, BytesRead(bytes, map, block, MemoryOf(map.region, system)), system, cycles);
}

void ReadIfm(const Operation& operation, const Extent& block, const System& system,
             Cycles* cycles) {
  const FeatureMap& ifm = operation.ifm;
  if (operation.kind == OperationKind::kElementwise)
    return ReadWhole(ifm, ifm.layout, block, system, cycles);
  const Extent whole = IfmExtent(operation);
  const int64_t elements = StoredElements(ifm.layout, std::min(whole.height, block.height),
                                          std::min(whole.width, block.width), ifm.depth);
  const double bytes =
      static_cast<double>(elements * ifm.element.bytes) * static_cast<double>(Reads(operation));
  Charge(ifm.region, BytesRead(bytes, ifm, block, MemoryOf(ifm.region, system)), system, cycles);
}

// Only weights in the memory of constants count: copies have been counted as waiting.
void ReadWeights(const Operation& operation, const System& system, Cycles* cycles) {
  const Extent& block = operation.block;
  const int64_t times =
      DivideUp(operation.ofm.height, block.height) * DivideUp(operation.ofm.width, block.width);
  for (int core = 0; core < 2; ++core) {
    for (const Piece& piece : {operation.weights[core], operation.scales[core]}) {
      if (&MemoryOf(piece.region, system) == &system.sram) continue;
      Charge(piece.region, static_cast<double>(piece.length) * static_cast<double>(times), system,
             cycles);
    }
  }
}

}  // namespace

const MemorySpeed& MemoryOf(uint8_t region, const System& system) {
  return region == 0 || (region == 1 && system.fast_is_sram) ? system.constants : system.sram;
}

int64_t StoredElements(Layout layout, int32_t height, int32_t width, int32_t depth) {
  const int64_t channels =
      layout == Layout::kNhcwb16 ? DivideUp(depth, kBrick) * kBrick : int64_t{depth};
  return channels * height * width;
}

double BytesRead(double bytes, const FeatureMap& map, const Extent& block,
                 const MemorySpeed& memory) {
  const int64_t element = map.element.bytes;
  if (map.layout == Layout::kNhcwb16)
    return InBursts(bytes, kBrick * element * block.width, memory);
  const int64_t pixel = element * block.depth;
  return InBursts(bytes, block.depth == element ? pixel * block.width : pixel, memory);
}

double BytesWritten(double bytes, const FeatureMap& map, const Extent& block, int cores,
                    const MemorySpeed& memory) {
  const int64_t element = map.element.bytes;
  const int64_t pixel = element * block.depth;
  if (map.layout == Layout::kNhcwb16) {
    const bool plane = map.width * kBrick * element == block.depth;
    return InBursts(bytes, (plane ? pixel : kBrick * element * cores) * block.width, memory);
  }
  const bool plane = block.depth <= kBrick && block.depth == element;
  const int64_t run = plane ? pixel * block.width
                            : std::min({int64_t{kLongestRun}, kBrick * element * cores, pixel});
  return InBursts(bytes, run, memory);
}

Extent IfmExtent(const Operation& operation) {
  const FeatureMap& ifm = operation.ifm;
  const Kernel& kernel = operation.kernel;
  Extent extent = {ifm.height, ifm.width, ifm.depth};
  const bool bricks = ifm.layout == Layout::kNhcwb16;
  const int64_t row = bricks ? ifm.stride_c : ifm.stride_y;
  const int64_t column = bricks ? kBrick * int64_t{ifm.element.bytes} : ifm.stride_x;
  if (column <= 0) return extent;
  const int64_t hidden = std::clamp<int64_t>(row / column - ifm.width, 0, kernel.stride_x - 1);
  extent.width += static_cast<int32_t>(hidden);
  extent.height += static_cast<int32_t>(std::min<int64_t>(hidden, kernel.stride_y - 1));
  return extent;
}

double BlockMemoryCycles(const Operation& operation, const Config& config, const System& system) {
  const Extent ifm_block = IfmBlock(operation, config);
  const Extent& ofm_block = operation.block;
  const Extent whole = IfmExtent(operation);
  const FeatureMap& ofm = operation.ofm;
  const MemorySpeed& source = MemoryOf(operation.ifm.region, system);
  const MemorySpeed& target = MemoryOf(ofm.region, system);
  const double read = static_cast<double>(std::min(whole.height, ifm_block.height)) *
                      std::min(whole.width, ifm_block.width) *
                      std::min(whole.depth, ifm_block.depth);
  const double written = static_cast<double>(std::min(ofm.height, ofm_block.height)) *
                         std::min(ofm.width, ofm_block.width) *
                         std::min(ofm.depth, ofm_block.depth);
  return source.read_latency +
         BytesRead(read, operation.ifm, ifm_block, source) / source.bytes_per_cycle +
         target.write_latency +
         BytesWritten(written, ofm, ofm_block, config.cores(), target) / target.bytes_per_cycle;
}

void AccessCycles(const Operation& operation, const Config& config, const System& system,
                  Cycles* cycles) {
  const Extent block = IfmBlock(operation, config);
  const FeatureMap& ofm = operation.ofm;
  ReadIfm(operation, block, system, cycles);
  if (operation.binary() && !operation.broadcast.scalar)
    ReadWhole(operation.ifm2, operation.ifm.layout, block, system, cycles);
  if (operation.has_weights()) ReadWeights(operation, system, cycles);
  const auto bytes = static_cast<double>(
      StoredElements(ofm.layout, ofm.height, ofm.width, ofm.depth) * ofm.element.bytes);
  Charge(ofm.region,
         BytesWritten(bytes, ofm, operation.block, config.cores(), MemoryOf(ofm.region, system)),
         system, cycles);
}

}  // namespace moonlet::npu::cycles
