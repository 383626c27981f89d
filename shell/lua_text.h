// shell/lua_text.h - texts inside of Lua that is sent elsewhere.
#pragma once
#include <cstdio>
#include <string>
#include <string_view>

namespace moonlet {

// A string in Lua's syntax, in printable ASCII on one line.
inline std::string LuaText(std::string_view text) {
  std::string quoted = "\"";
  for (const char c : text) {
    char digits[8];
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = byte >= 32 && byte < 127 && c != '"' && c != '\\';
    if (!plain) std::snprintf(digits, sizeof(digits), "\\%03u", byte);
    quoted += plain ? std::string(1, c) : std::string(digits);
  }
  return quoted + '"';
}

}  // namespace moonlet
