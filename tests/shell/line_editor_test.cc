// Key strokes in, lines and screens out.
#include "shell/line_editor.h"

#include <string>
#include <vector>

#include "bindings/modules.h"
#include "gtest/gtest.h"
#include "tests/shell/screen.h"
#include "tests/shell/scripted_line.h"

namespace moonlet {
namespace line_editor_test {

using testing::Screen;
using testing::ScriptedLine;
using Event = LineReader::Event;

constexpr const char* kUp = "\x1b[A";
constexpr const char* kDown = "\x1b[B";
constexpr const char* kRight = "\x1b[C";
constexpr const char* kLeft = "\x1b[D";
constexpr const char* kHome = "\x1b[H";
constexpr const char* kEnd = "\x1b[F";
constexpr const char* kDelete = "\x1b[3~";
constexpr const char* kWordLeft = "\x1b[1;5D";
constexpr const char* kWordRight = "\x1b[1;3C";

class LineEditorTest : public ::testing::Test {
 protected:
  void SetUp() override {
    RuntimeOptions options;
    options.sandbox = true;
    options.open_builtin = OpenBuiltinModule;
    options.builtin_names = BuiltinNames();
    ASSERT_TRUE(runtime_.Open(options).ok());
  }

  // Reads until the keys are used up: each piece is typed when the one before was shown.
  void Type(std::vector<std::string> pieces) {
    ScriptedLine line(std::move(pieces));
    LineEditor editor(line, runtime_, history_, display_);
    lines_.clear();
    std::string_view text;
    Event event;
    while ((event = editor.Read("> ", &text)) != Event::kEnd || editor.left_by() > 0) {
      lines_.emplace_back(event == Event::kLine ? text : event == Event::kEnd ? "(end)" : "^C");
      if (event == Event::kLine) editor.Remember(text);
    }
    answers_ = line.answers;
  }
  // The first line these keys give.
  std::string Line(const std::string& keys) {
    Type({keys + "\r"});
    return lines_.empty() ? "(none)" : lines_[0];
  }
  // The screen once they were typed.
  Screen See(std::vector<std::string> pieces, size_t columns = 80) {
    Type(std::move(pieces));
    Screen screen(Screen::Kind::kVt100, columns);
    for (const std::string& answer : answers_) screen.Take(answer);
    return screen;
  }
  // The cursor's row, with the cursor before the character in [].
  std::string Row(const std::string& keys) {
    const Screen screen = See({keys});
    std::string row = screen.Row();
    row.resize(std::max(row.size(), screen.column() + 1), ' ');
    return row.insert(screen.column() + 1, "]").insert(screen.column(), "[");
  }

