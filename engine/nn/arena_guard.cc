#include "engine/nn/arena_guard.h"

#include <algorithm>
#include <cstring>

#include "engine/base/allocator.h"
#include "engine/nn/graph.h"
#include "engine/nn/preparation.h"
#include "engine/nn/variables.h"

namespace moonlet {
namespace {

using Op = tflite::BuiltinOperator;

// Calls take(tensor) for every tensor that a step of an operator may write.
template <typename Take>
void ForEachWritten(const Node& node, Take take) {
  for (int k = 0; k < node.outputs(); ++k) take(node.output(k));
  for (int k = 0; k < node.inputs(); ++k) {
    if (!node.has_input(k) || node.input(k).constant()) continue;
    const ModelTensor input = node.input(k);
    const bool rests = input.variable() || input.type() == tflite::TensorType::RESOURCE;
    // A custom operator may be given memory to work in.
    if (rests || node.code() == Op::CUSTOM) take(input);
  }
  if (node.code() != Op::CALL_ONCE) return;
  for (uint32_t t = 0; t < Count(node.graph().tensors()); ++t) {
    Variable variable;
    const auto index = static_cast<int>(t);
    if (FindVariable(node.model(), index, &variable))
      take(ModelTensor(node.model(), node.graph(), index));
  }
}

}  // namespace

ArenaGuard& ArenaGuard::operator=(ArenaGuard&& other) noexcept {
  if (this == &other) return *this;
  Close();
  copy_ = std::exchange(other.copy_, nullptr);
  ranges_ = std::exchange(other.ranges_, nullptr);
  size_ = std::exchange(other.size_, 0);
  count_ = std::exchange(other.count_, 0);
  return *this;
}

// Gives their number; they go to `ranges` unless that is null.
size_t ArenaGuard::FindRanges(const Model& model, const Preparation& measured, Range* ranges) {
  const MemoryPlan& plan = measured.plan();
  size_t count = 0;
  const auto add = [&](int op, int block, uint32_t bytes) {
    if (ranges != nullptr) ranges[count] = {op, plan.offset(block), bytes};
    ++count;
  };
  for (int op = 0; op < static_cast<int>(Count(MainGraph(model).operators())); ++op) {
    const OperatorFate fate = measured.FateOf(op);
    const bool patched = fate.fate == Fate::kPatched;
    if (fate.fate != Fate::kRuns && !patched) continue;
    const int leader = patched ? fate.into : op;  // whose step it is
    ForEachWritten(measured.NodeAt(op), [&](const ModelTensor& tensor) {
      if (!plan.reserved(tensor.index())) return;
      const uint32_t most = plan.bytes(tensor.index());
      const auto bytes = static_cast<uint32_t>(tensor.bytes());
      add(leader, tensor.index(), bytes > 0 ? std::min(bytes, most) : most);
    });
    const int own = measured.OwnBlock(op);
    if (plan.reserved(own)) add(leader, own, plan.bytes(own));
  }
  return count;
}

void ArenaGuard::Open(const Model& model, const Preparation& measured, size_t size) {
  Close();
  Allocator& allocator = MallocAllocator();
  count_ = FindRanges(model, measured, nullptr);
  size_ = size;
  if (count_ == 0 || size_ == 0) return;
  copy_ = static_cast<uint8_t*>(allocator.Allocate(size_, 1));
  ranges_ = static_cast<Range*>(allocator.Allocate(count_ * sizeof(Range), alignof(Range)));
  if (ranges_ == nullptr || copy_ == nullptr) return Close();
  FindRanges(model, measured, ranges_);
}

void ArenaGuard::Close() {
  Allocator& allocator = MallocAllocator();
  if (copy_ != nullptr) allocator.Free(copy_, size_);
  if (ranges_ != nullptr) allocator.Free(ranges_, count_ * sizeof(Range));
  copy_ = nullptr;
  ranges_ = nullptr;
}

void ArenaGuard::Before(const uint8_t* arena) {
  if (copy_ != nullptr) std::memcpy(copy_, arena, size_);
}

bool ArenaGuard::Holds(int op, const uint8_t* arena) {
  if (copy_ == nullptr) return true;
  for (size_t i = 0; i < count_; ++i) {
    const Range& r = ranges_[i];
    if (r.op == op) std::memcpy(copy_ + r.offset, arena + r.offset, r.bytes);
  }
  return std::memcmp(copy_, arena, size_) == 0;
}

}  // namespace moonlet
