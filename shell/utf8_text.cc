#include "shell/utf8_text.h"

#include <algorithm>
#include <cstdint>
#include <iterator>

namespace moonlet {
namespace {

struct Range {
  uint32_t first;
  uint32_t last;
  size_t width;
};

// In order. Whole blocks: the exceptions inside of them are rare.
constexpr Range kRanges[] = {
    {0x300, 0x36F, 0},     {0x1100, 0x115F, 2},   {0x200B, 0x200F, 0},   {0x20D0, 0x20FF, 0},
    {0x2E80, 0x303E, 2},   {0x3041, 0xA4CF, 2},   {0xA960, 0xA97F, 2},   {0xAC00, 0xD7A3, 2},
    {0xF900, 0xFAFF, 2},   {0xFE00, 0xFE0F, 0},   {0xFE20, 0xFE2F, 0},   {0xFE30, 0xFE6F, 2},
    {0xFF00, 0xFF60, 2},   {0xFFE0, 0xFFE6, 2},   {0x1F300, 0x1F64F, 2}, {0x1F680, 0x1F6FF, 2},
    {0x1F900, 0x1F9FF, 2}, {0x20000, 0x3FFFD, 2},
};

bool Continues(char byte) { return (byte & 0xC0) == 0x80; }

// Requires position < text.size().
size_t EndOfCode(std::string_view text, size_t position) {
  ++position;
  while (position < text.size() && Continues(text[position])) ++position;
  return position;
}

// Of the code point whose bytes these are.
size_t WidthOfCode(std::string_view bytes) {
  const auto lead = static_cast<unsigned char>(bytes[0]);
  if (lead < 0xC0) return 1;
  uint32_t code = lead & (0xFFu >> (bytes.size() + 1));
  for (const char byte : bytes.substr(1)) code = code << 6 | (byte & 0x3F);
  const auto range = std::lower_bound(std::begin(kRanges), std::end(kRanges), code,
                                      [](const Range& r, uint32_t c) { return r.last < c; });
  return range != std::end(kRanges) && range->first <= code ? range->width : 1;
}

}  // namespace

size_t NextCharacter(std::string_view text, size_t position) {
  if (position >= text.size()) return text.size();
  position = EndOfCode(text, position);
  while (position < text.size()) {
    const size_t end = EndOfCode(text, position);
    if (WidthOfCode(text.substr(position, end - position)) > 0) break;
    position = end;
  }
  return position;
}

size_t PreviousCharacter(std::string_view text, size_t position) {
  while (position > 0) {
    const size_t end = position--;
    while (position > 0 && Continues(text[position])) --position;
    if (WidthOfCode(text.substr(position, end - position)) > 0) break;
  }
  return position;
}

size_t Width(std::string_view text) {
  size_t width = 0;
  for (size_t i = 0, end; i < text.size(); i = end) {
    end = EndOfCode(text, i);
    width += WidthOfCode(text.substr(i, end - i));
  }
  return width;
}

}  // namespace moonlet
