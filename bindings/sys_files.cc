// Module `sys`: where files are, what folders hold, scripts that run others.
#include <algorithm>
#include <cstring>
#include <string_view>

#include "bindings/sys_parts.h"
#include "vm/files.h"
#include "vm/load_file.h"
#include "vm/runtime.h"

namespace moonlet {
namespace {

// ---- find ----

// Pushes folder/name and gives whether that file can be read.
bool PushReadable(lua_State* L, const char* folder, const char* name) {
  const char* path = lua_pushfstring(L, "%s%s%s", folder, *folder == '\0' ? "" : "/", name);
  return CheckReadable(L, path).ok();
}

// Pushes the folder above the one of that path.
const char* PushParent(lua_State* L, const char* path) {
  const char* slash = std::strrchr(path, '/');
  if (slash == nullptr) return lua_pushliteral(L, ".");
  return lua_pushlstring(L, path, static_cast<size_t>(slash - path));
}

int Find(lua_State* L) {
  const char* name = luaL_checkstring(L, 1);
  const Runtime& runtime = Runtime::Of(L);
  const char* library = runtime.options().library_dir;
  if (PushReadable(L, runtime.script_dir(), name)) return 1;
  if (PushReadable(L, "/rom/apps", name) || PushReadable(L, "/rom", name)) return 1;
  if (library != nullptr) {
    const char* all = PushParent(L, library);
    if (PushReadable(L, lua_pushfstring(L, "%s/apps", all), name)) return 1;
    if (PushReadable(L, all, name)) return 1;
  }
  luaL_pushfail(L);
  lua_pushfstring(L, "%s: neither beside the script nor among the applications", name);
  return 2;
}

// ---- list ----

// Names with a zero behind each, as many as fit, and what all of them take.
struct FolderNames {
  char* text;
  size_t capacity;
  size_t size = 0;
  size_t count = 0;
};

void AddFolderName(std::string_view name, void* context) {
  FolderNames& names = *static_cast<FolderNames*>(context);
  if (names.size < names.capacity && name.size() < names.capacity - names.size)
    names.text[names.size + name.copy(names.text + names.size, name.size())] = '\0';
  names.size += name.size() + 1;
  ++names.count;
}

// Pushes what holds the names. The folder may grow between two attempts.
Status PushNames(lua_State* L, const char* folder, FolderNames* names) {
  for (size_t capacity = 1024;; capacity = names->size) {
    *names = {.text = static_cast<char*>(lua_newuserdatauv(L, capacity, 0)), .capacity = capacity};
    if (Status s = ListFolder(L, folder, AddFolderName, names); !s.ok()) return s;
    if (names->size <= capacity) return {};
    lua_pop(L, 1);
  }
}

// sys.list(folder) -> {names} | nil, message
int List(lua_State* L) {
  const char* folder = luaL_checkstring(L, 1);
  FolderNames names;
  if (const Status s = PushNames(L, folder, &names); !s.ok()) return PushFailure(L, folder, s);
  auto** sorted =
      static_cast<const char**>(lua_newuserdatauv(L, names.count * sizeof(const char*), 0));
  const char* name = names.text;
  for (size_t i = 0; i < names.count; ++i, name += std::strlen(name) + 1) sorted[i] = name;
  const auto before = [](const char* a, const char* b) { return std::strcmp(a, b) < 0; };
  std::sort(sorted, sorted + names.count, before);
  lua_newtable(L);
  lua_Integer count = 0;
  for (size_t i = 0; i < names.count; ++i) {
    // Two images may have a file or folder of the same name.
    if (i > 0 && std::strcmp(sorted[i], sorted[i - 1]) == 0) continue;
    lua_pushstring(L, sorted[i]);
    lua_rawseti(L, -2, ++count);
  }
  return 1;
}

// ---- run ----

// Gives the script that called sys.run its folder and its `arg` back.
int LeaveScript(lua_State* L) {
  lua_getiuservalue(L, 1, 1);
  Runtime::Of(L).SetScriptDir(lua_tostring(L, -1));
  lua_getiuservalue(L, 1, 2);
  lua_setglobal(L, "arg");
  return 0;
}

// Pushes a value whose end of scope calls LeaveScript.
void KeepScript(lua_State* L) {
  lua_newuserdatauv(L, 0, 2);
  lua_pushstring(L, Runtime::Of(L).script_dir());
  lua_setiuservalue(L, -2, 1);
  lua_getglobal(L, "arg");
  lua_setiuservalue(L, -2, 2);
  lua_createtable(L, 0, 1);
  lua_pushcfunction(L, LeaveScript);
  lua_setfield(L, -2, "__close");
  lua_setmetatable(L, -2);
  lua_toclose(L, -1);
}

// The arguments of sys.run become the table `arg`.
void SetArguments(lua_State* L, int count) {
  lua_createtable(L, count, 1);
  for (int i = 0; i <= count; ++i) {
    lua_pushvalue(L, i + 1);
    lua_rawseti(L, -2, i);
  }
  lua_setglobal(L, "arg");
}

// sys.run(path, ...) -> ... | nil, message
int Run(lua_State* L) {
  const char* path = luaL_checkstring(L, 1);
  const int count = lua_gettop(L) - 1;
  luaL_checkstack(L, count + LUA_MINSTACK, "too many arguments");
  char resolved[board::kMaxPath];
  if (const Status s = ResolveAllowed(L, path, false, resolved); !s.ok())
    return PushFailure(L, path, s);
  const int status = LoadScript(L, resolved, "t");
  if (status == LUA_ERRFILE) {
    luaL_pushfail(L);
    lua_insert(L, -2);
    return 2;
  }
  if (status != LUA_OK) return lua_error(L);
  const int chunk = lua_gettop(L);
  KeepScript(L);
  SetArguments(L, count);
  Runtime::Of(L).SetScriptOf(resolved);
  lua_pushvalue(L, chunk);
  for (int i = 1; i <= count; ++i) lua_pushvalue(L, i + 1);
  lua_call(L, count, LUA_MULTRET);
  return lua_gettop(L) - chunk - 1;
}

// ---- rom ----

void SetImage(lua_State* L, const char* name, const RomImage& image) {
  if (image.bytes().empty()) return;
  const std::string_view builder = image.builder();
  lua_createtable(L, 0, 3);
  lua_pushinteger(L, static_cast<lua_Integer>(image.bytes().size()));
  lua_setfield(L, -2, "size");
  lua_pushinteger(L, static_cast<lua_Integer>(image.crc()));
  lua_setfield(L, -2, "crc");
  lua_pushlstring(L, builder.data(), builder.size());
  lua_setfield(L, -2, "version");
  lua_setfield(L, -2, name);
}

int Rom(lua_State* L) {
  FileSystem& files = Runtime::Of(L).files();
  lua_createtable(L, 0, 2);
  SetImage(L, "base", files.rom());
  SetImage(L, "application", files.application());
  return 1;
}

constexpr Entry kFilesTable[] = {
    {"find", Find, "sys.find(name) -> path | nil, message",
     "name: a relative path, such as \"digits.tflite\"",
     Doc("Where a script's file is: beside the running script (at the prompt in the current "
         "folder), else in `/rom/apps` or `/rom`, else among the applications that come with "
         "Moonlet, else in the folder above them. The path can be read as it is. Gives nil and a "
         "message when there is no such file."),
     Doc("print(sys.find(\"digits.tflite\") ~= nil) --> true\n"
         "print(select(\"#\", sys.find(\"no such file\"))) --> 2")},
    {"list", List, "sys.list(folder) -> {name, ...} | nil, message", "folder: a path",
     Doc("What is in a folder, sorted byte by byte; a folder's name ends in `/`. Folders in "
         "`/ram` exist by the names of their files alone, but `/ram` itself always does."),
     Doc("io.open(\"/ram/log/today\", \"w\"):close()\n"
         "print(sys.list(\"/ram/log\")[1]) --> today\n"
         "os.remove(\"/ram/log/today\")\n"
         "print(sys.list(\"/ram/log\")) --> nil /ram/log: No such file or directory")},
    {"run", Run, "sys.run(path, ...) -> ... | nil, message", "path: a script; ...: its arguments",
     Doc("Runs a script as the command `moonlet` does: it finds its arguments in `...` and in "
         "`arg`, and its modules and files beside itself. Gives what the script returns. "
         "Afterwards `arg` and the folder are what they were, also after an error, which comes "
         "through. A file that cannot be read gives nil and a message."),
     Doc("local f = io.open(\"/ram/add.lua\", \"w\")\n"
         "f:write(\"local a, b = ... return a + b\")\n"
         "f:close()\n"
         "print(sys.run(\"/ram/add.lua\", 2, 3)) --> 5\n"
         "os.remove(\"/ram/add.lua\")")},
    {"rom", Rom, "sys.rom() -> table", "size: bytes; crc: 0 to 0xFFFFFFFF",
     Doc("Which ROM images `/rom` consists of: `base` came with the program or with `--rom`, "
         "`application` lies above it on a device. Each is a table with `size`, `crc`, which "
         "differs as soon as any file does, and `version`, that of the Moonlet that built the "
         "image; or nil."),
     Doc("local base = sys.rom().base\n"
         "print(base == nil or base.size > 0) --> true")},
};

}  // namespace

extern const std::span<const Entry> kSysFileFunctions;
const std::span<const Entry> kSysFileFunctions = kFilesTable;

}  // namespace moonlet
