#include "shell/rom_file.h"

#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "shell/host_files.h"
#include "shell/image.h"

namespace moonlet {

Status BuildRomFrom(const std::string& path, std::vector<uint8_t>* image) {
  struct stat info;
  if (stat(path.c_str(), &info) != 0) {
    return Status::Error(Code::kNotFound, "%s: %s", path.c_str(), std::strerror(errno));
  }
  if (!S_ISDIR(info.st_mode)) return ReadHostFile(path, image);
  std::vector<ImageFile> files;
  if (Status s = FilesBelow(path, "", &files); !s.ok()) return s;
  return BuildImage(std::move(files), image);
}

RomFile::~RomFile() {
  if (file_ >= 0) close(file_);
}

Status RomFile::Make(std::span<const uint8_t> image) {
  if (file_ >= 0) close(file_);
  file_ = memfd_create("rom.img", MFD_CLOEXEC);
  while (file_ >= 0 && !image.empty()) {
    const ssize_t size = write(file_, image.data(), image.size());
    if (size <= 0) break;
    image = image.subspan(static_cast<size_t>(size));
  }
  if (file_ >= 0 && image.empty()) return {};
  return Status::Error(Code::kIo, "no memory for the ROM image: %s", std::strerror(errno));
}

Status RomFile::Make(const std::string& folder_or_image) {
  std::vector<uint8_t> image;
  if (Status s = BuildRomFrom(folder_or_image, &image); !s.ok()) return s;
  return Make(image);
}

std::string RomFile::path() const {
  return "/proc/" + std::to_string(getpid()) + "/fd/" + std::to_string(file_);
}

}  // namespace moonlet
