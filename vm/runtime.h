// vm/runtime.h - owns one Lua state and everything a script can reach through it.
//
//   RuntimeOptions options;
//   options.memory_cap = 64 << 20;
//   Runtime runtime;
//   if (Status s = runtime.Open(options); !s.ok()) ...
//   Status s = runtime.RunFile("digits.lua", {});   // s.what() holds the first line
//
// A Runtime belongs to one thread; Interrupt() alone may be called from elsewhere.
//
// Three things end a script that does not end by itself. Ctrl-C raises "interrupted",
// once, and may be caught. A spent time budget and os.exit cannot: the stop flag stays
// up, so whatever catches the error meets it again at its next step, until control is
// back in C++.
#pragma once
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "engine/base/allocator.h"
#include "engine/base/status.h"
#include "engine/base/stop_token.h"
#include "vm/file_system.h"
#include "vm/heap.h"
#include "vm/lua.h"

namespace moonlet {

// Pushes the table of the built-in module `name` and returns true, or pushes nothing.
// May raise.
using OpenBuiltin = bool (*)(lua_State* L, const char* name);

// Text and spans must outlive the Runtime.
struct RuntimeOptions {
  size_t memory_cap = 0;       // bytes for Lua and engine together; 0: none
  double timeout_seconds = 0;  // budget of wall time from Open on; 0: none
  bool sandbox = false;        // the allow-list profile
  // Folders a sandboxed script may use: "DIR" to read, "DIR:rw" to write as well.
  std::span<const char* const> allow = {};
  // What paths lead to; serves one Runtime at a time. Null: one of the Runtime's own, with
  // nothing in /rom.
  FileSystem* files = nullptr;
  // The layer above brings the built-in modules; null: none.
  OpenBuiltin open_builtin = nullptr;
  std::span<const char* const> builtin_names = {};
  const char* library_dir = nullptr;  // modules written in Lua: scripts/lib
  bool modules_as_globals = false;    // an unknown global opens the module of its name
};

// Whether every script gives the same bits on every target: not with the system's Lua.
#if defined(MOONLET_SYSTEM_LUA)
inline constexpr bool kSameBitsEverywhere = false;
#else
inline constexpr bool kSameBitsEverywhere = true;
#endif

// Whether there is a profile besides the sandbox: a device does not carry its libraries.
#if defined(__unix__)
inline constexpr bool kFullProfile = true;
#else
inline constexpr bool kFullProfile = false;
#endif

// A message handler for lua_pcall: the message as text, with the stack it was raised on.
int Traceback(lua_State* L);

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
  const RuntimeOptions& options() const { return options_; }

  // The engine's memory: counted for sys.mem(), held to the cap; a refusal comes only
  // after a full garbage collection, so an Allocate may run finalizers.
  Allocator& engine_memory() { return heap_.engine(); }
  Allocator& packed_memory() { return heap_.packed(); }
  MemoryFigures memory() const { return heap_.figures(); }
  Heap& heap() { return heap_; }
  FileSystem& files() { return *files_; }

  // Raised by Interrupt() and by an exhausted budget. Long work polls it; a binding
  // whose call returned kStopped raises through RaiseStatus (bindings/registry.h).
  const StopToken& stop() const { return stop_; }
  // Raises what the stop flag stands for at this moment, or "stopped" when it was
  // lowered meanwhile.
  [[noreturn]] static void RaiseStop(lua_State* L);

  // Ctrl-C: raises "interrupted" in the script, once. Async-signal-safe.
  void Interrupt();
  // Forgets an interrupt that no script met: call it before a new line at the prompt.
  void ClearInterrupt();
  // Gives the scripts `seconds` of wall time from now on, and takes back a spent
  // budget; 0: no limit.
  void SetBudget(double seconds);
  // lua_pcall with `seconds` of wall time at most, of those the budget leaves. What is spent then
  // ends like a budget, up to this call; the budget's own end goes on from here.
  static int CallWithin(lua_State* L, double seconds, int arguments, int handler);
  // True from the moment the time budget is gone; no script can go on then.
  bool budget_spent() const { return budget_spent_; }
  // The code a script gave to os.exit; it stays until the next Run or Call.
  std::optional<int> exit_code() const { return exit_code_; }

  // Run a text chunk, print nothing. An error gives its message with traceback on the
  // Lua stack's top (one string) and a Status with the first line: kStopped for a spent
  // budget and for os.exit (look at exit_code() first), kNoMemory, or kInvalid for
  // everything else.
  // RunFile takes "-" as standard input, sets `arg` as lua(1) does and passes the
  // arguments to the chunk; modules are looked for in the file's folder from then on.
  Status RunFile(const char* path, std::span<const char* const> arguments);
  Status RunString(const char* text, const char* chunk_name);

  // Pushes the compiled chunk, or the message. The name is as for lua_load: "@file",
  // "=text" or the source itself.
  Status LoadFile(const char* path);
  Status LoadString(std::span<const char> text, const char* chunk_name);
  // A line at the prompt: as an expression if it is one, else as statements.
  // *incomplete tells that more lines may complete it; the message is pushed then too.
  Status LoadLine(std::span<const char> text, bool* incomplete);
  // Calls the function below its `arguments`; leaves `results` (or LUA_MULTRET) values,
  // or the message with traceback.
  Status Call(int arguments, int results);
  // Calls function(L) so that whatever it does with Lua may fail; leaves nothing, or
  // the message. Context<T>(L) is what `context` points to.
  Status Protect(lua_CFunction function, const void* context);
  // Raises when a script got hold of the function and called it.
  template <typename T>
  static const T& Context(lua_State* L) {
    luaL_checktype(L, 1, LUA_TLIGHTUSERDATA);
    return *static_cast<const T*>(lua_touserdata(L, 1));
  }

  // Where `require` looks after the built-in modules; RunFile sets it. "" is ".".
  const char* script_dir() const { return script_dir_; }
  void SetScriptOf(const char* path);
  void SetScriptDir(std::string_view folder);

 private:
  friend struct RuntimeHooks;  // what C calls back

  Status Guard(lua_CFunction function, const void* context, int results);
  Status CallBelow(int arguments, int results, lua_CFunction handler);
  Status Failure(int lua_status);
  void LowerStop();
  void StartBudget(uint64_t deadline, const char* text);
  static uint64_t OnAlarm(void* runtime);

  // First: every Lua thread's extra space points here (vm/lua_config.h).
  StopToken stop_;
  std::atomic<bool> interrupted_{false};
  std::atomic<bool> budget_spent_{false};
  std::atomic<int> depth_{0};  // of Calls: 0 while control is in C++
  bool exiting_ = false;       // from os.exit until control is in C++
  std::optional<int> exit_code_;
  uint64_t deadline_ = 0;         // of the budget, on the board's clock; 0: none
  const char* deadline_of_ = "";  // what its end raises
  char budget_text_[48] = "";
  lua_State* state_ = nullptr;
  RuntimeOptions options_;
  Heap heap_;
  FileSystem own_files_;
  FileSystem* files_ = &own_files_;  // those of the options
  char script_dir_[512] = "";
};

}  // namespace moonlet
