// tests/engine/npu/hand_made.h - small models with `ethos-u` operators, assembled by hand.
#pragma once
#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "engine/npu/compiler/stream_writer.h"
#include "engine/npu/operation.h"
#include "tests/engine/nn/model_builder.h"

namespace moonlet::npu::testing {

using moonlet::testing::ModelBuilder;
using moonlet::testing::TensorSpec;
using tflite::TensorType;

inline constexpr int32_t kChannels = 16;
inline constexpr int32_t kBytes = 3 * 5 * kChannels;  // of every map

// int8, 3 x 5 x 16.
inline FeatureMap Map(uint8_t region, uint64_t base) {
  FeatureMap map;
  map.region = region;
  map.element = {1, true};
  map.height = map.height0 = map.height1 = 3;
  map.width = map.width0 = 5;
  map.depth = kChannels;
  map.base[0] = base;
  map.stride_x = kChannels;
  map.stride_y = 5 * kChannels;
  map.stride_c = kChannels;
  return map;
}

// MAX or MIN of every element with a number.
inline Operation WithScalar(ElementwiseMode mode, int32_t scalar, const FeatureMap& from,
                            const FeatureMap& to) {
  Operation op;
  op.kind = OperationKind::kElementwise;
  op.elementwise = mode;
  op.ifm = from;
  op.ofm = to;
  op.ifm2.element = from.element;
  op.scalar = scalar;
  op.broadcast.scalar = true;
  op.activation.min = -128;
  op.activation.max = 127;
  op.block = {4, 8, 16};
  op.shared_ram = {4, 4, 8};
  return op;
}

inline std::vector<uint8_t> PayloadFor(const Config& config, const std::vector<Operation>& ops) {
  StreamWriter writer(config);
  for (const Operation& op : ops) writer.Add(op);
  return WritePayload(config, writer.Finish());
}

inline const Config& Small() { return *FindConfig(Product::kU55, 128); }
inline const std::vector<uint8_t> kStreamOptions = {1, 4, 1};

inline TensorSpec MapTensor() { return {.shape = {1, 3, 5, kChannels}, .type = TensorType::INT8}; }
inline TensorSpec ByteTensor(int32_t bytes, std::vector<uint8_t> data = {}) {
  return {.shape = {bytes}, .type = TensorType::UINT8, .data = std::move(data)};
}
inline TensorSpec PayloadTensor(const std::vector<uint8_t>& payload) {
  return ByteTensor(static_cast<int32_t>(payload.size()), payload);
}

}  // namespace moonlet::npu::testing
