// ROM images as `moonlet image` makes them, and the command around it.
#include "shell/image.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>

#include "gtest/gtest.h"
#include "tests/shell/process.h"
#include "vm/rom_image.h"

namespace moonlet {
namespace image_test {

namespace fs = std::filesystem;

struct Result {
  int code;
  std::string out;
  std::string err;
};

Result Moonlet(const std::vector<std::string>& arguments) {
  Process process(arguments);
  const Ending ending = process.Finish();
  return {ending.code, process.written, process.errors};
}

std::string Content(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

class ImageTest : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = ::testing::TempDir() + "moonlet_image_" + std::to_string(getpid());
    fs::create_directories(folder_);
    Write("in/main.lua", "print('hello', ...)");
    Write("in/lib/greet.lua", "return {hello = 'hi'}");
    Write("in/lib/empty", "");
    Write("in/apps/net.tflite", std::string("\0\1\2", 3));
    Write("in/.hidden/x", "not in the image");
    Write("in/.hidden.lua", "not in the image");
  }
  void TearDown() override { fs::remove_all(folder_); }

  std::string Write(const std::string& name, const std::string& content) {
    const std::string path = folder_ + "/" + name;
    fs::create_directories(fs::path(path).parent_path());
    std::ofstream(path, std::ios::binary) << content;
    return path;
  }
  std::string At(const std::string& name) const { return folder_ + "/" + name; }

  std::vector<uint8_t> Build() {
    std::vector<ImageFile> files;
    std::vector<uint8_t> image;
    EXPECT_TRUE(FilesBelow(At("in"), "", &files).ok());
    const Status status = BuildImage(files, &image);
    EXPECT_TRUE(status.ok()) << status.what();
    return image;
  }

