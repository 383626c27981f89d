#include "shell/test_runner.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "bindings/modules.h"

namespace moonlet {
namespace test_runner_test {

struct Outcome {
  int code;
  std::string text;

  bool Holds(const std::string& part) const { return text.find(part) != text.npos; }
  bool EndsWith(const std::string& part) const { return text.ends_with(part); }
};

class TestRunner : public ::testing::Test {
 protected:
  TestRunner() : folder_(::testing::TempDir() + "moonlet_test_runner_" + std::to_string(getpid())) {
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
    options_.runtime.open_builtin = OpenBuiltinModule;
    options_.runtime.builtin_names = BuiltinNames();
    options_.runtime.library_dir = "scripts/lib";
  }
  ~TestRunner() override { std::filesystem::remove_all(folder_); }

  std::string Path(const std::string& name) const { return folder_ + "/" + name; }

  // Writes a file; `body` finds the functions of the module test as locals.
  std::string Write(const std::string& name, const std::string& body) {
    std::filesystem::create_directories(std::filesystem::path(Path(name)).parent_path());
    std::ofstream(Path(name)) << "local test = require 'test' local describe, it, expect = "
                                 "test.describe, test.it, test.expect\n"
                              << body;
    return Path(name);
  }

  Outcome Run(std::vector<std::string> paths) {
    options_.paths = std::move(paths);
    ::testing::internal::CaptureStdout();
    const int code = RunTests(options_);
    return {code, ::testing::internal::GetCapturedStdout()};
  }

