#include "shell/test_runner.h"

#include <algorithm>
#include <cstdio>
#include <string_view>

#include "shell/test_files.h"

namespace moonlet {
namespace {

struct Counts {
  lua_Integer passed = 0;
  lua_Integer failed = 0;
};

// What the module `test` is told before a file runs.
struct Start {
  const TestOptions& options;
  lua_Integer reported;  // cases so far: TAP numbers go on
};

void RequireTest(lua_State* L) {
  lua_getglobal(L, "require");
  lua_pushliteral(L, "test");
  lua_call(L, 1, 1);
}

int StartModule(lua_State* L) {
  const auto& start = *static_cast<const Start*>(lua_touserdata(L, 1));
  RequireTest(L);
  lua_getfield(L, -1, "_start");
  lua_pushstring(L, start.options.tap ? "tap" : "pretty");
  if (start.options.filter.empty()) {
    lua_pushnil(L);
  } else {
    lua_pushstring(L, start.options.filter.c_str());
  }
  lua_pushinteger(L, start.reported);
  lua_call(L, 3, 0);
  return 0;
}

int ReadCounts(lua_State* L) {
  auto& counts = **static_cast<Counts**>(lua_touserdata(L, 1));
  RequireTest(L);
  lua_getfield(L, -1, "_finish");
  lua_call(L, 0, 2);
  counts.passed = lua_tointeger(L, -2);
  counts.failed = lua_tointeger(L, -1);
  return 0;
}

class Runner {
 public:
  explicit Runner(const TestOptions& options) : options_(options) {}

  void RunPath(const std::string& path);
  int Finish() const;

 private:
  void RunFile(const std::string& path);
  // Runs it and adds what its cases report; gives a message when the file itself fails.
  std::string RunCases(const std::string& path);
  void Fail(const std::string& name, std::string_view message);

  const TestOptions& options_;
  Counts total_;
};

std::string TextOnTop(lua_State* L) {
  const char* text = lua_tostring(L, -1);
  return text != nullptr ? text : "error without a message";
}

std::string Runner::RunCases(const std::string& path) {
  Runtime runtime;
  if (const Status s = runtime.Open(options_.runtime); !s.ok()) return s.what();
  const Start start = {options_, total_.passed + total_.failed};
  if (!runtime.Protect(StartModule, &start).ok()) return TextOnTop(runtime.state());

  std::string message;
  const Status ran = runtime.RunFile(path.c_str(), {});
  if (const std::optional<int> code = runtime.exit_code()) {
    message = "the file ended by os.exit(" + std::to_string(*code) + ")";
  } else if (!ran.ok()) {
    message = TextOnTop(runtime.state());
  }
  runtime.SetBudget(0);  // the counts are to be had even then
  Counts counts;
  Counts* to = &counts;
  if (!runtime.Protect(ReadCounts, &to).ok() && message.empty())
    message = TextOnTop(runtime.state());
  total_.passed += counts.passed;
  total_.failed += counts.failed;
  const bool none = counts.passed + counts.failed == 0;
  if (message.empty() && none && options_.filter.empty()) message = "no case in this file";
  return message;
}

void Runner::RunFile(const std::string& path) {
  const Counts before = total_;
  if (const std::string message = RunCases(path); !message.empty()) Fail(path, message);
  const lua_Integer passed = total_.passed - before.passed;
  const lua_Integer failed = total_.failed - before.failed;
  if (options_.tap || passed + failed == 0) return;
  std::printf("%s  %s: %lld passed, %lld failed\n", failed == 0 ? "ok  " : "FAIL", path.c_str(),
              static_cast<long long>(passed), static_cast<long long>(failed));
}

void Runner::Fail(const std::string& name, std::string_view message) {
  ++total_.failed;
  const char* indent = options_.tap ? "# " : "      ";
  if (options_.tap) {
    std::printf("not ok %lld - %s\n", static_cast<long long>(total_.passed + total_.failed),
                name.c_str());
  } else {
    std::printf("FAIL  %s\n", name.c_str());
  }
  for (size_t from = 0; from < message.size();) {
    const size_t end = std::min(message.find('\n', from), message.size());
    std::printf("%s%.*s\n", indent, static_cast<int>(end - from), message.data() + from);
    from = end + 1;
  }
}

void Runner::RunPath(const std::string& path) {
  std::vector<std::string> files;
  if (const std::string why = FindTests(path, &files); !why.empty()) return Fail(path, why);
  for (const std::string& file : files) RunFile(file);
}

int Runner::Finish() const {
  const auto passed = static_cast<long long>(total_.passed);
  const auto failed = static_cast<long long>(total_.failed);
  if (options_.tap) {
    std::printf("1..%lld\n", passed + failed);
  } else {
    std::printf("%lld passed, %lld failed\n", passed, failed);
  }
  return passed > 0 && failed == 0 ? 0 : 1;
}

}  // namespace

int RunTests(const TestOptions& options) {
  if (options.tap) std::printf("TAP version 13\n");
  Runner runner(options);
  for (const std::string& path : options.paths) runner.RunPath(path);
  return runner.Finish();
}

}  // namespace moonlet
