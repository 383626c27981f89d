// The report as Test Anything Protocol 13: here a line for each case, on targets one for each
// file and target.
#include <cstdio>

#include "shell/test_report.h"

namespace moonlet {
namespace {

constexpr const char* kDiagnostic = "# ";

class TapReport final : public TestReport {
 public:
  explicit TapReport(bool one_of_several) : TestReport(one_of_several) {
    std::printf("TAP version 13\n");
  }

  void Note(const std::string& text) override { PrintIndented(text, kDiagnostic); }

 protected:
  void ShowEvent(const TestEvent& event) override;
  void ShowFile(const TestSuite& suite, const TestRun& run) override;
  void ShowFailure(const std::string& name, const std::string& why) override;
  void ShowTotal() override { std::printf("1..%lld\n", number_); }

 private:
  void Line(bool ok, const std::string& name, const std::string& directive = {});

  long long number_ = 0;
};

void TapReport::Line(bool ok, const std::string& name, const std::string& directive) {
  std::string text;
  for (const char c : name) {
    if (c == '#') text += '\\';  // no directive
    text += c;
  }
  std::printf("%s %lld - %s%s\n", ok ? "ok" : "not ok", ++number_, text.c_str(), directive.c_str());
}

void TapReport::ShowEvent(const TestEvent& event) {
  switch (event.kind) {
    case TestEvent::Kind::kPrinted:
      PrintIndented(event.text, kDiagnostic);
      break;
    case TestEvent::Kind::kPassed:
      Line(true, event.name);
      break;
    case TestEvent::Kind::kFailed:
      ShowFailure(event.name, event.text);
      break;
    case TestEvent::Kind::kSkipped:
      Line(true, event.name, " # SKIP " + event.text);
      break;
  }
}

void TapReport::ShowFailure(const std::string& name, const std::string& why) {
  Line(false, name);
  PrintIndented(why, kDiagnostic);
}

void TapReport::ShowFile(const TestSuite& suite, const TestRun& run) {
  const bool ok = Passed(run);
  if (suite.target.empty()) {
    if (!run.problem.empty()) ShowFailure(suite.label, run.problem);
    if (!ok) PrintIndented("in " + suite.label, kDiagnostic);
    return;
  }
  Line(ok, suite.Name() + ": " + TargetSummary(run));
  PrintIndented(run.problem, kDiagnostic);
  if (!ok) PrintIndented(run.Text(), kDiagnostic);
}

}  // namespace

std::unique_ptr<TestReport> MakeTapReport(bool one_of_several) {
  return std::make_unique<TapReport>(one_of_several);
}

}  // namespace moonlet
