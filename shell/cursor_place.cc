#include "shell/cursor_place.h"

#include <array>
#include <cstddef>

#include "shell/names.h"

namespace moonlet {
namespace {

// The brackets that are open, outermost first. Those beyond the capacity are counted alone.
class Brackets {
 public:
  void Take(char c, size_t position) {
    if (c == '(' || c == '{' || c == '[') {
      if (depth_ < open_.size()) open_[depth_] = position;
      ++depth_;
    } else if ((c == ')' || c == '}' || c == ']') && depth_ > 0) {
      --depth_;
    }
  }
  // The innermost is level 1. npos: there is none.
  size_t Position(size_t level) const {
    return level <= depth_ && depth_ <= open_.size() ? open_[depth_ - level]
                                                     : std::string_view::npos;
  }

 private:
  std::array<size_t, 16> open_;
  size_t depth_ = 0;
};

std::string_view TrimEnd(std::string_view text) {
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t' || text.back() == '\n'))
    text.remove_suffix(1);
  return text;
}

std::string_view WithoutLastName(std::string_view text) {
  while (!text.empty() && IsNameChar(text.back())) text.remove_suffix(1);
  return text;
}

// f{ or f(x, { with the cursor where a key begins.
std::string_view CalledAt(std::string_view text, const Brackets& open) {
  const size_t brace = open.Position(1);
  if (brace == text.npos || text[brace] != '{') return {};
  const std::string_view before = TrimEnd(WithoutLastName(text));
  if (before.back() != '{' && before.back() != ',' && before.back() != ';') return {};
  if (const auto name = WordAtEnd(TrimEnd(text.substr(0, brace))); !name.empty()) return name;
  const size_t parenthesis = open.Position(2);
  if (parenthesis == text.npos || text[parenthesis] != '(') return {};
  return WordAtEnd(TrimEnd(text.substr(0, parenthesis)));
}

}  // namespace

CursorPlace PlaceAtEnd(std::string_view text) {
  Brackets open;
  char quote = '\0';
  size_t begin = 0;  // of the string
  for (size_t i = 0; i < text.size(); ++i) {
    if (quote != '\0') {
      if (text[i] == quote) quote = '\0';
      if (text[i] == '\\') ++i;
    } else if (text[i] == '"' || text[i] == '\'') {
      quote = text[i];
      begin = i + 1;
    } else if (text.substr(i).starts_with("--")) {
      return {.kind = CursorPlace::Kind::kComment};
    } else {
      open.Take(text[i], i);
    }
  }
  if (quote != '\0') return {.kind = CursorPlace::Kind::kString, .quoted = text.substr(begin)};
  return {.called = CalledAt(text, open)};
}

std::string_view WordAtEnd(std::string_view text) {
  size_t i = text.size();
  while (i > 0) {
    if (IsNameChar(text[i - 1]) || text[i - 1] == '.' || text[i - 1] == ':') {
      --i;
    } else if (text[i - 1] == ']' && i < text.size()) {
      // A list position: digits between brackets.
      size_t open = i - 1;
      while (open > 0 && text[open - 1] >= '0' && text[open - 1] <= '9') --open;
      if (open == 0 || open == i - 1 || text[open - 1] != '[') break;
      i = open - 1;
    } else {
      break;
    }
  }
  // "1..na" and "t = ..na" are operators and a name.
  const std::string_view word = text.substr(i);
  const size_t dots = word.rfind("..");
  return dots == word.npos ? word : word.substr(dots + 2);
}

}  // namespace moonlet
