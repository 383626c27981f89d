// bindings/registry.h - what a script module is made of: one table that holds each
// function together with its documentation.
//
//   constexpr Entry kFunctions[] = {
//       {"sleep", Sleep, "sys.sleep(seconds)", "seconds: number >= 0",
//        Doc("Waits; the device idles meanwhile."),
//        Doc("sys.sleep(0.001)")},
//   };
//   const std::span<const Entry> kParts[] = {kFunctions};
//   const Module kSysModule = {"sys", Doc("Clock, memory and machine."), kParts, {}, nullptr};
//
// help(), the reference in docs/ and the editor files are all generated from it.
#pragma once
#include <span>

#include "engine/base/status.h"
#include "vm/lua.h"

namespace moonlet {

// Text that a device image leaves out (MOONLET_DOCS=0) and finds in /rom/help.txt
// (bindings/help_texts.h). There it takes no room and is null. Signatures always stay.
#if !defined(MOONLET_DOCS)
#define MOONLET_DOCS 1
#endif
#if MOONLET_DOCS
class Doc {
 public:
  consteval Doc(const char* text) : text_(text) {}
  constexpr operator const char*() const { return text_; }

 private:
  const char* text_;
};
#else
struct Doc {
  consteval Doc(const char*) {}
  constexpr operator const char*() const { return nullptr; }
};
#endif

// A function or method. A signature starts with the name as it is called:
// "tensor.zeros(shape [, dtype])", "tensor:mean([axis [, out]]) -> number | tensor".
// An example is a chunk of Lua that runs by itself, with every module open under its
// name. Each `--> text` states what the print before it writes; a test runs them all.
struct Entry {
  const char* name;
  lua_CFunction function;  // null for a field, which `__index` answers
  const char* signature;
  [[no_unique_address]] Doc units;    // of arguments and result: shapes, dtypes; "" if none
  [[no_unique_address]] Doc text;     // a paragraph: what it does, errors, its source
  [[no_unique_address]] Doc example;  // "" only for fields
};

// Methods, fields and metamethods of one kind of object. Its metatable is made when the
// first object or the module needs it, found again by the address of its Class, and
// closed to scripts (`getmetatable` gives false).
struct Class {
  const char* name;       // "tensor": the receiver in signatures, and what messages say
  const char* type_name;  // "moonlet.tensor": the metatable's key for luaL_checkudata
  Doc text;
  std::span<const std::span<const Entry>> methods;
  // Lists ended by {nullptr, nullptr}. Without an `index` below, `__index` is the table
  // of methods.
  std::span<const luaL_Reg* const> metamethods = {};
  // `__index` where objects have fields or elements; upvalue 1 is the table of methods.
  lua_CFunction index = nullptr;
};

struct Module {
  const char* name;
  Doc text;  // a paragraph for help "name"
  std::span<const std::span<const Entry>> functions;
  std::span<const Class* const> classes;
  // Sets fields the table cannot hold; called once with the new module table on top of
  // the stack, leaves it there. May be null.
  void (*open)(lua_State* L);
  // What the module is instead of a table: `help`.
  lua_CFunction function = nullptr;
};

// Pushes the module's table with its functions set. For `require`; bindings/modules.h
// knows modules by name.
void OpenModule(lua_State* L, const Module& module);

// Pushes the metatable of a class, made if this is its first use: an object of a module
// no script has opened is complete all the same. There is room for LUA_MINSTACK more values
// then, so that functions which make many objects need not ask.
void PushMetatable(lua_State* L, const Class& cls);
// Pushes a userdata of the class with its bytes zeroed: typed before it is filled, so
// every `__gc` meets either zeros or a whole object.
void* NewObject(lua_State* L, const Class& cls, size_t bytes, int user_values);
// The object of the class at `index`, or null when the value is anything else. It is
// cheap enough for every call, so functions need no upvalue and thus no heap.
void* TestObject(lua_State* L, int index, const Class& cls);
// The same, or an error "bad argument #n to 'f' (tensor expected, got X)".
void* CheckObject(lua_State* L, int index, const Class& cls);
// The class of the object at `index`, or null when it is no object of ours.
const Class* ClassOf(lua_State* L, int index);
// Room for `slots` more values. Where a function keeps more than LUA_MINSTACK of them; raises "not
// enough memory", which luaL_checkstack calls an overflow.
void CheckStack(lua_State* L, int slots);
// What messages say was given: a number itself, else the type ("tensor", "nil"). May push.
const char* Given(lua_State* L, int index);
// The argument at `index`, seconds up to `longest`, in microseconds, rounded up: only 0 is 0. So is
// no argument.
uint64_t CheckSeconds(lua_State* L, int index, lua_Integer longest);

// Raises "bad argument #n to 'f' (...)" for the argument at `index`, with a text made as
// lua_pushfstring makes it.
[[noreturn]] void ArgumentError(lua_State* L, int index, const char* format, ...);
// Raises the Lua error for a failed Status at the caller's level, naming the function
// as Lua knows it. kNoMemory raises Lua's "not enough memory", kStopped what the
// runtime raises on a stop. Requires !status.ok().
[[noreturn]] void RaiseStatus(lua_State* L, const Status& status);
// Pushes nil and "prefix: message", the answer to the world's refusals, and returns 2.
// kStopped is none of them and raises.
int PushFailure(lua_State* L, const char* prefix, const Status& status);

}  // namespace moonlet
