#include "shell/repl.h"

#include <algorithm>
#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "bindings/modules.h"
#include "gtest/gtest.h"

namespace moonlet {
namespace repl_test {

using Event = LineReader::Event;

class ListedLines final : public LineReader {
 public:
  explicit ListedLines(std::vector<std::string> lines) : lines_(std::move(lines)) {}

  Event Read(const char* prompt, std::string_view* line) override {
    prompts += prompt;
    if (next_ == lines_.size()) return Event::kEnd;
    *line = lines_[next_++];
    return *line == "^C" ? Event::kInterrupt : Event::kLine;
  }
  void Remember(std::string_view entry) override { remembered.emplace_back(entry); }

  std::string prompts;
  std::vector<std::string> remembered;

 private:
  std::vector<std::string> lines_;
  size_t next_ = 0;
};

class StringOutput final : public Output {
 public:
  void Write(std::string_view text) override { written += text; }
  void WriteError(std::string_view text) override { errors += text; }
  Display display() const override { return shown_on; }

  Display shown_on;
  std::string written;
  std::string errors;
};

class ReplTest : public ::testing::Test {
 protected:
  void SetUp() override { Open({}); }

  void Open(RuntimeOptions options) {
    options.open_builtin = OpenBuiltinModule;
    options.builtin_names = BuiltinNames();
    options.modules_as_globals = true;
    ASSERT_TRUE(runtime_.Open(options).ok());
  }

  // What these lines show, results and errors apart.
  StringOutput Show(std::vector<std::string> lines) {
    ListedLines reader(std::move(lines));
    StringOutput output;
    output.shown_on = display_;
    Repl(runtime_, reader, output).Run();
    prompts_ = reader.prompts;
    remembered_ = reader.remembered;
    EXPECT_EQ(lua_gettop(runtime_.state()), 0);
    return output;
  }
  std::string Answers(std::vector<std::string> lines) { return Show(std::move(lines)).written; }
  std::string Errors(std::vector<std::string> lines) { return Show(std::move(lines)).errors; }

