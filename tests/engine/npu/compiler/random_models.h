// tests/engine/npu/compiler/random_models.h - small int8 models of random operators, sizes and
// scales.
#pragma once
#include <algorithm>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "tests/engine/nn/model_builder.h"

namespace moonlet::npu::testing {

using moonlet::testing::ModelBuilder;
using moonlet::testing::TensorSpec;
using tflite::ActivationFunctionType;
using tflite::BuiltinOperator;
using tflite::BuiltinOptions;
using tflite::TensorType;

class RandomModel {
 public:
  explicit RandomModel(unsigned seed) : random_(seed) {
    const int x = AddMap({1, Between(1, 14), Between(1, 14), Between(1, 40)});
    input_ = current_ = x;
    made_ = {x};
    const int operators = Between(1, 8);
    for (int i = 0; i < operators; ++i) {
      AddOperator();
      if (current_ != made_.back()) made_.push_back(current_);
    }
  }

  // Often what an operator in between has made is an output too.
  std::vector<uint8_t> Finish() {
    std::vector<int32_t> outputs = {current_};
    const int other = AnyMade();
    if (Between(0, 1) == 0 && other != current_ && other != input_) outputs.push_back(other);
    return builder_.Finish({input_}, outputs);
  }
  const std::string& name() const { return name_; }

 private:
  struct Map {
    std::vector<int32_t> shape;
    float scale = 1;
    int64_t zero = 0;
  };

  int Between(int least, int most) {
    return std::uniform_int_distribution<int>(least, most)(random_);
  }
  float Scale(float least, float most) {
    return std::uniform_real_distribution<float>(least, most)(random_);
  }
  template <typename T>
  T OneOf(std::initializer_list<T> values) {
    return values.begin()[Between(0, static_cast<int>(values.size()) - 1)];
  }

  // By value: the shape may be that of a map here.
  int AddMap(std::vector<int32_t> shape, float scale, int64_t zero) {
    const int t = builder_.Add(
        {.shape = shape, .type = TensorType::INT8, .scales = {scale}, .zero_points = {zero}});
    maps_.resize(static_cast<size_t>(t) + 1);
    maps_[static_cast<size_t>(t)] = {std::move(shape), scale, zero};
    return t;
  }
  int AddMap(const std::vector<int32_t>& shape) {
    return AddMap(shape, Scale(0.01F, 0.2F), Between(-128, 127));
  }
  const Map& current() const { return maps_[static_cast<size_t>(current_)]; }

  int AnyMade() {
    return made_[static_cast<size_t>(Between(0, static_cast<int>(made_.size()) - 1))];
  }

  int AddBytes(const std::vector<int32_t>& shape, const std::vector<float>& scales, int axis,
               int least = -127) {
    size_t n = 1;
    for (const int32_t d : shape) n *= static_cast<size_t>(d);
    std::vector<uint8_t> data(n);
    const bool sparse = Between(0, 2) == 0;
    for (uint8_t& byte : data)
      byte = static_cast<uint8_t>(sparse && Between(0, 3) > 0 ? 0 : Between(least, 127));
    return builder_.Add(
        {.shape = shape, .type = TensorType::INT8, .scales = scales, .axis = axis, .data = data});
  }
  int AddIntegers(const std::vector<int32_t>& values, const std::vector<int32_t>& shape,
                  const std::vector<float>& scales = {}) {
    return builder_.Add({.shape = shape,
                         .type = TensorType::INT32,
                         .scales = scales,
                         .data = moonlet::testing::DataOf(values)});
  }
  int AddBias(int32_t channels, const std::vector<float>& scales) {
    std::vector<int32_t> bias(static_cast<size_t>(channels));
    for (int32_t& b : bias) b = Between(-3000, 3000);
    return AddIntegers(bias, {channels}, scales);
  }
  std::vector<float> FilterScales(int32_t channels) {
    std::vector<float> scales(Between(0, 1) == 0 ? 1 : static_cast<size_t>(channels));
    for (float& s : scales) s = Scale(0.001F, 0.02F);
    return scales;
  }
  std::vector<float> BiasScales(const std::vector<float>& filter) const {
    std::vector<float> scales = filter;
    for (float& s : scales) s *= current().scale;
    return scales;
  }

