#include "engine/npu/compiler/compile.h"

#include "engine/nn/prepare.h"
#include "engine/npu/compiler/allocate.h"
#include "engine/npu/compiler/emit.h"
#include "engine/npu/compiler/lower/lower.h"
#include "engine/npu/compiler/partition.h"
#include "engine/npu/compiler/schedule.h"
#include "engine/npu/compiler/write_model.h"
#include "engine/npu/cycles.h"
#include "engine/npu/payload.h"

namespace moonlet::npu {
namespace {

Status LowerPart(const GraphPlan& graph, int part, Lowering& lowering) {
  for (int op = 0; op < static_cast<int>(graph.operators.size()); ++op) {
    if (graph.part(op) != part) continue;
    if (Status s = Lower(graph.node(op), lowering); !s.ok()) return OfOperator(graph.node(op), s);
  }
  return Status();
}

// Operators of the CPU keep their place in time; a part is where its first operator was.
Status LowerAll(const GraphPlan& graph, Lowering& lowering) {
  int lowered = 0;  // parts
  for (int op = 0; op < static_cast<int>(graph.operators.size()); ++op) {
    const int part = graph.part(op);
    if (part < 0) {
      DraftStep step;
      step.node = op;
      step.unit = false;
      lowering.draft().steps.push_back(std::move(step));
    } else if (part == lowered) {
      if (Status s = LowerPart(graph, part, lowering); !s.ok()) return s;
      ++lowered;
    }
  }
  return Status();
}

// What the CPU reads and writes of the arena.
void AddCpuUses(const GraphPlan& graph, const Lowering& lowering, Draft* draft) {
  for (DraftStep& step : draft->steps) {
    if (step.unit) continue;
    const Node node = graph.node(step.node);
    const auto add = [&](const ModelTensor& tensor) {
      const Feature* place = lowering.Find(tensor.index());
      if (place != nullptr) step.others.push_back(place->area);
    };
    for (int k = 0; k < node.inputs(); ++k)
      if (node.has_input(k)) add(node.input(k));
    for (int k = 0; k < node.outputs(); ++k) add(node.output(k));
  }
}

std::vector<int32_t> OffsetsOf(const GraphPlan& graph, const Lowering& lowering,
                               const Draft& draft) {
  std::vector<int32_t> offsets(graph.tensors.size(), -1);
  for (size_t t = 0; t < offsets.size(); ++t) {
    const Feature* place = lowering.Find(static_cast<int>(t));
    if (place == nullptr) continue;
    const uint64_t area = draft.areas[static_cast<size_t>(place->area)].offset;
    offsets[t] = static_cast<int32_t>(area + place->map.base[0]);
  }
  return offsets;
}

class CycleSum final : public LayerObserver {
 public:
  void Layer(const LayerCycles& layer) override { total_ += layer.cycles.total(); }
  double total() const { return total_; }

 private:
  double total_ = 0;
};

Status Summarize(const GraphPlan& graph, const Config& config, const CompiledParts& parts,
                 Compilation* compiled) {
  compiled->parts = graph.parts;
  compiled->arena = static_cast<size_t>(parts.arena);
  compiled->constants = parts.blob->size();
  CycleSum sum;
  for (const std::vector<uint8_t>& bytes : parts.payloads) {
    Payload payload;
    Status s = ReadPayload(bytes, &payload);
    if (s.ok()) s = EstimateStream(payload.stream, config, DefaultSystem(config), &sum);
    if (!s.ok()) return s;
    compiled->streams += payload.stream.size();
  }
  compiled->cycles = sum.total();
  return Status();
}

// Its plan of the arena would be lost.
bool IsCompiled(const GraphPlan& graph) {
  for (int op = 0; op < static_cast<int>(graph.operators.size()); ++op)
    if (graph.node(op).name() == "ethos-u") return true;
  return false;
}

void ReportOperators(const GraphPlan& graph, std::vector<OperatorReport>* operators) {
  for (int op = 0; op < static_cast<int>(graph.operators.size()); ++op) {
    const OperatorPlan& plan = graph.operators[static_cast<size_t>(op)];
    operators->push_back({PrintableName(graph.node(op).name()).text, plan.unit, plan.part,
                          plan.unit ? "" : plan.reason.what()});
  }
}

Status NothingToCompile(const GraphPlan& graph) {
  if (graph.operators.empty()) return Status::Unsupported("the model has no operators");
  const Status reason = OfOperator(graph.node(0), graph.operators[0].reason);
  return Status::Unsupported("no operator of the model can run on the NPU; %s", reason.what());
}

}  // namespace

Status Compile(const Model& model, const Config& config, const StopToken& stop,
               Compilation* compiled) {
  if (config.cores() > 1) return Status::Unsupported("%s has two cores", ConfigName(config).text);
  *compiled = Compilation();
  GraphPlan graph = MakeGraph(model);
  if (IsCompiled(graph)) return Status::Unsupported("the model is compiled already");
  if (Status s = Partition(config, stop, &graph); !s.ok()) return s;
  ReportOperators(graph, &compiled->operators);
  if (graph.parts == 0) return NothingToCompile(graph);
  Draft draft;
  Lowering lowering(graph, config, &draft);
  Status s = LowerAll(graph, lowering);
  if (s.ok()) s = Schedule(graph, config, stop, &draft);
  if (!s.ok()) return s;
  AddCpuUses(graph, lowering, &draft);
  if (s = Allocate(&draft); !s.ok()) return s;
  CompiledParts parts;
  parts.blob = &draft.blob;
  parts.arena = draft.arena;
  parts.offsets = OffsetsOf(graph, lowering, draft);
  for (int part = 0; part < graph.parts; ++part)
    parts.payloads.push_back(EmitPart(graph, config, draft, part));
  if (s = Summarize(graph, config, parts, compiled); s.ok())
    compiled->file = WriteCompiledModel(graph, parts);
  return s;
}

Status Explain(const Model& model, const Config& config, const StopToken& stop,
               std::vector<OperatorReport>* operators) {
  operators->clear();
  GraphPlan graph = MakeGraph(model);
  if (Status s = Partition(config, stop, &graph); !s.ok()) return s;
  ReportOperators(graph, operators);
  return Status();
}

}  // namespace moonlet::npu
