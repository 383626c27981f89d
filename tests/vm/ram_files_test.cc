#include "vm/ram_files.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

#include "boards/files.h"
#include "tests/vm/rom_bytes.h"

namespace moonlet {
namespace ram_files_test {

constexpr unsigned kNew = board::kWrite | board::kCreate | board::kTruncate;

// Grants so many bytes in all.
class ScarceAllocator final : public Allocator {
 public:
  explicit ScarceAllocator(size_t bytes) : left_(bytes) {}
  void* Allocate(size_t size, size_t alignment) override {
    if (size > left_) return nullptr;
    left_ -= size;
    return MallocAllocator().Allocate(size, alignment);
  }
  void Free(void* block, size_t size) override {
    if (block != nullptr) left_ += size;
    MallocAllocator().Free(block, size);
  }

 private:
  size_t left_;
};

class RamFilesTest : public ::testing::Test {
 protected:
  std::string Put(std::string_view path, std::string_view text) {
    RamFile* file;
    if (const Status s = files_.Open(path, kNew, &file); !s.ok()) return s.what();
    const Status status = files_.Write(file, 0, BytesOf(text));
    files_.Close(file);
    return status.what();
  }
  std::string Get(std::string_view path) {
    const RamFile* file = files_.Find(path);
    return file == nullptr ? "none" : Content(file);
  }
  std::string Content(const RamFile* file) {
    std::string text(file->size, ' ');
    EXPECT_EQ(files_.Read(file, 0, {reinterpret_cast<uint8_t*>(text.data()), text.size()}),
              text.size());
    return text;
  }
  std::string Names(std::string_view folder) {
    std::string names;
    files_.List(
        folder,
        [](std::string_view name, void* context) {
          *static_cast<std::string*>(context) += std::string(name) + " ";
        },
        &names);
    return names;
  }

