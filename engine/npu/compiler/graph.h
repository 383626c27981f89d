// engine/npu/compiler/graph.h - the model as the compiler sees it: who makes and reads each tensor,
// which operators the unit takes and why not the others.
#pragma once
#include <vector>

#include "engine/base/status.h"
#include "engine/nn/graph.h"
#include "engine/npu/config.h"

namespace moonlet::npu {

// Operators for the unit that can be run together become one `ethos-u` operator.
struct OperatorPlan {
  bool unit = false;
  int part = -1;  // which of them
  Status reason;  // why the CPU
};

struct TensorPlan {
  int producer = -1;           // an operator; -1: a constant or an input of the model
  std::vector<int> consumers;  // operators
  bool model_input = false;
  bool model_output = false;
};

struct GraphPlan {
  const Model* model = nullptr;
  std::vector<OperatorPlan> operators;
  std::vector<TensorPlan> tensors;
  int parts = 0;

  Node node(int op) const { return Node(*model, op); }
  ModelTensor tensor(int index) const { return ModelTensor(*model, MainGraph(*model), index); }
  int part(int op) const { return operators[static_cast<size_t>(op)].part; }
  const TensorPlan& uses(int tensor) const { return tensors[static_cast<size_t>(tensor)]; }
  // Someone outside the part that makes it sees the tensor: the model's user, the CPU, or
  // another part.
  bool IsEdge(int tensor) const;
  // The only reader of a tensor inside a part, or -1.
  int OnlyConsumer(int tensor) const;
};

// Fills uses; every operator is the CPU's until partition.h has chosen.
GraphPlan MakeGraph(const Model& model);

}  // namespace moonlet::npu
