#include "shell/device_session.h"

#include <filesystem>
#include <fstream>
#include <string>
#include <thread>

#include "gtest/gtest.h"
#include "tests/shell/scripted_line.h"
#include "vm/file_system.h"

namespace moonlet {
namespace device_session_test {

using testing::Converse;
using testing::ScriptedLine;
using testing::TestDevice;

constexpr std::string_view kPrompt = "\r\n> ";

TEST(DeviceSession, GreetsAndAnswersLines) {
  const auto answers = Converse({"1 + 1\r", "print('hello')\r", "nosuch.field\r", "\r"});
  ASSERT_EQ(answers.size(), 5u);
  EXPECT_TRUE(answers[0].starts_with("Moonlet ")) << answers[0];
  EXPECT_TRUE(answers[0].ends_with(kPrompt)) << answers[0];
  EXPECT_EQ(answers[1], "1 + 1\r\n2\r\n> ");
  EXPECT_EQ(answers[2], "print('hello')\r\nhello\r\n> ");
  EXPECT_TRUE(answers[3].find("attempt to index a nil value") != std::string::npos) << answers[3];
  EXPECT_EQ(answers[4], kPrompt);
}

TEST(DeviceSession, ResetsOnCtrlD) {
  const auto answers = Converse({"x = 5\r", "\x04", "x\r", "\x1b[A\x1b[A\r"});
  EXPECT_TRUE(answers[2].starts_with("\r\nsoft reboot\r\nMoonlet ")) << answers[2];
  EXPECT_TRUE(answers[2].ends_with(kPrompt));
  EXPECT_EQ(answers[3], "x\r\nnil\r\n> ");
  EXPECT_NE(answers[4].find("x = 5\x1b[K\r\n> "), std::string::npos) << "the history stays";
}

TEST(DeviceSession, ResetsWhenAChunkExits) {
  const auto answers = Converse({"x = 5\r", "os.exit()\r", "x\r"});
  EXPECT_NE(answers[2].find("soft reboot\r\nMoonlet "), std::string::npos) << answers[2];
  EXPECT_EQ(answers[3], "x\r\nnil\r\n> ");
}

TEST(DeviceSession, ShowsTheBannerOnCtrlB) {
  const auto answers = Converse({"x = 5\r", "\x02", "x\r"});
  EXPECT_TRUE(answers[2].starts_with("\r\nMoonlet ")) << answers[2];
  EXPECT_EQ(answers[3], "x\r\n5\r\n> ");
}

TEST(DeviceSession, GoesToRawModeAndBack) {
  const auto answers = Converse({"x = 5\r", "\x01", "print(x) x = 6\x04", "\x02", "x\r"});
  EXPECT_EQ(answers[2], "\r\nraw REPL; CTRL-B to exit\r\n>");
  EXPECT_EQ(answers[3], "OK5\r\n\x04\x04>");
  EXPECT_EQ(answers[5], "x\r\n6\r\n> ");
}

TEST(DeviceSession, LeavesAnUnfinishedChunkForRawMode) {
  const auto answers = Converse({"function f(\r", "\x01", "\x02", "1\r"});
  EXPECT_EQ(answers[1], "function f(\r\n>> ");
  EXPECT_EQ(answers[2], "\r\nraw REPL; CTRL-B to exit\r\n>");
  EXPECT_EQ(answers[4], "1\r\n1\r\n> ");
}

TEST(DeviceSession, RunsAPaste) {
  const auto answers =
      Converse({"\x05"
                "for i = 1, 2 do\r  print(i)\rend\x04",
                "2\r"});
  EXPECT_TRUE(answers[1].ends_with("=== end\r\n1\r\n2\r\n> ")) << answers[1];
  EXPECT_EQ(answers[2], "2\r\n2\r\n> ");
}

TEST(DeviceSession, InterruptsWhatIsCompiled) {
  const auto answers = Converse({"x = 5 while true do end\r\x03", "x\r"});
  EXPECT_EQ(answers[1], "x = 5 while true do end\r\ninterrupted\r\n> ");
  EXPECT_EQ(answers[2], "x\r\nnil\r\n> ");
}

// Presses Ctrl-C once the script has switched the first light on.
class PressingLine final : public SerialLine {
 public:
  explicit PressingLine(std::vector<std::string> pieces) : line_(std::move(pieces)) {}
  ~PressingLine() { presser_.join(); }
  int Read() override { return line_.Read(); }
  void Write(std::string_view bytes) override { line_.Write(bytes); }
  void SetRunning(Runtime* runtime) override {
    line_.SetRunning(runtime);
    if (runtime == nullptr || presser_.joinable()) return;
    presser_ = std::thread([runtime] {
      while (!board::Led(0)) std::this_thread::yield();
      runtime->Interrupt();
    });
  }
  const std::vector<std::string>& answers() const { return line_.answers; }

