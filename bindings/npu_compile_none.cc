// bindings/npu_compile_none.cc - what a device has in place of the compiler: nothing.
#include "bindings/npu_parts.h"

namespace moonlet {

void SetNpuReasons(lua_State*, const Model&) {}

const std::span<const Entry> kNpuCompileFunctions = {};

}  // namespace moonlet