  ActivationFunctionType Fused() {
    return OneOf({ActivationFunctionType::NONE, ActivationFunctionType::RELU,
                  ActivationFunctionType::RELU6});
  }
  // Rows or columns of an output; 0: the window does not fit.
  static int32_t Out(tflite::Padding padding, int32_t in, int32_t kernel, int32_t stride,
                     int32_t dilation) {
    if (padding == tflite::Padding::SAME) return (in + stride - 1) / stride;
    return std::max(0, (in - (kernel - 1) * dilation - 1) / stride + 1) *
           static_cast<int>(in >= (kernel - 1) * dilation + 1);
  }

  void AddOperator();
  void AddConv();
  void AddDepthwise();
  void AddTransposeConv();
  void AddFullyConnected();
  void AddPool();
  void AddPair(BuiltinOperator code);
  void AddUnary();
  void AddConcatenation();
  void AddPad();
  void AddMean();
  void AddSoftmax();
  void AddReshape();
  void AddSlice();
  void AddTranspose();
  void AddDetour();
  void AddResize();
  void Name(const char* name) { name_ += std::string(name) + " "; }

  std::mt19937 random_;
  ModelBuilder builder_;
  std::vector<Map> maps_;
  std::vector<int> made_;  // by operators, and the input
  int input_ = 0;
  int current_ = 0;
  std::string name_;
};

inline void RandomModel::AddConv() {
  const Map in = current();
  const int32_t ky = Between(1, 5), kx = Between(1, 5);
  const int32_t sy = Between(1, 3), sx = Between(1, 3);
  const int32_t dy = sy == 1 && sx == 1 ? Between(1, 2) : 1;
  const int32_t dx = sy == 1 && sx == 1 ? Between(1, 2) : 1;
  const auto padding = OneOf({tflite::Padding::SAME, tflite::Padding::VALID});
  const int32_t oy = Out(padding, in.shape[1], ky, sy, dy);
  const int32_t ox = Out(padding, in.shape[2], kx, sx, dx);
  if (oy < 1 || ox < 1) return;
  Name("CONV");
  const int32_t channels = Between(1, 40);
  const std::vector<float> scales = FilterScales(channels);
  const int filter = AddBytes({channels, ky, kx, in.shape[3]}, scales, 0);
  const int bias = AddBias(channels, BiasScales(scales));
  const int y = AddMap({1, oy, ox, channels});
  builder_.Add(
      BuiltinOperator::CONV_2D, {current_, filter, bias}, {y}, BuiltinOptions::Conv2DOptions,
      tflite::CreateConv2DOptions(builder_.buffer(), padding, sx, sy, Fused(), dx, dy).Union());
  current_ = y;
}

inline void RandomModel::AddDepthwise() {
  const Map in = current();
  const int32_t ky = Between(1, 9), kx = Between(1, 5);
  const int32_t sy = Between(1, 3), sx = Between(1, 3);
  const auto padding = OneOf({tflite::Padding::SAME, tflite::Padding::VALID});
  const int32_t oy = Out(padding, in.shape[1], ky, sy, 1);
  const int32_t ox = Out(padding, in.shape[2], kx, sx, 1);
  if (oy < 1 || ox < 1) return;
  Name("DEPTHWISE");
  const int32_t multiplier = in.shape[3] == 1 ? Between(1, 9) : 1;
  const int32_t channels = in.shape[3] * multiplier;
  const std::vector<float> scales = FilterScales(channels);
  const int filter = AddBytes({1, ky, kx, channels}, scales, 3);
  const int bias = AddBias(channels, BiasScales(scales));
  const int y = AddMap({1, oy, ox, channels});
  builder_.Add(
      BuiltinOperator::DEPTHWISE_CONV_2D, {current_, filter, bias}, {y},
      BuiltinOptions::DepthwiseConv2DOptions,
      tflite::CreateDepthwiseConv2DOptions(builder_.buffer(), padding, sx, sy, multiplier, Fused())
          .Union());
  current_ = y;
}

inline void RandomModel::AddTransposeConv() {
  const Map in = current();
  if (in.shape[1] > 16 || in.shape[2] > 16) return;
  Name("TRANSPOSE_CONV");
  const int32_t ky = Between(1, 5), kx = Between(1, 5), stride = Between(1, 2);
  const auto padding = OneOf({tflite::Padding::SAME, tflite::Padding::VALID});
  const auto out = [&](int32_t n, int32_t k) {
    return padding == tflite::Padding::SAME ? n * stride : (n - 1) * stride + k;
  };
  const int32_t channels = Between(1, 20);
  const std::vector<int32_t> shape = {1, out(in.shape[1], ky), out(in.shape[2], kx), channels};
  const std::vector<float> scales = FilterScales(channels);
  const int sizes = AddIntegers(shape, {4});
  const int filter = AddBytes({channels, ky, kx, in.shape[3]}, scales, 0);
  const int bias = AddBias(channels, BiasScales(scales));
  const int y = AddMap(shape);
  builder_.Add(
      BuiltinOperator::TRANSPOSE_CONV, {sizes, filter, current_, bias}, {y},
      BuiltinOptions::TransposeConvOptions,
      tflite::CreateTransposeConvOptions(builder_.buffer(), padding, stride, stride).Union());
  current_ = y;
}

inline void RandomModel::AddFullyConnected() {
  const Map in = current();
  Name("FULLY_CONNECTED");
  // One row of everything, or a row for each pixel.
  const int32_t all = in.shape[1] * in.shape[2] * in.shape[3];
  const int32_t depth = Between(0, 1) == 0 ? all : in.shape[3];
  const int32_t channels = Between(1, 40);
  const std::vector<float> scales = FilterScales(channels);
  const int filter = AddBytes({channels, depth}, scales, 0);
  const int bias = AddBias(channels, BiasScales(scales));
  const int y = AddMap({1, all / depth, 1, channels});
  builder_.Add(BuiltinOperator::FULLY_CONNECTED, {current_, filter, bias}, {y},
               BuiltinOptions::FullyConnectedOptions,
               tflite::CreateFullyConnectedOptions(builder_.buffer(), Fused()).Union());
  current_ = y;
}

inline void RandomModel::AddPool() {
  const Map in = current();
  const int32_t ky = Between(1, std::min(8, in.shape[1]));
  const int32_t kx = Between(1, std::min(8, in.shape[2]));
  const int32_t sy = Between(1, 3), sx = Between(1, 3);
  const auto padding = OneOf({tflite::Padding::SAME, tflite::Padding::VALID});
  Name("POOL");
  const int y = AddMap(
      {1, Out(padding, in.shape[1], ky, sy, 1), Out(padding, in.shape[2], kx, sx, 1), in.shape[3]},
      in.scale, in.zero);
  builder_.Add(
      OneOf({BuiltinOperator::AVERAGE_POOL_2D, BuiltinOperator::MAX_POOL_2D}), {current_}, {y},
      BuiltinOptions::Pool2DOptions,
      tflite::CreatePool2DOptions(builder_.buffer(), padding, sx, sy, kx, ky, Fused()).Union());
  current_ = y;
}

// With a map of the model's own making, so that both operands live.
inline void RandomModel::AddPair(BuiltinOperator code) {
  const Map in = current();
  int other = current_;
  const int kind = Between(0, 3);
  if (kind == 1) other = AddBytes({1, 1, 1, in.shape[3]}, {Scale(0.01F, 0.2F)}, 0);
  if (kind == 2) other = AddBytes({}, {Scale(0.01F, 0.2F)}, 0);
  if (kind == 3) other = AddBytes(in.shape, {Scale(0.01F, 0.2F)}, 0);
  const int y = AddMap(in.shape, Scale(0.05F, 0.4F), Between(-128, 127));
  const bool turned = Between(0, 1) == 0;
  const int a = turned ? other : current_;
  const int b = turned ? current_ : other;
  auto& fbb = builder_.buffer();
  if (code == BuiltinOperator::ADD) {
    Name("ADD");
    builder_.Add(code, {a, b}, {y}, BuiltinOptions::AddOptions,
                 tflite::CreateAddOptions(fbb, Fused()).Union());
  } else if (code == BuiltinOperator::SUB) {
    Name("SUB");
    builder_.Add(code, {a, b}, {y}, BuiltinOptions::SubOptions,
                 tflite::CreateSubOptions(fbb, Fused()).Union());
  } else {
    Name("MUL");
    builder_.Add(code, {a, b}, {y}, BuiltinOptions::MulOptions,
                 tflite::CreateMulOptions(fbb, Fused()).Union());
  }
  current_ = y;
}

inline void RandomModel::AddUnary() {
  const Map in = current();
  const auto code = OneOf({BuiltinOperator::LOGISTIC, BuiltinOperator::TANH, BuiltinOperator::RELU,
                           BuiltinOperator::HARD_SWISH});
  Name("UNARY");
  int y = AddMap(in.shape);
  if (code == BuiltinOperator::LOGISTIC) y = AddMap(in.shape, 1.0F / 256, -128);
  if (code == BuiltinOperator::TANH) y = AddMap(in.shape, 1.0F / 128, 0);
  builder_.Add(code, {current_}, {y});
  current_ = y;
}

inline void RandomModel::AddConcatenation() {
  const Map in = current();
  Name("CONCATENATION");
  const int axis = Between(1, 3);
  std::vector<int32_t> shape = in.shape;
  shape[static_cast<size_t>(axis)] *= 2;
  const int y = AddMap(shape, in.scale, in.zero);
  builder_.Add(BuiltinOperator::CONCATENATION, {current_, current_}, {y},
               BuiltinOptions::ConcatenationOptions,
               tflite::CreateConcatenationOptions(builder_.buffer(), axis).Union());
  current_ = y;
}

inline void RandomModel::AddPad() {
  const Map in = current();
  Name("PAD");
  std::vector<int32_t> sides = {0, 0, 0, 0, 0, 0, 0, 0};
  for (size_t i = 2; i < 6; ++i) sides[i] = Between(0, 3);
  const int paddings = AddIntegers(sides, {4, 2});
  const int y =
      AddMap({1, in.shape[1] + sides[2] + sides[3], in.shape[2] + sides[4] + sides[5], in.shape[3]},
             in.scale, in.zero);
  builder_.Add(BuiltinOperator::PAD, {current_, paddings}, {y}, BuiltinOptions::PadOptions,
               tflite::CreatePadOptions(builder_.buffer()).Union());
  current_ = y;
}

inline void RandomModel::AddMean() {
  const Map in = current();
  Name("MEAN");
  const int axes = AddIntegers({1, 2}, {2});
  const int y = AddMap({1, 1, 1, in.shape[3]});
  builder_.Add(BuiltinOperator::MEAN, {current_, axes}, {y}, BuiltinOptions::ReducerOptions,
               tflite::CreateReducerOptions(builder_.buffer(), true).Union());
  current_ = y;
}

inline void RandomModel::AddSoftmax() {
  Name("SOFTMAX");
  const int y = AddMap(current().shape, 1.0F / 256, -128);
  builder_.Add(BuiltinOperator::SOFTMAX, {current_}, {y}, BuiltinOptions::SoftmaxOptions,
               tflite::CreateSoftmaxOptions(builder_.buffer(), Scale(0.5F, 2)).Union());
  current_ = y;
}

inline void RandomModel::AddReshape() {
  const Map in = current();
  Name("RESHAPE");
  const int y = AddMap({1, in.shape[2], in.shape[1], in.shape[3]}, in.scale, in.zero);
  builder_.Add(BuiltinOperator::RESHAPE, {current_}, {y});
  current_ = y;
}

inline void RandomModel::AddSlice() {
  const Map in = current();
  std::vector<int32_t> begin(4, 0), end = in.shape, step(4, 1), shape = in.shape;
  for (size_t axis = 1; axis < 4; ++axis) {
    begin[axis] = Between(0, in.shape[axis] - 1);
    end[axis] = Between(begin[axis] + 1, in.shape[axis]);
    if (axis < 3) step[axis] = Between(1, 3);
    shape[axis] = (end[axis] - begin[axis] + step[axis] - 1) / step[axis];
  }
  Name("SLICE");
  const int y = AddMap(shape, in.scale, in.zero);
  builder_.Add(BuiltinOperator::STRIDED_SLICE,
               {current_, AddIntegers(begin, {4}), AddIntegers(end, {4}), AddIntegers(step, {4})},
               {y}, BuiltinOptions::StridedSliceOptions,
               tflite::CreateStridedSliceOptions(builder_.buffer()).Union());
  current_ = y;
}

// Which the CPU runs.
inline void RandomModel::AddTranspose() {
  const Map in = current();
  Name("TRANSPOSE");
  const int order = AddIntegers({0, 2, 1, 3}, {4});
  const int y = AddMap({1, in.shape[2], in.shape[1], in.shape[3]}, in.scale, in.zero);
  builder_.Add(BuiltinOperator::TRANSPOSE, {current_, order}, {y}, BuiltinOptions::TransposeOptions,
               tflite::CreateTransposeOptions(builder_.buffer()).Union());
  current_ = y;
}

// Goes on from something made before, or adds it where the shapes agree.
inline void RandomModel::AddDetour() {
  const int other = AnyMade();
  const Map in = current();
  if (maps_[static_cast<size_t>(other)].shape != in.shape) {
    current_ = other;
    return;
  }
  Name("JOIN");
  const int y = AddMap(in.shape, Scale(0.05F, 0.4F), Between(-128, 127));
  builder_.Add(BuiltinOperator::ADD, {current_, other}, {y}, BuiltinOptions::AddOptions,
               tflite::CreateAddOptions(builder_.buffer()).Union());
  current_ = y;
}

inline void RandomModel::AddResize() {
  const Map in = current();
  if (in.shape[1] > 16 || in.shape[2] > 16) return;
  Name("RESIZE");
  const int size = AddIntegers({2 * in.shape[1], 2 * in.shape[2]}, {2});
  const int y = AddMap({1, 2 * in.shape[1], 2 * in.shape[2], in.shape[3]}, in.scale, in.zero);
  builder_.Add(
      BuiltinOperator::RESIZE_NEAREST_NEIGHBOR, {current_, size}, {y},
      BuiltinOptions::ResizeNearestNeighborOptions,
      tflite::CreateResizeNearestNeighborOptions(builder_.buffer(), false, Between(0, 1) == 0)
          .Union());
  current_ = y;
}

inline void RandomModel::AddOperator() {
  switch (Between(0, 20)) {
    case 0:
    case 1:
    case 2:
      return AddConv();
    case 3:
      return AddDepthwise();
    case 4:
      return AddFullyConnected();
    case 5:
      return AddPool();
    case 6:
      return AddPair(BuiltinOperator::ADD);
    case 7:
      return AddPair(BuiltinOperator::SUB);
    case 8:
      return AddPair(BuiltinOperator::MUL);
    case 9:
      return AddUnary();
    case 10:
      return AddConcatenation();
    case 11:
      return AddPad();
    case 12:
      return AddMean();
    case 13:
      return AddSlice();
    case 14:
      return AddResize();
    case 15:
      return AddTransposeConv();
    case 16:
      return AddTranspose();
    case 17:
    case 18:
    case 19:
      return AddDetour();
    default:
      return Between(0, 1) == 0 ? AddSoftmax() : AddReshape();
  }
}

}  // namespace moonlet::npu::testing
