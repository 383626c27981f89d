// Writes what npz.cc reads.
#include <algorithm>
#include <cassert>
#include <cstddef>

#include "engine/base/deflate.h"
#include "engine/tensor/npy.h"
#include "engine/tensor/npz.h"
#include "engine/tensor/zip_records.h"

namespace moonlet {

using namespace zip;

namespace {

constexpr uint64_t kLargestArchive = 0xfffffffe;  // above, and above the next, ZIP64 begins
constexpr size_t kMostEntries = 0xfffe;
constexpr size_t kLongestName = 65000;
constexpr size_t kLocalExtra64 = 20;  // as zipfile writes it, whatever the size

// What Python's zipfile says of itself: version 2.0 on Unix.
constexpr unsigned kVersion = 20;
constexpr unsigned kUnix = 3 << 8;
constexpr uint32_t kReadWrite = 0600u << 16;  // the owner's rights
constexpr uint32_t kFirstDay = 0x21 << 16;    // 1 January 1980, 0:00

// Appends to an array that is large enough.
class ArchiveWriter {
 public:
  explicit ArchiveWriter(std::span<uint8_t> out) : out_(out) {}
  size_t used() const { return used_; }
  // Takes `size` bytes for the caller to fill, or rest() and then Skip what was filled.
  std::span<uint8_t> Take(size_t size) {
    const std::span<uint8_t> part = out_.subspan(used_, size);
    used_ += size;
    return part;
  }
  std::span<uint8_t> rest() const { return out_.subspan(used_); }
  void Number(uint64_t value, int count) {
    for (; count > 0; --count, value >>= 8) out_[used_++] = static_cast<uint8_t>(value & 0xff);
  }
  void U16(uint64_t value) { Number(value, 2); }
  void U32(uint64_t value) { Number(value, 4); }
  void Text(std::string_view text) {
    std::copy(text.begin(), text.end(), Take(text.size()).begin());
  }

