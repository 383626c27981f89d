#include "shell/xml_text.h"

#include <cstdint>
#include <cstdio>

namespace moonlet {
namespace {

// The size of the character at the start, if XML takes it; else 0.
size_t CharacterSize(std::string_view text) {
  const auto byte = [&](size_t i) { return static_cast<uint8_t>(text[i]); };
  if (byte(0) < 0x80) return byte(0) >= 32 && byte(0) != 127 ? 1 : 0;
  const size_t size = byte(0) >= 0xF0 ? 4 : byte(0) >= 0xE0 ? 3 : 2;
  if (byte(0) < 0xC2 || byte(0) > 0xF4 || text.size() < size) return 0;
  uint32_t code = byte(0) & (0xFFu >> (size + 1));
  for (size_t i = 1; i < size; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return 0;
    code = code << 6 | (byte(i) & 0x3F);
  }
  constexpr uint32_t kLeast[] = {0, 0, 0x80, 0x800, 0x10000};
  const bool surrogate = code >= 0xD800 && code < 0xE000;
  const bool valid = code >= kLeast[size] && code <= 0x10FFFF && !surrogate;
  return valid && code != 0xFFFE && code != 0xFFFF ? size : 0;
}

// What stands for a character of one byte; null: itself.
const char* Replacement(char c) {
  switch (c) {
    case '&':
      return "&amp;";
    case '<':
      return "&lt;";
    case '>':
      return "&gt;";
    case '"':
      return "&quot;";
    case '\n':
      return "\n";
    case '\t':
      return "\t";
    default:
      return nullptr;
  }
}

}  // namespace

std::string XmlText(std::string_view text) {
  std::string xml;
  while (!text.empty()) {
    size_t size = 1;
    if (const char* replacement = Replacement(text[0])) {
      xml += replacement;
    } else if (const size_t whole = CharacterSize(text); whole > 0) {
      size = whole;
      xml += text.substr(0, size);
    } else {
      char digits[8];
      std::snprintf(digits, sizeof(digits), "\\x%02x", static_cast<uint8_t>(text[0]));
      xml += digits;
    }
    text.remove_prefix(size);
  }
  return xml;
}

// There a plain end of a line reads as a blank.
std::string XmlAttribute(std::string_view text) {
  std::string xml;
  for (const char c : XmlText(text)) {
    if (c == '\n') {
      xml += "&#10;";
    } else if (c == '\t') {
      xml += "&#9;";
    } else {
      xml += c;
    }
  }
  return xml;
}

}  // namespace moonlet
