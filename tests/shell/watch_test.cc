// `moonlet watch`: a script is saved, and runs.
#include <filesystem>
#include <fstream>
#include <string>

#include "gtest/gtest.h"
#include "tests/shell/process.h"
#include "tests/shell/pty_line.h"

namespace moonlet {
namespace watch_test {

namespace fs = std::filesystem;

class WatchTest : public ::testing::Test {
 protected:
  WatchTest() : folder_(::testing::TempDir() + "moonlet_watch_" + std::to_string(getpid())) {
    fs::create_directories(folder_);
    Save("main.lua", "print 'at first'");
  }
  ~WatchTest() override { fs::remove_all(folder_); }

  std::string Path(const std::string& name) const { return folder_ + "/" + name; }
  void Save(const std::string& name, const std::string& text) const {
    std::ofstream(Path(name)) << text;
  }
  // As many editors do.
  void SaveByRename(const std::string& name, const std::string& text) const {
    Save(name + ".new", text);
    fs::rename(Path(name + ".new"), Path(name));
  }
  std::vector<std::string> Watch(const std::vector<std::string>& more = {}) const {
    std::vector<std::string> words = {"watch", Path("main.lua")};
    words.insert(words.end(), more.begin(), more.end());
    return words;
  }
  static void Stop(Process* p) {
    p->Signal(SIGINT);
    EXPECT_EQ(p->Finish().code, 0);
  }

  const std::string folder_;
};

TEST_F(WatchTest, RunsAgainWheneverTheScriptIsSaved) {
  Process p(Watch({"one", "two"}));
  ASSERT_TRUE(p.WaitFor("at first\n"));
  Save("main.lua", "print(...)");
  ASSERT_TRUE(p.WaitFor("one\ttwo\n"));
  SaveByRename("main.lua", "print 'renamed'");
  ASSERT_TRUE(p.WaitFor("renamed\n"));
  fs::remove(Path("main.lua"));
  Save("main.lua", "print 'made anew'");
  ASSERT_TRUE(p.WaitFor("made anew\n"));
  Stop(&p);
}

TEST_F(WatchTest, SeesTheModulesBesideTheScript) {
  Save("part.lua", "return 'old'");
  Save("main.lua", "print((require 'part') .. ' part')");
  Process p(Watch());
  ASSERT_TRUE(p.WaitFor("old part\n"));
  Save("notes.txt", "no script");
  Save("part.lua", "return 'new'");
  ASSERT_TRUE(p.WaitFor("new part\n"));
  Stop(&p);
}

TEST_F(WatchTest, EndsARunThatGoesOn) {
  Save("main.lua", "print 'runs' io.stdout:flush() while true do end");
  Process p(Watch());
  ASSERT_TRUE(p.WaitFor("runs\n"));
  Save("main.lua", "print 'stubborn' io.stdout:flush() while true do pcall(error) end");
  ASSERT_TRUE(p.WaitFor("stubborn\n"));
  Save("main.lua", "print 'over'");
  ASSERT_TRUE(p.WaitFor("over\n"));
  Stop(&p);
}

TEST_F(WatchTest, GoesOnAfterAnError) {
  Process p(Watch());
  ASSERT_TRUE(p.WaitFor("at first\n"));
  Save("main.lua", "error 'wrong'");
  while (p.errors.find("exit code 1\n") == p.errors.npos) ASSERT_TRUE(p.Wait());
  EXPECT_NE(p.errors.find("main.lua:1: wrong"), std::string::npos) << p.errors;
  Save("main.lua", "this is no Lua");
  Save("main.lua", "print 'right'");
  ASSERT_TRUE(p.WaitFor("right\n"));
  Stop(&p);
}

TEST_F(WatchTest, LeavesTheTerminalAsItWas) {
  Process p(Watch(), Process::On::kTerminal, {{"TERM", "dumb"}});
  ASSERT_TRUE(p.WaitFor("at first\r\n"));
  const termios before = p.TerminalMode();
  Save("main.lua", "print 'runs' io.stdout:flush() while true do end");
  ASSERT_TRUE(p.WaitFor("runs\r\n"));
  p.Type("\x03");
  EXPECT_EQ(p.Finish().code, 0);
  EXPECT_EQ(p.TerminalMode().c_lflag, before.c_lflag);
  EXPECT_EQ(p.TerminalMode().c_iflag, before.c_iflag);
}

TEST_F(WatchTest, TellsWhatIsMissing) {
  Process p({"watch", Path("none.lua")});
  EXPECT_EQ(p.Finish().code, 1);
  EXPECT_EQ(p.errors, "moonlet: " + Path("none.lua") + ": No such file or directory\n");
  Process no_file({"watch"});
  EXPECT_EQ(no_file.Finish().code, 2);
  Process gone(Watch());
  ASSERT_TRUE(gone.WaitFor("at first\n"));
  fs::remove_all(folder_);
  EXPECT_EQ(gone.Finish().code, 1);
  EXPECT_NE(gone.errors.find("its folder is gone"), std::string::npos) << gone.errors;
}

// Each run in a fresh state, also after one that had to be ended.
TEST_F(WatchTest, RunsOnADevice) {
  DeviceOnLine device;
  Save("main.lua", "kept = 1 print('at first', ...)");
  Process p(Watch({"argument", "--target", device.path()}));
  ASSERT_TRUE(p.WaitFor("at first\targument\n"));
  Save("main.lua", "print(kept) while true do end");
  ASSERT_TRUE(p.WaitFor("nil\n"));
  SaveByRename("main.lua", "error 'wrong'");
  while (p.errors.find("exit code 1\n") == p.errors.npos) ASSERT_TRUE(p.Wait());
  EXPECT_NE(p.errors.find("wrong"), std::string::npos) << p.errors;
  Save("main.lua", "print 'right'");
  ASSERT_TRUE(p.WaitFor("right\n"));
  Stop(&p);
}

}  // namespace watch_test
}  // namespace moonlet
