#include "bindings/page.h"

#include <algorithm>
#include <cstring>

namespace moonlet {
namespace {

constexpr int kColumns = 80;

// Cuts the first line off `text`, without its end.
std::string_view TakeLine(std::string_view* text) {
  const std::string_view line = text->substr(0, text->find('\n'));
  text->remove_prefix(std::min(line.size() + 1, text->size()));
  return line;
}

std::string_view TakeWord(std::string_view* text) {
  const size_t from = std::min(text->find_first_not_of(" \n"), text->size());
  text->remove_prefix(from);
  const std::string_view word = text->substr(0, text->find_first_of(" \n"));
  text->remove_prefix(word.size());
  return word;
}

// A line on its way to the printer: never longer than the columns.
class LineBuffer {
 public:
  explicit LineBuffer(int indent) { Add({}, indent); }

  int size() const { return size_; }
  std::string_view text() const { return {text_, static_cast<size_t>(size_)}; }
  // Room is what fits behind `gap` spaces.
  bool Fits(std::string_view word, int gap) const {
    return size_ + gap + static_cast<int>(word.size()) <= kColumns;
  }
  void Add(std::string_view word, int gap) {
    std::memset(text_ + size_, ' ', static_cast<size_t>(gap));
    std::replace_copy(word.begin(), word.end(), text_ + size_ + gap, '\n', ' ');
    size_ += gap + static_cast<int>(word.size());
  }

 private:
  int size_ = 0;
  char text_[kColumns];
};

}  // namespace

std::string_view Page::name() const { return signature.substr(0, signature.find_first_of(" (")); }

std::string_view Page::last_name() const {
  const std::string_view whole = name();
  const size_t mark = whole.find_last_of(".:");
  return mark == whole.npos ? whole : whole.substr(mark + 1);
}

std::string_view FirstSentence(std::string_view text) {
  for (size_t i = 0; i + 1 < text.size(); ++i) {
    const bool end = text[i] == '.' && (text[i + 1] == ' ' || text[i + 1] == '\n');
    if (end || text.substr(i, 2) == "\n\n") return text.substr(0, i + end);
  }
  return text;
}

void PagePrinter::Line(std::string_view text) {
  lua_getglobal(L_, "print");
  lua_pushlstring(L_, text.data(), text.size());
  lua_call(L_, 1, 0);
}

void PagePrinter::Paragraph(std::string_view words, int indent) {
  LineBuffer line(indent);
  const bool item = words.starts_with("- ");
  for (std::string_view word = TakeWord(&words); !word.empty(); word = TakeWord(&words)) {
    const int gap = line.size() > indent ? 1 : 0;
    if (!line.Fits(word, gap)) {
      if (line.size() > indent) Line(line.text());
      line = LineBuffer(item ? indent + 2 : indent);
      word = word.substr(0, static_cast<size_t>(kColumns - line.size()));
      line.Add(word, 0);
    } else {
      line.Add(word, gap);
    }
  }
  if (line.size() > indent) Line(line.text());
}

void PagePrinter::Filled(std::string_view text, int indent) {
  while (!text.empty()) {
    if (text.front() == '\n') {
      Blank();
      text.remove_prefix(1);
    }
    size_t end = 0;  // of the paragraph: before an empty line or an item
    while (end < text.size()) {
      end = std::min(text.find('\n', end), text.size());
      const std::string_view rest = text.substr(std::min(end + 1, text.size()));
      if (rest.empty() || rest.front() == '\n' || rest.starts_with("- ")) break;
      ++end;
    }
    Paragraph(text.substr(0, end), indent);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

void PagePrinter::Verbatim(std::string_view text, int indent) {
  while (!text.empty()) {
    const std::string_view line = TakeLine(&text);
    lua_getglobal(L_, "print");
    luaL_Buffer whole;
    luaL_buffinit(L_, &whole);
    for (int i = 0; i < indent && !line.empty(); ++i) luaL_addchar(&whole, ' ');
    luaL_addlstring(&whole, line.data(), line.size());
    luaL_pushresult(&whole);
    lua_call(L_, 1, 0);
  }
}

void PagePrinter::Entry(std::string_view name, int width, std::string_view what) {
  constexpr int kIndent = 2;
  LineBuffer line(kIndent);
  if (!line.Fits(name, 0)) return Line(name);
  line.Add(name, 0);
  const int gap = std::max(width - static_cast<int>(name.size()), 0) + 2;
  const int room = kColumns - line.size() - gap;
  if (room < 4 || what.empty()) return Line(line.text());
  const bool cut = static_cast<int>(what.size()) > room;
  if (cut) {
    what = what.substr(0, static_cast<size_t>(room - 3));
    what = what.substr(0, what.find_last_of(" \n"));
  }
  line.Add(what, gap);
  if (cut) line.Add("...", 0);
  Line(line.text());
}

void PagePrinter::Print(const Page& page) {
  Line(page.signature);
  if (!page.units.empty()) Filled(page.units, 2);
  if (!page.text.empty()) {
    Blank();
    Filled(page.text, 2);
  }
  if (!page.example.empty()) {
    Blank();
    Line("  Example:");
    Verbatim(page.example, 4);
  }
}

}  // namespace moonlet
