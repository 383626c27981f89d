// ADD, SUB, MUL, MAXIMUM and MINIMUM.
#include "engine/kernels/add.h"
#include "engine/kernels/mul.h"
#include "engine/npu/compiler/lower/lower.h"

namespace moonlet::npu {
namespace {

using tflite::BuiltinOperator;

constexpr int kFolded = 4;  // axes that Extents are made of

// A shape of four axes, ones in front; all of them fold to three.
struct Axes {
  int32_t dims[kFolded];

  explicit Axes(const ModelTensor& tensor) {
    std::fill_n(dims, kFolded, 1);
    const int rank = tensor.rank();
    for (int i = 0; i < rank; ++i) dims[std::max(0, kFolded - rank + i)] *= tensor.dim(i);
  }
  Extent extent() const { return {dims[0] * dims[1], dims[2], dims[3]}; }
};

struct Pair {
  int full = 0;  // the input that has the output's shape
  Extent repeated;
};

// The unit repeats the second operand along whole axes only.
Status MatchPair(const Node& node, Pair* pair) {
  const Axes output(node.output(0));
  const auto is_full = [&](int k) { return node.input(k).elements() == node.output(0).elements(); };
  if (!is_full(0) && !is_full(1)) return Status::Unsupported("both inputs are broadcast");
  pair->full = is_full(0) && !node.input(0).constant() ? 0 : is_full(1) ? 1 : 0;
  if (node.input(pair->full).constant())
    return Status::Unsupported("a constant is its larger input");
  const ModelTensor other = node.input(1 - pair->full);
  if (is_full(0) && is_full(1)) {
    pair->repeated = output.extent();
    return Status();
  }
  const Axes axes(other);
  const bool rows_differ = axes.dims[0] != output.dims[0] || axes.dims[1] != output.dims[1];
  if (other.rank() > kFolded || node.output(0).rank() > kFolded ||
      (rows_differ && axes.dims[0] * axes.dims[1] != 1))
    return Status::Unsupported("an input is broadcast along a part of its rows");
  pair->repeated = axes.extent();
  return Status();
}

void SetPair(const Pair& pair, const Node& node, Lowering& lowering, DraftStep* step) {
  const Extent size = Axes(node.output(0)).extent();
  const ModelTensor second = node.input(1 - pair.full);
  Lowering::SetIfm(lowering.At(node.input(pair.full)), step);
  Lowering::SetOfm(lowering.At(node.output(0)), step);
  Operation& op = step->op;
  op.broadcast.reversed = pair.full == 1;
  if (second.constant() && second.elements() == 1) {
    op.broadcast.scalar = true;
    op.scalar = static_cast<int8_t>(second.data()[0]);
    op.ifm2 = {};
    op.ifm2.element = kInt8;
    op.ifm2.zero_point = second.zero_point();
    return;
  }
  Feature other = lowering.At(second);
  if (!(ExtentOf(second.shape()) == pair.repeated)) other.map = ViewAs(other.map, pair.repeated);
  Lowering::SetIfm2(other, step);
  op.broadcast.height = pair.repeated.height != size.height;
  op.broadcast.width = pair.repeated.width != size.width;
  op.broadcast.depth = pair.repeated.depth != size.depth;
}

constexpr Multiplier kHalf = {1 << 30, 0};

// The operand with the larger scale is half of the common one, the other is rescaled.
Status SetSum(const Node& node, Operation* op) {
  const auto make = node.code() == BuiltinOperator::ADD ? MakeAddScales : MakeSubScales;
  AddScales scales;
  if (!make(node.input(0).scale(), node.input(1).scale(), node.output(0).scale(), kAddHeadRoomS8,
            &scales))
    return Status::Unsupported("scales out of range");
  const auto is_half = [](Multiplier m) {
    return m.value == kHalf.value && m.shift == kHalf.shift;
  };
  const bool first = is_half(scales.b);
  if (!first && !is_half(scales.a)) return Status::Unsupported("scales out of range");
  Multiplier rescaled = first ? scales.a : scales.b;
  rescaled.shift = static_cast<int8_t>(rescaled.shift + kAddHeadRoomS8);
  Status s = ScaleOf(rescaled, &op->opa_scale);
  if (s.ok()) s = ScaleOf(scales.output, &op->ofm_scale);
  op->operand_scaling = first ? OperandScaling::kA : OperandScaling::kB;
  op->global_scale = true;
  return s;
}

Status SetProduct(const Node& node, Operation* op) {
  Multiplier m;
  if (!MakeMulScale(node.input(0).scale(), node.input(1).scale(), node.output(0).scale(), &m))
    return Status::Unsupported("scales out of range");
  op->global_scale = true;
  return ScaleOf(m, &op->ofm_scale);
}

// Raw values are compared, so zero points do not matter.
void SetExtreme(Operation* op) {
  op->ifm.zero_point = 0;
  op->ifm2.zero_point = 0;
  op->ofm.zero_point = 0;
}

tflite::ActivationFunctionType ActivationOfPair(const tflite::Operator& table) {
  if (const auto* add = table.builtin_options_as_AddOptions())
    return add->fused_activation_function();
  if (const auto* sub = table.builtin_options_as_SubOptions())
    return sub->fused_activation_function();
  if (const auto* mul = table.builtin_options_as_MulOptions())
    return mul->fused_activation_function();
  return tflite::ActivationFunctionType::NONE;
}

}  // namespace

Status LowerElementwise(const Node& node, Lowering& lowering) {
  Pair pair;
  OutputS8 range;
  Status s = MatchPair(node, &pair);
  if (s.ok() && node.input(1).type() != tflite::TensorType::INT8)
    s = Status::Unsupported("its second input is %s, expected int8",
                            moonlet::NameOf(node.input(1).type()));
  if (s.ok()) s = RangeOf(node, ActivationOfPair(node.table()), &range);
  if (!s.ok()) return s;
  DraftStep step;
  step.op.kind = OperationKind::kElementwise;
  SetPair(pair, node, lowering, &step);
  SetRange(range, &step.op);
  switch (node.code()) {
    case BuiltinOperator::MUL:
      step.op.elementwise = ElementwiseMode::kMul;
      s = SetProduct(node, &step.op);
      break;
    case BuiltinOperator::MAXIMUM:
      step.op.elementwise = ElementwiseMode::kMax;
      SetExtreme(&step.op);
      break;
    case BuiltinOperator::MINIMUM:
      step.op.elementwise = ElementwiseMode::kMin;
      SetExtreme(&step.op);
      break;
    default:
      step.op.elementwise =
          node.code() == BuiltinOperator::ADD ? ElementwiseMode::kAdd : ElementwiseMode::kSub;
      s = SetSum(node, &step.op);
  }
  if (s.ok()) s = CheckLimits(step.op);
  step.node = node.index();
  if (s.ok()) lowering.draft().steps.push_back(std::move(step));
  return s;
}

}  // namespace moonlet::npu
