// A ROM image made by hand from docs/rom.md, to hold the reader and the builder against.
#pragma once
#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include "engine/base/crc32.h"
#include "vm/rom_image.h"

namespace moonlet {

struct RomPart {
  std::string path;
  uint16_t kind;
  std::string data;
};

inline std::span<const uint8_t> BytesOf(std::string_view text) {
  return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}

// The parts stay in the order they come in, right or wrong.
class RomBytes {
 public:
  explicit RomBytes(const std::vector<RomPart>& parts) : parts_(parts) {
    size_t paths = 0;
    for (const RomPart& part : parts) paths += part.path.size();
    text_ = "MOONROM\n";
    Put32(1);
    Put32(0);  // the size, below
    Put32(static_cast<uint32_t>(parts.size()));
    Put32(static_cast<uint32_t>(paths));
    text_ += "0.0.1";
    text_.resize(64);
    size_t path = 0;
    size_t payload = Up(64 + 20 * parts.size() + paths);
    for (const RomPart& part : parts) {
      Put32(static_cast<uint32_t>(path));
      Put16(static_cast<uint16_t>(part.path.size()));
      Put16(part.kind);
      Put32(static_cast<uint32_t>(payload));
      Put32(static_cast<uint32_t>(part.data.size()));
      Put32(Crc32(BytesOf(part.data)));
      path += part.path.size();
      payload = Up(payload + part.data.size());
    }
    for (const RomPart& part : parts) text_ += part.path;
    for (const RomPart& part : parts) {
      text_.resize(Up(text_.size()));
      text_ += part.data;
    }
    text_.resize(Up(text_.size()));
    Set32(12, static_cast<uint32_t>(text_.size()));
    Seal();
  }

  void Set32(size_t at, uint32_t value) {
    for (size_t i = 0; i < 4; ++i) text_[at + i] = static_cast<char>(value >> (8 * i));
  }
  // Makes the checksum of the directory right again.
  void Seal() {
    size_t end = 64 + 20 * parts_.size();
    for (const RomPart& part : parts_) end += part.path.size();
    const auto all = BytesOf(text_);
    Set32(60, Crc32(all.subspan(64, end - 64), Crc32(all.first(60))));
  }
  std::string& text() { return text_; }
  std::span<const uint8_t> bytes() const { return BytesOf(text_); }

 private:
  static size_t Up(size_t size) { return (size + 63) / 64 * 64; }
  void Put16(uint16_t value) {
    text_ += static_cast<char>(value);
    text_ += static_cast<char>(value >> 8);
  }
  void Put32(uint32_t value) {
    Put16(static_cast<uint16_t>(value));
    Put16(static_cast<uint16_t>(value >> 16));
  }

  std::vector<RomPart> parts_;
  std::string text_;
};

}  // namespace moonlet
