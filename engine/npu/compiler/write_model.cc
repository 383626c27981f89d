#include "engine/npu/compiler/write_model.h"

#include <algorithm>
#include <cstring>
#include <memory>

#include "objects_generated.h"

namespace moonlet::npu {
namespace {

using objects::BufferT;
using objects::OperatorT;
using objects::TensorT;

// A FlexBuffer that holds the integer 1: "command stream".
const std::vector<uint8_t> kEthosUOptions = {1, 4, 1};

class ModelEditor {
 public:
  ModelEditor(const GraphPlan& graph, const CompiledParts& parts)
      : graph_(graph), parts_(parts), offsets_(parts.offsets) {
    objects::GetModel(graph.model->bytes().data())->UnPackTo(&model_);
  }

  std::vector<uint8_t> Edit() {
    BringBuffersInside();
    ReplaceParts();
    DropUnusedTensors();
    AddPlan();
    DropUnusedBuffers();
    DropUnusedCodes();
    return Pack();
  }

 private:
  objects::SubGraphT& main() { return *model_.subgraphs[0]; }

  void BringBuffersInside();
  void ReplaceParts();
  std::unique_ptr<OperatorT> PartOperator(int part, uint32_t code);
  int32_t AddTensor(const std::string& name, uint64_t bytes, uint32_t buffer, int32_t offset);
  uint32_t AddBuffer(std::vector<uint8_t> data);
  void DropUnusedTensors();
  void RenumberSignatures(const std::vector<int32_t>& numbers);
  void AddPlan();
  void DropUnusedBuffers();
  void DropUnusedCodes();
  std::vector<uint8_t> Pack();

