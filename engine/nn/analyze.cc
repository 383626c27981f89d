#include "engine/nn/analyze.h"

#include <algorithm>

#include "engine/nn/graph.h"
#include "engine/nn/macs.h"
#include "engine/nn/preparation.h"

namespace moonlet {
namespace {

uint64_t WeightBytes(const Node& node) {
  uint64_t bytes = 0;
  for (int k = 0; k < node.inputs(); ++k)
    if (node.has_input(k)) bytes += node.input(k).data().size();
  return bytes;
}

// Constants of the graph, each counted once however many operators read it.
uint64_t ConstantBytes(const Model& model) {
  const tflite::SubGraph& graph = MainGraph(model);
  uint64_t bytes = 0;
  for (uint32_t t = 0; t < Count(graph.tensors()); ++t)
    bytes += ModelTensor(model, graph, static_cast<int>(t)).data().size();
  return bytes;
}

BlockPlan BlockOf(const Preparation& preparation, int block, int end) {
  const MemoryPlan& plan = preparation.plan();
  if (!plan.reserved(block)) return {};
  const int root = plan.Root(block);
  return {plan.offset(block), plan.bytes(block), plan.first(block), std::min(plan.last(block), end),
          root == block ? -1 : root};
}

}  // namespace

Status Analyze(const Model& model, Allocator& allocator, ModelReport* report,
               std::span<OperatorPlan> plans, Backends backends, bool keeps, size_t ram,
               std::span<BlockPlan> blocks) {
  if (!model.Unchanged()) return Status::Error(Code::kChanged, "model file changed");
  const tflite::SubGraph& graph = MainGraph(model);
  ModelReport r;
  r.operators = static_cast<int>(Count(graph.operators()));
  r.tensors = static_cast<int>(Count(graph.tensors()));
  r.inputs = static_cast<int>(Count(graph.inputs()));
  r.outputs = static_cast<int>(Count(graph.outputs()));
  r.weight_bytes = ConstantBytes(model);
  for (int i = 0; i < r.operators; ++i) r.macs += MacsOf(Node(model, i));
  Preparation preparation(model, allocator, backends, keeps);
  const Status s = Session::Measure(model, ram, &r.unsupported, &preparation);
  if (!s.ok()) return s;
  r.patch_bands = preparation.patches().bands;
  r.patch_macs = preparation.patches().more_macs;
  r.arena_bytes = preparation.plan().size();
  r.arena_bound = preparation.plan().bound();
  r.record_bytes = Session::RecordBytes(model, preparation);
  for (size_t i = 0; i < plans.size(); ++i) {
    const auto op = static_cast<int>(i);
    const int time = preparation.TimeOf(op);
    plans[i] = {preparation.plan().live(time), time, preparation.FateOf(op)};
  }
  for (size_t i = 0; i < blocks.size(); ++i)
    blocks[i] = BlockOf(preparation, static_cast<int>(i), r.operators + 1);
  *report = r;
  return s;
}

int OperatorCount(const Model& model) {
  return static_cast<int>(Count(MainGraph(model).operators()));
}

int TensorCount(const Model& model) { return static_cast<int>(Count(MainGraph(model).tensors())); }

OperatorReport DescribeOperator(const Model& model, int op, Backends backends) {
  const Node node(model, op);
  Nesting nesting = {MallocAllocator(), backends};  // asked, not planned: it lends nothing
  StepWriter writer(model.bytes().span(), nullptr, 0, nesting);
  OperatorReport r;
  r.name = node.name();
  r.support = PrepareOperator(node, backends, writer);
  for (const Backend* backend : backends) {
    const Status taken = backend->Takes(node);
    if (taken.ok()) {
      r.backend = backend->name();
      break;
    }
    if (r.declined.ok()) r.declined = taken;
  }
  r.macs = MacsOf(node);
  r.weight_bytes = WeightBytes(node);
  r.inputs = node.inputs();
  r.outputs = node.outputs();
  return r;
}

TensorReport DescribeTensor(const Model& model, int tensor) {
  const ModelTensor t(model, MainGraph(model), tensor);
  TensorReport r;
  r.name = t.name();
  r.dtype = NameOf(t.type());
  r.rank = t.rank();
  for (int axis = 0; axis < r.rank; ++axis) r.dims[axis] = t.dim(axis);
  r.constant = t.constant();
  r.variable = t.variable();
  r.bytes = static_cast<uint64_t>(t.bytes());
  r.scales = t.scales();
  r.axis = r.scales > 1 ? t.quantized_axis() : 0;
  r.scale = t.scale();
  r.zero_point = t.zero_point();
  return r;
}

std::string_view OperatorName(const Model& model, int op) { return Node(model, op).name(); }

int OperatorOutputs(const Model& model, int op) { return Node(model, op).outputs(); }

int OperatorInput(const Model& model, int op, int k) {
  const Node node(model, op);
  return node.has_input(k) ? node.input_index(k) : -1;
}

int OperatorOutput(const Model& model, int op, int k) { return Node(model, op).output_index(k); }

int ModelInput(const Model& model, int k) {
  return MainGraph(model).inputs()->Get(static_cast<uint32_t>(k));
}

int ModelOutput(const Model& model, int k) {
  return MainGraph(model).outputs()->Get(static_cast<uint32_t>(k));
}

}  // namespace moonlet
