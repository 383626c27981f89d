#include "shell/rom_volume.h"

#include <algorithm>
#include <filesystem>
#include <vector>

#include "shell/host_files.h"

namespace moonlet {

Status RomVolume::Mount(const std::string& path, FileSystem* files) {
  std::error_code error;
  if (std::filesystem::is_directory(path, error)) {
    folder_ = std::filesystem::absolute(path, error).string();
    files->SetRomFolder(folder_.c_str());
    return {};
  }
  std::vector<uint8_t> data;
  if (Status s = ReadHostFile(path, &data); !s.ok()) return s;
  const size_t room = (data.size() / kRomAlignment + 1) * kRomAlignment;
  image_.reset(static_cast<uint8_t*>(std::aligned_alloc(kRomAlignment, room)));
  if (image_ == nullptr) return Status::NoMemory(room);
  std::copy(data.begin(), data.end(), image_.get());
  RomImage rom;
  if (Status s = rom.Open({image_.get(), data.size()}, RomImage::Check::kEverything); !s.ok())
    return Status::Error(s.code(), "%s: %s", path.c_str(), s.what());
  files->SetRom(rom);
  return {};
}

}  // namespace moonlet
