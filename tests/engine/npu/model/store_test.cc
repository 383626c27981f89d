#include "engine/npu/model/store.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>

namespace moonlet::npu {
namespace store_test {

Operation WithOutput(Element element, Activation activation, int32_t zero_point) {
  Operation op;
  op.kind = OperationKind::kPool;
  op.ofm.element = element;
  op.ofm.zero_point = zero_point;
  op.activation = activation;
  return op;
}

TEST(NpuStore, AddsTheZeroPointThenClips) {
  const Operation op = WithOutput({1, true}, {0, ClipRange::kOfm, -100, 90}, 20);
  const OutputStage stage(op, nullptr);
  EXPECT_EQ(stage.Finish(5), 25);
  EXPECT_EQ(stage.Finish(71), 90);
  EXPECT_EQ(stage.Finish(-121), -100);
  EXPECT_EQ(stage.Finish(INT64_MAX / 2), 90);
}

// Compiled models leave a stale zero point and clip there.
TEST(NpuStore, ResultsOf32BitsPassAsTheyAre) {
  const Operation op = WithOutput({4, true}, {0, ClipRange::kOfm, -128, 127}, 14);
  EXPECT_EQ(OutputStage(op, nullptr).Finish(123456), 123456);
}

TEST(NpuStore, ResultsOf32BitsSaturate) {
  const Operation op = WithOutput({4, true}, {0, ClipRange::kOfm, -128, 127}, 14);
  EXPECT_EQ(OutputStage(op, nullptr).Finish(int64_t{1} << 31), kInt32Max);
  EXPECT_EQ(OutputStage(op, nullptr).Finish(-(int64_t{1} << 40)), kInt32Min);
}

TEST(NpuStore, ClipsToAnotherTypeThanItsOwn) {
  const Operation op = WithOutput({2, true}, {0, ClipRange::kUint8, 0, 255}, 0);
  EXPECT_EQ(OutputStage(op, nullptr).Finish(300), 255);
  EXPECT_EQ(OutputStage(op, nullptr).Finish(-1), 0);
}

TEST(NpuStore, LimitsBeyondTheTypeStayWithinIt) {
  std::vector<uint8_t> tables(kTableBytes, 7);
  for (const int32_t limit : {-32768, -129, 128, 32767}) {
    Operation op = WithOutput({1, true}, {16, ClipRange::kInt8, limit, limit}, 0);
    EXPECT_EQ(OutputStage(op, tables.data()).Finish(0), 7);
    op.activation = {0, ClipRange::kOfm, limit, limit};
    EXPECT_EQ(OutputStage(op, nullptr).Finish(0), std::clamp(limit, -128, 127));
  }
}

TEST(NpuStore, CurvesOf16BitsFollowTanhAndTheSigmoid) {
  const Activation tanh = {3, ClipRange::kOfm, -32768, 32767};
  const Activation sigmoid = {4, ClipRange::kOfm, -32768, 32767};
  const Operation tanh_op = WithOutput({2, true}, tanh, 0);
  const Operation sigmoid_op = WithOutput({2, true}, sigmoid, 0);
  for (int value = -32768; value < 32768; ++value) {
    const double x = value / (3 * 4096.0);
    EXPECT_NEAR(OutputStage(tanh_op, nullptr).Finish(value) / 32768.0, std::tanh(x), 2e-4);
    EXPECT_NEAR(OutputStage(sigmoid_op, nullptr).Finish(value) / 32768.0, 1 / (1 + std::exp(-x)),
                1e-4);
  }
}

// A table of a line: 512 pieces, base in the low half, slope above, added as compiled models do.
TEST(NpuStore, TablesOf16BitsAreInterpolated) {
  std::vector<uint8_t> tables(kTableBytes);
  for (int i = 0; i < 512; ++i) {
    const int32_t base = (i - 256) * 100;
    const auto line = static_cast<uint32_t>(100 << 16) + static_cast<uint32_t>(base);
    std::memcpy(tables.data() + i * 4, &line, sizeof(line));
  }
  const Operation op = WithOutput({2, true}, {16, ClipRange::kOfm, -32768, 32767}, 0);
  const OutputStage stage(op, tables.data());
  for (int value = -32768; value < 32768; ++value)
    ASSERT_NEAR(stage.Finish(value), value * 100 / 128.0, 0.51) << value;
}

}  // namespace store_test
}  // namespace moonlet::npu
