#include "shell/test_rom.h"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <limits>
#include <set>
#include <system_error>
#include <utility>
#include <vector>

#include "shell/image.h"
#include "shell/sim.h"
#include "shell/test_files.h"

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

// How much recorded data all targets have room for, beside a MiB for the rest. Recorded models
// are more than a line carries, or a slot for applications holds.
uintmax_t RoomForRecorded(const TestOptions& options) {
  uintmax_t room = std::numeric_limits<uintmax_t>::max();
  for (const std::string& name : options.targets) {
    if (name == "host") continue;
    const EmulatedBoard* board = FindEmulated(name);
    if (board == nullptr) return 0;
    room = std::min<uintmax_t>(room, board->rom_size - (1 << 20));
  }
  return room;
}

uintmax_t SizeOf(const std::vector<ImageFile>& files) {
  uintmax_t size = 0;
  std::error_code error;  // whoever reads the file finds it again
  for (const ImageFile& file : files) {
    const uintmax_t bytes = fs::file_size(file.file, error);
    if (!error) size += bytes;
  }
  return size;
}

// Parts that have no room are left out.
Status FindRecorded(uintmax_t room, std::vector<ImageFile>* files) {
  const std::string recorded = RecordedFolder();
  if (recorded.empty()) return {};
  for (const char* part : {"corpus", "dsp-goldens", "ml-goldens", "samples", "vela"}) {
    const std::string folder = recorded + "/" + part;
    std::error_code error;
    if (!fs::is_directory(folder, error)) continue;
    const std::string prefix = std::string("shared/") + part + "/";
    std::vector<ImageFile> found;
    if (Status s = FilesBelow(folder, prefix.c_str(), &found); !s.ok()) return s;
    const uintmax_t size = SizeOf(found);
    if (size > room) continue;
    room -= size;
    files->insert(files->end(), found.begin(), found.end());
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
  return FindRecorded(RoomForRecorded(options), files);
}

}  // namespace

Status BuildTestRom(const TestOptions& options, RomFile* rom) {
  std::vector<ImageFile> files = {HelpFile()};
  if (Status s = FindFiles(options, &files); !s.ok()) return s;
  std::vector<uint8_t> image;
  if (Status s = BuildImage(std::move(files), &image); !s.ok()) return s;
  return rom->Make(image);
}

}  // namespace moonlet
