// vm/runtime.h - owns one Lua state and everything a script can reach through it.
//
//   RuntimeOptions options;
//   options.memory_cap = 64 << 20;
//   Runtime runtime;
//   if (Status s = runtime.Open(options); !s.ok()) ...
//   Status s = runtime.RunFile("digits.lua", {});   // s.what() holds the traceback's first line
//
// A Runtime belongs to one thread; Interrupt() alone may be called from elsewhere.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>

#include "engine/base/allocator.h"
#include "engine/base/status.h"
#include "engine/base/stop_token.h"
#include "vm/lua.h"

namespace moonlet {

struct RuntimeOptions {
  size_t memory_cap = 0;       // bytes for Lua and engine together; 0: none
  double timeout_seconds = 0;  // budget of wall time from Open on; 0: none
  bool sandbox = false;        // the allow-list profile
};

class Runtime {
 public:
  Runtime() = default;
  ~Runtime();
  Runtime(const Runtime&) = delete;
  Runtime& operator=(const Runtime&) = delete;

  Status Open(const RuntimeOptions& options);
  void Close();

  lua_State* state() const { return state_; }
  static Runtime& Of(lua_State* L);

  // The engine's memory: counted for sys.mem(), held to the cap; a refusal comes only
  // after a full garbage collection.
  Allocator& engine_memory() { return engine_memory_; }
  // Raised by Interrupt() and by an exhausted budget. Long work polls it; a binding
  // whose call returned kStopped raises through RaiseStatus (bindings/registry.h).
  const StopToken& stop() const { return stop_; }

  // Ctrl-C: raises "interrupted" in the script, once. Async-signal-safe.
  void Interrupt();
  // True from the moment the time budget is gone; no script can go on then.
  bool budget_spent() const { return budget_spent_; }

  // Runs a text chunk, prints nothing. An error gives its message with traceback on
  // the Lua stack's top (one string) and a Status with the first line.
  Status RunFile(const char* path, std::span<const char* const> arguments);
  Status RunString(const char* text, const char* chunk_name);

 private:
  friend void OnStop(lua_State* L);
  Status Call(int arguments, int results);

  StopToken stop_;
  bool interrupted_ = false;
  bool budget_spent_ = false;
  lua_State* state_ = nullptr;
  CountingAllocator engine_memory_{MallocAllocator()};
};

}  // namespace moonlet
