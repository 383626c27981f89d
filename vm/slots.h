// vm/slots.h - two places in flash for an application's ROM image, so that a write that is
// cut short anywhere leaves the application there was.
//
//   std::span<const uint8_t> image = ActiveImage(BoardFlash());   // at boot
//
//   SlotWriter writer;
//   if (Status s = writer.Begin(BoardFlash(), size, crc); !s.ok()) ...
//   if (Status s = writer.Write(piece); !s.ok()) ...              // in order, until it is all
//   if (Status s = writer.Finish(); !s.ok()) ...
//   board::Reset();
//
// Each slot is half of the flash. Its first page is a header that is written last, behind it
// lies the image:
//
//   0  8  "MOONSLOT"
//   8  4  sequence number; of two valid slots the later one is active
//  12  4  size of the image
//  16  4  CRC-32 of the image
//  20  4  CRC-32 of the header up to here
//
// A slot is valid when both checksums are right. Numbers are little-endian.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>

#include "engine/base/status.h"

namespace moonlet {

// boards/board.h's flash, or a test's: erased by pages to 0xFF, written once in between.
class Flash {
 public:
  virtual std::span<const uint8_t> content() const = 0;
  // Whole pages (board::kFlashPage).
  virtual Status Erase(size_t offset, size_t size) = 0;
  virtual Status Write(size_t offset, std::span<const uint8_t> data) = 0;

 protected:
  ~Flash() = default;
};

Flash& BoardFlash();

// The image of the newest valid slot, where it lies; empty: none. Reads both slots whole.
std::span<const uint8_t> ActiveImage(const Flash& flash);

// The longest image that a slot can hold; 0: there is no flash.
size_t LargestImage(const Flash& flash);

// Writes an image into the slot that is not in use, else into the one that is not active. Trivially
// destructible; one that is given up leaves a slot that is not valid.
class SlotWriter {
 public:
  // Erases what the image needs, but nothing of `in_use`: the image that is read in place
  // since start-up, though an update since then may have made another the active one.
  // kNoMemory: it is larger than a slot; kUnsupported: there is no flash; kIo: the flash
  // refused.
  Status Begin(Flash& flash, size_t size, uint32_t crc, std::span<const uint8_t> in_use = {});
  // kInvalid: more bytes than Begin was told. kIo: the flash refused; nothing more is written
  // then.
  Status Write(std::span<const uint8_t> data);
  // What was written so far, as the flash has it.
  std::span<const uint8_t> written() const;
  // Whether the flash holds what Begin was told. kInvalid: bytes are missing, or the checksum
  // is another.
  Status Verify() const;
  // Verifies and makes the image the active one. The writer is done then, either way.
  Status Finish();
  bool is_open() const { return flash_ != nullptr; }
  size_t size() const { return size_; }

 private:
  Flash* flash_ = nullptr;
  size_t start_ = 0;  // of the slot
  size_t size_ = 0;
  size_t written_ = 0;
  uint32_t crc_ = 0;
  uint32_t sequence_ = 0;
};

}  // namespace moonlet
