#include "shell/completion.h"

#include <algorithm>
#include <cstring>

#include "bindings/modules.h"
#include "bindings/registry.h"
#include "shell/names.h"
#include "vm/runtime.h"

namespace moonlet {
namespace {

constexpr int kMostClasses = 8;  // followed from a table to its __index, and so on
constexpr size_t kLongestName = 64;
constexpr size_t kLongestWord = 256;
static_assert(kLongestWord + 1 + kLongestName == kLongestCandidate);

// A word split at its last separator: "model.inputs[1].sh" is path "model.inputs[1]",
// separator '.', start "sh".
struct Word {
  std::string_view path;
  std::string_view start;
  char separator;  // '\0' when there is no path
};

Word Split(std::string_view word) {
  size_t i = word.size();
  while (i > 0 && IsNameChar(word[i - 1])) --i;
  if (i == 0) return {{}, word, '\0'};
  return {word.substr(0, i - 1), word.substr(i), word[i - 1]};
}

// One completion: where it came from, and the names offered on the way.
struct Job {
  Word word;
  CandidateSink* sink;

  void Offer(std::string_view name) const {
    if (!name.starts_with(word.start) || name.size() > kLongestName) return;
    // Names of metamethods and private fields only when asked for.
    if (name.starts_with('_') && !word.start.starts_with('_')) return;
    char candidate[kLongestCandidate];
    size_t size = word.path.copy(candidate, kLongestWord);
    if (word.separator != '\0') candidate[size++] = word.separator;
    size += name.copy(candidate + size, kLongestName);
    sink->Add({candidate, size});
  }
};

void OfferEntries(const Job& job, std::span<const std::span<const Entry>> groups, bool functions,
                  bool fields) {
  for (const std::span<const Entry> group : groups) {
    for (const Entry& entry : group) {
      if (entry.function != nullptr ? functions : fields) job.Offer(entry.name);
    }
  }
}

// Replaces the value on the top by its field `key` (on the top afterwards nil if there
// is none): raw for tables and their classes; of our own objects through their
// metatable, which is C and changes nothing.
void Descend(lua_State* L, std::string_view key, lua_Integer position) {
  const auto push_key = [&] {
    if (key.empty()) {
      lua_pushinteger(L, position);
    } else {
      lua_pushlstring(L, key.data(), key.size());
    }
  };
  if (ClassOf(L, -1) != nullptr) {
    push_key();
    lua_gettable(L, -2);
    lua_remove(L, -2);
    return;
  }
  for (int i = 0; i < kMostClasses && lua_type(L, -1) == LUA_TTABLE; ++i) {
    push_key();
    if (lua_rawget(L, -2) != LUA_TNIL) {
      lua_remove(L, -2);
      return;
    }
    lua_pop(L, 1);
    if (luaL_getmetafield(L, -1, "__index") == LUA_TNIL) break;
    lua_remove(L, -2);
  }
  lua_pop(L, 1);
  lua_pushnil(L);
}

// Pushes what `path` names ("a.b[1].c"), or nil.
void PushPath(lua_State* L, std::string_view path) {
  lua_pushglobaltable(L);
  while (!path.empty()) {
    if (path[0] == '.' || path[0] == ':') path.remove_prefix(1);
    if (path[0] == '[') {
      lua_Integer position = 0;
      size_t i = 1;
      for (; i < path.size() && path[i] != ']'; ++i) position = position * 10 + (path[i] - '0');
      Descend(L, {}, position);
      path.remove_prefix(std::min(i + 1, path.size()));
      continue;
    }
    const size_t size =
        static_cast<size_t>(std::find_if_not(path.begin(), path.end(), IsNameChar) - path.begin());
    if (size == 0) {
      lua_pushnil(L);
      return;
    }
    Descend(L, path.substr(0, size), 0);
    path.remove_prefix(size);
  }
}

// Offers the string keys of the table on the top.
void OfferKeys(lua_State* L, const Job& job) {
  for (lua_pushnil(L); lua_next(L, -2) != 0; lua_pop(L, 1)) {
    if (lua_type(L, -2) != LUA_TSTRING) continue;
    if (job.word.separator == ':' && lua_type(L, -1) != LUA_TFUNCTION) continue;
    size_t size;
    const char* key = lua_tolstring(L, -2, &size);
    if (IsName({key, size})) job.Offer({key, size});
  }
}

// Offers the members of the value on the top: of an object by its class, of a table
// its keys and those of the classes it inherits from; of a string its methods.
void OfferMembers(lua_State* L, const Job& job) {
  if (const Class* one = ClassOf(L, -1); one != nullptr) {
    OfferEntries(job, one->methods, job.word.separator == ':', job.word.separator == '.');
    return;
  }
  for (int i = 0; i < kMostClasses; ++i) {
    if (lua_type(L, -1) == LUA_TTABLE) OfferKeys(L, job);
    if (luaL_getmetafield(L, -1, "__index") == LUA_TNIL) return;
    lua_remove(L, -2);
  }
}

void OfferGlobals(lua_State* L, const Job& job) {
  for (const std::string_view keyword : kKeywords) job.Offer(keyword);
  for (const char* module : Runtime::Of(L).options().builtin_names) job.Offer(module);
  lua_pushglobaltable(L);
  OfferKeys(L, job);
}

int CompleteProtected(lua_State* L) {
  const Job& job = *static_cast<const Job*>(lua_touserdata(L, 1));
  if (job.word.separator == '\0') {
    OfferGlobals(L, job);
    return 0;
  }
  PushPath(L, job.word.path);
  if (!lua_isnil(L, -1)) {
    OfferMembers(L, job);
  } else if (const Module* module = FindModule(job.word.path); module != nullptr) {
    OfferEntries(job, module->functions, true, true);
  }
  return 0;
}

}  // namespace

Context ContextAtEnd(std::string_view text) {
  char quote = '\0';
  for (size_t i = 0; i < text.size(); ++i) {
    if (quote != '\0') {
      if (text[i] == quote) quote = '\0';
      if (text[i] == '\\') ++i;
    } else if (text[i] == '"' || text[i] == '\'') {
      quote = text[i];
    } else if (text.substr(i).starts_with("--")) {
      return Context::kComment;
    }
  }
  return quote != '\0' ? Context::kString : Context::kCode;
}

std::string_view WordToComplete(std::string_view text) {
  size_t i = text.size();
  while (i > 0) {
    if (IsNameChar(text[i - 1]) || text[i - 1] == '.' || text[i - 1] == ':') {
      --i;
    } else if (text[i - 1] == ']' && i < text.size()) {
      // A list position: digits between brackets.
      size_t open = i - 1;
      while (open > 0 && text[open - 1] >= '0' && text[open - 1] <= '9') --open;
      if (open == 0 || open == i - 1 || text[open - 1] != '[') break;
      i = open - 1;
    } else {
      break;
    }
  }
  // "1..na" and "t = ..na" are operators and a name.
  const std::string_view word = text.substr(i);
  const size_t dots = word.rfind("..");
  return dots == word.npos ? word : word.substr(dots + 2);
}

void Complete(lua_State* L, std::string_view word, CandidateSink* sink) {
  if (word.size() > kLongestWord) return;
  Job job = {Split(word), sink};
  const int top = lua_gettop(L);
  lua_pushcfunction(L, CompleteProtected);
  lua_pushlightuserdata(L, &job);
  // Out of memory: fewer candidates, or none.
  lua_pcall(L, 1, 0, 0);
  lua_settop(L, top);
}

}  // namespace moonlet
