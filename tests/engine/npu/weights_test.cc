#include "engine/npu/weights.h"

#include <gtest/gtest.h>

#include <array>
#include <cstring>
#include <random>
#include <string>
#include <vector>

#include "engine/npu/weight_order.h"
#include "tests/engine/npu/mlw_fields.h"
#include "tests/engine/npu/weight_cases.h"
#include "tests/engine/npu/weight_places.h"

namespace moonlet::npu {
namespace weights_test {

using namespace moonlet::npu::testing;

Weights InPlaces(const Weights& filter, const std::vector<int64_t>& places) {
  Weights weights;
  for (const int64_t place : places)
    weights.push_back(place == kPaddingPlace ? int16_t{0} : filter[static_cast<size_t>(place)]);
  return weights;
}

TEST(NpuWeights, TheWalkGoesThroughThePlacesOfThePlainLoops) {
  for (const int macs : {32, 256})
    for (const Operation& operation : WeightCases()) {
      const Config& config = *FindConfig(Product::kU55, macs);
      SCOPED_TRACE(DescribeWeights(operation, config));
      const WeightOrder order(operation, config);
      std::vector<int64_t> places;
      const Status s = order.Walk([&](const WeightRun& run) {
        EXPECT_EQ(run.count + run.padding, order.run_places());
        for (int i = 0; i < run.count; ++i) places.push_back(run.index + i);
        places.insert(places.end(), static_cast<size_t>(run.padding), kPaddingPlace);
        return Status();
      });
      EXPECT_TRUE(s.ok());
      EXPECT_EQ(places, WeightPlaces(operation, config));
    }
}

TEST(NpuWeights, TheWalkEndsWithTheFirstFailure) {
  const Operation operation = MakeConv(20, 3, 3, 40, 16);
  int visits = 0;
  const Status s =
      WeightOrder(operation, *FindConfig(Product::kU55, 128)).Walk([&](const WeightRun&) {
        return ++visits == 5 ? Status::Invalid("five") : Status();
      });
  EXPECT_STREQ(s.what(), "five");
  EXPECT_EQ(visits, 5);
}

TEST(NpuWeights, DecodesStreamsInTheirOrderToPlainFilters) {
  std::mt19937 random(3);
  for (const int macs : {32, 128})
    for (const Operation& operation : WeightCases()) {
      const Config& config = *FindConfig(Product::kU55, macs);
      SCOPED_TRACE(DescribeWeights(operation, config));
      const Weights filter = RandomFilter(operation, &random);
      const auto stream = UncompressedMlw(InPlaces(filter, WeightPlaces(operation, config)));
      Weights decoded(filter.size());
      const Status s = DecodeWeights(operation, config, stream, decoded);
      ASSERT_TRUE(s.ok()) << s.what();
      EXPECT_EQ(decoded, filter);
    }
}

TEST(NpuWeights, RefusesTooFewTooManyAndPaddingThatHoldsWeights) {
  const Operation operation = MakeConv(8, 1, 1, 30, 8);
  const Config& config = *FindConfig(Product::kU55, 128);
  const std::vector<int64_t> places = WeightPlaces(operation, config);
  ASSERT_EQ(places.size(), 256U);
  std::mt19937 random(4);
  const Weights weights = InPlaces(RandomFilter(operation, &random), places);
  Weights decoded(240);
  const auto decode = [&](const Weights& in_stream) {
    return DecodeWeights(operation, config, UncompressedMlw(in_stream), decoded);
  };
  EXPECT_TRUE(decode(weights).ok());

  for (const size_t count : {0, 1, 7, 8, 248, 255}) {
    const Status s = decode(Weights(weights.begin(), weights.begin() + static_cast<long>(count)));
    EXPECT_EQ(s.code(), Code::kInvalid);
    EXPECT_NE(std::strstr(s.what(), ("ends after " + std::to_string(count)).c_str()), nullptr)
        << s.what();
  }
  for (const size_t more : {1, 8, 300}) {
    Weights longer = weights;
    longer.resize(weights.size() + more);
    const Status s = decode(longer);
    EXPECT_EQ(s.code(), Code::kInvalid);
    EXPECT_NE(std::strstr(s.what(), "more than the 256"), nullptr) << s.what();
  }
  for (size_t i = 0; i < places.size(); ++i) {
    if (places[i] != kPaddingPlace) continue;
    Weights dirty = weights;
    dirty[i] = -3;
    const Status s = decode(dirty);
    EXPECT_EQ(s.code(), Code::kInvalid);
    const std::string says = "place " + std::to_string(i) + " is padding, but holds -3";
    EXPECT_NE(std::strstr(s.what(), says.c_str()), nullptr) << s.what();
  }
}

TEST(NpuWeights, RefusesRoomOfAnotherSizeAndTwoCores) {
  Operation operation = MakeConv(8, 1, 1, 30, 8);
  const Config& config = *FindConfig(Product::kU55, 128);
  Weights decoded(239);
  EXPECT_EQ(DecodeWeights(operation, config, {}, decoded).code(), Code::kInvalid);
  operation.parallel_cores = 2;
  decoded.resize(240);
  EXPECT_EQ(DecodeWeights(operation, config, {}, decoded).code(), Code::kUnsupported);
}

TEST(NpuWeights, CountsFiltersWithoutWrapping) {
  EXPECT_EQ(WeightCount(MakeConv(16, 3, 5, 7, 8)), 16 * 3 * 5 * 7);
  Operation depthwise = MakeConv(16, 3, 5, 7, 8);
  depthwise.kind = OperationKind::kDepthwise;
  EXPECT_EQ(WeightCount(depthwise), 16 * 3 * 5);
  EXPECT_EQ(WeightCount(MakeConv(65536, 65536, 65536, 65536, 8)), INT64_MAX);
}

TEST(NpuWeights, ReadsAndWritesScaleRecords) {
  constexpr std::array<uint8_t, kScaleRecordBytes> kBytes = {0xFE, 0xFF, 0xFF, 0xFF, 0xFF,
                                                             0x78, 0x56, 0x34, 0x92, 0x25};
  const ScaleRecord record = ReadScaleRecord(kBytes.data());
  EXPECT_EQ(record.bias, -2);
  EXPECT_EQ(record.scale.multiplier, 0x92345678);
  EXPECT_EQ(record.scale.shift, 37);
  for (const int64_t bias : {int64_t{0}, int64_t{1} << 38, -(int64_t{1} << 39),
                             (int64_t{1} << 39) - 1, int64_t{-123456789}}) {
    std::array<uint8_t, kScaleRecordBytes> bytes;
    WriteScaleRecord({bias, {0x80000001, 63}}, bytes.data());
    EXPECT_EQ(ReadScaleRecord(bytes.data()).bias, bias);
    EXPECT_EQ(ReadScaleRecord(bytes.data()).scale, (Scale{0x80000001, 63}));
  }
  // The byte's two upper bits mean nothing.
  std::array<uint8_t, kScaleRecordBytes> upper = kBytes;
  upper.back() |= 0xC0;
  EXPECT_EQ(ReadScaleRecord(upper.data()).scale.shift, 37);
}

}  // namespace weights_test
}  // namespace moonlet::npu
