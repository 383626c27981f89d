// shell/rom_file.h - a ROM image as the emulator and the device want it.
//
// Host only.
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "engine/base/status.h"

namespace moonlet {

// The image of everything below a folder, or the image at a path. Messages name the path.
Status BuildRomFrom(const std::string& path, std::vector<uint8_t>* image);

// An image in a file with a path, for programs that are told paths. It has no name in any
// folder, so it is gone when this process is.
class RomFile {
 public:
  RomFile() = default;
  ~RomFile();
  RomFile(const RomFile&) = delete;
  RomFile& operator=(const RomFile&) = delete;

  // kIo.
  Status Make(std::span<const uint8_t> image);
  Status Make(const std::string& folder_or_image);
  std::string path() const;

 private:
  int file_ = -1;
};

}  // namespace moonlet
