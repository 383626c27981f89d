// shell/paths.h - where the command finds and keeps its own files.
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace moonlet {

// The folder of modules written in Lua: $MOONLET_LIB, else ../share/moonlet/lib beside
// the executable's folder, else the source tree it was built from. Empty: none exists.
std::string LibraryFolder();

// Adds the names of the modules in a folder, in alphabetical order.
void AddModulesIn(const std::string& folder, std::vector<std::string>* names);

// $MOONLET_HISTORY, else one for each project in the XDG state folder: moonlet/prompt/ and the
// project's folder with "%" for "/". That is the nearest folder upwards with a .git, else the
// current one. Empty: no home.
std::string HistoryFile();

// A part of a device image, "device/moonlet.elf": the file that the environment's `variable`
// names, else that one below ../.. beside the executable's folder (a build) or below
// ../share/moonlet (an installation). Empty: there is none.
std::string DeviceFile(const char* variable, const std::string& name);

// A file that the command keeps: the one that `variable` names, else moonlet/NAME in the XDG
// state folder, whose folder may not exist. Empty: no home.
std::string StateFile(const char* variable, const std::string& name);

// The file of the library's module `name` ("a.b" is a/b.lua). Empty: there is none.
std::string LibraryProgram(std::string_view name, const std::string& library);

// The same, for `moonlet -m`: in the current
// folder, `library`, or the folder "apps" beside it. Empty: there is none.
std::string FindProgram(std::string_view name, const std::string& library);

}  // namespace moonlet
