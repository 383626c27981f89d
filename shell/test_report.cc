#include "shell/test_report.h"

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <span>

#include "engine/base/crc32.h"

namespace moonlet {

void TestReport::EndFile(const TestSuite& suite, const TestRun& run) {
  const TestCounts counts = run.Counts();
  total_.passed += counts.passed;
  total_.failed += counts.failed + (run.problem.empty() ? 0 : 1);
  total_.skipped += counts.skipped;
  ShowFile(suite, run);
  std::fflush(stdout);
}

void TestReport::Fail(const std::string& name, const std::string& why) {
  ++total_.failed;
  ShowFailure(name, why);
  std::fflush(stdout);
}

int TestReport::Finish() {
  ShowTotal();
  return total_.failed == 0 && (total_.cases() > 0 || one_of_several_) ? 0 : 1;
}

std::unique_ptr<TestReport> MakeTestReport(const TestOptions& options) {
  const bool one_of_several = options.shards > 1;
  switch (options.format) {
    case TestFormat::kTap:
      return MakeTapReport(one_of_several);
    case TestFormat::kJunit:
      return MakeJunitReport(one_of_several);
    case TestFormat::kPretty:
      break;
  }
  return MakePrettyReport(one_of_several);
}

void PrintIndented(std::string_view text, const char* indent) {
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    std::printf("%s%.*s\n", indent, static_cast<int>(end), text.data());
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

bool Passed(const TestRun& run) { return run.problem.empty() && run.Counts().failed == 0; }

std::string TargetSummary(const TestRun& run) {
  const std::string text = run.Text();
  const auto bytes = std::span(reinterpret_cast<const uint8_t*>(text.data()), text.size());
  char crc[20];
  std::snprintf(crc, sizeof(crc), ", CRC %08x", static_cast<unsigned>(Crc32(bytes)));
  return run.Counts().Text() + crc;
}

}  // namespace moonlet
