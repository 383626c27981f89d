// vm/volume_path.h - paths inside of /rom and /ram: names with "/" between them, no more.
#pragma once
#include <cstddef>
#include <span>
#include <string_view>

#include "engine/base/status.h"

namespace moonlet {

inline constexpr size_t kMaxVolumePath = 200;

// Called for each file and folder in a folder; a folder's name ends in "/".
using VisitName = void (*)(std::string_view name, void* context);

enum class Volume { kBoard, kRom, kRam };

// Which volume a path of a script leads to: /rom, /ram, or what the board has.
Volume VolumeOf(std::string_view path);

// Writes what a path into /rom or /ram names there, without ".", ".." and empty names:
// "/rom/lib/../apps" gives "apps", "/rom" gives "". *inside lies in `buffer`.
// kNotFound when it leads out of the volume or has bytes no name there has.
Status InsideVolume(std::string_view path, std::span<char, kMaxVolumePath + 1> buffer,
                    std::string_view* inside);

// Whether a path is one that InsideVolume gives, and names a file.
bool IsVolumePath(std::string_view path);
// Whether `path` lies below `folder`, which may be "".
bool IsBelowFolder(std::string_view path, std::string_view folder);
// What `folder` shows of a path below it: "c" for "a/b/c" in "a/b", "b/" in "a".
std::string_view NameInFolder(std::string_view path, std::string_view folder);

}  // namespace moonlet
