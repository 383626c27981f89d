// shell/test_runner.h - `moonlet test PATHS`: runs scripts that test.
//
// Each file runs in a fresh Runtime, so that none can spoil the next. The cases and
// their reports are scripts/lib/test.lua's; the runner finds files, counts, and turns a
// file that does not run, or tests nothing, into a failure.
#pragma once
#include <string>
#include <vector>

#include "vm/runtime.h"

namespace moonlet {

struct TestOptions {
  std::vector<std::string> paths;    // files, and folders searched for *_test.lua
  std::string filter;                // only cases whose full name holds this text or pattern
  std::vector<std::string> targets;  // shell/target_tests.h; none: here, from the host's files
  bool tap = false;                  // Test Anything Protocol 13 instead of text for people
  RuntimeOptions runtime;            // of every file; library_dir must hold the module `test`
};

// Reports on standard output; the last line says "N passed, N failed" (in TAP the plan).
// Returns 0 when something passed and nothing failed, else 1.
int RunTests(const TestOptions& options);

}  // namespace moonlet
