#include "shell/device_command.h"

#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <string_view>

#include "shell/command.h"
#include "shell/deploy.h"
#include "shell/device_script.h"
#include "shell/host_files.h"
#include "shell/lua_text.h"
#include "shell/progress_bar.h"
#include "shell/raw_client.h"
#include "shell/rom_file.h"
#include "shell/target.h"
#include "shell/terminal.h"
#include "shell/transfer.h"
#include "vm/rom_image.h"

namespace moonlet {
namespace {

StopToken g_stop;  // Ctrl-C

void StopOnInterrupt() {
  struct sigaction interrupt = {};
  interrupt.sa_handler = [](int) { g_stop.Raise(); };
  sigaction(SIGINT, &interrupt, nullptr);
}

int Failed(const std::string& what, int code = kExitError) {
  std::fflush(stdout);
  std::fprintf(stderr, "moonlet: %s\n", what.c_str());
  return code;
}

constexpr const char* kInfo = R"(
local sys = require "sys"
local function line(what, ...) print(("%-9s"):format(what), ...) end
line("board", sys.board)
line("build", sys.build)
line("version", sys.version)
collectgarbage()
local memory = sys.mem()
line("heap", ("%d bytes in use by Lua"):format(collectgarbage "count" * 1024))
line("engine", ("%d bytes in use, %d in files"):format(memory.engine, memory.files))
for _, which in ipairs {"base", "application"} do
  local rom = sys.rom()[which]
  if rom then
    line(which, ("%d bytes, crc %08x, built by Moonlet %s"):format(rom.size, rom.crc, rom.version))
  end
end
)";

class Session {
 public:
  explicit Session(const DeviceOptions& options) : options_(options) {}

  int Run();

 private:
  // The exit code for a failed Status; says why.
  int Fail(const Status& status);
  // Reads what goes to the device, before it is disturbed.
  Status Prepare();
  Status Connect();
  int Execute(const std::string& code);
  // The same for a chunk of ours: of an error the message is enough.
  int Ask(const std::string& code);

  const std::string& Argument(size_t i) const { return options_.arguments[i]; }
  int Repl();
  int RunFile();
  int Put();
  int Get();
  int List();
  int Remove();
  int Reset();
  int Deploy();

