// Which operations operators become.
#include "engine/npu/compiler/lowering.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "engine/npu/stream.h"
#include "tests/engine/nn/model_builder.h"
#include "tests/engine/npu/compiler/compiled_pair.h"

namespace moonlet::npu {
namespace lowering_test {

using namespace moonlet::npu::testing;
using moonlet::testing::ModelBuilder;
using tflite::ActivationFunctionType;
using tflite::BuiltinOperator;
using tflite::BuiltinOptions;
using tflite::TensorType;
using Names = std::vector<std::string>;

class Builder : public ModelBuilder {
 public:
  int Map(const std::vector<int32_t>& shape, float scale = 0.1F, int64_t zero = 3) {
    return Add(
        {.shape = shape, .type = TensorType::INT8, .scales = {scale}, .zero_points = {zero}});
  }
  int Integers(const std::vector<int32_t>& values, const std::vector<int32_t>& shape) {
    return Add(
        {.shape = shape, .type = TensorType::INT32, .data = moonlet::testing::DataOf(values)});
  }
  int Weights(const std::vector<int32_t>& shape) {
    size_t n = 1;
    for (const int32_t d : shape) n *= static_cast<size_t>(d);
    std::vector<uint8_t> data(n);
    for (size_t i = 0; i < n; ++i) data[i] = static_cast<uint8_t>(i * 7);
    return Add({.shape = shape, .type = TensorType::INT8, .scales = {0.01F}, .data = data});
  }
  using ModelBuilder::Add;
  void Conv(int x, int filter, int y) {
    Add(BuiltinOperator::CONV_2D, {x, filter}, {y}, BuiltinOptions::Conv2DOptions,
        tflite::CreateConv2DOptions(buffer(), tflite::Padding::VALID, 1, 1,
                                    ActivationFunctionType::NONE)
            .Union());
  }
  void Pad(int x, const std::vector<int32_t>& sides, int y) {
    Add(BuiltinOperator::PAD, {x, Integers(sides, {4, 2})}, {y}, BuiltinOptions::PadOptions,
        tflite::CreatePadOptions(buffer()).Union());
  }
};

struct Lowered {
  std::vector<Operation> blocks;
  int copies = 0;

