// Whole sessions at the prompt, as a person sees them: what is on the screen at their end is
// kept in tests/shell/screens. MOONLET_RECORD_SCREENS=1 writes it anew.
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "gtest/gtest.h"
#include "tests/shell/process.h"
#include "tests/shell/pty_line.h"
#include "tests/shell/screen.h"

namespace moonlet {
namespace screen_test {

namespace fs = std::filesystem;

constexpr const char* kCtrlR = "\x12";
constexpr const char* kCtrlU = "\x15";

class ScreenTest : public ::testing::Test {
 protected:
  ScreenTest() : folder_(::testing::TempDir() + "moonlet_screen_" + std::to_string(getpid())) {
    fs::create_directories(folder_);
  }
  ~ScreenTest() override { fs::remove_all(folder_); }

  Process::Variables Variables(const char* locale = "C.UTF-8") const {
    return {{"TERM", "xterm-256color"}, {"LC_ALL", locale},
            {"INPUTRC", "/dev/null"},   {"MOONLET_HISTORY", folder_ + "/history"},
            {"NO_COLOR", ""},           {"HOME", folder_}};
  }
  // Types lines, each once the prompt waits for it.
  static void Enter(Process* p, const std::vector<std::string>& lines) {
    for (const std::string& line : lines) {
      p->Type(line + "\r");
      ASSERT_TRUE(p->WaitFor("\n"));
      ASSERT_TRUE(p->WaitFor("> "));
    }
  }
  // Compares what is on the screen from the first prompt on.
  static void Compare(const Process& p, const std::string& name, size_t columns) {
    testing::Screen screen(testing::Screen::Kind::kVt100, columns);
    screen.Take(p.written);
    std::string shown;
    for (const std::string& row : screen.Rows())
      if (!shown.empty() || row.starts_with(">")) shown += row + "\n";
    const std::string path = "tests/shell/screens/" + name + ".txt";
    if (std::getenv("MOONLET_RECORD_SCREENS") != nullptr) std::ofstream(path) << shown;
    std::ostringstream kept;
    kept << std::ifstream(path).rdbuf();
    EXPECT_EQ(shown, kept.str()) << path;
  }

