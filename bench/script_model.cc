#include "bench/script_model.h"

#include <stdexcept>

#include "bindings/modules.h"

namespace moonlet {
namespace {

void Require(const Runtime& runtime, bool fine) {
  if (!fine) throw std::runtime_error(lua_tostring(runtime.state(), -1));
}

}  // namespace

ScriptModel::ScriptModel(const std::string& path) {
  RuntimeOptions options;
  options.open_builtin = OpenBuiltinModule;
  options.builtin_names = BuiltinNames();
  options.modules_as_globals = true;
  if (!runtime_.Open(options).ok()) throw std::runtime_error("no runtime for scripts");
  const std::string code = "local model = assert(nn.load '" + path +
                           "') return function(n) for i = 1, n do model:run() end end";
  Require(runtime_, runtime_.LoadString(code, "=bench").ok() && runtime_.Call(0, 1).ok());
}

void ScriptModel::Run(int calls) {
  lua_pushvalue(runtime_.state(), 1);
  lua_pushinteger(runtime_.state(), calls);
  Require(runtime_, runtime_.Call(1, 0).ok());
}

}  // namespace moonlet
