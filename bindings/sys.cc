// bindings/sys.cc - module `sys`: the machine below the script.
#include "bindings/registry.h"

namespace moonlet {
namespace {

void Open(lua_State* L) {
  lua_pushliteral(L, MOONLET_VERSION);
  lua_setfield(L, -2, "version");
}

constexpr Entry kEntries[] = {
    {"version", nullptr, "sys.version -> string", "major.minor.patch",
     Doc("The version of Moonlet."), ""},
};
const std::span<const Entry> kParts[] = {kEntries};

}  // namespace

extern const Module kSysModule;
const Module kSysModule = {"sys", Doc("Clock, memory and machine."), kParts, {}, Open};

}  // namespace moonlet
