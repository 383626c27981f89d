#include "engine/npu/operation.h"

namespace moonlet::npu {
namespace {

constexpr const char* kPoolNames[] = {"MAX_POOL", "AVERAGE_POOL", "REDUCE_SUM"};
constexpr const char* kElementwiseNames[] = {"MUL",   "ADD", "SUB", "MIN", "MAX",
                                             "LRELU", "ABS", "CLZ", "SHR", "SHL"};

}  // namespace

bool Operation::uses_ofm_scale() const {
  if (sums_depth()) return ifm.element.bytes != 4;
  if (kind == OperationKind::kPool) return pool == PoolMode::kAverage && global_scale;
  if (kind != OperationKind::kElementwise) return false;
  switch (elementwise) {
    case ElementwiseMode::kMul:
    case ElementwiseMode::kAdd:
    case ElementwiseMode::kSub:
    case ElementwiseMode::kLrelu:
    case ElementwiseMode::kAbs:
      return true;
    default:
      return false;
  }
}

bool Operation::uses_operand_scales() const {
  const bool sum = elementwise == ElementwiseMode::kAdd || elementwise == ElementwiseMode::kSub;
  return kind == OperationKind::kElementwise && sum && ifm.element.bytes != 4;
}

const char* NameOf(const Operation& operation) {
  switch (operation.kind) {
    case OperationKind::kConv:
      return "CONV";
    case OperationKind::kDepthwise:
      return "DEPTHWISE";
    case OperationKind::kPool:
      return kPoolNames[static_cast<int>(operation.pool)];
    case OperationKind::kElementwise:
      return kElementwiseNames[static_cast<int>(operation.elementwise)];
    case OperationKind::kDma:
      return "DMA_START";
    case OperationKind::kDmaWait:
      return "DMA_WAIT";
    case OperationKind::kKernelWait:
      return "KERNEL_WAIT";
    case OperationKind::kIrq:
      return "IRQ";
    case OperationKind::kPmuMask:
      return "PMU_MASK";
    case OperationKind::kStop:
      break;
  }
  return "STOP";
}

}  // namespace moonlet::npu
