#include "vm/files.h"

#include <sys/stat.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>

#include "tests/vm/runtime_fixture.h"

namespace moonlet {
namespace files_test {

namespace fs = std::filesystem;

std::span<const uint8_t> AsBytes(std::string_view text) {
  return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}
std::string AsText(const Bytes& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}
std::string Content(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

class FilesTest : public RuntimeTest {
 protected:
  void SetUp() override { Open({}); }
  lua_State* L() { return runtime_.state(); }
  TemporaryFolder folder_;
};

TEST_F(FilesTest, ReadsAFileIntoCountedMemory) {
  const std::string path = folder_.Write("a", std::string("one\0two", 7));
  Bytes bytes;
  ASSERT_TRUE(ReadFile(L(), path.c_str(), false, &bytes).ok());
  EXPECT_EQ(AsText(bytes), std::string("one\0two", 7));
  EXPECT_EQ(reinterpret_cast<uintptr_t>(bytes.data()) % 64, 0u);
  EXPECT_GE(runtime_.memory().files, 7u);
  fs::remove(path);
  EXPECT_TRUE(bytes.Unchanged());
  bytes.Reset();
  EXPECT_EQ(runtime_.memory().files, 0u);
}

TEST_F(FilesTest, ReadsAnEmptyFile) {
  const std::string path = folder_.Write("empty", "");
  for (const bool map : {false, true}) {
    Bytes bytes;
    ASSERT_TRUE(ReadFile(L(), path.c_str(), map, &bytes).ok());
    EXPECT_EQ(bytes.size(), 0u);
  }
}

TEST_F(FilesTest, RefusesWhatIsNoFile) {
  Bytes bytes;
  EXPECT_EQ(ReadFile(L(), (folder_ / "none").c_str(), false, &bytes).code(), Code::kNotFound);
  EXPECT_EQ(ReadFile(L(), folder_.path().c_str(), false, &bytes).code(), Code::kIo);
  EXPECT_EQ(ReadFile(L(), "/dev/zero", false, &bytes).code(), Code::kIo);
  const std::string pipe = folder_ / "pipe";
  ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
  EXPECT_EQ(ReadFile(L(), pipe.c_str(), false, &bytes).code(), Code::kIo);
}

TEST_F(FilesTest, TheCapRefusesAFile) {
  RuntimeOptions options;
  options.memory_cap = 1 << 20;
  Open(options);
  const std::string path = folder_.Write("big", std::string(2 << 20, 'x'));
  Bytes bytes;
  EXPECT_EQ(ReadFile(L(), path.c_str(), false, &bytes).code(), Code::kNoMemory);
  ASSERT_TRUE(ReadFile(L(), path.c_str(), true, &bytes).ok());  // a mapping takes none
  EXPECT_EQ(bytes.size(), 2u << 20);
}

TEST_F(FilesTest, MapsWhatIsLargerThan16MiB) {
  const std::string path = folder_.Write("large", "begin");
  fs::resize_file(path, kLargestReadFile + 1);
  Bytes bytes;
  ASSERT_TRUE(ReadFile(L(), path.c_str(), false, &bytes).ok());
  EXPECT_EQ(bytes.size(), kLargestReadFile + 1);
  EXPECT_LT(runtime_.memory().files, 1000u);
  fs::resize_file(path, kLargestReadFile);
  EXPECT_FALSE(bytes.Unchanged());
}

// Overwritten, truncated, replaced and deleted, each told apart from untouched.
TEST_F(FilesTest, AMappingTellsThatItsFileChanged) {
  const auto long_ago = fs::file_time_type::clock::now() - std::chrono::hours(1);
  const std::string changes[] = {"overwrite", "truncate", "replace", "delete"};
  for (const std::string& change : changes) {
    SCOPED_TRACE(change);
    const std::string path = folder_.Write("m", "content");
    fs::last_write_time(path, long_ago);
    Bytes bytes;
    ASSERT_TRUE(ReadFile(L(), path.c_str(), true, &bytes).ok());
    EXPECT_EQ(AsText(bytes), "content");
    EXPECT_TRUE(bytes.Unchanged());
    if (change == "overwrite") folder_.Write("m", "CONTENT");
    if (change == "truncate") fs::resize_file(path, 3);
    if (change == "replace") {
      const std::string other = folder_.Write("n", "content");
      fs::last_write_time(other, long_ago);
      fs::rename(other, path);
    }
    if (change == "delete") fs::remove(path);
    EXPECT_FALSE(bytes.Unchanged());
  }
}

TEST_F(FilesTest, WritesAFileWhole) {
  const std::string path = folder_ / "out";
  ASSERT_TRUE(WriteFile(L(), path.c_str(), AsBytes("first")).ok());
  EXPECT_EQ(Content(path), "first");
  ASSERT_EQ(chmod(path.c_str(), 0640), 0);
  ASSERT_TRUE(WriteFile(L(), path.c_str(), AsBytes("second")).ok());
  EXPECT_EQ(Content(path), "second");
  EXPECT_EQ(fs::status(path).permissions(), static_cast<fs::perms>(0640));
  EXPECT_EQ(std::distance(fs::directory_iterator(folder_.path()), {}), 1);
}

TEST_F(FilesTest, WritesThroughALink) {
  const std::string target = folder_.Write("target", "old");
  fs::create_symlink(target, folder_ / "link");
  ASSERT_TRUE(WriteFile(L(), (folder_ / "link").c_str(), AsBytes("new")).ok());
  EXPECT_EQ(Content(target), "new");
  EXPECT_TRUE(fs::is_symlink(folder_ / "link"));
}

TEST_F(FilesTest, AStoppedWriteChangesNothing) {
  const std::string path = folder_.Write("a", "old");
  runtime_.Interrupt();
  EXPECT_EQ(WriteFile(L(), path.c_str(), AsBytes("new")).code(), Code::kStopped);
  runtime_.ClearInterrupt();
  EXPECT_EQ(Content(path), "old");
  EXPECT_FALSE(fs::exists(path + ".part"));
}

TEST_F(FilesTest, AFailedWriteLeavesNothingBehind) {
  EXPECT_EQ(WriteFile(L(), (folder_ / "no/folder").c_str(), AsBytes("x")).code(), Code::kNotFound);
  EXPECT_EQ(WriteFile(L(), folder_.path().c_str(), AsBytes("x")).code(), Code::kIo);
  EXPECT_EQ(WriteFile(L(), "/dev/full", AsBytes("x")).code(), Code::kIo);
  EXPECT_EQ(
      WriteFile(L(), (folder_.path() + "/" + std::string(300, 'x')).c_str(), AsBytes("x")).code(),
      Code::kIo);
  EXPECT_TRUE(fs::is_empty(folder_.path()));
  EXPECT_FALSE(fs::exists("/dev/full.part"));
}

}  // namespace files_test
}  // namespace moonlet