  const DeviceOptions& options_;
  std::vector<uint8_t> bytes_;  // a script, a file or an image, on its way to the device
  Target target_;
  RawClient client_{target_.line(), g_stop};
};

int Session::Fail(const Status& status) {
  if (status.code() == Code::kStopped) return Failed("interrupted", kExitInterrupted);
  return Failed(target_.Explain(status));
}

Status Session::Prepare() {
  if (options_.verb == "run" || options_.verb == "put") return ReadHostFile(Argument(0), &bytes_);
  if (options_.verb != "deploy") return {};
  if (Status s = BuildRomFrom(Argument(0), &bytes_); !s.ok()) return s;
  const Status status = RomImage().Open(bytes_, RomImage::Check::kEverything);
  if (status.ok()) return {};
  return Status::Error(status.code(), "%s: %s", Argument(0).c_str(), status.what());
}

Status Session::Connect() {
  if (const EmulatedBoard* board = FindEmulated(options_.target); board != nullptr) {
    Machine machine = DefaultMachine(*board);
    machine.icount = options_.icount;
    target_.SetMachine(machine);
  }
  if (Status s = target_.Open(options_.target); !s.ok()) return s;
  if (Status s = client_.Enter(); !s.ok()) return s;
  if (Status s = client_.Settle(); !s.ok()) return s;
  return SetDeviceClock(client_);
}

int Session::Execute(const std::string& code) {
  int exit_code;
  const Status status = RunOnDevice(client_, code, &exit_code);
  return status.ok() ? exit_code : Fail(status);
}

int Session::Ask(const std::string& code) {
  DeviceConsole console;
  bool failed;
  if (Status s = client_.Run(code, console, &failed); !s.ok()) return Fail(s);
  return failed ? Failed(console.error().substr(0, console.error().find('\n'))) : 0;
}

int Session::Repl() {
  if (Status s = client_.Leave(); !s.ok()) return Fail(s);
  if (isatty(STDIN_FILENO)) std::fputs("Ctrl-] leaves\r\n", stderr);
  if (Status s = AttachTerminal(target_.line()); !s.ok()) return Fail(s);
  return 0;
}

int Session::RunFile() {
  return Execute(WithArguments({reinterpret_cast<const char*>(bytes_.data()), bytes_.size()},
                               options_.arguments));
}

// "DIR/" takes the name of the other side.
std::string Destination(const std::string& from, const std::string& to) {
  return to.ends_with('/') ? to + from.substr(from.rfind('/') + 1) : to;
}

int Session::Put() {
  ProgressBar bar;
  Transfer transfer(client_, {.watcher = &bar});
  const Status status = transfer.Put(bytes_, Destination(Argument(0), Argument(1)));
  return status.ok() ? 0 : Fail(status);
}

int Session::Get() {
  std::vector<uint8_t> bytes;
  ProgressBar bar;
  Transfer transfer(client_, {.watcher = &bar});
  if (Status s = transfer.Get(Argument(0), &bytes); !s.ok()) return Fail(s);
  const Status status = WriteHostFile(Destination(Argument(0), Argument(1)), bytes);
  return status.ok() ? 0 : Fail(status);
}

int Session::List() {
  if (options_.arguments.empty()) return std::puts("/ram/\n/rom/") < 0 ? kExitError : 0;
  return Ask("local names, why = require 'sys'.list(" + LuaText(Argument(0)) +
             ") if not names then error(why, 0) end for _, name in ipairs(names) do "
             "print(name) end");
}

int Session::Remove() {
  return Ask("local ok, why = os.remove(" + LuaText(Argument(0)) +
             ") if not ok then error(why, 0) end");
}

int Session::Reset() {
  const Status status = client_.Reset();
  return status.ok() ? 0 : Fail(status);
}

// Resets twice: the application is looked at, which interrupts it, and then left alone.
int Session::Deploy() {
  {
    ProgressBar bar;
    if (Status s = moonlet::Deploy(client_, bytes_, &bar); !s.ok()) return Fail(s);
  }
  std::printf("%s: %zu bytes deployed\n", Argument(0).c_str(), bytes_.size());
  return Reset();
}

struct Verb {
  std::string_view name;
  size_t least, most;  // arguments
  const char* usage;
};
constexpr size_t kAny = 1000;
constexpr Verb kVerbs[] = {
    {"repl", 0, 0, ""},       {"run", 1, kAny, "FILE [ARGS...]"},
    {"exec", 1, 1, "CODE"},   {"put", 2, 2, "SRC DST"},
    {"get", 2, 2, "SRC DST"}, {"ls", 0, 1, "[PATH]"},
    {"rm", 1, 1, "PATH"},     {"reset", 0, 0, ""},
    {"info", 0, 0, ""},       {"deploy", 1, 1, "DIR"},
};

// Empty: the command line makes sense.
std::string Misuse(const DeviceOptions& options) {
  const auto* verb = std::find_if(std::begin(kVerbs), std::end(kVerbs),
                                  [&](const Verb& v) { return v.name == options.verb; });
  if (verb == std::end(kVerbs)) {
    std::string text = "'moonlet device' takes";
    for (const Verb& v : kVerbs) text += ' ' + std::string(v.name);
    return text + (options.verb.empty() ? "" : ", not " + options.verb);
  }
  if (options.icount && FindEmulated(options.target) == nullptr)
    return "--icount takes an emulator, target sim";
  const size_t count = options.arguments.size();
  if (count >= verb->least && count <= verb->most) return {};
  return "usage: moonlet device [--target TARGET] [--icount] " + options.verb + ' ' + verb->usage;
}

int Session::Run() {
  const std::string& verb = options_.verb;
  Status status = Prepare();
  if (status.ok()) status = Connect();
  if (!status.ok()) return Fail(status);
  if (verb == "repl") return Repl();
  if (verb == "run") return RunFile();
  if (verb == "exec") return Execute(Argument(0));
  if (verb == "put") return Put();
  if (verb == "get") return Get();
  if (verb == "ls") return List();
  if (verb == "rm") return Remove();
  if (verb == "reset") return Reset();
  if (verb == "info") return Ask(kInfo);
  return Deploy();
}

}  // namespace

int RunDeviceCommand(const DeviceOptions& options) {
  if (const std::string misuse = Misuse(options); !misuse.empty()) {
    return Failed(misuse, kExitUsage);
  }
  StopOnInterrupt();
  return Session(options).Run();
}

int RunSimCommand(const std::string& rom) {
  StopOnInterrupt();
  Machine machine = DefaultMachine(*FindEmulated("sim"));
  RomFile file;
  if (!rom.empty()) {
    if (Status s = file.Make(rom); !s.ok()) return Failed(s.what());
    machine.rom = file.path();
  }
  Target target;
  target.SetMachine(machine);
  if (Status s = target.Open("sim"); !s.ok()) return Failed(s.what());
  if (isatty(STDIN_FILENO)) std::fputs("Ctrl-] leaves\n", stderr);
  if (Status s = AttachTerminal(target.line()); !s.ok()) return Failed(target.Explain(s));
  return 0;
}

}  // namespace moonlet
