#include "engine/npu/compiler/stream_writer.h"

#include <gtest/gtest.h>

#include <cstring>

#include "engine/npu/payload.h"
#include "engine/npu/stream.h"
#include "tests/engine/npu/random_operation.h"
#include "tests/engine/npu/recorded.h"

namespace moonlet::npu {
namespace stream_writer_test {

using namespace moonlet::npu::testing;
using namespace moonlet::testing;

std::span<const uint8_t> BytesOf(const std::vector<uint32_t>& words) {
  return {reinterpret_cast<const uint8_t*>(words.data()), words.size() * 4};
}

// All operations of a stream, STOP included, as if each were at word 0.
std::vector<Operation> OperationsOf(std::span<const uint8_t> stream, const Config& config) {
  std::vector<Operation> operations;
  StreamReader reader(stream, config);
  do {
    Operation op;
    const Status s = reader.Next(&op);
    if (!s.ok()) {
      ADD_FAILURE() << s.what();
      return operations;
    }
    op.word = 0;
    operations.push_back(op);
  } while (operations.back().kind != OperationKind::kStop);
  EXPECT_EQ(size_t{reader.word()} * 4, stream.size());
  return operations;
}

std::vector<uint32_t> Write(const std::vector<Operation>& operations, const Config& config) {
  StreamWriter writer(config);
  for (const Operation& op : operations) writer.Add(op);
  return writer.Finish();
}

constexpr struct {
  Product product;
  int macs;
} kParts[] = {{Product::kU55, 32},  {Product::kU55, 64},  {Product::kU55, 128},
              {Product::kU55, 256}, {Product::kU65, 256}, {Product::kU65, 512}};

// 8,000 operations of each part, in streams of 40 so that registers keep values and change.
TEST(NpuStreamWriter, WhatItWritesIsReadAsItWas) {
  for (const auto& part : kParts) {
    const Config& config = *FindConfig(part.product, part.macs);
    for (unsigned seed = 0; seed < 200; ++seed) {
      SCOPED_TRACE(::testing::Message() << ConfigName(config).text << ", seed " << seed);
      RandomOperations random(config, seed);
      std::vector<Operation> operations;
      for (int i = 0; i < 40; ++i) operations.push_back(random.Next());
      const std::vector<uint32_t> words = Write(operations, config);
      std::vector<Operation> back = OperationsOf(BytesOf(words), config);
      ASSERT_EQ(back.size(), operations.size() + 1);
      back.pop_back();
      for (size_t i = 0; i < back.size(); ++i)
        ASSERT_TRUE(back[i] == operations[i]) << "operation " << i << ", " << NameOf(back[i]);
    }
  }
}

TEST(NpuStreamWriter, RegistersThatHoldAValueAreNotSetAgain) {
  const Config& config = *FindConfig(Product::kU55, 128);
  RandomOperations random(config, 1);
  Operation op;
  do {
    op = random.Next();
  } while (op.kind != OperationKind::kConv);
  StreamWriter writer(config);
  writer.Add(op);
  const uint32_t once = writer.words();
  writer.Add(op);
  EXPECT_EQ(writer.words(), once + 1);
  op.weights[0].length += 16;
  writer.Add(op);
  EXPECT_EQ(writer.words(), once + 4);
  EXPECT_EQ(writer.Finish().size(), once + 5);
  EXPECT_EQ(writer.words(), 0u);
  writer.Add(op);  // of a new stream: all are set
  EXPECT_EQ(writer.words(), once);
}

TEST(NpuStreamWriter, EndsWithOneStop) {
  const Config& config = *FindConfig(Product::kU55, 128);
  EXPECT_EQ(StreamWriter(config).Finish(), (std::vector<uint32_t>{0xFFFF0000}));
  Operation stop;
  stop.argument = 0x1234;
  EXPECT_EQ(Write({stop}, config), (std::vector<uint32_t>{0x12340000}));
}

// Streams of the recorded compiler, read and written again: the same operations, in as many words
// or fewer.
TEST(NpuStreamWriter, WritesRecordedStreamsAgain) {
  const auto& payloads = RecordedPayloads();
  if (payloads.empty() && !SharedIsRequired()) GTEST_SKIP() << "no recorded models";
  long words = 0;
  long recorded_words = 0;
  for (const RecordedPayload& recorded : payloads) {
    SCOPED_TRACE(recorded.name);
    Payload payload;
    ASSERT_TRUE(ReadPayload(recorded.bytes, &payload).ok());
    const auto operations = OperationsOf(payload.stream, payload.config);
    const std::vector<uint32_t> written = Write(operations, payload.config);
    EXPECT_TRUE(OperationsOf(BytesOf(written), payload.config) == operations);
    EXPECT_LE(written.size() * 4, payload.stream.size());
    words += static_cast<long>(written.size());
    recorded_words += static_cast<long>(payload.stream.size() / 4);
  }
  std::cout << words << " words for " << recorded_words << "\n";
  ExpectCounts("engine/npu/compiler/stream_writer", static_cast<long>(payloads.size()),
               recorded_words * 4);
}

// Operations that no compiler made: what is read of recorded streams with flipped bits.
TEST(NpuStreamWriter, WritesWhatIsReadOfChangedStreams) {
  const auto& payloads = RecordedPayloads();
  if (payloads.empty() && !SharedIsRequired()) GTEST_SKIP() << "no recorded models";
  long streams = 0;
  for (const RecordedPayload& recorded : payloads) {
    Payload payload;
    ASSERT_TRUE(ReadPayload(recorded.bytes, &payload).ok());
    for (unsigned seed = 0; seed < 20; ++seed) {
      SCOPED_TRACE(recorded.name + ", seed " + std::to_string(seed));
      std::mt19937 random(seed);
      std::vector<uint8_t> stream(payload.stream.begin(), payload.stream.end());
      const size_t bit = random() % (stream.size() * 8);
      stream[bit / 8] = static_cast<uint8_t>(stream[bit / 8] ^ 1u << bit % 8);
      StreamReader reader(stream, payload.config);
      std::vector<Operation> operations;
      for (Operation op; reader.Next(&op).ok();) {
        op.word = 0;
        operations.push_back(op);
        if (op.kind == OperationKind::kStop) break;
      }
      if (operations.empty() || operations.back().kind != OperationKind::kStop) continue;
      const std::vector<uint32_t> written = Write(operations, payload.config);
      ASSERT_TRUE(OperationsOf(BytesOf(written), payload.config) == operations);
      ++streams;
    }
  }
  std::cout << streams << " streams\n";
  EXPECT_GE(streams, static_cast<long>(payloads.size()) * 5);
}

TEST(NpuStreamWriter, WritesRecordedPayloadsByteForByte) {
  const auto& payloads = RecordedPayloads();
  if (payloads.empty() && !SharedIsRequired()) GTEST_SKIP() << "no recorded models";
  for (const RecordedPayload& recorded : payloads) {
    Payload payload;
    ASSERT_TRUE(ReadPayload(recorded.bytes, &payload).ok());
    std::vector<uint32_t> words(payload.stream.size() / 4);
    std::memcpy(words.data(), payload.stream.data(), payload.stream.size());
    EXPECT_EQ(WritePayload(payload.config, words), recorded.bytes) << recorded.name;
  }
}

TEST(NpuStreamWriter, WritesLengthsOfMoreThan16Bits) {
  const std::vector<uint32_t> words(0x12345, 0xFFFF0000);
  const std::vector<uint8_t> bytes = WritePayload(*FindConfig(Product::kU65, 256), words);
  Payload payload;
  ASSERT_TRUE(ReadPayload(bytes, &payload).ok());
  EXPECT_EQ(payload.stream.data(), bytes.data() + 32);
  EXPECT_EQ(payload.stream.size(), words.size() * 4);
}

}  // namespace stream_writer_test
}  // namespace moonlet::npu
