// bindings/page.h - one documented thing, and how it is laid out in 80 columns.
#pragma once
#include <string_view>

#include "vm/lua.h"

namespace moonlet {

// What is missing is empty: a device image has signatures alone.
struct Page {
  std::string_view signature;  // "nn.load(path [, options]) -> model | nil, message"
  std::string_view units;
  std::string_view text;
  std::string_view example;

  // The signature up to its arguments: "nn.load", "tensor:mean", "tensor.shape".
  std::string_view name() const;
  // The name after its point or colon: "load".
  std::string_view last_name() const;
};

// Up to the end of the first sentence.
std::string_view FirstSentence(std::string_view text);

// Writes lines through the global `print`, so that help goes where a script's output
// goes.
class PagePrinter {
 public:
  explicit PagePrinter(lua_State* L) : L_(L) {}

  void Line(std::string_view text);
  void Blank() { Line({}); }
  // Filled to 80 columns behind `indent` spaces. An empty line parts paragraphs, one
  // that begins with "- " is an item.
  void Filled(std::string_view text, int indent);
  // Line by line as it is.
  void Verbatim(std::string_view text, int indent);
  // "  name   what it is", cut at 80 columns; names are `width` wide.
  void Entry(std::string_view name, int width, std::string_view what);
  void Print(const Page& page);

 private:
  void Paragraph(std::string_view words, int indent);

  lua_State* L_;
};

}  // namespace moonlet
