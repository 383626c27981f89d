#include "bindings/lua_docs.h"

#include <algorithm>
#include <new>

#include "bindings/modules.h"
#include "vm/files.h"
#include "vm/modules.h"
#include "vm/runtime.h"

namespace moonlet {
namespace {

constexpr std::string_view kUnits = "Units:";
constexpr std::string_view kExample = "Example:";

// A source as a Lua value, so that its bytes go when nobody needs them.
int ReleaseSource(lua_State* L) {
  static_cast<Bytes*>(lua_touserdata(L, 1))->Reset();
  return 0;
}

constexpr luaL_Reg kSourceMethods[] = {{"__gc", ReleaseSource}, {nullptr, nullptr}};
constexpr const luaL_Reg* kSourceMetamethods[] = {kSourceMethods};
constexpr Class kSource = {"source", "moonlet.source", nullptr, {}, kSourceMetamethods};

// Files below the library folder are ours to read; others the sandbox may refuse.
bool IsLibrary(lua_State* L, std::string_view path) {
  const char* folder = Runtime::Of(L).options().library_dir;
  return folder != nullptr && path.starts_with(folder) && path.find("..") == path.npos &&
         path.substr(std::string_view(folder).size()).starts_with('/');
}

bool IsComment(std::string_view line) { return line.starts_with("--") && !line.starts_with("--["); }

// A comment line's text: no dashes, no space behind them.
std::string_view Uncomment(std::string_view line) {
  line.remove_prefix(line.starts_with("---") ? 3 : 2);
  if (line.starts_with(' ')) line.remove_prefix(1);
  return line;
}

std::string_view Trimmed(std::string_view text) {
  const size_t from = std::min(text.find_first_not_of(" \n"), text.size());
  text.remove_prefix(from);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\n')) text.remove_suffix(1);
  return text;
}

// Cuts off what stands behind the mark at the beginning of a line, and gives it.
std::string_view CutFrom(std::string_view mark, std::string_view* text) {
  for (size_t at = text->find(mark); at != text->npos; at = text->find(mark, at + 1)) {
    if (at != 0 && (*text)[at - 1] != '\n') continue;
    const std::string_view rest = text->substr(at + mark.size());
    *text = text->substr(0, at);
    return rest;
  }
  return {};
}

// Whether a block begins with the signature of a field: "plot.ascii -> boolean".
bool TellsOfField(std::string_view comment) {
  const std::string_view line = comment.substr(0, comment.find('\n'));
  return line.find(" -> ") != line.npos && line.find('(') == line.npos;
}

std::string_view PushUncommented(lua_State* L, std::string_view comment) {
  luaL_Buffer text;
  luaL_buffinit(L, &text);
  while (!comment.empty()) {
    const std::string_view line = comment.substr(0, comment.find('\n'));
    comment.remove_prefix(std::min(line.size() + 1, comment.size()));
    const std::string_view words = Uncomment(line);
    luaL_addlstring(&text, words.data(), words.size());
    luaL_addchar(&text, '\n');
  }
  luaL_pushresult(&text);
  size_t size;
  const char* plain = lua_tolstring(L, -1, &size);
  return {plain, size};
}

}  // namespace

void PushLuaModules(lua_State* L) {
  lua_newtable(L);
  PushModuleNames(L);
  lua_Integer count = 0;
  for (lua_Integer i = 1; lua_rawgeti(L, -1, i) == LUA_TSTRING; ++i) {
    if (FindModule(lua_tostring(L, -1)) == nullptr) {
      lua_rawseti(L, -3, ++count);
    } else {
      lua_pop(L, 1);
    }
  }
  lua_pop(L, 2);
}

bool PushFileSource(lua_State* L, const char* path) {
  auto* bytes = new (NewObject(L, kSource, sizeof(Bytes), 0)) Bytes;
  const Status status =
      IsLibrary(L, path) ? ReadTrustedFile(L, path, false, bytes) : ReadFile(L, path, false, bytes);
  if (!status.ok()) lua_pop(L, 1);
  return status.ok();
}

bool PushModuleSource(lua_State* L, const char* name) {
  const Runtime& runtime = Runtime::Of(L);
  for (const char* folder : {runtime.options().library_dir, runtime.script_dir()}) {
    if (folder == nullptr) continue;
    lua_pushfstring(L, "%s%s%s.lua", folder, *folder == '\0' ? "" : "/", name);
    const bool found = PushFileSource(L, lua_tostring(L, -1));
    lua_remove(L, found ? -2 : -1);
    if (found) return true;
  }
  return false;
}

std::string_view SourceOnTop(lua_State* L) {
  const Bytes& bytes = *static_cast<const Bytes*>(CheckObject(L, -1, kSource));
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::string_view LuaBlocks::TakeLine() {
  const std::string_view line = rest_.substr(0, rest_.find('\n'));
  rest_.remove_prefix(std::min(line.size() + 1, rest_.size()));
  ++line_;
  return line;
}

bool LuaBlocks::Next(LuaBlock* block) {
  while (!rest_.empty()) {
    const char* begin = rest_.data();
    std::string_view line = TakeLine();
    if (!line.starts_with("---") || line.starts_with("----")) continue;
    block->first_line = line_;
    while (!rest_.empty() && IsComment(line)) {
      block->comment = {begin, static_cast<size_t>(line.data() + line.size() - begin)};
      line = TakeLine();
    }
    block->next_line = line_;
    block->documents = line.find("function") != line.npos || TellsOfField(block->comment);
    return true;
  }
  return false;
}

Page PushPage(lua_State* L, const LuaBlock& block) {
  std::string_view text = PushUncommented(L, block.comment);
  Page page;
  page.signature = text.substr(0, text.find('\n'));
  text.remove_prefix(std::min(page.signature.size() + 1, text.size()));
  page.example = Trimmed(CutFrom(kExample, &text));
  page.units = Trimmed(CutFrom(kUnits, &text));
  page.text = Trimmed(text);
  return page;
}

std::string_view PushModuleText(lua_State* L) {
  LuaBlocks blocks(SourceOnTop(L));
  LuaBlock block;
  if (!blocks.Next(&block) || block.first_line != 1 || block.documents) block.comment = {};
  return Trimmed(PushUncommented(L, block.comment));
}

}  // namespace moonlet