  const std::string folder_;
};

TEST_F(ScreenTest, Session) {
  Process p({}, Process::On::kTerminal, Variables());
  ASSERT_TRUE(p.WaitFor("> "));
  Enter(&p, {
                "6 * 7, 'two', nil",
                "_",
                "model = {name = 'keywords', shape = {1, 49, 10, 1}, quantized = true}",
                "model",
                "model.labels = {} for i = 1, 30 do model.labels[i] = 'word ' .. i end",
                "model",
                "function f(x) return x.size + 1 end",
                "f()",
                "for i = 1, 2 do",
                "print(i)",
                "end",
                "#model.sha\t",
                "nn.load('none.tflite', {fl\ttrue})",
                "x = = 1",
            });
  Compare(p, "session", 80);
}

TEST_F(ScreenTest, SessionOf20Columns) {
  Process p({}, Process::On::kTerminal, Variables(), MOONLET_COMMAND, 20);
  ASSERT_TRUE(p.WaitFor("> "));
  Enter(&p, {
                "{name = 'keywords', shape = {1, 49, 10, 1}}",
                "{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}",
                "'twenty columns are few'",
                "string.rep('ab', 20)",
                "nosuch.field",
            });
  Compare(p, "session_20", 20);
}

TEST_F(ScreenTest, SessionInALocaleWithoutUtf8) {
  Process p({}, Process::On::kTerminal, Variables("C"));
  ASSERT_TRUE(p.WaitFor("> "));
  Enter(&p, {"s = 'gr\u00fc\u00df'", "#s, utf8.len(s)", "{s}", "gr\u00fcn = 1"});
  Compare(p, "session_c", 80);
}

TEST_F(ScreenTest, PasteAndSearch) {
  Process p({}, Process::On::kTerminal, Variables());
  ASSERT_TRUE(p.WaitFor("> "));
  p.Type("\x1b[200~local n = 20\nfor i = 1, 2 do\n\tn = n + i\nend\nprint(n)\x1b[201~");
  ASSERT_TRUE(p.WaitFor("print(n)"));
  Enter(&p, {"", "1 + 1"});
  p.Type(std::string(kCtrlR) + "local\r");
  ASSERT_TRUE(p.WaitFor("23\r\n"));
  ASSERT_TRUE(p.WaitFor("> "));
  Compare(p, "paste", 80);
}

// The device's own editor; its rows are as wide as this terminal.
TEST_F(ScreenTest, DeviceOf50Columns) {
  DeviceOnLine device;
  Process p({"device", "--target", device.path(), "repl"}, Process::On::kTerminal, Variables(),
            MOONLET_COMMAND, 50);
  ASSERT_TRUE(p.WaitFor("\x1b[?2004h"));  // it knows the terminal
  ASSERT_TRUE(p.WaitFor("\x1b[1m> \x1b[0m\x1b[K"));
  const auto enter = [&p](const std::string& line, const char* awaited) {
    p.Type(line + "\r");
    ASSERT_TRUE(p.WaitFor(awaited));
    ASSERT_TRUE(p.WaitFor("> \x1b[0m"));
  };
  enter("6 * 7, 'two'", "two");
  enter("_ + 1", "43");
  enter("{labels = {'yes', 'no', 'up', 'down', 'left', 'right'}, rate = 16000}", "16000");
  enter("\x1b[200~local n = 20\rfor i = 1, 2 do\r\tn = n + i\rend\rprint(n)\x1b[201~", "23");
  enter(std::string(kCtrlR) + "* 7", "two");
  enter("dsp.one_pole {cut\t1}", "\n");
  enter("error 'wrong'", "wrong");
  p.Type(std::string("string.\t\t"));
  ASSERT_TRUE(p.WaitFor("upper"));
  ASSERT_TRUE(p.WaitFor("string.\x1b[K"));
  p.Type(kCtrlU);
  ASSERT_TRUE(p.WaitFor("\x1b[K"));
  Compare(p, "device_50", 50);
  const termios raw = p.TerminalMode();
  p.Type("\x1d");
  EXPECT_EQ(p.Finish().code, 0);
  EXPECT_NE(p.TerminalMode().c_lflag, raw.c_lflag);
  EXPECT_TRUE(p.written.ends_with("\x1b[?2004l\x1b[0m"))
      << "pastes are unmarked, no colour is left";
}

TEST_F(ScreenTest, ColoursOnlyWhereTheyAreWanted) {
  const auto answer = [](Process* p) {
    EXPECT_TRUE(p->WaitFor("> "));
    p->Type("7, error\r");
    EXPECT_TRUE(p->WaitFor("function"));
    EXPECT_TRUE(p->WaitFor("> "));
    p->Type("\x04");
    p->Finish();
    return p->written;
  };
  constexpr const char* kSeven = "\x1b[36m7\x1b[0m";
  Process::Variables variables = Variables();
  Process coloured({}, Process::On::kTerminal, variables);
  EXPECT_NE(answer(&coloured).find(kSeven), std::string::npos) << coloured.written;
  variables.push_back({"NO_COLOR", "1"});
  Process refused({}, Process::On::kTerminal, variables);
  EXPECT_EQ(answer(&refused).find("\x1b[3"), std::string::npos) << refused.written;
  variables.back() = {"TERM", "dumb"};
  Process dumb({}, Process::On::kTerminal, variables);
  EXPECT_EQ(answer(&dumb).find('\x1b'), std::string::npos) << dumb.written;
  Process piped({"-i"}, Process::On::kPipes, Variables());
  piped.Type("7, error\n");
  EXPECT_EQ(piped.Finish().code, 0);
  EXPECT_EQ(piped.written.find('\x1b'), std::string::npos) << piped.written;
}

TEST_F(ScreenTest, APromptNobodyReadsEndsQuietly) {
  Process p({"-i"}, Process::On::kPipes, Variables());
  ASSERT_TRUE(p.WaitFor("> "));
  p.CloseOutput();
  p.Type("1\n2\n3\n");
  EXPECT_EQ(p.Finish().signal, SIGPIPE);
  EXPECT_EQ(p.errors, "");
}

// Readline's mode ends before a chunk runs: whatever ends the process leaves the usual one.
TEST_F(ScreenTest, WhateverEndsItTheTerminalIsAsItWas) {
  Process p({}, Process::On::kTerminal, Variables());
  ASSERT_TRUE(p.WaitFor("> "));
  p.Type("print 'run' while true do end\r");
  ASSERT_TRUE(p.WaitFor("run\r\n"));
  p.Signal(SIGKILL);
  EXPECT_EQ(p.Finish().signal, SIGKILL);
  EXPECT_NE(p.TerminalMode().c_lflag & ICANON, 0u);
  EXPECT_NE(p.TerminalMode().c_lflag & ECHO, 0u);
}

}  // namespace screen_test
}  // namespace moonlet
