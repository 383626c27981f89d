// bindings/tensor_io.cc - tensors in .npy and .npz files.
#include <algorithm>
#include <new>

#include "bindings/options.h"
#include "bindings/tensor.h"
#include "bindings/tensor_parts.h"
#include "engine/tensor/npy.h"
#include "engine/tensor/npz.h"
#include "vm/files.h"
#include "vm/runtime.h"

namespace moonlet {
namespace {

// An open file. The bytes are given back at once when all is well, by the collector
// when something raised in between.
constexpr const char* kFileType = "moonlet.tensor_file";

int CloseFile(lua_State* L) {
  static_cast<Bytes*>(lua_touserdata(L, 1))->Reset();
  return 0;
}

Bytes* PushFile(lua_State* L) {
  void* box = lua_newuserdatauv(L, sizeof(Bytes), 0);
  auto* file = new (box) Bytes();
  if (luaL_newmetatable(L, kFileType)) {
    lua_pushcfunction(L, CloseFile);
    lua_setfield(L, -2, "__gc");
  }
  lua_setmetatable(L, -2);
  return file;
}

// Pushes the tensor of a .npy file; a failure pushes nothing.
Status PushNpy(lua_State* L, std::span<const uint8_t> npy) {
  NpyInfo info;
  if (Status s = ParseNpy(npy, &info); !s.ok()) return s;
  const Tensor& t = *NewTensor(L, info.dtype, info.shape);
  if (Status s = ReadNpy(npy, info, t, StopOf(L)); !s.ok()) RaiseStatus(L, s);
  return {};
}

// Room for the largest deflated entry, for one after the other. Pushes it.
std::span<uint8_t> PushRoom(lua_State* L, NpzReader reader) {
  size_t room = 0;
  for (NpzEntry entry; reader.Next(&entry);)
    if (entry.deflated) room = std::max(room, entry.size);
  return {static_cast<uint8_t*>(lua_newuserdatauv(L, room, 0)), room};
}

// Sets table[name] at the top of the stack to the entry's tensor.
Status AddEntry(lua_State* L, const NpzEntry& entry, std::span<uint8_t> room) {
  lua_pushlstring(L, entry.name.data(), entry.name.size());
  lua_pushvalue(L, -1);
  const bool twice = lua_rawget(L, -3) != LUA_TNIL;
  lua_pop(L, 1);
  const char* name = lua_tostring(L, -1);
  if (twice) return Status::Invalid("two entries are called '%.60s'", name);
  std::span<const uint8_t> npy;
  Allocator& memory = Runtime::Of(L).engine_memory();
  const std::span<uint8_t> part = entry.deflated ? room.first(entry.size) : room.first(0);
  Status s = ReadNpzEntry(entry, part, memory, StopOf(L), &npy);
  if (!s.ok()) return s;
  s = PushNpy(L, npy);
  if (!s.ok()) return Status::Error(s.code(), "entry '%.60s': %.100s", name, s.what());
  lua_rawset(L, -3);
  return {};
}

// Pushes the table of an archive's tensors.
Status PushNpz(lua_State* L, std::span<const uint8_t> file) {
  NpzReader reader;
  if (Status s = reader.Open(file); !s.ok()) return s;
  const std::span<uint8_t> room = PushRoom(L, reader);
  lua_newtable(L);
  for (NpzEntry entry; reader.Next(&entry);)
    if (Status s = AddEntry(L, entry, room); !s.ok()) return s;
  return {};
}

int Load(lua_State* L) {
  const char* path = luaL_checkstring(L, 1);
  Bytes* file = PushFile(L);
  if (Status s = ReadFile(L, path, false, file); !s.ok()) return PushFailure(L, path, s);
  const Status s = IsZip(file->span()) ? PushNpz(L, file->span()) : PushNpy(L, file->span());
  file->Reset();
  return s.ok() ? 1 : PushFailure(L, path, s);
}

// Pushes an array of the named tensors in the table at `index`.
std::span<NpzItem> PushItems(lua_State* L, int index) {
  size_t count = 0;
  for (lua_pushnil(L); lua_next(L, index) != 0; lua_pop(L, 1)) {
    if (lua_type(L, -2) != LUA_TSTRING) {
      ArgumentError(L, index, "names of tensors are strings, got a %s", luaL_typename(L, -2));
    }
    if (TestTensor(L, -1) == nullptr) {
      ArgumentError(L, index, "'%s': tensor expected, got %s", lua_tostring(L, -2),
                    luaL_typename(L, -1));
    }
    ++count;
  }
  auto* items = static_cast<NpzItem*>(lua_newuserdatauv(L, count * sizeof(NpzItem), 0));
  NpzItem* item = items;
  for (lua_pushnil(L); lua_next(L, index) != 0; lua_pop(L, 1)) {
    size_t length;
    const char* name = lua_tolstring(L, -2, &length);
    *item++ = {{name, length}, TestTensor(L, -1)};
  }
  return {items, count};
}

// save(path, tensors [, options])
int SaveNpz(lua_State* L, const char* path) {
  static constexpr const char* kNames[] = {"deflate"};
  const OptionTable options(L, 3, kNames);
  const bool deflate = options.Boolean("deflate", false);
  const std::span<NpzItem> items = PushItems(L, 2);
  size_t size;
  Status s = PrepareNpz(items, deflate, &size);
  if (s.code() == Code::kInvalid) RaiseStatus(L, s);
  if (!s.ok()) return PushFailure(L, path, s);
  auto* bytes = static_cast<uint8_t*>(lua_newuserdatauv(L, size, 0));
  Allocator& memory = Runtime::Of(L).engine_memory();
  s = WriteNpz(items, deflate, {bytes, size}, memory, StopOf(L), &size);
  if (s.code() == Code::kUnsupported) return PushFailure(L, path, s);
  if (!s.ok()) RaiseStatus(L, s);
  if (s = WriteFile(L, path, {bytes, size}); !s.ok()) return PushFailure(L, path, s);
  lua_pushboolean(L, true);
  return 1;
}

int Save(lua_State* L) {
  const char* path = luaL_checkstring(L, 1);
  if (lua_istable(L, 2)) return SaveNpz(L, path);
  const Tensor& t = *CheckTensor(L, 2);
  if (!lua_isnoneornil(L, 3)) return luaL_argerror(L, 3, "options are for a table of tensors");
  const size_t size = NpySize(t);
  auto* bytes = static_cast<uint8_t*>(lua_newuserdatauv(L, size, 0));
  if (Status s = WriteNpy(t, {bytes, size}, StopOf(L)); !s.ok()) RaiseStatus(L, s);
  if (Status s = WriteFile(L, path, {bytes, size}); !s.ok()) return PushFailure(L, path, s);
  lua_pushboolean(L, true);
  return 1;
}

constexpr Entry kTensorIoTable[] = {
    {"load", Load, "tensor.load(path) -> tensor | table | nil, message",
     "path: a .npy or .npz file",
     Doc("Reads what NumPy's `save`, `savez` and `savez_compressed` wrote; the content decides "
         "which. A .npy file (versions 1 to 3, C and Fortran order, either byte order, the ten "
         "dtypes, rank up to 6) gives its tensor, a .npz archive a table of tensors by name. nil "
         "and a message for a file that is missing, malformed, cut short, damaged (checksums are "
         "compared) or of another dtype."),
     Doc("print((tensor.load(\"no such file.npy\"))) --> nil")},
    {"save", Save, "tensor.save(path, values [, options]) -> true | nil, message",
     "values: tensor, or table of tensors by name; options: deflate (boolean)",
     Doc("Writes a tensor as a .npy file (version 1.0, C order), a table of tensors as a .npz "
         "archive: stored, or compressed with {deflate = true}, entries in the order of their "
         "names. The file is written whole or not at all; nil and a message when it cannot be. "
         "Equal tensors give equal files (compressed ones with the same version of zlib)."),
     Doc("local path = os.tmpname()\n"
         "assert(tensor.save(path, {x = tensor.arange(3), y = tensor.eye(2)}))\n"
         "print(tensor.load(path).x[3]) --> 2.0\nos.remove(path)")},
};

}  // namespace

const std::span<const Entry> kTensorIoFunctions = kTensorIoTable;

}  // namespace moonlet
