#include "shell/show.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdio>
#include <utility>

#include "shell/names.h"
#include "shell/style.h"
#include "shell/utf8_text.h"

namespace moonlet {
namespace {

constexpr size_t kLongestString = 40;  // inside a table
constexpr size_t kLongestObject = 60;
constexpr int kDeepest = 4;
constexpr int kMostRows = 20;     // of one table: a terminal has 24
constexpr size_t kWidest = 200;   // of a row, however wide the terminal
constexpr size_t kMostKeys = 32;  // more never fit into a row, nor into kMostRows
constexpr size_t kNesting = 2;
// Stays free at the end of a row: for ", ..." or the ends of tables.
constexpr size_t kMargin = 5;

// Puts text on a row, or without an output only counts the columns that it takes.
class Pen {
 public:
  Pen(Output* output, bool colour, size_t room) : output_(output), colour_(colour), room_(room) {}

  void Write(std::string_view text, Style style = Style::kPlain) {
    const size_t newline = text.rfind('\n');
    if (newline != text.npos) column_ = 0;
    column_ += Width(text.substr(newline + 1));
    if (output_ == nullptr) return;
    if (colour_ && style != style_) {
      if (style_ != Style::kPlain) output_->Write(kStyleEnd);
      output_->Write(StyleBegin(style));
      style_ = style;
    }
    output_->Write(text);
  }
  void Tab() {
    Write("\t");
    column_ = (column_ + 7) / 8 * 8;
  }
  void NewRow(size_t indent) {
    Write("\n");
    for (size_t i = 0; i < indent; ++i) Write(" ");
  }
  // Columns that are left; none when it wrote beyond them.
  size_t Left() const { return room_ - std::min(room_, column_); }
  bool over() const { return column_ > room_; }

 private:
  Output* output_;
  bool colour_;
  size_t room_;
  size_t column_ = 0;
  Style style_ = Style::kPlain;  // of the text before
};

// The tables being shown, outermost first.
struct Path {
  std::array<const void*, kDeepest> tables = {};
  int depth = 0;

  bool CanEnter(const void* table) const {
    for (size_t i = 0; i < static_cast<size_t>(depth); ++i)
      if (tables[i] == table) return false;
    return depth < kDeepest;
  }
  void Enter(const void* table) { tables[static_cast<size_t>(depth++)] = table; }
  void Leave() { --depth; }
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

// A reference to a function object of the caller's.
class ItemVisitor {
 public:
  template <typename Visit>
  ItemVisitor(const Visit& visit)
      : context_(&visit), call_([](const void* context, bool keyed, bool first) {
          return (*static_cast<const Visit*>(context))(keyed, first);
        }) {}
  bool operator()(bool keyed, bool first) const { return call_(context_, keyed, first); }

