#include "shell/target_tests.h"

#include <algorithm>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "shell/target_workers.h"
#include "shell/test_files.h"
#include "shell/test_report.h"
#include "shell/test_rom.h"

namespace moonlet {
namespace {

class TargetTests final : public TargetWorkers {
 public:
  TargetTests(const TestOptions& options, const RomFile& rom, const std::vector<TestItem>& items,
              const std::string& nonce, std::vector<TestKind>* kinds, TestReport* report)
      : TargetWorkers(options, rom, items, nonce, kinds),
        items_(items),
        nonce_(nonce),
        kinds_(*kinds),
        report_(report) {}

  // Reports the files, in their order, that all targets have run.
  void Known() override;

 private:
  bool IsWhole(size_t item) const;
  void Report(size_t item);
  void Compare(size_t item);

  const std::vector<TestItem>& items_;
  const std::string& nonce_;
  const std::vector<TestKind>& kinds_;
  TestReport* const report_;
  size_t next_ = 0;              // item to report
  std::set<std::string> noted_;  // kinds whose machine is told
};

bool TargetTests::IsWhole(size_t item) const {
  return std::all_of(kinds_.begin(), kinds_.end(), [&](const TestKind& kind) {
    return kind.runs[item] != nullptr || kind.ended == kind.machines;
  });
}

void TargetTests::Known() {
  for (; next_ < items_.size() && IsWhole(next_); ++next_) {
    Report(next_);
    Compare(next_);
  }
}

void TargetTests::Report(size_t item) {
  for (const TestKind& kind : kinds_) {
    const TestRun* run = kind.runs[item].get();
    if (run == nullptr) continue;
    if (!run->machine.empty() && noted_.insert(kind.name).second)
      report_->Note(kind.name + ": " + run->machine + ", nonce " + nonce_);
    report_->EndFile({items_[item].Label(), kind.name}, *run);
  }
}

// With the first target that ran it.
void TargetTests::Compare(size_t item) {
  const TestKind* first = nullptr;
  for (const TestKind& kind : kinds_) {
    if (kind.runs[item] == nullptr) continue;
    if (first == nullptr) {
      first = &kind;
      continue;
    }
    std::string a, b;
    const int line = FirstDifference(first->runs[item]->Text(), kind.runs[item]->Text(), &a, &b);
    if (line == 0) continue;
    report_->Fail(items_[item].Label() + " differs between " + first->name + " and " + kind.name,
                  "line " + std::to_string(line) + "\n" + first->name + ": " + a + "\n" +
                      kind.name + ": " + b);
  }
}

}  // namespace

int FirstDifference(const std::string& text_a, const std::string& text_b, std::string* a,
                    std::string* b) {
  if (text_a == text_b) return 0;
  size_t from_a = 0, from_b = 0;
  const auto next = [](const std::string& text, size_t* from) -> std::string {
    if (*from >= text.size()) return "(nothing)";
    const size_t end = std::min(text.find('\n', *from), text.size());
    const std::string line = text.substr(*from, end - *from);
    *from = end + 1;
    return line;
  };
  for (int line = 1;; ++line) {
    *a = next(text_a, &from_a);
    *b = next(text_b, &from_b);
    const bool ended = from_a >= text_a.size() && from_b >= text_b.size();
    if (*a != *b || ended) return line;
  }
}

int RunTestsOnTargets(const TestOptions& options) {
  const std::unique_ptr<TestReport> report = MakeTestReport(options);
  const TestPlan plan = PlanTests(options);
  for (const TestPlan::Problem& problem : plan.problems) report->Fail(problem.path, problem.why);
  if (plan.items.empty()) return report->Finish();
  RomFile rom;
  if (Status s = BuildTestRom(options, &rom); !s.ok()) {
    report->Fail("the ROM image of the tests", s.what());
    return report->Finish();
  }
  const std::string nonce = NewNonce();
  std::vector<TestKind> kinds = FindKinds(options, plan.items.size());
  TargetTests tests(options, rom, plan.items, nonce, &kinds, report.get());
  RunJobs(tests, tests.size(), tests.size(), 0);
  for (const TestKind& kind : kinds) {
    if (!kind.refusal.empty()) report->Fail(kind.name, kind.refusal);
  }
  return report->Finish();
}

}  // namespace moonlet
