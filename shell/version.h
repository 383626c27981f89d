// shell/version.h - what this build is.
#pragma once
#include <string>

namespace moonlet {

// One line for the start of a session.
std::string Banner();
// What `moonlet --version` prints: version, Lua, build, promises; lines end in '\n'.
std::string VersionText();

}  // namespace moonlet
