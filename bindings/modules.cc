#include "bindings/modules.h"

#include <cstring>

#include "bindings/tensor.h"

namespace moonlet {

extern const Module kSysModule;  // sys.cc

namespace {

constexpr const Module* kModules[] = {
    &kTensorModule,
    &kSysModule,
};

}  // namespace

std::span<const Module* const> Modules() { return kModules; }

bool OpenBuiltin(lua_State* L, const char* name) {
  for (const Module* module : kModules) {
    if (std::strcmp(module->name, name) != 0) continue;
    OpenModule(L, *module);
    return true;
  }
  return false;
}

}  // namespace moonlet
