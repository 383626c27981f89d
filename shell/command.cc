#include "shell/command.h"

#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <string_view>

#include "bindings/modules.h"
#include "boards/host/uart.h"
#include "shell/console.h"
#include "shell/device_module.h"
#include "shell/host_display.h"
#include "shell/line_plain.h"
#include "shell/link.h"
#include "shell/paths.h"
#include "shell/repl.h"
#include "shell/rom_volume.h"
#include "shell/target_tests.h"
#include "shell/version.h"
#include "vm/runtime.h"
#if defined(MOONLET_READLINE)
#include "shell/line_readline.h"
#endif

namespace moonlet {
namespace {

class StandardOutput final : public Output {
 public:
  void Write(std::string_view text) override { Put(text, stdout); }
  void WriteError(std::string_view text) override {
    std::fflush(stdout);
    Put(text, stderr);
  }
  Display display() const override { return HostDisplay(); }

 private:
  // An empty text may have no address, which fwrite must not be given.
  static void Put(std::string_view text, std::FILE* stream) {
    if (!text.empty()) std::fwrite(text.data(), 1, text.size(), stream);
  }
};

Runtime* g_interrupted = nullptr;  // what Ctrl-C goes to

void OnInterrupt(int) { g_interrupted->Interrupt(); }

// Ctrl-C reaches the scripts of `runtime`, unless the caller of the command ignores it.
void TakeInterrupts(Runtime* runtime) {
  struct sigaction before;
  sigaction(SIGINT, nullptr, &before);
  if (before.sa_handler == SIG_IGN) return;
  g_interrupted = runtime;
  struct sigaction interrupt = {};
  interrupt.sa_handler = OnInterrupt;  // no SA_RESTART: a read of the terminal ends too
  sigaction(SIGINT, &interrupt, nullptr);
}

// Says what is wrong, after everything printed so far.
void Complain(const char* what, const char* which = "", const char* why = "") {
  std::fflush(stdout);
  std::fprintf(stderr, "moonlet: %s%s%s\n", what, which, why);
}

// The exit code for how a run ended; says why on standard error.
int Finish(Runtime& runtime, const Status& status) {
  if (runtime.exit_code()) return *runtime.exit_code();
  if (status.ok()) return 0;
  Complain(lua_tostring(runtime.state(), -1));
  lua_pop(runtime.state(), 1);
  if (runtime.budget_spent()) return kExitBudget;
  if (std::string_view(status.what()).ends_with("interrupted")) return kExitInterrupted;
  return kExitError;
}

// Names that open a module at the prompt and in -e: built in, or in the library.
std::vector<std::string> ModuleNames(const std::string& library) {
  std::vector<std::string> names(BuiltinNames().begin(), BuiltinNames().end());
  AddModulesIn(library, &names);
  return names;
}

int RunPrompt(Runtime& runtime) {
  runtime.SetBudget(0);  // the prompt gives each chunk its own
  StandardOutput output;
  const bool keys = isatty(STDIN_FILENO) != 0;
  const bool screen = isatty(STDOUT_FILENO) != 0;
  if (keys && screen) std::printf("%s\n", Banner().c_str());
  std::fflush(stdout);
#if defined(MOONLET_READLINE)
  if (keys && screen) {
    ReadlineLineReader lines(runtime.state(), HistoryFile());
    Repl(runtime, lines, output).Run();
    return runtime.exit_code().value_or(0);
  }
#endif
  // Answers that go to a file are not mixed with prompts.
  PlainLineReader lines(stdin, keys && !screen ? stderr : stdout);
  Repl(runtime, lines, output).Run();
  return runtime.exit_code().value_or(0);
}

// -e, then file or module. Stops at the first that fails.
int RunScripts(Runtime& runtime, const Command& command, const char* file) {
  for (const char* code : command.code) {
    const int result = Finish(runtime, runtime.RunString(code, "=(command line)"));
    if (result != 0 || runtime.exit_code()) return result;
  }
  if (file == nullptr) return 0;
  return Finish(runtime, runtime.RunFile(file, command.arguments));
}

// What was printed may still be refused: a full disk, a closed pipe.
int FlushOutput(int result) {
  if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0) return result;
  if (errno != EPIPE) Complain("standard output: ", std::strerror(errno));
  return result != 0 ? result : kExitError;
}

// Makes /rom what the command line says; complains when that cannot be.
bool MountRom(const Command& command, RomVolume* rom, FileSystem* files) {
  if (command.rom == nullptr) return true;
  const Status status = rom->Mount(command.rom, files);
  if (!status.ok()) Complain(status.what());
  return status.ok();
}

// Makes the second serial line what the command line says; complains when that cannot be.
bool ConnectUart(const Command& command, Link* link) {
  constexpr std::string_view kTcp = "tcp:";
  if (command.uart == nullptr) return true;
  const std::string name = command.uart;
  const Status status =
      name.starts_with(kTcp) ? link->Connect(name.substr(kTcp.size())) : link->OpenSerial(name);
  if (!status.ok()) Complain(status.what());
  board::AttachUart(link->descriptor());
  return status.ok();
}

// Texts are those of `command` and `library`.
RuntimeOptions OptionsOf(const Command& command, const std::string& library, FileSystem* files) {
  RuntimeOptions options;
  options.memory_cap = command.memory;
  options.timeout_seconds = command.timeout;
  options.sandbox = command.sandbox;
  options.allow = command.allow;
  options.files = files;
  options.open_builtin = OpenBuiltinModule;
  options.builtin_names = BuiltinNames();
  options.library_dir = library.empty() ? nullptr : library.c_str();
  return options;
}

}  // namespace

