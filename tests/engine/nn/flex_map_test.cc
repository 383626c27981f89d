#include "engine/nn/flex_map.h"

#include <flatbuffers/flexbuffers.h>
#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

namespace moonlet {
namespace flex_map_test {

using File = std::vector<uint8_t>;

File Written(const std::function<void(flexbuffers::Builder&)>& fill) {
  flexbuffers::Builder b;
  b.Map([&] { fill(b); });
  b.Finish();
  return b.GetBuffer();
}

std::string Refusal(const File& file, const char* key, int32_t* value) {
  FlexMap map;
  Status s = FlexMap::Open(file, &map);
  if (s.ok()) s = map.Get(key, -40000, 70000, value);
  return s.ok() ? "" : s.what();
}

TEST(FlexMapTest, ReadsNumbersOfEveryWidth) {
  for (const int64_t other : {int64_t{1}, int64_t{300}, int64_t{70000}, int64_t{1} << 40}) {
    SCOPED_TRACE(other);
    const File file = Written([&](flexbuffers::Builder& b) {
      b.Int("T", -7);
      b.UInt("fft_length", 200);
      b.Bool("fft_length_2", true);
      b.Int("other", other);
    });
    int32_t value = 0;
    EXPECT_EQ(Refusal(file, "T", &value), "");
    EXPECT_EQ(value, -7);
    EXPECT_EQ(Refusal(file, "fft_length", &value), "");
    EXPECT_EQ(value, 200);
    EXPECT_EQ(Refusal(file, "fft_length_2", &value), "");
    EXPECT_EQ(value, 1);
  }
}

TEST(FlexMapTest, ReadsFloatsOfEveryWidth) {
  for (const double other : {1.5, 1e300}) {
    SCOPED_TRACE(other);
    const File file = Written([&](flexbuffers::Builder& b) {
      b.Float("a", 0.1f);
      b.Int("b", -7);
      b.UInt("c", 200);
      b.Bool("d", true);
      b.Double("e", other);
    });
    FlexMap map;
    ASSERT_TRUE(FlexMap::Open(file, &map).ok());
    float value = 0;
    EXPECT_TRUE(map.GetFloat("a", &value).ok());
    EXPECT_EQ(value, 0.1f);
    EXPECT_TRUE(map.GetFloat("b", &value).ok());
    EXPECT_EQ(value, -7);
    EXPECT_TRUE(map.GetFloat("c", &value).ok());
    EXPECT_EQ(value, 200);
    EXPECT_STREQ(map.GetFloat("d", &value).what(), "option 'd' is not a number");
    EXPECT_STREQ(map.GetFloat("f", &value).what(), "option 'f' is missing");
    EXPECT_TRUE(map.Has("e"));
    EXPECT_FALSE(map.Has("f"));
  }
}

TEST(FlexMapTest, ReadsWhatAConverterWrote) {
  const File file = {'s', 'h', 'i', 'f', 't', 0, 1, 7, 1, 1, 1, 12, 4, 2, 0x24, 1};
  int32_t value = 0;
  EXPECT_EQ(Refusal(file, "shift", &value), "");
  EXPECT_EQ(value, 12);
  const File none = {0, 0, 1, 0, 0, 0x24, 1};
  EXPECT_EQ(Refusal(none, "shift", &value), "option 'shift' is missing");
}

TEST(FlexMapTest, RefusesWhatIsNoIntegerInRange) {
  const File file = Written([](flexbuffers::Builder& b) {
    b.Double("float", 1);
    b.String("text", "1");
    b.Int("low", -40001);
    b.Int("high", 70001);
    b.UInt("huge", ~uint64_t{0});
    b.IndirectInt("far", 1);
  });
  int32_t value = 0;
  EXPECT_EQ(Refusal(file, "float", &value), "option 'float' is not an integer");
  EXPECT_EQ(Refusal(file, "text", &value), "option 'text' is not an integer");
  EXPECT_EQ(Refusal(file, "far", &value), "option 'far' is not an integer");
  EXPECT_EQ(Refusal(file, "low", &value), "option 'low' is -40001, expected -40000 to 70000");
  EXPECT_EQ(Refusal(file, "high", &value), "option 'high' is 70001, expected -40000 to 70000");
  EXPECT_EQ(Refusal(file, "huge", &value), "option 'huge' is too large");
  EXPECT_EQ(Refusal(file, "hig", &value), "option 'hig' is missing");
}

TEST(FlexMapTest, RefusesAnotherRoot) {
  flexbuffers::Builder b;
  b.Vector([&] { b.Int(1); });
  b.Finish();
  int32_t value = 0;
  EXPECT_EQ(Refusal(b.GetBuffer(), "a", &value), "its options are not a map");
  for (const File& file : {File{}, File{1}, File{0x24, 1}, File{0, 0x24, 3}})
    EXPECT_EQ(Refusal(file, "a", &value), "its options are malformed");
}

// Every byte replaced by every value, and every length: the sanitizers watch.
TEST(FlexMapTest, SurvivesDamage) {
  for (const int64_t other : {int64_t{1}, int64_t{70000}}) {
    const File valid = Written([&](flexbuffers::Builder& b) {
      b.Int("end", other);
      b.Bool("shift", true);
    });
    const auto read = [](const File& file) {
      int32_t value = 0;
      for (const char* key : {"end", "shift", "a key that is longer than all of the buffer"})
        static_cast<void>(Refusal(File(file), key, &value));
    };
    for (size_t i = 0; i < valid.size(); ++i) {
      read(File(valid.begin(), valid.begin() + static_cast<std::ptrdiff_t>(i)));
      read(File(valid.begin() + static_cast<std::ptrdiff_t>(i), valid.end()));
      for (int byte = 0; byte < 256; ++byte) {
        File damaged = valid;
        damaged[i] = static_cast<uint8_t>(byte);
        read(damaged);
      }
    }
  }
}

}  // namespace flex_map_test
}  // namespace moonlet
