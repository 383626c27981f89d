#include "engine/nn/variables.h"

#include "engine/nn/checks.h"
#include "engine/nn/plan.h"

namespace moonlet {
namespace {

using Op = tflite::BuiltinOperator;
using tflite::TensorType;

// Names are compared with those of all other handles.
constexpr size_t kMaxNameLength = 256;

int Operators(const tflite::SubGraph& graph) { return static_cast<int>(Count(graph.operators())); }

// A name that is absent is empty.
struct ResourceName {
  std::string_view container;
  std::string_view name;

  bool operator==(const ResourceName&) const = default;
};

// False unless the operator is a VAR_HANDLE with one output and names.
bool NameOfHandle(const Node& node, ResourceName* name) {
  if (node.code() != Op::VAR_HANDLE || node.outputs() != 1) return false;
  const tflite::VarHandleOptions* options = node.table().builtin_options_as_VarHandleOptions();
  if (options == nullptr) return false;
  *name = {View(options->container()), View(options->shared_name())};
  return true;
}

// The first handle of that name in a graph, a tensor, or -1.
int FindHandle(const Model& model, const tflite::SubGraph& graph, const ResourceName& name) {
  for (int i = 0; i < Operators(graph); ++i) {
    const Node node(model, graph, i);
    ResourceName other;
    if (NameOfHandle(node, &other) && other == name) return node.output(0).index();
  }
  return -1;
}

// The name behind a tensor of a graph. False when no VAR_HANDLE gives it.
bool NameOfTensor(const Model& model, const tflite::SubGraph& graph, int tensor,
                  ResourceName* name) {
  for (int i = 0; i < Operators(graph); ++i) {
    const Node node(model, graph, i);
    if (NameOfHandle(node, name) && node.output(0).index() == tensor) return true;
  }
  return false;
}

// Takes type and size of the first value a graph assigns to a handle. False when it
// assigns none. The filling byte is the zero point's lowest, for any type.
bool FindAssigned(const Model& model, const tflite::SubGraph& graph, int handle,
                  Resource* resource) {
  for (int i = 0; i < Operators(graph); ++i) {
    const Node node(model, graph, i);
    if (node.code() != Op::ASSIGN_VARIABLE || !node.has_input(0) || !node.has_input(1)) continue;
    if (node.input(0).index() != handle) continue;
    const ModelTensor value = node.input(1);
    resource->type = value.type();
    resource->variable = {static_cast<uint32_t>(value.bytes()),
                          static_cast<uint8_t>(value.zero_point())};
    return true;
  }
  return false;
}

// Null when the model has no CALL_ONCE, or none that can run.
const tflite::SubGraph* InitialGraph(const Model& model) {
  const tflite::SubGraph& main = MainGraph(model);
  for (int i = 0; i < Operators(main); ++i) {
    const Node node(model, i);
    const tflite::SubGraph* graph = nullptr;
    if (node.code() == Op::CALL_ONCE && FindInitialGraph(node, &graph).ok()) return graph;
  }
  return nullptr;
}

// The resource of a name: where the main graph has it and what is first assigned to it,
// there or in the initial graph.
Resource FindResource(const Model& model, const ResourceName& name) {
  const tflite::SubGraph& main = MainGraph(model);
  Resource resource;
  resource.handle = FindHandle(model, main, name);
  if (resource.handle < 0 || FindAssigned(model, main, resource.handle, &resource)) return resource;
  const tflite::SubGraph* initial = InitialGraph(model);
  if (initial != nullptr)
    FindAssigned(model, *initial, FindHandle(model, *initial, name), &resource);
  return resource;
}

}  // namespace

bool FindVariable(const Model& model, int tensor, Variable* variable) {
  const tflite::SubGraph& graph = MainGraph(model);
  const ModelTensor found(model, graph, tensor);
  *variable = {};
  ResourceName name;
  if (found.variable()) {
    const bool int8 = found.type() == TensorType::INT8;
    *variable = {static_cast<uint32_t>(found.bytes()),
                 static_cast<uint8_t>(int8 ? found.zero_point() : 0)};
  } else if (found.type() == TensorType::RESOURCE && NameOfTensor(model, graph, tensor, &name)) {
    const Resource resource = FindResource(model, name);
    if (resource.handle == tensor) *variable = resource.variable;
  }
  return variable->bytes > 0;
}

Status CheckHandle(const Node& node) {
  if (node.inputs() != 0 || node.outputs() != 1)
    return Status::Invalid("%d inputs and %d outputs, expected 0 and 1", node.inputs(),
                           node.outputs());
  ResourceName name;
  if (!NameOfHandle(node, &name)) return MissingOptions();
  const PrintableName shown(name.name);
  if (name.container.size() + name.name.size() > kMaxNameLength)
    return Status::Unsupported("a name of %zu bytes, '%s...', expected at most %zu",
                               name.container.size() + name.name.size(), shown.text,
                               kMaxNameLength);
  if (FindHandle(node.model(), node.graph(), name) != node.output(0).index())
    return Status::Unsupported("a second handle to resource '%s'", shown.text);
  return CheckType("output", node.output(0), TensorType::RESOURCE);
}

Status CheckResource(const Node& user, const ModelTensor& value, Resource* resource) {
  const ModelTensor handle = user.input(0);
  ResourceName name;
  if (!NameOfTensor(user.model(), user.graph(), handle.index(), &name))
    return Status::Unsupported("%s does not come from a VAR_HANDLE",
                               TensorLabel("handle", handle).text);
  *resource = FindResource(user.model(), name);
  if (resource->handle < 0) return Status();
  const PrintableName shown(name.name);
  if (resource->variable.bytes == 0)
    return Status::Unsupported("nothing that has a size is assigned to resource '%s'", shown.text);
  if (value.type() == resource->type && value.bytes() == resource->variable.bytes) return Status();
  return Status::Invalid("%s is %s of %lld bytes, but resource '%s' is %s of %u bytes",
                         TensorLabel("value", value).text, NameOf(value.type()),
                         static_cast<long long>(value.bytes()), shown.text, NameOf(resource->type),
                         resource->variable.bytes);
}

Status FindInitialGraph(const Node& call, const tflite::SubGraph** graph) {
  const tflite::CallOnceOptions* options = call.table().builtin_options_as_CallOnceOptions();
  if (options == nullptr) return MissingOptions();
  const auto& graphs = *call.model().root()->subgraphs();
  const int32_t index = options->init_subgraph_index();
  if (index < 1 || static_cast<uint32_t>(index) >= graphs.size())
    return Status::Invalid("subgraph %d, expected 1 to %u", index, graphs.size() - 1);
  const tflite::SubGraph* found = graphs.Get(static_cast<uint32_t>(index));
  if (Operators(*found) > MemoryPlan::kMaxBlocks)
    return Status::Unsupported("subgraph %d has %d operators, expected at most %d", index,
                               Operators(*found), MemoryPlan::kMaxBlocks);
  *graph = found;
  return Status();
}

}  // namespace moonlet
