// Functions of one value: the RELU family, LOGISTIC, TANH, ... as look-ups.
#include "engine/npu/compiler/lower/lower.h"
#include "engine/npu/compiler/unary_model.h"

namespace moonlet::npu {

namespace {

constexpr uint8_t kFirstTable = 16;  // of activation functions

// The CONV, DEPTHWISE or POOL that makes the input looks its results up, where tables have a place
// of their own.
bool FuseTable(const Node& node, Feature ofm, int table, Lowering& lowering) {
  DraftStep* maker = lowering.OnlyMaker(node.input(0), node);
  if (maker == nullptr || maker->table != kNone || ofm.map.element != kInt8 ||
      maker->op.kind == OperationKind::kElementwise || !lowering.config().geometry().lut_reserved)
    return false;
  const FeatureMap& made = maker->op.ofm;
  const Extent extent = {made.height, made.width, made.depth};
  // FULLY_CONNECTED has its rows side by side.
  if (ofm.map.layout == Layout::kNhwc) ofm.map = ViewAs(ofm.map, extent);
  if (!(extent == Extent{ofm.map.height, ofm.map.width, ofm.map.depth})) return false;
  const int32_t zero_point = made.zero_point;
  Lowering::SetOfm(ofm, maker);
  maker->op.ofm.zero_point = zero_point;
  maker->op.activation.function = kFirstTable;
  maker->table = table;
  return true;
}

}  // namespace

// x + 0, then the table.
Status LowerTable(const Node& node, Lowering& lowering) {
  std::vector<uint8_t> table;
  if (Status s = TableOf(node, &table); !s.ok()) return s;
  const ModelTensor input = node.input(0);
  if (input.constant()) return Status::Unsupported("its input is a constant");
  const Feature ifm = lowering.At(input);
  const Feature ofm = lowering.At(node.output(0));
  const int index = lowering.AddTable(std::move(table));
  if (FuseTable(node, ofm, index, lowering)) return Status();
  DraftStep& step = lowering.Add(node, OperationKind::kElementwise);
  Lowering::SetIfm(ifm, &step);
  Lowering::SetOfm(ofm, &step);
  step.table = index;
  Operation& op = step.op;
  op.elementwise = ElementwiseMode::kAdd;
  // Sums count up from the lowest value of the output's type, as entries do.
  const auto lowest = [](const FeatureMap& map) { return map.element.is_signed ? -128 : 0; };
  op.ifm.zero_point = lowest(op.ifm) - lowest(op.ofm);
  op.ofm.zero_point = 0;
  op.activation.min = lowest(op.ofm);
  op.activation.max = lowest(op.ofm) + 255;
  op.ifm2.element = op.ifm.element;
  op.broadcast.scalar = true;
  op.opa_scale = {1 << 15, 0};
  op.opb_scale = {1 << 15, 0};
  op.ofm_scale = {1 << 30, 45};
  op.global_scale = true;
  op.activation.function = kFirstTable;
  return CheckLimits(op);
}

}  // namespace moonlet::npu
