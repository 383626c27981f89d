#include "engine/nn/rewrite.h"

#include <new>

#include "engine/nn/operators/image.h"
#include "engine/nn/operators/relu.h"

namespace moonlet {
namespace {

using Op = tflite::BuiltinOperator;
using tflite::TensorType;

bool IsPad(const Node& node) { return node.code() == Op::PAD || node.code() == Op::PADV2; }

// The border that a PAD puts around an image. False where it adds batches or channels.
// Requires that it can run.
bool BorderOf(const Node& pad, Border* border) {
  if (pad.input(0).rank() != 4) return false;
  const Unaligned<int32_t> values(pad.input(1).data().data());
  *border = {values[2], values[3], values[4], values[5]};
  return values[0] == 0 && values[1] == 0 && values[6] == 0 && values[7] == 0;
}

// Whether what a PAD puts there counts nothing in an integer convolution: zero points.
// int16 has them at 0, whatever the file says.
bool PadsWithZeroPoints(const Node& pad) {
  const ModelTensor output = pad.output(0);
  const bool int8 = output.type() == TensorType::INT8;
  if (!int8 && output.type() != TensorType::INT16) return false;
  if (pad.code() == Op::PAD) return true;
  const ModelTensor value = pad.input(2);
  if (!value.constant()) return false;
  if (int8) return static_cast<int8_t>(value.data()[0]) == output.zero_point();
  return Unaligned<int16_t>(value.data().data())[0] == 0;
}

// Whether every position of a filter still reaches the image.
bool Reaches(const Axis& axis) {
  const int32_t extent = (axis.kernel - 1) * axis.dilation + 1;
  const int64_t last = int64_t{axis.output - 1} * axis.stride - axis.pad;
  return axis.pad < extent && last < axis.input;
}

template <typename Options>
bool ReachesImage(const Node& node, const Options& options) {
  const ModelTensor filter = node.input(1);
  Window window;
  return MakeWindow(node, options.padding(), StepsOf(filter, options), node.output(0).dim(3),
                    &window)
             .ok() &&
         Reaches(window.y) && Reaches(window.x);
}

// Whether a convolution that could run with its input padded can read that border itself.
bool TakesBorder(const Node& convolution) {
  if (convolution.code() == Op::CONV_2D)
    return ReachesImage(convolution, *convolution.table().builtin_options_as_Conv2DOptions());
  return ReachesImage(convolution,
                      *convolution.table().builtin_options_as_DepthwiseConv2DOptions());
}

bool KnowsBorders(const Node& node, Backends backends) {
  return (node.code() == Op::CONV_2D || node.code() == Op::DEPTHWISE_CONV_2D) &&
         Fuses(node, backends);
}

// Has an operator do the work of one that is folded into it, next to it in the graph. Those behind
// it come one after the other.
void TakeOver(const Node& folded, Node* node) {
  Border border;
  ClampRange clamp;
  if (folded.index() < node->index()) {
    if (BorderOf(folded, &border)) node->TakeBordered(folded.input_index(0), border);
  } else if (TakesClamp(*node)) {
    if (FindClamp(folded, &clamp)) node->TakeClamp(folded.output_index(0), clamp);
  } else {
    node->TakeOutput(folded.output_index(0));
  }
}

}  // namespace

bool IsRead(const Node& node, int k) {
  switch (node.code()) {
    case Op::RESHAPE:
    case Op::SPLIT_V:
      return k != 1;
    case Op::TRANSPOSE_CONV:
      return k != 0;
    case Op::SHAPE:
    case Op::ZEROS_LIKE:
      return false;
    default:
      return true;
  }
}

bool HasEffects(const Node& node) {
  switch (node.code()) {
    case Op::ASSIGN_VARIABLE:
    case Op::CALL_ONCE:
    case Op::CUSTOM:
    case Op::IF:
    case Op::WHILE:
      return true;
    default:
      break;
  }
  for (int k = 0; k < node.inputs(); ++k)
    if (node.has_input(k) && node.input(k).variable()) return true;
  for (int k = 0; k < node.outputs(); ++k)
    if (node.output(k).variable()) return true;
  return false;
}

bool SameQuantization(const ModelTensor& a, const ModelTensor& b) {
  return a.scales() == 1 && b.scales() == 1 && a.scale() == b.scale() &&
         a.zero_point() == b.zero_point();
}

bool Fuses(const Node& node, Backends backends) {
  Status declined;
  const Backend* taker = FindTaker(node, backends, &declined);
  return taker != nullptr && taker->fuses();
}

Status Rewrite::Init() {
  Free();
  operators_ = static_cast<int>(Count(MainGraph(model_).operators()));
  if (operators_ == 0) return Status();
  const auto n = static_cast<size_t>(operators_);
  void* memory = allocator_.Allocate(n * sizeof(OperatorFate), alignof(OperatorFate));
  if (memory == nullptr) return Status::NoMemory(n * sizeof(OperatorFate));
  fates_ = static_cast<OperatorFate*>(memory);
  for (size_t i = 0; i < n; ++i) new (fates_ + i) OperatorFate;
  return Status();
}

void Rewrite::Free() {
  constants_.Free();
  readers_.Free();
  if (fates_ == nullptr) return;
  allocator_.Free(fates_, static_cast<size_t>(operators_) * sizeof(OperatorFate));
  fates_ = nullptr;
  folded_ = 0;
}

void Rewrite::ForgetMeasured() {
  for (int i = 0; i < operators_ && fates_ != nullptr; ++i)
    if (IsAlias(i) || fates_[i].fate == Fate::kRefused) fates_[i] = {};
}

// Clamps first: what is left of them may be part of a chain of tables.
void Rewrite::Decide(Nesting& nesting, bool ample) {
  DropDead(nesting);
  if (ComputeConstants(nesting, ample)) DropDead(nesting);
  if (!FindReaders()) return;
  for (int i = 0; i < operators_; ++i)
    if (runs(i) && IsPad(Get(i))) FoldBorder(Get(i), nesting);
  for (int i = 0; i < operators_; ++i)
    if (runs(i)) FoldClamp(Get(i), nesting);
  for (int i = 0; i < operators_; ++i)
    if (runs(i)) FoldTable(Get(i), nesting);
  readers_.Free();
}

bool Rewrite::FindReaders() {
  return readers_.Find(model_, [this](int op) { return IsGone(op); });
}

Node Rewrite::Get(int op) const {
  Node node(model_, op);
  if (constants_.bytes() > 0) node.TakeConstants(&constants_);
  return node;
}

// Whether no run has it read anything any more.
bool Rewrite::IsGone(int op) const {
  return fates_[op].fate == Fate::kDropped || fates_[op].fate == Fate::kComputed;
}

bool Rewrite::IsOutput(int tensor) const {
  const auto* outputs = MainGraph(model_).outputs();
  for (uint32_t i = 0; i < Count(outputs); ++i)
    if (outputs->Get(i) == tensor) return true;
  return false;
}

// Whether an operator from `first` on that runs reads a tensor, or the model gives it.
bool Rewrite::HasReader(int tensor, int first) const {
  for (int i = first; i < operators_; ++i) {
    if (IsGone(i)) continue;
    const Node node = Get(i);
    for (int k = 0; k < node.inputs(); ++k)
      if (node.has_input(k) && node.input_index(k) == tensor && IsRead(node, k)) return true;
  }
  return IsOutput(tensor);
}

bool Rewrite::IsDead(const Node& node) const {
  for (int k = 0; k < node.outputs(); ++k)
    if (HasReader(node.output_index(k), node.index() + 1)) return false;
  return !HasEffects(node);
}

// What gives something to a dead operator only is dead too, and comes before it.
void Rewrite::DropDead(Nesting& nesting) {
  for (int i = operators_ - 1; i >= 0; --i) {
    if (IsGone(i)) continue;
    const Node node = Get(i);
    if (IsDead(node) && CanRun(node, nesting)) fates_[i].fate = Fate::kDropped;
  }
}

void Rewrite::FoldBorder(const Node& pad, Nesting& nesting) {
  if (!CanRun(pad, nesting) || pad.input(0).constant() || pad.input(0).variable()) return;
  const int tensor = pad.output_index(0);
  const int reader = readers_.reader(tensor);
  if (reader < 0 || !PadsWithZeroPoints(pad)) return;
  if (!SameQuantization(pad.input(0), pad.output(0))) return;
  Node convolution = Get(reader);
  if (!convolution.has_input(0) || convolution.input_index(0) != tensor) return;
  Border border;
  if (!KnowsBorders(convolution, nesting.backends) || !BorderOf(pad, &border)) return;
  if (!CanRun(convolution, nesting)) return;
  convolution.TakeBordered(pad.input_index(0), border);
  if (!TakesBorder(convolution)) return;
  fates_[pad.index()] = {Fate::kFolded, static_cast<uint16_t>(reader)};
  ++folded_;
}

Node Rewrite::NodeOf(int op) const {
  Node node = Get(op);
  for (int i = 0; i < operators_ && folded_ > 0; ++i)
    if (fates_[i].fate == Fate::kFolded && fates_[i].into == op) TakeOver(Get(i), &node);
  return node;
}

}  // namespace moonlet
