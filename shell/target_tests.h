// shell/target_tests.h - `moonlet test --target`: the same test files on several targets,
// whose outputs must be the same bytes.
//
// The targets read one ROM image, made here: the library, the applications, the folders of
// the tests, and the recorded data where there is any. So paths, data and modules are the
// same everywhere, and what a file prints - the names of its cases among it - can be
// compared byte for byte.
//
// Host only.
#pragma once
#include "shell/test_runner.h"

namespace moonlet {

// Reports on standard output, as RunTests does. Requires options.targets. Returns 0 when
// something passed, nothing failed, and every file printed the same on all targets.
int RunTestsOnTargets(const TestOptions& options);

// The line, from 1, in which two texts differ first. 0: they are the same. *a and *b become
// these lines; a text that has ended before gives "(nothing)".
int FirstDifference(const std::string& text_a, const std::string& text_b, std::string* a,
                    std::string* b);

}  // namespace moonlet
