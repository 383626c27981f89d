// tests/engine/nn/model_builder.h - writes small .tflite files for tests, right or wrong.
//
//   ModelBuilder b;
//   const int x = b.Add({.shape = {1, 4}, .type = TensorType::INT8, .scales = {0.5f}});
//   const int y = b.Add({.shape = {4}, .type = TensorType::INT8, .scales = {0.5f}});
//   b.Add(BuiltinOperator::RESHAPE, {x}, {y});
//   OpenedModel m(b.Finish({x}, {y}));
#pragma once
#include <cstdint>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include "tflite_generated.h"

namespace moonlet::testing {

using tflite::ActivationFunctionType;
using tflite::BuiltinOperator;
using tflite::BuiltinOptions;
using tflite::TensorType;

struct TensorSpec {
  std::vector<int32_t> shape;
  TensorType type = TensorType::FLOAT32;
  std::vector<float> scales = {};         // none: not quantised
  std::vector<int64_t> zero_points = {};  // none: 0 for each scale
  int32_t axis = 0;                       // of several scales
  std::vector<uint8_t> data = {};         // none: not a constant
  bool variable = false;
};

template <typename T>
std::vector<uint8_t> DataOf(const std::vector<T>& values) {
  std::vector<uint8_t> bytes(values.size() * sizeof(T));
  std::memcpy(bytes.data(), values.data(), bytes.size());
  return bytes;
}

class ModelBuilder {
 public:
  flatbuffers::FlatBufferBuilder& buffer() { return fbb_; }

  int Add(const TensorSpec& t) {
    uint32_t buffer = 0;
    if (!t.data.empty()) {
      buffers_.push_back(tflite::CreateBufferDirect(fbb_, &t.data));
      buffer = static_cast<uint32_t>(buffers_.size());
    }
    return AddWithBuffer(t, buffer);
  }
  // A tensor of any buffer, there or not. 0 is the empty one.
  int AddWithBuffer(const TensorSpec& t, uint32_t buffer) {
    const std::vector<int64_t> zeros =
        t.zero_points.empty() ? std::vector<int64_t>(t.scales.size(), 0) : t.zero_points;
    const auto quantization = tflite::CreateQuantizationParametersDirect(fbb_, nullptr, nullptr,
                                                                         &t.scales, &zeros, t.axis);
    const std::string name = "t" + std::to_string(tensors_.size());
    tensors_.push_back(tflite::CreateTensorDirect(fbb_, &t.shape, t.type, buffer, name.c_str(),
                                                  quantization, t.variable));
    return static_cast<int>(tensors_.size()) - 1;
  }
  // A buffer whose data follow the FlatBuffer: `offset` counts from its first byte.
  uint32_t AddOutsideBuffer(uint64_t offset, uint64_t size) {
    buffers_.push_back(tflite::CreateBuffer(fbb_, 0, offset, size));
    return static_cast<uint32_t>(buffers_.size());
  }

  void Add(BuiltinOperator code, const std::vector<int32_t>& inputs,
           const std::vector<int32_t>& outputs, BuiltinOptions type = BuiltinOptions::NONE,
           flatbuffers::Offset<void> options = 0) {
    const bool custom = code == BuiltinOperator::CUSTOM;
    codes_.push_back(
        tflite::CreateOperatorCodeDirect(fbb_, 0, custom ? "my_operator" : nullptr, 1, code));
    const auto index = static_cast<uint32_t>(codes_.size()) - 1;
    operators_.push_back(
        tflite::CreateOperatorDirect(fbb_, index, &inputs, &outputs, type, options));
  }

  // Ends a subgraph, the first one being the main graph; what is added next belongs to
  // another, whose tensors count from 0.
  void EndGraph(const std::vector<int32_t>& inputs, const std::vector<int32_t>& outputs) {
    graphs_.push_back(
        tflite::CreateSubGraphDirect(fbb_, &tensors_, &inputs, &outputs, &operators_, "graph"));
    tensors_.clear();
    operators_.clear();
  }

  // A custom operator, with the bytes of its options.
  void AddCustom(const std::string& name, const std::vector<int32_t>& inputs,
                 const std::vector<int32_t>& outputs, const std::vector<uint8_t>& options) {
    codes_.push_back(
        tflite::CreateOperatorCodeDirect(fbb_, 0, name.c_str(), 1, BuiltinOperator::CUSTOM));
    const auto index = static_cast<uint32_t>(codes_.size()) - 1;
    operators_.push_back(tflite::CreateOperatorDirect(fbb_, index, &inputs, &outputs,
                                                      BuiltinOptions::NONE, 0, &options));
  }

  void AddMetadata(const std::string& name, const std::vector<uint8_t>& data) {
    buffers_.push_back(tflite::CreateBufferDirect(fbb_, &data));
    const auto buffer = static_cast<uint32_t>(buffers_.size());
    metadata_.push_back(tflite::CreateMetadataDirect(fbb_, name.c_str(), buffer));
  }
  // Where tensors lie: one offset each, -1 for anywhere.
  void AddOfflinePlan(const std::vector<int32_t>& offsets) {
    std::vector<int32_t> numbers = {0, 1, static_cast<int32_t>(offsets.size())};
    numbers.insert(numbers.end(), offsets.begin(), offsets.end());
    AddMetadata("OfflineMemoryAllocation", DataOf(numbers));
  }

  std::vector<uint8_t> Finish(const std::vector<int32_t>& inputs,
                              const std::vector<int32_t>& outputs) {
    EndGraph(inputs, outputs);
    buffers_.insert(buffers_.begin(), tflite::CreateBuffer(fbb_));
    tflite::FinishModelBuffer(fbb_, tflite::CreateModelDirect(fbb_, 3, &codes_, &graphs_, "a test",
                                                              &buffers_, nullptr, &metadata_));
    return {fbb_.GetBufferPointer(), fbb_.GetBufferPointer() + fbb_.GetSize()};
  }

 private:
  flatbuffers::FlatBufferBuilder fbb_;
  std::vector<flatbuffers::Offset<tflite::Buffer>> buffers_;
  std::vector<flatbuffers::Offset<tflite::Tensor>> tensors_;
  std::vector<flatbuffers::Offset<tflite::OperatorCode>> codes_;
  std::vector<flatbuffers::Offset<tflite::Operator>> operators_;
  std::vector<flatbuffers::Offset<tflite::SubGraph>> graphs_;
  std::vector<flatbuffers::Offset<tflite::Metadata>> metadata_;
};

}  // namespace moonlet::testing
