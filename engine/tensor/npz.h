// engine/tensor/npz.h - NumPy's .npz files: zip archives with a .npy file per tensor.
//
//   NpzReader reader;
//   if (Status s = reader.Open(file); !s.ok()) return s;
//   for (NpzEntry entry; reader.Next(&entry);) {
//     ... room for entry.size bytes at `room`, should it be deflated ...
//     std::span<const uint8_t> npy;
//     if (Status s = ReadNpzEntry(entry, room, memory, stop, &npy); !s.ok()) return s;
//     ... ParseNpy(npy, &info) and so on ...
//   }
//
// Read: stored and deflated entries, ZIP64, in any order. Not read: other methods of
// compression, encryption, archives in several parts, data in front of the archive.
// Written: what numpy.savez writes, byte for byte where stored, the names in order.
// https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT
#pragma once
#include <cstdint>
#include <span>
#include <string_view>

#include "engine/base/allocator.h"
#include "engine/base/status.h"
#include "engine/base/stop_token.h"
#include "engine/tensor/tensor.h"

namespace moonlet {

struct NpzEntry {
  std::string_view name;          // without its ".npy"; bytes of the archive
  std::span<const uint8_t> data;  // as it lies in the archive
  bool deflated = false;
  uint32_t crc = 0;  // of the .npy file
  size_t size = 0;   // of the .npy file
};

// Whether the file begins as a zip archive does.
bool IsZip(std::span<const uint8_t> file);

class NpzReader {
 public:
  // Checks the directory and where each entry lies, nothing of their content: kInvalid for
  // what is damaged, lies about sizes or has entries that share bytes, kUnsupported for
  // what is not read. `file` must outlive the reader and the entries.
  Status Open(std::span<const uint8_t> file) noexcept;
  // The next entry in the directory's order; false at the end.
  bool Next(NpzEntry* entry) noexcept;

 private:
  std::span<const uint8_t> file_;
  uint64_t begin_ = 0;  // of the directory
  uint64_t at_ = 0;     // of its next record
  uint64_t end_ = 0;
};

// The entry's .npy file, its checksum compared: in the archive itself, or inflated to
// `room`. Requires room.size() == entry.size if entry.deflated.
Status ReadNpzEntry(const NpzEntry& entry, std::span<uint8_t> room, Allocator& memory,
                    const StopToken& stop, std::span<const uint8_t>* npy) noexcept;

struct NpzItem {
  std::string_view name;
  const Tensor* tensor;
};

// Puts the items in the order of their names' bytes. kInvalid for a name that is empty, no
// UTF-8 or longer than 65,000 bytes; kUnsupported when the archive would exceed 4 GiB or
// 65,534 entries. Gives the room that WriteNpz needs, exactly what it fills if not `deflate`.
Status PrepareNpz(std::span<NpzItem> items, bool deflate, size_t* room) noexcept;
// Writes the archive of prepared items, *size bytes. `memory` holds one .npy file at a time
// if `deflate`.
Status WriteNpz(std::span<const NpzItem> items, bool deflate, std::span<uint8_t> out,
                Allocator& memory, const StopToken& stop, size_t* size) noexcept;

}  // namespace moonlet
