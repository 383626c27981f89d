// bindings/registry.h - what a script module is made of: one table that holds each
// function together with its documentation.
//
//   constexpr Entry kFunctions[] = {
//       {"sleep", Sleep, "sys.sleep(seconds)", "seconds: number >= 0",
//        Doc("Waits; the device idles meanwhile."),
//        Doc("sys.sleep(0.001)")},
//   };
//   constexpr Module kSys = {"sys", Doc("Clock, memory and machine."), kFunctions, {}, nullptr};
//
// help(), the reference in docs/ and the editor files are all generated from it.
#pragma once
#include <span>

#include "engine/base/status.h"
#include "vm/lua.h"

namespace moonlet {

// Text that a device image leaves out (MOONLET_DOCS=0); signatures always stay.
#if !defined(MOONLET_DOCS)
#define MOONLET_DOCS 1
#endif
consteval const char* Doc(const char* text) { return MOONLET_DOCS ? text : nullptr; }

// A function or method. A signature starts with the name as it is called:
// "tensor.zeros(shape [, dtype])", "tensor:mean([axis [, out]]) -> number | tensor".
// An example is a chunk of Lua that runs by itself, with every module open under its
// name. Each `--> text` states what the print before it writes; a test runs them all.
struct Entry {
  const char* name;
  lua_CFunction function;  // null for a field, which `__index` answers
  const char* signature;
  const char* units;    // of arguments and result: shapes, dtypes, ranges; "" if none
  const char* text;     // a paragraph: what it does, errors, source of the method
  const char* example;  // "" only for fields
};

// Methods and fields of one kind of object.
struct Class {
  const char* name;       // "tensor": how signatures spell the receiver
  const char* type_name;  // "moonlet.tensor": the metatable, and what messages say
  const char* text;
  std::span<const std::span<const Entry>> methods;
};

struct Module {
  const char* name;
  const char* text;  // a paragraph for help "name"
  std::span<const std::span<const Entry>> functions;
  std::span<const Class* const> classes;
  // Makes metatables and fields the table cannot hold; called once with the new
  // module table on top of the stack, leaves it there. May be null.
  void (*open)(lua_State* L);
};

// Every module written in C++, in the order help() lists them (bindings/modules.cc).
std::span<const Module* const> Modules();

// Pushes the module's table: functions set, metatables made. For `require`.
void OpenModule(lua_State* L, const Module& module);

// Raises the Lua error for a failed Status at the caller's level, naming the function
// as Lua knows it. kNoMemory raises Lua's "not enough memory", kStopped what the
// runtime raises on a stop. Requires !status.ok().
[[noreturn]] void RaiseStatus(lua_State* L, const Status& status);
// Pushes nil and "prefix: message", the answer to the world's refusals.
int PushFailure(lua_State* L, const char* prefix, const Status& status);

}  // namespace moonlet
