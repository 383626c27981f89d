// The prompt on a terminal of its own, as a person uses it: keys in, screen out.
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "gtest/gtest.h"
#include "tests/shell/process.h"

namespace moonlet {
namespace terminal_test {

constexpr const char* kCtrlC = "\x03";
constexpr const char* kCtrlD = "\x04";
constexpr const char* kCtrlP = "\x10";  // the entry before

// With each kind of terminal: one that can do nothing, and one that moves its cursor.
class TerminalTest : public ::testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    folder_ = ::testing::TempDir() + "moonlet_terminal_" + GetParam() + std::to_string(getpid());
    std::filesystem::create_directories(folder_);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  Process::Variables Variables() const {
    return {{"TERM", GetParam()},
            {"HOME", folder_},
            {"XDG_STATE_HOME", folder_ + "/state"},
            {"MOONLET_HISTORY", ""},
            {"INPUTRC", "/dev/null"}};
  }
  std::string HistoryFile() const { return folder_ + "/state/moonlet/history"; }
  std::string History() const {
    std::ostringstream text;
    text << std::ifstream(HistoryFile()).rdbuf();
    return text.str();
  }

  // Ctrl-D counts at the prompt only: before, the terminal would take it for itself.
  static void Leave(Process* p) {
    ASSERT_TRUE(p->WaitFor("> "));
    p->Type(kCtrlD);
    EXPECT_EQ(p->Finish().code, 0);
  }

