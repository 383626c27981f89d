// SOFTMAX of int8: the CPU's fixed-point arithmetic (engine/kernels/softmax.cc), in 30 operations.
//
// The CPU doubles the reciprocal before it multiplies, which saturates where one probability is
// 1. What the unit would do with such a number nobody says, so here the product is shifted by
// one less instead.
#include "engine/kernels/softmax.h"

#include <cstring>

#include "engine/npu/compiler/lower/lower.h"

namespace moonlet::npu {
namespace {

// The sum of 2^19 each must leave the bits that its reciprocal is scaled by.
constexpr int32_t kMostProbabilities = 511;
constexpr int32_t kTableEntries = 256;

// e^(scale * x) of x = -255 to 0.
std::vector<uint8_t> ExpTable(const SoftmaxS8Params& p) {
  std::vector<uint8_t> bytes(kTableEntries * sizeof(int32_t));
  for (int32_t i = 0; i < kTableEntries; ++i) {
    const int32_t x = i - (kTableEntries - 1);
    const int32_t scaled = HighMul(WrapShl(x, p.scale.shift), p.scale.value);
    const int32_t e = x < p.lowest_difference ? 0 : ExpOnNegative(kDifferenceBits, scaled);
    std::memcpy(&bytes[static_cast<size_t>(i) * sizeof(e)], &e, sizeof(e));
  }
  return bytes;
}

// Where the CPU saturates it multiplies with 2^31 - 1, here with 2^31: that must make no
// difference after the last shift, the smallest of which is that of a sum of 2^19.
bool SaturationIsHarmless(const SoftmaxS8Params& p) {
  const std::vector<uint8_t> table = ExpTable(p);
  constexpr int kLeastShift = 23, kMostShift = 31;
  for (size_t at = 0; at < table.size(); at += sizeof(int32_t)) {
    int32_t e;
    std::memcpy(&e, &table[at], sizeof(e));
    const int32_t other = HighMul(kInt32Max, e);
    for (int shift = kLeastShift; shift <= kMostShift; ++shift)
      if (RoundingShiftRight(e, shift) != RoundingShiftRight(other, shift)) return false;
  }
  return true;
}

class SoftmaxWriter {
 public:
  SoftmaxWriter(const Node& node, int32_t rows, int32_t depth, Lowering& lowering)
      : node_(node), lowering_(lowering), column_{rows, 1, 1}, whole_{rows, 1, depth} {}

  void Write(const SoftmaxS8Params& p);

 private:
  using Mode = ElementwiseMode;

  Feature Whole(const ModelTensor& tensor) const {
    Feature feature = lowering_.At(tensor);
    feature.map = ViewAs(feature.map, whole_);
    return feature;
  }
  Feature Number(int32_t value) { return lowering_.Constant(&value, {1, 1, 1}, kInt32); }
  // A step on 32 bits into `to`.
  DraftStep& Wide(Mode mode, const Feature& a, const Feature& b, const Feature& to);
  Feature Column(Mode mode, const Feature& a, const Feature& b, int shift = 0);
  // b - a.
  Feature Reversed(Mode mode, const Feature& a, const Feature& b);
  Feature Largest(const Feature& x);
  Feature Exponentials(const Feature& x, const Feature& largest, const SoftmaxS8Params& p);
  Feature Sum(const Feature& shifted);
  Feature LeadingZeros(const Feature& sum);
  Feature Reciprocal(const Feature& sum, const Feature& zeros);