  std::string folder_;
};

TEST_F(ImageTest, HoldsEveryFile) {
  const std::vector<uint8_t> bytes = Build();
  RomImage rom;
  ASSERT_TRUE(rom.Open(bytes, RomImage::Check::kEverything).ok());
  EXPECT_EQ(rom.bytes().size(), bytes.size());
  ASSERT_EQ(rom.count(), 4u);
  const std::pair<const char*, uint16_t> expected[] = {{"apps/net.tflite", kRomModel},
                                                       {"lib/empty", kRomFile},
                                                       {"lib/greet.lua", kRomScript},
                                                       {"main.lua", kRomScript}};
  for (size_t i = 0; i < 4; ++i) {
    const RomEntry entry = rom.entry(i);
    EXPECT_EQ(entry.path, expected[i].first);
    EXPECT_EQ(entry.kind, expected[i].second);
    EXPECT_EQ(std::string(entry.data.begin(), entry.data.end()),
              Content(At("in/" + std::string(entry.path))));
  }
}

TEST_F(ImageTest, HasTheSameBytesHoweverItsFilesCome) {
  const std::vector<uint8_t> bytes = Build();
  std::vector<ImageFile> files;
  ASSERT_TRUE(FilesBelow(At("in") + "/", "", &files).ok());
  std::mt19937 random(1);
  for (int i = 0; i < 5; ++i) {
    std::shuffle(files.begin(), files.end(), random);
    std::vector<uint8_t> again;
    ASSERT_TRUE(BuildImage(files, &again).ok());
    EXPECT_EQ(again, bytes);
  }
}

TEST_F(ImageTest, RefusesFilesThatNoImageCanHold) {
  const std::string file = At("in/main.lua");
  std::vector<uint8_t> image;
  const auto why = [&](std::vector<ImageFile> files) {
    return std::string(BuildImage(std::move(files), &image).what());
  };
  EXPECT_EQ(why({{"a", file}, {"a", file}}), "a: given twice");
  EXPECT_EQ(why({{"../a", file}}), "../a: no path that an image can have");
  EXPECT_EQ(why({{"a", file}, {"a/b", file}}), "broken ROM image: path, a folder too, of entry 1");
  EXPECT_EQ(why({{"a", At("none")}}), At("none") + ": No such file or directory");
  std::vector<ImageFile> files;
  EXPECT_FALSE(FilesBelow(At("none"), "", &files).ok());
}

// A changed image is refused, or gives the files that were put in.
TEST_F(ImageTest, NeverGivesAWrongFile) {
  const std::vector<uint8_t> bytes = Build();
  std::mt19937 random(7);
  for (int i = 0; i < 3000; ++i) {
    std::vector<uint8_t> copy = bytes;
    const size_t place = random() % copy.size();
    switch (random() % 3) {
      case 0:
        copy[place] = static_cast<uint8_t>(copy[place] ^ (1u << random() % 8));
        break;
      case 1:
        copy.resize(place);
        break;
      default:
        std::rotate(copy.begin(), copy.begin() + static_cast<std::ptrdiff_t>(place), copy.end());
    }
    if (copy == bytes) continue;
    RomImage rom;
    EXPECT_FALSE(rom.Open(copy, RomImage::Check::kEverything).ok()) << i;
  }
}

TEST_F(ImageTest, TheCommandGoesThereAndBack) {
  const std::string image = At("rom.img");
  Result r = Moonlet({"image", "build", At("in"), "-o", image});
  EXPECT_EQ(r.code, 0) << r.err;
  EXPECT_EQ(r.out.find(image + ": 4 files, 384 bytes, CRC "), 0u) << r.out;
  const std::vector<uint8_t> bytes = Build();
  EXPECT_EQ(Content(image), std::string(bytes.begin(), bytes.end()));
  EXPECT_EQ(Moonlet({"image", "check", image}).out, r.out);
  r = Moonlet({"image", "ls", image});
  EXPECT_NE(r.out.find("script    lib/greet.lua\n"), r.out.npos) << r.out;
  EXPECT_EQ(Moonlet({"image", "extract", image, At("out/new")}).code, 0);
  for (const char* name : {"main.lua", "lib/greet.lua", "lib/empty", "apps/net.tflite"})
    EXPECT_EQ(Content(At("out/new/") + name), Content(At("in/") + name));
  r = Moonlet({"image", "extract", image, At("out")});
  EXPECT_EQ(r.code, 1);
  EXPECT_EQ(r.err, "moonlet: " + At("out") + ": the folder is not empty\n");
}

TEST_F(ImageTest, PreparesModelsForDevices) {
  const std::string image = At("rom.img");
  const std::string model = Content("scripts/apps/digits.tflite");
  ASSERT_FALSE(model.empty());
  Write("in/apps/digits.tflite", model);
  Result r = Moonlet({"image", "build", At("in"), "-o", image});
  EXPECT_EQ(r.code, 0);
  EXPECT_EQ(r.err,
            "moonlet: not prepared: apps/net.tflite: not a .tflite file: no TFL3 at byte 4\n");
  const std::string prepared = Moonlet({"image", "ls", image}).out;
  EXPECT_NE(prepared.find("  prepared  apps/digits.tflite\n"), prepared.npos) << prepared;
  EXPECT_EQ(prepared.find("  prepared  apps/net.tflite\n"), prepared.npos) << prepared;
  const std::string bytes = Content(image);
  const std::vector<uint8_t> again = Build();
  EXPECT_EQ(bytes, std::string(again.begin(), again.end()));

  // A host leaves sections of devices alone, and other paths have none.
  const std::string load = "print(nn.load('/rom/apps/digits.tflite').prepared)";
  EXPECT_EQ(Moonlet({"--rom", image, "-e", load}).out, "false\n");
  EXPECT_EQ(Moonlet({"image", "build", "--no-prepare", At("in"), "-o", image}).err, "");
  const std::string plain = Moonlet({"image", "ls", image}).out;
  EXPECT_EQ(plain.find("  prepared  "), plain.npos) << plain;
  EXPECT_LT(Content(image).size(), bytes.size());
}

TEST_F(ImageTest, TheCommandPutsSourcesWhereTheyAreWanted) {
  const std::string image = At("rom.img");
  Write("a=b/x", "a folder of that name");
  const Result r = Moonlet({"image", "build", "lib=" + At("in/lib"),
                            "boot.lua=" + At("in/main.lua"), At("a=b"), "-o", image});
  EXPECT_EQ(r.code, 0) << r.err;
  const std::string list = Moonlet({"image", "ls", image}).out;
  for (const char* path : {"  boot.lua\n", "  lib/empty\n", "  lib/greet.lua\n", "  x\n"})
    EXPECT_NE(list.find(path), list.npos) << path << list;
  EXPECT_EQ(Moonlet({"image", "build", At("in"), "main.lua=" + At("a=b/x"), "-o", image}).err,
            "moonlet: main.lua: given twice\n");
}

TEST_F(ImageTest, TheCommandRefusesWhatIsBroken) {
  std::vector<uint8_t> bytes = Build();
  bytes[bytes.size() - 60] ^= 1;
  const std::string broken = Write("broken", std::string(bytes.begin(), bytes.end()));
  bytes[bytes.size() - 60] ^= 1;
  const std::string longer = Write("longer", std::string(bytes.begin(), bytes.end()) + "x");
  for (const char* action : {"ls", "check"}) {
    const Result r = Moonlet({"image", action, broken});
    EXPECT_EQ(r.code, 1);
    EXPECT_EQ(r.err, "moonlet: " + broken + ": broken ROM image: wrong checksum of main.lua\n");
  }
  EXPECT_EQ(Moonlet({"image", "extract", broken, At("out")}).code, 1);
  EXPECT_FALSE(fs::exists(At("out")));
  EXPECT_EQ(Moonlet({"image", "check", longer}).err,
            "moonlet: " + longer + ": there is more behind the ROM image\n");
  EXPECT_EQ(Moonlet({"image", "check", At("none")}).code, 1);
  EXPECT_EQ(Moonlet({"image", "build", At("none"), "-o", At("x")}).code, 1);
  EXPECT_FALSE(fs::exists(At("x")));
  EXPECT_EQ(Moonlet({"image"}).code, 2);
  EXPECT_EQ(Moonlet({"image", "build", At("in")}).code, 2);
  EXPECT_EQ(Moonlet({"image", "mend", At("in")}).code, 2);
}

TEST_F(ImageTest, ScriptsRunFromTheRomOption) {
  const std::string image = At("rom.img");
  ASSERT_EQ(Moonlet({"image", "build", At("in"), "-o", image}).code, 0);
  for (const std::string& rom : {image, At("in")}) {
    for (const bool sandbox : {false, true}) {
      std::vector<std::string> words = {"--rom", rom, "/rom/main.lua", "you"};
      if (sandbox) words.insert(words.begin(), "--sandbox");
      const Result r = Moonlet(words);
      EXPECT_EQ(r.out, "hello\tyou\n") << r.err;
    }
  }
  Write("in/apps/user.lua", "print(require('greet').hello)");
  EXPECT_EQ(Moonlet({"--rom", At("in"), "/rom/apps/user.lua"}).out, "hi\n") << "from /rom/lib";
  EXPECT_EQ(Moonlet({"--rom", At("in"), "-e", "print(greet.hello)"}).out, "hi\n");
  EXPECT_EQ(
      Moonlet({"--rom", image, "-e", "print(sys.find 'lib/greet.lua', sys.rom().base.size)"}).out,
      "/rom/lib/greet.lua\t384\n");
  Result r = Moonlet({"--rom", At("none"), "-e", "print(1)"});
  EXPECT_EQ(r.code, 1);
  EXPECT_EQ(r.err, "moonlet: " + At("none") + ": No such file or directory\n");
  r = Moonlet({"--rom", At("in/main.lua"), "-e", "print(1)"});
  EXPECT_EQ(r.err, "moonlet: " + At("in/main.lua") + ": not a ROM image\n");
}

}  // namespace image_test
}  // namespace moonlet
