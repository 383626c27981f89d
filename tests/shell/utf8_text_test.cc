#include "shell/utf8_text.h"

#include <string>

#include "gtest/gtest.h"

namespace moonlet {
namespace utf8_text_test {

TEST(Utf8Text, TellsColumns) {
  EXPECT_EQ(Width(""), 0u);
  EXPECT_EQ(Width("abc"), 3u);
  EXPECT_EQ(Width("\u00e4\u20ac"), 2u);
  EXPECT_EQ(Width("\u65e5\u672c"), 4u);
  EXPECT_EQ(Width("\U0001F600"), 2u);
  EXPECT_EQ(Width("e\u0301"), 1u);
}

TEST(Utf8Text, StepsOverCharacters) {
  const std::string text = "a\u00e4e\u0301\u65e5";
  const size_t starts[] = {0, 1, 3, 6, 9};
  for (size_t i = 0; i + 1 < std::size(starts); ++i) {
    EXPECT_EQ(NextCharacter(text, starts[i]), starts[i + 1]);
    EXPECT_EQ(PreviousCharacter(text, starts[i + 1]), starts[i]);
  }
  EXPECT_EQ(NextCharacter(text, text.size()), text.size());
  EXPECT_EQ(PreviousCharacter(text, 0), 0u);
}

TEST(Utf8Text, ComesThroughAnyBytes) {
  std::string text;
  for (unsigned i = 0; i < 5000; ++i) text += static_cast<char>(i * i * 31 >> 3);
  size_t position = 0;
  while (position < text.size()) {
    const size_t next = NextCharacter(text, position);
    ASSERT_GT(next, position);
    position = next;
  }
  ASSERT_EQ(position, text.size());
  while (position > 0) {
    const size_t previous = PreviousCharacter(text, position);
    ASSERT_LT(previous, position);
    position = previous;
  }
  Width(text);
}

}  // namespace utf8_text_test
}  // namespace moonlet
