#include <bit>
#include <utility>

#include "engine/kernels/add.h"
#include "engine/npu/model/fast.h"

namespace moonlet::npu {
namespace {

constexpr int kHalf = 30;  // the bit of one half in a kernel's multiplier

// Operands raised by the head room: one rescaled, the other halved.
bool RescaledOperand(const Operation& op, AddScales* scales) {
  const bool first = op.operand_scaling == OperandScaling::kA;
  Multiplier& rescaled = first ? scales->a : scales->b;
  (first ? scales->b : scales->a) = {1 << kHalf, 0};
  return KernelFactor(op.opa_scale.multiplier, op.opa_scale.shift + kAddHeadRoomS8, &rescaled);
}

// Both raised by a power of two that the head room has.
bool RaisedOperand(uint32_t by, Multiplier* scale) {
  if (!std::has_single_bit(by) || by >= 1u << (kAddHeadRoomS8 - 1)) return false;
  *scale = {1 << kHalf, static_cast<int8_t>(std::countr_zero(by) - (kAddHeadRoomS8 - 1))};
  return true;
}

bool ScalesOf(const Operation& op, AddScales* scales) {
  if (!KernelFactor(op.ofm_scale.multiplier, op.ofm_scale.shift, &scales->output)) return false;
  if (op.operand_scaling != OperandScaling::kBoth) return RescaledOperand(op, scales);
  return RaisedOperand(op.opa_scale.multiplier, &scales->a) &&
         RaisedOperand(op.opb_scale.multiplier, &scales->b);
}

BroadcastPair ShapesOf(const Operation& op, int32_t rows) {
  const Broadcast& repeats = op.broadcast;
  const int32_t first[] = {rows, op.ofm.width, op.ofm.depth};
  const int32_t second[] = {repeats.height || repeats.scalar ? 1 : rows,
                            repeats.width || repeats.scalar ? 1 : op.ofm.width,
                            repeats.depth || repeats.scalar ? 1 : op.ofm.depth};
  BroadcastPair pair;
  const bool fits = repeats.reversed ? MakeBroadcastPair(second, first, &pair, nullptr)
                                     : MakeBroadcastPair(first, second, &pair, nullptr);
  static_cast<void>(fits);  // a length is the other's or 1
  return pair;
}

bool IsByte(int32_t value) { return value == static_cast<int8_t>(value); }

}  // namespace

bool KernelHasSum(const Operation& op) {
  AddScales scales;
  const bool sum =
      op.elementwise == ElementwiseMode::kAdd || op.elementwise == ElementwiseMode::kSub;
  return sum && op.rounding == Rounding::kTfl && IsByte(op.ifm2.zero_point) &&
         (!op.broadcast.scalar || IsByte(op.scalar)) && ScalesOf(op, &scales);
}

bool RunSumKernel(const Operation& op, const Stripe& stripe, const OutputStage& stage,
                  const ByteRows& rows, const StopToken& stop) {
  AddS8Params p;
  if (!ScalesOf(op, &p.scales)) return false;
  p.zero_a = static_cast<int16_t>(op.ifm.zero_point);
  p.zero_b = static_cast<int16_t>(op.ifm2.zero_point);
  p.output = {static_cast<int16_t>(stage.zero()), static_cast<int16_t>(stage.min()),
              static_cast<int16_t>(stage.max())};
  const auto scalar = static_cast<int8_t>(op.scalar);
  const int8_t* a = rows.ifm;
  const int8_t* b = op.broadcast.scalar ? &scalar : rows.ifm2;
  if (op.broadcast.reversed) {
    std::swap(a, b);
    std::swap(p.zero_a, p.zero_b);
  }
  const BroadcastPair shapes = ShapesOf(op, stripe.rows);
  return op.elementwise == ElementwiseMode::kAdd ? AddS8(p, shapes, a, b, rows.ofm, stop)
                                                 : SubS8(p, shapes, a, b, rows.ofm, stop);
}

}  // namespace moonlet::npu