 private:
  std::span<uint8_t> out_;
  size_t used_ = 0;
};

// What both headers of an entry hold.
struct Written {
  std::string_view name;
  unsigned method;
  uint32_t crc;
  uint64_t stored_size;
  uint64_t size;
};

bool IsAscii(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

void WriteCommon(const Written& entry, ArchiveWriter* writer) {
  writer->U16(IsAscii(entry.name) ? 0 : kUtf8);
  writer->U16(entry.method);
  writer->U32(kFirstDay);
  writer->U32(entry.crc);
  writer->U32(entry.stored_size);
  writer->U32(entry.size);
  writer->U16(entry.name.size() + kSuffix.size());
}

void WriteLocal(const Written& entry, ArchiveWriter* writer) {
  writer->U32(kLocal);
  writer->U16(kVersion);
  WriteCommon(entry, writer);
  writer->U16(kLocalExtra64);
  writer->Text(entry.name);
  writer->Text(kSuffix);
  writer->U16(kExtra64);
  writer->U16(16);
  writer->Number(entry.size, 8);
  writer->Number(entry.stored_size, 8);
}

size_t LocalSize(std::string_view name) {
  return static_cast<size_t>(kLocalSize) + name.size() + kSuffix.size() + kLocalExtra64;
}

void WriteCentral(const Written& entry, uint64_t local, ArchiveWriter* writer) {
  writer->U32(kCentral);
  writer->U16(kUnix | kVersion);
  writer->U16(kVersion);
  WriteCommon(entry, writer);
  writer->Number(0, 8);  // no extra field, no comment, first part, no text
  writer->U32(kReadWrite);
  writer->U32(local);
  writer->Text(entry.name);
  writer->Text(kSuffix);
}

// The directory repeats the local headers, which tell it all it needs.
void WriteDirectory(std::span<const uint8_t> archive, size_t entries, ArchiveWriter* writer) {
  const size_t end = writer->used();
  for (size_t at = 0; at < end;) {
    const Record local(archive, at);
    const size_t name = local.U16(26) - kSuffix.size();
    const auto* text = reinterpret_cast<const char*>(local.Part(kLocalSize, name).data());
    const Written entry = {{text, name}, local.U16(8), local.U32(14), local.U32(18), local.U32(22)};
    WriteCentral(entry, at, writer);
    at += LocalSize(entry.name) + static_cast<size_t>(entry.stored_size);
  }
  const size_t size = writer->used() - end;
  writer->U32(kEnd);
  writer->U32(0);  // one part
  writer->U16(entries);
  writer->U16(entries);
  writer->U32(size);
  writer->U32(end);
  writer->U16(0);  // no comment
}

// The .npy file at the end of the archive so far, behind room for its header.
Status WriteStored(const Tensor& t, const StopToken& stop, ArchiveWriter* writer, Written* entry) {
  const std::span<uint8_t> npy = writer->Take(NpySize(t));
  if (Status s = WriteNpy(t, npy, stop); !s.ok()) return s;
  entry->size = entry->stored_size = npy.size();
  return Checksum(npy, stop, &entry->crc);
}

Status DeflateTo(std::span<uint8_t> npy, const Tensor& t, Allocator& memory, const StopToken& stop,
                 ArchiveWriter* writer, Written* entry) {
  if (Status s = WriteNpy(t, npy, stop); !s.ok()) return s;
  if (Status s = Checksum(npy, stop, &entry->crc); !s.ok()) return s;
  size_t stored_size = 0;
  if (Status s = Deflate(npy, writer->rest(), memory, stop, &stored_size); !s.ok()) return s;
  writer->Take(stored_size);
  entry->size = npy.size();
  entry->stored_size = stored_size;
  return {};
}

Status WriteDeflated(const Tensor& t, Allocator& memory, const StopToken& stop,
                     ArchiveWriter* writer, Written* entry) {
  const size_t size = NpySize(t);
  auto* npy = static_cast<uint8_t*>(memory.Allocate(size, alignof(std::max_align_t)));
  if (npy == nullptr) return Status::NoMemory(size);
  Status s = DeflateTo({npy, size}, t, memory, stop, writer, entry);
  memory.Free(npy, size);
  return s;
}

// Length of the UTF-8 sequence at the beginning of `text`; 0 when there is none.
size_t Utf8Length(std::string_view text) {
  const auto first = static_cast<unsigned char>(text[0]);
  size_t length = 1;
  if (first >= 0x80) ++length;
  if (first >= 0xe0) ++length;
  if (first >= 0xf0) ++length;
  if ((first >= 0x80 && first < 0xc2) || first > 0xf4 || length > text.size()) return 0;
  for (size_t i = 1; i < length; ++i)
    if ((static_cast<unsigned char>(text[i]) & 0xc0) != 0x80) return 0;
  if (length < 3) return length;
  // Neither a longer spelling than needed, nor half a surrogate pair, nor above U+10FFFF.
  const auto second = static_cast<unsigned char>(text[1]);
  const bool fits = (first != 0xe0 || second >= 0xa0) && (first != 0xed || second < 0xa0) &&
                    (first != 0xf0 || second >= 0x90) && (first != 0xf4 || second < 0x90);
  return fits ? length : 0;
}

Status CheckName(std::string_view name) {
  if (name.empty()) return Status::Invalid("an entry needs a name");
  if (name.size() > kLongestName)
    return Status::Invalid("a name of %zu bytes is too long", name.size());
  for (std::string_view rest = name; !rest.empty();) {
    const size_t length = rest[0] == '\0' ? 0 : Utf8Length(rest);
    if (length == 0) return Status::Invalid("a name must be UTF-8 without zero bytes");
    rest.remove_prefix(length);
  }
  return {};
}

}  // namespace

Status PrepareNpz(std::span<NpzItem> items, bool deflate, size_t* room) noexcept {
  std::sort(items.begin(), items.end(),
            [](const NpzItem& a, const NpzItem& b) { return a.name < b.name; });
  uint64_t total = kEndSize;
  for (const NpzItem& item : items) {
    if (Status s = CheckName(item.name); !s.ok()) return s;
    const size_t npy = NpySize(*item.tensor);
    total += LocalSize(item.name) + kCentralSize + item.name.size() + kSuffix.size();
    total += deflate ? DeflateRoom(npy) : npy;
    if (total > kLargestArchive) return Status::Unsupported("archives above 4 GiB are not written");
  }
  if (items.size() > kMostEntries)
    return Status::Unsupported("archives of more than %zu entries are not written", kMostEntries);
  *room = static_cast<size_t>(total);
  return {};
}

Status WriteNpz(std::span<const NpzItem> items, bool deflate, std::span<uint8_t> out,
                Allocator& memory, const StopToken& stop, size_t* size) noexcept {
  ArchiveWriter writer(out);
  for (const NpzItem& item : items) {
    const std::span<uint8_t> head = writer.Take(LocalSize(item.name));
    Written entry = {item.name, deflate ? kDeflated : kStored, 0, 0, 0};
    Status s = deflate ? WriteDeflated(*item.tensor, memory, stop, &writer, &entry)
                       : WriteStored(*item.tensor, stop, &writer, &entry);
    if (!s.ok()) return s;
    ArchiveWriter header(head);
    WriteLocal(entry, &header);
  }
  WriteDirectory(out, items.size(), &writer);
  *size = writer.used();
  return {};
}

}  // namespace moonlet
