// bindings/tensor_io.cc - tensors in .npy files.
#include <new>

#include "bindings/tensor.h"
#include "bindings/tensor_parts.h"
#include "engine/tensor/npy.h"
#include "vm/files.h"

namespace moonlet {
namespace {

// An open .npy file. The bytes are given back at once when all is well, by the collector
// when something raised in between.
constexpr const char* kFileType = "moonlet.npy_file";

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

int Load(lua_State* L) {
  const char* path = luaL_checkstring(L, 1);
  Bytes* file = PushFile(L);
  if (Status s = ReadFile(L, path, false, file); !s.ok()) return PushFailure(L, path, s);
  NpyInfo info;
  if (Status s = ParseNpy(file->span(), &info); !s.ok()) {
    file->Reset();
    return PushFailure(L, path, s);
  }
  const Tensor& t = *NewTensor(L, info.dtype, info.shape);
  const Status s = ReadNpy(file->span(), info, t, StopOf(L));
  file->Reset();
  if (!s.ok()) RaiseStatus(L, s);
  return 1;
}

int Save(lua_State* L) {
  const char* path = luaL_checkstring(L, 1);
  const Tensor& t = *CheckTensor(L, 2);
  const size_t size = NpySize(t);
  auto* bytes = static_cast<uint8_t*>(lua_newuserdatauv(L, size, 0));
  if (Status s = WriteNpy(t, {bytes, size}, StopOf(L)); !s.ok()) RaiseStatus(L, s);
  if (Status s = WriteFile(L, path, {bytes, size}); !s.ok()) return PushFailure(L, path, s);
  lua_pushboolean(L, true);
  return 1;
}

constexpr Entry kEntries[] = {
    {"load", Load, "tensor.load(path) -> tensor | nil, message", "path: a .npy file",
     Doc("Reads a file that NumPy's `save` wrote: versions 1 to 3, C and Fortran order, either "
         "byte order, the ten dtypes and rank up to 6. nil and a message for a file that is "
         "missing, malformed, cut short or of another dtype."),
     Doc("print((tensor.load(\"no such file.npy\"))) --> nil")},
    {"save", Save, "tensor.save(path, values) -> true | nil, message", "path: a .npy file",
     Doc("Writes a tensor as a .npy file (version 1.0, C order), whole or not at all. nil and a "
         "message when the file cannot be written."),
     Doc("local path = os.tmpname()\nassert(tensor.save(path, tensor.arange(3)))\n"
         "print(tensor.load(path)[3]) --> 2.0\nos.remove(path)")},
};

}  // namespace

const std::span<const Entry> kTensorIoFunctions = kEntries;

}  // namespace moonlet
