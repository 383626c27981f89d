#include "shell/model_info.h"

#include <cmath>
#include <cstdio>

namespace moonlet {
namespace {

// Every field of an analysis and of its rows, in the order they are written.
constexpr const char* kFields[] = {
    "name",       "bytes",  "index",   "dtype",     "shape",       "scale",
    "zero_point", "macs",   "ram",     "arena",     "arena_bound", "weights",
    "reason",     "inputs", "outputs", "operators", "unsupported",
};

void WriteString(const char* text, size_t length) {
  std::putchar('"');
  for (size_t i = 0; i < length; ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (c == '"' || c == '\\') {
      std::printf("\\%c", c);
    } else if (c < 0x20) {
      std::printf("\\u%04x", c);
    } else {
      std::putchar(c);
    }
  }
  std::putchar('"');
}

void WriteNumber(lua_State* L) {
  if (lua_isinteger(L, -1)) {
    std::printf("%lld", lua_tointeger(L, -1));
  } else if (std::isfinite(lua_tonumber(L, -1))) {
    std::printf("%.9g", lua_tonumber(L, -1));
  } else {
    std::fputs("null", stdout);
  }
}

void WriteValue(lua_State* L);

void WriteArray(lua_State* L) {
  std::putchar('[');
  const auto count = static_cast<lua_Integer>(lua_rawlen(L, -1));
  for (lua_Integer i = 1; i <= count; ++i) {
    if (i > 1) std::fputs(", ", stdout);
    lua_rawgeti(L, -1, i);
    WriteValue(L);
    lua_pop(L, 1);
  }
  std::putchar(']');
}

void WriteObject(lua_State* L) {
  std::putchar('{');
  bool first = true;
  for (const char* field : kFields) {
    if (lua_getfield(L, -1, field) != LUA_TNIL) {
      std::printf("%s\"%s\": ", first ? "" : ", ", field);
      WriteValue(L);
      first = false;
    }
    lua_pop(L, 1);
  }
  std::putchar('}');
}

// The value on top. Everything that is not a list has a name.
void WriteValue(lua_State* L) {
  if (lua_type(L, -1) == LUA_TNUMBER) return WriteNumber(L);
  if (lua_type(L, -1) == LUA_TSTRING) {
    size_t length;
    const char* text = lua_tolstring(L, -1, &length);
    return WriteString(text, length);
  }
  const bool object = lua_getfield(L, -1, "name") != LUA_TNIL;
  lua_pop(L, 1);
  return object ? WriteObject(L) : WriteArray(L);
}

// What the analysis on top says, on standard output.
void WriteAnalysis(lua_State* L, bool json) {
  if (json) {
    WriteValue(L);
  } else {
    std::fputs(luaL_tolstring(L, -1, nullptr), stdout);
  }
  std::putchar('\n');
}

struct Request {
  const char* path;
  bool json;
  bool runs;
};

int Answer(lua_State* L) {
  auto& request = *static_cast<Request*>(lua_touserdata(L, 1));
  lua_getglobal(L, "require");
  lua_pushliteral(L, "nn");
  lua_call(L, 1, 1);
  lua_getfield(L, -1, "analyze");
  lua_pushstring(L, request.path);
  lua_call(L, 1, 2);
  if (lua_isnil(L, -2)) {
    std::fprintf(stderr, "moonlet: %s\n", lua_tostring(L, -1));
    return 0;
  }
  lua_pop(L, 1);
  WriteAnalysis(L, request.json);
  lua_getfield(L, -1, "unsupported");
  request.runs = lua_rawlen(L, -1) == 0;
  return 0;
}

}  // namespace

int PrintModelInfo(Runtime& runtime, const char* path, bool json) {
  Request request = {path, json, false};
  if (Status s = runtime.Protect(Answer, &request); !s.ok()) {
    std::fprintf(stderr, "moonlet: %s\n", s.what());
    lua_pop(runtime.state(), 1);
    return 1;
  }
  return request.runs ? 0 : 1;
}

}  // namespace moonlet
