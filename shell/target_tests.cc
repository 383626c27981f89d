#include "shell/target_tests.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/crc32.h"
#include "shell/lua_text.h"
#include "shell/test_files.h"
#include "shell/test_rom.h"
#include "shell/test_target.h"

namespace moonlet {
namespace {

namespace fs = std::filesystem;

constexpr double kTimeout = 120;  // seconds for a file, unless --timeout says otherwise
constexpr std::string_view kSetting = "MOONLET_";
constexpr const char* kRecorded = "/rom/shared";

struct TestFile {
  std::string path;  // as the user names it
  std::string rom;   // in the image: "tests/json_test.lua"
};

// What a test file did on one target.
struct FileRun {
  std::string text;     // all that it printed, each case on a line
  std::string machine;  // board and build
  long long passed = 0;
  long long failed = 0;
  std::string problem;  // why the file itself failed
};

// ---- one file ----

// The environment's MOONLET_..., as a Lua table for test.setting.
std::string Settings() {
  std::string table = "{";
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    const size_t equals = text.find('=');
    if (!text.starts_with(kSetting) || equals == text.npos) continue;
    if (text.substr(0, equals) == "MOONLET_SHARED") continue;
    table += "[" + LuaText(text.substr(0, equals)) + "]=" + LuaText(text.substr(equals + 1)) + ",";
  }
  return table + "MOONLET_SHARED=" + LuaText(kRecorded) + "}";
}

// The chunk that runs a file: its output stands between two lines that hold the nonce, so
// that nothing the device said before is taken for it.
std::string ChunkFor(const TestFile& file, const std::string& nonce, const std::string& filter) {
  std::string chunk = "local nonce, path = " + LuaText(nonce) + ", " + LuaText("/rom/" + file.rom);
  chunk += "\nlocal filter = " + (filter.empty() ? "nil" : LuaText(filter));
  chunk += "\nlocal settings = " + Settings();
  return chunk + R"(
local sys, test = require "sys", require "test"
test._start("tap", filter, 0, settings)
print("begin " .. nonce .. " " .. sys.board .. " " .. sys.build)
local result = table.pack(pcall(sys.run, path))
local passed, failed = test._finish()
print("end " .. nonce .. " " .. passed .. " " .. failed)
if not result[1] then error(result[2], 0) end
if result.n == 3 and result[2] == nil then error(result[3], 0) end
)";
}

std::string WithoutEnd(std::string text) {
  while (text.ends_with('\n') || text.ends_with('\r')) text.pop_back();
  return text;
}

// What stands between the marks. False: they are not there.
bool ReadMarks(const std::string& output, const std::string& nonce, FileRun* run) {
  const std::string begin = "begin " + nonce + ' ';
  const std::string end = "end " + nonce + ' ';
  const size_t first = output.find(begin);
  if (first == output.npos) return false;
  const size_t text = std::min(output.find('\n', first), output.size() - 1) + 1;
  const size_t last = output.find(end, text);
  run->machine = WithoutEnd(output.substr(first + begin.size(), text - first - begin.size()));
  run->text = output.substr(text, last == output.npos ? last : last - text);
  if (last == output.npos) return false;
  return std::sscanf(output.c_str() + last + end.size(), "%lld %lld", &run->passed, &run->failed) ==
         2;
}

FileRun RunFile(TestTarget& target, const TestFile& file, const TestOptions& options,
                const std::string& nonce) {
  const double timeout =
      options.runtime.timeout_seconds > 0 ? options.runtime.timeout_seconds : kTimeout;
  const ChunkRun chunk = target.Run(ChunkFor(file, nonce, options.filter), timeout);
  FileRun run;
  const bool whole = ReadMarks(chunk.output, nonce, &run);
  run.problem = chunk.trouble;
  if (run.problem.empty()) run.problem = WithoutEnd(chunk.error);
  if (run.problem.empty() && !whole) run.problem = "the target did not tell how it went";
  const bool none = run.passed + run.failed == 0 && options.filter.empty();
  if (run.problem.empty() && none) run.problem = "no case in this file";
  if (chunk.trouble.empty()) return run;
  if (Status s = target.Restart(); !s.ok()) run.problem += std::string("; then ") + s.what();
  return run;
}

// ---- the report ----

class Report {
 public:
  explicit Report(bool tap) : tap_(tap) {
    if (tap_) std::printf("TAP version 13\n");
  }

