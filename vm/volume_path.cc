#include "vm/volume_path.h"

#include <algorithm>

namespace moonlet {
namespace {

bool IsPlainByte(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte >= 0x20 && byte != 0x7F && c != '\\';
}

bool IsPlainName(std::string_view name) { return !name.empty() && name != "." && name != ".."; }

bool IsIn(std::string_view path, std::string_view volume) {
  return path.starts_with(volume) && (path.size() == volume.size() || path[volume.size()] == '/');
}

// Takes the first name off a path.
std::string_view TakeName(std::string_view* path) {
  const std::string_view name = path->substr(0, path->find('/'));
  path->remove_prefix(std::min(name.size() + 1, path->size()));
  return name;
}

Status Absent() { return Status::Error(Code::kNotFound, "No such file or directory"); }

}  // namespace

Volume VolumeOf(std::string_view path) {
  if (IsIn(path, "/rom")) return Volume::kRom;
  return IsIn(path, "/ram") ? Volume::kRam : Volume::kBoard;
}

Status InsideVolume(std::string_view path, std::span<char, kMaxVolumePath + 1> buffer,
                    std::string_view* inside) {
  path.remove_prefix(std::min<size_t>(path.size(), std::string_view("/rom/").size()));
  if (!std::all_of(path.begin(), path.end(), IsPlainByte)) return Absent();
  size_t size = 0;
  while (!path.empty()) {
    const std::string_view name = TakeName(&path);
    if (name.empty() || name == ".") continue;
    if (name == "..") {
      if (size == 0) return Absent();
      const size_t slash = std::string_view(buffer.data(), size).rfind('/');
      size = slash == std::string_view::npos ? 0 : slash;
      continue;
    }
    if (name.size() + 1 > kMaxVolumePath - size)
      return Status::Error(Code::kIo, "File name too long");
    if (size > 0) buffer[size++] = '/';
    size += name.copy(buffer.data() + size, name.size());
  }
  *inside = {buffer.data(), size};
  return {};
}

bool IsVolumePath(std::string_view path) {
  if (path.empty() || path.size() > kMaxVolumePath || path.ends_with('/')) return false;
  if (!std::all_of(path.begin(), path.end(), IsPlainByte)) return false;
  while (!path.empty())
    if (!IsPlainName(TakeName(&path))) return false;
  return true;
}

bool IsBelowFolder(std::string_view path, std::string_view folder) {
  if (folder.empty()) return true;
  return path.size() > folder.size() && path[folder.size()] == '/' && path.starts_with(folder);
}

std::string_view NameInFolder(std::string_view path, std::string_view folder) {
  const std::string_view name = path.substr(folder.empty() ? 0 : folder.size() + 1);
  const size_t slash = name.find('/');
  return slash == name.npos ? name : name.substr(0, slash + 1);
}

}  // namespace moonlet
