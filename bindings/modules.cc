#include "bindings/modules.h"

#include <array>

#include "bindings/help.h"
#include "bindings/tensor.h"

namespace moonlet {

extern const Module kBoardModule;  // board.cc
extern const Module kDspModule;    // dsp.cc
extern const Module kMlModule;     // ml.cc
extern const Module kNnModule;     // nn.cc
extern const Module kNpuModule;    // npu.cc
extern const Module kPcmModule;    // pcm.cc
extern const Module kSysModule;    // sys.cc

namespace {

constexpr const Module* kModules[] = {
    &kTensorModule, &kNnModule,    &kNpuModule,
#if !defined(MOONLET_MODELS_ONLY)
    &kDspModule,    &kMlModule,    &kPcmModule,
#endif
    &kSysModule,    &kBoardModule, &kHelpModule,
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

const Module* FindModule(std::string_view name) {
  for (const Module* module : kModules)
    if (name == module->name) return module;
  return nullptr;
}

bool OpenBuiltinModule(lua_State* L, const char* name) {
  const Module* module = FindModule(name);
  if (module == nullptr) return false;
  OpenModule(L, *module);
  return true;
}

}  // namespace moonlet
