// bindings/lua_docs.h - the documentation of modules written in Lua: comments in their
// source.
//
//   --- progress.iter(over [, total]) -> iterator
//   -- Goes through `over` and shows how far it came.
//   -- Units: total: number of steps
//   -- Example:
//   -- for i in progress.iter(3) do print(i) end --> 1 2 3
//   function progress.iter(over, total)
//
// The first line of such a block is the signature; the block stands right above the
// function's first line. "Units:" and "Example:" may be missing. A field has a block as well,
// "plot.ascii -> boolean". A block at the top of the file tells of the module.
#pragma once
#include <string_view>

#include "bindings/page.h"

namespace moonlet {

// Pushes an array of the names of all modules written in Lua.
void PushLuaModules(lua_State* L);
// Pushes a value that holds the source of the module, or of the file, and returns true;
// or pushes nothing when it cannot be read.
bool PushModuleSource(lua_State* L, const char* name);
bool PushFileSource(lua_State* L, const char* path);

// A block of comment in a source.
struct LuaBlock {
  std::string_view comment;
  int first_line = 0;
  int next_line = 0;       // the number of the line below it
  bool documents = false;  // that line begins a function, or the block tells of a field
};

// Goes through the blocks of a source from top to bottom.
class LuaBlocks {
 public:
  explicit LuaBlocks(std::string_view source) : rest_(source) {}
  // False when there are no more.
  bool Next(LuaBlock* block);

 private:
  std::string_view TakeLine();

  std::string_view rest_;
  int line_ = 0;  // lines taken so far
};

// The source that the value on top of the stack holds.
std::string_view SourceOnTop(lua_State* L);
// Pushes the block's text without its dashes and gives the page that lies in it.
Page PushPage(lua_State* L, const LuaBlock& block);
// Pushes what the source on top says of its module at its beginning, maybe "".
std::string_view PushModuleText(lua_State* L);

// Calls visit(const Page&) for every page of the source on top, until one call gives
// true; gives whether one did, and the page's text is on top then.
template <typename Visit>
bool AnyLuaPage(lua_State* L, Visit visit) {
  LuaBlocks blocks(SourceOnTop(L));
  for (LuaBlock block; blocks.Next(&block);) {
    if (!block.documents) continue;
    if (visit(PushPage(L, block))) return true;
    lua_pop(L, 1);
  }
  return false;
}

}  // namespace moonlet
