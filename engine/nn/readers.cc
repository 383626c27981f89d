#include "engine/nn/readers.h"

#include <new>

#include "engine/nn/graph.h"
#include "engine/nn/plan.h"
#include "engine/nn/rewrite.h"

namespace moonlet {

static_assert(MemoryPlan::kMaxBlocks <= INT16_MAX);  // tensors and operators together

bool Readers::Init(const Model& model) {
  Free();
  const tflite::SubGraph& graph = MainGraph(model);
  const auto tensors = static_cast<int>(Count(graph.tensors()));
  operators_ = static_cast<int>(Count(graph.operators()));
  if (tensors == 0) return false;
  const size_t bytes = static_cast<size_t>(tensors) * sizeof(Entry);
  entries_ = static_cast<Entry*>(allocator_.Allocate(bytes, alignof(Entry)));
  if (entries_ == nullptr) return false;
  tensors_ = tensors;
  for (int t = 0; t < tensors_; ++t) new (entries_ + t) Entry{kNobody, kNobody};
  for (uint32_t i = 0; i < Count(graph.outputs()); ++i)
    entries_[graph.outputs()->Get(i)].reader = kSeveral;
  return true;
}

void Readers::Add(const Model& model, int op) {
  const Node node(model, op);
  for (int k = 0; k < node.inputs(); ++k) {
    if (!node.has_input(k) || !IsRead(node, k)) continue;
    Entry& entry = entries_[node.input_index(k)];
    entry.reader = static_cast<int16_t>(entry.reader == kNobody ? op : kSeveral);
  }
  for (int k = 0; k < node.outputs(); ++k)
    entries_[node.output_index(k)].producer = static_cast<int16_t>(op);
}

void Readers::Free() {
  if (entries_ != nullptr) allocator_.Free(entries_, static_cast<size_t>(tensors_) * sizeof(Entry));
  entries_ = nullptr;
}

}  // namespace moonlet
