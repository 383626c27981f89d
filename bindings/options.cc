#include "bindings/options.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "bindings/registry.h"

namespace moonlet {
namespace {

constexpr size_t kLongestName = 32;

// Letters to insert, delete or replace to get from one word to the other.
size_t Edits(const char* a, const char* b) {
  const size_t n = std::strlen(a), m = std::strlen(b);
  if (n > kLongestName || m > kLongestName) return kLongestName;
  size_t row[kLongestName + 1];  // edits from the first i letters of a to each start of b
  for (size_t j = 0; j <= m; ++j) row[j] = j;
  for (size_t i = 1; i <= n; ++i) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= m; ++j) {
      const size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({replaced, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row[m];
}

bool Contains(std::span<const char* const> names, const char* word) {
  return std::any_of(names.begin(), names.end(),
                     [word](const char* name) { return std::strcmp(name, word) == 0; });
}

[[noreturn]] void RaiseUnknown(lua_State* L, int index, const char* word,
                               std::span<const char* const> names) {
  const char* nearest = NearestName(word, names);
  luaL_argerror(L, index,
                nearest != nullptr
                    ? lua_pushfstring(L, "no option '%s'; did you mean '%s'?", word, nearest)
                    : lua_pushfstring(L, "no option '%s'", word));
  __builtin_unreachable();
}

// Pushes "finite number from 0 to 1".
void PushRange(lua_State* L, double least, double most) {
  const auto low = static_cast<LUAI_UACNUMBER>(least);
  const auto high = static_cast<LUAI_UACNUMBER>(most);
  if (std::isfinite(least) && std::isfinite(most)) {
    lua_pushfstring(L, "number from %f to %f", low, high);
  } else if (std::isfinite(least)) {
    lua_pushfstring(L, "finite number of at least %f", low);
  } else if (std::isfinite(most)) {
    lua_pushfstring(L, "finite number of at most %f", high);
  } else {
    lua_pushliteral(L, "finite number");
  }
}

// The value is on top of the stack.
[[noreturn]] void RaiseChoice(lua_State* L, int index, const char* name,
                              std::span<const char* const> words) {
  const bool text = lua_type(L, -1) == LUA_TSTRING;
  const char* given = text ? lua_pushfstring(L, "\"%s\"", lua_tostring(L, -1))
                           : lua_pushstring(L, luaL_typename(L, -1));
  lua_pushliteral(L, "");
  for (size_t i = 0; i < words.size(); ++i) {
    const char* before = i == 0 ? "" : i + 1 == words.size() ? " or " : ", ";
    lua_pushfstring(L, "%s\"%s\"", before, words[i]);
    lua_concat(L, 2);
  }
  ArgumentError(L, index, "option '%s': %s expected, got %s", name, lua_tostring(L, -1), given);
}

}  // namespace

const char* NearestName(const char* word, std::span<const char* const> names) {
  const char* nearest = nullptr;
  size_t fewest = std::clamp<size_t>(std::strlen(word) / 2, 2, 8) + 1;
  for (const char* name : names) {
    const size_t edits = Edits(word, name);
    if (edits >= fewest) continue;
    fewest = edits;
    nearest = name;
  }
  return nearest;
}

OptionTable::OptionTable(lua_State* L, int index, std::span<const char* const> names)
    : L_(L), index_(index) {
  if (lua_isnoneornil(L, index)) {
    index_ = 0;
    return;
  }
  luaL_checktype(L, index, LUA_TTABLE);
  for (lua_pushnil(L); lua_next(L, index) != 0; lua_pop(L, 1)) {
    if (lua_type(L, -2) != LUA_TSTRING) {
      ArgumentError(L, index, "option names are strings, got a %s", luaL_typename(L, -2));
    }
    const char* word = lua_tostring(L, -2);
    if (!Contains(names, word)) RaiseUnknown(L, index, word, names);
  }
}

bool OptionTable::Get(const char* name) const {
  if (index_ == 0) return false;
  if (lua_getfield(L_, index_, name) != LUA_TNIL) return true;
  lua_pop(L_, 1);
  return false;
}

void OptionTable::Fail(const char* name, const char* expected) const {
  const char* got =
      lua_type(L_, -1) == LUA_TNUMBER ? luaL_tolstring(L_, -1, nullptr) : luaL_typename(L_, -1);
  luaL_argerror(L_, index_,
                lua_pushfstring(L_, "option '%s': %s expected, got %s", name, expected, got));
  __builtin_unreachable();
}

bool OptionTable::Boolean(const char* name, bool otherwise) const {
  if (!Get(name)) return otherwise;
  if (lua_type(L_, -1) != LUA_TBOOLEAN) Fail(name, "boolean");
  const bool value = lua_toboolean(L_, -1) != 0;
  lua_pop(L_, 1);
  return value;
}

int64_t OptionTable::Integer(const char* name, int64_t otherwise, int64_t least,
                             int64_t most) const {
  if (!Get(name)) return otherwise;
  int integral = 0;
  const lua_Integer value = lua_type(L_, -1) == LUA_TNUMBER ? lua_tointegerx(L_, -1, &integral) : 0;
  if (!integral || value < least || value > most) {
    if (most == std::numeric_limits<int64_t>::max()) {
      lua_pushfstring(L_, "whole number of at least %I", static_cast<LUAI_UACINT>(least));
    } else {
      lua_pushfstring(L_, "whole number from %I to %I", static_cast<LUAI_UACINT>(least),
                      static_cast<LUAI_UACINT>(most));
    }
    lua_insert(L_, -2);
    Fail(name, lua_tostring(L_, -2));
  }
  lua_pop(L_, 1);
  return value;
}

double OptionTable::Number(const char* name, double otherwise, double least, double most) const {
  if (!Get(name)) return otherwise;
  const bool number = lua_type(L_, -1) == LUA_TNUMBER;
  const double value = lua_tonumber(L_, -1);
  if (!number || !std::isfinite(value) || value < least || value > most) {
    PushRange(L_, least, most);
    lua_insert(L_, -2);
    Fail(name, lua_tostring(L_, -2));
  }
  lua_pop(L_, 1);
  return value;
}

int OptionTable::Choice(const char* name, int otherwise, std::span<const char* const> words) const {
  if (!Get(name)) return otherwise;
  const char* given = lua_type(L_, -1) == LUA_TSTRING ? lua_tostring(L_, -1) : nullptr;
  for (size_t i = 0; given != nullptr && i < words.size(); ++i) {
    if (std::strcmp(given, words[i]) != 0) continue;
    lua_pop(L_, 1);
    return static_cast<int>(i);
  }
  RaiseChoice(L_, index_, name, words);
}

bool OptionTable::Has(const char* name) const {
  if (!Get(name)) return false;
  lua_pop(L_, 1);
  return true;
}

}  // namespace moonlet