  Runtime runtime_;
  LineHistory history_;
  Display display_;
  std::vector<std::string> lines_;
  std::vector<std::string> answers_;
};

TEST_F(LineEditorTest, EchoesWhatIsTypedAsItIs) {
  const std::string long_line(200, 'x');
  Type({"print('h\u00e4llo')\r", long_line, "\r"});
  EXPECT_EQ(answers_[1], "print('h\u00e4llo')\r\n> ");
  EXPECT_EQ(answers_[2], long_line);
  EXPECT_EQ(answers_[3], "\r\n> ");
  EXPECT_EQ(lines_, (std::vector<std::string>{"print('h\u00e4llo')", long_line}));
}

TEST_F(LineEditorTest, TakesEveryEndOfLine) {
  Type({"a\rb\nc\r\nd\r"});
  EXPECT_EQ(lines_, (std::vector<std::string>{"a", "b", "c", "d"}));
}

TEST_F(LineEditorTest, MovesTheCursor) {
  const std::string left = kLeft;
  EXPECT_EQ(Line("ac" + left + "b"), "abc");
  EXPECT_EQ(Line("ac\x02"
                 "b"),
            "abc");
  EXPECT_EQ(Line("bc" + std::string(kHome) + "a" + kEnd + "d"), "abcd");
  EXPECT_EQ(Line("bc\x01"
                 "a\x05"
                 "d"),
            "abcd");
  EXPECT_EQ(Line("bc\x1b[1~a\x1b[4~d"), "abcd");
  EXPECT_EQ(Line("bc\x1bOHa\x1bOFd"), "abcd");
  EXPECT_EQ(Line("ad" + left + left + kRight +
                 "b\x02\x06"
                 "c"),
            "abcd");
  EXPECT_EQ(Line(left + kRight + "a" + kRight), "a") << "no further than the text";
}

TEST_F(LineEditorTest, MovesByWords) {
  const std::string words = "one two.three";
  EXPECT_EQ(Line(words + kWordLeft + "X"), "one two.Xthree");
  EXPECT_EQ(Line(words + "\x1b"
                         "b\x1b"
                         "bX"),
            "one Xtwo.three");
  EXPECT_EQ(Line(words + "\x01\x1b"
                         "fX"),
            "oneX two.three");
  EXPECT_EQ(Line(words + "\x01" + kWordRight + kWordRight + "X"), "one twoX.three");
}

TEST_F(LineEditorTest, Deletes) {
  EXPECT_EQ(Line("abx\x7f"
                 "c"),
            "abc");
  EXPECT_EQ(Line("abx\b"
                 "c"),
            "abc");
  EXPECT_EQ(Line("axb" + std::string(kLeft) + kLeft + kDelete), "ab");
  EXPECT_EQ(Line("axb\x02\x02\x04"), "ab");
  EXPECT_EQ(Line("axb" + std::string(kLeft) + "\x7f"), "ab");
  EXPECT_EQ(Line("\x7f\x7f"
                 "a\x7f\x7f"
                 "b" +
                 std::string(kDelete)),
            "b");
}

TEST_F(LineEditorTest, KillsAndYanks) {
  EXPECT_EQ(Line("one two\x17"
                 "X"),
            "one X");
  EXPECT_EQ(Line("one two\x1b\x7f"
                 "X"),
            "one X");
  EXPECT_EQ(Line("one two\x01\x1b"
                 "d"),
            " two");
  EXPECT_EQ(Line("one two" + std::string(kWordLeft) +
                 "\x0b"
                 "X"),
            "one X");
  EXPECT_EQ(Line("one two" + std::string(kWordLeft) +
                 "\x15"
                 "\x05 \x19"),
            "two one ");
  EXPECT_EQ(Line("ab\x14"), "ba");
  EXPECT_EQ(Line("\u00e4b\x01\x06\x14"), "b\u00e4");
}

TEST_F(LineEditorTest, WorksOnCharacters) {
  EXPECT_EQ(Line("a\u00e4\u20ac\x7f\x7f"
                 "b"),
            "ab");
  EXPECT_EQ(Line("\u65e5\u672c" + std::string(kLeft) + "x"), "\u65e5x\u672c");
  EXPECT_EQ(Line("e\u0301x\x7f\x7f"
                 "a"),
            "a")
      << "an accent goes with its letter";
  EXPECT_EQ(Line("a\xff\x80\xc3"
                 "b\xe2\x82"
                 "c"),
            "abc")
      << "no UTF-8";
}

TEST_F(LineEditorTest, RecallsEntries) {
  Type({"one\r", "two\r", "two\r", "\r"});
  EXPECT_EQ(Line(std::string(kUp) + "!"), "two!");
  EXPECT_EQ(Line("\x10\x10\x10\x10\x10"), "one") << "the oldest, and not further";
  EXPECT_EQ(Line("new" + std::string(kUp) + kUp + kDown + kDown + "er"), "newer");
  EXPECT_EQ(Line(kDown + std::string("x")), "x");
}

TEST_F(LineEditorTest, ControlKeysActOnAnEmptyLineOnly) {
  Type({"\x01", "\x02", "\x04", "x\x01\x02\x05\x04\r", "\x03", "x\x03"});
  EXPECT_EQ(lines_, (std::vector<std::string>{"(end)", "(end)", "(end)", "x", "^C", "^C"}));
}

TEST_F(LineEditorTest, TellsWhichKeyEndedIt) {
  ScriptedLine line({"\x01\x02\x04"});
  LineEditor editor(line, runtime_, history_, display_);
  std::string_view text;
  for (const int key : {Ctrl('A'), Ctrl('B'), Ctrl('D'), int(Key::kClosed)}) {
    EXPECT_EQ(editor.Read("> ", &text), Event::kEnd);
    EXPECT_EQ(editor.left_by(), key);
  }
}

TEST_F(LineEditorTest, CtrlCWorksInsideOfSequences) {
  Type({"x\x1b[1;\x03", "x\x1b\x03", "x\xe2\x82\x03", "\x1bO\x03"});
  EXPECT_EQ(lines_, (std::vector<std::string>(4, "^C")));
}

TEST_F(LineEditorTest, PastesSource) {
  Type({"\x05", "for i = 1, 2 do\r\tprint(i)\r", "end\x04", "\x05gone\x03"});
  EXPECT_EQ(answers_[1], "\r\npaste mode; Ctrl-C to cancel, Ctrl-D to finish\r\n=== ");
  EXPECT_EQ(answers_[2], "for i = 1, 2 do\r\n=== \tprint(i)\r\n=== ");
  EXPECT_EQ(lines_, (std::vector<std::string>{"for i = 1, 2 do\n\tprint(i)\nend", "^C"}));
}

TEST_F(LineEditorTest, CompletesNames) {
  EXPECT_EQ(Line("tensor.zer\t({2})"), "tensor.zeros({2})");
  EXPECT_EQ(Line("whi\t"), "while");
  EXPECT_EQ(Line("if x then\tx"), "if x thenx") << "nothing to add";
  EXPECT_EQ(Line("\tx"), "  x");
  EXPECT_EQ(Line("'whi\t"), "'whi");
  EXPECT_EQ(Line("x = whi + 1\x1b[D\x1b[D\x1b[D\x1b[D\t"), "x = while + 1");
}

TEST_F(LineEditorTest, ListsWhatIsPossibleTheSecondTime) {
  ASSERT_TRUE(runtime_.RunString("t = {alpha = 1, alps = 2, alpine = 3, other = 4}", "=t").ok());
  EXPECT_EQ(Line("t.al\tha"), "t.alpha");
  const Screen screen = See({"t.alp", "\t", "\t"});
  EXPECT_EQ(screen.Rows(),
            (std::vector<std::string>{"> t.alp", "alpha   alpine  alps", "> t.alp"}));
  EXPECT_EQ(screen.bells(), 1u);
}

TEST_F(LineEditorTest, ListsInColumns) {
  ASSERT_TRUE(runtime_.RunString("t = {} for i = 100, 119 do t['name' .. i] = i end", "=t").ok());
  EXPECT_EQ(See({"t.\t", "\t"}).Rows(),
            (std::vector<std::string>{
                "> t.name1",
                "name100  name101  name102  name103  name104  name105  name106  name107",
                "name108  name109  name110  name111  name112  name113  name114  name115",
                "name116  name117  name118  name119",
                "> t.name1",
            }));
}

TEST_F(LineEditorTest, CompletesOptionsAndFiles) {
  EXPECT_EQ(Line("nn.load('x', {fl\ttrue})"), "nn.load('x', {float_io = true})");
  ASSERT_TRUE(runtime_.RunString("io.open('/ram/notes.txt', 'w'):close()", "=t").ok());
  EXPECT_EQ(Line("io.open '/ra\tno\t'"), "io.open '/ram/notes.txt'");
}

TEST_F(LineEditorTest, TakesAMarkedPasteAsOneLine) {
  const std::string paste = "\x1b[200~for i = 1, 2 do\r\n\tprint(i)\nend\x1b[201~";
  EXPECT_EQ(Line(paste), "for i = 1, 2 do\n\tprint(i)\nend");
  EXPECT_EQ(Line("f()" + std::string(kLeft) + "\x1b[200~a\x1b[201~, b"), "f(a, b)");
  EXPECT_EQ(Line("\x1b[200~whi\t\x01\x1b[A\x1b[201~"), "whi\t") << "keys in it do nothing";
  EXPECT_EQ(Line("\x1b[200~lost\x03"
                 "x"),
            "^C");
  EXPECT_EQ(See({paste}).Row(), "> for i = 1, 2 do\u21b5 print(i)\u21b5end");
}

TEST_F(LineEditorTest, SearchesTheHistory) {
  Type({"print(1)\r", "x = 5\r", "print(2)\r"});
  EXPECT_EQ(Line("\x12pr"), "print(2)");
  EXPECT_EQ(Line("\x12pr\x12"), "print(1)");
  EXPECT_EQ(Line("\x12pr\x12\x12\x12"), "print(1)") << "the oldest";
  EXPECT_EQ(Line("\x12x = q"), "x = 5") << "what nothing holds is not taken";
  EXPECT_EQ(Line("\x12(1\x7f\x7fx"), "x = 5");
  EXPECT_EQ(Line("mine\x12pr\x07!"), "mine!");
  EXPECT_EQ(Line("\x12(1\x05, 3"), "print(1), 3") << "an edit takes it";
  EXPECT_EQ(Line("\x12pr\x03"), "^C");
  EXPECT_EQ(Row("\x12pri\x12"), "search 'pri': [p]rint(1)");
  EXPECT_EQ(Row("\x12pri\x07"), "> [ ]");
}

// What a terminal tells of itself, and what it is told then.
TEST_F(LineEditorTest, LearnsSizeAndColours) {
  Type({"\x1b[8;50;132t", "1\r", "\x1b[?62;22c"});
  EXPECT_EQ(display_.columns, 132u);
  EXPECT_TRUE(display_.colour);
  EXPECT_EQ(answers_[0], "> ");
  EXPECT_EQ(answers_[1], "\x1b[?2004h\r> \x1b[K");
  EXPECT_EQ(answers_[2], "1\r\n\x1b[?2004l\x1b[?2004h> ");
  EXPECT_EQ(answers_[3], "\r\x1b[1m> \x1b[0m\x1b[K");
  Type({"\x0c"});
  EXPECT_TRUE(answers_[1].starts_with("\x1b[H\x1b[2J\x1b[18t"));
}

// ---- screens ----

TEST_F(LineEditorTest, ScrollsInANarrowTerminal) {
  display_.columns = 20;
  EXPECT_EQ(See({"abcdefghijklmnopqrstuvwxyz", kHome}, 40).Row(), "> abcdefghijklmnopq");
  EXPECT_EQ(See({"abcdefghijklmnopqrstuvwxyz", kHome, kEnd}, 40).Row(), "> rstuvwxyz");
}

TEST_F(LineEditorTest, ShowsTheLineAndItsCursor) {
  EXPECT_EQ(Row(""), "> [ ]");
  EXPECT_EQ(Row("abc"), "> abc[ ]");
  EXPECT_EQ(Row("abc\x7f"), "> ab[ ]");
  EXPECT_EQ(Row("abc" + std::string(kLeft)), "> ab[c]");
  EXPECT_EQ(Row("ac" + std::string(kLeft) + "b"), "> ab[c]");
  EXPECT_EQ(Row("abc\x01\x04"), "> [b]c");
  EXPECT_EQ(Row("one two three" + std::string(kWordLeft) + "\x17"), "> one [t]hree");
  EXPECT_EQ(Row("one two\x15"), "> [ ]");
  EXPECT_EQ(Row("abc\x0c"), "> abc[ ]");
}

TEST_F(LineEditorTest, ShowsWideAndCombinedCharacters) {
  const Screen wide = See({"\u65e5\u672cx" + std::string(kLeft) + kLeft});
  EXPECT_EQ(wide.Row(), "> \u65e5\u672cx");
  EXPECT_EQ(wide.column(), 4u);
  const Screen gone = See({"\u65e5\u672c\x7f"});
  EXPECT_EQ(gone.Row(), "> \u65e5");
  EXPECT_EQ(gone.column(), 4u);
  const Screen accent = See({"e\u0301x" + std::string(kLeft)});
  EXPECT_EQ(accent.column(), 3u);
}

TEST_F(LineEditorTest, ShowsAnEntryOfSeveralLinesOnOne) {
  Type(
      {"\x05"
       "do\r\tend\x04"});
  EXPECT_EQ(See({kUp}).Row(), "> do\u21b5 end");
}

// Digits that tell their position.
std::string Ruler(size_t size) {
  std::string ruler;
  for (size_t i = 0; i < size; ++i) ruler += i % 10 == 0 ? char('A' + i / 10) : char('0' + i % 10);
  return ruler;
}

TEST_F(LineEditorTest, ScrollsALongLine) {
  const std::string ruler = Ruler(120);
  const Screen home = See({ruler, kHome}, 200);
  EXPECT_EQ(home.Rows(), (std::vector<std::string>{"> " + ruler.substr(0, 77)}));
  EXPECT_EQ(home.column(), 2u);
  const Screen end = See({ruler, kHome, kEnd}, 200);
  EXPECT_EQ(end.Rows(), (std::vector<std::string>{"> " + ruler.substr(63)}));
  EXPECT_EQ(end.column(), 2 + 57u);
  const Screen more = See({ruler, kHome, kEnd, "+"}, 200);
  EXPECT_EQ(more.Rows(), (std::vector<std::string>{"> " + ruler.substr(63) + "+"}));
  EXPECT_EQ(lines_.size(), 0u);
}

TEST_F(LineEditorTest, ScrollsOnTheRowWhereTheTerminalWrapped) {
  const std::string ruler = Ruler(120);
  const Screen screen = See({ruler, kHome, "x"});
  EXPECT_EQ(screen.Rows(),
            (std::vector<std::string>{"> " + ruler.substr(0, 78), "> x" + ruler.substr(0, 76)}));
  EXPECT_EQ(screen.column(), 3u);
}

TEST_F(LineEditorTest, KeepsTheCursorInViewWhereverItGoes) {
  std::vector<std::string> pieces = {Ruler(300)};
  for (int i = 0; i < 300; ++i) pieces.push_back(kLeft);
  for (int i = 0; i < 300; ++i) pieces.push_back(kRight);
  Type(pieces);
  Screen screen(Screen::Kind::kVt100, 400);
  const std::string ruler = Ruler(300) + " ";
  for (size_t i = 0; i < answers_.size(); ++i) {
    screen.Take(answers_[i]);
    if (i < 2) continue;
    const size_t cursor = i < 302 ? 301 - i : i - 301;
    ASSERT_GE(screen.column(), 2u);
    ASSERT_LT(screen.column(), 80u);
    ASSERT_LE(screen.Row().size(), 79u);
    const std::string row = screen.Row() + " ";
    ASSERT_EQ(row[screen.column()], ruler[cursor]) << i << ": " << row;
  }
}

// What a dumb terminal needs: no sequence for typing, rubbing out at the end, and control keys.
TEST_F(LineEditorTest, TypesOnADumbTerminal) {
  Type({"print(1)x\x7f\r", "while true", "\x03", "whi\t", " x\r"});
  Screen screen(Screen::Kind::kDumb);
  for (const std::string& answer : answers_) screen.Take(answer);
  EXPECT_EQ(screen.Rows(),
            (std::vector<std::string>{"> print(1)", "> while true", "> while x", ">"}));
}

// ---- what comes in ----

TEST_F(LineEditorTest, RefusesWhatDoesNotFit) {
  RuntimeOptions options;
  options.memory_cap = 64 << 10;
  ASSERT_TRUE(runtime_.Open(options).ok());
  Type({std::string(100'000, 'x') + "\r", "\x05" + std::string(100'000, 'x') + "\x04", "1\r"});
  ASSERT_EQ(lines_.size(), 3u);
  EXPECT_LT(lines_[0].size(), 64u << 10);
  EXPECT_EQ(lines_[1], "^C");
  EXPECT_NE(answers_[2].find("not enough memory"), std::string::npos);
  EXPECT_EQ(lines_[2], "1");
}

}  // namespace line_editor_test
}  // namespace moonlet