  ScarceAllocator memory_{10000};
  RamFiles files_;
};

TEST_F(RamFilesTest, KeepsFilesByName) {
  EXPECT_EQ(Put("b", "one"), "");
  EXPECT_EQ(Put("a/x", "two"), "");
  EXPECT_EQ(Put("a/y/z", "three"), "");
  EXPECT_EQ(Put("a.b", ""), "");
  EXPECT_EQ(Get("a/x") + Get("b") + Get("a.b"), "twoone");
  EXPECT_EQ(Get("a"), "none");
  EXPECT_EQ(Names(""), "a.b a/ b ");
  EXPECT_EQ(Names("a"), "x y/ ");
  EXPECT_TRUE(files_.Remove("a/x").ok());
  EXPECT_EQ(files_.Remove("a/x").code(), Code::kNotFound);
  EXPECT_STREQ(files_.Remove("a").what(), "Is a directory");
}

TEST_F(RamFilesTest, RefusesNamesThatWouldBeFileAndFolder) {
  EXPECT_EQ(Put("a/b", "x"), "");
  EXPECT_EQ(Put("a", "x"), "Not a regular file");
  EXPECT_EQ(Put("", "x"), "Not a regular file");
  EXPECT_EQ(Put("a/b/c", "x"), "Not a directory");
  EXPECT_EQ(Put("c", "x"), "");
  EXPECT_STREQ(files_.Rename("c", "a").what(), "Is a directory");
  EXPECT_STREQ(files_.Rename("c", "a/b/c").what(), "Not a directory");
  EXPECT_STREQ(files_.Rename("none", "d").what(), "No such file or directory");
  EXPECT_EQ(Get("c"), "x");
}

TEST_F(RamFilesTest, ARenamedFileReplacesAnother) {
  Put("a", "old");
  Put("b", "new");
  RamFile* old;
  ASSERT_TRUE(files_.Open("a", board::kRead, &old).ok());
  EXPECT_TRUE(files_.Rename("b", "a").ok());
  EXPECT_EQ(Names(""), "a ");
  EXPECT_EQ(Get("a"), "new");
  EXPECT_EQ(Content(old), "old") << "for who has it open";
  files_.Close(old);
  EXPECT_TRUE(files_.Rename("a", "a").ok());
  EXPECT_EQ(Get("a"), "new");
}

TEST_F(RamFilesTest, ARemovedFileLivesUntilItIsClosed) {
  Put("a", "text");
  const size_t used = files_.used();
  RamFile* file;
  ASSERT_TRUE(files_.Open("a", board::kRead | board::kWrite, &file).ok());
  EXPECT_TRUE(files_.Remove("a").ok());
  EXPECT_TRUE(files_.Append(file, BytesOf("s")).ok());
  EXPECT_EQ(Content(file), "texts");
  Put("a", "text");
  EXPECT_GT(files_.used(), used);
  files_.Close(file);
  EXPECT_EQ(files_.used(), used);
  EXPECT_EQ(Get("a"), "text");
}

TEST_F(RamFilesTest, FillsGapsWithZeros) {
  RamFile* file;
  ASSERT_TRUE(files_.Open("a", kNew, &file).ok());
  EXPECT_TRUE(files_.Write(file, 3, BytesOf("x")).ok());
  EXPECT_EQ(Content(file), std::string("\0\0\0x", 4));
  EXPECT_EQ(files_.Write(file, SIZE_MAX - 1, BytesOf("x")).code(), Code::kNoMemory);
  files_.Close(file);
}

// Pieces of every length at every place, against a string.
TEST_F(RamFilesTest, ReadsAndWritesAcrossChunks) {
  RamFile* file;
  ASSERT_TRUE(files_.Open("a", kNew, &file).ok());
  std::string expected;
  std::mt19937 random(3);
  for (int i = 0; i < 2000; ++i) {
    const bool anywhere = random() % 2 == 0;
    const size_t position = anywhere ? random() % (expected.size() + 100) : expected.size();
    const std::string text(1 + random() % 300, static_cast<char>('a' + i % 26));
    ASSERT_TRUE(files_.Write(file, position, BytesOf(text)).ok());
    if (expected.size() < position + text.size()) expected.resize(position + text.size());
    expected.replace(position, text.size(), text);
    std::string part(random() % 400, ' ');
    const size_t from = random() % (expected.size() + 10);
    const size_t got =
        files_.Read(file, from, {reinterpret_cast<uint8_t*>(part.data()), part.size()});
    ASSERT_EQ(part.substr(0, got),
              from < expected.size() ? expected.substr(from, part.size()) : "");
  }
  EXPECT_EQ(Content(file), expected);
  EXPECT_GT(expected.size(), 50000u);
  EXPECT_LT(files_.used(), expected.size() + 17000);
  files_.Close(file);
}

TEST_F(RamFilesTest, ChangesNothingWithoutMemory) {
  files_.set_memory(memory_);
  EXPECT_EQ(Put("a", std::string(3000, 'x')), "");
  const size_t used = files_.used();
  EXPECT_NE(Put("b", std::string(9000, 'x')).find("not enough memory for "), std::string::npos);
  EXPECT_EQ(Get("b"), "");
  EXPECT_TRUE(files_.Remove("b").ok());
  EXPECT_EQ(files_.used(), used);
  RamFile* file;
  ASSERT_TRUE(files_.Open("a", board::kWrite, &file).ok());
  EXPECT_EQ(files_.Append(file, std::vector<uint8_t>(8000)).code(), Code::kNoMemory);
  EXPECT_EQ(Content(file), std::string(3000, 'x'));
  EXPECT_LE(files_.used(), used);
  // Less than a whole chunk is left.
  EXPECT_TRUE(files_.Append(file, std::vector<uint8_t>(6000)).ok());
  EXPECT_EQ(file->size, 9000u);
  files_.Close(file);
  EXPECT_TRUE(files_.Remove("a").ok());
  EXPECT_EQ(files_.used(), 0u);
  ScarceAllocator nothing(0);
  files_.set_memory(nothing);
  EXPECT_EQ(files_.Open("a", kNew, &file).code(), Code::kNoMemory);
  EXPECT_EQ(files_.used(), 0u);
}

}  // namespace ram_files_test
}  // namespace moonlet
