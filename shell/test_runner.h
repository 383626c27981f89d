// shell/test_runner.h - `moonlet test PATHS`: runs scripts that test.
//
// Each file runs in a process of its own, so that none can spoil the next: one that crashes has
// failed, and the others run. The cases are scripts/lib/test.lua's; the runner finds files,
// tells what they did in their order, however many run at a time, and turns a file that does not
// run, or tests nothing, into a failure.
//
// Host only.
#pragma once
#include "shell/test_options.h"

namespace moonlet {

// Reports on standard output; the last line says "N passed, N failed" (in TAP the plan).
// Returns 0 when something passed and nothing failed, else 1. A part of several may be empty.
int RunTests(const TestOptions& options);

}  // namespace moonlet
