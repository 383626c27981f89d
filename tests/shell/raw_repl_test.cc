#include "shell/raw_repl.h"

#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>
#include <utility>

#include "gtest/gtest.h"
#include "tests/shared_data.h"
#include "tests/shell/scripted_line.h"

namespace moonlet {
namespace raw_repl_test {

using testing::Converse;
using testing::TestDevice;
using namespace std::string_literals;
using namespace std::string_view_literals;

constexpr std::string_view kGreeting = "raw REPL; CTRL-B to exit\r\n>";
const std::string kEnter = "\x01";
const std::string kPaste = "\x05"s + "A\x01";
const std::string kPasteBegins = "R\x01\x40\0\x01"s;  // a window of 64

// What raw mode answers to each of these pieces.
std::vector<std::string> ConverseRaw(std::vector<std::string> pieces) {
  pieces.insert(pieces.begin(), kEnter);
  std::vector<std::string> answers = Converse(std::move(pieces));
  EXPECT_EQ(answers.at(1), "\r\n" + std::string(kGreeting));
  answers.erase(answers.begin(), answers.begin() + 2);
  return answers;
}

TEST(RawRepl, RunsCode) {
  EXPECT_EQ(ConverseRaw({"print(6 * 7)\nprint('x')\x04", "1 + 1\x04"})[0],
            "OK42\r\nx\r\n\x04\x04>");
  EXPECT_EQ(ConverseRaw({"x = 5\x04", "print(x)\x04"})[1], "OK5\r\n\x04\x04>");
}

TEST(RawRepl, TellsErrorsWithTheirTraceback) {
  const auto answers = ConverseRaw({"error('boom')\x04", "x = = 1\x04", "error({})\x04"});
  EXPECT_TRUE(answers[0].starts_with("OK\x04stdin:1: boom\r\nstack traceback:\r\n")) << answers[0];
  EXPECT_TRUE(answers[0].ends_with("\r\n\x04>"));
  EXPECT_EQ(answers[1], "OK\x04stdin:1: unexpected symbol near '='\r\n\x04>");
  EXPECT_TRUE(answers[2].starts_with("OK\x04(error object is a table value)")) << answers[2];
}

TEST(RawRepl, ForgetsCodeOnCtrlCAndCtrlA) {
  const auto answers = ConverseRaw({"garbage\x03", "garbage\x01", "print(1)\x04"});
  EXPECT_EQ(answers[0], "");
  EXPECT_EQ(answers[1], kGreeting);
  EXPECT_EQ(answers[2], "OK1\r\n\x04\x04>");
}

TEST(RawRepl, TakesEveryByteThatIsNoControlKey) {
  std::string code = "s = '";
  for (int byte = 1; byte < 256; ++byte)
    if (byte > 4 && std::strchr("\n\r'\\", byte) == nullptr) code += static_cast<char>(byte);
  code += "' print(#s)\x04";
  EXPECT_EQ(ConverseRaw({code})[0], "OK247\r\n\x04\x04>");
}

TEST(RawRepl, LeavesForThePrompt) {
  const auto answers = ConverseRaw({"\x02", "1 + 1\r"});
  EXPECT_TRUE(answers[0].starts_with("\r\nMoonlet ")) << answers[0];
  EXPECT_TRUE(answers[0].ends_with("\r\n> "));
  EXPECT_EQ(answers[1], "1 + 1\r\n2\r\n> ");
}

TEST(RawRepl, StaysThroughASoftReset) {
  const auto answers = ConverseRaw({"x = 5\x04", "\x04", "print(x)\x04"});
  EXPECT_EQ(answers[1], "OK\r\nsoft reboot\r\n" + std::string(kGreeting));
  EXPECT_EQ(answers[2], "OKnil\r\n\x04\x04>");
}

TEST(RawRepl, EndsAScriptByOsExit) {
  const auto answers = ConverseRaw({"os.exit()\x04", "os.exit(3)\x04", "print(1)\x04"});
  EXPECT_EQ(answers[0], "OK\x04\x04>");
  EXPECT_EQ(answers[1], "OK\x04os.exit(3)\r\n\x04>");
  EXPECT_EQ(answers[2], "OK1\r\n\x04\x04>");
}

TEST(RawRepl, InterruptsAScript) {
  const auto answers = ConverseRaw({"while true do end\x04\x03", "print(1)\x04"});
  EXPECT_TRUE(answers[0].starts_with("OK\x04stdin:1: interrupted\r\n")) << answers[0];
  EXPECT_EQ(answers[1], "OK1\r\n\x04\x04>");
}

TEST(RawRepl, RefusesCodeThatDoesNotFit) {
  const std::string code = "x = '" + std::string(8 << 20, 'x') + "'\x04";
  const auto answers = ConverseRaw({code, "print(1)\x04"});
  EXPECT_EQ(answers[0], "OK\x04not enough memory\r\n\x04>");
  EXPECT_EQ(answers[1], "OK1\r\n\x04\x04>");
}

// ---- raw-paste ----

TEST(RawPaste, CompilesCodeAsItComes) {
  const auto answers = ConverseRaw({kPaste, std::string(64, ' '), "print('x')\x04", "\x02"});
  EXPECT_EQ(answers[0], kPasteBegins);
  EXPECT_EQ(answers[1], "\x01");
  EXPECT_EQ(answers[2], "\x04x\r\n\x04\x04>");
  EXPECT_TRUE(answers[3].ends_with("\r\n> "));
}

TEST(RawPaste, KeepsNoCopyOfTheCode) {
  auto setup = TestDevice();
  setup.runtime.memory_cap = 1 << 20;
  const std::string code(4 << 20, ' ');
  const auto answers = Converse({kEnter, kPaste, code, "print(1)\x04"}, setup);
  EXPECT_EQ(answers[4],
            "\x04"
            "1\r\n\x04\x04>");
}

TEST(RawPaste, StopsAtAnErrorAndDropsTheRest) {
  const auto answers = ConverseRaw({kPaste, "x = = 1\n", "print(1) ", "\x04", "print(2)\x04"});
  EXPECT_EQ(answers[1], "\x04");
  EXPECT_EQ(answers[2], "");
  EXPECT_EQ(answers[3], "\x04stdin:1: unexpected symbol near '='\r\n\x04>");
  EXPECT_EQ(answers[4], "OK2\r\n\x04\x04>");
}

TEST(RawPaste, StopsWhenMemoryIsShort) {
  const std::string code = "x = '" + std::string(8 << 20, 'x') + "'";
  const auto answers = ConverseRaw({kPaste, code, "\x04", "print(2)\x04"});
  EXPECT_TRUE(answers[1].ends_with("\x01\x04"));
  EXPECT_EQ(answers[2], "\x04not enough memory\r\n\x04>");
  EXPECT_EQ(answers[3], "OK2\r\n\x04\x04>");
}

TEST(RawPaste, IsAbortedByCtrlC) {
  const auto answers = ConverseRaw({kPaste, "function f(", "\x03", "print(2)\x04"});
  EXPECT_EQ(answers[2], "\x04\x04interrupted\r\n\x04>");
  EXPECT_EQ(answers[3], "OK2\r\n\x04\x04>");
}

TEST(RawPaste, RefusesOtherKinds) {
  const auto answers = ConverseRaw({"\x05Z\x01", "print(2)\x04"});
  EXPECT_EQ(answers[0], "R\0"s);
  EXPECT_EQ(answers[1], "OK2\r\n\x04\x04>");
}

// ---- recorded sessions ----

// Pieces sent, and what was answered to each; answers[0] came before the first.
struct Recording {
  std::vector<std::string> pieces;
  std::vector<std::string> answers = {""};
};

std::string FromHex(std::string_view hex) {
  std::string bytes;
  for (size_t i = 0; i + 1 < hex.size(); i += 2)
    bytes += static_cast<char>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16));
  return bytes;
}

