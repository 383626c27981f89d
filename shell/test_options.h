// shell/test_options.h - what `moonlet test` is asked for.
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "vm/runtime.h"

namespace moonlet {

enum class TestFormat {
  kPretty,
  kTap,    // Test Anything Protocol 13
  kJunit,  // one XML document, as Jenkins, GitLab and CTest read it
};

struct TestOptions {
  std::vector<std::string> paths;    // files, and folders searched for *_test.lua
  std::string filter;                // only cases whose full name holds this text or pattern
  std::vector<std::string> targets;  // shell/target_tests.h; none: here, from the host's files
  TestFormat format = TestFormat::kPretty;
  // Of `shards` parts of the files this one, from 1; the others run elsewhere.
  size_t shard = 1;
  size_t shards = 1;
  size_t jobs = 1;              // files at a time; on targets, emulators
  size_t repeat = 1;            // rounds
  std::optional<int64_t> seed;  // of properties in the first round; the next adds 1
  bool record = false;          // goldens are written instead of compared
  RuntimeOptions runtime;       // of every file; library_dir must hold the module `test`
};

}  // namespace moonlet