  Runtime runtime_;
  Display display_;
  std::string prompts_;
  std::vector<std::string> remembered_;
};

TEST_F(ReplTest, ShowsTheValuesOfAnExpression) {
  EXPECT_EQ(Answers({"1 + 1"}), "2\n");
  EXPECT_EQ(Answers({"1, 'two', nil, 3.0"}), "1\ttwo\tnil\t3.0\n");
  EXPECT_EQ(Answers({"= 7"}), "7\n");
  EXPECT_EQ(Answers({"(function() end)()"}), "");
  EXPECT_EQ(Answers({"return 5"}), "5\n");
}

TEST_F(ReplTest, RunsStatementsAndKeepsGlobalsButNotLocals) {
  EXPECT_EQ(Answers({"x = 20", "x = x + 1", "x"}), "21\n");
  EXPECT_EQ(Answers({"local y = 1", "y"}), "nil\n");
}

TEST_F(ReplTest, AsksForMoreLinesUntilTheChunkIsComplete) {
  EXPECT_EQ(Answers({"function f(x)", "return x * 2", "end", "f(4)"}), "8\n");
  EXPECT_EQ(prompts_, "> >> >> > > ");
  EXPECT_EQ(Answers({"s = [[a", "", "b]]", "#s"}), "4\n");
  EXPECT_EQ(remembered_, (std::vector<std::string>{"s = [[a\n\nb]]", "#s"}));
}

TEST_F(ReplTest, ShowsExpressionsThatSpanLines) {
  EXPECT_EQ(Answers({"{1,", "2}"}), "{1, 2}\n");
  EXPECT_EQ(Answers({"math.max(", "3, 4", ")"}), "4\n");
  EXPECT_EQ(Answers({"1 +", "2"}), "3\n");
}

TEST_F(ReplTest, TakesSeveralLinesAtOnce) {
  EXPECT_EQ(Answers({"for i = 1, 2 do\n  last = i\nend", "last"}), "2\n");
}

TEST_F(ReplTest, SkipsEmptyLinesAndComments) {
  EXPECT_EQ(Answers({"", "  ", "-- nothing", "1"}), "1\n");
  EXPECT_EQ(prompts_, "> > > > > ");
}

TEST_F(ReplTest, NamesTheErrorThatComesFurtherInTheSource) {
  EXPECT_EQ(Errors({"1 +* 2"}), "stdin:1: unexpected symbol near '*'\n");
  EXPECT_EQ(Errors({"x = = 2"}), "stdin:1: unexpected symbol near '='\n");
}

TEST_F(ReplTest, ShowsOnlyTheFramesOfTheScript) {
  EXPECT_EQ(Errors({"error('top')"}), "stdin:1: top\n");
  EXPECT_EQ(Errors({"function g() error('deep') end", "function h() g() return 1 end", "h()"}),
            "stdin:1: deep\n"
            "stack traceback:\n"
            "\tstdin:1: in function 'g'\n"
            "\tstdin:1: in function 'h'\n");
}

TEST_F(ReplTest, GoesOnAfterErrorsOfEveryKind) {
  EXPECT_EQ(Answers({"x = 5", "error()", "error({})", "error(nil)", "nosuch.field", "x"}), "5\n");
  EXPECT_EQ(Answers({"local function f() return 1 + f() end f()", "x"}), "5\n");
  EXPECT_EQ(Answers({"setmetatable({}, {__tostring = function() error('no') end})", "x"}), "5\n");
}

TEST_F(ReplTest, DropsAChunkOnCtrlC) {
  EXPECT_EQ(Answers({"function f(", "^C", "1"}), "1\n");
  EXPECT_EQ(prompts_, "> >> > > ");
}

TEST_F(ReplTest, LeavesWhenAChunkExits) {
  EXPECT_EQ(Answers({"os.exit(3)", "1"}), "");
  EXPECT_EQ(runtime_.exit_code(), 3);
}

// Raised from a thread once the script says that it runs.
TEST_F(ReplTest, AnInterruptStopsTheChunkAlone) {
  static std::atomic<bool> running;
  running = false;
  lua_pushcfunction(runtime_.state(), [](lua_State*) {
    running = true;
    return 0;
  });
  lua_setglobal(runtime_.state(), "started");
  std::thread stopper([this] {
    while (!running) std::this_thread::yield();
    runtime_.Interrupt();
  });
  const StringOutput shown = Show({"n = 1", "started() while true do n = n + 1 end", "n > 0"});
  stopper.join();
  EXPECT_TRUE(shown.errors.ends_with("interrupted\n")) << shown.errors;
  EXPECT_EQ(shown.written, "true\n");
}

TEST_F(ReplTest, ForgetsAnInterruptThatCameAtThePrompt) {
  runtime_.Interrupt();
  EXPECT_EQ(Answers({"1"}), "1\n");
}

TEST_F(ReplTest, GivesEachChunkTheTimeBudget) {
  RuntimeOptions options;
  options.timeout_seconds = 0.05;
  Open(options);
  const StringOutput shown =
      Show({"while true do end", "1", "while true do pcall(error) end", "2"});
  EXPECT_EQ(shown.written, "1\n2\n");
  EXPECT_NE(shown.errors.find("time budget"), std::string::npos);
}

TEST_F(ReplTest, SurvivesTheMemoryCap) {
  RuntimeOptions options;
  options.memory_cap = 1 << 20;
  Open(options);
  const std::string long_line = "x = '" + std::string(2 << 20, 'x') + "'";
  const StringOutput shown = Show({"x = string.rep('x', 1 << 24)", long_line, "1"});
  EXPECT_EQ(shown.written, "1\n");
  EXPECT_EQ(shown.errors.find("not enough memory"), 0u);
}

TEST_F(ReplTest, OpensModulesByName) { EXPECT_EQ(Answers({"tensor.zeros({2}).size"}), "2\n"); }

// ---- Tables -----------------------------------------------------------------------------

TEST_F(ReplTest, ShowsTablesByTheirContent) {
  EXPECT_EQ(Answers({"{}"}), "{}\n");
  EXPECT_EQ(Answers({"{1, 2.5, 'three', true}"}), "{1, 2.5, \"three\", true}\n");
  EXPECT_EQ(Answers({"{b = 1, a = 'x', [10] = 2, ['no name'] = 3, ['end'] = 4}"}),
            "{a = \"x\", b = 1, [\"end\"] = 4, [\"no name\"] = 3, [10] = 2}\n");
  EXPECT_EQ(Answers({"{{1, 2}, {x = {}}, print}"}), "{{1, 2}, {x = {}}, function}\n");
  EXPECT_EQ(Answers({"{'a\"b\\\\c\\nd\\0'}"}), "{\"a\\\"b\\\\c\\nd\\000\"}\n");
}

TEST_F(ReplTest, BreaksTablesThatDoNotFitTheTerminal) {
  display_.columns = 24;
  EXPECT_EQ(Answers({"{1, 2, 3, 4, 5, 6, 7, 8}"}), "{1, 2, 3, 4, 5, 6, 7, 8}\n");
  EXPECT_EQ(Answers({"{1, 2, 3, 4, 5, 6, 7, 8, 9, x = {1}}"}),
            "{\n"
            "  1, 2, 3, 4, 5, 6,\n"
            "  7, 8, 9,\n"
            "  x = {1}\n"
            "}\n");
  EXPECT_EQ(Answers({"{net = {name = 'keywords', rate = 16000}}"}),
            "{\n"
            "  net = {\n"
            "    name = \"keywords\",\n"
            "    rate = 16000\n"
            "  }\n"
            "}\n");
  EXPECT_EQ(Answers({"{{1, 2}, {3, 4}, {5, 6}, {7, 8}}"}),
            "{\n"
            "  {1, 2}, {3, 4},\n"
            "  {5, 6}, {7, 8}\n"
            "}\n");
  EXPECT_EQ(Answers({"1, {'a long string of words'}"}), "1\t{\n  \"a long string of words\"\n}\n");
}

TEST_F(ReplTest, CutsLongTablesAndSaysHowLongTheyAre) {
  const auto rows = [](const std::string& text) {
    return std::count(text.begin(), text.end(), '\n');
  };
  const std::string numbers = Answers({"t = {} for i = 1, 1000 do t[i] = i end", "t"});
  EXPECT_EQ(numbers.find("{\n  1, 2, 3,"), 0u);
  EXPECT_NE(numbers.find(", ...\n}  -- 1000 elements\n"), std::string::npos) << numbers;
  EXPECT_EQ(rows(numbers), 22);
  const std::string keys = Answers({"r = {} for i = 1, 999 do r['key' .. i] = i end", "r"});
  EXPECT_EQ(keys.find("{\n  key1 = 1,\n  key10 = 10,\n  key100 = 100,"), 0u);
  EXPECT_NE(keys.find(", ...\n}  -- 999 entries\n"), std::string::npos) << keys;
  const std::string nested = Answers({"{t, t, x = r}"});
  EXPECT_NE(nested.find(", ...\n  }, ...\n}  -- 3 entries\n"), std::string::npos) << nested;
  EXPECT_EQ(rows(nested), 23);
  display_.columns = 100'000;
  EXPECT_EQ(rows(Answers({"r"})), 22) << "no row is that long";
}

TEST_F(ReplTest, KeepsTheFirstResult) {
  EXPECT_EQ(Answers({"6 * 7, 2", "_ + 1", "x = 1", "_"}), "42\t2\n43\n43\n");
  EXPECT_EQ(Answers({"error('no')", "_", "nil, 5", "_"}), "43\nnil\t5\nnil\n");
  Show({"setmetatable(_G, {__newindex = function() error('mine') end})", "7"});
  EXPECT_EQ(Answers({"_"}), "7\n") << "no code of the script runs";
}

TEST_F(ReplTest, ColoursWhatItShows) {
  display_.colour = true;
  EXPECT_EQ(Answers({"1, 'two', nil, {x = true}"}),
            "\x1b[36m1\x1b[0m\t\x1b[32mtwo\x1b[0m\t\x1b[35mnil\x1b[0m\t"
            "{x = \x1b[35mtrue\x1b[0m}\n");
  EXPECT_EQ(Errors({"error 'no'"}), "\x1b[31mstdin:1: no\x1b[0m\n");
  display_.columns = 20;
  EXPECT_EQ(Answers({"{1, 2, 3, 4, 5}"}).find('\n'), Answers({"{1, 2, 3, 4, 5}"}).size() - 1)
      << "colours take no columns";
}

TEST_F(ReplTest, ShowsTablesWithCyclesAndDepth) {
  EXPECT_EQ(Answers({"c = {1} c.me = c", "c"}), "{1, me = {...}}\n");
  EXPECT_EQ(Answers({"{{{{{{}}}}}}"}), "{{{{{...}}}}}\n");
}

TEST_F(ReplTest, ShowsTablesWithoutRunningTheirCode) {
  EXPECT_EQ(Answers({"setmetatable({1}, {__index = error, __len = error, __pairs = error})"}),
            "{1}\n");
  EXPECT_EQ(Answers({"setmetatable({1}, {__tostring = function() return 'mine' end})"}), "mine\n");
}

TEST_F(ReplTest, ShowsObjectsAsTheyPrint) {
  const std::string shown = Answers({"t = tensor.zeros({2})", "t"});
  EXPECT_EQ(shown, Answers({"tostring(t)"}));
}

}  // namespace repl_test
}  // namespace moonlet
