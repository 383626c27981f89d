#include "vm/file_system.h"

#include <filesystem>
#include <fstream>
#include <string>

#include "tests/vm/rom_bytes.h"
#include "tests/vm/runtime_fixture.h"
#include "vm/files.h"

namespace moonlet {
namespace file_system_test {

namespace fs = std::filesystem;

class FileSystemTest : public RuntimeTest {
 protected:
  void SetUp() override {
    ASSERT_TRUE(base_.Open(base_bytes_.bytes(), RomImage::Check::kEverything).ok());
    ASSERT_TRUE(application_.Open(application_bytes_.bytes(), RomImage::Check::kEverything).ok());
    files_.SetRom(base_);
    Open(false);
  }
  void TearDown() override { runtime_.Close(); }
  void Open(bool sandbox) {
    RuntimeOptions options;
    options.sandbox = sandbox;
    options.files = &files_;
    RuntimeTest::Open(options);
  }
  lua_State* L() { return runtime_.state(); }
  std::string Read(const char* path) {
    Bytes bytes;
    const Status status = ReadFile(L(), path, false, &bytes);
    return status.ok() ? std::string(bytes.span().begin(), bytes.span().end()) : status.what();
  }
  std::string Names(const char* folder) {
    std::string names;
    const Status status = files_.List(
        folder,
        [](std::string_view name, void* context) {
          *static_cast<std::string*>(context) += std::string(name) + " ";
        },
        &names);
    return status.ok() ? names : status.what();
  }

