#include "engine/nn/graph.h"

#include <algorithm>

#include "engine/nn/constants.h"

namespace moonlet {

using tflite::TensorType;

PrintableName::PrintableName(std::string_view name) {
  const size_t n = std::min(name.size(), sizeof(text) - 1);
  for (size_t i = 0; i < n; ++i) {
    const char c = name[i];
    text[i] = c >= ' ' && c <= '~' ? c : '?';
  }
  text[n] = '\0';
}

namespace {

struct TypeInfo {
  const char* name;
  uint8_t bits;
  int8_t dtype;  // -1: none
};

constexpr int8_t Is(DType dtype) { return static_cast<int8_t>(dtype); }

// In the order of the schema's TensorType.
constexpr TypeInfo kTypes[] = {
    {"float32", 32, Is(DType::kFloat32)},
    {"float16", 16, -1},
    {"int32", 32, Is(DType::kInt32)},
    {"uint8", 8, Is(DType::kUint8)},
    {"int64", 64, Is(DType::kInt64)},
    {"string", 0, -1},
    {"bool", 8, Is(DType::kBool)},
    {"int16", 16, Is(DType::kInt16)},
    {"complex64", 64, -1},
    {"int8", 8, Is(DType::kInt8)},
    {"float64", 64, Is(DType::kFloat64)},
    {"complex128", 128, -1},
    {"uint64", 64, -1},
    {"resource", 0, -1},
    {"variant", 0, -1},
    {"uint32", 32, Is(DType::kUint32)},
    {"uint16", 16, Is(DType::kUint16)},
    {"int4", 4, -1},
    {"bfloat16", 16, -1},
    {"int2", 2, -1},
    {"uint4", 4, -1},
    {"float8_e4m3fn", 8, -1},
    {"float8_e5m2", 8, -1},
};
static_assert(std::size(kTypes) == static_cast<size_t>(TensorType::MAX) + 1);

const TypeInfo& InfoOf(TensorType type) { return kTypes[static_cast<size_t>(type)]; }

}  // namespace

const char* NameOf(TensorType type) { return InfoOf(type).name; }

bool DTypeFor(TensorType type, DType* dtype) {
  const int8_t found = InfoOf(type).dtype;
  if (found < 0) return false;
  *dtype = static_cast<DType>(found);
  return true;
}

int BitsOf(TensorType type) { return InfoOf(type).bits; }

bool DataOf(std::span<const uint8_t> file, const tflite::Buffer& buffer,
            std::span<const uint8_t>* data) {
  *data = {};
  if (Count(buffer.data()) > 0) {
    *data = {buffer.data()->data(), buffer.data()->size()};
    return true;
  }
  // Offsets 0 and 1 are what writers leave for "not outside".
  if (buffer.offset() <= 1) return true;
  if (buffer.offset() > file.size() || buffer.size() > file.size() - buffer.offset()) return false;
  *data = file.subspan(static_cast<size_t>(buffer.offset()), static_cast<size_t>(buffer.size()));
  return true;
}

bool ModelTensor::computed() const { return constants_ != nullptr && constants_->Has(index_); }

std::span<const uint8_t> ModelTensor::data() const {
  if (computed()) return constants_->Data(index_);
  const tflite::Buffer& buffer = *model_->root()->buffers()->Get(table_->buffer());
  std::span<const uint8_t> data;
  const bool inside = DataOf(model_->bytes().span(), buffer, &data);
  assert(inside);
  static_cast<void>(inside);
  return data;
}

std::span<const int32_t> ModelTensor::shape() const {
  if (table_->shape() == nullptr) return {};
  return {table_->shape()->data(), table_->shape()->size()};
}

int64_t ModelTensor::elements() const {
  int64_t n = 1;
  for (const int32_t length : shape()) n *= length;
  return n;
}

int64_t ModelTensor::bytes() const { return (elements() * BitsOf(type()) + 7) / 8; }

int ModelTensor::scales() const {
  const tflite::QuantizationParameters* q = table_->quantization();
  if (q == nullptr || Count(q->zero_point()) == 0) return 0;
  return static_cast<int>(Count(q->scale()));
}

const uint8_t* ModelTensor::scale_bytes() const { return table_->quantization()->scale()->Data(); }

float ModelTensor::scale(int channel) const {
  if (!quantized()) return 0;
  return table_->quantization()->scale()->Get(static_cast<uint32_t>(channel));
}

int32_t ModelTensor::zero_point(int channel) const {
  if (!quantized()) return 0;
  const tflite::QuantizationParameters& q = *table_->quantization();
  // One may stand for all channels.
  const auto i = static_cast<uint32_t>(channel);
  return static_cast<int32_t>(ZeroPointAt(q, i < Count(q.zero_point()) ? i : 0));
}

tflite::BuiltinOperator CodeOf(const tflite::OperatorCode& opcode) {
  const auto old_code = static_cast<tflite::BuiltinOperator>(opcode.deprecated_builtin_code());
  return std::max(old_code, opcode.builtin_code());
}

const tflite::SubGraph& MainGraph(const Model& model) { return *model.root()->subgraphs()->Get(0); }

Node::Node(const Model& model, int index) : Node(model, MainGraph(model), index) {}

Node::Node(const Model& model, const tflite::SubGraph& graph, int index)
    : model_(&model),
      graph_(&graph),
      table_(graph_->operators()->Get(static_cast<uint32_t>(index))),
      opcode_(model.root()->operator_codes()->Get(table_->opcode_index())),
      tensors_(graph_->tensors()),
      inputs_(table_->inputs()),
      outputs_(table_->outputs()),
      code_(CodeOf(*opcode_)),
      index_(index) {}

// A clamp of what is clamped is one clamp, to what the second makes of the limits of the first.
// Where that is clamp(clamp(x, m, M), l, h) = clamp(x, m', M') with m' = clamp(m, l, h), M' =
// clamp(M, l, h): below m the left side is m', above M it is M', in between it is
// clamp(x, l, h); and so is the right side, since neither limit moves past one of x's.
void Node::TakeClamp(int tensor, const ClampRange& range) {
  TakeOutput(tensor);
  clamp_.min = std::clamp(clamp_.min, range.min, range.max);
  clamp_.max = std::clamp(clamp_.max, range.min, range.max);
}

std::string_view Node::name() const {
  if (code_ == tflite::BuiltinOperator::CUSTOM) return View(opcode_->custom_code());
  return tflite::EnumNameBuiltinOperator(code_);
}

}  // namespace moonlet
