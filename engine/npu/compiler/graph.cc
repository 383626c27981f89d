#include "engine/npu/compiler/graph.h"

namespace moonlet::npu {

bool GraphPlan::IsEdge(int tensor) const {
  const TensorPlan& t = uses(tensor);
  if (t.model_input || t.model_output || t.producer < 0) return true;
  const int home = part(t.producer);
  if (home < 0) return true;
  for (const int op : t.consumers)
    if (part(op) != home) return true;
  return false;
}

int GraphPlan::OnlyConsumer(int tensor) const {
  const TensorPlan& t = uses(tensor);
  return t.consumers.size() == 1 && !IsEdge(tensor) ? t.consumers[0] : -1;
}

GraphPlan MakeGraph(const Model& model) {
  const tflite::SubGraph& graph = MainGraph(model);
  GraphPlan plan;
  plan.model = &model;
  plan.operators.resize(Count(graph.operators()));
  plan.tensors.resize(Count(graph.tensors()));
  const auto at = [&](int32_t tensor) -> TensorPlan& {
    return plan.tensors[static_cast<size_t>(tensor)];
  };
  for (uint32_t i = 0; i < Count(graph.inputs()); ++i)
    at(graph.inputs()->Get(i)).model_input = true;
  for (uint32_t i = 0; i < Count(graph.outputs()); ++i)
    at(graph.outputs()->Get(i)).model_output = true;
  for (int op = 0; op < static_cast<int>(plan.operators.size()); ++op) {
    const Node node(model, op);
    for (int k = 0; k < node.inputs(); ++k)
      if (node.has_input(k)) at(node.input(k).index()).consumers.push_back(op);
    for (int k = 0; k < node.outputs(); ++k) at(node.output(k).index()).producer = op;
  }
  return plan;
}

}  // namespace moonlet::npu
