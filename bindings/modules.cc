#include "bindings/modules.h"

#include <array>
#include <cstring>

#include "bindings/tensor.h"

namespace moonlet {

extern const Module kSysModule;  // sys.cc

namespace {

constexpr const Module* kModules[] = {
    &kTensorModule,
    &kSysModule,
};

constexpr size_t kCount = std::size(kModules);

// Not at compile time: the names stand in tables of other files.
std::array<const char*, kCount> Names() {
  std::array<const char*, kCount> names;
  for (size_t i = 0; i < kCount; ++i) names[i] = kModules[i]->name;
  return names;
}

}  // namespace

std::span<const Module* const> Modules() { return kModules; }

std::span<const char* const> BuiltinNames() {
  static const std::array<const char*, kCount> names = Names();
  return names;
}

bool OpenBuiltinModule(lua_State* L, const char* name) {
  for (const Module* module : kModules) {
    if (std::strcmp(module->name, name) != 0) continue;
    OpenModule(L, *module);
    return true;
  }
  return false;
}

}  // namespace moonlet
