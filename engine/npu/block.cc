#include "engine/npu/block.h"

#include <algorithm>

namespace moonlet::npu {
namespace {

constexpr int32_t kBankBytes = 1024;
constexpr int32_t kOutputBanks = 2;  // the first ones
constexpr int32_t kTableBanks = 2;   // the last ones
constexpr int32_t kDepthStep = 8;    // channels in shared RAM come by eight bytes
constexpr int32_t kSubKernel = 8;    // larger kernels are run in pieces

int32_t DivUp(int64_t a, int32_t b) { return static_cast<int32_t>((a + b - 1) / b); }
int32_t RoundUp(int64_t a, int32_t b) { return DivUp(a, b) * b; }

// Whether all input channels go into one output channel.
bool SumsOverDepth(const Operation& operation) {
  return operation.kind == OperationKind::kConv || operation.sums_depth();
}

int32_t IfmBlockSide(const Operation& operation, int32_t block, int32_t stride, int32_t kernel,
                     int32_t micro) {
  const int32_t side = (block - 1) * stride + std::min(kSubKernel, kernel) +
                       (operation.upscale == Upscale::kNearest ? 1 : 0);
  return RoundUp(DivUp(side, operation.upscale == Upscale::kNone ? 1 : 2), micro);
}

int32_t IfmGranule(const Operation& operation, const Granules& granules) {
  const bool elementwise = operation.kind == OperationKind::kElementwise;
  switch (operation.ifm.element.bytes) {
    case 1:
      return elementwise ? granules.ifm8_elementwise : granules.ifm8;
    case 2:
      return elementwise ? granules.ifm16_elementwise : granules.ifm16;
    default:
      return granules.ifm32;
  }
}

// Everything is buffered twice.
int32_t Banks(int64_t bytes, int32_t granule) {
  return RoundUp(int64_t{2} * DivUp(bytes, kBankBytes), granule);
}

int32_t IfmBanks(const Operation& operation, const Config& config) {
  const Extent block = IfmBlock(operation, config);
  const int64_t pixel = RoundUp(int64_t{block.depth} * operation.ifm.element.bytes, kDepthStep);
  return Banks(pixel * block.height * block.width,
               IfmGranule(operation, config.geometry().granules));
}

int32_t AccumulatorBanks(const Operation& operation, const Config& config) {
  const Geometry& geometry = config.geometry();
  // A single row does not use the second one of a micro-block.
  const bool one_row = geometry.ofm_micro.height == 2 && operation.ofm.height == 1 &&
                       operation.kernel.dilated_height() == 1;
  const int64_t places = int64_t{one_row ? 1 : operation.block.height} * operation.block.width *
                         RoundUp(operation.block.depth, kDepthStep);
  switch (operation.acc_format) {
    case AccFormat::kInt40:
      return Banks(places * 5, geometry.granules.acc40);
    case AccFormat::kFp16:
      return Banks(places * 2, geometry.granules.acc16);
    case AccFormat::kInt32:
      break;
  }
  return Banks(places * 4, geometry.granules.acc32);
}

}  // namespace

int32_t IfmBlockDepth(const Operation& operation) {
  return operation.ifm.element.bytes == 2 || operation.kernel.part_kernel_first ? 16 : 32;
}

Extent IfmBlock(const Operation& operation, const Config& config) {
  const Extent micro = config.geometry().ifm_micro;
  const Kernel& kernel = operation.kernel;
  Extent block;
  block.height = IfmBlockSide(operation, operation.block.height, kernel.stride_y,
                              kernel.dilated_height(), micro.height);
  block.width = IfmBlockSide(operation, operation.block.width, kernel.stride_x,
                             kernel.dilated_width(), micro.width);
  block.depth = SumsOverDepth(operation)
                    ? RoundUp(std::min(operation.ifm.depth, IfmBlockDepth(operation)), micro.depth)
                    : operation.block.depth;
  return block;
}

bool LayOut(const Operation& operation, const Config& config, SharedRam* layout) {
  const Geometry& geometry = config.geometry();
  const bool table = geometry.lut_reserved || operation.activation.has_table();
  const int32_t end = geometry.banks - (table ? kTableBanks : 0);
  const int32_t ifm = kOutputBanks + IfmBanks(operation, config);
  if (operation.kind == OperationKind::kElementwise) {
    const int32_t ifm2 = operation.binary() && !operation.broadcast.scalar ? ifm - kOutputBanks : 0;
    *layout = {static_cast<uint8_t>(end), static_cast<uint8_t>(std::min(ifm, end)),
               static_cast<uint8_t>(end)};
    return ifm + ifm2 <= end;
  }
  const int32_t accumulators = end - AccumulatorBanks(operation, config);
  *layout = {static_cast<uint8_t>(std::min(ifm, end)), 0,
             static_cast<uint8_t>(std::max<int32_t>(accumulators, 0))};
  return ifm <= accumulators;
}

}  // namespace moonlet::npu
