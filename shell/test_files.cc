#include "shell/test_files.h"

#include <algorithm>
#include <filesystem>
#include <string_view>

namespace moonlet {

namespace fs = std::filesystem;

std::string FindTests(const std::string& path, std::vector<std::string>* files) {
  constexpr std::string_view kSuffix = "_test.lua";
  std::error_code error;
  if (!fs::is_directory(path, error)) {
    files->push_back(path);
    return {};
  }
  std::vector<std::string> found;
  fs::recursive_directory_iterator entry(path, error);
  for (const fs::recursive_directory_iterator end; !error && entry != end; entry.increment(error)) {
    const std::string file = entry->path().string();
    if (std::string_view(file).ends_with(kSuffix)) found.push_back(file);
  }
  if (error) return error.message();
  if (found.empty()) return "no *_test.lua in this folder";
  std::sort(found.begin(), found.end());
  files->insert(files->end(), found.begin(), found.end());
  return {};
}

}  // namespace moonlet
