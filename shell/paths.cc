#include "shell/paths.h"

#include <dirent.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <climits>
#include <cstdlib>

#include "shell/names.h"

namespace moonlet {
namespace {

bool IsFolder(const std::string& path) {
  struct stat info;
  return stat(path.c_str(), &info) == 0 && S_ISDIR(info.st_mode);
}

bool IsFile(const std::string& path) {
  struct stat info;
  return stat(path.c_str(), &info) == 0 && !S_ISDIR(info.st_mode);
}

// Without the last name: "/usr/bin/moonlet" -> "/usr/bin", "/usr" -> "".
std::string ParentOf(const std::string& path) {
  return path.substr(0, std::min(path.rfind('/'), path.size()));
}

// A variable that is set to something.
const char* Variable(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr && *value != '\0' ? value : nullptr;
}

// The module a.b is a/b.lua.
std::string FileOf(std::string_view module) {
  std::string file(module);
  std::replace(file.begin(), file.end(), '.', '/');
  return file + ".lua";
}

std::string Executable() {
  char path[PATH_MAX];
  const ssize_t size = readlink("/proc/self/exe", path, sizeof(path));
  return std::string(path, size > 0 ? static_cast<size_t>(size) : 0);
}

// The nearest folder upwards with a .git, else the current one.
std::string ProjectFolder() {
  char here[PATH_MAX];
  if (getcwd(here, sizeof(here)) == nullptr) return "/";
  for (std::string folder = here; !folder.empty(); folder = ParentOf(folder)) {
    struct stat info;  // .git is a file in a second working tree
    if (stat((folder + "/.git").c_str(), &info) == 0) return folder;
  }
  return here;
}

}  // namespace

std::string LibraryFolder() {
  if (const char* set = Variable("MOONLET_LIB")) return set;
  const std::string installed = ParentOf(ParentOf(Executable())) + "/share/moonlet/lib";
  if (IsFolder(installed)) return installed;
  if (IsFolder(MOONLET_SOURCE_LIB)) return MOONLET_SOURCE_LIB;
  return {};
}

void AddModulesIn(const std::string& folder, std::vector<std::string>* names) {
  DIR* files = folder.empty() ? nullptr : opendir(folder.c_str());
  if (files == nullptr) return;
  const auto first = static_cast<std::ptrdiff_t>(names->size());
  while (const dirent* file = readdir(files)) {
    std::string_view name = file->d_name;
    if (!name.ends_with(".lua")) continue;
    name.remove_suffix(4);
    if (IsName(name)) names->emplace_back(name);
  }
  closedir(files);
  std::sort(names->begin() + first, names->end());
}

std::string DeviceFile(const char* variable, const std::string& name) {
  if (const char* set = Variable(variable)) return set;
  const std::string folder = ParentOf(Executable());
  std::string built = ParentOf(ParentOf(folder)) + "/" + name;
  if (IsFile(built)) return built;
  std::string installed = ParentOf(folder) + "/share/moonlet/" + name;
  return IsFile(installed) ? installed : std::string();
}

std::string StateFile(const char* variable, const std::string& name) {
  if (const char* set = Variable(variable)) return set;
  std::string state;
  if (const char* set = Variable("XDG_STATE_HOME")) {
    state = set;
  } else if (const char* home = Variable("HOME")) {
    state = std::string(home) + "/.local/state";
  } else {
    return {};
  }
  return state + "/moonlet/" + name;
}

std::string HistoryFile() {
  constexpr size_t kLongest = 200;  // what two projects share is no harm
  std::string name = ProjectFolder();
  std::replace(name.begin(), name.end(), '/', '%');
  name.erase(0, name.size() - std::min(name.size(), kLongest));
  return StateFile("MOONLET_HISTORY", "prompt/" + name);
}

std::string LibraryProgram(std::string_view name, const std::string& library) {
  const std::string path = library + "/" + FileOf(name);
  return !library.empty() && IsFile(path) ? path : std::string();
}

std::string FindProgram(std::string_view name, const std::string& library) {
  const std::string file = FileOf(name);
  if (IsFile(file)) return file;
  if (library.empty()) return {};
  if (std::string path = LibraryProgram(name, library); !path.empty()) return path;
  const std::string app = ParentOf(library) + "/apps/" + file;
  return IsFile(app) ? app : std::string();
}

}  // namespace moonlet
