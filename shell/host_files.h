// shell/host_files.h - whole files of the host, for commands that run no script.
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "engine/base/status.h"

namespace moonlet {

// Messages name the file.
Status ReadHostFile(const std::string& path, std::vector<uint8_t>* data);

// Replaces the file, whole or not at all.
Status WriteHostFile(const std::string& path, std::span<const uint8_t> data);

}  // namespace moonlet
