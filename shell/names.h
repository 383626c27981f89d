// shell/names.h - which words of Lua's are names, for whoever reads or shows source.
#pragma once
#include <algorithm>
#include <string_view>

namespace moonlet {

inline constexpr std::string_view kKeywords[] = {
    "and",      "break",  "do",   "else", "elseif", "end",  "false", "for",
    "function", "goto",   "if",   "in",   "local",  "nil",  "not",   "or",
    "repeat",   "return", "then", "true", "until",  "while"};

constexpr bool IsNameChar(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

// True for what may stand after a dot: letters, digits and underscores, no digit first,
// no keyword.
constexpr bool IsName(std::string_view s) {
  if (s.empty() || (s[0] >= '0' && s[0] <= '9')) return false;
  return std::all_of(s.begin(), s.end(), IsNameChar) &&
         std::find(std::begin(kKeywords), std::end(kKeywords), s) == std::end(kKeywords);
}

}  // namespace moonlet
