#include "shell/test_runner.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

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
  options_.tap = true;
  const std::string good = Write("a_test.lua", "it('good', function() assert(true) end)");
  const std::string bad = Write("b_test.lua", "it('bad', function() expect(1):equals(2) end)");
  const std::string broken = Write("c_test.lua", "it(");
  const Outcome got = Run({good, bad, broken});
  EXPECT_EQ(got.code, 1);
  EXPECT_TRUE(got.text.starts_with("TAP version 13\nok 1 - good\nnot ok 2 - bad\n# " +
                                   Path("b_test.lua:2") + "\n# expected  2\n# got       1\n" +
                                   "not ok 3 - " + broken + "\n# "))
      << got.text;
  EXPECT_TRUE(got.EndsWith("\n1..3\n")) << got.text;
}

}  // namespace test_runner_test
}  // namespace moonlet