 private:
  const void* context_;
  bool (*call_)(const void* context, bool keyed, bool first);
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

// Calls visit(keyed, first) for each item, the list first: the value is on the top, its key
// below it when `keyed`. Until one call gives false. A function, as it is a long one for each
// visitor of a template.
void ForEachItem(lua_State* L, int table, ItemVisitor visit) {
  const Contents c = Survey(L, table);
  const int top = lua_gettop(L);
  bool first = true;
  const auto goes_on = [&](bool keyed) { return visit(keyed, std::exchange(first, false)); };
  for (lua_Integer i = 1; i <= c.list; ++i, lua_settop(L, top)) {
    lua_rawgeti(L, table, i);
    if (!goes_on(false)) return lua_settop(L, top);
  }
  for (size_t i = 0; i < c.named; ++i, lua_settop(L, top)) {
    lua_pushlstring(L, c.keys[i].data, c.keys[i].size);
    lua_pushvalue(L, -1);
    lua_rawget(L, table);
    if (!goes_on(true)) return lua_settop(L, top);
  }
  for (lua_pushnil(L); lua_next(L, table) != 0; lua_pop(L, 1)) {
    const int type = lua_type(L, -2);
    const lua_Integer i = lua_isinteger(L, -2) ? lua_tointeger(L, -2) : 0;
    if (type == LUA_TSTRING || (i >= 1 && i <= c.list)) continue;
    if (!goes_on(true)) return lua_settop(L, top);
  }
}

// ---- On one row ----

// Stands for itself between quotes.
bool IsPlain(char ch) {
  return ch != '"' && ch != '\\' && std::iscntrl(static_cast<unsigned char>(ch)) == 0;
}

void WriteQuoted(std::string_view s, Pen* pen) {
  size_t length = std::min(s.size(), kLongestString);
  while (length > 0 && length < s.size() && (s[length] & 0xC0) == 0x80)
    --length;  // whole characters
  pen->Write("\"", Style::kString);
  for (std::string_view rest = s.substr(0, length); !rest.empty();) {
    size_t plain = 0;
    while (plain < rest.size() && IsPlain(rest[plain])) ++plain;
    if (plain > 0) pen->Write(rest.substr(0, plain), Style::kString);
    rest.remove_prefix(plain);
    if (rest.empty()) break;
    char escape[8];
    const char ch = rest[0];
    if (ch == '"' || ch == '\\') {
      std::snprintf(escape, sizeof(escape), "\\%c", ch);
    } else if (ch == '\n') {
      std::snprintf(escape, sizeof(escape), "\\n");
    } else {
      std::snprintf(escape, sizeof(escape), "\\%03u", static_cast<unsigned char>(ch));
    }
    pen->Write(escape, Style::kString);
    rest.remove_prefix(1);
  }
  pen->Write(length < s.size() ? "...\"" : "\"", Style::kString);
}

Style StyleOf(int type) {
  if (type == LUA_TNUMBER) return Style::kNumber;
  if (type == LUA_TSTRING) return Style::kString;
  return type == LUA_TNIL || type == LUA_TBOOLEAN ? Style::kConstant : Style::kPlain;
}

void WriteTable(lua_State* L, int table, Path* path, Pen* pen);

// Writes the value on the stack's top.
void WriteValue(lua_State* L, Path* path, Pen* pen) {
  size_t size;
  const int type = lua_type(L, -1);
  switch (type) {
    case LUA_TSTRING: {
      const char* s = lua_tolstring(L, -1, &size);
      return WriteQuoted({s, size}, pen);
    }
    case LUA_TTABLE:
      return WriteTable(L, lua_gettop(L), path, pen);
    case LUA_TFUNCTION:
    case LUA_TTHREAD:
      return pen->Write(lua_typename(L, type));
    default: {  // numbers and booleans, and the first line of objects
      const char* s = luaL_tolstring(L, -1, &size);
      std::string_view line(s, size);
      line = line.substr(0, line.find('\n'));
      pen->Write(line.substr(0, kLongestObject), StyleOf(type));
      if (line.size() > kLongestObject) pen->Write("...");
      lua_pop(L, 1);
    }
  }
}

// Writes the key on the top, and the sign behind it.
void WriteKey(lua_State* L, Path* path, Pen* pen) {
  size_t size;
  const char* s = lua_type(L, -1) == LUA_TSTRING ? lua_tolstring(L, -1, &size) : nullptr;
  if (s != nullptr && IsName({s, size})) {
    pen->Write({s, size});
  } else {
    pen->Write("[");
    WriteValue(L, path, pen);
    pen->Write("]");
  }
  pen->Write(" = ");
}

// Writes the key below the value on the top.
void WriteKeyBelow(lua_State* L, Path* path, Pen* pen) {
  lua_pushvalue(L, -2);
  WriteKey(L, path, pen);
  lua_pop(L, 1);
}

// A pen that only counts stops in the middle of what does not fit.
void WriteTable(lua_State* L, int table, Path* path, Pen* pen) {
  luaL_checkstack(L, 8, "table nested too deep to be shown");
  const void* self = lua_topointer(L, table);
  if (!path->CanEnter(self)) return pen->Write("{...}");
  path->Enter(self);
  pen->Write("{");
  ForEachItem(L, table, [&](bool keyed, bool first) {
    if (!first) pen->Write(", ");
    if (keyed) WriteKeyBelow(L, path, pen);
    WriteValue(L, path, pen);
    return !pen->over();
  });
  pen->Write("}");
  path->Leave();
}

// ---- Over several rows ----

// A table that is too long for one row.
struct Sheet {
  lua_State* L;
  Pen* pen;
  Path path = {};
  int rows = 0;
  bool cut = false;  // kMostRows did not hold everything

