// bindings/pages.h - everything that is documented, as pages: the registration tables,
// and the comments above functions written in Lua (bindings/lua_docs.h).
//
//   AnyPage(L, [&](const Page& page) { return page.name() == "nn.load"; });
#pragma once
#include <string_view>

#include "bindings/help_texts.h"
#include "bindings/lua_docs.h"
#include "bindings/modules.h"
#include "bindings/page.h"

namespace moonlet {

// One registered function, method or field, and where it belongs.
struct Documented {
  const Module* module;
  const Class* cls;  // null for functions and fields of the module itself
  const Entry* entry;
};

// Text that a device image may lack.
inline std::string_view View(const char* text) {
  return text != nullptr ? text : std::string_view();
}

inline Page PageOf(const Documented& documented) {
  const Entry& entry = *documented.entry;
  Page page = {entry.signature, View(entry.units), View(entry.text), View(entry.example)};
  if (!MOONLET_DOCS) {
    const HelpText found = FindHelpText({}, page.name());
    page.units = found.units;
    page.text = found.text;
    page.example = found.example;
  }
  return page;
}

inline std::string_view TextOf(const Module& module) {
  return MOONLET_DOCS ? View(module.text) : FindHelpText("module ", module.name).text;
}
inline std::string_view TextOf(const Class& cls) {
  return MOONLET_DOCS ? View(cls.text) : FindHelpText("class ", cls.name).text;
}

// Calls visit(const Documented&) for all of a module: first its functions, then class by
// class; until one call gives true. Gives whether one did.
template <typename Visit>
bool AnyOf(const Module& module, Visit visit) {
  for (const std::span<const Entry> part : module.functions)
    for (const Entry& entry : part)
      if (visit(Documented{&module, nullptr, &entry})) return true;
  for (const Class* cls : module.classes)
    for (const std::span<const Entry> part : cls->methods)
      for (const Entry& entry : part)
        if (visit(Documented{&module, cls, &entry})) return true;
  return false;
}

// The same for every module.
template <typename Visit>
bool AnyDocumented(Visit visit) {
  for (const Module* module : Modules())
    if (AnyOf(*module, visit)) return true;
  return false;
}

// Calls visit(const Page&) for every page until one call gives true, and gives whether
// one did. Then, and during a call, the page's text may lie on the Lua stack (a page
// from a Lua module is the string on top); the visitor leaves the stack as it was.
template <typename Visit>
bool AnyPage(lua_State* L, Visit visit) {
  if (AnyDocumented([&](const Documented& documented) { return visit(PageOf(documented)); }))
    return true;
  PushLuaModules(L);
  const int names = lua_gettop(L);
  for (lua_Integer i = 1; lua_rawgeti(L, names, i) == LUA_TSTRING; ++i) {
    if (PushModuleSource(L, lua_tostring(L, -1)) && AnyLuaPage(L, visit)) return true;
    lua_settop(L, names);
  }
  lua_settop(L, names - 1);
  return false;
}

}  // namespace moonlet
