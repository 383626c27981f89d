#include "shell/completion.h"

#include <algorithm>
#include <cstring>

#include "bindings/modules.h"
#include "bindings/pages.h"
#include "bindings/registry.h"
#include "shell/cursor_place.h"
#include "shell/names.h"
#include "shell/option_names.h"
#include "vm/files.h"
#include "vm/modules.h"
#include "vm/runtime.h"

namespace moonlet {
namespace {

constexpr int kMostClasses = 8;  // followed from a table to its __index, and so on
constexpr size_t kLongestFolder = 200;

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
  CursorPlace place;
  Word word;
  CandidateSink* sink;
  bool found = false;

  // Names of metamethods, private fields and hidden files only when asked for.
  bool Matches(std::string_view name) const {
    const char mark = place.kind == CursorPlace::Kind::kString ? '.' : '_';
    return name.starts_with(word.start) && (!name.starts_with(mark) || !word.start.empty());
  }
  void Offer(std::string_view name, std::string_view behind = {}) {
    if (!Matches(name) || name.size() + behind.size() > kLongestCandidate) return;
    found = true;
    char candidate[kLongestCandidate];
    const size_t size = name.copy(candidate, name.size());
    sink->Add({candidate, size + behind.copy(candidate + size, behind.size())});
  }
};

void OfferEntries(Job& job, std::span<const std::span<const Entry>> groups, bool functions,
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
void OfferKeys(lua_State* L, Job& job) {
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
void OfferMembers(lua_State* L, Job& job) {
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

// Offers what the pages of a module written in Lua name, as it is not open yet.
void OfferPages(lua_State* L, Job& job) {
  lua_pushlstring(L, job.word.path.data(), job.word.path.size());
  if (!PushModuleSource(L, lua_tostring(L, -1))) return;
  AnyLuaPage(L, [&](const Page& page) {
    const std::string_view name = page.name();
    if (name.substr(0, name.find_last_of(".:")) == job.word.path) job.Offer(page.last_name());
    return false;
  });
}

void OfferGlobals(lua_State* L, Job& job) {
  for (const std::string_view keyword : kKeywords) job.Offer(keyword);
  PushModuleNames(L);
  for (lua_Integer i = 1; lua_rawgeti(L, -1, i) == LUA_TSTRING; ++i, lua_pop(L, 1))
    job.Offer(lua_tostring(L, -1));
  lua_pushglobaltable(L);
  OfferKeys(L, job);
}

void OfferNames(lua_State* L, Job& job) {
  if (job.word.separator == '\0') return OfferGlobals(L, job);
  PushPath(L, job.word.path);
  if (!lua_isnil(L, -1)) {
    OfferMembers(L, job);
  } else if (const Module* module = FindModule(job.word.path); module != nullptr) {
    OfferEntries(job, module->functions, true, true);
  } else {
    OfferPages(L, job);
  }
}

// Of the function in whose option table the cursor stands. A method stands in the pages
// under its object's class.
void OfferOptions(lua_State* L, Job& job) {
  const auto offer = [](std::string_view name, void* context) {
    static_cast<Job*>(context)->Offer(name, " = ");
  };
  const Word called = Split(job.place.called);
  if (called.separator != ':') return ForEachOption(L, job.place.called, offer, &job);
  PushPath(L, called.path);
  const Class* cls = ClassOf(L, -1);
  if (cls == nullptr) return;
  lua_pushfstring(L, "%s:", cls->name);
  lua_pushlstring(L, called.start.data(), called.start.size());
  lua_concat(L, 2);
  ForEachOption(L, lua_tostring(L, -1), offer, &job);
}

// The string so far as a path: "data/in" is what begins with "in" in the folder "data".
void OfferFiles(lua_State* L, Job& job) {
  const auto offer = [](std::string_view name, void* context) {
    static_cast<Job*>(context)->Offer(name);
  };
  const std::string_view quoted = job.place.quoted;
  const std::string_view path = quoted.substr(0, quoted.size() - job.word.start.size());
  if (path.size() > kLongestFolder) return;
  if (path == "/") {
    if (Runtime::Of(L).files().has_rom()) job.Offer("rom/");
    job.Offer("ram/");
  }
  char folder[kLongestFolder + 1] = ".";
  if (!path.empty()) folder[path.copy(folder, kLongestFolder)] = '\0';
  const bool listed = ListFolder(L, folder, offer, &job).ok();
  if (!listed && path.empty()) job.Offer("/");  // a device has no current folder
}

int CompleteProtected(lua_State* L) {
  Job& job = *static_cast<Job*>(lua_touserdata(L, 1));
  if (job.place.kind == CursorPlace::Kind::kComment) return 0;
  if (job.place.kind == CursorPlace::Kind::kString) {
    OfferFiles(L, job);
    return 0;
  }
  if (!job.place.called.empty()) OfferOptions(L, job);
  if (!job.found) OfferNames(L, job);
  return 0;
}

}  // namespace

std::string_view Complete(lua_State* L, std::string_view text, CandidateSink* sink) {
  Job job = {.place = PlaceAtEnd(text), .word = Split(WordAtEnd(text)), .sink = sink};
  if (job.place.kind == CursorPlace::Kind::kString)
    job.word = {{}, job.place.quoted.substr(job.place.quoted.rfind('/') + 1), '\0'};
  const int top = lua_gettop(L);
  lua_pushcfunction(L, CompleteProtected);
  lua_pushlightuserdata(L, &job);
  // Out of memory: fewer candidates, or none.
  lua_pcall(L, 1, 0, 0);
  lua_settop(L, top);
  return job.word.start;
}

}  // namespace moonlet
