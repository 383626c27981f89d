// vm/rom_image.h - a folder in one block of memory, read in place. docs/rom.md is the format.
//
//   RomImage rom;
//   if (Status s = rom.Open(bytes, RomImage::Check::kEverything); !s.ok()) ...
//   RomEntry entry;
//   if (rom.Find("lib/json.lua", &entry)) Use(entry.data);
//
// Nothing is copied or allocated; the bytes must outlive the RomImage and what it gives. They
// should begin at a multiple of 64, for then every file does.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "engine/base/status.h"
#include "vm/volume_path.h"

namespace moonlet {

enum RomKind : uint16_t {
  kRomFile = 1,
  kRomScript = 2,
  kRomModel = 3,
  kRomFirstSection = 256,  // from here on an entry belongs to the file of its path
  kRomPrepared = 256,
};

inline constexpr size_t kRomHeaderSize = 64;
inline constexpr size_t kRomEntrySize = 20;
inline constexpr size_t kRomAlignment = 64;
inline constexpr size_t kRomBuilderSize = 32;
inline constexpr uint32_t kRomVersion = 1;
inline constexpr std::string_view kRomMagic = "MOONROM\n";

struct RomEntry {
  std::string_view path;  // without a leading slash or a final zero
  uint16_t kind = 0;
  std::span<const uint8_t> data;
  uint32_t crc = 0;
  bool is_file() const { return kind >= kRomFile && kind <= kRomModel; }
};

class RomImage {
 public:
  enum class Check {
    kDirectory,   // all that is needed to use it safely
    kEverything,  // the checksums of all payloads as well
  };

  // Bytes behind the image are left alone. kInvalid: what is wrong with it; the RomImage
  // is empty then.
  Status Open(std::span<const uint8_t> bytes, Check check);

  // An empty image has no entries and no bytes.
  std::span<const uint8_t> bytes() const { return bytes_; }
  std::string_view builder() const;  // the version of Moonlet that made it
  uint32_t crc() const;              // tells one image from another; 0: empty

  // Sections and unknown kinds among them, in the order of the directory.
  // Requires index < count().
  size_t count() const { return count_; }
  RomEntry entry(size_t index) const;

  // The file of that path, or false. An empty path is the folder of everything.
  bool Find(std::string_view path, RomEntry* file) const;
  // The section of that kind that belongs to a file, or false.
  bool FindSection(std::string_view path, uint16_t kind, RomEntry* section) const;
  bool HasFolder(std::string_view path) const;
  // In order, each name once.
  void List(std::string_view folder, VisitName visit, void* context) const;

 private:
  Status CheckHeader(std::span<const uint8_t> bytes);
  Status CheckEntries() const;
  Status CheckPayloads() const;
  // The first entry whose path is not before `path`.
  size_t LowerBound(std::string_view path) const;
  size_t FirstBelow(std::string_view folder) const;
  const uint8_t* Record(size_t index) const;
  size_t DirectoryEnd() const;

  std::span<const uint8_t> bytes_;
  size_t count_ = 0;
  size_t paths_size_ = 0;
};

}  // namespace moonlet
