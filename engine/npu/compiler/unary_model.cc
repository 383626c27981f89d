#include "engine/npu/compiler/unary_model.h"

#include <cstring>
#include <memory>

#include "engine/nn/session.h"
#include "objects_generated.h"

namespace moonlet::npu {
namespace {

constexpr int32_t kBytes = 256;

template <typename Object, typename Table>
const Object* AsObject(const Table& table) {
  return reinterpret_cast<const Object*>(&table);
}

std::unique_ptr<objects::TensorT> RowOf(const tflite::Tensor& tensor) {
  auto row = std::unique_ptr<objects::TensorT>(AsObject<objects::Tensor>(tensor)->UnPack());
  row->shape = {1, kBytes};
  row->shape_signature.clear();
  row->buffer = 0;
  return row;
}

std::vector<uint8_t> UnaryModel(const Node& node) {
  const tflite::Operator& op = node.table();
  const auto tensor = [&](int32_t index) {
    return RowOf(*node.graph().tensors()->Get(static_cast<uint32_t>(index)));
  };
  auto graph = std::make_unique<objects::SubGraphT>();
  graph->tensors.push_back(tensor(op.inputs()->Get(0)));
  graph->tensors.push_back(tensor(op.outputs()->Get(0)));
  graph->inputs = {0};
  graph->outputs = {1};
  graph->operators.emplace_back(AsObject<objects::Operator>(op)->UnPack());
  objects::OperatorT& copy = *graph->operators.back();
  copy.inputs = {0};
  copy.outputs = {1};
  copy.opcode_index = 0;
  const auto* code = node.model().root()->operator_codes()->Get(op.opcode_index());
  objects::ModelT model;
  model.version = 3;
  model.operator_codes.emplace_back(AsObject<objects::OperatorCode>(*code)->UnPack());
  model.subgraphs.push_back(std::move(graph));
  model.buffers.push_back(std::make_unique<objects::BufferT>());
  flatbuffers::FlatBufferBuilder builder;
  objects::FinishModelBuffer(builder, objects::Model::Pack(builder, &model));
  return {builder.GetBufferPointer(), builder.GetBufferPointer() + builder.GetSize()};
}

}  // namespace

Status TableOf(const Node& node, std::vector<uint8_t>* table) {
  const std::vector<uint8_t> file = UnaryModel(node);
  Model model;
  Session session;
  Status s = Model::Open(Bytes::Borrow(file), MallocAllocator(), &model);
  if (s.ok()) s = Session::Open(model, MallocAllocator(), &session);
  if (!s.ok()) return s;
  const Tensor input = session.input(0);
  const int32_t lowest = input.dtype == DType::kInt8 ? -128 : 0;
  for (int32_t i = 0; i < kBytes; ++i)
    static_cast<uint8_t*>(input.data)[i] = static_cast<uint8_t>(lowest + i);
  const StopToken stop;
  s = session.Run(stop);
  if (!s.ok()) return s;
  table->resize(kBytes);
  std::memcpy(table->data(), session.output(0).data, kBytes);
  return s;
}

}  // namespace moonlet::npu