int RunCommand(const Command& command) {
  const std::string library = LibraryFolder();
  std::string program;
  const char* file = command.file;
  if (command.module != nullptr) {
    program = FindProgram(command.module, library);
    if (program.empty()) {
      Complain("no module '", command.module, "' to run");
      return kExitError;
    }
    file = program.c_str();
  }
  const bool idle = command.code.empty() && file == nullptr;
  if (idle && !command.prompt && !isatty(STDIN_FILENO)) file = "-";
  const bool prompt = command.prompt || (idle && file == nullptr);

  RomVolume rom;
  FileSystem files;
  Link uart;
  if (!MountRom(command, &rom, &files) || !ConnectUart(command, &uart)) return kExitError;
  RuntimeOptions options = OptionsOf(command, library, &files);
  options.modules_as_globals = prompt || !command.code.empty();
  std::vector<std::string> names;
  if (options.modules_as_globals) names = ModuleNames(library);
  std::vector<const char*> name_texts;
  for (const std::string& name : names) name_texts.push_back(name.c_str());
  options.builtin_names = name_texts;
  Runtime runtime;
  if (const Status status = runtime.Open(options); !status.ok()) {
    Complain(status.what());
    return kExitError;
  }
  TakeInterrupts(&runtime);

  int result = RunScripts(runtime, command, file);
  if (prompt && !runtime.exit_code()) result = RunPrompt(runtime);
  runtime.Close();
  return FlushOutput(result);
}

int RunLibraryCommand(const Command& command, const char* module) {
  const std::string library = LibraryFolder();
  const std::string program = LibraryProgram(module, library);
  if (program.empty()) {
    Complain("the library of modules is not there: MOONLET_LIB names its folder");
    return kExitError;
  }
  RomVolume rom;
  FileSystem files;
  if (!MountRom(command, &rom, &files)) return kExitError;
  RuntimeOptions options = OptionsOf(command, library, &files);
  options.open_builtin = OpenCommandModule;
  Runtime runtime;
  if (const Status status = runtime.Open(options); !status.ok()) {
    Complain(status.what());
    return kExitError;
  }
  TakeInterrupts(&runtime);
  const int result = Finish(runtime, runtime.RunFile(program.c_str(), command.arguments));
  runtime.Close();
  return FlushOutput(result);
}

int RunTestCommand(const Command& command, TestOptions test) {
  const std::string library = LibraryFolder();
  RomVolume rom;
  FileSystem files;
  if (!MountRom(command, &rom, &files)) return kExitError;
  test.runtime = OptionsOf(command, library, &files);
  return FlushOutput(test.targets.empty() ? RunTests(test) : RunTestsOnTargets(test));
}

}  // namespace moonlet
