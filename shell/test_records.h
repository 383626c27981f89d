// shell/test_records.h - what a test file does, case by case, told over a pipe or a line.
//
// The module `test` tells the runner of each case where it runs. There a few lines of Lua, the
// recorder, print it as a record in the middle of what the file prints itself:
//
//   NONCE RESULT MICROSECONDS LINES NAME
//
// and LINES lines of text after it. The nonce is the runner's and no script sees it, so nothing
// that a file prints is taken for a record.
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace moonlet {

// What happened in a file, in order.
struct TestEvent {
  enum class Kind { kPrinted, kPassed, kFailed, kSkipped };
  Kind kind;
  std::string name;    // of the case, with the groups around it
  std::string text;    // what was printed; why the case failed or was skipped
  double seconds = 0;  // of the case, and of the file since the case before
};

struct TestCounts {
  long long passed = 0;
  long long failed = 0;
  long long skipped = 0;

  long long cases() const { return passed + failed + skipped; }
  // "2 passed, 0 failed", "2 passed, 0 failed, 1 skipped"
  std::string Text() const;
};

// What a test file did.
struct TestRun {
  std::vector<TestEvent> events;
  std::string machine;  // board and build
  std::string problem;  // why the file itself failed
  double seconds = 0;
  bool told = false;  // the last record came

  TestCounts Counts() const;
  // The same bytes wherever the cases do and print the same.
  std::string Text() const;
};

std::string NewNonce();

// A chunk that sets the module `test` up. `settings` are fields of a Lua table; an empty filter
// takes all cases. The function that the chunk returns prints the last record.
std::string Recorder(const std::string& nonce, const std::string& filter,
                     const std::string& settings);

// What a recorder does not print: why the file itself failed, and the last record.
void PrintProblem(const std::string& nonce, const std::string& problem);
void PrintEnd(const std::string& nonce);

// Reads what a recorder and its file print, in any pieces.
class RecordReader {
 public:
  RecordReader(const std::string& nonce, TestRun* run) : mark_(nonce + ' '), run_(run) {}

  void Feed(std::string_view bytes);
  // Takes what stands after the last line's end.
  void Finish();
  // How many events of the run will not change any more.
  size_t ready() const { return run_->events.size() - (awaited_ > 0 ? 1 : 0); }

 private:
  void ReadLine(std::string_view line, std::string_view end);
  void Print(std::string_view text);
  void ReadRecord(const std::string& record);

  const std::string mark_;
  TestRun* const run_;
  std::string rest_;             // a line that has not ended
  bool begun_ = false;           // what was printed before is not the file's
  std::string* text_ = nullptr;  // of the last record
  int awaited_ = 0;              // lines of it
};

// What is wrong with a file as a whole: its problem, or that nothing came of it.
void JudgeRun(TestRun* run, bool filtered);

}  // namespace moonlet
