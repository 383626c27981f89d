#include "shell/device_session.h"

#include <string>

#include "gtest/gtest.h"
#include "tests/shell/scripted_line.h"

namespace moonlet {
namespace device_session_test {

using testing::Converse;

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

}  // namespace device_session_test
}  // namespace moonlet
