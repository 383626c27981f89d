#include "shell/target_tests.h"

#include <gtest/gtest.h>

#include <string>

#include "bindings/modules.h"

namespace moonlet {
namespace target_tests_test {

struct Outcome {
  int code;
  std::string text;
  bool Holds(const std::string& part) const { return text.find(part) != text.npos; }
};

// Two hosts share the files.
Outcome RunThere(const std::string& path, TestFormat format = TestFormat::kPretty,
                 const std::string& filter = {}, double timeout = 30) {
  TestOptions options;
  options.paths = {path};
  options.targets = {"host", "host"};
  options.format = format;
  options.filter = filter;
  options.runtime.open_builtin = OpenBuiltinModule;
  options.runtime.builtin_names = BuiltinNames();
  options.runtime.library_dir = "scripts/lib";
  options.runtime.timeout_seconds = timeout;
  ::testing::internal::CaptureStdout();
  const int code = RunTestsOnTargets(options);
  return {code, ::testing::internal::GetCapturedStdout()};
}

int Difference(const std::string& a, const std::string& b, std::string* line_a,
               std::string* line_b) {
  return FirstDifference(a, b, line_a, line_b);
}

TEST(FirstDifference, TellsLineAndTexts) {
  std::string a, b;
  EXPECT_EQ(Difference("", "", &a, &b), 0);
  EXPECT_EQ(Difference("1\n2\n", "1\n2\n", &a, &b), 0);
  EXPECT_EQ(Difference("1\n2\n3\n", "1\nx\n3\n", &a, &b), 2);
  EXPECT_EQ(a + b, "2x");
  EXPECT_EQ(Difference("1\n", "1\n2\n", &a, &b), 2);
  EXPECT_EQ(a + b, "(nothing)2");
  EXPECT_EQ(Difference("1\n2", "1\n2\n", &a, &b), 2) << "the last line's end counts";
}

TEST(TargetTests, RunsFromOneImage) {
  const Outcome got = RunThere("tests/shell/targets/same_test.lua");
  EXPECT_EQ(got.code, 0) << got.text;
  EXPECT_TRUE(got.Holds("host: host ")) << got.text;
  EXPECT_TRUE(got.Holds("nonce ")) << got.text;
  EXPECT_TRUE(
      got.Holds("ok    tests/shell/targets/same_test.lua on host: 1 passed, 0 failed, CRC"));
  EXPECT_TRUE(got.text.ends_with("\n1 passed, 0 failed\n")) << got.text;
}

TEST(TargetTests, GoesOnAfterAFileThatHangs) {
  const Outcome got = RunThere("tests/shell/targets", TestFormat::kPretty, {}, 2);
  EXPECT_EQ(got.code, 1);
  EXPECT_TRUE(got.Holds("FAIL  tests/shell/targets/hangs_test.lua on host")) << got.text;
  EXPECT_TRUE(got.Holds("ok    tests/shell/targets/same_test.lua on host")) << got.text;
}

TEST(TargetTests, SpeaksTap) {
  const Outcome got = RunThere("tests/shell/targets/same_test.lua", TestFormat::kTap);
  EXPECT_EQ(got.code, 0);
  EXPECT_TRUE(got.text.starts_with("TAP version 13\n")) << got.text;
  EXPECT_TRUE(got.Holds("ok 1 - tests/shell/targets/same_test.lua on host")) << got.text;
  EXPECT_TRUE(got.text.ends_with("1..1\n")) << got.text;
}

TEST(TargetTests, SpeaksJunit) {
  const Outcome got = RunThere("tests/shell/targets/same_test.lua", TestFormat::kJunit);
  EXPECT_EQ(got.code, 0);
  EXPECT_TRUE(got.text.starts_with("<?xml ")) << got.text;
  EXPECT_TRUE(
      got.Holds("<testsuite name=\"tests/shell/targets/same_test.lua on host\" tests=\"1\""))
      << got.text;
  EXPECT_TRUE(got.Holds("<property name=\"machine\" value=\"host ")) << got.text;
  EXPECT_TRUE(
      got.Holds("<testcase classname=\"host.tests.shell.targets.same_test\" "
                "name=\"has its module beside it\" time=\""))
      << got.text;
  EXPECT_TRUE(got.Holds("<system-out>a line\nand another\n</system-out>")) << got.text;
}

TEST(TargetTests, TellsWhatCannotRun) {
  EXPECT_EQ(RunThere("tests/shell/targets/no such file.lua").code, 1);
  EXPECT_EQ(RunThere("tests/shell/targets/beside.lua").code, 1) << "it has no case";
  EXPECT_EQ(RunThere("tests/shell/targets/same_test.lua", TestFormat::kPretty, "no such case").code,
            1);
}

}  // namespace target_tests_test
}  // namespace moonlet
