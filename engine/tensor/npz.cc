#include "engine/tensor/npz.h"

#include <algorithm>
#include <cassert>
#include <cstring>

#include "engine/base/deflate.h"
#include "engine/tensor/zip_records.h"

namespace moonlet {

using namespace zip;

namespace {

Status Damaged(const char* what) { return Status::Invalid("damaged .npz file: %s", what); }

Status EntryError(std::string_view name, const char* what) {
  return Status::Invalid("entry '%.*s': %s", static_cast<int>(std::min<size_t>(name.size(), 60)),
                         name.data(), what);
}

// Where the directory lies.
struct Directory {
  uint64_t at = 0;
  uint64_t size = 0;
  uint64_t entries = 0;
};

// The record behind the directory is the last thing in the file but for a comment, whose
// length it has.
Status FindEnd(std::span<const uint8_t> file, uint64_t* at) {
  constexpr uint64_t kLongestComment = 0xffff;
  const uint64_t size = file.size();
  for (uint64_t back = kEndSize; back <= std::min(size, kEndSize + kLongestComment); ++back) {
    const Record record(file, size - back);
    if (record.U32(0) != kEnd || record.U16(20) != back - kEndSize) continue;
    *at = size - back;
    return {};
  }
  return Damaged("it ends early");
}

Status ReadEnd64(std::span<const uint8_t> file, uint64_t end, Directory* directory) {
  const Record locator(file, end - kLocator64Size);
  const uint64_t at = locator.U64(8);
  if (at > end - kLocator64Size || end - kLocator64Size - at < kEnd64Size)
    return Damaged("no ZIP64 record where it should be");
  const Record record(file, at);
  if (record.U32(0) != kEnd64) return Damaged("no ZIP64 record where it should be");
  if (record.U32(16) != 0 || record.U32(20) != 0 || record.U64(24) != record.U64(32))
    return Status::Unsupported("an archive in several parts is not supported");
  *directory = {record.U64(48), record.U64(40), record.U64(32)};
  return {};
}

Status FindDirectory(std::span<const uint8_t> file, Directory* directory) {
  uint64_t end = 0;
  if (Status s = FindEnd(file, &end); !s.ok()) return s;
  const Record record(file, end);
  *directory = {record.U32(16), record.U32(12), record.U16(10)};
  const bool has64 =
      end >= kLocator64Size && Record(file, end - kLocator64Size).U32(0) == kLocator64;
  if (has64) {
    if (Status s = ReadEnd64(file, end, directory); !s.ok()) return s;
  } else if (record.U16(4) != 0 || record.U16(6) != 0 || record.U16(8) != record.U16(10)) {
    return Status::Unsupported("an archive in several parts is not supported");
  }
  if (directory->at > end || directory->size > end - directory->at)
    return Damaged("its directory lies outside the file");
  return {};
}

// What a record of the directory says.
struct CentralRecord {
  std::string_view name;
  unsigned flags = 0;
  unsigned method = 0;
  uint32_t crc = 0;
  uint64_t stored_size = 0;
  uint64_t size = 0;
  uint64_t local = 0;  // offset of the local header
  uint64_t next = 0;   // offset behind the record
};

// Sizes and offset that do not fit 32 bits stand in an extra field, in this order, each
// only if it is needed.
Status ReadExtra64(std::span<const uint8_t> extra, CentralRecord* central) {
  uint64_t* const wide[] = {&central->size, &central->stored_size, &central->local};
  if (std::none_of(std::begin(wide), std::end(wide),
                   [](const uint64_t* value) { return *value == kSee64; }))
    return {};
  for (uint64_t at = 0; extra.size() - at >= 4;) {
    const Record field(extra, at);
    const uint64_t length = field.U16(2);
    if (length > extra.size() - at - 4) break;
    at += 4 + length;
    if (field.U16(0) != kExtra64) continue;
    size_t used = 4;
    for (uint64_t* value : wide) {
      if (*value != kSee64) continue;
      if (used + 8 > 4 + length) return EntryError(central->name, "its ZIP64 field is too short");
      *value = field.U64(used);
      used += 8;
    }
    return {};
  }
  return EntryError(central->name, "its ZIP64 field is missing");
}

Status ReadCentral(std::span<const uint8_t> file, uint64_t at, uint64_t end,
                   CentralRecord* central) {
  const Record record(file, at);
  if (end - at < kCentralSize || record.U32(0) != kCentral)
    return Damaged("its directory is cut short");
  const size_t name = record.U16(28);
  const size_t extra = record.U16(30);
  const size_t comment = record.U16(32);
  if (name + extra + comment > end - at - kCentralSize)
    return Damaged("its directory is cut short");
  const auto* text = reinterpret_cast<const char*>(record.Part(kCentralSize, name).data());
  *central = {};
  central->name = {text, name};
  central->flags = record.U16(8);
  central->method = record.U16(10);
  central->crc = record.U32(16);
  central->stored_size = record.U32(20);
  central->size = record.U32(24);
  central->local = record.U32(42);
  central->next = at + kCentralSize + name + extra + comment;
  return ReadExtra64(record.Part(kCentralSize + name, extra), central);
}

Status CheckClaims(const CentralRecord& central) {
  if ((central.flags & kEncrypted) != 0)
    return Status::Unsupported("encrypted archives are not supported");
  if (central.method != kStored && central.method != kDeflated)
    return Status::Unsupported("compression method %u is not supported", central.method);
  if (central.method == kStored && central.size != central.stored_size)
    return EntryError(central.name, "its two sizes differ");
  // A quotient, for the product may not fit.
  if (central.method == kDeflated && central.size / kMostInflation > central.stored_size)
    return EntryError(central.name, "its size is more than its data can hold");
  return {};
}

// The data behind the local header, which repeats the directory but for extra fields of
// its own. `end` is where the directory begins.
Status FindData(std::span<const uint8_t> file, const CentralRecord& central, uint64_t end,
                std::span<const uint8_t>* data) {
  if (central.local > end || end - central.local < kLocalSize)
    return EntryError(central.name, "it lies outside the file");
  const Record local(file, central.local);
  if (local.U32(0) != kLocal) return EntryError(central.name, "its header is missing");
  const size_t name = local.U16(26);
  const uint64_t head = kLocalSize + name + local.U16(28);
  if (head > end - central.local || central.stored_size > end - central.local - head)
    return EntryError(central.name, "it lies outside the file");
  if (name != central.name.size() ||
      std::memcmp(local.Part(kLocalSize, name).data(), central.name.data(), name) != 0)
    return EntryError(central.name, "its header has another name");
  *data = local.Part(static_cast<size_t>(head), static_cast<size_t>(central.stored_size));
  return {};
}

Status ReadEntry(std::span<const uint8_t> file, uint64_t at, uint64_t begin, uint64_t end,
                 NpzEntry* entry, uint64_t* next) {
  CentralRecord central;
  if (Status s = ReadCentral(file, at, end, &central); !s.ok()) return s;
  if (Status s = CheckClaims(central); !s.ok()) return s;
  if (central.size > PTRDIFF_MAX) return EntryError(central.name, "it is too large");
  if (Status s = FindData(file, central, begin, &entry->data); !s.ok()) return s;
  entry->name = central.name;
  if (entry->name.ends_with(kSuffix)) entry->name.remove_suffix(kSuffix.size());
  entry->deflated = central.method == kDeflated;
  entry->crc = central.crc;
  entry->size = static_cast<size_t>(central.size);
  *next = central.next;
  return {};
}

}  // namespace

bool IsZip(std::span<const uint8_t> file) {
  if (file.size() < 4) return false;
  const uint32_t signature = Record(file).U32(0);
  return signature == kLocal || signature == kEnd || signature == kEnd64;
}

Status NpzReader::Open(std::span<const uint8_t> file) noexcept {
  Directory directory;
  if (Status s = FindDirectory(file, &directory); !s.ok()) return s;
  file_ = file;
  begin_ = at_ = directory.at;
  end_ = directory.at + directory.size;
  // Entries that share bytes could unfold to far more than the archive's size.
  uint64_t claimed = 0;
  uint64_t count = 0;
  uint64_t at = at_;
  for (; at < end_; ++count) {
    NpzEntry entry;
    if (Status s = ReadEntry(file, at, begin_, end_, &entry, &at); !s.ok()) return s;
    claimed += kLocalSize + entry.data.size();
    if (claimed > directory.at) return Damaged("its entries share bytes");
  }
  if (count != directory.entries) return Damaged("its directory has another length");
  return {};
}

bool NpzReader::Next(NpzEntry* entry) noexcept {
  return at_ < end_ && ReadEntry(file_, at_, begin_, end_, entry, &at_).ok();
}

Status ReadNpzEntry(const NpzEntry& entry, std::span<uint8_t> room, Allocator& memory,
                    const StopToken& stop, std::span<const uint8_t>* npy) noexcept {
  *npy = entry.data;
  if (entry.deflated) {
    assert(room.size() == entry.size);
    Status s = Inflate(entry.data, room, memory, stop);
    if (s.code() == Code::kInvalid) return EntryError(entry.name, s.what());
    if (!s.ok()) return s;
    *npy = room;
  }
  uint32_t crc;
  if (Status s = Checksum(*npy, stop, &crc); !s.ok()) return s;
  return crc == entry.crc ? Status() : EntryError(entry.name, "its checksum is wrong");
}

}  // namespace moonlet
