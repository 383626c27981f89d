// engine/tensor/zip_records.h - the records of a zip archive, as far as .npz files need them.
// https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT
#pragma once
#include <algorithm>
#include <cstdint>
#include <span>
#include <string_view>

#include "engine/base/crc32.h"
#include "engine/base/status.h"
#include "engine/base/stop_token.h"

namespace moonlet::zip {

// Records of an archive: each begins with its signature; numbers are little-endian.
inline constexpr uint32_t kLocal = 0x04034b50;
inline constexpr uint32_t kCentral = 0x02014b50;
inline constexpr uint32_t kEnd = 0x06054b50;
inline constexpr uint32_t kEnd64 = 0x06064b50;
inline constexpr uint32_t kLocator64 = 0x07064b50;
inline constexpr uint64_t kLocalSize = 30;  // without name and extra fields
inline constexpr uint64_t kCentralSize = 46;
inline constexpr uint64_t kEndSize = 22;
inline constexpr uint64_t kEnd64Size = 56;
inline constexpr uint64_t kLocator64Size = 20;

inline constexpr uint64_t kSee64 = 0xffffffff;  // "the ZIP64 record has it"
inline constexpr uint16_t kExtra64 = 1;
inline constexpr unsigned kEncrypted = 1;
inline constexpr unsigned kUtf8 = 1 << 11;
inline constexpr unsigned kStored = 0;
inline constexpr unsigned kDeflated = 8;
inline constexpr std::string_view kSuffix = ".npy";

// Numbers of a record; the caller has made sure that all of it lies in the file.
class Record {
 public:
  explicit Record(std::span<const uint8_t> file, uint64_t at = 0)
      : bytes_(file.subspan(static_cast<size_t>(std::min<uint64_t>(at, file.size())))) {}
  uint64_t Number(size_t at, int count) const {
    uint64_t value = 0;
    for (int i = count - 1; i >= 0; --i) value = value << 8 | bytes_[at + static_cast<size_t>(i)];
    return value;
  }
  unsigned U16(size_t at) const { return static_cast<unsigned>(Number(at, 2)); }
  uint32_t U32(size_t at) const { return static_cast<uint32_t>(Number(at, 4)); }
  uint64_t U64(size_t at) const { return Number(at, 8); }
  std::span<const uint8_t> Part(size_t at, size_t size) const { return bytes_.subspan(at, size); }

 private:
  std::span<const uint8_t> bytes_;
};

// The checksum in pieces, with a look at the stop token between them.
inline Status Checksum(std::span<const uint8_t> npy, const StopToken& stop, uint32_t* crc) {
  constexpr size_t kPiece = size_t{1} << 20;
  *crc = 0;
  for (size_t at = 0; at < npy.size(); at += kPiece) {
    if (stop.raised()) return Status::Stopped();
    *crc = Crc32(npy.subspan(at, std::min(kPiece, npy.size() - at)), *crc);
  }
  return {};
}

}  // namespace moonlet::zip
