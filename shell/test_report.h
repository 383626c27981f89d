// shell/test_report.h - tells what test files did, on standard output.
//
//   const std::unique_ptr<TestReport> report = MakeTestReport(options);
//   report->Event(event); ...            each that happens in a file
//   report->EndFile({label}, run);       the file's end
//   return report->Finish();             the exit code
#pragma once
#include <memory>
#include <string>
#include <string_view>

#include "shell/test_options.h"
#include "shell/test_records.h"

namespace moonlet {

// What a file is called in a report.
struct TestSuite {
  std::string label;
  std::string target;  // empty: here, from the host's files

  std::string Name() const { return target.empty() ? label : label + " on " + target; }
};

class TestReport {
 public:
  explicit TestReport(bool one_of_several) : one_of_several_(one_of_several) {}
  virtual ~TestReport() = default;

  // Of a file that runs here. On targets the text of a file is told at its end, if it failed.
  void Event(const TestEvent& event) { ShowEvent(event); }
  void EndFile(const TestSuite& suite, const TestRun& run);
  // Something else that is no good.
  void Fail(const std::string& name, const std::string& why);
  // For the log.
  virtual void Note(const std::string& text) = 0;
  // Returns 0 when nothing failed and something passed or was skipped - elsewhere, perhaps -,
  // else 1.
  int Finish();

 protected:
  const TestCounts& total() const { return total_; }

  virtual void ShowEvent(const TestEvent& event) = 0;
  virtual void ShowFile(const TestSuite& suite, const TestRun& run) = 0;
  virtual void ShowFailure(const std::string& name, const std::string& why) = 0;
  virtual void ShowTotal() = 0;

 private:
  const bool one_of_several_;
  TestCounts total_;
};

std::unique_ptr<TestReport> MakeTestReport(const TestOptions& options);

// By their formats; `one_of_several`: the run is a part of one, and may be empty.
std::unique_ptr<TestReport> MakePrettyReport(bool one_of_several);
std::unique_ptr<TestReport> MakeTapReport(bool one_of_several);
std::unique_ptr<TestReport> MakeJunitReport(bool one_of_several);

// Prints each line of a text after `indent`.
void PrintIndented(std::string_view text, const char* indent);

// "ok", "2 passed, 0 failed, CRC 01234567": what a file did on a target.
bool Passed(const TestRun& run);
std::string TargetSummary(const TestRun& run);

}  // namespace moonlet
