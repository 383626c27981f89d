// tests/engine/nn/sample_model.h - a small int8 model that uses every operator of the
// CPU once, for tests that must not depend on recorded data.
#pragma once
#include <cstdint>
#include <vector>

#include "tests/engine/nn/model_builder.h"

namespace moonlet::testing {

// Counts -3, -2, ... 3, -3, ...: weights that are not all alike.
template <typename T>
std::vector<uint8_t> Ramp(int n) {
  std::vector<T> values;
  for (int i = 0; i < n; ++i) values.push_back(static_cast<T>(i % 7 - 3));
  return DataOf(values);
}

// float32 {1, 4, 4, 2} -> QUANTIZE -> CONV_2D -> DEPTHWISE_CONV_2D -> ADD with the
// convolution -> MAX_POOL_2D -> AVERAGE_POOL_2D -> RESHAPE -> FULLY_CONNECTED -> SOFTMAX
// -> int8 {1, 3}, -> DEQUANTIZE -> float32 {1, 3}.
inline std::vector<uint8_t> SampleModel() {
  ModelBuilder b;
  const auto s8 = TensorType::INT8;
  const auto padding = tflite::Padding::SAME;
  const auto none = ActivationFunctionType::NONE;
  const auto image = [&](int size, int channels, float scale) {
    return b.Add({.shape = {1, size, size, channels}, .type = s8, .scales = {scale}});
  };
  const int x = b.Add({.shape = {1, 4, 4, 2}});
  const int q = image(4, 2, 0.01f);
  b.Add(BuiltinOperator::QUANTIZE, {x}, {q});

  const int filter = b.Add({.shape = {4, 3, 3, 2},
                            .type = s8,
                            .scales = {0.1f, 0.2f, 0.3f, 0.4f},
                            .data = Ramp<int8_t>(72)});
  const int bias = b.Add({.shape = {4}, .type = TensorType::INT32, .data = Ramp<int32_t>(4)});
  const int conv = image(4, 4, 0.1f);
  b.Add(
      BuiltinOperator::CONV_2D, {q, filter, bias}, {conv}, BuiltinOptions::Conv2DOptions,
      tflite::CreateConv2DOptions(b.buffer(), padding, 1, 1, ActivationFunctionType::RELU).Union());

  const int taps =
      b.Add({.shape = {1, 2, 2, 4}, .type = s8, .scales = {0.1f}, .data = Ramp<int8_t>(16)});
  const int depthwise = image(4, 4, 0.1f);
  b.Add(BuiltinOperator::DEPTHWISE_CONV_2D, {conv, taps}, {depthwise},
        BuiltinOptions::DepthwiseConv2DOptions,
        tflite::CreateDepthwiseConv2DOptions(b.buffer(), padding, 1, 1, 1, none).Union());
  const int sum = image(4, 4, 0.2f);
  b.Add(BuiltinOperator::ADD, {conv, depthwise}, {sum}, BuiltinOptions::AddOptions,
        tflite::CreateAddOptions(b.buffer(), none).Union());

  const int max = image(2, 4, 0.2f);
  b.Add(BuiltinOperator::MAX_POOL_2D, {sum}, {max}, BuiltinOptions::Pool2DOptions,
        tflite::CreatePool2DOptions(b.buffer(), padding, 2, 2, 2, 2, none).Union());
  const int mean = image(1, 4, 0.2f);
  b.Add(BuiltinOperator::AVERAGE_POOL_2D, {max}, {mean}, BuiltinOptions::Pool2DOptions,
        tflite::CreatePool2DOptions(b.buffer(), padding, 2, 2, 2, 2, none).Union());
  const int flat = b.Add({.shape = {1, 4}, .type = s8, .scales = {0.2f}});
  b.Add(BuiltinOperator::RESHAPE, {mean}, {flat});

  const int matrix =
      b.Add({.shape = {3, 4}, .type = s8, .scales = {0.5f}, .data = Ramp<int8_t>(12)});
  const int logits = b.Add({.shape = {1, 3}, .type = s8, .scales = {0.1f}});
  b.Add(BuiltinOperator::FULLY_CONNECTED, {flat, matrix}, {logits},
        BuiltinOptions::FullyConnectedOptions,
        tflite::CreateFullyConnectedOptions(b.buffer(), none).Union());
  const int y = b.Add({.shape = {1, 3}, .type = s8, .scales = {1.0f / 256}, .zero_points = {-128}});
  b.Add(BuiltinOperator::SOFTMAX, {logits}, {y}, BuiltinOptions::SoftmaxOptions,
        tflite::CreateSoftmaxOptions(b.buffer(), 1.0f).Union());
  const int real = b.Add({.shape = {1, 3}});
  b.Add(BuiltinOperator::DEQUANTIZE, {y}, {real});
  return b.Finish({x}, {y, real});
}

}  // namespace moonlet::testing
