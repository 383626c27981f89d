// shell/style.h - the colours of the prompt, by what a piece of text is.
#pragma once
#include <string_view>

namespace moonlet {

enum class Style { kPlain, kPrompt, kError, kString, kNumber, kConstant, kNote };

// The sequence that begins a style; kStyleEnd ends each.
constexpr std::string_view StyleBegin(Style style) {
  switch (style) {
    case Style::kPlain:
      return {};
    case Style::kPrompt:
      return "\x1b[1m";
    case Style::kError:
      return "\x1b[31m";
    case Style::kString:
      return "\x1b[32m";
    case Style::kNumber:
      return "\x1b[36m";
    case Style::kConstant:
      return "\x1b[35m";
    case Style::kNote:
      return "\x1b[2m";
  }
  return {};
}
inline constexpr std::string_view kStyleEnd = "\x1b[0m";

}  // namespace moonlet