  std::string folder_;
  TestOptions options_;
};

TEST_F(TestRunner, CountsWhatPasses) {
  const Outcome got = Run({Write("a_test.lua", R"(
    it("one", function() expect(1):equals(1) end)
    describe("group", function() it("two", function() assert(true) end) end)
  )")});
  EXPECT_EQ(got.code, 0);
  EXPECT_EQ(got.text, "ok    " + Path("a_test.lua") + ": 2 passed, 0 failed\n2 passed, 0 failed\n");
}

TEST_F(TestRunner, ShowsWhereAnExpectationFailedAndGoesOn) {
  const Outcome got = Run({Write("a_test.lua", R"(
    describe("sums", function()
      it("fails", function()
        expect(1 + 1):equals(3)
      end)
      it("raises", function() local t = nil; t.x = 1 end)
      it("passes", function() expect(1):equals(1) end)
    end)
  )")});
  EXPECT_EQ(got.code, 1);
  EXPECT_TRUE(got.Holds("FAIL  sums > fails\n      " + Path("a_test.lua:5") +
                        "\n      expected  3\n      got       2\n"))
      << got.text;
  EXPECT_TRUE(got.Holds("FAIL  sums > raises\n      " + Path("a_test.lua:7") +
                        ": attempt to index a nil value"))
      << got.text;
  EXPECT_TRUE(got.EndsWith("\n1 passed, 2 failed\n")) << got.text;
}

TEST_F(TestRunner, NamesTheLineOfABareAssert) {
  const Outcome got = Run({Write("a_test.lua", R"(
    it("asserts", function()
      assert(1 == 2, "not so")
    end)
  )")});
  EXPECT_EQ(got.code, 1);
  EXPECT_TRUE(got.Holds(Path("a_test.lua:4") + ": not so")) << got.text;
}

TEST_F(TestRunner, FailsACaseThatAssertsNothing) {
  const Outcome got = Run({Write("a_test.lua", R"(
    it("looks away", function() expect(1) end)
  )")});
  EXPECT_EQ(got.code, 1);
  EXPECT_TRUE(got.Holds("FAIL  looks away\n      asserted nothing\n")) << got.text;
}

TEST_F(TestRunner, FailsAnErrorInDescribeAndRunsTheRest) {
  const Outcome got = Run({Write("a_test.lua", R"(
    describe("broken", function() error({}) end)
    it("passes", function() assert(true) end)
  )")});
  EXPECT_TRUE(got.Holds("FAIL  broken\n      " + Path("a_test.lua:3"))) << got.text;
  EXPECT_TRUE(got.EndsWith("\n1 passed, 1 failed\n")) << got.text;
}

TEST_F(TestRunner, FailsFilesThatDoNotRun) {
  const Outcome syntax = Run({Write("a_test.lua", "it(")});
  EXPECT_EQ(syntax.code, 1);
  EXPECT_TRUE(syntax.Holds("a_test.lua:2: ")) << syntax.text;
  EXPECT_TRUE(syntax.EndsWith("\n0 passed, 1 failed\n")) << syntax.text;

  const Outcome error = Run({Write("b_test.lua", R"(
    it("passes", function() assert(true) end)
    error("half way")
  )")});
  EXPECT_EQ(error.code, 1);
  EXPECT_TRUE(error.Holds("b_test.lua:4: half way")) << error.text;
  EXPECT_TRUE(error.EndsWith("\n1 passed, 1 failed\n")) << error.text;

  const Outcome missing = Run({Path("none_test.lua")});
  EXPECT_EQ(missing.code, 1);
  EXPECT_TRUE(missing.Holds("No such file")) << missing.text;
}

TEST_F(TestRunner, FailsFilesWithoutACase) {
  for (const char* text : {"", "-- nothing\n", "print('hello')\n"}) {
    const Outcome got = Run({Write("a_test.lua", text)});
    EXPECT_EQ(got.code, 1) << text;
    EXPECT_TRUE(got.Holds("no case in this file")) << got.text;
  }
}

TEST_F(TestRunner, FailsAFileThatExits) {
  const Outcome got = Run({Write("a_test.lua", R"(
    it("passes", function() assert(true) end)
    os.exit(0)
  )"),
                           Write("b_test.lua", "it('passes', function() assert(true) end)")});
  EXPECT_EQ(got.code, 1);
  EXPECT_TRUE(got.Holds("ended by os.exit(0)")) << got.text;
  EXPECT_TRUE(got.EndsWith("\n2 passed, 1 failed\n")) << got.text;
}

TEST_F(TestRunner, FailsAFileWhoseBudgetIsSpentAndKeepsItsCounts) {
  options_.runtime.timeout_seconds = 0.2;
  const Outcome got = Run({Write("a_test.lua", R"(
    it("passes", function() assert(true) end)
    it("never ends", function() while true do pcall(function() end) end end)
  )"),
                           Write("b_test.lua", "it('passes', function() assert(true) end)")});
  EXPECT_EQ(got.code, 1);
  EXPECT_TRUE(got.EndsWith("\n2 passed, 1 failed\n")) << got.text;
}

TEST_F(TestRunner, FailsACaseOverItsLimitAndRunsTheOthers) {
  const Outcome got = Run({Write("a_test.lua", R"(
    describe("limited", function()
      test.limit(0.05)
      it("never ends", function()
        while true do pcall(function() end) end
      end)
      it("sleeps", function() require("sys").sleep(60) end)
      it("passes", function() assert(true) end)
    end)
    it("has time", function() require("sys").sleep(0.1) assert(true) end)
  )")});
  EXPECT_EQ(got.code, 1);
  EXPECT_TRUE(got.Holds("FAIL  limited > never ends\n      " + Path("a_test.lua:6") +
                        ": time limit of 0.05 s exceeded\n"))
      << got.text;
  EXPECT_TRUE(got.Holds("FAIL  limited > sleeps\n      " + Path("a_test.lua:8") +
                        ": time limit of 0.05 s exceeded\n"))
      << got.text;
  EXPECT_TRUE(got.EndsWith("\n2 passed, 2 failed\n")) << got.text;
}

TEST_F(TestRunner, GivesEachFileAFreshState) {
  const std::string body = "it('is alone', function() expect(left):is_nil() left = 1 end)";
  const Outcome got = Run({Write("a_test.lua", body), Write("b_test.lua", body)});
  EXPECT_EQ(got.code, 0);
  EXPECT_TRUE(got.EndsWith("\n2 passed, 0 failed\n")) << got.text;
}

TEST_F(TestRunner, SearchesFoldersInOrder) {
  const std::string body = "it('x', function() assert(true) end)";
  Write("b/two_test.lua", body);
  Write("a/one_test.lua", body);
  Write("a/helper.lua", "error('not a test')");
  const Outcome got = Run({folder_});
  EXPECT_EQ(got.code, 0);
  EXPECT_LT(got.text.find("one_test.lua"), got.text.find("two_test.lua")) << got.text;
  EXPECT_TRUE(got.EndsWith("\n2 passed, 0 failed\n")) << got.text;

  std::filesystem::create_directories(Path("empty"));
  const Outcome empty = Run({Path("empty")});
  EXPECT_EQ(empty.code, 1);
  EXPECT_TRUE(empty.Holds("no *_test.lua in this folder")) << empty.text;
}

TEST_F(TestRunner, FiltersByFullName) {
  const std::string path = Write("a_test.lua", R"(
    describe("fft", function()
      it("adds", function() assert(true) end)
      it("breaks", function() assert(false) end)
    end)
    it("adds", function() assert(true) end)
  )");
  options_.filter = "fft > a";
  EXPECT_TRUE(Run({path}).EndsWith("\n1 passed, 0 failed\n"));
  options_.filter = "adds$";
  EXPECT_EQ(Run({path}).code, 0);
  options_.filter = "no such case";
  const Outcome none = Run({path});
  EXPECT_EQ(none.code, 1);
  EXPECT_EQ(none.text, "0 passed, 0 failed\n");
}

TEST_F(TestRunner, SpeaksTap) {
  options_.format = TestFormat::kTap;
  const std::string good = Write("a_test.lua", "it('good', function() assert(true) end)");
  const std::string bad = Write("b_test.lua", "it('bad', function() expect(1):equals(2) end)");
  const std::string broken = Write("c_test.lua", "it(");
  const Outcome got = Run({good, bad, broken});
  EXPECT_EQ(got.code, 1);
  EXPECT_TRUE(got.text.starts_with("TAP version 13\nok 1 - good\nnot ok 2 - bad\n# " +
                                   Path("b_test.lua:2") + "\n# expected  2\n# got       1\n" +
                                   "# in " + bad + "\nnot ok 3 - " + broken + "\n# "))
      << got.text;
  EXPECT_TRUE(got.EndsWith("\n1..3\n")) << got.text;
}

TEST_F(TestRunner, CountsWhatIsSkipped) {
  const std::string path = Write("a_test.lua", R"(
    it("waits", function() test.skip("no\ncamera") end)
  )");
  const Outcome got = Run({path});
  EXPECT_EQ(got.code, 0) << "nothing failed";
  EXPECT_EQ(got.text, "skip  waits: no camera\nok    " + path +
                          ": 0 passed, 0 failed, 1 skipped\n0 passed, 0 failed, 1 skipped\n");
  options_.format = TestFormat::kTap;
  EXPECT_EQ(Run({path}).text, "TAP version 13\nok 1 - waits # SKIP no camera\n1..1\n");
}

TEST_F(TestRunner, TakesNoNameForADirective) {
  options_.format = TestFormat::kTap;
  const Outcome got = Run({Write("a_test.lua", R"(
    it("fails # SKIP\nok 7 - not", function() assert(false) end)
    print "ok 2 - a lie"
  )")});
  EXPECT_TRUE(got.Holds("\nnot ok 1 - fails \\# SKIP ok 7 - not\n")) << got.text;
  EXPECT_TRUE(got.Holds("\n# ok 2 - a lie\n")) << got.text;
  EXPECT_TRUE(got.EndsWith("\n1..1\n")) << got.text;
}

// ---- JUnit ----

TEST_F(TestRunner, SpeaksJunit) {
  options_.format = TestFormat::kJunit;
  const Outcome got = Run({Write("a_test.lua", R"(
    print "a <line> & \27[0m \255 \u{e9}"
    it("passes", function() assert(true) end)
    it("<fails>", function() expect("\0"):equals("1") end)
    it("waits", function() test.skip "\"why\"" end)
  )"),
                           Write("b_test.lua", "it(")});
  EXPECT_EQ(got.code, 1);
  EXPECT_TRUE(
      got.text.starts_with("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites "
                           "name=\"moonlet test\" tests=\"4\" failures=\"2\" "
                           "errors=\"0\" skipped=\"1\" time=\""))
      << got.text;
  EXPECT_TRUE(got.Holds("<testsuite name=\"" + Path("a_test.lua") +
                        "\" tests=\"3\" failures=\"1\" errors=\"0\" skipped=\"1\" time=\""))
      << got.text;
  EXPECT_TRUE(got.Holds(".a_test\" name=\"passes\" time=\"0.")) << got.text;
  EXPECT_TRUE(got.Holds("name=\"&lt;fails&gt;\" time=\"")) << got.text;
  EXPECT_TRUE(got.Holds("<failure message=\"" + Path("a_test.lua:5") + "\">" +
                        Path("a_test.lua:5") + "\nexpected  &quot;1&quot;\ngot       "))
      << got.text;
  EXPECT_TRUE(got.Holds("<skipped message=\"&quot;why&quot;\"/>")) << got.text;
  EXPECT_TRUE(got.Holds("<system-out>a &lt;line&gt; &amp; \\x1b[0m \\xff \u00e9\n</system-out>"))
      << got.text;
  EXPECT_TRUE(got.Holds("name=\"the file itself\"")) << got.text;
  EXPECT_TRUE(got.EndsWith("</testsuite>\n</testsuites>\n")) << got.text;
}

// ---- several files at a time, parts, rounds ----

TEST_F(TestRunner, ReportsTheSameHoweverManyRunAtATime) {
  std::vector<std::string> paths;
  for (int i = 0; i < 6; ++i) {
    // The first takes longest.
    paths.push_back(Write(std::to_string(i) + "_test.lua", "local n = " + std::to_string(i) + R"(
      print("file", n)
      require "sys".sleep(n == 0 and 0.2 or 0)
      it("is not 3", function() expect(n):differs(3) end)
      if n == 4 then test.it("waits", function() test.skip "no" end) end
      if n == 5 then error "broken" end
    )"));
  }
  const Outcome one = Run(paths);
  EXPECT_EQ(one.code, 1);
  EXPECT_TRUE(one.text.starts_with("file\t0\nok    " + paths[0] + ": 1 passed, 0 failed\nfile\t1"))
      << one.text;
  EXPECT_TRUE(one.EndsWith("\n5 passed, 2 failed, 1 skipped\n")) << one.text;
  for (const size_t jobs : {2, 4, 9}) {
    options_.jobs = jobs;
    const Outcome several = Run(paths);
    EXPECT_EQ(several.code, one.code);
    EXPECT_EQ(several.text, one.text) << jobs;
  }
}

TEST_F(TestRunner, FailsAFileThatCrashesAndGoesOn) {
  const std::string good = "it('passes', function() assert(true) end)\n";
  options_.jobs = 2;
  const Outcome got = Run({Write("a_test.lua", good + "print 'so far' os.execute 'kill -9 $PPID'"),
                           Write("b_test.lua", good)});
  EXPECT_EQ(got.code, 1);
  EXPECT_TRUE(got.Holds("FAIL  " + Path("a_test.lua") + "\n      crashed, signal 9\n")) << got.text;
  EXPECT_TRUE(got.EndsWith("\n2 passed, 1 failed\n")) << got.text;
}

TEST_F(TestRunner, DoesNotWaitForWhatAFileLeavesBehind) {
  const Outcome got = Run({Write("a_test.lua", R"(
    os.execute "sleep 1000 & echo $! > )" + Path("process") +
                                                   R"("
    it("passes", function() assert(true) end)
  )")});
  EXPECT_EQ(got.code, 0) << got.text;
  int process = 0;
  std::ifstream(Path("process")) >> process;
  EXPECT_EQ(kill(process, SIGKILL), 0) << "it is still there";
}

TEST_F(TestRunner, TakesNothingPrintedForARecord) {
  const Outcome got = Run({Write("a_test.lua", R"(
    it("passes", function() io.write "half a line" assert(true) end)
    print "passed 1 0 not a case"
    it("fails", function() print "in between" assert(false, "why") end)
  )")});
  EXPECT_TRUE(got.text.starts_with("half a linepassed 1 0 not a case\nin between\nFAIL  fails\n"))
      << got.text;
  EXPECT_TRUE(got.EndsWith("\n1 passed, 1 failed\n")) << got.text;
}

TEST_F(TestRunner, RunsEachFileInOnePart) {
  std::vector<std::string> paths;
  for (const char* name : {"e", "b", "a", "d", "c"}) {
    paths.push_back(
        Write(std::string(name) + "_test.lua",
              "it('x', function() assert(true) end) print '" + std::string(name) + "'"));
  }
  options_.shards = 2;
  const auto held = [&](const std::string& text) {
    std::string names;
    for (const char* name : {"a", "b", "c", "d", "e"}) {
      if (text.find(std::string("\n") + name + "\n") != text.npos || text.starts_with(name))
        names += name;
    }
    return names;
  };
  EXPECT_EQ(held(Run(paths).text), "ace");
  options_.shard = 2;
  EXPECT_EQ(held(Run(paths).text), "bd");
  EXPECT_EQ(held(Run({folder_}).text), "bd");
  options_.shard = options_.shards = 6;
  const Outcome empty = Run(paths);
  EXPECT_EQ(empty.code, 0);
  EXPECT_EQ(empty.text, "0 passed, 0 failed\n");
}

TEST_F(TestRunner, SaysTheSeedOfEachRound) {
  const std::string path = Write("a_test.lua", R"(
    it("is even", function() expect(tonumber(test.setting "MOONLET_TEST_SEED") % 2):equals(0) end)
  )");
  options_.seed = 6;
  options_.repeat = 3;
  const Outcome got = Run({path});
  EXPECT_EQ(got.code, 1);
  EXPECT_TRUE(got.Holds("ok    " + path + ", seed 6: 1 passed, 0 failed\n")) << got.text;
  EXPECT_TRUE(got.Holds("FAIL  " + path + ", seed 7: 0 passed, 1 failed\n")) << got.text;
  EXPECT_TRUE(got.EndsWith("\n2 passed, 1 failed\n")) << got.text;
  options_.format = TestFormat::kTap;
  EXPECT_TRUE(Run({path}).Holds("\n# in " + path + ", seed 7\n"));
  options_.seed = {};
  options_.repeat = 1;
  EXPECT_TRUE(Run({Write("b_test.lua", R"(
    it("has none", function() expect(test.setting "MOONLET_TEST_SEED"):is_nil() end)
  )")})
                  .EndsWith("1..1\n"));
}

// ---- goldens ----

TEST_F(TestRunner, RecordsGoldensAndComparesThem) {
  const std::string path = Write("a_test.lua", R"(
    local tensor = require "tensor"
    it("matches", function()
      expect("one\ntwo\n"):matches(test.golden "words")
      expect(tensor.new {1, 2, 3}):matches(test.golden "numbers")
    end)
  )");
  const Outcome missing = Run({path});
  EXPECT_EQ(missing.code, 1);
  EXPECT_TRUE(missing.Holds("moonlet test --record writes it")) << missing.text;
  options_.record = true;
  const Outcome recorded = Run({path});
  EXPECT_EQ(recorded.code, 0) << recorded.text;
  options_.record = false;
  EXPECT_EQ(Run({path}).code, 0);

  const auto cut = [&](const std::string& name, uintmax_t size) {
    std::filesystem::resize_file(Path(name), size);
    const Outcome got = Run({path, Write("b_test.lua", "it('x', function() assert(true) end)")});
    EXPECT_EQ(got.code, 1);
    EXPECT_TRUE(got.Holds("\nFAIL  ") || got.text.starts_with("FAIL  matches\n")) << got.text;
    EXPECT_TRUE(got.EndsWith("\n1 passed, 1 failed\n")) << got.text;
    return got.text;
  };
  EXPECT_NE(cut("a_test.words.txt", 5).find("at line 2, after \"one\"\n"), std::string::npos);
  options_.record = true;
  Run({path});
  options_.record = false;
  for (const uintmax_t size : {0, 1, 30, 100})
    EXPECT_NE(cut("a_test.numbers.npz", size).find("a_test.numbers.npz"), std::string::npos);
}

}  // namespace test_runner_test
}  // namespace moonlet
