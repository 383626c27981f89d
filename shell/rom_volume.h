// shell/rom_volume.h - makes of a folder or an image of the host what scripts have as /rom.
#pragma once
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>

#include "engine/base/status.h"
#include "vm/file_system.h"

namespace moonlet {

// Must outlive the FileSystem.
class RomVolume {
 public:
  // An image is checked in full. The message names the path.
  Status Mount(const std::string& path, FileSystem* files);

 private:
  struct Free {
    void operator()(uint8_t* block) const { std::free(block); }
  };
  std::unique_ptr<uint8_t, Free> image_;  // as aligned as an image wants to be
  std::string folder_;
};

}  // namespace moonlet
