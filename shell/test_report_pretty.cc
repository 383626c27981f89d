// The report for people.
#include <cstdio>

#include "shell/test_report.h"

namespace moonlet {
namespace {

constexpr const char* kUnder = "      ";

class PrettyReport final : public TestReport {
 public:
  using TestReport::TestReport;

  void Note(const std::string& text) override { std::printf("%s\n", text.c_str()); }

 protected:
  void ShowEvent(const TestEvent& event) override;
  void ShowFile(const TestSuite& suite, const TestRun& run) override;
  void ShowFailure(const std::string& name, const std::string& why) override;
  void ShowTotal() override { std::printf("%s\n", total().Text().c_str()); }
};

void PrettyReport::ShowEvent(const TestEvent& event) {
  switch (event.kind) {
    case TestEvent::Kind::kPrinted:
      std::fwrite(event.text.data(), 1, event.text.size(), stdout);
      break;
    case TestEvent::Kind::kPassed:
      break;
    case TestEvent::Kind::kFailed:
      ShowFailure(event.name, event.text);
      break;
    case TestEvent::Kind::kSkipped:
      std::printf("skip  %s: %s\n", event.name.c_str(), event.text.c_str());
      break;
  }
}

void PrettyReport::ShowFailure(const std::string& name, const std::string& why) {
  std::printf("FAIL  %s\n", name.c_str());
  PrintIndented(why, kUnder);
}

void PrettyReport::ShowFile(const TestSuite& suite, const TestRun& run) {
  const bool ok = Passed(run);
  const char* mark = ok ? "ok  " : "FAIL";
  if (!suite.target.empty()) {
    std::printf("%s  %s: %s\n", mark, suite.Name().c_str(), TargetSummary(run).c_str());
    PrintIndented(run.problem, kUnder);
    if (!ok) PrintIndented(run.Text(), kUnder);
    return;
  }
  TestCounts counts = run.Counts();
  if (!run.problem.empty()) {
    ++counts.failed;
    ShowFailure(suite.label, run.problem);
  }
  if (counts.cases() > 0)
    std::printf("%s  %s: %s\n", mark, suite.label.c_str(), counts.Text().c_str());
}

}  // namespace

std::unique_ptr<TestReport> MakePrettyReport(bool one_of_several) {
  return std::make_unique<PrettyReport>(one_of_several);
}

}  // namespace moonlet
