// bench/script_bench.cc - what scripts cost: starting a Runtime, the interpreter, calls
// from Lua into C, and a model run from a script beside the Session it drives.
#include <benchmark/benchmark.h>

#include <string>

#include "bindings/modules.h"
#include "engine/nn/session.h"
#include "vm/files.h"
#include "vm/runtime.h"

namespace moonlet {
namespace {

using benchmark::State;

constexpr const char* kDigits = "scripts/apps/digits.tflite";

RuntimeOptions Options() {
  RuntimeOptions options;
  options.open_builtin = OpenBuiltinModule;
  options.builtin_names = BuiltinNames();
  options.modules_as_globals = true;
  return options;
}

void StartUp(State& state) {
  for (auto _ : state) {
    Runtime runtime;
    if (!runtime.Open(Options()).ok()) state.SkipWithError("refused");
  }
}
BENCHMARK(StartUp)->Unit(benchmark::kMicrosecond);

void OpenModule(State& state, const char* name) {
  const std::string script = std::string("local m = require '") + name + "'";
  for (auto _ : state) {
    Runtime runtime;
    if (!runtime.Open(Options()).ok() || !runtime.RunString(script.c_str(), "=bench").ok())
      state.SkipWithError("refused");
  }
}
BENCHMARK_CAPTURE(OpenModule, tensor, "tensor")->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(OpenModule, nn, "nn")->Unit(benchmark::kMicrosecond);

// Runs `setup`, which gives a function of a count, and calls that with `turns`:
// "time/turn" is what one turn of its loop takes.
void Loop(State& state, const char* setup, int64_t turns = 10000) {
  Runtime runtime;
  if (!runtime.Open(Options()).ok()) return state.SkipWithError("no runtime");
  lua_State* L = runtime.state();
  const auto native = [](lua_State*) { return 0; };
  lua_pushcfunction(L, native);
  lua_setglobal(L, "native");
  if (!runtime.LoadString(std::string(setup), "=bench").ok() || !runtime.Call(0, 1).ok())
    return state.SkipWithError(lua_tostring(L, -1));
  for (auto _ : state) {
    lua_pushvalue(L, 1);
    lua_pushinteger(L, turns);
    if (!runtime.Call(1, 0).ok()) return state.SkipWithError(lua_tostring(L, -1));
  }
  state.counters["time/turn"] =
      benchmark::Counter(static_cast<double>(turns), benchmark::Counter::kIsIterationInvariantRate |
                                                         benchmark::Counter::kInvert);
}
BENCHMARK_CAPTURE(Loop, empty, "return function(n) for i = 1, n do end end");
BENCHMARK_CAPTURE(Loop, native_call,
                  "local f = native return function(n) for i = 1, n do f() end end");
BENCHMARK_CAPTURE(
    Loop, method_dim,
    "local x = tensor.zeros{2, 3} return function(n) for i = 1, n do x:dim(2) end end");
BENCHMARK_CAPTURE(Loop, method_at,
                  "local x = tensor.zeros{4} return function(n) for i = 1, n do x:at(2) end end");
BENCHMARK_CAPTURE(
    Loop, field_rank,
    "local x = tensor.zeros{4} return function(n) for i = 1, n do local r = x.rank end end");
BENCHMARK_CAPTURE(
    Loop, index,
    "local x = tensor.zeros{4} return function(n) for i = 1, n do local v = x[3] end end");
BENCHMARK_CAPTURE(Loop, add_out_16,
                  "local x, y = tensor.ones{16}, tensor.zeros{16} "
                  "return function(n) for i = 1, n do x:add(x, y) end end");
BENCHMARK_CAPTURE(Loop, zeros_1,
                  "local zeros, shape = tensor.zeros, {1} "
                  "return function(n) for i = 1, n do zeros(shape) end end");

void Fib(State& state) {
  Runtime runtime;
  constexpr const char* kFib =
      "local function fib(n) if n < 2 then return n end return fib(n - 1) + fib(n - 2) end "
      "return fib";
  if (!runtime.Open(Options()).ok() || !runtime.LoadString(std::string(kFib), "=bench").ok() ||
      !runtime.Call(0, 1).ok())
    return state.SkipWithError("refused");
  lua_State* L = runtime.state();
  for (auto _ : state) {
    lua_pushvalue(L, 1);
    lua_pushinteger(L, state.range(0));
    if (!runtime.Call(1, 0).ok()) state.SkipWithError("failed");
  }
}
BENCHMARK(Fib)->Arg(27)->Unit(benchmark::kMillisecond);

// A model run from a script, and the Session without Lua: the difference is the binding.
BENCHMARK_CAPTURE(Loop, digits_run,
                  "local model = assert(nn.load 'scripts/apps/digits.tflite') "
                  "return function(n) for i = 1, n do model:run() end end",
                  10);

void SessionRun(State& state) {
  Runtime runtime;
  if (!runtime.Open(Options()).ok()) return state.SkipWithError("no runtime");
  Bytes bytes;
  Model model;
  Session session;
  Status s = ReadFile(runtime.state(), kDigits, false, &bytes);
  if (s.ok()) s = Model::Open(std::move(bytes), runtime.engine_memory(), &model);
  if (s.ok()) s = Session::Open(model, runtime.engine_memory(), &session);
  if (!s.ok()) return state.SkipWithError(s.what());
  for (auto _ : state)
    if (!session.Run(runtime.stop()).ok()) state.SkipWithError("stopped");
}
BENCHMARK(SessionRun)->Name("Session/digits_run");

}  // namespace
}  // namespace moonlet
