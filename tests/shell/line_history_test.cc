#include "shell/line_history.h"

#include <string>

#include "gtest/gtest.h"

namespace moonlet {
namespace line_history_test {

TEST(LineHistory, GivesEntriesFromTheLastOn) {
  LineHistory history;
  EXPECT_EQ(history.Entry(0), "");
  history.Add("one");
  history.Add("two\nlines");
  EXPECT_EQ(history.Entry(0), "two\nlines");
  EXPECT_EQ(history.Entry(1), "one");
  EXPECT_EQ(history.Entry(2), "");
}

TEST(LineHistory, LeavesOutRepetitionsAndWhatItCannotKeep) {
  LineHistory history;
  for (const std::string& entry : {std::string("x"), std::string("x"), std::string(),
                                   std::string("a\0b", 3), std::string(1024, 'x')})
    history.Add(entry);
  EXPECT_EQ(history.Entry(0), "x");
  EXPECT_EQ(history.Entry(1), "");
}

TEST(LineHistory, ForgetsTheOldestFirst) {
  LineHistory history;
  for (int i = 0; i < 10000; ++i) {
    history.Add("entry " + std::to_string(i));
    ASSERT_EQ(history.Entry(0), "entry " + std::to_string(i));
  }
  size_t kept = 0;
  while (!history.Entry(kept).empty()) {
    ASSERT_EQ(history.Entry(kept), "entry " + std::to_string(9999 - kept));
    ++kept;
  }
  EXPECT_EQ(kept, 2048u / 11);
  history.Add(std::string(1023, 'x'));
  EXPECT_EQ(history.Entry(0), std::string(1023, 'x'));
  EXPECT_EQ(history.Entry(1), "entry 9999");
}

}  // namespace line_history_test
}  // namespace moonlet
