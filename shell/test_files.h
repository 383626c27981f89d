// shell/test_files.h - which files `moonlet test PATHS` means, and how often they run. Host only.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "shell/test_options.h"

namespace moonlet {

// A file in one round.
struct TestItem {
  std::string path;    // as the user names it
  std::string folder;  // that was given, or where the file is
  std::optional<int64_t> seed;

  // "a_test.lua", "a_test.lua, seed 7"
  std::string Label() const;
};

// Appends `path` itself, or every *_test.lua below a folder, in order. Gives a message when
// the folder cannot be read or holds none, else nothing.
std::string FindTests(const std::string& path, std::vector<std::string>* files);

// The folder of a test file, and a folder itself.
std::string TestFolder(const std::string& path);

struct TestPlan {
  std::vector<TestItem> items;
  struct Problem {
    std::string path;
    std::string why;
  };
  std::vector<Problem> problems;  // paths that lead to no file
};

// The files of the paths in their order. A part of several takes every n-th from the sorted
// ones, so that each is in one part whatever the order of the paths is.
TestPlan PlanTests(const TestOptions& options);

// The fields of a Lua table, with a comma behind each: what test.setting gives beside the
// environment.
std::string TestSettings(const TestOptions& options, const TestItem& item);

}  // namespace moonlet