  void Tell(const std::string& target, const std::string& machine, const std::string& nonce) {
    std::printf("%s%s: %s, nonce %s\n", tap_ ? "# " : "", target.c_str(), machine.c_str(),
                nonce.c_str());
  }
  void AddRun(const TestFile& file, const std::string& target, const FileRun& run);
  void AddComparison(const TestFile& file, const std::vector<std::string>& targets,
                     const std::vector<FileRun>& runs);
  void Fail(const std::string& name, const std::string& why);
  int Finish() const;

 private:
  void Line(bool ok, const std::string& text);
  void Indented(std::string_view text) const;

  const bool tap_;
  int number_ = 0;
  long long passed_ = 0;
  long long failed_ = 0;
};

void Report::Line(bool ok, const std::string& text) {
  if (tap_) {
    std::printf("%s %d - %s\n", ok ? "ok" : "not ok", ++number_, text.c_str());
  } else {
    std::printf("%s  %s\n", ok ? "ok  " : "FAIL", text.c_str());
  }
  std::fflush(stdout);
}

void Report::Indented(std::string_view text) const {
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    std::printf("%s%.*s\n", tap_ ? "# " : "      ", static_cast<int>(end), text.data());
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

void Report::Fail(const std::string& name, const std::string& why) {
  ++failed_;
  Line(false, name);
  Indented(why);
}

void Report::AddRun(const TestFile& file, const std::string& target, const FileRun& run) {
  passed_ += run.passed;
  failed_ += run.failed;
  const bool ok = run.problem.empty() && run.failed == 0;
  const auto bytes = std::span(reinterpret_cast<const uint8_t*>(run.text.data()), run.text.size());
  char counts[100];
  std::snprintf(counts, sizeof(counts), ": %lld passed, %lld failed, CRC %08x", run.passed,
                run.failed, static_cast<unsigned>(Crc32(bytes)));
  Line(ok, file.path + " on " + target + counts);
  if (!run.problem.empty()) ++failed_;
  Indented(run.problem);
  if (!ok) Indented(run.text);
}

void Report::AddComparison(const TestFile& file, const std::vector<std::string>& targets,
                           const std::vector<FileRun>& runs) {
  for (size_t i = 1; i < runs.size(); ++i) {
    std::string a, b;
    const int line = FirstDifference(runs[0].text, runs[i].text, &a, &b);
    if (line == 0) continue;
    Fail(file.path + " differs between " + targets[0] + " and " + targets[i],
         "line " + std::to_string(line) + "\n" + targets[0] + ": " + a + "\n" + targets[i] + ": " +
             b);
  }
}

int Report::Finish() const {
  if (tap_) {
    std::printf("1..%d\n", number_);
  } else {
    std::printf("%lld passed, %lld failed\n", passed_, failed_);
  }
  return passed_ > 0 && failed_ == 0 ? 0 : 1;
}

std::string NewNonce() {
  std::random_device random;
  char text[40];
  std::snprintf(text, sizeof(text), "%08x%08x", random(), random());
  return text;
}

// The files and their places in the image.
void FindAll(const TestOptions& options, std::vector<TestFile>* files, Report* report) {
  for (const std::string& path : options.paths) {
    std::vector<std::string> found;
    if (const std::string why = FindTests(path, &found); !why.empty()) report->Fail(path, why);
    for (const std::string& file : found) {
      const fs::path inside = fs::path(file).lexically_relative(TestFolder(path));
      files->push_back({file, "tests/" + inside.generic_string()});
    }
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
  Report report(options.tap);
  std::vector<TestFile> files;
  FindAll(options, &files, &report);
  RomFile rom;
  if (Status s = BuildTestRom(options, &rom); !s.ok()) {
    report.Fail("the ROM image of the tests", s.what());
    return report.Finish();
  }
  const std::string nonce = NewNonce();
  std::vector<std::vector<FileRun>> runs(files.size());  // of each file, one for each target
  std::vector<std::string> ran;
  for (const std::string& name : options.targets) {
    const std::unique_ptr<TestTarget> target =
        name == "host" ? MakeHostTarget(rom, options.runtime) : MakeDeviceTarget(name, rom);
    if (Status s = target->Restart(); !s.ok()) {
      report.Fail(name, s.what());
      continue;
    }
    ran.push_back(name);
    for (size_t i = 0; i < files.size(); ++i) {
      const FileRun& run = runs[i].emplace_back(RunFile(*target, files[i], options, nonce));
      if (i == 0) report.Tell(name, run.machine, nonce);
      report.AddRun(files[i], name, run);
    }
  }
  for (size_t i = 0; i < files.size(); ++i) report.AddComparison(files[i], ran, runs[i]);
  return report.Finish();
}

}  // namespace moonlet
