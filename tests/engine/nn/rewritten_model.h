// tests/engine/nn/rewritten_model.h - a model with everything that loading rewrites: constants
// that say how often and where, a filter that is computed, a border, clamps, a chain of tables.
#pragma once
#include <cstdint>
#include <vector>

#include "tests/engine/nn/model_builder.h"

namespace moonlet::testing {

inline std::vector<uint8_t> RewrittenModel() {
  using Op = BuiltinOperator;
  ModelBuilder b;
  const auto image = [&b](const std::vector<int32_t>& shape, float scale = 0.5f) {
    return b.Add(
        {.shape = shape, .type = TensorType::INT8, .scales = {scale}, .zero_points = {-3}});
  };
  const auto constant = [&b](const std::vector<int32_t>& shape, TensorType type,
                             const std::vector<uint8_t>& data) {
    const bool bytes = type == TensorType::INT8;
    return b.Add({.shape = shape,
                  .type = type,
                  .scales = bytes ? std::vector<float>{0.02f} : std::vector<float>{},
                  .data = data});
  };
  const auto integers = [&](const std::vector<int32_t>& values) {
    return constant({static_cast<int32_t>(values.size())}, TensorType::INT32, DataOf(values));
  };
  // How often: {1, 1, 2, 3} from a shape and a sum.
  const int x = image({1, 4, 4, 2});
  const int shape = b.Add({.shape = {4}, .type = TensorType::INT32});
  const int often = b.Add({.shape = {4}, .type = TensorType::INT32});
  b.Add(Op::SHAPE, {x}, {shape}, BuiltinOptions::ShapeOptions,
        tflite::CreateShapeOptions(b.buffer(), TensorType::INT32).Union());
  b.Add(Op::SUB, {shape, integers({0, 3, 2, -1})}, {often}, BuiltinOptions::SubOptions,
        tflite::CreateSubOptions(b.buffer()).Union());
  // The filter, {3, 3, 3, 2}: turned and repeated.
  const int seed = constant({3, 3, 1, 1}, TensorType::INT8, {1, 20, 3, 200, 5, 60, 7, 90, 9});
  const auto weights = [&b](const std::vector<int32_t>& dims) {
    return b.Add({.shape = dims, .type = TensorType::INT8, .scales = {0.02f}});
  };
  const int tiled = weights({3, 3, 2, 3});
  const int filter = weights({3, 3, 3, 2});
  b.Add(Op::TILE, {seed, often}, {tiled});
  b.Add(Op::TRANSPOSE, {tiled, integers({3, 1, 0, 2})}, {filter});
  // Border, layer, clamps, tables.
  const int padded = image({1, 6, 6, 2});
  const int layer = image({1, 4, 4, 3});
  const int clamped = image({1, 4, 4, 3}), again = image({1, 4, 4, 3});
  const int first = image({1, 4, 4, 3}, 0.1f), second = image({1, 4, 4, 3}, 0.2f);
  b.Add(Op::PAD,
        {x, constant({4, 2}, TensorType::INT32, DataOf<int32_t>({0, 0, 1, 1, 1, 1, 0, 0}))},
        {padded});
  b.Add(Op::CONV_2D, {padded, filter}, {layer}, BuiltinOptions::Conv2DOptions,
        tflite::CreateConv2DOptions(b.buffer(), tflite::Padding::VALID, 1, 1).Union());
  b.Add(Op::RELU, {layer}, {clamped});
  b.Add(Op::RELU6, {clamped}, {again});
  b.Add(Op::HARD_SWISH, {again}, {first});
  b.Add(Op::QUANTIZE, {first}, {second});
  return b.Finish({x}, {second});
}

}  // namespace moonlet::testing