Recording ReadRecording(const std::filesystem::path& path) {
  Recording recording;
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    const std::string bytes = FromHex(std::string_view(line).substr(2));
    if (line[0] == '>') {
      recording.pieces.push_back(bytes);
      recording.answers.emplace_back();
    } else {
      recording.answers.back() += bytes;
    }
  }
  return recording;
}

std::vector<std::string> Parts(const std::string& answer) {
  std::vector<std::string> parts(1);
  for (const char byte : answer) {
    if (byte == '\x04') {
      parts.emplace_back();
    } else {
      parts.back() += byte;
    }
  }
  return parts;
}

// The device's own words may differ: banners but for their ends, and the texts of errors.
void ExpectSameAnswer(const std::string& answer, const std::string& recorded) {
  if (recorded.ends_with(kGreeting)) {
    EXPECT_TRUE(answer.ends_with(kGreeting)) << answer;
    if (!recorded.starts_with("OK")) return;
    EXPECT_TRUE(answer.starts_with("OK\r\n")) << answer;
    EXPECT_NE(answer.find("soft reboot\r\n"), answer.npos) << answer;
  } else if (recorded.find('\x04') != recorded.npos) {
    const auto parts = Parts(answer);
    const auto expected = Parts(recorded);
    ASSERT_EQ(parts.size(), expected.size()) << answer;
    EXPECT_EQ(parts[1], expected[1]);                  // what was printed
    EXPECT_EQ(parts[2].empty(), expected[2].empty());  // the error
    EXPECT_EQ(parts.back(), expected.back());
  } else if (recorded == "\r\n> ") {
    EXPECT_TRUE(answer.ends_with(recorded)) << answer;
  } else {
    EXPECT_EQ(answer, recorded);
  }
}

// Sends the pieces as they stand.
void Replay(const Recording& recording) {
  const auto answers = Converse(recording.pieces);
  ASSERT_EQ(answers.size(), recording.answers.size());
  for (size_t i = 0; i < answers.size(); ++i) {
    SCOPED_TRACE(i);
    ExpectSameAnswer(answers[i], recording.answers[i]);
  }
}

// Waits for the device after every byte.
void ReplayByteByByte(const Recording& recording) {
  std::vector<std::string> bytes;
  for (const std::string& piece : recording.pieces)
    for (const char byte : piece) bytes.emplace_back(1, byte);
  const auto answers = Converse(bytes);
  ASSERT_EQ(answers.size(), bytes.size() + 1);
  size_t next = 1;
  for (size_t i = 0; i < recording.pieces.size(); ++i) {
    SCOPED_TRACE(i);
    std::string answer;
    for (size_t n = recording.pieces[i].size(); n > 0; --n) answer += answers[next++];
    ExpectSameAnswer(answer, recording.answers[i + 1]);
  }
}

TEST(RawRepl, AgreesWithRecordedSessions) {
  const auto folder = testing::SharedFolder() / "mpremote-transcripts";
  long cases = 0;
  long bytes = 0;
  for (const char* name : {"error", "eval", "exec", "run", "soft"}) {
    const auto path = folder / (name + ".txt"s);
    if (!std::filesystem::exists(path)) continue;
    SCOPED_TRACE(name);
    const Recording recording = ReadRecording(path);
    Replay(recording);
    ReplayByteByByte(recording);
    ++cases;
    for (const std::string& answer : recording.answers) bytes += static_cast<long>(answer.size());
  }
  testing::ExpectCounts("shell/raw_repl", cases, bytes);
}

}  // namespace raw_repl_test
}  // namespace moonlet
