#include <algorithm>

#include "engine/kernels/fixed_point.h"
#include "engine/kernels/work_meter.h"
#include "engine/npu/model/arithmetic.h"
#include "engine/npu/model/operators.h"

namespace moonlet::npu {
namespace {

// Bits of head room of the operand that ADD and SUB rescale; the other has one less.
int HeadRoom(Element element) { return element.bytes == 1 ? 20 : 15; }

int64_t ScaledSum(const Operation& op, int64_t a, int64_t b, int sign) {
  if (op.ifm.element.bytes == 4)
    return ScaleValue(a + sign * b, {1, op.ofm_scale.shift}, op.rounding);
  const int room = HeadRoom(op.ifm.element);
  const int64_t half = int64_t{1} << (room - 1);
  switch (op.operand_scaling) {
    case OperandScaling::kBoth:
      a *= op.opa_scale.multiplier & 0xFFFF;
      b *= op.opb_scale.multiplier & 0xFFFF;
      break;
    case OperandScaling::kA:
      a = RescaleOperand(a, op.opa_scale, room);
      b *= half;
      break;
    case OperandScaling::kB:
      a *= half;
      b = RescaleOperand(b, op.opa_scale, room);
      break;
  }
  return ScaleValue(a + sign * b, op.ofm_scale, op.rounding);
}

// The multiplier does not take part where the operands have 32 bits: compiled models leave one
// that would.
int64_t ScaledProduct(const Operation& op, int64_t a, int64_t b) {
  const bool wide = op.ifm.element.bytes == 4;
  return ScaleValue(a * b, {wide ? 1 : op.ofm_scale.multiplier, op.ofm_scale.shift}, op.rounding);
}

int64_t Combine(const Operation& op, int64_t a, int64_t b) {
  switch (op.elementwise) {
    case ElementwiseMode::kMul:
      return ScaledProduct(op, a, b);
    case ElementwiseMode::kAdd:
      return ScaledSum(op, a, b, 1);
    case ElementwiseMode::kSub:
      return ScaledSum(op, a, b, -1);
    case ElementwiseMode::kMin:
      return std::min(a, b);
    case ElementwiseMode::kMax:
      return std::max(a, b);
    case ElementwiseMode::kLrelu:
      return a >= 0 ? a : ScaleValue(a, op.ofm_scale, op.rounding);
    case ElementwiseMode::kAbs:
      return ScaleValue(a < 0 ? -a : a, op.ofm_scale, op.rounding);
    case ElementwiseMode::kClz:
      return CountLeadingZeros(static_cast<int32_t>(a));
    case ElementwiseMode::kShr: {
      const auto shift = static_cast<uint8_t>(std::clamp<int64_t>(b, 0, 63));
      return ScaleValue(a, {1, shift}, op.rounding);
    }
    case ElementwiseMode::kShl:
      break;
  }
  return WrapShl(static_cast<int32_t>(a), static_cast<int>(std::clamp<int64_t>(b, 0, 32)));
}

// How the second operand is walked: elements per step along an axis, 0 where it repeats.
struct SecondSteps {
  std::ptrdiff_t y = 0;
  std::ptrdiff_t x = 0;
  std::ptrdiff_t c = 0;
};

SecondSteps StepsOf(const Operation& op) {
  if (!op.binary() || op.broadcast.scalar) return {};
  const Broadcast& repeats = op.broadcast;
  const std::ptrdiff_t depth = repeats.depth ? 1 : op.ofm.depth;
  const std::ptrdiff_t width = repeats.width ? 1 : op.ofm.width;
  return {repeats.height ? 0 : width * depth, repeats.width ? 0 : depth, repeats.depth ? 0 : 1};
}

}  // namespace

bool PlainElementwise(const Operation& op, const Stripe& stripe, const OutputStage& stage,
                      const int32_t* ifm, const int32_t* ifm2, int32_t* ofm,
                      const StopToken& stop) {
  const int32_t scalar = op.scalar - op.ifm2.zero_point;
  const int32_t* second = ifm2 != nullptr ? ifm2 : &scalar;
  const SecondSteps steps = StepsOf(op);
  const bool reversed = op.binary() && op.broadcast.reversed;
  WorkMeter meter(stop);
  for (int32_t y = 0; y < stripe.rows; ++y)
    for (int32_t x = 0; x < op.ofm.width; ++x) {
      if (!meter.Spend(op.ofm.depth)) return false;
      const int32_t* b = second + y * steps.y + x * steps.x;
      for (int32_t c = 0; c < op.ofm.depth; ++c, ++ifm, b += steps.c) {
        const int64_t value = reversed ? Combine(op, *b, *ifm) : Combine(op, *ifm, *b);
        *ofm++ = stage.Finish(value);
      }
    }
  return true;
}

}  // namespace moonlet::npu
