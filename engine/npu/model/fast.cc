#include "engine/npu/model/fast.h"

#include <cstring>
#include <limits>

#include "engine/kernels/conv.h"
#include "engine/kernels/depthwise.h"
#include "engine/kernels/fully_connected.h"
#include "engine/kernels/pool.h"

namespace moonlet::npu {
namespace {

constexpr int kFractionBits = 31;  // of a kernel's multiplier
constexpr int kMostShift = 62;     // the kernels' smallest factor is 2^-32
constexpr uint32_t kMostMultiplier = std::numeric_limits<int32_t>::max();
// Sums of so many products and a bias of so much stay within 31 bits, so that a zero point can be
// added to them in 32.
constexpr int64_t kMostProducts = 1 << 15;
constexpr int32_t kMostBias = 1 << 30;

bool IsInt8(int32_t value) { return value >= -128 && value <= 127; }

bool HasKernelConv(const Operation& op) {
  const int64_t taps = int64_t{op.kernel.height} * op.kernel.width;
  return op.rounding == Rounding::kTfl && op.acc_format == AccFormat::kInt32 &&
         taps * (op.kind == OperationKind::kConv ? op.ifm.depth : 1) <= kMostProducts;
}

// A 1x1 average by a factor of 1: what compiled models move and repeat tensors with.
bool IsCopy(const Operation& op) {
  const Kernel& k = op.kernel;
  constexpr Scale kOne = {(uint32_t{1} << 31) + 1, 31};
  return op.pool == PoolMode::kAverage && op.global_scale && op.ofm_scale == kOne &&
         k.height == 1 && k.width == 1 && k.stride_y == 1 && k.stride_x == 1 &&
         op.padding == npu::Padding() && op.ifm.zero_point == op.ofm.zero_point &&
         op.activation.min <= -128 && op.activation.max >= 127;
}

// Kernels pool values with their zero points.
bool HasKernelPool(const Operation& op) {
  if (op.pool == PoolMode::kMax) return op.ifm.zero_point == op.ofm.zero_point;
  if (op.pool != PoolMode::kAverage) return false;
  if (op.global_scale) return IsCopy(op);
  return op.ifm.zero_point == 0 && op.ofm.zero_point == 0;
}

// The stripe's window over its gathered rows, which are all there is of the IFM: taps above and
// below them are padding.
Window WindowOf(const Operation& op, const Stripe& stripe) {
  const Kernel& k = op.kernel;
  Window window;
  window.y = {stripe.ifm_rows, stripe.rows,
              k.height,        k.stride_y,
              k.dilation_y,    stripe.ifm_first + op.padding.top - stripe.first * k.stride_y};
  window.x = {op.ifm.width, op.ofm.width, k.width, k.stride_x, k.dilation_x, op.padding.left};
  return window;
}

OutputS8 OutputOf(const OutputStage& stage) {
  return {static_cast<int16_t>(stage.zero()), static_cast<int16_t>(stage.min()),
          static_cast<int16_t>(stage.max())};
}

// Returns visit(kernel, parameters) of an operation with weights.
template <typename Visit>
auto VisitKernel(const Operation& op, const Window& window, const OutputS8& output, Visit visit) {
  const auto input_zero = static_cast<int16_t>(op.ifm.zero_point);
  if (op.kind == OperationKind::kDepthwise) {
    DepthwiseS8Params p;
    p.window = window;
    p.channels = op.ofm.depth;
    p.input_zero = input_zero;
    p.output = output;
    return visit(DepthwiseS8Kernel(), p);
  }
  if (IsFullyConnected(op)) {
    FullyConnectedS8Params p;
    p.depth = op.ifm.depth;
    p.outputs = op.ofm.depth;
    p.input_zero = input_zero;
    p.output = output;
    return visit(FullyConnectedS8Kernel(), p);
  }
  ConvS8Params p;
  p.window = window;
  p.in_channels = op.ifm.depth;
  p.out_channels = op.ofm.depth;
  p.input_zero = input_zero;
  p.output = output;
  return visit(ConvS8Kernel(), p);
}

// What is prepared, and the most of scratch, is that of the operation as one stripe.
Window WholeWindow(const Operation& op) { return WindowOf(op, StripeAt(op, 0, op.ofm.height)); }

bool RunPool(const Operation& op, const Stripe& stripe, const OutputStage& stage,
             const ByteRows& rows, const StopToken& stop) {
  if (IsCopy(op)) {
    const std::ptrdiff_t count = std::ptrdiff_t{stripe.rows} * op.ofm.width * op.ofm.depth;
    std::memmove(rows.ofm, rows.ifm, static_cast<size_t>(count));
    return true;
  }
  PoolS8Params p;
  p.window = WindowOf(op, stripe);
  p.channels = op.ofm.depth;
  p.min = static_cast<int16_t>(stage.min());
  p.max = static_cast<int16_t>(stage.max());
  const auto pool = op.pool == PoolMode::kMax ? MaxPoolS8 : AveragePoolS8;
  return pool(p, rows.ifm, rows.ofm, stop);
}

}  // namespace

bool IsFullyConnected(const Operation& op) {
  return op.kind == OperationKind::kConv && op.kernel.height == 1 && op.kernel.width == 1 &&
         op.ifm.height == 1 && op.ifm.width == 1 && op.ofm.height == 1 && op.ofm.width == 1;
}

bool KernelHas(const Operation& op) {
  constexpr Element kInt8 = {1, true};
  const bool has_types = op.ifm.element == kInt8 && op.ofm.element.bytes == 1 && ClipIsSigned(op) &&
                         op.activation.range != ClipRange::kInt16;
  if (!has_types || op.upscale != Upscale::kNone || !IsInt8(op.ifm.zero_point)) return false;
  switch (op.kind) {
    case OperationKind::kPool:
      return HasKernelPool(op);
    case OperationKind::kElementwise:
      return KernelHasSum(op);
    default:
      return HasKernelConv(op);
  }
}

bool KernelFactor(uint32_t multiplier, int shift, Multiplier* factor) {
  if (multiplier > kMostMultiplier || shift < kFractionBits || shift > kMostShift) return false;
  *factor = {static_cast<int32_t>(multiplier), static_cast<int8_t>(kFractionBits - shift)};
  return true;
}

// Channels whose results are all 0 are frequent in pruned networks. So is a factor below 2^-32:
// 32 bits times 31 are below the half of 2^63.
bool KernelScale(const ScaleRecord& record, int32_t* bias, int32_t* multiplier, int8_t* shift) {
  const Scale& scale = record.scale;
  Multiplier factor;
  const bool nothing =
      scale.multiplier == 0 || (scale.shift > kMostShift && scale.multiplier <= kMostMultiplier);
  const bool has = nothing || KernelFactor(scale.multiplier, scale.shift, &factor);
  *bias = static_cast<int32_t>(record.bias);
  *multiplier = factor.value;
  *shift = factor.shift;
  const bool large = *bias > kMostBias || *bias < -kMostBias;
  return has && *bias == record.bias && (nothing || !large || factor.shift < 0);
}

size_t KernelPreparedBytes(const Operation& op) {
  return VisitKernel(op, WholeWindow(op), {},
                     [](const auto& kernel, const auto& p) { return kernel.prepared_bytes(p); });
}

void PrepareKernel(const Operation& op, const FilterS8& filter, uint8_t* prepared) {
  VisitKernel(op, WholeWindow(op), {},
              [&](const auto& kernel, const auto& p) { kernel.prepare(p, filter, prepared); });
}

size_t KernelScratchBytes(const Operation& op) {
  if (!op.has_weights()) return 0;
  return VisitKernel(op, WholeWindow(op), {},
                     [](const auto& kernel, const auto& p) { return kernel.scratch_bytes(p); });
}

bool RunKernel(const Operation& op, const Stripe& stripe, const Filter* filter,
               const OutputStage& stage, const ByteRows& rows, const StopToken& stop) {
  if (op.kind == OperationKind::kPool) return RunPool(op, stripe, stage, rows, stop);
  if (op.kind == OperationKind::kElementwise) return RunSumKernel(op, stripe, stage, rows, stop);
  const LayerS8 layer = {filter->narrow, filter->prepared, rows.scratch};
  return VisitKernel(op, WindowOf(op, stripe), OutputOf(stage),
                     [&](const auto& kernel, const auto& p) {
                       return kernel.run(p, rows.ifm, layer, rows.ofm, {}, stop);
                     });
}

}  // namespace moonlet::npu
