#include "engine/npu/weight_order.h"

namespace moonlet::npu {
namespace {

// Rows and columns of the IFM that a piece of the kernel spans.
constexpr int32_t kPieceSpan = 8;

int32_t IfmDepth(bool part_kernel, bool wide) { return part_kernel || wide ? 16 : 32; }

int32_t TapMultiple(bool depthwise, bool part_kernel, bool wide) {
  if (depthwise) return 4;
  if (!part_kernel) return 1;
  return wide ? 2 : 4;
}

}  // namespace

WeightOrder::WeightOrder(const Operation& operation, const Config& config) {
  const Kernel& kernel = operation.kernel;
  const bool wide = operation.ifm.element.bytes > 1;
  depthwise_ = operation.kind == OperationKind::kDepthwise;
  part_kernel_ = !depthwise_ && kernel.part_kernel_first;
  out_channels_ = operation.ofm.depth;
  in_channels_ = depthwise_ ? 1 : operation.ifm.depth;
  height_ = kernel.height;
  width_ = kernel.width;
  piece_height_ = std::max<int32_t>(1, kPieceSpan / kernel.dilation_y);
  piece_width_ = std::max<int32_t>(1, kPieceSpan / kernel.dilation_x);
  block_depth_ = std::max<int32_t>(1, operation.block.depth);
  micro_depth_ = config.geometry().ofm_micro.depth;
  ifm_depth_ = IfmDepth(part_kernel_, wide);
  tap_multiple_ = TapMultiple(depthwise_, part_kernel_, wide);
}

}  // namespace moonlet::npu
