#include "bindings/help.h"

#include <algorithm>

#include "bindings/help_search.h"
#include "bindings/pages.h"

namespace moonlet {
namespace {

// The stack of help(): 1 its argument, 2 a table that keeps texts of Lua modules alive.
constexpr int kAnchor = 2;

// What a list shows of a page: its first sentence, or on a device the signature.
std::string_view Summary(const Page& page) {
  return page.text.empty() ? page.signature : FirstSentence(page.text);
}

// Keeps the string on top, should it hold the page's text.
void Keep(lua_State* L) {
  if (lua_type(L, -1) != LUA_TSTRING) return;
  lua_pushvalue(L, -1);
  lua_rawseti(L, kAnchor, static_cast<lua_Integer>(lua_rawlen(L, kAnchor)) + 1);
}

// tensor.mean finds tensor:mean.
bool SameName(std::string_view a, std::string_view b) {
  const auto same = [](char x, char y) { return (x == ':' ? '.' : x) == (y == ':' ? '.' : y); };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), same);
}

void PrintOverview(lua_State* L) {
  PagePrinter out(L);
  constexpr int kWidth = 8;
  out.Line("help(nn.load)      a function          help \"nn\"       a module");
  out.Line("help(value)        an object's class   help \"words\"    a search in everything");
  out.Blank();
  for (const Module* module : Modules())
    out.Entry(module->name, kWidth, FirstSentence(TextOf(*module)));
  PushLuaModules(L);
  for (lua_Integer i = 1; lua_rawgeti(L, -1, i) == LUA_TSTRING; ++i) {
    const int name = lua_gettop(L);
    if (PushModuleSource(L, lua_tostring(L, name)))
      out.Entry(lua_tostring(L, name), kWidth, FirstSentence(PushModuleText(L)));
    lua_settop(L, name - 1);
  }
}

// Lists entries as lines; columns are as wide as the longest name.
template <typename ForEach>
void PrintList(lua_State* L, ForEach for_each) {
  constexpr int kWidest = 26;
  PagePrinter out(L);
  int width = 0;
  for_each([&](const Page& page) {
    width = std::max(width, std::min(static_cast<int>(page.name().size()), kWidest));
    return false;
  });
  for_each([&](const Page& page) {
    out.Entry(page.name(), width, Summary(page));
    return false;
  });
}

void PrintClass(lua_State* L, const Module& module, const Class& cls) {
  PagePrinter out(L);
  out.Line(cls.name);
  out.Filled(TextOf(cls), 2);
  out.Blank();
  PrintList(L, [&](auto visit) {
    AnyOf(module, [&](const Documented& d) { return d.cls == &cls && visit(PageOf(d)); });
  });
}

void PrintModule(lua_State* L, const Module& module) {
  PagePrinter out(L);
  out.Line(module.name);
  out.Filled(TextOf(module), 2);
  out.Blank();
  PrintList(L, [&](auto visit) {
    AnyOf(module, [&](const Documented& d) { return d.cls == nullptr && visit(PageOf(d)); });
  });
  for (const Class* cls : module.classes) {
    out.Blank();
    PrintClass(L, module, *cls);
  }
}

// The module whose source is on top.
void PrintLuaModule(lua_State* L, const char* name) {
  PagePrinter out(L);
  const int source = lua_gettop(L);
  out.Line(name);
  out.Filled(PushModuleText(L), 2);
  lua_settop(L, source);
  out.Blank();
  PrintList(L, [&](auto visit) { AnyLuaPage(L, visit); });
}

void PrintOnCFunction(lua_State* L, lua_CFunction function) {
  const bool found = AnyDocumented([&](const Documented& documented) {
    if (documented.entry->function != function) return false;
    PagePrinter(L).Print(PageOf(documented));
    return true;
  });
  if (!found) PagePrinter(L).Line("A function of Lua itself: see the Lua 5.4 reference manual.");
}

bool PrintModuleNamed(lua_State* L, const char* name) {
  if (const Module* module = FindModule(name)) {
    if (module->function != nullptr) {
      PrintOnCFunction(L, module->function);
    } else {
      PrintModule(L, *module);
    }
    return true;
  }
  if (!PushModuleSource(L, name)) return false;
  PrintLuaModule(L, name);
  return true;
}

bool PrintClassNamed(lua_State* L, std::string_view name) {
  for (const Module* module : Modules()) {
    for (const Class* cls : module->classes) {
      if (name != cls->name) continue;
      PrintClass(L, *module, *cls);
      return true;
    }
  }
  return false;
}

