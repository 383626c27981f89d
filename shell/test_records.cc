#include "shell/test_records.h"

#include <algorithm>
#include <cstdio>
#include <iterator>
#include <random>
#include <utility>

#include "shell/lua_text.h"

namespace moonlet {
namespace {

// In the order of TestEvent::Kind, after what is printed.
constexpr std::string_view kResults[] = {"passed", "failed", "skipped"};

// A case as TAP has it.
std::string CaseLines(const TestEvent& event, int number) {
  const bool ok = event.kind != TestEvent::Kind::kFailed;
  std::string line = (ok ? "ok " : "not ok ") + std::to_string(number) + " - " + event.name;
  if (event.kind == TestEvent::Kind::kSkipped) line += " # SKIP " + event.text;
  line += '\n';
  if (ok) return line;
  line += "# ";
  for (const char c : event.text) line += c == '\n' ? std::string("\n# ") : std::string(1, c);
  return line + '\n';
}

}  // namespace

std::string TestCounts::Text() const {
  std::string text = std::to_string(passed) + " passed, " + std::to_string(failed) + " failed";
  if (skipped > 0) text += ", " + std::to_string(skipped) + " skipped";
  return text;
}

TestCounts TestRun::Counts() const {
  TestCounts counts;
  for (const TestEvent& event : events) {
    counts.passed += event.kind == TestEvent::Kind::kPassed;
    counts.failed += event.kind == TestEvent::Kind::kFailed;
    counts.skipped += event.kind == TestEvent::Kind::kSkipped;
  }
  return counts;
}

std::string TestRun::Text() const {
  std::string text;
  int number = 0;
  for (const TestEvent& event : events) {
    const bool printed = event.kind == TestEvent::Kind::kPrinted;
    text += printed ? event.text : CaseLines(event, ++number);
  }
  return text;
}

std::string NewNonce() {
  std::random_device random;
  char text[40];
  std::snprintf(text, sizeof(text), "%08x%08x", random(), random());
  return text;
}

std::string Recorder(const std::string& nonce, const std::string& filter,
                     const std::string& settings) {
  std::string chunk = "local nonce = " + LuaText(nonce);
  chunk += "\nlocal filter = " + (filter.empty() ? "nil" : LuaText(filter));
  chunk += "\nlocal settings = {" + settings + "}";
  return chunk + R"(
local sys, test, print = require "sys", require "test", print
local before
local function record(result, name, text)
  local now = sys.ticks_us()
  local _, lines = text:gsub("\n", "")
  print(("%s %s %d %d %s%s"):format(nonce, result, now - before, text == "" and 0 or lines + 1,
    name:gsub("%c", " "), text == "" and "" or "\n" .. text))
  before = now
end
test._start(filter, settings, record)
before = sys.ticks_us()
record("begin", sys.board .. " " .. sys.build, "")
return function() record("end", "", "") end
)";
}

void PrintProblem(const std::string& nonce, const std::string& problem) {
  const auto lines = std::count(problem.begin(), problem.end(), '\n') + 1;
  std::printf("%s problem 0 %d \n%s\n", nonce.c_str(), static_cast<int>(lines), problem.c_str());
}

void PrintEnd(const std::string& nonce) { std::printf("%s end 0 0 \n", nonce.c_str()); }

void RecordReader::Feed(std::string_view bytes) {
  rest_ += bytes;
  size_t from = 0;
  for (size_t end; (end = rest_.find('\n', from)) != rest_.npos; from = end + 1)
    ReadLine(std::string_view(rest_).substr(from, end - from), "\n");
  rest_.erase(0, from);
}

void RecordReader::Finish() {
  if (!rest_.empty()) ReadLine(rest_, "");
  rest_.clear();
  awaited_ = 0;
}

void RecordReader::Print(std::string_view text) {
  if (begun_ && !run_->told && !text.empty())
    run_->events.push_back({TestEvent::Kind::kPrinted, {}, std::string(text)});
}

void RecordReader::ReadLine(std::string_view line, std::string_view end) {
  if (awaited_ > 0) {
    if (!text_->empty()) *text_ += '\n';
    *text_ += line;
    --awaited_;
    return;
  }
  const size_t mark = line.find(mark_);
  if (mark == line.npos) return Print(std::string(line).append(end));
  Print(line.substr(0, mark));
  ReadRecord(std::string(line.substr(mark + mark_.size())));
}

void RecordReader::ReadRecord(const std::string& record) {
  char result[10];
  long long microseconds = 0;
  int lines = 0, name = 0;
  if (std::sscanf(record.c_str(), "%9s %lld %d%n", result, &microseconds, &lines, &name) != 3)
    return;
  std::string told = record.substr(std::min(record.size(), static_cast<size_t>(name) + 1));
  const std::string_view kind = result;
  begun_ = begun_ || kind == "begin";
  run_->told = run_->told || kind == "end";
  if (kind == "begin") run_->machine = std::move(told);
  if (kind == "problem") text_ = &run_->problem;
  const auto* known = std::find(std::begin(kResults), std::end(kResults), kind);
  if (known != std::end(kResults)) {
    const auto of_result = static_cast<int>(TestEvent::Kind::kPassed) + (known - kResults);
    run_->events.push_back({static_cast<TestEvent::Kind>(of_result),
                            std::move(told),
                            {},
                            static_cast<double>(microseconds) * 1e-6});
    text_ = &run_->events.back().text;
  }
  awaited_ = text_ != nullptr ? lines : 0;
}

void JudgeRun(TestRun* run, bool filtered) {
  if (!run->problem.empty()) return;
  if (!run->told) {
    run->problem = "the target did not tell how it went";
  } else if (run->Counts().cases() == 0 && !filtered) {
    run->problem = "no case in this file";
  }
}

}  // namespace moonlet