 private:
  ScriptedLine line_;
  std::thread presser_;
};

TEST(DeviceSession, InterruptsWhatRuns) {
  board::SetLed(0, false);
  PressingLine line({"n = 0 board.set_led(1, true) while true do n = n + 1 end\r", "n > 0\r"});
  ASSERT_TRUE(RunDevice(TestDevice(), line).ok());
  board::SetLed(0, false);
  EXPECT_TRUE(line.answers()[1].ends_with("\r\nstdin:1: interrupted\r\n> ")) << line.answers()[1];
  EXPECT_EQ(line.answers()[2], "n > 0\r\ntrue\r\n> ");
}

TEST(DeviceSession, ComesBackFromScriptsThatWantTooMuch) {
  auto setup = TestDevice();
  setup.runtime.memory_cap = 8 << 20;  // room for the deepest stack
  const auto answers = Converse(
      {
          "function f() return 1 + f() end f()\r",
          "x = string.rep('x', 1 << 24)\r",
          "t = {} while true do t[#t + 1] = {} end\r",
          "t = nil\r",
          "6 * 7\r",
      },
      setup);
  EXPECT_NE(answers[1].find("overflow"), std::string::npos) << answers[1];
  EXPECT_NE(answers[2].find("not enough memory"), std::string::npos) << answers[2];
  EXPECT_NE(answers[3].find("not enough memory"), std::string::npos) << answers[3];
  EXPECT_EQ(answers[5], "6 * 7\r\n42\r\n> ");
}

TEST(DeviceSession, TellsThatNotEvenARuntimeFits) {
  auto setup = TestDevice();
  setup.runtime.memory_cap = 1000;
  ScriptedLine line({});
  EXPECT_EQ(RunDevice(setup, line).code(), Code::kNoMemory);
}

// ---- safe mode ----

TEST(DeviceSession, TakesCtrlCAtTheStartForSafeMode) {
  const auto answers = Converse({"\x03", "1\r", "\x04"});
  EXPECT_NE(answers[1].find("\r\nSafe mode: Ctrl-C at the start; "), std::string::npos)
      << answers[1];
  EXPECT_EQ(answers[2], "1\r\n1\r\n> ");
  EXPECT_EQ(answers[3].find("Safe mode"), std::string::npos) << "until the next reset";
}

TEST(DeviceSession, TakesThreeCrashesInARowForSafeMode) {
  board::KeepNumber(2);
  EXPECT_EQ(Converse({})[0].find("Safe mode"), std::string::npos);
  EXPECT_EQ(board::KeptNumber(), 0u) << "the prompt was reached";
  board::KeepNumber(3);
  const auto answers = Converse({});
  EXPECT_NE(answers[0].find("\r\nSafe mode: three crashes in a row; "), std::string::npos);
  EXPECT_EQ(board::KeptNumber(), 0u);
}

// ---- boot.lua and main.lua ----

class DeviceScripts : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = ::testing::TempDir() + "device_rom" + std::to_string(getpid());
    std::filesystem::create_directories(folder_);
    files_.SetRomFolder(folder_.c_str());
    setup_ = TestDevice();
    setup_.runtime.files = &files_;
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  void Put(const std::string& name, const std::string& text) {
    std::ofstream(folder_ + "/" + name) << text;
  }
  // What comes before the first prompt, after the banner.
  std::string Start() {
    const std::string all = Converse({}, setup_)[0];
    return all.substr(all.find("resets\r\n") + 8);
  }