// Prints the page if there is exactly one that `matches`, a list if there are more.
template <typename Matches>
bool PrintMatching(lua_State* L, Matches matches) {
  Best<12> found;
  AnyPage(L, [&](const Page& page) {
    if (matches(page)) {
      found.Offer(1, page);
      Keep(L);
    }
    return false;
  });
  if (found.count() == 0) return false;
  if (found.count() == 1) {
    PagePrinter(L).Print(found.page(0));
    return true;
  }
  PrintList(L, [&](auto visit) {
    for (int i = 0; i < found.count(); ++i) visit(found.page(i));
  });
  return true;
}

bool PrintSearch(lua_State* L, std::string_view query) {
  Best<15> found;
  AnyPage(L, [&](const Page& page) {
    if (const int score = Score(page, query); score > 0) {
      found.Offer(score, page);
      Keep(L);
    }
    return false;
  });
  if (found.count() == 0) return false;
  PrintList(L, [&](auto visit) {
    for (int i = 0; i < found.count(); ++i) visit(found.page(i));
  });
  return true;
}

void PrintNearest(lua_State* L, const char* name) {
  constexpr int kFar = 1000;
  const int limit = std::max(2, static_cast<int>(std::string_view(name).size()) / 3);
  Best<4> nearest;
  AnyPage(L, [&](const Page& page) {
    if (const int distance = Distance(name, page); distance <= limit) {
      nearest.Offer(kFar - distance, page);
      Keep(L);
    }
    return false;
  });
  PagePrinter out(L);
  out.Line(lua_pushfstring(L, "There is no help on '%s'.", name));
  if (nearest.count() == 0) return out.Line("help() lists the modules.");
  out.Line("The nearest names:");
  PrintList(L, [&](auto visit) {
    for (int i = 0; i < nearest.count(); ++i) visit(nearest.page(i));
  });
}

void PrintOnText(lua_State* L, const char* text) {
  if (PrintModuleNamed(L, text) || PrintClassNamed(L, text)) return;
  if (PrintMatching(L, [&](const Page& page) { return SameName(page.name(), text); })) return;
  if (PrintMatching(L, [&](const Page& page) { return page.last_name() == text; })) return;
  if (PrintSearch(L, text)) return;
  PrintNearest(L, text);
}

void PrintOnLuaFunction(lua_State* L) {
  lua_Debug where;
  lua_pushvalue(L, 1);
  lua_getinfo(L, ">S", &where);
  PagePrinter out(L);
  if (where.source[0] == '@' && PushFileSource(L, where.source + 1)) {
    LuaBlocks blocks(SourceOnTop(L));
    for (LuaBlock block; blocks.Next(&block);)
      if (block.documents && block.next_line == where.linedefined)
        return out.Print(PushPage(L, block));
  }
  out.Line(
      lua_pushfstring(L, "A function at %s:%d, without help.", where.short_src, where.linedefined));
}

// The name under which `require` keeps the table at 1.
const char* LoadedName(lua_State* L) {
  lua_getfield(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
  lua_pushnil(L);
  while (lua_next(L, -2) != 0) {
    if (lua_type(L, -2) == LUA_TSTRING && lua_rawequal(L, -1, 1)) return lua_tostring(L, -2);
    lua_pop(L, 1);
  }
  return nullptr;
}

void PrintOnValue(lua_State* L) {
  if (const Class* cls = ClassOf(L, 1)) {
    PrintClassNamed(L, cls->name);
    return;
  }
  if (lua_type(L, 1) == LUA_TTABLE) {
    if (const char* name = LoadedName(L); name != nullptr && PrintModuleNamed(L, name)) return;
  }
  PagePrinter(L).Line(lua_pushfstring(L, "There is no help on a %s value.", luaL_typename(L, 1)));
  if (lua_isnil(L, 1)) PagePrinter(L).Line("Is the name right? help \"name\" looks for it.");
}

int Help(lua_State* L) {
  const bool overview = lua_gettop(L) == 0;
  lua_settop(L, 1);
  lua_newtable(L);
  if (overview) {
    PrintOverview(L);
  } else if (lua_type(L, 1) == LUA_TSTRING) {
    PrintOnText(L, lua_tostring(L, 1));
  } else if (lua_CFunction function = lua_tocfunction(L, 1)) {
    PrintOnCFunction(L, function);
  } else if (lua_isfunction(L, 1)) {
    PrintOnLuaFunction(L);
  } else {
    PrintOnValue(L);
  }
  return 0;
}

constexpr Entry kHelpTable[] = {
    {"help", Help, "help([what])", "what: a function, an object, a module, or text",
     Doc("Prints what is known of a function, of an object's class, or of a module. Text is the "
         "name of one, such as \"tensor:mean\", or else words that are looked for in all names and "
         "texts. Without an argument it lists the modules."),
     Doc("help(tensor.zeros)")},
};
const std::span<const Entry> kHelpParts[] = {kHelpTable};

}  // namespace

const Module kHelpModule = {
    "help", Doc("Explains modules, functions and objects at the prompt."), kHelpParts, {}, nullptr,
    Help};

}  // namespace moonlet
