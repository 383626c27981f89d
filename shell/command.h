// shell/command.h - what `moonlet` does once its command line is understood.
#pragma once
#include <cstddef>
#include <vector>

#include "shell/test_runner.h"

namespace moonlet {

// Exit codes besides a script's own (os.exit).
inline constexpr int kExitError = 1;          // a script or the world refused
inline constexpr int kExitUsage = 2;          // the command line makes no sense
inline constexpr int kExitBudget = 124;       // --timeout, as timeout(1)
inline constexpr int kExitInterrupted = 130;  // Ctrl-C, as shells say it

// Texts are main's.
struct Command {
  std::vector<const char*> code;  // -e, in order
  const char* file = nullptr;     // "-": standard input; null: none
  const char* module = nullptr;   // -m; null: none
  std::vector<const char*> arguments;
  bool prompt = false;  // -i
  size_t memory = 0;    // bytes; 0: no limit
  double timeout = 0;   // seconds; 0: no limit
  bool sandbox = false;
  std::vector<const char*> allow;
  const char* rom = nullptr;   // what /rom is: a folder or an image; null: nothing
  const char* uart = nullptr;  // the second serial line: tcp:HOST:PORT or a path; null: memory
};

// Runs code, then file or module, then the prompt if it is asked for or there is
// nothing else. Returns the exit code.
int RunCommand(const Command& command);

// A program of the library's own, by its module's name: `moonlet model ...` is model.command.
int RunLibraryCommand(const Command& command, const char* module);

// `moonlet test`: the same limits hold for every file by itself.
int RunTestCommand(const Command& command, TestOptions test);

}  // namespace moonlet
