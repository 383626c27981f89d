// What of a Rewrite concerns operators that change each value by itself, in the step of the one
// that gives it: clamps and tables. Both are exact: a clamp of a clamp is one (Node::TakeClamp),
// and a table of a table is the table of both functions, one after the other, byte by byte.
#include "engine/nn/operators/relu.h"
#include "engine/nn/rewrite.h"

namespace moonlet {

using Op = tflite::BuiltinOperator;
using tflite::TensorType;

namespace {

// So many operators behind one do not make a load long; models have one or two.
constexpr int kMostBehind = 8;

// Kinds of operators that may look up int8 values in a table.
bool MayBeTable(const Node& node) {
  switch (node.code()) {
    case Op::ABS:
    case Op::ELU:
    case Op::GELU:
    case Op::HARD_SWISH:
    case Op::LEAKY_RELU:
    case Op::LOGISTIC:
    case Op::QUANTIZE:
    case Op::RELU:
    case Op::RELU6:
    case Op::RELU_N1_TO_1:
    case Op::TANH:
      break;
    default:
      return false;
  }
  return node.has_input(0) && node.outputs() > 0 && node.input(0).type() == TensorType::INT8 &&
         node.output(0).type() == TensorType::INT8;
}

// False where the operator cannot run, or runs in another way.
bool FindTable(const Node& node, Nesting& nesting, ByteTable* table) {
  StepWriter asking(node.model().bytes().span(), nullptr, 0, nesting);
  asking.AskForTable(table);
  return MayBeTable(node) && PrepareOperator(node, nesting.backends, asking).ok() &&
         asking.table_given();
}

}  // namespace

bool TakesClamp(const Node& node) {
  switch (node.code()) {
    case Op::ADD:
    case Op::AVERAGE_POOL_2D:
    case Op::CONV_2D:
    case Op::DEPTHWISE_CONV_2D:
    case Op::FULLY_CONNECTED:
    case Op::MAX_POOL_2D:
    case Op::MUL:
    case Op::SUB:
    case Op::TRANSPOSE_CONV:
      return true;
    default:
      return false;
  }
}

// The operator that gives what `follower` alone reads as its first input, or does the work of the
// one that gives it; -1: none that could do the follower's too. What lies behind an operator that
// may end a run early must not come before it.
int Rewrite::LeaderOf(const Node& follower) const {
  if (!follower.has_input(0) || follower.outputs() != 1) return -1;
  const ModelTensor between = follower.input(0);
  if (between.constant() || between.variable() || follower.output(0).variable()) return -1;
  if (readers_.reader(between.index()) != follower.index()) return -1;
  const int producer = readers_.producer(between.index());
  if (producer < 0 || Get(producer).outputs() != 1) return -1;
  const int leader = fates_[producer].fate == Fate::kFolded ? fates_[producer].into : producer;
  if (!runs(leader) || leader >= follower.index()) return -1;
  for (int i = producer + 1; i < follower.index(); ++i)
    if (!IsGone(i) && Get(i).code() == Op::CUSTOM) return -1;
  int behind = 0;
  for (int i = leader + 1; i < follower.index(); ++i)
    if (fates_[i].fate == Fate::kFolded && fates_[i].into == leader) ++behind;
  return behind < kMostBehind ? leader : -1;
}

void Rewrite::FoldBehind(const Node& follower, int leader) {
  fates_[follower.index()] = {Fate::kFolded, static_cast<uint16_t>(leader)};
  ++folded_;
}

void Rewrite::FoldClamp(const Node& relu, Nesting& nesting) {
  if (relu.code() != Op::RELU && relu.code() != Op::RELU6 && relu.code() != Op::RELU_N1_TO_1)
    return;
  const int leader = LeaderOf(relu);
  if (leader < 0 || !TakesClamp(Get(leader)) || !Fuses(Get(leader), nesting.backends)) return;
  ClampRange clamp;
  if (!CanRun(relu, nesting) || !FindClamp(relu, &clamp)) return;
  if (!SameQuantization(relu.input(0), relu.output(0))) return;
  if (CanRun(NodeOf(leader), nesting)) FoldBehind(relu, leader);
}

void Rewrite::FoldTable(const Node& follower, Nesting& nesting) {
  if (!MayBeTable(follower)) return;
  const int leader = LeaderOf(follower);
  if (leader < 0 || !Fuses(Get(leader), nesting.backends)) return;
  ByteTable table;
  if (FindTable(Get(leader), nesting, &table) && FindTable(follower, nesting, &table))
    FoldBehind(follower, leader);
}

bool Rewrite::TableOfChain(int first, Nesting& nesting, ByteTable* table) const {
  if (folded_ == 0 || !MayBeTable(Get(first))) return false;
  bool leads = false;
  for (int i = first + 1; i < operators_; ++i) {
    if (fates_[i].fate != Fate::kFolded || fates_[i].into != first) continue;
    ByteTable next;
    if (!leads && !FindTable(Get(first), nesting, table)) return false;
    if (!FindTable(Get(i), nesting, &next)) return false;
    *table = Composed(*table, next);
    leads = true;
  }
  return leads;
}

}  // namespace moonlet
