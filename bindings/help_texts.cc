#include "bindings/help_texts.h"

#include "bindings/pages.h"

namespace moonlet {
namespace {

constexpr char kRecord = '\x1E';
constexpr char kField = '\x1F';

std::string_view g_texts;
size_t g_next = 0;  // the record behind the last one found: help() asks in their order

// Cuts the text up to `end` off `*rest`.
std::string_view TakeUntil(std::string_view* rest, char end) {
  const std::string_view piece = rest->substr(0, rest->find(end));
  rest->remove_prefix(std::min(piece.size() + 1, rest->size()));
  return piece;
}

// Looks at the records that begin in [from, to).
bool FindBetween(std::string_view kind, std::string_view name, size_t from, size_t to,
                 HelpText* found) {
  for (size_t at = g_texts.find(kRecord, from); at < to; at = g_texts.find(kRecord, at + 1)) {
    std::string_view rest = g_texts.substr(at + 1);
    const std::string_view key = TakeUntil(&rest, kField);
    if (!key.starts_with(kind) || key.substr(kind.size()) != name) continue;
    found->units = TakeUntil(&rest, kField);
    found->text = TakeUntil(&rest, kField);
    found->example = TakeUntil(&rest, kRecord);
    if (found->example.ends_with('\n')) found->example.remove_suffix(1);
    g_next = at + 1;
    return true;
  }
  return false;
}

}  // namespace

void SetHelpTexts(std::string_view file) {
  g_texts = file;
  g_next = 0;
}

HelpText FindHelpText(std::string_view kind, std::string_view name) {
  HelpText found;
  if (!FindBetween(kind, name, g_next, g_texts.size(), &found))
    FindBetween(kind, name, 0, g_next, &found);
  return found;
}

void WriteHelpTexts(void (*write)(std::string_view piece, void* context), void* context) {
  const std::string_view begin(&kRecord, 1), field(&kField, 1);
  const auto record = [&](std::string_view kind, std::string_view name, const HelpText& help) {
    for (const std::string_view piece : {begin, kind, name, field, help.units, field, help.text,
                                         field, help.example, std::string_view("\n")})
      write(piece, context);
  };
  for (const Module* module : Modules()) {
    record("module ", module->name, {{}, View(module->text), {}});
    for (const Class* cls : module->classes) record("class ", cls->name, {{}, View(cls->text), {}});
    AnyOf(*module, [&](const Documented& documented) {
      const Page page = PageOf(documented);
      record({}, page.name(), {page.units, page.text, page.example});
      return false;
    });
  }
}

}  // namespace moonlet