  const GraphPlan& graph_;
  const CompiledParts& parts_;
  objects::ModelT model_;
  std::vector<int32_t> offsets_;  // of the main graph's tensors
  int32_t blob_ = 0, scratch_ = 0, scratch_fast_ = 0;
};

// Data behind the FlatBuffer would not be where offsets say.
void ModelEditor::BringBuffersInside() {
  const auto& buffers = *graph_.model->root()->buffers();
  for (uint32_t i = 0; i < buffers.size(); ++i) {
    BufferT& buffer = *model_.buffers[i];
    if (buffer.offset <= 1) continue;
    std::span<const uint8_t> data;
    if (DataOf(graph_.model->bytes().span(), *buffers.Get(i), &data))
      buffer.data.assign(data.begin(), data.end());
    buffer.offset = buffer.size = 0;
  }
}

uint32_t ModelEditor::AddBuffer(std::vector<uint8_t> data) {
  model_.buffers.push_back(std::make_unique<BufferT>());
  model_.buffers.back()->data = std::move(data);
  return static_cast<uint32_t>(model_.buffers.size()) - 1;
}

int32_t ModelEditor::AddTensor(const std::string& name, uint64_t bytes, uint32_t buffer,
                               int32_t offset) {
  auto tensor = std::make_unique<TensorT>();
  tensor->name = name;
  tensor->type = objects::TensorType::UINT8;
  tensor->shape = {static_cast<int32_t>(bytes)};
  tensor->buffer = buffer;
  main().tensors.push_back(std::move(tensor));
  offsets_.push_back(offset);
  return static_cast<int32_t>(main().tensors.size()) - 1;
}

void ModelEditor::ReplaceParts() {
  auto code = std::make_unique<objects::OperatorCodeT>();
  code->builtin_code = objects::BuiltinOperator::CUSTOM;
  code->deprecated_builtin_code = static_cast<int8_t>(objects::BuiltinOperator::CUSTOM);
  code->custom_code = "ethos-u";
  model_.operator_codes.push_back(std::move(code));
  const auto ethos_u = static_cast<uint32_t>(model_.operator_codes.size()) - 1;
  // An arena and constants of no bytes would be no tensors.
  const uint64_t arena = std::max<uint64_t>(parts_.arena, 16);
  std::vector<uint8_t> blob = *parts_.blob;
  blob.resize(std::max<size_t>((blob.size() + 15) / 16 * 16, 16));
  const uint64_t blob_bytes = blob.size();
  blob_ = AddTensor("npu_flash", blob_bytes, AddBuffer(std::move(blob)), -1);
  scratch_ = AddTensor("npu_scratch", arena, 0, 0);
  scratch_fast_ = AddTensor("npu_scratch_fast", arena, 0, 0);
  std::vector<std::unique_ptr<OperatorT>> kept;
  int last = -1;
  for (size_t op = 0; op < main().operators.size(); ++op) {
    const int part = graph_.part(static_cast<int>(op));
    if (part < 0) kept.push_back(std::move(main().operators[op]));
    if (part >= 0 && part != last) kept.push_back(PartOperator(part, ethos_u));
    last = std::max(last, part);
  }
  main().operators = std::move(kept);
}

// Reads what others make, writes what others read.
std::unique_ptr<OperatorT> ModelEditor::PartOperator(int part, uint32_t code) {
  auto op = std::make_unique<OperatorT>();
  op->opcode_index = code;
  op->custom_options = kEthosUOptions;
  const auto& payload = parts_.payloads[static_cast<size_t>(part)];
  const std::string name = "npu_command_stream_" + std::to_string(part);
  op->inputs = {AddTensor(name, payload.size(), AddBuffer(payload), -1), blob_, scratch_,
                scratch_fast_};
  const int tensors = static_cast<int>(graph_.tensors.size());
  for (int t = 0; t < tensors; ++t) {
    const TensorPlan& uses = graph_.uses(t);
    const bool made_here = uses.producer >= 0 && graph_.part(uses.producer) == part;
    const bool read_here = std::any_of(uses.consumers.begin(), uses.consumers.end(),
                                       [&](int c) { return graph_.part(c) == part; });
    if (made_here && graph_.IsEdge(t)) op->outputs.push_back(t);
    if (read_here && !made_here && !graph_.tensor(t).constant()) op->inputs.push_back(t);
  }
  return op;
}

void ModelEditor::DropUnusedTensors() {
  objects::SubGraphT& graph = main();
  std::vector<int32_t> numbers(graph.tensors.size(), -1);
  const auto keep = [&](const std::vector<int32_t>& list) {
    for (const int32_t t : list)
      if (t >= 0) numbers[static_cast<size_t>(t)] = 0;
  };
  keep(graph.inputs);
  keep(graph.outputs);
  for (const auto& op : graph.operators) {
    keep(op->inputs);
    keep(op->outputs);
    keep(op->intermediates);
  }
  std::vector<std::unique_ptr<TensorT>> tensors;
  std::vector<int32_t> offsets;
  for (size_t t = 0; t < numbers.size(); ++t) {
    if (numbers[t] < 0) continue;
    numbers[t] = static_cast<int32_t>(tensors.size());
    tensors.push_back(std::move(graph.tensors[t]));
    offsets.push_back(offsets_[t]);
  }
  graph.tensors = std::move(tensors);
  offsets_ = std::move(offsets);
  const auto renumber = [&](std::vector<int32_t>* list) {
    for (int32_t& t : *list)
      if (t >= 0) t = numbers[static_cast<size_t>(t)];
  };
  renumber(&graph.inputs);
  renumber(&graph.outputs);
  for (const auto& op : graph.operators) {
    renumber(&op->inputs);
    renumber(&op->outputs);
    renumber(&op->intermediates);
  }
  RenumberSignatures(numbers);
}

void ModelEditor::RenumberSignatures(const std::vector<int32_t>& numbers) {
  for (const auto& signature : model_.signature_defs) {
    if (signature->subgraph_index != 0) continue;
    for (const auto* list : {&signature->inputs, &signature->outputs})
      for (const auto& entry : *list)
        if (entry->tensor_index < numbers.size())
          entry->tensor_index = static_cast<uint32_t>(std::max(0, numbers[entry->tensor_index]));
  }
}

// Where the tensors of the main graph lie, in their order.
void ModelEditor::AddPlan() {
  std::vector<int32_t> words = {0, 1, static_cast<int32_t>(offsets_.size())};
  words.insert(words.end(), offsets_.begin(), offsets_.end());
  std::vector<uint8_t> bytes(words.size() * sizeof(int32_t));
  std::memcpy(bytes.data(), words.data(), bytes.size());
  auto entry = std::make_unique<objects::MetadataT>();
  entry->name = "OfflineMemoryAllocation";
  entry->buffer = AddBuffer(std::move(bytes));
  auto& metadata = model_.metadata;
  std::erase_if(metadata, [&](const auto& m) { return m->name == entry->name; });
  metadata.push_back(std::move(entry));
}

void ModelEditor::DropUnusedBuffers() {
  std::vector<uint32_t*> uses;
  for (const auto& graph : model_.subgraphs)
    for (const auto& tensor : graph->tensors) uses.push_back(&tensor->buffer);
  for (const auto& entry : model_.metadata) uses.push_back(&entry->buffer);
  // Once a list of the metadata's buffers; nothing reads it.
  model_.metadata_buffer.clear();
  std::vector<std::unique_ptr<BufferT>> buffers;
  buffers.push_back(std::make_unique<BufferT>());
  std::vector<uint32_t> numbers(model_.buffers.size(), 0);
  for (uint32_t* use : uses) {
    uint32_t& number = numbers[*use];
    if (number == 0 && model_.buffers[*use] != nullptr && !model_.buffers[*use]->data.empty()) {
      number = static_cast<uint32_t>(buffers.size());
      buffers.push_back(std::move(model_.buffers[*use]));
    }
    *use = number;
  }
  model_.buffers = std::move(buffers);
}

void ModelEditor::DropUnusedCodes() {
  std::vector<std::unique_ptr<objects::OperatorCodeT>> codes;
  std::vector<int32_t> numbers(model_.operator_codes.size(), -1);
  for (const auto& graph : model_.subgraphs) {
    for (const auto& op : graph->operators) {
      int32_t& number = numbers[op->opcode_index];
      if (number < 0) {
        number = static_cast<int32_t>(codes.size());
        codes.push_back(std::move(model_.operator_codes[op->opcode_index]));
      }
      op->opcode_index = static_cast<uint32_t>(number);
    }
  }
  model_.operator_codes = std::move(codes);
}

std::vector<uint8_t> ModelEditor::Pack() {
  flatbuffers::FlatBufferBuilder builder;
  objects::FinishModelBuffer(builder, objects::Model::Pack(builder, &model_));
  return {builder.GetBufferPointer(), builder.GetBufferPointer() + builder.GetSize()};
}

}  // namespace

std::vector<uint8_t> WriteCompiledModel(const GraphPlan& graph, const CompiledParts& parts) {
  return ModelEditor(graph, parts).Edit();
}

}  // namespace moonlet::npu
