#include "shell/show.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdio>
#include <cstring>

#include "shell/names.h"

namespace moonlet {
namespace {

constexpr size_t kWidth = 150;         // of a table, in bytes: two lines of a terminal
constexpr size_t kLongestString = 40;  // inside a table
constexpr size_t kLongestObject = 60;
constexpr int kDeepest = 4;
constexpr size_t kMostKeys = 48;  // more never fit into kWidth

// A table's text while it grows. An item that does not fit is taken back.
struct Text {
  char bytes[kWidth];
  size_t size = 0;
  bool full = false;

  void Add(std::string_view s) {
    if (s.size() > kWidth - size) {
      full = true;
      return;
    }
    std::memcpy(bytes + size, s.data(), s.size());
    size += s.size();
  }
  void CutTo(size_t length) {
    size = length;
    full = false;
  }
};

// The tables being shown, outermost first.
struct Path {
  std::array<const void*, kDeepest> tables;
  int depth = 0;

  bool Holds(const void* table) const {
    return std::find(tables.begin(), tables.begin() + depth, table) != tables.begin() + depth;
  }
};

struct Key {
  const char* data;
  size_t size;
  std::string_view view() const { return {data, size}; }
};

// What a table holds: the length of its list, its first string keys in order, and how
// many keys there are in all. The pointers are valid while the table is not changed.
struct Contents {
  lua_Integer list;
  lua_Integer all;
  std::array<Key, kMostKeys> keys;
  size_t named;
};

Contents Survey(lua_State* L, int table) {
  Contents c = {static_cast<lua_Integer>(lua_rawlen(L, table)), 0, {}, 0};
  const auto before = [](const Key& a, const Key& b) { return a.view() < b.view(); };
  for (lua_pushnil(L); lua_next(L, table) != 0; lua_pop(L, 1)) {
    ++c.all;
    if (lua_type(L, -2) != LUA_TSTRING) continue;
    Key key;
    key.data = lua_tolstring(L, -2, &key.size);
    Key* end = c.keys.data() + c.named;
    Key* place = std::upper_bound(c.keys.data(), end, key, before);
    if (place == c.keys.data() + kMostKeys) continue;
    if (c.named < kMostKeys) ++c.named;
    std::copy_backward(place, c.keys.data() + c.named - 1, c.keys.data() + c.named);
    *place = key;
  }
  return c;
}

void AddQuoted(Text* text, std::string_view s) {
  size_t length = std::min(s.size(), kLongestString);
  while (length > 0 && length < s.size() && (s[length] & 0xC0) == 0x80)
    --length;  // whole characters
  text->Add("\"");
  for (const char ch : s.substr(0, length)) {
    char escape[8];
    if (ch == '"' || ch == '\\') {
      std::snprintf(escape, sizeof(escape), "\\%c", ch);
    } else if (ch == '\n') {
      std::snprintf(escape, sizeof(escape), "\\n");
    } else if (std::iscntrl(static_cast<unsigned char>(ch))) {
      std::snprintf(escape, sizeof(escape), "\\%03u", static_cast<unsigned char>(ch));
    } else {
      escape[0] = ch;
      escape[1] = '\0';
    }
    text->Add(escape);
  }
  text->Add(length < s.size() ? "...\"" : "\"");
}

bool AddTable(lua_State* L, int table, Path* path, Text* text);

// Adds the value on the stack's top.
void AddValue(lua_State* L, Path* path, Text* text) {
  size_t size;
  switch (lua_type(L, -1)) {
    case LUA_TSTRING: {
      const char* s = lua_tolstring(L, -1, &size);
      AddQuoted(text, {s, size});
      return;
    }
    case LUA_TTABLE:
      AddTable(L, lua_gettop(L), path, text);
      return;
    case LUA_TFUNCTION:
    case LUA_TTHREAD:
      text->Add(luaL_typename(L, -1));
      return;
    default: {  // numbers and booleans, and the first line of objects
      const char* s = luaL_tolstring(L, -1, &size);
      std::string_view line(s, size);
      line = line.substr(0, line.find('\n'));
      text->Add(line.substr(0, kLongestObject));
      if (line.size() > kLongestObject) text->Add("...");
      lua_pop(L, 1);
    }
  }
}

void AddKey(lua_State* L, Path* path, Text* text) {
  size_t size;
  if (lua_type(L, -1) == LUA_TSTRING) {
    const char* s = lua_tolstring(L, -1, &size);
    if (IsName({s, size})) {
      text->Add({s, size});
      return;
    }
  }
  text->Add("[");
  AddValue(L, path, text);
  text->Add("]");
}

// Adds one item of the table being shown: the value on the top, after the key below it
// when `keyed`. False, and nothing added but "...", once the room is used up.
bool AddItem(lua_State* L, bool keyed, bool first, Path* path, Text* text) {
  const size_t before = text->size;
  if (!first) text->Add(", ");
  const size_t start = text->size;
  if (keyed) {
    lua_pushvalue(L, -2);
    AddKey(L, path, text);
    lua_pop(L, 1);
    text->Add(" = ");
  }
  AddValue(L, path, text);
  // Room for the end of this table and of those around it: ", ...}" each at most.
  const size_t end = 6 * static_cast<size_t>(path->depth);
  if (!text->full && text->size + end <= kWidth) return true;
  text->CutTo(first ? before : start);
  text->Add("...");
  return false;
}

// Adds every item until one does not fit; true if all did.
bool AddItems(lua_State* L, int table, const Contents& c, Path* path, Text* text) {
  bool first = true;
  for (lua_Integer i = 1; i <= c.list; ++i, first = false) {
    lua_rawgeti(L, table, i);
    const bool fits = AddItem(L, false, first, path, text);
    lua_pop(L, 1);
    if (!fits) return false;
  }
  for (size_t i = 0; i < c.named; ++i, first = false) {
    lua_pushlstring(L, c.keys[i].data, c.keys[i].size);
    lua_pushvalue(L, -1);
    lua_rawget(L, table);
    const bool fits = AddItem(L, true, first, path, text);
    lua_pop(L, 2);
    if (!fits) return false;
  }
  for (lua_pushnil(L); lua_next(L, table) != 0; lua_pop(L, 1)) {
    const int type = lua_type(L, -2);
    if (type == LUA_TSTRING) continue;
    const lua_Integer i = lua_isinteger(L, -2) ? lua_tointeger(L, -2) : 0;
    if (type == LUA_TNUMBER && i >= 1 && i <= c.list) continue;
    if (!AddItem(L, true, first, path, text)) {
      lua_pop(L, 2);
      return false;
    }
    first = false;
  }
  return true;
}

// False when "..." stands for some of the items.
bool AddTable(lua_State* L, int table, Path* path, Text* text) {
  luaL_checkstack(L, 8, "table nested too deep to be shown");
  const void* self = lua_topointer(L, table);
  if (path->depth == kDeepest || path->Holds(self)) {
    text->Add("{...}");
    return false;
  }
  path->tables[static_cast<size_t>(path->depth++)] = self;
  text->Add("{");
  const bool whole = AddItems(L, table, Survey(L, table), path, text);
  text->Add("}");
  --path->depth;
  return whole;
}

void WriteTable(lua_State* L, int table, Output* output) {
  Path path;
  Text text;
  const bool whole = AddTable(L, table, &path, &text);
  output->Write({text.bytes, text.size});
  if (whole) return;
  const Contents contents = Survey(L, table);
  char count[40];
  const int size =
      std::snprintf(count, sizeof(count), "  -- %lld %s", static_cast<long long>(contents.all),
                    contents.all == contents.list ? "elements" : "entries");
  output->Write({count, static_cast<size_t>(size)});
}

}  // namespace

int ShowValues(lua_State* L) {
  auto* output = static_cast<Output*>(lua_touserdata(L, 1));
  const int last = lua_gettop(L);
  for (int i = 2; i <= last; ++i) {
    if (i > 2) output->Write("\t");
    if (lua_type(L, i) == LUA_TTABLE && luaL_getmetafield(L, i, "__tostring") == LUA_TNIL) {
      WriteTable(L, i, output);
      continue;
    }
    size_t size;
    const char* s = luaL_tolstring(L, i, &size);
    output->Write({s, size});
    lua_settop(L, last);
  }
  output->Write("\n");
  return 0;
}

}  // namespace moonlet