  Names names() const {
    Names names;
    for (const Operation& op : blocks) names.push_back(NameOf(op));
    return names;
  }
};

// The operations of a model's only part, which gives the CPU's bytes.
Lowered OperationsOf(const std::vector<uint8_t>& file, int macs = 128) {
  CompiledPair pair(file, macs);
  EXPECT_TRUE(pair.status().ok()) << pair.status().what();
  for (unsigned seed = 0; seed < 2; ++seed) {
    pair.FillInputs(seed);
    pair.RunBoth();
  }
  Lowered lowered;
  std::span<const uint8_t> bytes;
  Payload payload;
  if (!PayloadOf(Node(pair.unit_model(), 0), &bytes) || !ReadPayload(bytes, &payload).ok())
    return lowered;
  StreamReader reader(payload.stream, payload.config);
  Operation op;
  do {
    const Status s = reader.Next(&op);
    EXPECT_TRUE(s.ok()) << s.what();
    if (!s.ok()) break;
    if (op.is_block()) lowered.blocks.push_back(op);
    lowered.copies += op.kind == OperationKind::kDma ? 1 : 0;
  } while (op.kind != OperationKind::kStop);
  return lowered;
}

TEST(NpuLowering, PaddingBecomesTheFilters) {
  Builder b;
  const int x = b.Map({1, 6, 6, 8}), p = b.Map({1, 8, 9, 8}), y = b.Map({1, 6, 7, 4}, 0.3F);
  b.Pad(x, {0, 0, 1, 1, 1, 2, 0, 0}, p);
  b.Conv(p, b.Weights({4, 3, 3, 8}), y);
  const Lowered lowered = OperationsOf(b.Finish({x}, {y}));
  ASSERT_EQ(lowered.names(), Names{"CONV"});
  EXPECT_EQ(lowered.blocks[0].padding, (npu::Padding{1, 1, 2, 1}));
}

TEST(NpuLowering, PaddingThatOthersSeeIsAnOperation) {
  Builder b;
  const int x = b.Map({1, 6, 6, 8}), p = b.Map({1, 8, 8, 8}), y = b.Map({1, 6, 6, 4}, 0.3F);
  b.Pad(x, {0, 0, 1, 1, 1, 1, 0, 0}, p);
  b.Conv(p, b.Weights({4, 3, 3, 8}), y);
  EXPECT_EQ(OperationsOf(b.Finish({x}, {y, p})).names(), (Names{"DEPTHWISE", "CONV"}));
}

TEST(NpuLowering, PaddingWiderThanTheKernelIsAnOperation) {
  Builder b;
  const int x = b.Map({1, 6, 6, 8}), p = b.Map({1, 12, 6, 8}), y = b.Map({1, 10, 4, 4}, 0.3F);
  b.Pad(x, {0, 0, 3, 3, 0, 0, 0, 0}, p);
  b.Conv(p, b.Weights({4, 3, 3, 8}), y);
  EXPECT_EQ(OperationsOf(b.Finish({x}, {y})).names(), (Names{"DEPTHWISE", "CONV"}));
}

TEST(NpuLowering, ATableIsReadByTheFilterWhereItHasAPlace) {
  Builder b;
  const int x = b.Map({1, 6, 6, 8}), c = b.Map({1, 4, 4, 4}, 0.05F);
  const int y = b.Map({1, 4, 4, 4}, 1.0F / 256, -128);
  b.Conv(x, b.Weights({4, 3, 3, 8}), c);
  b.Add(BuiltinOperator::LOGISTIC, {c}, {y});
  const std::vector<uint8_t> file = b.Finish({x}, {y});
  const Lowered fused = OperationsOf(file, 128);
  ASSERT_EQ(fused.names(), Names{"CONV"});
  EXPECT_TRUE(fused.blocks[0].activation.has_table());
  EXPECT_EQ(OperationsOf(file, 64).names(), (Names{"CONV", "ADD"}));
}

TEST(NpuLowering, ATableThatIsThereIsNotLoadedAgain) {
  Builder b;
  const int x = b.Map({1, 4, 4, 4}), a = b.Map({1, 4, 4, 4}, 0.1F, 3),
            y = b.Map({1, 4, 4, 4}, 0.1F, 3);
  b.Add(BuiltinOperator::RELU, {x}, {a});
  b.Add(BuiltinOperator::RELU, {a}, {y});
  const Lowered lowered = OperationsOf(b.Finish({x}, {y}));
  EXPECT_EQ(lowered.names(), (Names{"ADD", "ADD"}));
  EXPECT_EQ(lowered.copies, 1);
}

TEST(NpuLowering, AMeanIsOneOperation) {
  Builder b;
  const int x = b.Map({1, 7, 5, 12}), y = b.Map({1, 12}, 0.07F, -4);
  b.Add(BuiltinOperator::MEAN, {x, b.Integers({1, 2}, {2})}, {y}, BuiltinOptions::ReducerOptions,
        tflite::CreateReducerOptions(b.buffer(), false).Union());
  EXPECT_EQ(OperationsOf(b.Finish({x}, {y})).names(), Names{"DEPTHWISE"});
}

TEST(NpuLowering, ASoftmaxIsThirtyOperations) {
  Builder b;
  const int x = b.Map({4, 10}), y = b.Map({4, 10}, 1.0F / 256, -128);
  b.Add(BuiltinOperator::SOFTMAX, {x}, {y}, BuiltinOptions::SoftmaxOptions,
        tflite::CreateSoftmaxOptions(b.buffer(), 1.0F).Union());
  const Lowered lowered = OperationsOf(b.Finish({x}, {y}));
  EXPECT_EQ(lowered.blocks.size(), 30u);
  EXPECT_EQ(lowered.copies, 1);
}

TEST(NpuLowering, AReshapeIsNone) {
  Builder b;
  const int x = b.Map({1, 4, 6, 8}), r = b.Map({1, 6, 4, 8}), y = b.Map({1, 4, 2, 4}, 0.3F);
  b.Add(BuiltinOperator::RESHAPE, {x}, {r});
  b.Conv(r, b.Weights({4, 3, 3, 8}), y);
  EXPECT_EQ(OperationsOf(b.Finish({x}, {y})).names(), Names{"CONV"});
}

TEST(NpuLowering, JoiningCopiesEachInput) {
  Builder b;
  const int x = b.Map({1, 4, 4, 16}), a = b.Map({1, 4, 4, 16}), y = b.Map({1, 4, 4, 32});
  b.Add(BuiltinOperator::RELU, {x}, {a});
  b.Add(BuiltinOperator::CONCATENATION, {x, a}, {y}, BuiltinOptions::ConcatenationOptions,
        tflite::CreateConcatenationOptions(b.buffer(), 3).Union());
  EXPECT_EQ(OperationsOf(b.Finish({x}, {y})).names(),
            (Names{"ADD", "AVERAGE_POOL", "AVERAGE_POOL"}));
}

TEST(NpuLowering, MapsThatOnlyTheUnitSeesLieInBricks) {
  Builder b;
  const int x = b.Map({1, 8, 8, 16}), m = b.Map({1, 6, 6, 16}, 0.3F),
            y = b.Map({1, 4, 4, 16}, 0.9F);
  b.Conv(x, b.Weights({16, 3, 3, 16}), m);
  b.Conv(m, b.Weights({16, 3, 3, 16}), y);
  const Lowered lowered = OperationsOf(b.Finish({x}, {y}));
  ASSERT_EQ(lowered.blocks.size(), 2u);
  EXPECT_EQ(lowered.blocks[0].ifm.layout, Layout::kNhwc);
  EXPECT_EQ(lowered.blocks[0].ofm.layout, Layout::kNhcwb16);
  EXPECT_EQ(lowered.blocks[1].ifm.layout, Layout::kNhcwb16);
  EXPECT_EQ(lowered.blocks[1].ofm.layout, Layout::kNhwc);
}

}  // namespace lowering_test
}  // namespace moonlet::npu