  bool Fits(bool keyed, size_t room) {
    Pen counter(nullptr, false, room);
    if (keyed) WriteKeyBelow(L, &path, &counter);
    WriteValue(L, &path, &counter);
    return !counter.over();
  }
  size_t Room() const { return pen->Left() - std::min(pen->Left(), kMargin); }
};

void BreakTable(Sheet* sheet, int table);

// Writes the value on the top, over several rows if it is a table that does not fit into one.
// Gives whether it did fit.
bool WriteOrBreak(Sheet* sheet) {
  lua_State* L = sheet->L;
  const bool table = lua_type(L, -1) == LUA_TTABLE && sheet->path.CanEnter(lua_topointer(L, -1));
  if (table && !sheet->Fits(false, sheet->Room())) {
    BreakTable(sheet, lua_gettop(L));
    return false;
  }
  WriteValue(L, &sheet->path, sheet->pen);
  return true;
}

// The items of a list flow, what has a key begins a row.
void BreakTable(Sheet* sheet, int table) {
  lua_State* L = sheet->L;
  luaL_checkstack(L, 8, "table nested too deep to be shown");
  Pen* pen = sheet->pen;
  const size_t indent = kNesting * static_cast<size_t>(sheet->path.depth);
  sheet->path.Enter(lua_topointer(L, table));
  pen->Write("{");
  bool flows = false;  // the item before ended on the row where it began
  ForEachItem(L, table, [&](bool keyed, bool first) {
    if (!first) pen->Write(",");
    if (flows && !keyed && sheet->Fits(false, sheet->Room())) {
      pen->Write(" ");
    } else if (sheet->rows < kMostRows) {
      ++sheet->rows;
      pen->NewRow(indent + kNesting);
    } else {
      sheet->cut = true;
      pen->Write(" ...");
      return false;
    }
    if (keyed) WriteKeyBelow(L, &sheet->path, pen);
    flows = WriteOrBreak(sheet);
    return true;
  });
  pen->NewRow(indent);
  pen->Write("}");
  sheet->path.Leave();
}

// Shows the table on the top.
void ShowTable(lua_State* L, Pen* pen) {
  Sheet sheet = {.L = L, .pen = pen};
  const int table = lua_gettop(L);
  if (sheet.Fits(false, pen->Left())) return WriteTable(L, table, &sheet.path, pen);
  BreakTable(&sheet, table);
  if (!sheet.cut) return;
  const Contents contents = Survey(L, table);
  char count[40];
  const int size =
      std::snprintf(count, sizeof(count), "  -- %lld %s", static_cast<long long>(contents.all),
                    contents.all == contents.list ? "elements" : "entries");
  pen->Write({count, static_cast<size_t>(size)}, Style::kNote);
}

// Shows the value on the top.
void ShowValue(lua_State* L, Pen* pen) {
  const int index = lua_gettop(L);
  const int type = lua_type(L, index);
  if (type == LUA_TTABLE && luaL_getmetafield(L, index, "__tostring") == LUA_TNIL) {
    ShowTable(L, pen);
  } else {
    size_t size;
    const char* s = luaL_tolstring(L, index, &size);
    pen->Write({s, size}, StyleOf(type));
  }
  lua_settop(L, index);
}

}  // namespace

int ShowValues(lua_State* L) {
  auto* output = static_cast<Output*>(lua_touserdata(L, 1));
  const Display display = output->display();
  Pen pen(output, display.colour, std::min(display.columns, kWidest));
  const int last = lua_gettop(L);
  luaL_checkstack(L, 8, nullptr);
  lua_pushglobaltable(L);
  lua_insert(L, 1);
  for (int i = 3; i <= last + 1; ++i) {
    if (i > 3) pen.Tab();
    lua_pushvalue(L, i);
    ShowValue(L, &pen);
    lua_pop(L, 1);
  }
  pen.Write("\n");
  lua_pushliteral(L, "_");
  lua_pushvalue(L, 3);
  lua_rawset(L, 1);
  return 0;
}

}  // namespace moonlet
