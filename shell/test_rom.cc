#include "shell/test_rom.h"

#include <stdlib.h>

#include <cstdlib>
#include <filesystem>
#include <set>
#include <system_error>
#include <utility>
#include <vector>

#include "shell/image.h"
#include "shell/lua_text.h"

namespace moonlet {
namespace {

namespace fs = std::filesystem;

// A folder that goes with its object.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::error_code error;
    path_ = (fs::temp_directory_path(error) / "moonlet-XXXXXX").string();
    if (mkdtemp(path_.data()) == nullptr) path_.clear();
  }
  ~TemporaryFolder() {
    std::error_code error;
    if (!path_.empty()) fs::remove_all(path_, error);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

// Empty: there is no recorded data.
std::string RecordedFolder() {
  const char* set = std::getenv("MOONLET_SHARED");
  const std::string folder = set != nullptr ? set : "../shared";
  std::error_code error;
  return fs::is_directory(folder + "/corpus", error) ? folder : std::string();
}

// Has each archive that can be read as a copy of it without compression.
Status Unpack(std::vector<ImageFile>* files, const std::string& folder,
              const RuntimeOptions& options) {
  std::string chunk =
      "local tensor = require 'tensor'\n"
      "local function unpack(from, to)\n"
      "  local tensors = tensor.load(from)\n"
      "  if type(tensors) == 'table' then tensor.save(to, tensors) end\n"
      "end\n";
  std::vector<std::pair<ImageFile*, std::string>> copies;
  for (ImageFile& file : *files) {
    if (!file.path.ends_with(".npz")) continue;
    copies.emplace_back(&file, folder + '/' + std::to_string(copies.size()) + ".npz");
    chunk += "unpack(" + LuaText(file.file) + ", " + LuaText(copies.back().second) + ")\n";
  }
  Runtime runtime;
  if (Status s = runtime.Open(options); !s.ok()) return s;
  if (Status s = runtime.RunString(chunk.c_str(), "=unpack"); !s.ok()) return s;
  std::error_code error;
  for (const auto& [file, copy] : copies)
    if (fs::exists(copy, error)) file->file = copy;
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
  const std::string recorded = RecordedFolder();
  if (recorded.empty()) return {};
  return FilesBelow(recorded + "/corpus", "shared/corpus/", files);
}

}  // namespace

std::string TestFolder(const std::string& path) {
  std::error_code error;
  if (fs::is_directory(path, error)) return path;
  const std::string folder = fs::path(path).parent_path().string();
  return folder.empty() ? "." : folder;
}

Status BuildTestRom(const TestOptions& options, RomFile* rom) {
  const TemporaryFolder folder;
  std::vector<ImageFile> files;
  if (Status s = FindFiles(options, &files); !s.ok()) return s;
  if (folder.path().empty()) return Status::Error(Code::kIo, "no temporary folder");
  if (Status s = Unpack(&files, folder.path(), options.runtime); !s.ok()) return s;
  std::vector<uint8_t> image;
  if (Status s = BuildImage(std::move(files), &image); !s.ok()) return s;
  return rom->Make(image);
}

}  // namespace moonlet
