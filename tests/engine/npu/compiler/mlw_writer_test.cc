#include "engine/npu/compiler/mlw_writer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "engine/npu/mlw.h"
#include "tests/engine/npu/mlw_fields.h"
#include "tests/engine/npu/mlw_reference.h"

namespace moonlet::npu {
namespace mlw_writer_test {

using testing::PlainMlw;
using testing::UncompressedMlw;
using Weights = std::vector<int16_t>;

Weights ReadAgain(std::span<const uint8_t> stream) {
  MlwReader reader(stream);
  Weights weights;
  int16_t part[256];
  size_t count;
  do {
    const Status s = reader.Read(part, &count);
    EXPECT_TRUE(s.ok()) << s.what();
    weights.insert(weights.end(), part, part + count);
  } while (count > 0);
  return weights;
}

std::vector<uint8_t> Written(const Weights& weights) {
  std::vector<uint8_t> stream;
  WriteMlw(weights, &stream);
  EXPECT_EQ(stream.size() % 16, 0U);
  return stream;
}

// What the streams of a test had, so that nothing is left out.
struct Features {
  int slices = 0, uncompressed = 0, truncated = 0, with_runs = 0, without_palette = 0;
};

void ExpectReadAgain(const Weights& weights, Features* features) {
  const std::vector<uint8_t> stream = Written(weights);
  ASSERT_EQ(ReadAgain(stream), weights);
  PlainMlw plain(stream);
  ASSERT_TRUE(plain.Read(weights.size() + 1));
  ASSERT_EQ(plain.weights, weights);
  EXPECT_LE(stream.size(), UncompressedMlw(weights).size());
  features->slices += plain.slices;
  features->uncompressed += plain.uncompressed;
  features->truncated += plain.truncated;
  features->with_runs += plain.with_runs;
  features->without_palette += plain.without_palette;
}

// Weights of many kinds: `kind` says which.
class Source {
 public:
  explicit Source(uint32_t seed) : random_(seed) {}

  int16_t Next(int kind) {
    switch (kind) {
      case 0:
        return Uniform(255);
      case 1:
        return Uniform(3);
      case 2:
        return Bell(4);
      case 3:
        return Bell(40);
      case 4:
        return Below(10) < 9 ? int16_t{0} : Bell(20);
      case 5:
        return Below(1000) < 999 ? int16_t{0} : Uniform(255);
      case 6:
        return kFew[Below(6)];
      case 7:
        return Below(30) == 0 ? int16_t{-255} : int16_t{127};
      case 8:
        return kMany[Below(40)];
      default:
        return 0;
    }
  }
  uint32_t Below(uint32_t end) { return static_cast<uint32_t>(random_()) % end; }

 private:
  static constexpr int16_t kFew[] = {-200, 0, 3, 77, 78, 255};
  static constexpr int16_t kMany[] = {1,   -7,  30, 99, 100, 111, 7,   -1, 5,   -6, 0,  2,   3,  4,
                                      -55, 254, 8,  9,  -90, 41,  42,  43, -44, 45, 46, -47, 48, 49,
                                      -50, 51,  52, 53, -54, 155, 156, 57, 58,  59, 60, 61};

  int16_t Uniform(uint32_t most) {
    return static_cast<int16_t>(static_cast<int>(Below(2 * most + 1)) - static_cast<int>(most));
  }
  int16_t Bell(uint32_t width) {
    int sum = 0;
    for (int i = 0; i < 3; ++i) sum += Uniform(width);
    return static_cast<int16_t>(sum);
  }

  std::mt19937 random_;
};
constexpr int kKinds = 10;

TEST(NpuMlwWriter, WhatIsReadIsWhatWasWritten) {
  Features features;
  for (int kind = 0; kind < kKinds; ++kind)
    for (const size_t size : {0, 1, 2, 7, 8, 9, 11, 12, 13, 24, 25, 100, 515, 3000}) {
      SCOPED_TRACE(::testing::Message() << "kind " << kind << ", " << size);
      Source source(static_cast<uint32_t>(kind) * 1000 + static_cast<uint32_t>(size));
      Weights weights(size);
      for (int16_t& weight : weights) weight = source.Next(kind);
      ExpectReadAgain(weights, &features);
    }
  EXPECT_GT(features.uncompressed, 10);
  EXPECT_GT(features.truncated, 10);
  EXPECT_GT(features.with_runs, 10);
}

TEST(NpuMlwWriter, WhatChangesOnItsWayIsReadAgain) {
  Features features;
  for (uint32_t seed = 0; seed < 60; ++seed) {
    SCOPED_TRACE(seed);
    Source source(seed);
    Weights weights;
    const uint32_t parts = 1 + source.Below(6);
    for (uint32_t part = 0; part < parts; ++part) {
      const int kind = static_cast<int>(source.Below(kKinds));
      for (uint32_t left = source.Below(800); left > 0; --left)
        weights.push_back(source.Next(kind));
    }
    ExpectReadAgain(weights, &features);
  }
  EXPECT_GT(features.slices, 100);
  EXPECT_GT(features.without_palette, 60);
}

TEST(NpuMlwWriter, MoreSymbolsThanASliceHoldsTakeSeveral) {
  Features features;
  for (const int kind : {1, 4, 6, 9}) {
    SCOPED_TRACE(kind);
    Source source(static_cast<uint32_t>(kind));
    Weights weights(kind == 4 ? 400000 : 70000);
    for (int16_t& weight : weights) weight = source.Next(kind);
    ExpectReadAgain(weights, &features);
  }
  EXPECT_GE(features.slices, 4);
}

// Such as a layer of ones, and places that are all padding.
TEST(NpuMlwWriter, OneValueTakesABitEach) {
  for (const int value : {0, 1, -1, 255, -255}) {
    const Weights weights(4096, static_cast<int16_t>(value));
    const std::vector<uint8_t> stream = Written(weights);
    EXPECT_EQ(ReadAgain(stream), weights);
    EXPECT_LE(stream.size(), 4096U / 8 + 16) << value;
  }
}

TEST(NpuMlwWriter, AppendsToWhatIsThere) {
  std::vector<uint8_t> stream(32, 0xAB);
  const Weights weights = {1, 2, 3, 0, -5};
  WriteMlw(weights, &stream);
  EXPECT_TRUE(
      std::all_of(stream.begin(), stream.begin() + 32, [](uint8_t b) { return b == 0xAB; }));
  EXPECT_EQ(ReadAgain(std::span(stream).subspan(32)), weights);
}

TEST(NpuMlwWriter, NothingIsAnEndMarker) { EXPECT_EQ(Written({}), std::vector<uint8_t>(16, 0xFF)); }

}  // namespace mlw_writer_test
}  // namespace moonlet::npu
