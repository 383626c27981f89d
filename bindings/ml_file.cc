// bindings/ml_file.cc - ml.save and ml.load.
#include <new>
#include <utility>

#include "bindings/ml_estimator.h"
#include "bindings/ml_parts.h"
#include "bindings/ml_pipeline.h"
#include "bindings/tensor_parts.h"
#include "engine/base/bytes.h"
#include "engine/ml/file.h"
#include "vm/files.h"
#include "vm/runtime.h"

namespace moonlet {
namespace {

// The bytes of a file, which estimators keep alive.
int ReleaseFile(lua_State* L) {
  static_cast<Bytes*>(lua_touserdata(L, 1))->Reset();
  return 0;
}

constexpr luaL_Reg kFileMetamethods[] = {{"__gc", ReleaseFile}, {nullptr, nullptr}};
const luaL_Reg* const kFileMetamethodLists[] = {kFileMetamethods};
const Class kFileClass = {"mlt file", "moonlet.mlt_file", nullptr, {}, kFileMetamethodLists};

constexpr const char* kProducer = "moonlet " MOONLET_VERSION;

Status WriteTo(lua_State* L, const char* path, std::span<const ml::Step> steps,
               bool pipeline) noexcept {
  Allocator& memory = Runtime::Of(L).engine_memory();
  ml::FileBlock block;
  Status s = ml::WriteEstimators(steps, pipeline, kProducer, memory, &block);
  if (s.ok()) s = WriteFile(L, path, block.file);
  memory.Free(block.block, block.size);
  return s;
}

// ml.save(path, estimator) -> true | nil, message
int SaveFunction(lua_State* L) {
  const char* path = luaL_checkstring(L, 1);
  ml::Step steps[ml::kMostSteps];
  bool pipeline;
  const auto count = static_cast<size_t>(CheckSteps(L, 2, steps, &pipeline));
  if (Status s = WriteTo(L, path, {steps, count}, pipeline); !s.ok())
    return PushFailure(L, path, s);
  lua_pushboolean(L, true);
  return 1;
}

// Hands out one piece of memory that Lua owns.
class OnePiece final : public Allocator {
 public:
  OnePiece(void* piece, size_t size) : piece_(piece), size_(size) {}
  void* Allocate(size_t size, size_t) override { return size <= size_ ? piece_ : nullptr; }
  void Free(void*, size_t) override {}

 private:
  void* piece_;
  size_t size_;
};

// ml.tobytes(estimator) -> string
int ToBytesFunction(lua_State* L) {
  ml::Step steps[ml::kMostSteps];
  bool pipeline;
  const std::span<const ml::Step> all(steps,
                                      static_cast<size_t>(CheckSteps(L, 1, steps, &pipeline)));
  const size_t room = ml::RoomFor(all);
  OnePiece piece(lua_newuserdatauv(L, room, 0), room);
  ml::FileBlock block;
  RaiseIf(L, ml::WriteEstimators(all, pipeline, kProducer, piece, &block));
  lua_pushlstring(L, reinterpret_cast<const char*>(block.file.data()), block.file.size());
  return 1;
}

Status ReadSource(lua_State* L, const char* path, std::span<const uint8_t> data,
                  Bytes* bytes) noexcept {
  return path != nullptr ? ReadFile(L, path, false, bytes) : CopyBytes(L, data, bytes);
}

// Pushes estimator `i` of the file that the value at `bytes` holds; nothing, if it refuses.
Status TakeEstimator(lua_State* L, const ml::EstimatorFile& file, int bytes, int i) {
  const ml::Kind* kind;
  if (Status s = file.FindKindOf(i, &kind); !s.ok()) return s;
  EstimatorBox& box = PushEstimator(L, *kind);
  if (Status s = file.Take(i, &box.estimator); !s.ok()) return s;
  lua_pushvalue(L, bytes);
  lua_setiuservalue(L, -2, kEstimatorFile);
  return {};
}

// Pushes the pipeline of such a file.
int PushPipelineOf(lua_State* L, const char* name, const ml::EstimatorFile& file, int bytes) {
  lua_newtable(L);
  lua_newtable(L);
  for (int i = 0; i < file.count(); ++i) {
    if (Status s = TakeEstimator(L, file, bytes, i); !s.ok()) return PushFailure(L, name, s);
    lua_rawseti(L, bytes + 1, i + 1);
    lua_pushstring(L, file.name(i));
    lua_rawseti(L, bytes + 2, i + 1);
  }
  const char* why = PushPipeline(L, bytes + 1, bytes + 2, file.count());
  return why == nullptr ? 1 : PushFailure(L, name, Status::Invalid("%s", why));
}

// Pushes the estimator of a file, or nil and a message.
int PushFile(lua_State* L, const char* name, const char* path, std::span<const uint8_t> data) {
  auto* bytes = new (NewObject(L, kFileClass, sizeof(Bytes), 0)) Bytes();
  const int at = lua_gettop(L);
  if (Status s = ReadSource(L, path, data, bytes); !s.ok()) return PushFailure(L, name, s);
  ml::EstimatorFile file;
  if (Status s = file.Open(bytes->span()); !s.ok()) return PushFailure(L, name, s);
  if (file.pipeline()) return PushPipelineOf(L, name, file, at);
  const Status s = TakeEstimator(L, file, at, 0);
  return s.ok() ? 1 : PushFailure(L, name, s);
}

// ml.load(path) -> estimator | pipeline | nil, message
int LoadFunction(lua_State* L) {
  const char* path = luaL_checkstring(L, 1);
  return PushFile(L, path, path, {});
}

// ml.frombytes(string) -> estimator | pipeline | nil, message
int FromBytesFunction(lua_State* L) {
  size_t size;
  const auto* data = reinterpret_cast<const uint8_t*>(luaL_checklstring(L, 1, &size));
  return PushFile(L, "estimator", nullptr, {data, size});
}

constexpr Entry kFileTable[] = {
    {"save", SaveFunction, "ml.save(path, estimator) -> true | nil, message", "",
     Doc("Writes a fitted estimator or pipeline to an `.mlt` file (engine/ml/mlt.fbs), whole or "
         "not at all."),
     Doc("print(ml.save(\"/no such folder/x.mlt\",\n"
         "  ml.standard_scaler():fit(tensor.new {{1}, {3}})) == nil) --> true")},
    {"load", LoadFunction, "ml.load(path) -> estimator | pipeline | nil, message", "",
     Doc("The estimator or pipeline of an `.mlt` file, verified. Its arrays are used where they "
         "lie in the file: in /rom they take no memory."),
     Doc("print(ml.load \"no such file.mlt\" == nil) --> true")},
    {"tobytes", ToBytesFunction, "ml.tobytes(estimator) -> string", "",
     Doc("What `ml.save` writes, as a string."),
     Doc("print(#ml.tobytes(ml.standard_scaler():fit(tensor.new {{1}, {3}})) < 1000) --> true")},
    {"frombytes", FromBytesFunction, "ml.frombytes(string) -> estimator | pipeline | nil, message",
     "", Doc("What `ml.load` gives, of a file's bytes, which are copied."),
     Doc("local scaler = ml.standard_scaler():fit(tensor.new {{1}, {3}})\n"
         "local copy = assert(ml.frombytes(ml.tobytes(scaler)))\n"
         "print(copy:transform(tensor.new {4})[1]) --> 2.0")},
};

}  // namespace

const std::span<const Entry> kMlFiles = kFileTable;

}  // namespace moonlet
