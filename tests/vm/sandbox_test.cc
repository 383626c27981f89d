// The sandbox is an allow-list: what a script can name, and which files it can touch.
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "tests/vm/runtime_fixture.h"

namespace moonlet {
namespace sandbox_test {

namespace fs = std::filesystem;

std::string Content(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

class SandboxTest : public RuntimeTest {
 protected:
  void SetUp() override {
    inside_.Write("text", "one\ntwo\n\n12 0x1F -3.5e1 rest");
    outside_.Write("secret", "secret");
    readable_.Write("data", "data");
    Open();
  }
  void Open() {
    allow_[0] = writable_text_.c_str();
    allow_[1] = readable_.path().c_str();
    RuntimeOptions options;
    options.sandbox = true;
    options.allow = allow_;
    RuntimeTest::Open(options);
    for (const auto& [name, folder] :
         {std::pair{"inside", &inside_}, {"outside", &outside_}, {"readable", &readable_}}) {
      lua_pushstring(runtime_.state(), folder->path().c_str());
      lua_setglobal(runtime_.state(), name);
    }
  }

  TemporaryFolder inside_;
  TemporaryFolder outside_;
  TemporaryFolder readable_;
  const std::string writable_text_ = inside_.path() + ":rw";
  const char* allow_[2];
};

constexpr const char* kRefusal = ": outside the folders the sandbox allows";

// Every name that can be reached from the globals, a line each.
constexpr const char* kListGlobals = R"(
  local seen, names = {[_G] = true}, {}
  local function walk(value, path)
    if type(value) == 'table' then
      if seen[value] then return end
      seen[value] = true
      for key, inner in pairs(value) do
        local name = path == '' and key or path .. '.' .. tostring(key)
        names[#names + 1] = name .. ' ' .. type(inner)
        walk(inner, name)
      end
    end
    local metatable = getmetatable(value)
    if metatable ~= nil then
      names[#names + 1] = path .. ' has metatable ' .. type(metatable)
      walk(metatable, path .. '<metatable>')
    end
  end
  for _, name in ipairs {'inside', 'outside', 'readable'} do _G[name] = nil end
  seen[_G] = nil
  walk('', '""')
  walk(_G, '')
  walk(0, '0') walk(print, 'print') walk(true, 'true') walk(coroutine.create(print), 'thread')
  walk(io.write(''), 'file')
  table.sort(names)
  return table.concat(names, '\n') .. '\n'
)";

TEST_F(SandboxTest, EveryReachableNameIsOnTheList) {
  EXPECT_EQ(Run(kListGlobals), Content("tests/vm/sandbox_globals.txt"));
}

TEST_F(SandboxTest, ReadsInEveryFormat) {
  EXPECT_EQ(Run("local f = io.open(inside .. '/text') return f:read('l', 'L', 'l', 'n', 'n', 'n', "
                "3, 'a', 'a', 'l')"),
            "one, two\n, , 12, 31, -35.0,  re, st, , nil");
  EXPECT_EQ(Run("local f = io.open(inside .. '/text') f:read('a') return f:read(0), f:read(1)"),
            "nil, nil");
  EXPECT_EQ(Run("local f = io.open(inside .. '/text') return f:read('n', 'l')"), "nil");
  EXPECT_EQ(Run("local n = 0 for a, b in io.lines(inside .. '/text', 1, 'L') do n = n + #a + #(b "
                "or '') end return n"),
            "28");
}

TEST_F(SandboxTest, WritesSeeksAndAppends) {
  EXPECT_EQ(Run("local f = io.open(inside .. '/new', 'w+') f:write('abc', 1, 2.5):write('x')\n"
                "local size = f:seek('cur') f:seek('set', 1) local two = f:read(2) f:seek('cur', "
                "0) f:write('Z')\n"
                "f:seek('set') local all = f:read('a') f:close() return size, two, all"),
            "8, bc, abcZ2.5x");
  EXPECT_EQ(Run("local f = io.open(inside .. '/new', 'a') f:write(('y'):rep(3000)) f:close()\n"
                "return #io.open(inside .. '/new'):read('a')"),
            "3008");
  EXPECT_EQ(Run("local f <close> = io.open(inside .. '/new') return f:write('x')"),
            "nil, file is not open for writing");
  EXPECT_EQ(Run("local f = io.open(inside .. '/new', 'w') return f:read()"),
            "nil, file is not open for reading");
}

TEST_F(SandboxTest, WhatWasWrittenIsThereAfterTheEnd) {
  EXPECT_EQ(Run("kept = io.open(inside .. '/kept', 'w') kept:write('text') os.exit(4)"),
            "error: script:1: exit");
  EXPECT_EQ(runtime_.exit_code(), 4);
  runtime_.Close();
  EXPECT_EQ(Content(inside_ / "kept"), "text");
}

TEST_F(SandboxTest, FilesHaveTheirManners) {
  EXPECT_EQ(Run("local f = io.open(inside .. '/text') local open = io.type(f) f:close() f:close()"),
            "error: script:1: attempt to use a closed file");
  EXPECT_EQ(Run("local f = io.open(inside .. '/text') f:close() return io.type(f), io.type(1), "
                "tostring(f)"),
            "closed file, nil, file (closed)");
  EXPECT_EQ(Run("return pcall(io.open, inside .. '/text', 'rw')"),
            "false, bad argument #2 to 'io.open' (invalid mode)");
  EXPECT_EQ(Run("return io.open(inside .. '/none')"),
            "nil, " + inside_ / "none" + ": No such file or directory");
  EXPECT_EQ(Run("return pcall(io.lines, inside .. '/none')"),
            "false, " + inside_ / "none" + ": No such file or directory");
}

TEST_F(SandboxTest, OnlyAllowedFoldersExist) {
  fs::create_symlink(outside_.path(), inside_ / "way");
  fs::create_symlink(outside_ / "secret", inside_ / "link");
  fs::create_symlink(outside_ / "new", inside_ / "dangling");
  fs::create_directory(inside_ / "folder");
  const std::string paths[] = {
      outside_ / "secret",
      outside_ / "none",
      "/etc/passwd",
      "/etc/none",
      inside_ / "../" + fs::path(outside_.path()).filename().string() + "/secret",
      inside_ / "way/secret",
      inside_ / "way/none",
      inside_ / "link",
      inside_ / "folder/../../none",
      inside_ / "none/../../x",
      "/proc/self/mem",
      inside_.path() + "-other/x",
      "relative",
  };
  for (const std::string& path : paths) {
    for (const char* mode : {"r", "w", "a", "r+", "w+"}) {
      EXPECT_EQ(Run("return io.open('" + path + "', '" + mode + "')"), "nil, " + path + kRefusal)
          << mode;
    }
    EXPECT_EQ(Run("return os.remove('" + path + "')"), "nil, " + path + kRefusal);
    EXPECT_EQ(Run("return os.rename(inside .. '/text', '" + path + "')"),
              "nil, " + inside_ / "text" + kRefusal);
  }
  EXPECT_NE(Run("return io.open(inside .. '/dangling', 'w')").find("nil, "), std::string::npos);
  EXPECT_FALSE(fs::exists(outside_ / "new"));
  EXPECT_EQ(Content(outside_ / "secret"), "secret");
}

TEST_F(SandboxTest, FoldersWithoutRwAreOnlyRead) {
  EXPECT_EQ(Run("return io.open(readable .. '/data'):read('a')"), "data");
  for (const char* mode : {"w", "a", "r+", "w+", "a+"}) {
    EXPECT_EQ(Run(std::string("return io.open(readable .. '/data', '") + mode + "')"),
              "nil, " + readable_ / "data" + kRefusal);
  }
  EXPECT_EQ(Run("return os.remove(readable .. '/data')"), "nil, " + readable_ / "data" + kRefusal);
  EXPECT_EQ(Run("return os.rename(readable .. '/data', inside .. '/x')"),
            "nil, " + readable_ / "data" + kRefusal);
  EXPECT_EQ(Content(readable_ / "data"), "data");
}

TEST_F(SandboxTest, RemovesAndRenamesFilesAlone) {
  fs::create_directory(inside_ / "folder");
  EXPECT_EQ(Run("return os.rename(inside .. '/text', inside .. '/other')"), "true");
  EXPECT_EQ(Run("return os.remove(inside .. '/other')"), "true");
  EXPECT_EQ(Run("return os.remove(inside .. '/other')"),
            "nil, " + inside_ / "other" + ": No such file or directory");
  EXPECT_EQ(Run("return os.remove(inside .. '/folder')"),
            "nil, " + inside_ / "folder" + ": Not a regular file");
  EXPECT_EQ(Run("return os.remove(inside)"), "nil, " + inside_.path() + ": Not a regular file");
}

TEST_F(SandboxTest, TheCollectorCannotBeHeldUp) {
  EXPECT_EQ(Run("return collectgarbage('count') > 0, collectgarbage(), collectgarbage('step')"),
            "true, 0, true");
  for (const char* option : {"stop", "incremental", "generational", "setpause"}) {
    EXPECT_NE(
        Run(std::string("return pcall(collectgarbage, '") + option + "')").find("invalid option"),
        std::string::npos);
  }
}

TEST_F(SandboxTest, NothingBinaryIsLoaded) {
  for (const char* mode : {"'b'", "'bt'", "'t'", "nil"}) {
    EXPECT_EQ(Run(std::string("return load('\\27Lua', 'x', ") + mode + ")").rfind("nil, ", 0), 0u);
  }
  EXPECT_EQ(Run("return string.dump, dofile, loadfile, debug, package"), "nil, nil, nil, nil, nil");
  EXPECT_EQ(Run("return load('return 1', 'x', 'b')"),
            "nil, attempt to load a text chunk (mode is 'b')");
}

TEST_F(SandboxTest, RandomNumbersRepeat) {
  const std::string first = Run("return math.random(1000000), math.random()");
  Open();
  EXPECT_EQ(Run("return math.random(1000000), math.random()"), first);
  runtime_.Close();
  EXPECT_EQ(Run("return math.random(1000000), math.random()"), first);  // the full profile too
}

}  // namespace sandbox_test
}  // namespace moonlet
