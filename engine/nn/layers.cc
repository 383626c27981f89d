#include "engine/nn/layers.h"

#include "engine/nn/graph.h"

namespace moonlet {

Status Layers::Open() {
  if (!model_.Unchanged()) return Status::Error(Code::kChanged, "model file changed");
  if (Status s = preparation_.PlanTensors(); !s.ok()) return s;
  return preparation_.Measure(nullptr);
}

bool Layers::Find(const Session& session, int tensor, Tensor* view) const {
  const ModelTensor t(model_, MainGraph(model_), tensor);
  DType dtype;
  if (t.constant() || t.rank() > kMaxRank || !DTypeFor(t.type(), &dtype)) return false;
  if (!preparation_.plan().reserved(tensor)) return false;
  Shape shape;
  shape.rank = static_cast<decltype(shape.rank)>(t.rank());
  for (int axis = 0; axis < t.rank(); ++axis) shape.dims[axis] = t.dim(axis);
  *view = RowMajor(session.arena() + preparation_.plan().offset(tensor), dtype, shape);
  return true;
}

}  // namespace moonlet
