#include "engine/npu/payload.h"

#include <gtest/gtest.h>

#include <cstring>
#include <vector>

namespace moonlet::npu {
namespace payload_test {

constexpr uint32_t kCop1 = 0x31504F43, kConfig = 0x00100001, kNop = 5, kId = 0x10060000;

constexpr uint32_t Header(uint32_t words) {
  return (words >> 16) << 8 | (words & 0xFFFF) << 16 | 2;
}

std::vector<uint8_t> BytesOf(const std::vector<uint32_t>& words) {
  std::vector<uint8_t> bytes(words.size() * 4);
  if (!words.empty()) std::memcpy(bytes.data(), words.data(), bytes.size());
  return bytes;
}

// As compilers write it: the stream starts at byte 32.
const std::vector<uint32_t> kUsual = {kCop1, kConfig, 0x1807,    kId,   kNop,
                                      kNop,  kNop,    Header(2), 0x11D, 0xFFFF0000};

Status Read(const std::vector<uint32_t>& words, Payload* payload) {
  static std::vector<uint8_t> bytes;
  bytes = BytesOf(words);
  return ReadPayload(bytes, payload);
}

TEST(NpuPayload, GivesConfigurationVersionAndStream) {
  const std::vector<uint8_t> bytes = BytesOf(kUsual);
  Payload payload;
  const Status s = ReadPayload(bytes, &payload);
  ASSERT_TRUE(s.ok()) << s.what();
  EXPECT_EQ(payload.config.macs, 128);
  EXPECT_EQ(payload.config_word, 0x1807u);
  EXPECT_EQ(payload.id_word, kId);
  EXPECT_EQ(payload.stream.data(), bytes.data() + 32);
  EXPECT_EQ(payload.stream.size(), 8u);
}

TEST(NpuPayload, ReadsALengthOfMoreThan16Bits) {
  std::vector<uint32_t> words = kUsual;
  words[7] = Header(0x12345);
  words.resize(8 + 0x12345);
  Payload payload;
  ASSERT_TRUE(Read(words, &payload).ok());
  EXPECT_EQ(payload.stream.size(), 4u * 0x12345);
}

TEST(NpuPayload, IsReadAtAnyAddressAndInAnyOrder) {
  const std::vector<uint8_t> plain =
      BytesOf({kCop1, Header(1), 0xFFFF0000, kNop, kConfig, 0x1005, kId});
  for (size_t offset = 1; offset < 4; ++offset) {
    std::vector<uint8_t> bytes(offset);
    bytes.insert(bytes.end(), plain.begin(), plain.end());
    Payload payload;
    ASSERT_TRUE(ReadPayload(std::span(bytes).subspan(offset), &payload).ok());
    EXPECT_EQ(payload.config.macs, 32);
    EXPECT_EQ(payload.stream.size(), 4u);
  }
}

TEST(NpuPayload, RefusesWhatIsNoPayload) {
  struct Wrong {
    std::vector<uint32_t> words;
    const char* says;
  };
  const Wrong wrongs[] = {
      {{}, "no \"COP1\""},
      {{0x31504F44}, "no \"COP1\""},
      {{kCop1}, "without a configuration"},
      {{kCop1, kConfig, 0x1807, kId}, "without a command stream"},
      {{kCop1, Header(1), 0}, "without a configuration"},
      {{kCop1, kConfig, 0x1807}, "offset 4: cut configuration"},
      {{kCop1, kConfig, 0x1804, kId}, "offset 4: configuration 0x00001804"},
      {{kCop1, kConfig, 0x1807, kId, kConfig, 0x1807, kId}, "offset 16: a second configuration"},
      {{kCop1, Header(1), 0, Header(1), 0}, "offset 12: a second command stream"},
      {{kCop1, Header(0)}, "offset 4: empty command stream"},
      {{kCop1, kNop, Header(2), 0}, "offset 8: command stream of 2 words, only 1 are there"},
      {{kCop1, Header(4194305)}, "of 4194305 words, at most 4194304"},
      {{kCop1, 0}, "offset 4: no driver action 0x00000000"},
      {{kCop1, 3}, "no driver action 0x00000003"},
      {{kCop1, 4}, "no driver action 0x00000004"},
      {{kCop1, 6}, "no driver action 0x00000006"},
      {{kCop1, 0x105}, "no driver action 0x00000105"},
  };
  for (const Wrong& wrong : wrongs) {
    Payload payload;
    const Status s = Read(wrong.words, &payload);
    EXPECT_EQ(s.code(), Code::kInvalid);
    EXPECT_NE(std::strstr(s.what(), wrong.says), nullptr) << s.what();
  }
  Payload payload;
  std::vector<uint8_t> odd = BytesOf(kUsual);
  odd.pop_back();
  EXPECT_STREQ(ReadPayload(odd, &payload).what(), "payload of 39 bytes, expected whole words");
}

TEST(NpuPayload, CutAnywhereItIsRefusedAndNeverReadBeyond) {
  const std::vector<uint8_t> whole = BytesOf(kUsual);
  for (size_t size = 0; size < whole.size(); ++size) {
    const std::vector<uint8_t> cut(whole.begin(), whole.begin() + static_cast<long>(size));
    Payload payload;
    EXPECT_FALSE(ReadPayload(cut, &payload).ok()) << size;
  }
}

Status Check(uint32_t config, uint32_t id, uint32_t unit_config, uint32_t unit_id) {
  Payload payload;
  payload.config_word = config;
  payload.id_word = id;
  return CheckVersions(payload, unit_config, unit_id);
}

TEST(NpuPayload, RunsOnTheUnitItWasCompiledForAndOnNewerOnes) {
  EXPECT_TRUE(Check(0x1807, kId, 0x1807, kId).ok());
  EXPECT_TRUE(Check(0x1807, kId, 0x1807 | 1u << 26, kId).ok());  // functional safety
  EXPECT_TRUE(Check(0x1807, kId, 0x1807 | 1u << 27, kId).ok());  // custom DMA, not asked for
  EXPECT_TRUE(Check(0x1807, kId, 0x1807, 0x10250000).ok());
  EXPECT_TRUE(Check(0x1807, 0x10160000, 0x1807, 0x10100000).ok());  // patches do not count
}

TEST(NpuPayload, IsRefusedByOtherUnitsWithBothSidesValues) {
  EXPECT_STREQ(Check(0x1807, kId, 0x3008, kId).what(),
               "compiled for configuration 0x00001807, the unit has 0x00003008");
  EXPECT_FALSE(Check(0x3008, kId, 0x10003008, kId).ok());
  EXPECT_FALSE(Check(0x1807, kId, 0x1817, kId).ok());
  EXPECT_STREQ(
      Check(0x08001807, kId, 0x1807, kId).what(),
      "compiled for custom DMA (configuration 0x08001807), the unit has none (0x00001807)");
  EXPECT_STREQ(Check(0x1807, 0x10160000, 0x1807, kId).what(),
               "compiled for architecture 1.1 (0x10160000), the unit has 1.0 (0x10060000)");
  EXPECT_FALSE(Check(0x1807, kId, 0x1807, 0x20060000).ok());
  EXPECT_FALSE(Check(0x1807, 0x20060000, 0x1807, kId).ok());
}

}  // namespace payload_test
}  // namespace moonlet::npu
