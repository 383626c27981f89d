// Recorded payloads with flipped bits and cut anywhere: each is refused with a message, or read to
// its STOP with operations that keep to what stream.h promises.
//
// MOONLET_FUZZ=N: N mutations of every payload. Otherwise 200.
#include <gtest/gtest.h>

#include <cstdlib>
#include <cstring>
#include <random>

#include "engine/npu/disassemble.h"
#include "engine/npu/stream.h"
#include "tests/engine/npu/recorded.h"

namespace moonlet::npu {
namespace stream_fuzz_test {

using namespace moonlet::npu::testing;
using namespace moonlet::testing;

int Mutations() {
  const char* asked = std::getenv("MOONLET_FUZZ");
  return asked != nullptr ? std::atoi(asked) : 200;
}

bool Within(int64_t value, int64_t low, int64_t high) { return value >= low && value <= high; }

bool IsGood(const FeatureMap& map) {
  const int32_t element = map.element.bytes;
  bool good = map.region < 8 && (element == 1 || element == 2 || element == 4);
  good = good && Within(map.height, 1, 65536) && Within(map.width, 1, 65536);
  good = good && Within(map.depth, 1, 65536) && Within(map.zero_point, -32768, 65535);
  good = good && map.width0 >= 1 && map.height0 >= 1;
  good = good && (map.height1 >= 1) == (map.width > map.width0);
  const bool bricks = map.layout == Layout::kNhcwb16;
  for (const uint64_t base : map.base)
    good = good && base < uint64_t{1} << 40 &&
           base % static_cast<unsigned>(bricks ? 16 : element) == 0;
  for (const int64_t stride : {map.stride_y, map.stride_x, map.stride_c})
    good = good && Within(stride, 0, (int64_t{1} << 40) - 1) && stride % element == 0;
  return good && (bricks ? map.stride_x == 16 * element : map.stride_c == 0);
}

bool IsGoodKernel(const Operation& op) {
  const Kernel& kernel = op.kernel;
  bool good = Within(kernel.stride_y, 1, 4) && Within(kernel.stride_x, 1, 4);
  good = good && Within(kernel.dilation_y, 1, 2) && Within(kernel.dilation_x, 1, 2);
  good = good && Within(kernel.height, 1, 256) && Within(kernel.width, 1, 65536);
  good = good && Within(op.padding.top, 0, 127) && Within(op.padding.left, 0, 127);
  return good && Within(op.padding.right, 0, 128) && Within(op.padding.bottom, 0, 128);
}

bool IsGoodBlock(const Operation& op) {
  bool good = IsGood(op.ifm) && IsGood(op.ofm) && IsGoodKernel(op);
  if (op.binary() && !op.broadcast.scalar) good = good && IsGood(op.ifm2);
  good = good && Within(op.block.height, 1, 32) && Within(op.block.width, 1, 64);
  good = good && Within(op.block.depth, 1, 128) && op.parallel_cores == 1;
  const uint8_t function = op.activation.function;
  good = good && (function == 0 || function == 3 || function == 4 || Within(function, 16, 23));
  if (!op.has_weights()) return good && op.weights[0] == Piece() && op.scales[0] == Piece();
  good = good && op.weights[0].base % 16 == 0 && op.scales[0].base % 16 == 0;
  return good && op.weights[0].length > 0 && op.weights[0].length % 16 == 0 &&
         Within(static_cast<int64_t>(op.scales[0].length), 1, 0xFFFFF);
}

bool IsGoodDma(const Dma& dma, const Config& config) {
  const bool good = dma.source.region < 8 && dma.target_region < 8 && dma.source.length > 0;
  if (!dma.to_shared_ram) return good;
  return good && dma.target + dma.source.length <= static_cast<uint64_t>(config.shram_kib) * 1024;
}

struct Tally {
  int no_payload = 0;
  int refused = 0;
  int read = 0;
};

void ReadOperations(const Payload& payload, Tally* tally) {
  StreamReader reader(payload.stream, payload.config);
  Operation op;
  // A word is read once: no stream has more operations than words.
  for (size_t i = 0; i <= payload.stream.size() / 4; ++i) {
    if (const Status s = reader.Next(&op); !s.ok()) {
      ASSERT_EQ(s.code(), Code::kInvalid);
      ASSERT_EQ(std::strncmp(s.what(), "word ", 5), 0) << s.what();
      ++tally->refused;
      return;
    }
    if (op.is_block()) {
      ASSERT_TRUE(IsGoodBlock(op)) << "word " << op.word << " " << NameOf(op);
    } else if (op.kind == OperationKind::kDma) {
      ASSERT_TRUE(IsGoodDma(op.dma, payload.config)) << "word " << op.word;
    } else if (op.kind == OperationKind::kStop) {
      ++tally->read;
      return;
    }
  }
  FAIL() << "more operations than words";
}

void Exercise(const std::vector<uint8_t>& bytes, Tally* tally) {
  Payload payload;
  if (const Status s = ReadPayload(bytes, &payload); !s.ok()) {
    ASSERT_EQ(s.code(), Code::kInvalid);
    ASSERT_EQ(std::strncmp(s.what(), "payload ", 8), 0) << s.what();
    ++tally->no_payload;
    return;
  }
  ReadOperations(payload, tally);
}

struct Counter final : StreamLines {
  void Add(const StreamLine& line) override {
    ASSERT_NE(line.text[0], '\0');
    ++lines;
    last = line.kind;
  }
  long lines = 0;
  LineKind last = LineKind::kHeader;
};

void ExerciseText(const std::vector<uint8_t>& bytes) {
  Counter counter;
  const Status s = Disassemble(bytes, counter);
  ASSERT_EQ(counter.last, s.ok() ? LineKind::kOperation : LineKind::kError);
}

std::vector<uint8_t> Mutated(std::vector<uint8_t> bytes, std::mt19937& random) {
  const auto flips = 1 + random() % 3;
  for (auto k = flips; k > 0; --k) {
    const size_t bit = random() % (bytes.size() * 8);
    bytes[bit / 8] = static_cast<uint8_t>(bytes[bit / 8] ^ 1u << bit % 8);
  }
  return bytes;
}

TEST(NpuStreamFuzz, FlippedBits) {
  const auto& payloads = RecordedPayloads();
  if (payloads.empty() && !SharedIsRequired()) GTEST_SKIP() << "no recorded models";
  Tally tally;
  for (const RecordedPayload& recorded : payloads) {
    for (int seed = 0; seed < Mutations(); ++seed) {
      SCOPED_TRACE(recorded.name + ", seed " + std::to_string(seed));
      std::mt19937 random(static_cast<unsigned>(seed));
      const std::vector<uint8_t> bytes = Mutated(recorded.bytes, random);
      Exercise(bytes, &tally);
      if (seed % 20 == 0) ExerciseText(bytes);
      if (::testing::Test::HasFailure()) return;
    }
  }
  std::cout << tally.no_payload << " refused as payloads, " << tally.refused << " as streams, "
            << tally.read << " read\n";
  ExpectCounts("engine/npu/stream_fuzz", static_cast<long>(payloads.size()), 0);
}

TEST(NpuStreamFuzz, CutAnywhere) {
  const auto& payloads = RecordedPayloads();
  if (payloads.empty() && !SharedIsRequired()) GTEST_SKIP() << "no recorded models";
  constexpr int kCuts = 20;
  for (const RecordedPayload& recorded : payloads) {
    SCOPED_TRACE(recorded.name);
    Payload payload;
    ASSERT_TRUE(ReadPayload(recorded.bytes, &payload).ok());
    std::mt19937 random(1);
    Tally tally;
    for (int i = 0; i < kCuts; ++i) {
      // Copies, so that whoever reads on reads beyond a block of memory.
      const auto size = static_cast<std::ptrdiff_t>(random() % recorded.bytes.size());
      Exercise({recorded.bytes.begin(), recorded.bytes.begin() + size}, &tally);
      const std::vector<uint8_t> words(
          payload.stream.begin(),
          payload.stream.begin() + static_cast<std::ptrdiff_t>(random() % payload.stream.size()));
      Payload cut = payload;
      cut.stream = words;
      ReadOperations(cut, &tally);
    }
    EXPECT_EQ(tally.no_payload, kCuts);
    EXPECT_EQ(tally.refused, kCuts);
  }
}

// Nothing that resembles a stream but whole words behind a proper header.
TEST(NpuStreamFuzz, RandomWords) {
  const Config& config = *FindConfig(Product::kU65, 512);
  std::mt19937 random(7);
  Tally tally;
  for (int i = 0; i < 20000; ++i) {
    std::vector<uint8_t> bytes(64);
    for (uint8_t& byte : bytes) byte = static_cast<uint8_t>(random());
    // Low numbers, so that some are commands.
    for (size_t at = 0; at < bytes.size(); at += 4) bytes[at + 1] &= 0x41;
    Payload payload;
    payload.config = config;
    payload.stream = bytes;
    ReadOperations(payload, &tally);
    if (::testing::Test::HasFailure()) return;
  }
  EXPECT_GT(tally.refused, 0);
}

}  // namespace stream_fuzz_test
}  // namespace moonlet::npu
