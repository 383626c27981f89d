#include "shell/test_files.h"

#include <algorithm>
#include <filesystem>
#include <string_view>
#include <utility>

#include "shell/lua_text.h"

namespace moonlet {

namespace fs = std::filesystem;

std::string TestItem::Label() const {
  return seed ? path + ", seed " + std::to_string(*seed) : path;
}

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

std::string TestFolder(const std::string& path) {
  std::error_code error;
  if (fs::is_directory(path, error)) return path;
  const std::string folder = fs::path(path).parent_path().string();
  return folder.empty() ? "." : folder;
}

TestPlan PlanTests(const TestOptions& options) {
  TestPlan plan;
  std::vector<TestItem> files;
  for (const std::string& path : options.paths) {
    std::vector<std::string> found;
    if (std::string why = FindTests(path, &found); !why.empty())
      plan.problems.push_back({path, std::move(why)});
    for (const std::string& file : found) files.push_back({file, TestFolder(path), {}});
  }
  const auto before = [](const TestItem& a, const TestItem& b) { return a.path < b.path; };
  if (options.shards > 1) std::stable_sort(files.begin(), files.end(), before);
  const bool seeded = options.seed || options.repeat > 1;
  for (size_t round = 0; round < options.repeat; ++round) {
    for (size_t i = options.shard - 1; i < files.size(); i += options.shards) {
      TestItem& item = plan.items.emplace_back(files[i]);
      if (seeded) item.seed = options.seed.value_or(1) + static_cast<int64_t>(round);
    }
  }
  return plan;
}

std::string TestSettings(const TestOptions& options, const TestItem& item) {
  std::string fields;
  if (item.seed) fields += "MOONLET_TEST_SEED=" + LuaText(std::to_string(*item.seed)) + ",";
  if (options.record) fields += "MOONLET_TEST_RECORD=\"1\",";
  return fields;
}

}  // namespace moonlet
