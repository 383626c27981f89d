#include "vm/rom_image.h"

#include <gtest/gtest.h>

#include <random>

#include "tests/vm/rom_bytes.h"

namespace moonlet {
namespace rom_image_test {

using Check = RomImage::Check;

// Sorted: '.' is before '/'.
std::vector<RomPart> SomeParts() {
  return {{"a", kRomFile, "first"},
          {"lib.txt", kRomFile, std::string(200, 'x')},
          {"lib/json.lua", kRomScript, "return 1"},
          {"lib/sub/x.lua", kRomScript, ""},
          {"model.tflite", kRomModel, "model"},
          {"model.tflite", kRomPrepared, "prepared"},
          {"model.tflite", 999, "unknown"},
          {"odd", 77, "of a kind to come"}};
}

std::string TextOf(std::span<const uint8_t> data) { return {data.begin(), data.end()}; }

std::string Names(const RomImage& rom, std::string_view folder) {
  std::string names;
  rom.List(
      folder,
      [](std::string_view name, void* context) {
        *static_cast<std::string*>(context) += std::string(name) + " ";
      },
      &names);
  return names;
}

std::string WhyNot(const RomBytes& image, Check check = Check::kEverything) {
  RomImage rom;
  const Status status = rom.Open(image.bytes(), check);
  EXPECT_EQ(rom.count(), status.ok() ? rom.count() : 0u);
  return status.ok() ? "" : status.what();
}

TEST(RomImage, FindsFilesWhereTheyLie) {
  const std::vector<RomPart> parts = SomeParts();
  const RomBytes image(parts);
  RomImage rom;
  ASSERT_TRUE(rom.Open(image.bytes(), Check::kEverything).ok()) << WhyNot(image);
  EXPECT_EQ(rom.builder(), "0.0.1");
  EXPECT_EQ(rom.count(), 8u);
  RomEntry entry;
  for (const RomPart& part : parts) {
    SCOPED_TRACE(part.path);
    if (part.kind > kRomModel) continue;
    ASSERT_TRUE(rom.Find(part.path, &entry));
    EXPECT_EQ(TextOf(entry.data), part.data);
    EXPECT_EQ(static_cast<size_t>(entry.data.data() - image.bytes().data()) % 64, 0u);
    EXPECT_EQ(entry.kind, part.kind);
  }
  for (const char* none : {"", "lib", "lib/", "lib/json", "odd", "z", "model.tflite/x"})
    EXPECT_FALSE(rom.Find(none, &entry)) << none;
  ASSERT_TRUE(rom.FindSection("model.tflite", kRomPrepared, &entry));
  EXPECT_EQ(TextOf(entry.data), "prepared");
  ASSERT_TRUE(rom.FindSection("model.tflite", 999, &entry));
  EXPECT_EQ(TextOf(entry.data), "unknown");
  for (const char* none : {"", "a", "lib", "model", "model.tflite/x", "odd", "z"})
    EXPECT_FALSE(rom.FindSection(none, kRomPrepared, &entry)) << none;
  EXPECT_FALSE(rom.FindSection("model.tflite", 300, &entry));
  EXPECT_EQ(Names(rom, ""), "a lib.txt lib/ model.tflite ");
  EXPECT_EQ(Names(rom, "lib"), "json.lua sub/ ");
  EXPECT_EQ(Names(rom, "lib/sub"), "x.lua ");
  EXPECT_EQ(Names(rom, "li"), "");
  EXPECT_TRUE(rom.HasFolder("lib/sub"));
  EXPECT_FALSE(rom.HasFolder("lib.txt"));
}

TEST(RomImage, MayHoldNothing) {
  RomImage rom;
  EXPECT_EQ(Names(rom, ""), "");
  EXPECT_EQ(rom.crc(), 0u);
  EXPECT_EQ(WhyNot(RomBytes({})), "");
}

TEST(RomImage, SaysWhatIsWrong) {
  RomBytes image({{"a", kRomFile, "first"}, {"b", kRomFile, "second"}});
  const std::string good = image.text();
  ASSERT_EQ(WhyNot(image), "");
  const auto broken = [&](size_t at, uint32_t value, bool seal = true) {
    image.text() = good;
    image.Set32(at, value);
    if (seal) image.Seal();
    return WhyNot(image, Check::kDirectory);
  };
  EXPECT_EQ(broken(0, 0), "not a ROM image");
  EXPECT_EQ(broken(8, 2), "ROM image of unknown version 2");
  EXPECT_EQ(broken(12, 1 << 20), "ROM image cut short: 256 of 1048576 bytes");
  EXPECT_EQ(broken(12, 192), "broken ROM image: place of the payload of entry 2");
  EXPECT_EQ(broken(12, 8), "broken ROM image: its size");
  EXPECT_EQ(broken(16, 0xFFFFFFFF, false),
            "broken ROM image: its directory is larger than the image");
  EXPECT_EQ(broken(20, 0xFFFFFFFF, false),
            "broken ROM image: its directory is larger than the image");
  EXPECT_EQ(broken(24, 0, false), "broken ROM image: wrong checksum of its directory");
  EXPECT_EQ(broken(64, 1), "broken ROM image: place of the path of entry 1");
  EXPECT_EQ(broken(84 + 8, 128), "broken ROM image: place of the payload of entry 2");
  EXPECT_EQ(broken(84 + 12, 0xFFFFFFFF), "broken ROM image: place of the payload of entry 2");
  image.text() = good;
  image.text()[128] ^= 1;
  EXPECT_EQ(WhyNot(image, Check::kDirectory), "");
  EXPECT_EQ(WhyNot(image), "broken ROM image: wrong checksum of a");
  image.text() = good;
  image.text()[140] = 1;
  EXPECT_EQ(WhyNot(image), "broken ROM image: not zero between its files");
}

TEST(RomImage, RefusesPathsAndOrdersThatMislead) {
  const auto why = [](std::string_view path) {
    return WhyNot(RomBytes({{std::string(path), kRomFile, "x"}}));
  };
  for (const char* path :
       {"/etc/passwd", "../x", "a/../x", "a//b", "a/", ".", "a/.", "a\\b", "a\n"})
    EXPECT_EQ(why(path), "broken ROM image: path of entry 1") << path;
  EXPECT_EQ(why(std::string_view("a\0b", 3)), "broken ROM image: path of entry 1");
  EXPECT_EQ(why(""), "broken ROM image: path of entry 1");
  EXPECT_EQ(why(std::string(201, 'x')), "broken ROM image: path of entry 1");
  EXPECT_EQ(why("caf\xC3\xA9"), "");
  const auto order = [](std::vector<RomPart> parts) { return WhyNot(RomBytes(parts)); };
  EXPECT_EQ(order({{"b", 1, ""}, {"a", 1, ""}}), "broken ROM image: order of entry 2");
  EXPECT_EQ(order({{"a", 1, ""}, {"a", 2, ""}}), "broken ROM image: order of entry 2");
  EXPECT_EQ(order({{"a", 256, ""}, {"a", 256, ""}}), "broken ROM image: order of entry 2");
  EXPECT_EQ(order({{"a", 1, ""}, {"a.b", 1, ""}, {"a/b", 1, ""}}),
            "broken ROM image: path, a folder too, of entry 1");
}

// Whatever is changed is noticed, and nothing outside of the image is touched: the copy is
// just as long as it is.
TEST(RomImage, NoticesEveryFlippedByte) {
  std::vector<RomPart> parts = {{"a", 1, "first"}, {"b/c", 2, std::string(100, 'y')}};
  const RomBytes image(parts);
  std::mt19937 random(4);
  for (size_t at = 0; at < image.bytes().size(); ++at) {
    std::vector<uint8_t> copy(image.bytes().begin(), image.bytes().end());
    copy[at] = static_cast<uint8_t>(copy[at] ^ (1u + random() % 255));
    RomImage rom;
    EXPECT_FALSE(rom.Open(copy, Check::kEverything).ok()) << at;
  }
  for (size_t size = 0; size < image.bytes().size(); ++size) {
    const std::vector<uint8_t> copy(image.bytes().begin(),
                                    image.bytes().begin() + static_cast<std::ptrdiff_t>(size));
    RomImage rom;
    EXPECT_FALSE(rom.Open(copy, Check::kDirectory).ok()) << size;
  }
}

// With the checksum made right again, so that the other checks are met.
TEST(RomImage, SurvivesHostileDirectories) {
  std::vector<RomPart> parts = {{"a", 1, "first"}, {"b/c", 2, "second"}, {"b/d", 256, "x"}};
  const RomBytes good(parts);
  std::mt19937 random(5);
  uint64_t touched = 0;
  constexpr size_t kHead = 64 + 3 * 20 + 7;
  for (int i = 0; i < 4000; ++i) {
    RomBytes image = good;
    const uint32_t values[] = {0,          1,  0xFFFFFFFF, 0x7FFFFFFF,
                               0x80000000, 64, 128,        static_cast<uint32_t>(random())};
    for (size_t flips = 1 + random() % 3; flips > 0; --flips) {
      const size_t at = 8 + random() % (kHead - 12);
      if (random() % 2 == 0) {
        image.text()[at] = static_cast<char>(random());
      } else {
        image.Set32(at / 4 * 4, values[random() % std::size(values)]);
      }
    }
    image.Seal();
    const std::vector<uint8_t> copy(image.bytes().begin(), image.bytes().end());
    RomImage rom;
    if (!rom.Open(copy, Check::kDirectory).ok()) continue;
    RomEntry entry;
    for (size_t j = 0; j < rom.count(); ++j) {
      const RomEntry now = rom.entry(j);
      EXPECT_TRUE(IsVolumePath(now.path));
      touched += Crc32(now.data);
      (void)rom.Find(now.path, &entry);
    }
  }
  EXPECT_GT(touched, 0u);
}

}  // namespace rom_image_test
}  // namespace moonlet
