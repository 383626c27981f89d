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
    const Page page = {
        .signature = TakeUntil(&rest, kField), .units = {}, .text = {}, .example = {}};
    const bool named = kind.empty() ? page.name() == name
                                    : page.signature.starts_with(kind) &&
                                          page.signature.substr(kind.size()) == name;
    if (!named) continue;
    found->units = TakeUntil(&rest, kField);
    found->text = TakeUntil(&rest, kField);
    found->example = TakeUntil(&rest, kRecord);
    if (found->example.ends_with('\n')) found->example.remove_suffix(1);
    g_next = at + 1;
    return true;
  }
  return false;
}

void WriteRecord(WriteText write, void* context, std::string_view kind, const Page& page) {
  const std::string_view begin(&kRecord, 1), field(&kField, 1);
  for (const std::string_view piece : {begin, kind, page.signature, field, page.units, field,
                                       page.text, field, page.example, std::string_view("\n")})
    write(piece, context);
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

void WriteHelpTexts(WriteText write, void* context) {
  for (const Module* module : Modules()) {
    const auto members = [&](const Class* cls) {
      AnyOf(*module, [&](const Documented& documented) {
        if (documented.cls == cls) WriteRecord(write, context, {}, PageOf(documented));
        return false;
      });
    };
    WriteRecord(write, context, "module ", {module->name, {}, View(module->text), {}});
    members(nullptr);
    for (const Class* cls : module->classes) {
      WriteRecord(write, context, "class ", {cls->name, {}, View(cls->text), {}});
      members(cls);
    }
  }
}

void WriteLuaTexts(lua_State* L, WriteText write, void* context) {
  PushLuaModules(L);
  const int names = lua_gettop(L);
  for (lua_Integer i = 1; lua_rawgeti(L, names, i) == LUA_TSTRING; ++i) {
    const int name = lua_gettop(L);
    if (PushModuleSource(L, lua_tostring(L, name))) {
      WriteRecord(write, context, "module ", {lua_tostring(L, name), {}, PushModuleText(L), {}});
      lua_settop(L, name + 1);
      AnyLuaPage(L, [&](const Page& page) {
        WriteRecord(write, context, {}, page);
        return false;
      });
    }
    lua_settop(L, names);
  }
  lua_settop(L, names - 1);
}

}  // namespace moonlet