  std::string folder_;
};

INSTANTIATE_TEST_SUITE_P(Kinds, TerminalTest, ::testing::Values("dumb", "vt100"),
                         [](const auto& info) { return std::string(info.param); });

TEST_P(TerminalTest, AnswersAndLeavesOnCtrlD) {
  Process p({}, Process::On::kTerminal, Variables());
  ASSERT_TRUE(p.WaitFor("Moonlet "));
  ASSERT_TRUE(p.WaitFor("> "));
  p.Type("6 * 7\n");
  ASSERT_TRUE(p.WaitFor("42\r\n"));
  Leave(&p);
}

TEST_P(TerminalTest, TellsItsSize) {
  Process p({}, Process::On::kTerminal, Variables());
  ASSERT_TRUE(p.WaitFor("> "));
  p.Type("sys.screen()\n");
  ASSERT_TRUE(p.WaitFor("80\t24\r\n"));
  p.Type("sys.screen 'error'\n");
  ASSERT_TRUE(p.WaitFor("80\t24\r\n"));
  Leave(&p);
}

TEST_P(TerminalTest, ShowsProgressAndColors) {
  Process bar({"-e", "for _ in progress.iter(3) do sys.sleep(0.2) end"}, Process::On::kTerminal,
              Variables());
  EXPECT_EQ(bar.Finish().code, 0);
  EXPECT_NE(bar.written.find("3/3 [####"), std::string::npos) << bar.written;
  Process plot({"-e", "plot.line {1, 2}"}, Process::On::kTerminal, Variables());
  EXPECT_EQ(plot.Finish().code, 0);
  EXPECT_EQ(plot.written.find("\33[0;38;") != std::string::npos, GetParam() != std::string("dumb"))
      << plot.written;
}

TEST_P(TerminalTest, CompletesByTab) {
  Process p({}, Process::On::kTerminal, Variables());
  ASSERT_TRUE(p.WaitFor("> "));
  p.Type("tensor.zer\t({2}).size\n");
  ASSERT_TRUE(p.WaitFor("2\r\n"));
  ASSERT_TRUE(p.WaitFor("> "));
  p.Type("unique = {alpha = 1, alps = 2}\n");
  ASSERT_TRUE(p.WaitFor("\n"));
  ASSERT_TRUE(p.WaitFor("> "));
  p.Type("unique.a\t\t");
  ASSERT_TRUE(p.WaitFor("alpha"));  // without "unique."
  ASSERT_TRUE(p.WaitFor("alps"));
  p.Type("ha\n");
  ASSERT_TRUE(p.WaitFor("1\r\n"));
  Leave(&p);
}

TEST_P(TerminalTest, KeepsTheHistoryAcrossSessions) {
  {
    Process p({}, Process::On::kTerminal, Variables());
    ASSERT_TRUE(p.WaitFor("> "));
    EXPECT_FALSE(std::filesystem::exists(HistoryFile())) << "made when there is something";
    p.Type("11 * 11\n");
    ASSERT_TRUE(p.WaitFor("121\r\n"));
    ASSERT_TRUE(p.WaitFor("> "));
    p.Type("function twice(x)\n");
    ASSERT_TRUE(p.WaitFor(">> "));
    p.Type("return 2 * x end\n");
    ASSERT_TRUE(p.WaitFor("\n"));
    ASSERT_TRUE(p.WaitFor("> "));
    p.Signal(SIGKILL);  // nothing is lost
    p.Finish();
  }
  EXPECT_NE(History().find("11 * 11\n"), std::string::npos);
  Process p({}, Process::On::kTerminal, Variables());
  ASSERT_TRUE(p.WaitFor("> "));
  p.Type(std::string(kCtrlP) + "\n");  // a function of two lines
  ASSERT_TRUE(p.WaitFor("\n"));
  ASSERT_TRUE(p.WaitFor("> "));
  p.Type("twice(4)\n");
  ASSERT_TRUE(p.WaitFor("8\r\n"));
  ASSERT_TRUE(p.WaitFor("> "));
  p.Type(std::string(kCtrlP) + kCtrlP + kCtrlP + " + 1\n");
  ASSERT_TRUE(p.WaitFor("122\r\n"));
  Leave(&p);
}

TEST_P(TerminalTest, CtrlCClearsTheLine) {
  Process p({}, Process::On::kTerminal, Variables());
  ASSERT_TRUE(p.WaitFor("> "));
  p.Type("this is no Lua");
  ASSERT_TRUE(p.WaitFor("no Lua"));
  p.Type(kCtrlC);
  ASSERT_TRUE(p.WaitFor("^C"));
  ASSERT_TRUE(p.WaitFor("> "));
  p.Type("1 + 1\n");
  ASSERT_TRUE(p.WaitFor("2\r\n"));
  EXPECT_EQ(p.written.find("stdin:1:"), std::string::npos) << p.written;
  Leave(&p);
}

TEST_P(TerminalTest, CtrlCStopsWhatRuns) {
  Process p({}, Process::On::kTerminal, Variables());
  ASSERT_TRUE(p.WaitFor("> "));
  p.Type("kept = 5 print('run' .. 'ning') while true do end\n");
  ASSERT_TRUE(p.WaitFor("running\r\n"));
  p.Type(kCtrlC);
  ASSERT_TRUE(p.WaitFor("interrupted"));
  ASSERT_TRUE(p.WaitFor("> "));
  p.Type("kept\n");
  ASSERT_TRUE(p.WaitFor("5\r\n"));
  Leave(&p);
}

// A bar with what is left, its line ended; nothing without `verbose`, nothing in a pipe.
TEST_P(TerminalTest, ShowsHowFarAFitCame) {
  const auto script = [](const char* options) {
    return std::string(
               "x = tensor.rand{1000000, 2} y = (x:slice({}, 1) * 400):astype 'int32' "
               "ml.gaussian_nb():fit(x, y, ") +
           options + ") print 'fitted'";
  };
  Process shown({"-e", script("{verbose = true}")}, Process::On::kTerminal, Variables());
  ASSERT_TRUE(shown.WaitFor("% [#"));
  ASSERT_TRUE(shown.WaitFor("100% [##################################################] 0:00 left"));
  ASSERT_TRUE(shown.WaitFor("\nfitted\r\n"));
  EXPECT_EQ(shown.Finish().code, 0);
  Process silent({"-e", script("{}")}, Process::On::kTerminal, Variables());
  ASSERT_TRUE(silent.WaitFor("fitted\r\n"));
  silent.Finish();
  EXPECT_EQ(silent.written.find('['), std::string::npos) << silent.written;
  Process piped({"-e", script("{verbose = true}")}, Process::On::kPipes, Variables());
  EXPECT_EQ(piped.Finish().code, 0);
  EXPECT_EQ(piped.written, "fitted\n");
  EXPECT_EQ(piped.errors, "");
}

TEST_P(TerminalTest, LeavesTheTerminalAsItWas) {
  Process before({"-e", "io.read()"}, Process::On::kTerminal, Variables());
  const termios plain = before.TerminalMode();
  for (const int signal : {0, SIGTERM, SIGHUP}) {
    Process p({}, Process::On::kTerminal, Variables());
    ASSERT_TRUE(p.WaitFor("> "));
    EXPECT_EQ(p.TerminalMode().c_lflag & ICANON, 0u) << "readline edits";
    if (signal == 0) {
      p.Type("os.exit(3)\n");
    } else {
      p.Signal(signal);
    }
    const Ending ending = p.Finish();
    EXPECT_EQ(ending.signal, signal);
    EXPECT_EQ(ending.code, signal == 0 ? 3 : -1);
    EXPECT_EQ(p.TerminalMode().c_lflag, plain.c_lflag);
    EXPECT_EQ(p.TerminalMode().c_iflag, plain.c_iflag);
  }
}

TEST_P(TerminalTest, RunsWithTheTerminalInItsUsualMode) {
  Process p({}, Process::On::kTerminal, Variables());
  ASSERT_TRUE(p.WaitFor("> "));
  p.Type("io.write('na', 'me? ') io.stdout:flush() name = io.read()\n");
  ASSERT_TRUE(p.WaitFor("name? "));
  EXPECT_NE(p.TerminalMode().c_lflag & ICANON, 0u);
  p.Type("Ada\n");
  ASSERT_TRUE(p.WaitFor("> "));
  p.Type("#name\n");
  ASSERT_TRUE(p.WaitFor("3\r\n"));
  Leave(&p);
}

}  // namespace terminal_test
}  // namespace moonlet