  const RomBytes base_bytes_{{{"lib/m.lua", kRomScript, "#!x\nreturn {line = debug and 2 or 2}"},
                              {"main.lua", kRomScript, "return 'base', ..."},
                              {"wrong.lua", kRomScript, "\xEF\xBB\xBF# first\nreturn ("}}};
  const RomBytes application_bytes_{
      {{"lib/n.lua", kRomScript, "return 2"}, {"main.lua", kRomScript, "return 'application'"}}};
  RomImage base_;
  RomImage application_;
  FileSystem files_;
  TemporaryFolder folder_;
};

TEST_F(FileSystemTest, ReadsAnImageInPlace) {
  Bytes bytes;
  ASSERT_TRUE(ReadFile(L(), "/rom/main.lua", false, &bytes).ok());
  const auto all = base_bytes_.bytes();
  EXPECT_TRUE(bytes.data() >= all.data() && bytes.data() < all.data() + all.size());
  EXPECT_EQ(runtime_.memory().files, 0u);
  EXPECT_EQ(Read("/rom//lib/../lib/./m.lua").substr(0, 3), "#!x");
  EXPECT_EQ(Read("/rom/lib"), "Not a regular file");
  for (const char* path : {"/rom", "/rom/", "/rom/..", "/rom/../rom/main.lua", "/rom/lib/../../x",
                           "/rom/main.lua\\", "/rom/none"})
    EXPECT_TRUE(Read(path) == "No such file or directory" || Read(path) == "Not a regular file")
        << path;
  EXPECT_EQ(Read(("/rom/" + std::string(300, 'x')).c_str()), "File name too long");
  EXPECT_EQ(Names("/rom"), "lib/ main.lua wrong.lua ");
  EXPECT_EQ(Names("/rom/none"), "No such file or directory");
}

TEST_F(FileSystemTest, AnApplicationLiesAboveTheBase) {
  files_.SetApplication(application_);
  EXPECT_EQ(Read("/rom/main.lua"), "return 'application'");
  EXPECT_EQ(Read("/rom/lib/n.lua"), "return 2");
  EXPECT_EQ(Read("/rom/wrong.lua").substr(5, 5), "first");
  EXPECT_EQ(Names("/rom/lib"), "n.lua m.lua ");
  files_.SetApplication({});
  EXPECT_EQ(Read("/rom/main.lua"), "return 'base', ...");
}

TEST_F(FileSystemTest, FindsWhatIsPreparedOfTheModelOnTop) {
  const RomBytes below({{"x.tflite", kRomModel, "x"},
                        {"x.tflite", kRomPrepared, "of x"},
                        {"y.tflite", kRomModel, "y"},
                        {"y.tflite", kRomPrepared, "of y"}});
  const RomBytes above({{"x.tflite", kRomModel, "other"}});
  RomImage rom;
  ASSERT_TRUE(rom.Open(below.bytes(), RomImage::Check::kEverything).ok());
  files_.SetRom(rom);
  const PreparedBytes x = FindPrepared(L(), "/rom/x.tflite");
  EXPECT_EQ(std::string(x.section.begin(), x.section.end()), "of x");
  EXPECT_EQ(x.model_crc, Crc32(BytesOf("x")));
  EXPECT_EQ(x.model_size, 1u);
  for (const char* none : {"/rom/none", "/rom", "/ram/x.tflite", "x.tflite", ""})
    EXPECT_TRUE(FindPrepared(L(), none).section.empty()) << none;
  ASSERT_TRUE(rom.Open(above.bytes(), RomImage::Check::kEverything).ok());
  files_.SetApplication(rom);
  EXPECT_TRUE(FindPrepared(L(), "/rom/x.tflite").section.empty()) << "of another file";
  EXPECT_FALSE(FindPrepared(L(), "/rom/y.tflite").section.empty());
}

TEST_F(FileSystemTest, RefusesToWriteIntoTheImage) {
  EXPECT_STREQ(WriteFile(L(), "/rom/main.lua", BytesOf("x")).what(), "Read-only file system");
  EXPECT_STREQ(WriteFile(L(), "/rom/new", BytesOf("x")).what(), "Read-only file system");
  EXPECT_STREQ(files_.Remove("/rom/main.lua").what(), "Read-only file system");
  EXPECT_STREQ(files_.Rename("/rom/main.lua", "/ram/x").what(), "Read-only file system");
  EXPECT_STREQ(files_.Rename("/ram/x", "/rom/x").what(), "Read-only file system");
}

TEST_F(FileSystemTest, MakesAFolderOfTheHostTheRom) {
  folder_.Write("inside/main.lua", "return 'folder'");
  folder_.Write("secret", "secret");
  const std::string inside = folder_ / "inside";
  files_.SetRomFolder(inside.c_str());
  EXPECT_EQ(Read("/rom/main.lua"), "return 'folder'");
  EXPECT_EQ(Read("/rom/../secret"), "No such file or directory");
  EXPECT_EQ(Names("/rom"), "main.lua ");
  EXPECT_EQ(Names("/rom/.."), "No such file or directory");
  EXPECT_STREQ(WriteFile(L(), "/rom/main.lua", BytesOf("x")).what(), "Read-only file system");
  EXPECT_STREQ(files_.Remove("/rom/main.lua").what(), "Read-only file system");
  Bytes bytes;
  ASSERT_TRUE(ReadFile(L(), "/rom/main.lua", true, &bytes).ok());
  EXPECT_TRUE(bytes.Unchanged());
  fs::remove(inside + "/main.lua");
  EXPECT_FALSE(bytes.Unchanged());
}

TEST_F(FileSystemTest, WritesRamFilesWhole) {
  ASSERT_TRUE(WriteFile(L(), "/ram/a/b", BytesOf("one")).ok());
  ASSERT_TRUE(WriteFile(L(), "/ram/a/b", BytesOf("two")).ok());
  EXPECT_EQ(Read("/ram/a/b"), "two");
  EXPECT_EQ(Names("/ram/a"), "b ");
  EXPECT_EQ(Names("/ram"), "a/ ");
  EXPECT_STREQ(WriteFile(L(), "/ram/a", BytesOf("x")).what(), "Not a regular file");
  EXPECT_STREQ(files_.Rename("/ram/a/b", (folder_ / "x").c_str()).what(),
               "Invalid cross-device link");
}

TEST_F(FileSystemTest, RamFilesOutliveTheRuntimeAndCountAgainstItsCap) {
  ASSERT_TRUE(WriteFile(L(), "/ram/a", std::vector<uint8_t>(100000)).ok());
  EXPECT_GE(runtime_.memory().files, 100000u);
  runtime_.Close();
  EXPECT_EQ(runtime_.memory().files, 0u);
  RuntimeOptions options;
  options.files = &files_;
  options.memory_cap = 300000;
  RuntimeTest::Open(options);
  EXPECT_GE(runtime_.memory().files, 100000u);
  EXPECT_EQ(Run("local f, piece = io.open('/ram/b', 'w'), ('x'):rep(10000)\n"
                "local ok, message repeat ok, message = f:write(piece) until not ok\n"
                "return message:match '^not enough memory for %d+ bytes$' ~= nil"),
            "true");
  EXPECT_LE(runtime_.memory().files, 300000u - 300000 / 16) << "the rest is left to others";
  EXPECT_EQ(Run("return os.remove('/ram/a'), os.remove('/ram/b')"), "true, true");
  runtime_.Close();
  EXPECT_EQ(files_.ram().used(), 0u);
}

// The same script in both profiles.
constexpr const char* kUseFiles = R"(
  local f = assert(io.open("/ram/log", "w+"))
  assert(io.type(f) == "file" and tostring(f):find "^file %(")
  f:write("one\n", 2, "\n")
  f:seek("set", 0)
  local lines = {}
  for line in f:lines() do lines[#lines + 1] = line end
  f:close()
  assert(io.type(f) == "closed file")
  for line in io.lines "/ram/log" do lines[#lines + 1] = line end
  assert(os.rename("/ram/log", "/ram/log.1"))
  lines[#lines + 1] = select(2, io.open "/ram/log")
  lines[#lines + 1] = select(2, io.open("/rom/main.lua", "a"))
  lines[#lines + 1] = select(2, os.remove "/rom/main.lua")
  lines[#lines + 1] = io.open("/rom/main.lua"):read "a"
  assert(os.remove "/ram/log.1")
  lines[#lines + 1] = select(2, os.remove "/ram/log.1")
  return table.concat(lines, "|")
)";
constexpr const char* kFilesUsed =
    "one|2|one|2|/ram/log: No such file or directory|/rom/main.lua: Read-only file system|"
    "/rom/main.lua: Read-only file system|return 'base', ...|/ram/log.1: No such file or directory";

TEST_F(FileSystemTest, ScriptsUseBothVolumesInEitherProfile) {
  EXPECT_EQ(Run(kUseFiles), kFilesUsed);
  Open(true);
  EXPECT_EQ(Run(kUseFiles), kFilesUsed);
}

#if !defined(MOONLET_SYSTEM_LUA)
TEST_F(FileSystemTest, TheFullProfileLoadsFromVolumes) {
  EXPECT_EQ(Run("return loadfile('/rom/main.lua')(1, 2)"), "base, 1, 2");
  EXPECT_EQ(Run("return dofile('/rom/main.lua')"), "base");
  EXPECT_EQ(Run("return loadfile('/rom/none')"),
            "nil, cannot open /rom/none: No such file or directory");
  EXPECT_EQ(Run("return pcall(dofile, '/rom/none')"),
            "false, cannot open /rom/none: No such file or directory");
  EXPECT_EQ(Run("local f = io.open('/ram/x', 'w') f:write('x = ... return _ENV') f:close()\n"
                "local e = {} return loadfile('/ram/x', 't', e)(7) == e, e.x"),
            "true, 7");
  EXPECT_EQ(Run("return loadfile('/ram/x', 'b')"),
            "nil, attempt to load a text chunk (mode is 'b')");
  const std::string file = folder_.Write("own.lua", "return 'own'");
  EXPECT_EQ(Run("return dofile('" + file + "'), loadfile('" + file + "')()"), "own, own");
}

TEST_F(FileSystemTest, TheFullProfileKeepsLuasOwnFiles) {
  const std::string file = folder_.Write("own", "own\n");
  EXPECT_EQ(Run("local f = io.open('" + file + "') return io.type(f), f:read(), io.close(f)"),
            "file, own, true");
  EXPECT_EQ(Run("for line in io.lines('" + file + "') do return line end"), "own");
  EXPECT_EQ(Run("return pcall(io.open)"),
            "false, bad argument #1 to 'io.open' (string expected, got no value)");
  EXPECT_EQ(Run("return io.type(io.stdout), io.type(1)"), "file, nil");
  EXPECT_EQ(Run("return os.rename('" + file + "', '/ram/x')"),
            "nil, " + file + ": Invalid cross-device link");
  EXPECT_EQ(Run("return os.remove('" + file + "')"), "true");
  EXPECT_EQ(Run("return io.close(io.open('/ram/y', 'w')), io.type(io.open('/ram/y'))"),
            "true, file");
}
#endif

TEST_F(FileSystemTest, RunsScriptsInPlace) {
  EXPECT_TRUE(runtime_.RunFile("/rom/main.lua", {}).ok());
  EXPECT_STREQ(runtime_.script_dir(), "/rom");
  const Status wrong = runtime_.RunFile("/rom/wrong.lua", {});
  EXPECT_STREQ(wrong.what(), "/rom/wrong.lua:2: unexpected symbol near <eof>");
  EXPECT_STREQ(runtime_.RunFile("/rom/none.lua", {}).what(),
               "cannot open /rom/none.lua: No such file or directory");
  EXPECT_EQ(runtime_.LoadFile("/rom/lib").code(), Code::kInvalid);
}

TEST_F(FileSystemTest, RequiresModulesFromVolumes) {
  RuntimeOptions options;
  options.files = &files_;
  options.sandbox = true;
  options.library_dir = "/rom/lib";
  RuntimeTest::Open(options);
  EXPECT_EQ(Run("local m, path = require 'm' return m.line, path"), "2, /rom/lib/m.lua");
  runtime_.SetScriptOf("/ram/main.lua");
  EXPECT_EQ(Run("local f = io.open('/ram/k.lua', 'w') f:write 'return 9' f:close() return require "
                "'k'"),
            "9, /ram/k.lua");
}

TEST_F(FileSystemTest, LoadsASourceLongerThanItsBuffer) {
  std::string source = "# " + std::string(3000, 'c') + "\nlocal n = 0\n";
  for (int i = 0; i < 300; ++i) source += "n = n + 1\n";
  source += "return n";
  ASSERT_TRUE(WriteFile(L(), "/ram/long.lua", BytesOf(source)).ok());
  ASSERT_TRUE(runtime_.LoadFile("/ram/long.lua").ok());
  ASSERT_TRUE(runtime_.Call(0, 1).ok());
  EXPECT_EQ(lua_tointeger(L(), -1), 300);
}

}  // namespace file_system_test
}  // namespace moonlet
