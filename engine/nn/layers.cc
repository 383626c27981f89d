#include "engine/nn/layers.h"

#include "engine/nn/graph.h"

namespace moonlet {

Status Layers::Open() {
  if (!model_.Unchanged()) return Status::Error(Code::kChanged, "model file changed");
  return Session::Measure(model_, ram_, nullptr, &preparation_);
}

// The last one that has a step, up to the operator itself.
int Layers::AvailableAfter(int op) const {
  int last = -1;
  for (uint32_t i = 0; i < Count(MainGraph(model_).operators()); ++i) {
    const auto other = static_cast<int>(i);
    const int time = preparation_.TimeOf(other);
    if (preparation_.FateOf(other).fate != Fate::kRuns || time > preparation_.TimeOf(op)) continue;
    if (last < 0 || time > preparation_.TimeOf(last)) last = other;
  }
  return last;
}

bool Layers::Find(const Session& session, int tensor, Tensor* view) const {
  const ModelTensor t(model_, MainGraph(model_), tensor);
  DType dtype;
  if (t.constant() || t.rank() > kMaxRank || !DTypeFor(t.type(), &dtype)) return false;
  if (!preparation_.plan().reserved(tensor)) return false;
  // Between layers that run in patches there are only some rows.
  if (preparation_.plan().bytes(tensor) < static_cast<uint64_t>(t.bytes())) return false;
  Shape shape;
  shape.rank = static_cast<decltype(shape.rank)>(t.rank());
  for (int axis = 0; axis < t.rank(); ++axis) shape.dims[axis] = t.dim(axis);
  *view = RowMajor(session.arena() + preparation_.plan().offset(tensor), dtype, shape);
  return true;
}

}  // namespace moonlet