  const Node& node_;
  Lowering& lowering_;
  Extent column_, whole_;
};

DraftStep& SoftmaxWriter::Wide(Mode mode, const Feature& a, const Feature& b, const Feature& to) {
  DraftStep& step = lowering_.Add(node_, OperationKind::kElementwise);
  Lowering::SetIfm(a, &step);
  Lowering::SetIfm2(b, &step);
  Lowering::SetOfm(to, &step);
  Operation& op = step.op;
  op.elementwise = mode;
  op.ifm.zero_point = 0;
  op.ifm2.zero_point = 0;
  op.global_scale = mode == Mode::kMul || mode == Mode::kAdd || mode == Mode::kSub;
  op.broadcast.height = b.map.height != to.map.height;
  op.broadcast.depth = b.map.depth != to.map.depth;
  return step;
}

Feature SoftmaxWriter::Column(Mode mode, const Feature& a, const Feature& b, int shift) {
  const Feature to = lowering_.Temporary(column_, kInt32);
  Wide(mode, a, b, to).op.ofm_scale.shift = static_cast<uint8_t>(shift);
  return to;
}

Feature SoftmaxWriter::Reversed(Mode mode, const Feature& a, const Feature& b) {
  const Feature to = lowering_.Temporary(column_, kInt32);
  Wide(mode, a, b, to).op.broadcast.reversed = true;
  return to;
}

// A window over all channels, which lie in a row.
Feature SoftmaxWriter::Largest(const Feature& x) {
  const Feature to = lowering_.Temporary(column_, kInt8);
  Feature from = x;
  from.map = ViewAs(x.map, {whole_.height, whole_.depth, 1});
  DraftStep& step = lowering_.Add(node_, OperationKind::kPool);
  Lowering::SetIfm(from, &step);
  Lowering::SetOfm(to, &step);
  step.op.pool = PoolMode::kMax;
  step.op.kernel.width = whole_.depth;
  step.op.ifm.zero_point = 0;
  return to;
}

Feature SoftmaxWriter::Exponentials(const Feature& x, const Feature& largest,
                                    const SoftmaxS8Params& p) {
  const Feature to = lowering_.Temporary(whole_, kInt32);
  const int table = lowering_.AddTable(ExpTable(p));
  DraftStep& step = Wide(Mode::kSub, x, largest, to);
  step.table = table;
  Operation& op = step.op;
  op.opa_scale = {1, 0};
  op.opb_scale = {1, 0};
  op.ofm_scale = {1, 0};
  op.ofm.zero_point = 127;
  op.activation.function = 16;
  op.activation.range = ClipRange::kInt8;
  return to;
}

Feature SoftmaxWriter::Sum(const Feature& shifted) {
  const Feature to = lowering_.Temporary(column_, kInt32);
  DraftStep& step = lowering_.Add(node_, OperationKind::kPool);
  Lowering::SetIfm(shifted, &step);
  Lowering::SetOfm(to, &step);
  step.op.pool = PoolMode::kReduceSum;
  step.op.global_scale = true;
  return to;
}

Feature SoftmaxWriter::LeadingZeros(const Feature& sum) {
  const Feature to = lowering_.Temporary(column_, kInt32);
  DraftStep& step = lowering_.Add(node_, OperationKind::kElementwise);
  Lowering::SetIfm(sum, &step);
  Lowering::SetOfm(to, &step);
  step.op.elementwise = Mode::kClz;
  return to;
}

// Half of 1 / (1 + x) in three steps of Newton and Raphson, x being the sum below its leading
// bit. At most 2^30.
Feature SoftmaxWriter::Reciprocal(const Feature& sum, const Feature& zeros) {
  const Feature one = Number(1);
  Feature x = Column(Mode::kShl, sum, Column(Mode::kSub, zeros, one));
  x = Column(Mode::kShl, Column(Mode::kSub, x, Number(1 << 30)), one);
  const Feature half = Column(Mode::kAdd, x, Number(kInt32Max), 1);
  Feature r = Column(Mode::kMul, half, Number(-1010580540), 31);
  r = Column(Mode::kAdd, r, Number(1515870810));
  const Feature unit = Number(1 << 29);
  const Feature four = Number(4);
  for (int i = 0; i < 3; ++i) {
    const Feature rest = Reversed(Mode::kSub, Column(Mode::kMul, r, half, 31), unit);
    r = Column(Mode::kAdd, r, Column(Mode::kMul, Column(Mode::kMul, r, rest, 31), four));
  }
  return r;
}

void SoftmaxWriter::Write(const SoftmaxS8Params& p) {
  const Feature x = Whole(node_.input(0));
  const Feature y = Whole(node_.output(0));
  const Feature e = Exponentials(x, Largest(x), p);
  const Feature shifted = lowering_.Temporary(whole_, kInt32);
  Wide(Mode::kShr, e, Number(kSumBits), shifted).op.rounding = Rounding::kNatural;
  const Feature sum = Sum(shifted);
  const Feature zeros = LeadingZeros(sum);
  const Feature shift = Reversed(Mode::kSub, zeros, Number(kSumBits + 31 - 8));
  const Feature inverse = Reciprocal(sum, zeros);
  const Feature product = lowering_.Temporary(whole_, kInt32);
  Wide(Mode::kMul, e, inverse, product).op.ofm_scale.shift = 30;
  Wide(Mode::kShr, product, shift, y).op.rounding = Rounding::kNatural;
}

}  // namespace

Status LowerSoftmax(const Node& node, Lowering& lowering) {
  const ModelTensor input = node.input(0);
  const int32_t depth = input.dim(input.rank() - 1);
  const auto rows = static_cast<int32_t>(input.elements() / depth);
  if (depth > kMostProbabilities)
    return Status::Unsupported("%d probabilities, at most %d", depth, kMostProbabilities);
  SoftmaxS8Params p;
  const float beta = node.table().builtin_options_as_SoftmaxOptions()->beta();
  if (!MakeSoftmaxS8(rows, depth, beta, input.scale(), &p))
    return Status::Unsupported("scales out of range");
  if (!SaturationIsHarmless(p))
    return Status::Unsupported("a probability lies between two results");
  SoftmaxWriter(node, rows, depth, lowering).Write(p);
  return CheckLimits(lowering.draft().steps.back().op);
}

}  // namespace moonlet::npu
