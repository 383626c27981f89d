#include "bindings/report.h"

#include <algorithm>
#include <cstdio>
#include <cstring>

namespace moonlet {

void SetInteger(lua_State* L, const char* name, uint64_t value) {
  lua_pushinteger(L, static_cast<lua_Integer>(value));
  lua_setfield(L, -2, name);
}

void SetNumber(lua_State* L, const char* name, lua_Number value) {
  lua_pushnumber(L, value);
  lua_setfield(L, -2, name);
}

void SetText(lua_State* L, const char* name, std::string_view text) {
  lua_pushlstring(L, text.data(), text.size());
  lua_setfield(L, -2, name);
}

void SetReportType(lua_State* L, const char* type_name, lua_CFunction to_string) {
  if (luaL_newmetatable(L, type_name)) {
    lua_pushcfunction(L, to_string);
    lua_setfield(L, -2, "__tostring");
  }
  lua_setmetatable(L, -2);
}

lua_Integer IntegerField(lua_State* L, int table, const char* name) {
  lua_getfield(L, table, name);
  const lua_Integer value = lua_tointeger(L, -1);
  lua_pop(L, 1);
  return value;
}

uint64_t SizeField(lua_State* L, int table, const char* name) {
  return static_cast<uint64_t>(std::max<lua_Integer>(0, IntegerField(L, table, name)));
}

lua_Number NumberField(lua_State* L, int table, const char* name) {
  lua_getfield(L, table, name);
  const lua_Number value = lua_tonumber(L, -1);
  lua_pop(L, 1);
  return value;
}

void TextField(lua_State* L, int table, const char* name, char* text, size_t size) {
  lua_getfield(L, table, name);
  const char* value = lua_tostring(L, -1);
  std::snprintf(text, size, "%s", value == nullptr ? "" : value);
  for (char* c = text; *c != '\0'; ++c)
    if (*c < ' ' || *c > '~') *c = '?';
  lua_pop(L, 1);
}

void Widen(int* width, const char* text, int most) {
  *width = std::max(*width, std::min(most, static_cast<int>(std::strlen(text))));
}

// Cuts a text longer than `most` (at least 3) and says so.
void Fit(char* text, int most) {
  if (std::strlen(text) > static_cast<size_t>(most)) std::strcpy(text + most - 3, "...");
}

FigureText CountText(uint64_t count) {
  FigureText result;
  static constexpr struct {
    double unit;
    const char* name;
  } kUnits[] = {{1e12, "T"}, {1e9, "G"}, {1e6, "M"}, {1e3, "k"}};
  for (const auto& [unit, name] : kUnits) {
    const double value = static_cast<double>(count) / unit;
    if (value < 1) continue;
    const int decimals = value < 10 ? 2 : value < 100 ? 1 : 0;
    std::snprintf(result.text, sizeof(result.text), "%.*f %s", decimals, value, name);
    return result;
  }
  std::snprintf(result.text, sizeof(result.text), "%d", static_cast<int>(count));
  return result;
}

FigureText BytesText(uint64_t bytes) {
  FigureText result;
  const auto value = static_cast<double>(bytes);
  if (bytes < 1024) {
    std::snprintf(result.text, sizeof(result.text), "%d B", static_cast<int>(bytes));
  } else if (bytes < 1024 * 1024) {
    std::snprintf(result.text, sizeof(result.text), "%.1f KiB", value / 1024);
  } else {
    std::snprintf(result.text, sizeof(result.text), "%.1f MiB", value / (1024 * 1024));
  }
  return result;
}

FigureText ExactText(uint64_t number) {
  char digits[24];
  const int length =
      std::snprintf(digits, sizeof(digits), "%llu", static_cast<unsigned long long>(number));
  FigureText result;
  char* to = result.text;
  for (int i = 0; i < length; ++i) {
    if (i > 0 && (length - i) % 3 == 0) *to++ = ',';
    *to++ = digits[i];
  }
  *to = '\0';
  return result;
}

}  // namespace moonlet
