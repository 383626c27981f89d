#include "vm/rom_image.h"

#include <algorithm>
#include <cstring>

#include "engine/base/crc32.h"

namespace moonlet {
namespace {

constexpr size_t kCrcAt = 60;

uint32_t Load32(const uint8_t* at) {
  return at[0] | static_cast<uint32_t>(at[1]) << 8 | static_cast<uint32_t>(at[2]) << 16 |
         static_cast<uint32_t>(at[3]) << 24;
}

uint16_t Load16(const uint8_t* at) { return static_cast<uint16_t>(at[0] | at[1] << 8); }

// Sums of numbers that are below 2^32 each.
uint64_t AlignUp(uint64_t offset) { return (offset + kRomAlignment - 1) & ~(kRomAlignment - 1); }

Status Broken(const char* what, size_t index) {
  return Status::Invalid("broken ROM image: %s of entry %llu", what,
                         static_cast<unsigned long long>(index + 1));
}

}  // namespace

Status RomImage::Open(std::span<const uint8_t> bytes, Check check) {
  Status status = CheckHeader(bytes);
  if (status.ok()) status = CheckEntries();
  if (status.ok() && check == Check::kEverything) status = CheckPayloads();
  if (!status.ok()) *this = {};
  return status;
}

Status RomImage::CheckHeader(std::span<const uint8_t> bytes) {
  if (bytes.size() < kRomHeaderSize ||
      std::memcmp(bytes.data(), kRomMagic.data(), kRomMagic.size()) != 0)
    return Status::Invalid("not a ROM image");
  const uint8_t* header = bytes.data();
  if (const uint32_t version = Load32(header + 8); version != kRomVersion)
    return Status::Invalid("ROM image of unknown version %llu",
                           static_cast<unsigned long long>(version));
  const uint32_t size = Load32(header + 12);
  if (size > bytes.size()) {
    return Status::Invalid("ROM image cut short: %llu of %llu bytes",
                           static_cast<unsigned long long>(bytes.size()),
                           static_cast<unsigned long long>(size));
  }
  if (size < kRomHeaderSize) return Status::Invalid("broken ROM image: its size");
  bytes_ = bytes.first(size);
  count_ = Load32(header + 16);
  paths_size_ = Load32(header + 20);
  const size_t room = size - kRomHeaderSize;
  if (count_ > room / kRomEntrySize || paths_size_ > room - count_ * kRomEntrySize)
    return Status::Invalid("broken ROM image: its directory is larger than the image");
  const auto directory = bytes_.subspan(kRomHeaderSize, DirectoryEnd() - kRomHeaderSize);
  if (Crc32(directory, Crc32(bytes_.first(kCrcAt))) != crc())
    return Status::Invalid("broken ROM image: wrong checksum of its directory");
  return {};
}

// Every path and payload has one place it can be at, so nothing overlaps or lies outside.
Status RomImage::CheckEntries() const {
  uint64_t path_at = 0;
  uint64_t end = AlignUp(DirectoryEnd());
  RomEntry before;
  for (size_t i = 0; i < count_; ++i) {
    const uint8_t* record = Record(i);
    const size_t length = Load16(record + 4);
    if (Load32(record) != path_at || length > paths_size_ - path_at)
      return Broken("place of the path", i);
    path_at += length;
    const bool begins_well = Load32(record + 8) == end && end <= bytes_.size();
    if (!begins_well || Load32(record + 12) > bytes_.size() - end)
      return Broken("place of the payload", i);
    end = AlignUp(end + Load32(record + 12));
    const RomEntry now = entry(i);
    if (!IsVolumePath(now.path)) return Broken("path", i);
    const bool one_path = now.path == before.path;
    if (one_path ? now.kind <= before.kind || now.kind < kRomFirstSection : now.path < before.path)
      return Broken("order", i);
    before = now;
  }
  if (path_at != paths_size_ || end != bytes_.size())
    return Status::Invalid("broken ROM image: its size");
  for (size_t i = 0; i < count_; ++i) {
    const RomEntry now = entry(i);
    if (now.is_file() && HasFolder(now.path)) return Broken("path, a folder too,", i);
  }
  return {};
}

Status RomImage::CheckPayloads() const {
  const auto is_zero = [](uint8_t byte) { return byte == 0; };
  size_t end = DirectoryEnd();
  for (size_t i = 0; i <= count_; ++i) {
    const size_t next = i < count_ ? Load32(Record(i) + 8) : bytes_.size();
    if (!std::all_of(bytes_.begin() + static_cast<std::ptrdiff_t>(end),
                     bytes_.begin() + static_cast<std::ptrdiff_t>(next), is_zero))
      return Status::Invalid("broken ROM image: not zero between its files");
    if (i == count_) break;
    const RomEntry now = entry(i);
    if (Crc32(now.data) != now.crc) {
      return Status::Invalid("broken ROM image: wrong checksum of %.*s",
                             static_cast<int>(std::min<size_t>(now.path.size(), 100)),
                             now.path.data());
    }
    end = next + now.data.size();
  }
  return {};
}

std::string_view RomImage::builder() const {
  if (bytes_.empty()) return {};
  const std::string_view text(reinterpret_cast<const char*>(bytes_.data()) + 24, kRomBuilderSize);
  return text.substr(0, text.find('\0'));
}

uint32_t RomImage::crc() const { return bytes_.empty() ? 0 : Load32(bytes_.data() + kCrcAt); }

const uint8_t* RomImage::Record(size_t index) const {
  return bytes_.data() + kRomHeaderSize + index * kRomEntrySize;
}

size_t RomImage::DirectoryEnd() const {
  return kRomHeaderSize + count_ * kRomEntrySize + paths_size_;
}

RomEntry RomImage::entry(size_t index) const {
  const uint8_t* record = Record(index);
  const auto* paths = reinterpret_cast<const char*>(Record(count_));
  return {.path = {paths + Load32(record), Load16(record + 4)},
          .kind = Load16(record + 6),
          .data = bytes_.subspan(Load32(record + 8), Load32(record + 12)),
          .crc = Load32(record + 16)};
}

size_t RomImage::LowerBound(std::string_view path) const {
  size_t first = 0;
  for (size_t length = count_; length > 0;) {
    const size_t half = length / 2;
    if (entry(first + half).path < path) {
      first += half + 1;
      length -= half + 1;
    } else {
      length = half;
    }
  }
  return first;
}

bool RomImage::Find(std::string_view path, RomEntry* file) const {
  const size_t index = LowerBound(path);
  if (index == count_) return false;
  *file = entry(index);
  return file->path == path && file->is_file();
}

// Sections stand behind the file of their path.
bool RomImage::FindSection(std::string_view path, uint16_t kind, RomEntry* section) const {
  for (size_t i = LowerBound(path); i < count_; ++i) {
    *section = entry(i);
    if (section->path != path) return false;
    if (section->kind == kind) return true;
  }
  return false;
}

// Names with bytes before "/" may lie between a folder's name and what is in it.
size_t RomImage::FirstBelow(std::string_view folder) const {
  if (folder.empty()) return 0;
  if (folder.size() > kMaxVolumePath) return count_;
  char prefix[kMaxVolumePath + 1];
  prefix[folder.copy(prefix, folder.size())] = '/';
  return LowerBound({prefix, folder.size() + 1});
}

bool RomImage::HasFolder(std::string_view path) const {
  const size_t index = FirstBelow(path);
  return index < count_ && IsBelowFolder(entry(index).path, path);
}

void RomImage::List(std::string_view folder, VisitName visit, void* context) const {
  std::string_view last;
  for (size_t i = FirstBelow(folder); i < count_; ++i) {
    const RomEntry now = entry(i);
    if (!IsBelowFolder(now.path, folder)) return;
    const std::string_view name = NameInFolder(now.path, folder);
    if (name == last || !(now.is_file() || name.ends_with('/'))) continue;
    visit(name, context);
    last = name;
  }
}

}  // namespace moonlet