  std::string folder_;
  FileSystem files_;
  DeviceSetup setup_;
};

TEST_F(DeviceScripts, RunBeforeThePrompt) {
  EXPECT_EQ(Start(), "> ");
  Put("main.lua", "print('main', n)");
  EXPECT_EQ(Start(), "main\tnil\r\n> ");
  Put("boot.lua", "n = 5 print('boot')");
  EXPECT_EQ(Start(), "boot\r\nmain\t5\r\n> ");
}

TEST_F(DeviceScripts, LeaveAPromptWhenTheyFail) {
  Put("main.lua", "print('main')");
  Put("boot.lua", "local function f() error('no') end f()");
  EXPECT_EQ(Start(),
            "/rom/boot.lua:1: no\r\nstack traceback:\r\n"
            "\t/rom/boot.lua:1: in local 'f'\r\n> ");
  Put("boot.lua", "= = no Lua");
  EXPECT_EQ(Start(), "/rom/boot.lua:1: unexpected symbol near '='\r\n> ");
  Put("boot.lua", "os.exit()");
  EXPECT_EQ(Start(), "main\r\n> ");
  Put("boot.lua", "local t = {} while true do t[#t + 1] = {} end");
  EXPECT_EQ(Start(), "not enough memory\r\n> ");
  Put("boot.lua", "local function f() return f() + 1 end f()");
  EXPECT_NE(Start().find("\r\n> "), std::string::npos);
}

TEST_F(DeviceScripts, RunAgainAfterASoftReset) {
  Put("boot.lua", "print('boot')");
  Put("main.lua", "print('main')");
  const auto answers = Converse({"\x04", "\x01", "\x04", "\x02"}, setup_);
  EXPECT_NE(answers[1].find("resets\r\nboot\r\nmain\r\n> "), std::string::npos) << answers[1];
  EXPECT_EQ(answers[3], "OK\r\nsoft reboot\r\nboot\r\nraw REPL; CTRL-B to exit\r\n>");
}

TEST_F(DeviceScripts, AreLeftOutInSafeMode) {
  Put("boot.lua", "print('boot')");
  Put("main.lua", "print('main')");
  const auto answers = Converse({"\x03", "\x04"}, setup_);
  EXPECT_TRUE(answers[1].ends_with("boot.lua and main.lua did not run\r\n> ")) << answers[1];
  EXPECT_TRUE(answers[2].ends_with("boot\r\nmain\r\n> ")) << answers[2];
}

TEST_F(DeviceScripts, AreInterruptedByCtrlC) {
  Put("main.lua", "board.set_led(1, true) while true do end");
  board::SetLed(0, false);
  PressingLine line({"1\r"});
  ASSERT_TRUE(RunDevice(setup_, line).ok());
  board::SetLed(0, false);
  EXPECT_TRUE(line.answers()[0].ends_with("\r\n/rom/main.lua:1: interrupted\r\n> "));
  EXPECT_EQ(line.answers()[1], "1\r\n1\r\n> ");
}

TEST_F(DeviceScripts, FindTheirFilesAfterASoftReset) {
  const auto answers = Converse({"f = io.open('/ram/kept', 'w') f:write('still there') f:close()\r",
                                 "\x04", "io.open('/ram/kept'):read()\r"},
                                setup_);
  EXPECT_TRUE(answers[3].ends_with("\r\nstill there\r\n> ")) << answers[3];
}

}  // namespace device_session_test
}  // namespace moonlet
