// What each operator's Prepare accepts and refuses, with which words: one valid operator
// per kind, changed in one way at a time.
#include "engine/nn/operators/operators.h"

#include <gtest/gtest.h>

#include "engine/nn/analyze.h"
#include "tests/engine/nn/edit.h"
#include "tests/engine/nn/opened_model.h"
#include "tests/engine/nn/sample_model.h"

namespace moonlet {
namespace operators_test {

using namespace moonlet::testing;
using tflite::Padding;
constexpr auto kS8 = TensorType::INT8;
constexpr auto kS32 = TensorType::INT32;
constexpr auto kF32 = TensorType::FLOAT32;

// The numbers an operator's options may hold; each operator takes its own.
struct Options {
  bool present = true;
  int padding = 1;  // VALID
  int activation = 0;
  int stride_y = 1;
  int stride_x = 1;
  int dilation = 1;
  int multiplier = 2;
  int filter_y = 2;
  int filter_x = 2;
  int weights_format = 0;
  float beta = 1;
};

// One operator between its input and output tensors, the output last.
struct Parts {
  BuiltinOperator code;
  std::vector<TensorSpec> tensors;
  std::vector<int32_t> inputs;
  Options options = {};

  TensorSpec& filter() { return tensors[1]; }
  TensorSpec& bias() { return tensors[2]; }
  TensorSpec& output() { return tensors.back(); }
};
using Change = Edit<Parts>;

flatbuffers::Offset<void> WriteOptions(const Parts& p, BuiltinOptions* type, ModelBuilder& b) {
  const Options& o = p.options;
  const auto padding = static_cast<Padding>(o.padding);
  const auto activation = static_cast<ActivationFunctionType>(o.activation);
  auto& fbb = b.buffer();
  switch (p.code) {
    case BuiltinOperator::CONV_2D:
      *type = BuiltinOptions::Conv2DOptions;
      return tflite::CreateConv2DOptions(fbb, padding, o.stride_x, o.stride_y, activation,
                                         o.dilation, o.dilation)
          .Union();
    case BuiltinOperator::DEPTHWISE_CONV_2D:
      *type = BuiltinOptions::DepthwiseConv2DOptions;
      return tflite::CreateDepthwiseConv2DOptions(fbb, padding, o.stride_x, o.stride_y,
                                                  o.multiplier, activation, o.dilation, o.dilation)
          .Union();
    case BuiltinOperator::FULLY_CONNECTED:
      *type = BuiltinOptions::FullyConnectedOptions;
      return tflite::CreateFullyConnectedOptions(
                 fbb, activation,
                 static_cast<tflite::FullyConnectedOptionsWeightsFormat>(o.weights_format))
          .Union();
    case BuiltinOperator::AVERAGE_POOL_2D:
    case BuiltinOperator::MAX_POOL_2D:
      *type = BuiltinOptions::Pool2DOptions;
      return tflite::CreatePool2DOptions(fbb, padding, o.stride_x, o.stride_y, o.filter_x,
                                         o.filter_y, activation)
          .Union();
    case BuiltinOperator::SOFTMAX:
      *type = BuiltinOptions::SoftmaxOptions;
      return tflite::CreateSoftmaxOptions(fbb, o.beta).Union();
    case BuiltinOperator::ADD:
      *type = BuiltinOptions::AddOptions;
      return tflite::CreateAddOptions(fbb, activation).Union();
    default:
      *type = BuiltinOptions::NONE;
      return 0;
  }
}

std::vector<uint8_t> Write(const Parts& p) {
  ModelBuilder b;
  std::vector<int32_t> model_inputs;
  for (const TensorSpec& tensor : p.tensors) b.Add(tensor);
  const auto output = static_cast<int32_t>(p.tensors.size()) - 1;
  for (const int32_t input : p.inputs) {
    const bool fresh =
        input >= 0 && p.tensors[static_cast<size_t>(input)].data.empty() &&
        std::find(model_inputs.begin(), model_inputs.end(), input) == model_inputs.end();
    if (fresh) model_inputs.push_back(input);
  }
  BuiltinOptions type = BuiltinOptions::NONE;
  flatbuffers::Offset<void> options = 0;
  if (p.options.present) options = WriteOptions(p, &type, b);
  b.Add(p.code, p.inputs, {output}, type, options);
  return b.Finish(model_inputs, {output});
}

std::string Refusal(const Parts& p) {
  OpenedModel m(Write(p));
  if (m.status().ok()) {
    static_cast<void>(m.Run());
    return "";
  }
  if (m.model().open()) {  // then the analysis gives the same reason
    EXPECT_STREQ(DescribeOperator(m.model(), 0).support.what(), m.status().what());
  }
  return m.status().what();
}

struct Case {
  Change change;
  const char* words;  // "" where it is fine
};

void Check(const Parts& valid, std::initializer_list<Case> cases) {
  EXPECT_EQ(Refusal(valid), "");
  int number = 0;
  for (const Case& c : cases) {
    SCOPED_TRACE("case " + std::to_string(number++));
    Parts changed = valid;
    c.change(changed);
    const std::string refusal = Refusal(changed);
    if (c.words[0] == '\0') {
      EXPECT_EQ(refusal, "");
    } else {
      EXPECT_NE(refusal.find(c.words), std::string::npos)
          << "said: " << refusal << "\nexpected: " << c.words;
    }
  }
}

Parts ConvS8() {
  return {BuiltinOperator::CONV_2D,
          {{.shape = {2, 5, 6, 4}, .type = kS8, .scales = {0.5f}, .zero_points = {-3}},
           {.shape = {8, 3, 2, 4}, .type = kS8, .scales = {0.1f}, .data = Ramp<int8_t>(192)},
           {.shape = {8}, .type = kS32, .data = Ramp<int32_t>(8)},
           {.shape = {2, 3, 5, 8}, .type = kS8, .scales = {0.7f}}},
          {0, 1, 2}};
}

TEST(OperatorsTest, Conv) {
  Check(ConvS8(),
        {{[](Parts& p) {
            p.inputs = {0, 1};
          },
          ""},
         {[](Parts& p) {
            p.inputs = {0, 1, -1};
          },
          ""},
         {[](Parts& p) { p.options.activation = 3; }, ""},
         {[](Parts& p) { p.filter().scales.assign(8, 0.1f); }, ""},
         {[](Parts& p) {
            p.filter().shape = {8, 3, 2, 2};
            p.filter().data = Ramp<int8_t>(96);
          },
          ""},  // two groups
         {[](Parts& p) { p.inputs = {0}; }, "operator 1 CONV_2D: 1 inputs, expected 2 to 3"},
         {[](Parts& p) {
            p.inputs = {0, -1, 2};
          },
          "input 2 is left out"},
         {[](Parts& p) { p.options.present = false; }, "its options are missing"},
         {[](Parts& p) { p.options.padding = 2; }, "padding 2 does not exist"},
         {[](Parts& p) { p.options.activation = 6; }, "fused activation 6 does not exist"},
         {[](Parts& p) { p.options.stride_x = 0; }, "strides 1, 0, dilations 1, 1, on input"},
         {[](Parts& p) { p.options.dilation = -1; }, "dilations -1, -1"},
         {[](Parts& p) { p.options.dilation = 3; }, "a 3 x 2 filter"},
         {[](Parts& p) { p.options.padding = 0; },
          "output (tensor 3 't3') has shape {2, 3, 5, 8}, expected {2, 5, 6, 8}"},
         {[](Parts& p) { p.tensors[0].shape = {240}; },
          "input (tensor 0 't0') has shape {240}, expected rank 4"},
         {[](Parts& p) { p.filter().shape = {192}; }, "has shape {192}, expected rank 4"},
         {[](Parts& p) { p.filter().data = {}; },
          "filter (tensor 1 't1') is computed, expected a constant"},
         {[](Parts& p) {
            p.filter().type = kF32;
            p.filter().data = Ramp<float>(192);
          },
          "filter (tensor 1 't1') is float32, expected int8"},
         {[](Parts& p) {
            p.filter().shape = {8, 2, 4, 3};
          },
          "has shape {8, 2, 4, 3}, for an input of 4 channels"},
         {[](Parts& p) {
            p.filter().shape = {3, 3, 2, 2};
            p.filter().data = Ramp<int8_t>(36);
          },
          "has shape {3, 3, 2, 2}, for an input of 4 channels"},
         {[](Parts& p) {
            p.filter().scales.assign(3, 0.1f);
            p.filter().axis = 1;
          },
          "has 3 scales, expected 1 or 8"},
         {[](Parts& p) {
            p.filter().shape = {8, 8, 1, 4};
            p.filter().scales.assign(8, 0.1f);
            p.filter().axis = 1;
            p.filter().data = Ramp<int8_t>(256);
            p.options.padding = 0;
            p.output().shape = {2, 5, 6, 8};
          },
          "is quantised along axis 2, expected 1"},
         {[](Parts& p) { p.filter().scales = {}; }, "has 0 scales, expected 1 or 8"},
         {[](Parts& p) { p.tensors[0].scales = {}; }, "input (tensor 0 't0') has 0 scales"},
         {[](Parts& p) { p.output().scales = {}; }, "output (tensor 3 't3') has 0 scales"},
         {[](Parts& p) { p.filter().scales = {1e38f}, p.output().scales = {1e-38f}; },
          "of channel 1 are out of range"},
         {[](Parts& p) {
            p.bias().shape = {7};
            p.bias().data = Ramp<int32_t>(7);
          },
          "bias (tensor 2 't2') has 7 values, expected 8"},
         {[](Parts& p) {
            p.bias().type = TensorType::INT64;
            p.bias().data = Ramp<int64_t>(8);
          },
          "bias (tensor 2 't2') is int64, expected int32"},
         {[](Parts& p) { p.bias().data = {}; }, "bias (tensor 2 't2') is computed"},
         {[](Parts& p) { p.output().type = TensorType::INT16; },
          "not supported from int8 to int16"}});
}

TEST(OperatorsTest, ConvFloat) {
  const Parts valid = {BuiltinOperator::CONV_2D,
                       {{.shape = {1, 4, 4, 1}},
                        {.shape = {2, 3, 3, 1}, .data = Ramp<float>(18)},
                        {.shape = {2}, .data = Ramp<float>(2)},
                        {.shape = {1, 2, 2, 2}}},
                       {0, 1, 2}};
  Check(valid, {{[](Parts& p) {
                   p.filter().type = TensorType::INT16;
                   p.filter().data = Ramp<int16_t>(18);
                 },
                 "filter (tensor 1 't1') is int16, expected float32"},
                {[](Parts& p) { p.bias().type = kS32; },
                 "bias (tensor 2 't2') is int32, expected float32"}});
}

TEST(OperatorsTest, Depthwise) {
  const Parts valid = {
      BuiltinOperator::DEPTHWISE_CONV_2D,
      {{.shape = {1, 5, 5, 3}, .type = kS8, .scales = {0.5f}},
       {.shape = {1, 3, 3, 6}, .type = kS8, .scales = {0.1f}, .axis = 3, .data = Ramp<int8_t>(54)},
       {.shape = {6}, .type = kS32, .data = Ramp<int32_t>(6)},
       {.shape = {1, 3, 3, 6}, .type = kS8, .scales = {0.7f}}},
      {0, 1, 2}};
  Check(valid, {{[](Parts& p) { p.filter().scales.assign(6, 0.1f); }, ""},
                {[](Parts& p) { p.options.multiplier = 1; },
                 "for 3 input channels with depth multiplier 1"},
                {[](Parts& p) { p.options.multiplier = 0; }, "with depth multiplier 0"},
                {[](Parts& p) {
                   p.filter().shape = {3, 3, 1, 6};
                 },
                 "has shape {3, 3, 1, 6}"},
                {[](Parts& p) {
                   p.filter().shape = {1, 6, 3, 3};
                 },
                 "has shape {1, 6, 3, 3}"},
                {[](Parts& p) { p.options.present = false; }, "its options are missing"},
                {[](Parts& p) { p.options.stride_y = 2; },
                 "has shape {1, 3, 3, 6}, expected {1, 2, 3, 6}"}});
}

TEST(OperatorsTest, FullyConnected) {
  const Parts valid = {BuiltinOperator::FULLY_CONNECTED,
                       {{.shape = {2, 2, 6}, .type = kS8, .scales = {0.5f}},
                        {.shape = {5, 6}, .type = kS8, .scales = {0.25f}, .data = Ramp<int8_t>(30)},
                        {.shape = {5}, .type = kS32, .scales = {0.125f}, .data = Ramp<int32_t>(5)},
                        {.shape = {4, 5}, .type = kS8, .scales = {0.7f}}},
                       {0, 1, 2}};
  Check(valid, {{[](Parts& p) { p.filter().scales.assign(5, 0.25f); }, ""},
                {[](Parts& p) { p.filter().zero_points = {9}; }, ""},
                {[](Parts& p) {
                   p.output().shape = {2, 2, 5};
                 },
                 ""},
                {[](Parts& p) { p.bias().scales = {0.2f}; },
                 "bias (tensor 2 't2') has scale 0.2, expected 0.125"},
                {[](Parts& p) { p.bias().scales = {}; }, "has scale 0, expected 0.125"},
                {[](Parts& p) { p.filter().shape = {30}; },
                 "filter (tensor 1 't1') has shape {30}, expected {outputs, depth}"},
                {[](Parts& p) {
                   p.filter().shape = {2, 3, 5};
                 },
                 "expected {outputs, depth}"},
                {[](Parts& p) {
                   p.output().shape = {5, 4};
                 },
                 "expected a last dimension of 5"},
                {[](Parts& p) { p.output().shape = {}; }, "expected a last dimension of 5"},
                {[](Parts& p) {
                   p.output().shape = {3, 5};
                 },
                 "input (tensor 0 't0') has shape {2, 2, 6}, expected 3 rows of 6"},
                {[](Parts& p) { p.options.weights_format = 1; }, "weights in format 1"},
                {[](Parts& p) { p.filter().scales = {}; }, "filter (tensor 1 't1') has 0 scales"},
                {[](Parts& p) { p.options.present = false; }, "its options are missing"}});
}

TEST(OperatorsTest, Pool) {
  for (const auto code : {BuiltinOperator::AVERAGE_POOL_2D, BuiltinOperator::MAX_POOL_2D}) {
    const Parts valid = {code,
                         {{.shape = {1, 4, 4, 3}, .type = kS8, .scales = {0.5f}},
                          {.shape = {1, 3, 3, 3}, .type = kS8, .scales = {0.5f}}},
                         {0}};
    Check(valid,
          {{[](Parts& p) { p.output().scales = {0.6f}; },
            "output (tensor 1 't1') has scale 0.6, zero point 0, expected the input's 0.5, 0"},
           {[](Parts& p) { p.output().zero_points = {1}; }, "zero point 1, expected the input's"},
           {[](Parts& p) { p.options.filter_x = 0; }, "a 2 x 0 filter"},
           {[](Parts& p) { p.options.filter_x = 5; }, "a 2 x 5 filter"},
           {[](Parts& p) { p.options.filter_y = 0x7FFFFFFF, p.options.padding = 0; },
            "a 2147483647 x 2 filter"},
           {[](Parts& p) {
              p.output().shape = {1, 3, 3, 4};
            },
            "expected {1, 3, 3, 3}"},
           {[](Parts& p) { p.tensors[0].shape = {48}; }, "expected rank 4"},
           {[](Parts& p) {
              p.inputs = {0, 0};
            },
            "2 inputs, expected 1 to 1"}});
  }
}

TEST(OperatorsTest, Reshape) {
  const Parts valid = {BuiltinOperator::RESHAPE, {{.shape = {2, 6}}, {.shape = {3, 4}}}, {0}};
  Check(valid,
        {{[](Parts& p) {
            p.output().shape = {3, 5};
          },
          "shape {2, 6} does not fit into shape"},
         {[](Parts& p) { p.output().type = kS32; }, "is int32, expected float32"},
         {[](Parts& p) {
            p.tensors[0].shape = {0, 2};
          },
          "input 1 (tensor 0 't0') is empty"},
         {[](Parts& p) { p.tensors[0].type = TensorType::STRING; }, "is a string"},
         {[](Parts& p) { p.tensors[0].type = TensorType::INT4; }, "not supported from int4"}});
}

TEST(OperatorsTest, Softmax) {
  const Parts valid = {
      BuiltinOperator::SOFTMAX,
      {{.shape = {2, 6}, .type = kS8, .scales = {0.1f}},
       {.shape = {2, 6}, .type = kS8, .scales = {1.0f / 256}, .zero_points = {-128}}},
      {0}};
  Check(valid, {{[](Parts& p) { p.output().scales = {0.004f}; }, "expected 1/256, -128"},
                {[](Parts& p) { p.output().zero_points = {0}; }, "zero point 0, expected 1/256"},
                {[](Parts& p) { p.output().type = TensorType::INT16; },
                 "has scale 0.00390625, zero point -128, expected 1/65536, -32768"},
                {[](Parts& p) {
                   p.output().type = TensorType::INT16;
                   p.output().scales = {1.5e-5f};
                   p.output().zero_points = {-32768};
                 },
                 "has scale 1.5e-05, zero point -32768, expected 1/65536, -32768"},
                {[](Parts& p) {
                   p.output().type = TensorType::INT16;
                   p.output().scales = {1.0005f / 65536};
                   p.output().zero_points = {-32768};
                 },
                 ""},
                {[](Parts& p) { p.options.beta = 0; }, "beta 0 with an input scale of 0.1"},
                {[](Parts& p) { p.options.beta = -1; }, "beta -1 with"},
                {[](Parts& p) {
                   p.output().shape = {6, 2};
                 },
                 "expected {2, 6}"},
                {[](Parts& p) { p.tensors[0].shape = {}, p.output().shape = {}; }, "a scalar"}});
}

TEST(OperatorsTest, SoftmaxS16) {
  const Parts valid = {BuiltinOperator::SOFTMAX,
                       {{.shape = {2, 6}, .type = TensorType::INT16, .scales = {0.001f}},
                        {.shape = {2, 6}, .type = TensorType::INT16, .scales = {1.0f / 32768}}},
                       {0}};
  Check(valid,
        {{[](Parts& p) { p.output().scales = {1.0009f / 32768}; }, ""},
         {[](Parts& p) { p.output().scales = {1.002f / 32768}; }, "expected 1/32768"},
         {[](Parts& p) { p.output().scales = {}; }, "output (tensor 1 't1') has 0 scales"},
         {[](Parts& p) { p.output().zero_points = {1}; }, "has zero point 1, expected 0"},
         {[](Parts& p) { p.tensors[0].zero_points = {-9}; }, "has zero point -9, expected 0"},
         {[](Parts& p) { p.tensors[0].scales = {1e38f}, p.options.beta = 1e20f; },
          "beta 1e+20 with an input scale of 1e+38 is out of range"},
         {[](Parts& p) { p.options.present = false; }, "its options are missing"}});
}

TEST(OperatorsTest, Add) {
  const Parts valid = {BuiltinOperator::ADD,
                       {{.shape = {2, 3}, .type = kS8, .scales = {0.1f}},
                        {.shape = {3}, .type = kS8, .scales = {0.2f}},
                        {.shape = {2, 3}, .type = kS8, .scales = {0.3f}}},
                       {0, 1}};
  Check(valid,
        {{[](Parts& p) {
            p.inputs = {1, 0};
          },
          ""},
         {[](Parts& p) {
            p.inputs = {0, 0};
          },
          ""},
         {[](Parts& p) { p.tensors[1].shape = {2}; },
          "inputs of shapes {2, 3} and {2} do not fit each other"},
         {[](Parts& p) {
            p.output().shape = {3, 2};
          },
          "expected {2, 3}"},
         {[](Parts& p) { p.tensors[1].type = kF32; }, "second input (tensor 1 't1') is float32"},
         {[](Parts& p) { p.tensors[1].scales = {}; }, "second input (tensor 1 't1') has 0 scales"},
         {[](Parts& p) { p.output().scales = {1e-9f}; }, "do not go with the output's 1e-09"}});
}

// Every pair of types in the table runs: 40 as a real 20 comes out as 40 or as 20.
TEST(OperatorsTest, EveryPairOfQuantizeRuns) {
  int pairs = 0;
  for (const CpuOperator& row : CpuOperators()) {
    const bool quantize = row.code == BuiltinOperator::QUANTIZE;
    if (!quantize && row.code != BuiltinOperator::DEQUANTIZE) continue;
    for (int from = 0; from <= static_cast<int>(TensorType::MAX); ++from) {
      for (int to = 0; to <= static_cast<int>(TensorType::MAX); ++to) {
        const auto in = static_cast<TensorType>(from);
        const auto out = static_cast<TensorType>(to);
        if (!row.input.Has(in) || !row.output.Has(out)) continue;
        SCOPED_TRACE(std::string(NameOf(in)) + " to " + NameOf(out));
        Parts p = {row.code, {{.shape = {2}, .type = in}, {.shape = {2}, .type = out}}, {0}};
        if (in != kF32) p.tensors[0].scales = {0.5f};
        if (out != kF32) p.tensors[1].scales = {0.25f};
        OpenedModel m(Write(p));
        ASSERT_TRUE(m.status().ok()) << m.status().what();
        const Tensor input = m.session().input(0);
        const Tensor output = m.session().output(0);
        std::memset(input.data, 0, input.bytes());
        auto* first = static_cast<uint8_t*>(input.data);
        if (in == kF32) {
          input.as<float>()[0] = 20;
        } else {
          *first = 40;  // little-endian, so this holds for every width
        }
        ASSERT_TRUE(m.Run().ok());
        if (out == kF32) {
          EXPECT_EQ(output.as<float>()[0], 20);
        } else {
          EXPECT_EQ(*static_cast<uint8_t*>(output.data), 80);
        }
        ++pairs;
      }
    }
  }
  EXPECT_EQ(pairs, 4 + 4 + 4 + 1 + 3 + 2);
}

TEST(OperatorsTest, UnknownOperatorsAreAllNamedAtOnce) {
  ModelBuilder b;
  const int x = b.Add({.shape = {4}});
  const int y = b.Add({.shape = {4}});
  const int z = b.Add({.shape = {4}});
  b.Add(BuiltinOperator::UNIQUE, {x}, {y});
  b.Add(BuiltinOperator::CUSTOM, {y}, {z});
  const auto file = b.Finish({x}, {z});
  Model model;
  ASSERT_TRUE(Model::Open(Bytes::Borrow(file), MallocAllocator(), &model).ok());
  ModelReport report;
  ASSERT_TRUE(Analyze(model, MallocAllocator(), &report).ok());
  EXPECT_EQ(report.unsupported, 2);
  EXPECT_EQ(report.arena_bound, 32u);
  EXPECT_STREQ(DescribeOperator(model, 0).support.what(), "operator 1 UNIQUE: not supported");
  EXPECT_EQ(DescribeOperator(model, 1).support.code(), Code::kUnsupported);
  EXPECT_EQ(DescribeOperator(model, 1).name, "my_operator");
}

}  // namespace operators_test
}  // namespace moonlet
