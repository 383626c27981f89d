#include "shell/device_session.h"

#include <cstdio>

#include "bindings/modules.h"
#include "boards/board.h"
#include "boards/files.h"
#include "shell/line_editor.h"
#include "shell/raw_repl.h"
#include "shell/repl.h"
#include "vm/file_system.h"

namespace moonlet {
namespace {

constexpr const char* kBootScript = "/rom/boot.lua";
constexpr const char* kMainScript = "/rom/main.lua";
constexpr uint32_t kTooManyCrashes = 3;

class LineOutput final : public Output {
 public:
  LineOutput(SerialLine& line, const Display& display) : line_(line), display_(display) {}
  void Write(std::string_view text) override { line_.Write(text); }
  void WriteError(std::string_view text) override { line_.Write(text); }
  Display display() const override { return display_; }

 private:
  SerialLine& line_;
  const Display& display_;
};

// Where the script was when the machine faulted, for board::OnFault. Allocates nothing; a
// coroutine shows as the call that resumed it.
void ReportFault(void* runtime) {
  lua_State* L = static_cast<Runtime*>(runtime)->state();
  lua_Debug call;
  for (int level = 0; lua_getstack(L, level, &call) != 0; ++level) {
    lua_getinfo(L, "Sl", &call);
    char text[LUA_IDSIZE + 32];
    const int size =
        std::snprintf(text, sizeof(text), "  in %s:%d\n", call.short_src, call.currentline);
    board::WriteError({text, static_cast<size_t>(size)});
  }
}

class Session {
 public:
  Session(const DeviceSetup& setup, SerialLine& line)
      : setup_(setup), line_(line), output_(line, display_) {}
  Status Run();

 private:
  // Why a runtime comes to its end.
  enum class End { kReset, kClosed };

  const char* ReasonForSafeMode(Runtime& runtime);
  void Greet();
  void RunScripts(Runtime& runtime);
  bool RunScript(Runtime& runtime, const char* path);
  End Answer(Runtime& runtime);
  End AnswerFriendly(Runtime& runtime);
  End AnswerRaw(Runtime& runtime);

  const DeviceSetup& setup_;
  SerialLine& line_;
  Display display_;  // what the terminal has told
  LineOutput output_;
  LineHistory history_;
  const char* safe_because_ = nullptr;  // of safe mode; null: not in it
  bool raw_ = false;                    // the mode survives a soft reset
};

Status Session::Run() {
  for (bool started = false;; started = true) {
    Runtime runtime;
    if (Status s = runtime.Open(setup_.runtime); !s.ok()) return s;
    board::OnFault(ReportFault, &runtime);
    line_.SetRunning(&runtime);
    safe_because_ = started ? nullptr : ReasonForSafeMode(runtime);
    if (!raw_) Greet();
    if (safe_because_ == nullptr) RunScripts(runtime);
    line_.SetRunning(nullptr);
    board::KeepNumber(0);
    const End end = Answer(runtime);
    line_.SetRunning(nullptr);
    if (end == End::kClosed) return {};
    line_.Write("soft reboot\r\n");
  }
}

const char* Session::ReasonForSafeMode(Runtime& runtime) {
  if (board::KeptNumber() >= kTooManyCrashes) return "three crashes in a row";
  board::Sleep(setup_.wait_us, runtime.stop());
  if (!runtime.stop().raised()) return nullptr;
  runtime.ClearInterrupt();
  return "Ctrl-C at the start";
}

void Session::Greet() {
  char text[200];
  const int size = std::snprintf(
      text, sizeof(text),
      "Moonlet " MOONLET_VERSION " (" LUA_RELEASE
      ") on %s, heap %lu KiB\r\n"
      "%s\r\n",
      board::Name(), static_cast<unsigned long>(setup_.runtime.memory_cap >> 10), kDeviceHint);
  line_.Write({text, static_cast<size_t>(size)});
  if (safe_because_ == nullptr) return;
  line_.Write("Safe mode: ");
  line_.Write(safe_because_);
  line_.Write("; boot.lua and main.lua did not run\r\n");
}

// A script that fails, or is interrupted, leaves the device at its prompt.
void Session::RunScripts(Runtime& runtime) {
  if (RunScript(runtime, kBootScript) && !raw_) RunScript(runtime, kMainScript);
}

// False when it failed; a script that is not there did not.
bool Session::RunScript(Runtime& runtime, const char* path) {
  board::FileIdentity identity;
  if (runtime.files().Identify(path, &identity).code() == Code::kNotFound) return true;
  if (runtime.RunFile(path, {}).ok()) return true;
  if (!runtime.exit_code()) {
    size_t size;
    const char* message = lua_tolstring(runtime.state(), -1, &size);
    WriteScriptError(&output_, {message, size});
  }
  lua_settop(runtime.state(), 0);
  return runtime.exit_code().has_value();
}

Session::End Session::Answer(Runtime& runtime) {
  while (true) {
    const bool raw = raw_;
    const End end = raw ? AnswerRaw(runtime) : AnswerFriendly(runtime);
    if (end == End::kClosed || raw == raw_) return end;
  }
}

// Until a soft reset, or until raw_ is set.
Session::End Session::AnswerFriendly(Runtime& runtime) {
  LineEditor editor(line_, runtime, history_, display_);
  while (true) {
    if (Repl(runtime, editor, output_).Run() == Repl::End::kExit) return End::kReset;
    switch (editor.left_by()) {
      case Ctrl('A'):
        raw_ = true;
        return End::kReset;
      case Ctrl('B'):
        Greet();
        break;
      case Ctrl('D'):
        return End::kReset;
      default:
        return End::kClosed;
    }
  }
}

// Until a soft reset, or until raw_ is cleared.
Session::End Session::AnswerRaw(Runtime& runtime) {
  board::SetScreen({});  // a program is at the line
  switch (RawRepl(line_, runtime, setup_.paste_window).Run()) {
    case RawRepl::End::kFriendly:
      raw_ = false;
      Greet();
      return End::kReset;
    case RawRepl::End::kReset:
      return End::kReset;
    case RawRepl::End::kClosed:
      break;
  }
  return End::kClosed;
}

}  // namespace

RuntimeOptions DeviceRuntime() {
  RuntimeOptions options;
  options.memory_cap = board::HeapSize();
  options.sandbox = true;
  options.open_builtin = OpenBuiltinModule;
  options.builtin_names = BuiltinNames();
  options.library_dir = "/rom/lib";
  options.modules_as_globals = true;
  return options;
}

Status RunDevice(const DeviceSetup& setup, SerialLine& line) { return Session(setup, line).Run(); }

}  // namespace moonlet
