#include "engine/npu/config.h"

#include <gtest/gtest.h>

#include <cstring>

namespace moonlet::npu {
namespace config_test {

struct Part {
  uint32_t word;
  Product product;
  int macs;
  int shram_kib;
  const char* name;
};
// The words that compiled models carry.
constexpr Part kParts[] = {{0x1005, Product::kU55, 32, 16, "U55-32"},
                           {0x1006, Product::kU55, 64, 16, "U55-64"},
                           {0x1807, Product::kU55, 128, 24, "U55-128"},
                           {0x3008, Product::kU55, 256, 48, "U55-256"},
                           {0x10003008, Product::kU65, 256, 48, "U65-256"}};

TEST(NpuConfig, ReadsWhatModelsCarryAndWritesItAgain) {
  for (const Part& part : kParts) {
    Config config;
    ASSERT_TRUE(ReadConfig(part.word, &config).ok()) << part.name;
    EXPECT_EQ(config.product, part.product);
    EXPECT_EQ(config.macs, part.macs);
    EXPECT_EQ(config.shram_kib, part.shram_kib);
    EXPECT_EQ(config.Register(), part.word);
    EXPECT_STREQ(ConfigName(config).text, part.name);
  }
}

TEST(NpuConfig, RefusesPartsThatDoNotExist) {
  struct Wrong {
    uint32_t word;
    const char* says;
  };
  constexpr Wrong kWrong[] = {{0x1807 | 2U << 28, "product 2"},
                              {0x1804, "no U55 has 16 MACs"},
                              {0x10001807, "no U65 has 128 MACs"},
                              {0x3007, "48 KiB of shared RAM, expected 24"}};
  for (const Wrong& wrong : kWrong) {
    Config config;
    const Status s = ReadConfig(wrong.word, &config);
    EXPECT_EQ(s.code(), Code::kInvalid);
    EXPECT_NE(std::strstr(s.what(), wrong.says), nullptr) << s.what();
  }
}

TEST(NpuConfig, AReadRegisterKeepsVersionAndCustomDma) {
  Config config;
  const uint32_t word = 0x1807 | 1U << 27 | 3U << 4;
  ASSERT_TRUE(ReadConfig(word, &config).ok());
  EXPECT_TRUE(config.custom_dma);
  EXPECT_EQ(config.stream_version, 3);
  EXPECT_EQ(config.Register(), word);
}

}  // namespace config_test
}  // namespace moonlet::npu
