// bindings/nn_analyze_text.cc - the table of nn.analyze as text.
#include <algorithm>
#include <cstdio>
#include <cstring>

#include "bindings/nn_parts.h"
#include "bindings/report.h"

namespace moonlet {
namespace {

// "int8 {1, 49, 10, 1}" of a tensor's row.
void TensorField(lua_State* L, int table, char* text, size_t size) {
  TextField(L, table, "dtype", text, size);
  if (lua_getfield(L, table, "shape") != LUA_TTABLE) return lua_pop(L, 1);
  size_t used = std::strlen(text);
  const auto append = [&](const char* piece) {
    if (used + 1 >= size) return;
    const int added = std::snprintf(text + used, size - used, "%s", piece);
    used = std::min(size - 1, used + static_cast<size_t>(added));
  };
  append(" {");
  const lua_Unsigned rank = lua_rawlen(L, -1);
  for (lua_Unsigned i = 1; i <= rank; ++i) {
    lua_rawgeti(L, -1, static_cast<lua_Integer>(i));
    char dim[24];
    std::snprintf(dim, sizeof(dim), "%s%lld", i == 1 ? "" : ", ", lua_tointeger(L, -1));
    append(dim);
    lua_pop(L, 1);
  }
  append("}");
  lua_pop(L, 1);
}

// Columns are as wide as their longest text, up to limits that keep lines within 100.
constexpr int kMostName = 28;
constexpr int kMostShape = 31;

// A buffer may keep a value of its own on the stack's top, so what is pushed between two
// additions is popped again.
void AddPortLines(lua_State* L, luaL_Buffer* text, int table, const char* field,
                  const char* title) {
  if (lua_getfield(L, table, field) != LUA_TTABLE) return lua_pop(L, 1);
  const lua_Unsigned count = lua_rawlen(L, -1);
  lua_pop(L, 1);
  for (lua_Unsigned i = 1; i <= count; ++i) {
    char name[kNameSize], shape[kNameSize], line[kLineSize];
    lua_getfield(L, table, field);
    lua_rawgeti(L, -1, static_cast<lua_Integer>(i));
    const int row = lua_gettop(L);
    TextField(L, row, "name", name, sizeof(name));
    Fit(name, kMostName);
    TensorField(L, row, shape, sizeof(shape));
    Fit(shape, kMostShape);
    lua_getfield(L, row, "scale");
    char scale[64] = "";
    if (lua_isnumber(L, -1)) {
      std::snprintf(scale, sizeof(scale), ", scale %.6g, zero point %lld", lua_tonumber(L, -1),
                    IntegerField(L, row, "zero_point"));
    }
    lua_pop(L, 3);
    std::snprintf(line, sizeof(line), "%s%s  %s%s\n", title, shape, name, scale);
    luaL_addstring(text, line);
  }
}

// A row of `operators` as it is printed.
struct OperatorText {
  char name[kNameSize];
  char shape[kNameSize];
  char reason[2 * kNameSize];
  char becomes[40];
  char runs_on[8];
  uint64_t macs;
  uint64_t weights;
  uint64_t ram;
};

// The first output of the operator's row on top, as text.
void FirstOutput(lua_State* L, OperatorText* op) {
  op->shape[0] = '\0';
  if (lua_getfield(L, -1, "outputs") != LUA_TTABLE) return;
  if (lua_rawgeti(L, -1, 1) != LUA_TTABLE) return;
  TensorField(L, lua_gettop(L), op->shape, sizeof(op->shape));
}

// Row `i` of the table's operators; false when a script has put something else there.
bool ReadOperator(lua_State* L, int table, lua_Unsigned i, OperatorText* op) {
  const int top = lua_gettop(L);
  const bool found = lua_getfield(L, table, "operators") == LUA_TTABLE &&
                     lua_rawgeti(L, -1, static_cast<lua_Integer>(i)) == LUA_TTABLE;
  if (found) {
    const int row = lua_gettop(L);
    TextField(L, row, "name", op->name, sizeof(op->name));
    TextField(L, row, "reason", op->reason, sizeof(op->reason));
    TextField(L, row, "becomes", op->becomes, sizeof(op->becomes));
    TextField(L, row, "runs_on", op->runs_on, sizeof(op->runs_on));
    op->macs = SizeField(L, row, "macs");
    op->weights = SizeField(L, row, "weights");
    op->ram = SizeField(L, row, "ram");
    FirstOutput(L, op);
    Fit(op->name, kMostName);
    Fit(op->shape, kMostShape);
  }
  lua_settop(L, top);
  return found;
}

// The reason without its beginning, "operator 3 COS: ", which the line above it shows.
const char* ShortReason(const OperatorText& op) {
  const char* rest = std::strstr(op.reason, ": ");
  return std::strncmp(op.reason, "operator ", 9) == 0 && rest != nullptr ? rest + 2 : op.reason;
}

void AddOperatorLines(lua_State* L, luaL_Buffer* text, int table) {
  lua_getfield(L, table, "operators");
  const lua_Unsigned count = lua_istable(L, -1) ? lua_rawlen(L, -1) : 0;
  lua_pop(L, 1);
  constexpr const char* kLine = "%5s  %-*s  %-*s  %8s  %9s  %9s%s%s\n";
  constexpr const char* kName = "operator";
  constexpr const char* kOutput = "output";
  int name_width = 0;
  int shape_width = 0;
  Widen(&name_width, kName, kMostName);
  Widen(&shape_width, kOutput, kMostShape);
  OperatorText op;
  bool npu = false;  // only then there is a choice to tell of
  for (lua_Unsigned i = 1; i <= count; ++i) {
    if (!ReadOperator(L, table, i, &op)) continue;
    npu = npu || std::strcmp(op.runs_on, "npu") == 0;
    Widen(&name_width, op.name, kMostName);
    Widen(&shape_width, op.shape, kMostShape);
  }
  char line[kLineSize];
  std::snprintf(line, sizeof(line), kLine, "", name_width, kName, shape_width, kOutput, "MAC",
                "weights", "RAM", npu ? "  on" : "", "");
  luaL_addstring(text, line);
  for (lua_Unsigned i = 1; i <= count; ++i) {
    if (!ReadOperator(L, table, i, &op)) continue;
    std::snprintf(line, sizeof(line), kLine, ExactText(i).text, name_width, op.name, shape_width,
                  op.shape, op.macs == 0 ? "" : CountText(op.macs).text,
                  op.weights == 0 ? "" : BytesText(op.weights).text, BytesText(op.ram).text,
                  npu ? "  " : "", npu ? op.runs_on : "");
    luaL_addstring(text, line);
    if (op.becomes[0] != '\0') {
      std::snprintf(line, sizeof(line), "%5s  %s\n", "", op.becomes);
      luaL_addstring(text, line);
    }
    if (op.reason[0] == '\0') continue;
    std::snprintf(line, sizeof(line), "%5s  cannot run: %s\n", "", ShortReason(op));
    luaL_addstring(text, line);
  }
}

}  // namespace

int AnalysisToString(lua_State* L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  lua_settop(L, 1);
  char name[kNameSize], line[kLineSize];
  TextField(L, 1, "name", name, sizeof(name));
  const uint64_t macs = SizeField(L, 1, "macs"), weights = SizeField(L, 1, "weights");
  const uint64_t ram = SizeField(L, 1, "ram"), arena = SizeField(L, 1, "arena");
  const uint64_t bound = SizeField(L, 1, "arena_bound");
  lua_getfield(L, 1, "operators");
  const lua_Unsigned operators = lua_istable(L, -1) ? lua_rawlen(L, -1) : 0;
  lua_getfield(L, 1, "unsupported");
  const lua_Unsigned unsupported = lua_istable(L, -1) ? lua_rawlen(L, -1) : 0;
  lua_settop(L, 1);

  luaL_Buffer text;
  luaL_buffinit(L, &text);
  std::snprintf(line, sizeof(line), "%s: %llu operator%s, %s MAC, %s weights, %s RAM\n", name,
                static_cast<unsigned long long>(operators), operators == 1 ? "" : "s",
                CountText(macs).text, BytesText(weights).text, BytesText(ram).text);
  luaL_addstring(&text, line);
  AddPortLines(L, &text, 1, "inputs", "input   ");
  AddPortLines(L, &text, 1, "outputs", "output  ");
  AddOperatorLines(L, &text, 1);
  std::snprintf(line, sizeof(line), "RAM: %s bytes of activations (bound %s), %s of records",
                ExactText(arena).text, ExactText(bound).text,
                ExactText(ram > arena ? ram - arena : 0).text);
  luaL_addstring(&text, line);
  if (const uint64_t patches = SizeField(L, 1, "patches"); patches > 0) {
    std::snprintf(line, sizeof(line), "\n%llu patches, %s MAC more for the rows they share",
                  static_cast<unsigned long long>(patches),
                  CountText(SizeField(L, 1, "patch_macs")).text);
    luaL_addstring(&text, line);
  }
  if (unsupported > 0) {
    std::snprintf(line, sizeof(line), "\n%llu operator%s cannot run here",
                  static_cast<unsigned long long>(unsupported), unsupported == 1 ? "" : "s");
    luaL_addstring(&text, line);
  }
  luaL_pushresult(&text);
  return 1;
}

}  // namespace moonlet
