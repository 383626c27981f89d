// Whatever comes down a serial line, Ctrl-C, Ctrl-C, Ctrl-B gives the prompt back.
#include <random>
#include <string>

#include "gtest/gtest.h"
#include "tests/shell/scripted_line.h"

namespace moonlet {
namespace line_garbage_test {

using testing::Converse;
using namespace std::string_literals;

void ExpectPrompt(const std::string& garbage) {
  const auto answers = Converse({garbage + "\x03\x03\x02", "6 * 7\r"});
  ASSERT_EQ(answers.size(), 3u);
  ASSERT_TRUE(answers[1].ends_with("\r\n> ")) << ::testing::PrintToString(garbage);
  ASSERT_EQ(answers[2], "6 * 7\r\n42\r\n> ") << ::testing::PrintToString(garbage);
}

// Any bytes, and more often those that mean something here.
std::string Garbage(std::mt19937* random) {
  const std::string pieces[] = {"\x01"s,
                                "\x02"s,
                                "\x03"s,
                                "\x04"s,
                                "\x05"s,
                                "\x05"
                                "A\x01",
                                "\r"s,
                                "\n"s,
                                "\x1b"s,
                                "\x1b[1;"s,
                                "x = 1"s,
                                "for"s,
                                "\t"s,
                                "\x7f"s,
                                "\0"s};
  std::string garbage;
  for (size_t n = (*random)() % 256; n > 0; --n) {
    const size_t which = (*random)() % (4 * std::size(pieces));
    garbage += which < std::size(pieces) ? pieces[which] : std::string(1, char((*random)() & 0xFF));
  }
  return garbage;
}

TEST(LineGarbage, EndsAtThePrompt) {
  constexpr unsigned kStreams = 2000;
  for (unsigned seed = 0; seed < kStreams && !::testing::Test::HasFailure(); ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937 random(seed);
    ExpectPrompt(Garbage(&random));
  }
}

TEST(LineGarbage, EndsAtThePromptAfterEveryByte) {
  for (int byte = 0; byte < 256; ++byte) {
    ExpectPrompt(std::string(1, static_cast<char>(byte)));
    ExpectPrompt("x" + std::string(1, static_cast<char>(byte)));
  }
}

TEST(LineGarbage, EndsAtThePromptAfterHalfAPaste) {
  const std::string paste =
      "\x01\x05"
      "A\x01";
  for (const std::string& code : {""s, "function f("s, "x = = 1"s, "while true do end\x04"s})
    ExpectPrompt(paste + code);
  ExpectPrompt("\x05 function f(\r");
  ExpectPrompt("\x01\x05");
  ExpectPrompt(
      "\x01\x05"
      "A");
}

}  // namespace line_garbage_test
}  // namespace moonlet
