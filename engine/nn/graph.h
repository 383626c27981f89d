// engine/nn/graph.h - convenient views of a verified model's tensors and operators.
//
// They point into the file and trust it: engine/nn/verify.h has checked every index,
// size and parameter they read.
#pragma once
#include <cstdint>
#include <limits>
#include <span>
#include <string_view>

#include "engine/kernels/unaligned.h"
#include "engine/nn/model.h"
#include "engine/tensor/tensor.h"
#include "tflite_generated.h"

namespace moonlet {

// Number of elements of a vector that may be absent from the file.
template <typename T>
uint32_t Count(const flatbuffers::Vector<T>* vector) {
  return vector == nullptr ? 0 : vector->size();
}
inline std::string_view View(const flatbuffers::String* string) {
  return string == nullptr ? std::string_view() : std::string_view(string->c_str(), string->size());
}

// A name from a file, fit for a message: short, and nothing that moves a terminal.
struct PrintableName {
  explicit PrintableName(std::string_view name);
  char text[33];
};

// "float32", "int8", "int4": as NumPy spells them.
const char* NameOf(tflite::TensorType type);
// False for types that scripts have no dtype for.
bool DTypeFor(tflite::TensorType type, DType* dtype);
// Bits of one element; 0 for strings, resources and variants.
int BitsOf(tflite::TensorType type);

// The constant data of a buffer: inside the FlatBuffer, or behind it at an offset of
// the file. False when it lies outside the file. Empty for an activation.
[[nodiscard]] bool DataOf(std::span<const uint8_t> file, const tflite::Buffer& buffer,
                          std::span<const uint8_t>* data);

// Zero point i. The verifier aligns a vector's length, not its 8-byte elements.
inline int64_t ZeroPointAt(const tflite::QuantizationParameters& q, uint32_t i) {
  return Unaligned<int64_t>(q.zero_point()->Data())[i];
}

class Constants;  // constants.h

class ModelTensor {
 public:
  using Tensors = flatbuffers::Vector<flatbuffers::Offset<tflite::Tensor>>;

  // `constants`: those that the file does not have as such; null: none.
  ModelTensor(const Model& model, const tflite::SubGraph& graph, int index,
              const Constants* constants = nullptr)
      : ModelTensor(model, *graph.tensors(), index, constants) {}
  // The same, by the graph's tensors.
  ModelTensor(const Model& model, const Tensors& tensors, int index, const Constants* constants)
      : table_(tensors.Get(static_cast<uint32_t>(index))),
        model_(&model),
        constants_(constants),
        index_(index) {}

  int index() const { return index_; }
  std::string_view name() const { return View(table_->name()); }
  tflite::TensorType type() const { return table_->type(); }
  std::span<const int32_t> shape() const;
  int rank() const { return static_cast<int>(Count(table_->shape())); }
  int32_t dim(int axis) const { return table_->shape()->Get(static_cast<uint32_t>(axis)); }
  int64_t elements() const;
  int64_t bytes() const;  // 0 for types without a size
  bool variable() const { return table_->is_variable(); }
  bool sparse() const { return table_->sparsity() != nullptr; }

  bool constant() const { return !data().empty(); }
  // Empty unless it is constant.
  std::span<const uint8_t> data() const;
  // Whether it is one of the Constants.
  bool computed() const;

  // A tensor without both scales and zero points is not quantised.
  bool quantized() const { return scales() > 0; }
  int scales() const;
  float scale(int channel = 0) const;
  // The scales as the file has them, at any address. Requires scales() > 0.
  const uint8_t* scale_bytes() const;
  int32_t zero_point(int channel = 0) const;
  int quantized_axis() const { return table_->quantization()->quantized_dimension(); }

 private:
  const tflite::Tensor* table_;
  const Model* model_;
  const Constants* constants_;
  int index_;
};

// Rows and columns of zero points around an image.
struct Border {
  int32_t top = 0;
  int32_t bottom = 0;
  int32_t left = 0;
  int32_t right = 0;
};

// What a quantised output is clamped to.
struct ClampRange {
  int32_t min = std::numeric_limits<int32_t>::min();
  int32_t max = std::numeric_limits<int32_t>::max();
};

// One operator, as a backend sees it.
class Node {
 public:
  Node(const Model& model, int index);  // of the main graph
  Node(const Model& model, const tflite::SubGraph& graph, int index);

  const Model& model() const { return *model_; }
  const tflite::SubGraph& graph() const { return *graph_; }
  int index() const { return index_; }
  tflite::BuiltinOperator code() const { return code_; }
  std::string_view name() const;  // "CONV_2D", or a custom operator's own
  const tflite::Operator& table() const { return *table_; }

  int inputs() const { return static_cast<int>(Count(inputs_)); }
  int outputs() const { return static_cast<int>(Count(outputs_)); }
  // An optional input may be missing at the end, or marked as left out.
  bool has_input(int k) const { return k < inputs() && inputs_->Get(Slot(k)) >= 0; }
  // Which tensors they are.
  int input_index(int k) const {
    return k == 0 && first_input_ >= 0 ? first_input_ : inputs_->Get(Slot(k));
  }
  int output_index(int k) const {
    return k == 0 && first_output_ >= 0 ? first_output_ : outputs_->Get(Slot(k));
  }
  ModelTensor input(int k) const { return Get(input_index(k)); }
  ModelTensor output(int k) const { return Get(output_index(k)); }

  // Lets it see tensors as constants that the file does not have as such.
  void TakeConstants(const Constants* constants) { constants_ = constants; }

  // Lets it read another tensor as its first input, with a border around it (rewrite.h).
  void TakeBordered(int tensor, const Border& border) {
    first_input_ = tensor;
    border_ = border;
  }
  // What stands around the first input, besides the operator's own padding.
  const Border& border() const { return border_; }

  // Lets it give another tensor as its first output (rewrite.h), of what it gives anyway ...
  void TakeOutput(int tensor) { first_output_ = tensor; }
  // ... or of that clamped once more.
  void TakeClamp(int tensor, const ClampRange& range);
  const ClampRange& clamp() const { return clamp_; }

 private:
  static uint32_t Slot(int k) { return static_cast<uint32_t>(k); }
  ModelTensor Get(int tensor) const { return ModelTensor(*model_, *tensors_, tensor, constants_); }

  const Model* model_;
  const tflite::SubGraph* graph_;
  const tflite::Operator* table_;
  const tflite::OperatorCode* opcode_;
  const ModelTensor::Tensors* tensors_;
  const flatbuffers::Vector<int32_t>* inputs_;
  const flatbuffers::Vector<int32_t>* outputs_;
  tflite::BuiltinOperator code_;
  int index_;
  int first_input_ = -1;
  int first_output_ = -1;
  Border border_;
  ClampRange clamp_;
  const Constants* constants_ = nullptr;
};

// Old files keep the code in a byte, new ones in an int; the larger one holds.
tflite::BuiltinOperator CodeOf(const tflite::OperatorCode& opcode);

// The subgraph that runs.
const tflite::SubGraph& MainGraph(const Model& model);

}  // namespace moonlet
