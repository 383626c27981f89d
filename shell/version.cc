#include "shell/version.h"

#include "engine/base/isa.h"
#include "vm/lua.h"
#include "vm/runtime.h"

namespace moonlet {

std::string Banner() {
  return "Moonlet " MOONLET_VERSION " (" LUA_RELEASE ")  help() explains, Ctrl-D leaves";
}

std::string VersionText() {
  std::string text = "Moonlet " MOONLET_VERSION "\n" LUA_RELEASE;
  text += kSameBitsEverywhere ? ", built in\n" : ", the system's\n";
  text += "build: " MOONLET_BUILD ", " MOONLET_TARGET ", kernels: ";
  text += IsaName(HostIsa());
  text += '\n';
#if defined(MOONLET_READLINE)
  text += "line editing: GNU readline (this binary is under GPL-3+)\n";
#else
  text += "line editing: none\n";
#endif
  text += kSameBitsEverywhere ? "same bits on every target: promised\n"
                              : "same bits on every target: not promised (system's Lua)\n";
  return text;
}

}  // namespace moonlet
