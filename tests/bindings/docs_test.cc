// Every name a script can use is documented, and every example does what it says.
#include "bindings/pages.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "vm/runtime.h"

namespace moonlet {
namespace docs_test {

// Built-in modules and those of scripts/lib.
const std::vector<const char*>& ModuleNames() {
  static const std::vector<const char*> names = [] {
    std::vector<const char*> all(BuiltinNames().begin(), BuiltinNames().end());
    static std::set<std::string> files;
    for (const auto& file : std::filesystem::directory_iterator("scripts/lib"))
      if (file.path().extension() == ".lua") files.insert(file.path().stem());
    for (const std::string& name : files) all.push_back(name.c_str());
    return all;
  }();
  return names;
}

RuntimeOptions Options() {
  RuntimeOptions options;
  options.open_builtin = OpenBuiltinModule;
  options.builtin_names = ModuleNames();
  options.library_dir = "scripts/lib";
  options.modules_as_globals = true;
  return options;
}

std::vector<Documented> All() {
  std::vector<Documented> all;
  AnyDocumented([&](const Documented& found) {
    all.push_back(found);
    return false;
  });
  return all;
}

// "tensor.zeros(", "tensor:mean(" or "tensor.shape": how a signature begins.
std::string Beginning(const Documented& d) {
  std::string name = d.cls != nullptr ? d.cls->name : d.module->name;
  if (d.entry->function == nullptr) return name + "." + d.entry->name;
  if (name == d.entry->name) return name + "(";  // a module that is a function
  return name + (d.cls != nullptr ? ":" : ".") + d.entry->name + "(";
}

std::string NameOf(const Documented& d) {
  return std::string(d.module->name) + ": " + Beginning(d) +
         (d.entry->function != nullptr ? ")" : "");
}

bool Empty(const char* text) { return text == nullptr || *text == '\0'; }

// What an example printed, with the line it did so from.
struct Printed {
  int line;
  std::string text;
};

int CapturePrint(lua_State* L) {
  auto* printed = static_cast<std::vector<Printed>*>(lua_touserdata(L, lua_upvalueindex(1)));
  lua_Debug caller;
  lua_getstack(L, 1, &caller);
  lua_getinfo(L, "l", &caller);
  std::string text;
  for (int i = 1; i <= lua_gettop(L); ++i) {
    text += std::string(i > 1 ? " " : "") + luaL_tolstring(L, i, nullptr);
    lua_pop(L, 1);
  }
  printed->push_back({caller.currentline, text});
  return 0;
}

// Every run of white space as one space, none at the ends.
std::string Squeeze(std::string_view text) {
  std::string squeezed;
  for (char c : text) {
    const bool space = std::string_view(" \t\n").find(c) != std::string_view::npos;
    if (!space) squeezed += c;
    if (space && !squeezed.empty() && squeezed.back() != ' ') squeezed += ' ';
  }
  if (!squeezed.empty() && squeezed.back() == ' ') squeezed.pop_back();
  return squeezed;
}

// What the `-->` of an example say: texts of the line they end at. A line with nothing
// else goes on with the text before it.
struct Expected {
  int line;
  std::string text;
};

std::vector<Expected> ExpectedBy(std::string_view example) {
  std::vector<Expected> expected;
  int number = 0;
  while (!example.empty()) {
    const std::string_view line = example.substr(0, example.find('\n'));
    example.remove_prefix(std::min(line.size() + 1, example.size()));
    ++number;
    const size_t arrow = line.find("-->");
    if (arrow == line.npos) continue;
    const std::string text(line.substr(arrow + 3));
    if (Squeeze(line.substr(0, arrow)).empty() && !expected.empty()) {
      expected.back().text += " " + text;
    } else {
      expected.push_back({number, text});
    }
  }
  return expected;
}

void RunExample(const char* example) {
  std::vector<Printed> printed;
  Runtime runtime;
  ASSERT_TRUE(runtime.Open(Options()).ok());
  lua_pushlightuserdata(runtime.state(), &printed);
  lua_pushcclosure(runtime.state(), CapturePrint, 1);
  lua_setglobal(runtime.state(), "print");
  const Status status = runtime.RunString(example, "=example");
  ASSERT_TRUE(status.ok()) << lua_tostring(runtime.state(), -1);
  size_t next = 0;
  for (const Expected& expected : ExpectedBy(example)) {
    std::string got;
    for (; next < printed.size() && printed[next].line <= expected.line; ++next)
      got += printed[next].text + " ";
    EXPECT_EQ(Squeeze(expected.text), Squeeze(got)) << "at line " << expected.line;
  }
}

TEST(Docs, EveryNameHasSignatureUnitsTextAndExample) {
  for (const Documented& d : All()) {
    SCOPED_TRACE(NameOf(d));
    ASSERT_FALSE(Empty(d.entry->signature));
    EXPECT_TRUE(std::string_view(d.entry->signature).starts_with(Beginning(d)))
        << d.entry->signature;
    EXPECT_NE(d.entry->units, nullptr) << "write \"\" where there are none";
    EXPECT_FALSE(Empty(d.entry->text));
    EXPECT_TRUE(d.entry->function == nullptr || !Empty(d.entry->example));
  }
}

TEST(Docs, EveryModuleAndClassHasText) {
  for (const Module* module : Modules()) {
    EXPECT_FALSE(Empty(module->text)) << module->name;
    for (const Class* cls : module->classes) EXPECT_FALSE(Empty(cls->text)) << cls->name;
  }
}

TEST(Docs, NamesAreUniqueAndNoKeywords) {
  Runtime runtime;
  ASSERT_TRUE(runtime.Open({}).ok());
  std::vector<std::string> names;
  for (const Documented& d : All()) {
    names.push_back(NameOf(d));
    const std::string call = std::string("t:") + d.entry->name + "()";
    EXPECT_TRUE(runtime.LoadString(call, "=name").ok()) << names.back();
    lua_pop(runtime.state(), 1);
  }
  std::sort(names.begin(), names.end());
  const auto twice = std::adjacent_find(names.begin(), names.end());
  EXPECT_EQ(twice, names.end()) << *twice;
}

TEST(Docs, EveryExampleDoesWhatItSays) {
  size_t count = 0;
  for (const Documented& d : All()) {
    const char* const example = d.entry->example;
    if (Empty(example)) continue;
    SCOPED_TRACE(NameOf(d) + " with the example\n" + example);
    RunExample(example);
    ++count;
  }
  std::printf("%zu names documented, %zu examples run\n", All().size(), count);
}

// A documented function of a module written in Lua.
struct LuaDoc {
  std::string module;
  std::string signature;
  std::string text;
  std::string example;
  bool has_units;
  int function_line;
};

std::vector<LuaDoc> LuaDocsOf(lua_State* L, const char* module) {
  std::vector<LuaDoc> docs;
  if (!PushModuleSource(L, module)) return docs;
  LuaBlocks blocks(SourceOnTop(L));
  for (LuaBlock block; blocks.Next(&block);) {
    if (!block.documents) continue;
    const Page page = PushPage(L, block);
    docs.push_back({module, std::string(page.signature), std::string(page.text),
                    std::string(page.example),
                    block.comment.find("-- Units:") != block.comment.npos, block.next_line});
    lua_pop(L, 1);
  }
  lua_pop(L, 1);
  return docs;
}

std::vector<std::string> LuaModules(lua_State* L) {
  std::vector<std::string> names;
  PushLuaModules(L);
  for (lua_Integer i = 1; lua_rawgeti(L, -1, i) == LUA_TSTRING; ++i, lua_pop(L, 1))
    names.emplace_back(lua_tostring(L, -1));
  lua_pop(L, 2);
  return names;
}

// Names of a module's public functions with the lines they begin at: "it 12\n".
constexpr const char* kListFunctions = R"(
  local lines = {}
  for name, value in pairs(require(...)) do
    if type(value) == "function" and name:sub(1, 1) ~= "_" then
      lines[#lines + 1] = name .. " " .. debug.getinfo(value, "S").linedefined .. "\n"
    end
  end
  return table.concat(lines)
)";

std::string PublicFunctions(Runtime& runtime, const std::string& module) {
  lua_State* L = runtime.state();
  EXPECT_TRUE(runtime.LoadString(std::string_view(kListFunctions), "=list").ok());
  lua_pushstring(L, module.c_str());
  const bool ok = runtime.Call(1, 1).ok();
  const std::string lines = lua_tostring(L, -1);
  lua_pop(L, 1);
  EXPECT_TRUE(ok) << lines;
  return lines;
}

TEST(LuaDocs, EveryPublicFunctionHasABlockAboveIt) {
  Runtime runtime;
  ASSERT_TRUE(runtime.Open(Options()).ok());
  const std::vector<std::string> modules = LuaModules(runtime.state());
  ASSERT_FALSE(modules.empty());
  for (const std::string& module : modules) {
    const std::vector<LuaDoc> docs = LuaDocsOf(runtime.state(), module.c_str());
    std::istringstream functions(PublicFunctions(runtime, module));
    std::string name;
    for (int line; functions >> name >> line;) {
      SCOPED_TRACE(module + "." + name);
      const auto doc = std::find_if(docs.begin(), docs.end(),
                                    [&](const LuaDoc& d) { return d.function_line == line; });
      ASSERT_NE(doc, docs.end()) << "no block above line " << line;
      EXPECT_TRUE(doc->signature.starts_with(module + "." + name + "(")) << doc->signature;
    }
  }
}

TEST(LuaDocs, EveryBlockIsWholeAndItsExampleRuns) {
  Runtime runtime;
  ASSERT_TRUE(runtime.Open(Options()).ok());
  for (const std::string& module : LuaModules(runtime.state())) {
    ASSERT_TRUE(PushModuleSource(runtime.state(), module.c_str()));
    EXPECT_FALSE(PushModuleText(runtime.state()).empty()) << module << " does not tell its purpose";
    lua_settop(runtime.state(), 0);
    for (const LuaDoc& doc : LuaDocsOf(runtime.state(), module.c_str())) {
      SCOPED_TRACE(module + ": " + doc.signature + " with the example\n" + doc.example);
      EXPECT_FALSE(doc.text.empty());
      if (doc.signature.find('(') == doc.signature.npos) continue;  // a field
      EXPECT_TRUE(doc.has_units) << "a line 'Units:', empty where there are none";
      EXPECT_FALSE(doc.example.empty());
      RunExample(doc.example.c_str());
    }
  }
}

// Gives names that are missing in what `moonlet doc` makes of the texts, have no text, or a result
// of a kind that scripts/lib/doc/signature.lua does not know: those handed over, and all that
// modules hold.
constexpr const char* kMissing = R"(
  local texts, modules, names = ...
  local book = require "doc.reference".read(texts)
  local function matches(text, ...)
    local found = {}
    for _, pattern in ipairs {...} do
      for match in text:gmatch(pattern) do found[match] = true end
    end
    return found
  end
  local in_html = matches(require "doc.html".page(book, "0"), '<article id="(.-)"')
  local in_markdown = matches(require "doc.markdown".text(book), "```\n([^\n]+)\n```")
  local in_luals = {}
  for file, text in pairs(require "doc.luals".files(book)) do
    assert(load(text, "=" .. file))
    in_luals[file:match "%w+"] =
      matches(text, "\nfunction [%w_]+[.:]([%w_]+)%(", "\nfunction ([%w_]+)%(", "%-%-%-@field ([%w_]+) ")
  end
  for module in modules:gmatch "[^\n]+" do
    local value = require(module)
    for name in pairs(type(value) == "table" and value or {}) do
      if name:sub(1, 1) ~= "_" then names = names .. module .. "." .. name .. "\n" end
    end
  end
  local missing = {}
  for name in names:gmatch "[^\n]+" do
    local entry = book.ids[name]
    local fine = entry and entry.text ~= "" and in_html[name] and in_markdown[entry.signature]
      and in_luals[entry.module][entry.name]
    for _, result in ipairs(entry and entry.parsed.results or {}) do
      fine = fine and not result.unknown
    end
    if not fine then missing[#missing + 1] = name end
  end
  return table.concat(missing, " ")
)";

TEST(Reference, HasEveryPublicName) {
  Runtime runtime;
  ASSERT_TRUE(runtime.Open(Options()).ok());
  lua_State* L = runtime.state();
  const auto append = [](std::string_view piece, void* text) {
    static_cast<std::string*>(text)->append(piece);
  };
  std::string texts, modules, names;
  WriteHelpTexts(append, &texts);
  WriteLuaTexts(L, append, &texts);
  for (const char* module : ModuleNames()) modules += std::string(module) + "\n";
  for (const Documented& d : All()) names += std::string(PageOf(d).name()) + "\n";
  for (const std::string& module : LuaModules(L)) {
    for (const LuaDoc& doc : LuaDocsOf(L, module.c_str()))
      names += doc.signature.substr(0, doc.signature.find_first_of(" (")) + "\n";
  }
  ASSERT_TRUE(runtime.LoadString(std::string_view(kMissing), "=missing").ok());
  for (const std::string& text : {texts, modules, names})
    lua_pushlstring(L, text.data(), text.size());
  const bool ok = runtime.Call(3, 1).ok();
  EXPECT_TRUE(ok);
  EXPECT_STREQ(lua_tostring(L, -1), "");
}

}  // namespace docs_test
}  // namespace moonlet
