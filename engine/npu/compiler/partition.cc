#include "engine/npu/compiler/partition.h"

#include "engine/nn/analyze.h"
#include "engine/npu/compiler/blocks.h"
#include "engine/npu/compiler/lower/lower.h"

namespace moonlet::npu {
namespace {

Status TryOperator(const GraphPlan& graph, int op, const Config& config) {
  const Node node = graph.node(op);
  if (Status s = CheckLowerable(node); !s.ok()) return s;
  if (Status s = DescribeOperator(*graph.model, op).support; !s.ok()) return s;
  Draft draft;
  Lowering lowering(graph, config, &draft);
  Status s = Lower(node, lowering);
  for (DraftStep& step : draft.steps)
    if (s.ok()) s = CheckBlock(config, step.op);
  return s;
}

bool IsTaken(const GraphPlan& graph, int op) {
  return graph.operators[static_cast<size_t>(op)].reason.ok();
}

// Whether an operator that the unit takes needs nothing that the CPU makes after operator `first`,
// so that it can be run with that.
bool MayJoin(const GraphPlan& graph, int op, int first) {
  const Node node = graph.node(op);
  for (int k = 0; k < node.inputs(); ++k) {
    if (!node.has_input(k)) continue;
    const int producer = graph.uses(node.input(k).index()).producer;
    if (producer > first && !IsTaken(graph, producer)) return false;
  }
  return true;
}

// Gives operators back to the CPU whose part moves no bytes, and numbers the parts that are left.
void NumberParts(int parts, GraphPlan* graph) {
  std::vector<int> numbers(static_cast<size_t>(parts), -1);
  for (int op = 0; op < static_cast<int>(graph->operators.size()); ++op)
    if (graph->part(op) >= 0 && !OnlyReshapes(graph->node(op)))
      numbers[static_cast<size_t>(graph->part(op))] = 0;
  for (int& number : numbers)
    if (number == 0) number = graph->parts++;
  for (OperatorPlan& plan : graph->operators) {
    if (plan.part < 0) continue;
    plan.part = numbers[static_cast<size_t>(plan.part)];
    plan.unit = plan.part >= 0;
    if (!plan.unit) plan.reason = Status::Unsupported("nothing next to it runs on the NPU");
  }
}

}  // namespace

Status Partition(const Config& config, const StopToken& stop, GraphPlan* graph) {
  const int count = static_cast<int>(graph->operators.size());
  for (int op = 0; op < count; ++op) {
    if (stop.raised()) return Status::Stopped();
    graph->operators[static_cast<size_t>(op)].reason = TryOperator(*graph, op, config);
  }
  int parts = 0;
  int first = -1;  // operator of the last part
  for (int op = 0; op < count; ++op) {
    if (!IsTaken(*graph, op)) continue;
    if (parts == 0 || !MayJoin(*graph, op, first)) {
      ++parts;
      first = op;
    }
    graph->operators[static_cast<size_t>(op)].part = parts - 1;
  }
  NumberParts(parts, graph);
  return Status();
}

}  // namespace moonlet::npu
