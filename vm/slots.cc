#include "vm/slots.h"

#include <array>
#include <cstring>

#include "boards/board.h"
#include "engine/base/crc32.h"

namespace moonlet {
namespace {

constexpr char kMagic[] = {'M', 'O', 'O', 'N', 'S', 'L', 'O', 'T'};
constexpr size_t kPage = board::kFlashPage;
constexpr size_t kHeaderSize = 24;
constexpr size_t kHeaderCrcAt = 20;
constexpr size_t kSlots = 2;

class FlashOfBoard final : public Flash {
 public:
  std::span<const uint8_t> content() const override { return board::Flash(); }
  Status Erase(size_t offset, size_t size) override { return board::EraseFlash(offset, size); }
  Status Write(size_t offset, std::span<const uint8_t> data) override {
    return board::WriteFlash(offset, data);
  }
};

using Header = std::array<uint8_t, kHeaderSize>;

void StoreWord(uint8_t* at, size_t value) {
  for (size_t i = 0; i < 4; ++i) at[i] = static_cast<uint8_t>(value >> (8 * i));
}

uint32_t LoadWord(const uint8_t* at) {
  return at[0] | static_cast<uint32_t>(at[1]) << 8 | static_cast<uint32_t>(at[2]) << 16 |
         static_cast<uint32_t>(at[3]) << 24;
}

Header MakeHeader(uint32_t sequence, size_t size, uint32_t crc) {
  Header header;
  std::memcpy(header.data(), kMagic, sizeof(kMagic));
  StoreWord(&header[8], sequence);
  StoreWord(&header[12], size);
  StoreWord(&header[16], crc);
  StoreWord(&header[kHeaderCrcAt], Crc32(std::span(header).first(kHeaderCrcAt)));
  return header;
}

struct Slot {
  bool valid = false;
  uint32_t sequence = 0;
  std::span<const uint8_t> image;
};

size_t SlotSize(const Flash& flash) { return flash.content().size() / kSlots / kPage * kPage; }

Slot ReadSlot(const Flash& flash, size_t number) {
  const size_t size = SlotSize(flash);
  if (size <= kPage) return {};
  const std::span<const uint8_t> slot = flash.content().subspan(number * size, size);
  const std::span<const uint8_t> header = slot.first(kHeaderSize);
  if (std::memcmp(header.data(), kMagic, sizeof(kMagic)) != 0) return {};
  if (Crc32(header.first(kHeaderCrcAt)) != LoadWord(&header[kHeaderCrcAt])) return {};
  const uint32_t image_size = LoadWord(&header[12]);
  if (image_size > size - kPage) return {};
  const std::span<const uint8_t> image = slot.subspan(kPage, image_size);
  if (Crc32(image) != LoadWord(&header[16])) return {};
  return {.valid = true, .sequence = LoadWord(&header[8]), .image = image};
}

Status Ended() { return Status::Invalid("the update has ended"); }

// Sequence numbers go round: the later is less than half the way ahead.
bool IsLater(const Slot& a, const Slot& b) {
  if (!a.valid || !b.valid) return a.valid;
  return static_cast<int32_t>(a.sequence - b.sequence) > 0;
}

bool IsInside(std::span<const uint8_t> part, std::span<const uint8_t> whole) {
  return part.data() >= whole.data() && part.data() < whole.data() + whole.size();
}

}  // namespace

Flash& BoardFlash() {
  static FlashOfBoard flash;
  return flash;
}

std::span<const uint8_t> ActiveImage(const Flash& flash) {
  const Slot first = ReadSlot(flash, 0);
  const Slot second = ReadSlot(flash, 1);
  return IsLater(second, first) ? second.image : first.image;
}

size_t LargestImage(const Flash& flash) {
  const size_t size = SlotSize(flash);
  return size <= kPage ? 0 : size - kPage;
}

Status SlotWriter::Begin(Flash& flash, size_t size, uint32_t crc, std::span<const uint8_t> in_use) {
  *this = {};
  if (LargestImage(flash) == 0) return Status::Unsupported("no flash for applications");
  if (size > LargestImage(flash)) {
    return Status::Error(Code::kNoMemory, "the image has %llu bytes, there is room for %llu",
                         static_cast<unsigned long long>(size),
                         static_cast<unsigned long long>(LargestImage(flash)));
  }
  const Slot first = ReadSlot(flash, 0);
  const Slot second = ReadSlot(flash, 1);
  const bool second_active = IsLater(second, first);
  bool to_first = !first.valid || second_active;
  if (!in_use.empty()) to_first = !IsInside(in_use, flash.content().first(SlotSize(flash)));
  start_ = to_first ? 0 : SlotSize(flash);
  sequence_ = (second_active ? second : first).sequence + 1;
  size_ = size;
  crc_ = crc;
  // The header goes first, as the lowest page.
  const size_t pages = (size + kPage - 1) / kPage + 1;
  if (Status s = flash.Erase(start_, pages * kPage); !s.ok()) return s;
  flash_ = &flash;
  return {};
}

Status SlotWriter::Write(std::span<const uint8_t> data) {
  if (!is_open()) return Ended();
  if (data.size() > size_ - written_)
    return Status::Invalid("more than the %llu bytes of the image",
                           static_cast<unsigned long long>(size_));
  if (data.empty()) return {};
  const Status status = flash_->Write(start_ + kPage + written_, data);
  if (status.ok()) {
    written_ += data.size();
  } else {
    flash_ = nullptr;
  }
  return status;
}

std::span<const uint8_t> SlotWriter::written() const {
  return is_open() ? flash_->content().subspan(start_ + kPage, written_)
                   : std::span<const uint8_t>();
}

Status SlotWriter::Verify() const {
  if (!is_open()) return Ended();
  if (written_ != size_) {
    return Status::Invalid("%llu of %llu bytes of the image are missing",
                           static_cast<unsigned long long>(size_ - written_),
                           static_cast<unsigned long long>(size_));
  }
  if (Crc32(written()) != crc_) return Status::Invalid("wrong checksum of the image");
  return {};
}

Status SlotWriter::Finish() {
  Status status = Verify();
  if (status.ok()) status = flash_->Write(start_, MakeHeader(sequence_, size_, crc_));
  flash_ = nullptr;
  return status;
}

}  // namespace moonlet
