#include "engine/npu/model/blocks.h"

#include <algorithm>

#include "engine/npu/model/fast.h"
#include "engine/npu/model/feature_map.h"
#include "engine/npu/model/operators.h"

namespace moonlet::npu {
namespace {

// A stripe's rows should stay in a fast cache, and take little of a device's memory; large ones
// gather fewer rows twice.
constexpr int64_t kStripeBytes = 16 << 10;

bool HasSecondMap(const Operation& op) { return op.binary() && !op.broadcast.scalar; }

// IFM rows below `rows` of the OFM, at most.
int32_t IfmRows(const Operation& op, int32_t rows) {
  if (op.kind == OperationKind::kElementwise) return rows;
  const int64_t grid = int64_t{rows - 1} * op.kernel.stride_y + op.kernel.dilated_height();
  const int64_t stored = op.upscale == Upscale::kNone ? grid : grid / 2 + 1;
  return static_cast<int32_t>(std::min<int64_t>(stored, op.ifm.height));
}

RowPlan PlanOf(const Operation& op, bool kernels, int32_t rows) {
  const auto bytes = [](const FeatureMap& map, int32_t count, int64_t element) {
    return (RowElements(map) * count * element + 15) / 16 * 16;
  };
  const int64_t element = kernels ? 1 : 4;
  const bool ifm_lies_dense = kernels && IsDense(op.ifm);
  const bool ofm_lies_dense = kernels && IsDense(op.ofm);
  RowPlan plan;
  plan.rows = rows;
  plan.ifm2_at = ifm_lies_dense ? 0 : bytes(op.ifm, IfmRows(op, rows), element);
  plan.ofm_at = plan.ifm2_at;
  if (HasSecondMap(op)) plan.ofm_at += bytes(op.ifm2, std::min(rows, op.ifm2.height), element);
  plan.bytes = plan.ofm_at + (ofm_lies_dense ? 0 : bytes(op.ofm, rows, element));
  return plan;
}

// The largest stripe that has room, or a single row.
RowPlan PlanRows(const Operation& op, bool kernels) {
  RowPlan best = PlanOf(op, kernels, 1);
  int32_t too_many = op.ofm.height + 1;
  while (too_many - best.rows > 1) {
    const int32_t rows = best.rows + (too_many - best.rows) / 2;
    const RowPlan plan = PlanOf(op, kernels, rows);
    if (plan.bytes <= kStripeBytes)
      best = plan;
    else
      too_many = rows;
  }
  return best;
}

// Where a stripe's rows of a map lie as they are in dense memory.
uint8_t* RowsOf(const FeatureMap& map, int32_t row, const Machine& machine) {
  return machine.regions[map.region] + map.base[0] + RowBytes(map) * row;
}

// The rows of the second operand below a stripe.
struct SecondRows {
  int32_t first;
  int32_t count;
};
SecondRows SecondRowsOf(const Operation& op, const Stripe& stripe) {
  return op.broadcast.height ? SecondRows{0, 1} : SecondRows{stripe.first, stripe.rows};
}

bool RunFastStripe(const Operation& op, const Filter* filter, const OutputStage& stage,
                   const RowPlan& plan, const Stripe& stripe, const Machine& machine) {
  const bool ifm_lies_dense = IsDense(op.ifm);
  const bool ofm_lies_dense = IsDense(op.ofm);
  auto* memory = reinterpret_cast<int8_t*>(machine.rows);
  ByteRows rows = {memory, memory + plan.ifm2_at, memory + plan.ofm_at, machine.rows + plan.bytes};
  if (ifm_lies_dense)
    rows.ifm = reinterpret_cast<int8_t*>(RowsOf(op.ifm, stripe.ifm_first, machine));
  else
    GatherBytes(op.ifm, machine.regions[op.ifm.region], stripe.ifm_first, stripe.ifm_rows, memory);
  if (HasSecondMap(op)) {
    const SecondRows second = SecondRowsOf(op, stripe);
    GatherBytes(op.ifm2, machine.regions[op.ifm2.region], second.first, second.count,
                memory + plan.ifm2_at);
  }
  if (ofm_lies_dense) rows.ofm = reinterpret_cast<int8_t*>(RowsOf(op.ofm, stripe.first, machine));
  if (!RunKernel(op, stripe, filter, stage, rows, machine.stop)) return false;

  const uint8_t* table = stage.byte_table();
  const int64_t count = RowElements(op.ofm) * stripe.rows;
  if (!ofm_lies_dense)
    ScatterBytes(op.ofm, machine.regions[op.ofm.region], stripe.first, stripe.rows, rows.ofm,
                 table);
  else if (table != nullptr)
    for (int64_t i = 0; i < count; ++i) rows.ofm[i] = static_cast<int8_t>(table[rows.ofm[i] + 128]);
  return true;
}

bool ComputePlain(const Operation& op, const Filter* filter, const OutputStage& stage,
                  const Stripe& stripe, const int32_t* ifm, const int32_t* ifm2, int32_t* ofm,
                  const StopToken& stop) {
  switch (op.kind) {
    case OperationKind::kConv:
      return PlainConv(op, stripe, *filter, stage, ifm, ofm, stop);
    case OperationKind::kDepthwise:
      return PlainDepthwise(op, stripe, *filter, stage, ifm, ofm, stop);
    case OperationKind::kPool:
      return PlainPool(op, stripe, stage, ifm, ofm, stop);
    default:
      return PlainElementwise(op, stripe, stage, ifm, ifm2, ofm, stop);
  }
}

bool RunPlainStripe(const Operation& op, const Filter* filter, const OutputStage& stage,
                    const RowPlan& plan, const Stripe& stripe, const Machine& machine) {
  auto* ifm = reinterpret_cast<int32_t*>(machine.rows);
  auto* ofm = reinterpret_cast<int32_t*>(machine.rows + plan.ofm_at);
  int32_t* ifm2 = nullptr;
  GatherValues(op.ifm, machine.regions[op.ifm.region], stripe.ifm_first, stripe.ifm_rows, ifm);
  if (HasSecondMap(op)) {
    ifm2 = reinterpret_cast<int32_t*>(machine.rows + plan.ifm2_at);
    const SecondRows second = SecondRowsOf(op, stripe);
    GatherValues(op.ifm2, machine.regions[op.ifm2.region], second.first, second.count, ifm2);
  }
  if (!ComputePlain(op, filter, stage, stripe, ifm, ifm2, ofm, machine.stop)) return false;
  ScatterValues(op.ofm, machine.regions[op.ofm.region], stripe.first, stripe.rows, ofm);
  return true;
}

bool RunStripes(const Operation& op, const Filter* filter, bool kernels, const RowPlan& plan,
                const Machine& machine) {
  const OutputStage stage(op, machine.tables);
  for (int32_t first = 0; first < op.ofm.height; first += plan.rows) {
    if (machine.stop.raised()) return false;
    const Stripe stripe = StripeAt(op, first, std::min(plan.rows, op.ofm.height - first));
    const bool done = kernels ? RunFastStripe(op, filter, stage, plan, stripe, machine)
                              : RunPlainStripe(op, filter, stage, plan, stripe, machine);
    if (!done) return false;
  }
  return true;
}

void Slice(int32_t channel, int32_t count, FeatureMap* map) {
  const int64_t offset = map->layout == Layout::kNhwc ? int64_t{channel} * map->element.bytes
                                                      : channel / kBrick * map->stride_c;
  for (uint64_t& base : map->base) base += static_cast<uint64_t>(offset);
  map->depth = count;
}

// The channels [channel, channel + count) of an operation that treats each for itself.
Operation SliceOf(const Operation& op, int32_t channel, int32_t count) {
  Operation slice = op;
  Slice(channel, count, &slice.ifm);
  Slice(channel, count, &slice.ofm);
  return slice;
}

// Channels done together: all, but of pools whose window over all of them is large, as at the end
// of a network, whole bricks.
int32_t SliceDepth(const Operation& op, bool kernels) {
  int32_t depth = op.ofm.depth;
  if (op.kind != OperationKind::kPool || op.pool == PoolMode::kReduceSum) return depth;
  while (depth > kBrick && PlanOf(SliceOf(op, 0, depth), kernels, 1).bytes > kStripeBytes)
    depth = (depth / 2 + kBrick - 1) / kBrick * kBrick;
  return depth;
}

}  // namespace

BlockPlan PlanBlock(const Operation& op, bool kernels) {
  const int32_t depth = SliceDepth(op, kernels);
  if (depth == op.ofm.depth) return {kernels, depth, PlanRows(op, kernels)};
  return {kernels, depth, PlanRows(SliceOf(op, 0, depth), kernels)};
}

size_t RowMemory(const Operation& op, const BlockPlan& plan) {
  const auto bytes = static_cast<size_t>(plan.rows.bytes);
  if (plan.depth == op.ofm.depth) return bytes + (plan.kernels ? KernelScratchBytes(op) : 0);
  // The last slice may be smaller, and its stripes of more rows then.
  const int32_t rest = op.ofm.depth % plan.depth;
  if (rest == 0) return bytes;
  return std::max(bytes, static_cast<size_t>(PlanRows(SliceOf(op, 0, rest), plan.kernels).bytes));
}

bool RunBlock(const Operation& op, const Filter* filter, const BlockPlan& plan,
              const Machine& machine) {
  if (plan.depth == op.ofm.depth) return RunStripes(op, filter, plan.kernels, plan.rows, machine);
  for (int32_t c = 0; c < op.ofm.depth; c += plan.depth) {
    const int32_t count = std::min(plan.depth, op.ofm.depth - c);
    const Operation slice = SliceOf(op, c, count);
    const RowPlan rows = count == plan.depth ? plan.rows : PlanRows(slice, plan.kernels);
    if (!RunStripes(slice, filter, plan.kernels, rows, machine)) return false;
  }
  return true;
}

}  // namespace moonlet::npu
