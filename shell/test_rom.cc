#include "shell/test_rom.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <set>
#include <system_error>
#include <utility>
#include <vector>

#include "shell/image.h"

namespace moonlet {
namespace {

namespace fs = std::filesystem;

// Empty: there is no recorded data.
std::string RecordedFolder() {
  const char* set = std::getenv("MOONLET_SHARED");
  const std::string folder = set != nullptr ? set : "../shared";
  std::error_code error;
  return fs::is_directory(folder + "/corpus", error) ? folder : std::string();
}

// Recorded models are more than a line carries, or a slot for applications holds.
bool FitsTargets(const TestOptions& options) {
  return std::all_of(options.targets.begin(), options.targets.end(),
                     [](const std::string& name) { return name == "host" || name == "sim"; });
}

Status FindRecorded(std::vector<ImageFile>* files) {
  const std::string recorded = RecordedFolder();
  if (recorded.empty()) return {};
  for (const char* part : {"corpus", "dsp-goldens", "ml-goldens", "samples"}) {
    const std::string folder = recorded + "/" + part;
    std::error_code error;
    if (!fs::is_directory(folder, error)) continue;
    const std::string prefix = std::string("shared/") + part + "/";
    if (Status s = FilesBelow(folder, prefix.c_str(), files); !s.ok()) return s;
  }
  return {};
}

Status FindFiles(const TestOptions& options, std::vector<ImageFile>* files) {
  const char* set = options.runtime.library_dir;
  const fs::path library = set != nullptr ? set : "";
  if (Status s = FilesBelow(library.string(), "lib/", files); !s.ok()) return s;
  const std::string apps = (library.parent_path() / "apps").string();
  std::error_code error;
  if (fs::is_directory(apps, error)) {
    if (Status s = FilesBelow(apps, "apps/", files); !s.ok()) return s;
  }
  std::set<std::string> folders;
  for (const std::string& path : options.paths) folders.insert(TestFolder(path));
  for (const std::string& folder : folders) {
    if (Status s = FilesBelow(folder, "tests/", files); !s.ok()) return s;
  }
  if (!FitsTargets(options)) return {};
  return FindRecorded(files);
}

}  // namespace

std::string TestFolder(const std::string& path) {
  std::error_code error;
  if (fs::is_directory(path, error)) return path;
  const std::string folder = fs::path(path).parent_path().string();
  return folder.empty() ? "." : folder;
}

Status BuildTestRom(const TestOptions& options, RomFile* rom) {
  std::vector<ImageFile> files = {HelpFile()};
  if (Status s = FindFiles(options, &files); !s.ok()) return s;
  std::vector<uint8_t> image;
  if (Status s = BuildImage(std::move(files), &image); !s.ok()) return s;
  return rom->Make(image);
}

}  // namespace moonlet
