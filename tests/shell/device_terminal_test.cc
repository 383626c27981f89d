// A device's prompt on a terminal, as a person uses it: keys in, screens out.
#include <chrono>
#include <random>
#include <string>
#include <thread>

#include "gtest/gtest.h"
#include "tests/shell/process.h"
#include "tests/shell/screen.h"

namespace moonlet {
namespace device_terminal_test {

using testing::Screen;
using Rows = std::vector<std::string>;

class DeviceTerminalTest : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(device_.WaitFor("\r\n> ")); }

  void Type(std::string_view keys) { device_.Type(keys); }
  bool WaitFor(std::string_view text) { return device_.WaitFor(text); }
  // What is on the screen below the banner.
  Rows See(Screen::Kind kind) const {
    Screen screen(kind);
    screen.Take(device_.written);
    Rows rows = screen.Rows();
    rows.erase(rows.begin(), rows.begin() + 2);
    return rows;
  }

  Process device_{{}, Process::On::kTerminal, {}, MOONLET_DEVICE};
};

TEST_F(DeviceTerminalTest, ShowsTypingOnADumbTerminal) {
  Type(
      "6 * 8\x7f"
      "7\r");
  ASSERT_TRUE(WaitFor("42\r\n> "));
  Type("function twice(x)\rreturn 2 * x\rend\rtwice(4)\r");
  ASSERT_TRUE(WaitFor("8\r\n> "));
  Type("this is no Lua\x03nor this\r");
  ASSERT_TRUE(WaitFor("'this'\r\n> "));
  EXPECT_EQ(See(Screen::Kind::kDumb), (Rows{
                                          "> 6 * 7",
                                          "42",
                                          "> function twice(x)",
                                          ">> return 2 * x",
                                          ">> end",
                                          "> twice(4)",
                                          "8",
                                          "> this is no Lua",
                                          "> nor this",
                                          "stdin:1: syntax error near 'this'",
                                          ">",
                                      }));
}

TEST_F(DeviceTerminalTest, ShowsEditingOnAVt100) {
  Type("prin(1)\x1b[D\x1b[D\x1b[Dt\r");  // arrows
  ASSERT_TRUE(WaitFor("1\r\n> "));
  Type("\x1b[A\x1b[D\x1b[D2, \x1b[F -- \u65e5\u672c\r");  // the entry before, and end
  ASSERT_TRUE(WaitFor("2\t1\r\n> "));
  Type("wrong 'words'\x17\x17\x15string.le\tn\x7f('four')\r");  // kills, completion
  ASSERT_TRUE(WaitFor("4\r\n> "));
  Type("coroutine.wra\t\t\x03");
  ASSERT_TRUE(WaitFor("\r\n> "));
  Type("string.re\t\t");
  ASSERT_TRUE(WaitFor("reverse\r\n\r> string.re\x1b[K"));
  EXPECT_EQ(See(Screen::Kind::kVt100), (Rows{
                                           "> print(1)",
                                           "1",
                                           "> print(2, 1) -- \u65e5\u672c",
                                           "2\t1",
                                           "> string.len('four')",
                                           "4",
                                           "> coroutine.wrap",
                                           "> string.re",
                                           "rep      reverse",
                                           "> string.re",
                                       }));
}

TEST_F(DeviceTerminalTest, PastesWithoutCompletingOrIndenting) {
  Type(
      "\x05"
      "for i = 1, 2 do\r\tprint(i)\rend\x04");
  ASSERT_TRUE(WaitFor("2\r\n> "));
  EXPECT_EQ(See(Screen::Kind::kDumb), (Rows{
                                          ">",
                                          "paste mode; Ctrl-C to cancel, Ctrl-D to finish",
                                          "=== for i = 1, 2 do",
                                          "=== \tprint(i)",
                                          "=== end",
                                          "1",
                                          "2",
                                          ">",
                                      }));
}

// As a client gets hold of a device, whatever runs there.
TEST_F(DeviceTerminalTest, EntersRawModeFromWhateverRuns) {
  constexpr unsigned kTimes = 50;
  std::mt19937 random(4);
  for (unsigned i = 0; i < kTimes; ++i) {
    Type(i % 2 == 0 ? "while true do end\r"
                    : "x = tensor.ones({300, 300}) while true do x:matmul(x) end\r");
    std::this_thread::sleep_for(std::chrono::microseconds(random() % 5000));
    Type("\r\x03\r\x01");
    ASSERT_TRUE(WaitFor("raw REPL; CTRL-B to exit\r\n>"));
    Type("while true do end\x04");
    ASSERT_TRUE(WaitFor("OK"));
    std::this_thread::sleep_for(std::chrono::microseconds(random() % 1000));
    Type("\x03");
    ASSERT_TRUE(WaitFor("\x04>"));
    Type("\x02");
    ASSERT_TRUE(WaitFor("\r\n> "));
  }
}

TEST_F(DeviceTerminalTest, ComesBackFromGarbage) {
  constexpr unsigned kStreams = 100;
  std::mt19937 random(5);
  for (unsigned i = 0; i < kStreams; ++i) {
    std::string garbage;
    for (unsigned n = random() % 256; n > 0; --n) garbage += static_cast<char>(random() & 0xFF);
    const std::string number = std::to_string(i);
    Type(garbage + "x\r" + garbage + "\x03\x03\x02");
    ASSERT_TRUE(WaitFor("help() explains"));
    Type("print('number ' .. " + number + ")\r");
    ASSERT_TRUE(WaitFor("number " + number + "\r\n> ")) << i;
  }
}

}  // namespace device_terminal_test
}  // namespace moonlet
