#include "shell/test_runner.h"

#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "shell/test_files.h"
#include "shell/test_jobs.h"
#include "shell/test_records.h"
#include "shell/test_report.h"

namespace moonlet {
namespace {

// A file's budget ends its scripts; what does not heed that is ended so many seconds later.
constexpr double kGrace = 10;

std::string TextOnTop(lua_State* L) {
  const char* text = lua_tostring(L, -1);
  return text != nullptr ? text : "error without a message";
}

// What the process of a file does: runs it in `runtime`. Gives a message when the file itself
// fails.
std::string RunFile(Runtime& runtime, const RuntimeOptions& options, const std::string& recorder,
                    const std::string& path) {
  if (const Status s = runtime.Open(options); !s.ok()) return s.what();
  if (!runtime.RunString(recorder.c_str(), "=test").ok()) return TextOnTop(runtime.state());
  const Status ran = runtime.RunFile(path.c_str(), {});
  if (const std::optional<int> code = runtime.exit_code())
    return "the file ended by os.exit(" + std::to_string(*code) + ")";
  return ran.ok() ? std::string() : TextOnTop(runtime.state());
}

// A file here and what is known of it by now.
struct FileState {
  explicit FileState(const std::string& nonce) : reader(nonce, &run) {}

  TestRun run;
  RecordReader reader;
  size_t shown = 0;  // events
  bool ended = false;
};

class HostTests final : public Jobs {
 public:
  HostTests(const TestOptions& options, const std::vector<TestItem>& items, TestReport* report);

  void Run(size_t job) override;
  void Printed(size_t job, std::string_view bytes) override;
  void Ended(size_t job, double seconds, const std::string& trouble) override;

 private:
  // Reports what is known of the first file that has not ended, and of those before.
  void Show();

  const TestOptions& options_;
  const std::vector<TestItem>& items_;
  TestReport* const report_;
  const std::string nonce_ = NewNonce();
  std::vector<std::unique_ptr<FileState>> files_;
  size_t front_ = 0;  // the first whose end is not reported
};

HostTests::HostTests(const TestOptions& options, const std::vector<TestItem>& items,
                     TestReport* report)
    : options_(options), items_(items), report_(report) {
  for (size_t i = 0; i < items.size(); ++i) files_.push_back(std::make_unique<FileState>(nonce_));
}

void HostTests::Run(size_t job) {
  const TestItem& item = items_[job];
  const std::string recorder = Recorder(nonce_, options_.filter, TestSettings(options_, item));
  Runtime runtime;
  const std::string problem = RunFile(runtime, options_.runtime, recorder, item.path);
  if (!problem.empty()) PrintProblem(nonce_, problem);
  PrintEnd(nonce_);
}

void HostTests::Printed(size_t job, std::string_view bytes) {
  files_[job]->reader.Feed(bytes);
  Show();
}

void HostTests::Ended(size_t job, double seconds, const std::string& trouble) {
  FileState& file = *files_[job];
  file.reader.Finish();
  file.ended = true;
  file.run.seconds = seconds;
  if (!trouble.empty()) file.run.problem = trouble;
  JudgeRun(&file.run, !options_.filter.empty());
  Show();
}

void HostTests::Show() {
  for (; front_ < files_.size(); ++front_) {
    FileState& file = *files_[front_];
    const size_t ready = file.reader.ready();
    while (file.shown < ready) report_->Event(file.run.events[file.shown++]);
    if (!file.ended) break;
    report_->EndFile({items_[front_].Label(), {}}, file.run);
    file.run = {};
  }
  std::fflush(stdout);
}

}  // namespace

int RunTests(const TestOptions& options) {
  const std::unique_ptr<TestReport> report = MakeTestReport(options);
  const TestPlan plan = PlanTests(options);
  for (const TestPlan::Problem& problem : plan.problems) report->Fail(problem.path, problem.why);
  HostTests tests(options, plan.items, report.get());
  const double budget = options.runtime.timeout_seconds;
  RunJobs(tests, plan.items.size(), options.jobs, budget > 0 ? budget + kGrace : 0);
  return report->Finish();
}

}  // namespace moonlet
