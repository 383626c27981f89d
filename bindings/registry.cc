#include "bindings/registry.h"

#include <cassert>
#include <cstdarg>
#include <cstring>

#include "vm/runtime.h"

namespace moonlet {
namespace {

// Where a metatable holds the address of its Class: scripts can neither reach it nor make
// such a value, and reading it is faster than to look the metatable up by name.
constexpr lua_Integer kClassMark = 1;

// Sets the functions of all parts in the table on top; fields have none.
void SetFunctions(lua_State* L, std::span<const std::span<const Entry>> parts) {
  for (const std::span<const Entry> part : parts) {
    for (const Entry& entry : part) {
      if (entry.function == nullptr) continue;
      lua_pushcfunction(L, entry.function);
      lua_setfield(L, -2, entry.name);
    }
  }
}

int Count(std::span<const std::span<const Entry>> parts) {
  int count = 0;
  for (const std::span<const Entry> part : parts)
    for (const Entry& entry : part) count += entry.function != nullptr ? 1 : 0;
  return count;
}

// Pushes a table of the functions of all parts.
void NewFunctionTable(lua_State* L, std::span<const std::span<const Entry>> parts) {
  lua_createtable(L, 0, Count(parts));
  SetFunctions(L, parts);
}

void MakeMetatable(lua_State* L, const Class& cls) {
  luaL_newmetatable(L, cls.type_name);
  // First, so that the table's growth takes it into the array part: every method call
  // looks it up, and there it costs no hashing.
  lua_pushlightuserdata(L, const_cast<Class*>(&cls));
  lua_rawseti(L, -2, kClassMark);
  for (const luaL_Reg* list : cls.metamethods) luaL_setfuncs(L, list, 0);
  NewFunctionTable(L, cls.methods);
  if (cls.index != nullptr) lua_pushcclosure(L, cls.index, 1);
  lua_setfield(L, -2, "__index");
  lua_pushstring(L, cls.name);
  lua_setfield(L, -2, "__name");
  lua_pushboolean(L, false);
  lua_setfield(L, -2, "__metatable");
  lua_pushvalue(L, -1);
  lua_rawsetp(L, LUA_REGISTRYINDEX, &cls);
}

// The running function's name as the calling code spells it.
const char* RunningFunction(lua_State* L) {
  lua_Debug call;
  if (lua_getstack(L, 0, &call) == 0) return nullptr;
  lua_getinfo(L, "n", &call);
  return call.name;
}

}  // namespace

void OpenModule(lua_State* L, const Module& module) {
  if (module.function != nullptr) return lua_pushcfunction(L, module.function);
  NewFunctionTable(L, module.functions);
  if (module.open != nullptr) module.open(L);
}

void PushMetatable(lua_State* L, const Class& cls) {
  CheckStack(L, LUA_MINSTACK);
  if (lua_rawgetp(L, LUA_REGISTRYINDEX, &cls) == LUA_TTABLE) return;
  lua_pop(L, 1);
  MakeMetatable(L, cls);
}

void* NewObject(lua_State* L, const Class& cls, size_t bytes, int user_values) {
  PushMetatable(L, cls);
  void* object = lua_newuserdatauv(L, bytes, user_values);
  std::memset(object, 0, bytes);
  lua_insert(L, -2);
  lua_setmetatable(L, -2);
  return object;
}

void* TestObject(lua_State* L, int index, const Class& cls) {
  void* object = lua_touserdata(L, index);
  return object != nullptr && ClassOf(L, index) == &cls ? object : nullptr;
}

const Class* ClassOf(lua_State* L, int index) {
  if (lua_type(L, index) != LUA_TUSERDATA || lua_getmetatable(L, index) == 0) return nullptr;
  lua_rawgeti(L, -1, kClassMark);
  const void* mark = lua_touserdata(L, -1);
  lua_pop(L, 2);
  return static_cast<const Class*>(mark);
}

void* CheckObject(lua_State* L, int index, const Class& cls) {
  void* object = TestObject(L, index, cls);
  if (object == nullptr) luaL_typeerror(L, index, cls.name);
  return object;
}

void CheckStack(lua_State* L, int slots) {
  if (!lua_checkstack(L, slots))
    RaiseStatus(L, Status::NoMemory(static_cast<size_t>(slots) * sizeof(void*) * 2));
}

const char* Given(lua_State* L, int index) {
  if (lua_type(L, index) == LUA_TNUMBER) return luaL_tolstring(L, index, nullptr);
  if (luaL_getmetafield(L, index, "__name") == LUA_TSTRING) return lua_tostring(L, -1);
  return luaL_typename(L, index);
}

uint64_t CheckSeconds(lua_State* L, int index, lua_Integer longest) {
  const lua_Number seconds = luaL_optnumber(L, index, 0);
  if (!(seconds >= 0 && seconds <= static_cast<lua_Number>(longest)))
    ArgumentError(L, index, "seconds from 0 to %I expected, got %s", longest, Given(L, index));
  const lua_Number microseconds = seconds * 1e6;
  const auto whole = static_cast<uint64_t>(microseconds);
  return static_cast<lua_Number>(whole) < microseconds ? whole + 1 : whole;
}

void ArgumentError(lua_State* L, int index, const char* format, ...) {
  va_list values;
  va_start(values, format);
  const char* text = lua_pushvfstring(L, format, values);
  va_end(values);
  luaL_argerror(L, index, text);
  __builtin_unreachable();
}

void RaiseStatus(lua_State* L, const Status& status) {
  assert(!status.ok());
  if (status.code() == Code::kNoMemory) {
    // Lua's own words, without a position, as the collector's failure has none.
    lua_pushliteral(L, "not enough memory");
    lua_error(L);
  }
  if (status.code() == Code::kStopped) Runtime::RaiseStop(L);
  const char* name = RunningFunction(L);
  if (name != nullptr) {
    luaL_error(L, "%s: %s", name, status.what());
  } else {
    luaL_error(L, "%s", status.what());
  }
  __builtin_unreachable();
}

int PushFailure(lua_State* L, const char* prefix, const Status& status) {
  if (status.code() == Code::kStopped) RaiseStatus(L, status);
  luaL_pushfail(L);
  lua_pushfstring(L, "%s: %s", prefix, status.what());
  return 2;
}

}  // namespace moonlet
