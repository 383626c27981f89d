// bindings/nn_load.cc - nn.load and nn.frombytes: from a file to a model.
#include <algorithm>
#include <limits>
#include <new>
#include <string_view>
#include <utility>

#include "bindings/model_input.h"
#include "bindings/nn_parts.h"
#include "bindings/npu_parts.h"
#include "bindings/options.h"
#include "bindings/report.h"
#include "bindings/tensor.h"
#include "engine/base/workers.h"
#include "engine/nn/analyze.h"
#include "engine/nn/prepared.h"
#include "engine/tensor/overlap.h"
#include "vm/files.h"
#include "vm/runtime.h"

namespace moonlet {
namespace {

ModelCore* CoreAt(lua_State* L, int index) {
  return static_cast<ModelCore*>(lua_touserdata(L, index));
}

int CollectCore(lua_State* L) {
  CoreAt(L, 1)->Close();
  return 0;
}

// Scripts never see a core, so it has nothing but its end.
constexpr luaL_Reg kCoreMetamethods[] = {{"__gc", CollectCore}, {nullptr, nullptr}};
const luaL_Reg* const kCoreMetamethodLists[] = {kCoreMetamethods};
const Class kCoreClass = {
    "model memory", "moonlet.model_memory", nullptr, {}, kCoreMetamethodLists};

struct LoadOptions {
  bool map;
  bool prepared;
  bool float_io;
  size_t ram;
  int threads;
};

constexpr const char* const kFileOptions[] = {"float_io", "ram", "threads", "map", "prepared"};
constexpr std::span<const char* const> kOptions = std::span(kFileOptions).first(3);

LoadOptions CheckLoadOptions(lua_State* L, int index, std::span<const char* const> names) {
  const OptionTable options(L, index, names);
  constexpr auto kMost = std::numeric_limits<int64_t>::max();
  const int64_t ram = options.Integer("ram", kMost, 0, kMost);
  constexpr auto kLargest = std::numeric_limits<size_t>::max() / 2;
  const bool file = names.size() > kOptions.size();
  return {file && options.Boolean("map", false), file && options.Boolean("prepared", true),
          options.Boolean("float_io", false),
          static_cast<size_t>(std::min<uint64_t>(static_cast<uint64_t>(ram), kLargest)),
          static_cast<int>(options.Integer("threads", 1, 1, kMaxWorkers))};
}

// What a model takes that was not prepared ahead of time; 0 when nobody can tell.
size_t RamOf(lua_State* L, const ModelCore& core) {
  ModelReport report;
  const npu::WithCpu backends(core.npu);
  const Status s = Analyze(core.model, Runtime::Of(L).engine_memory(), &report, {}, backends);
  return s.ok() ? report.ram_bytes() : 0;
}

// What a model that does not fit is told: what it takes and what there is.
Status DoesNotFit(lua_State* L, const ModelCore& core, size_t needed, const Status& refusal) {
  const MemoryFigures memory = Runtime::Of(L).memory();
  size_t free = core.memory.left();
  if (memory.cap != 0) {
    const size_t used = memory.lua + memory.engine + memory.files + memory.packed;
    free = std::min(free, memory.cap > used ? memory.cap - used : 0);
  }
  if (needed <= free) return refusal;
  return Status::Error(Code::kNoMemory, "needs %s bytes, %s free", ExactText(needed).text,
                       ExactText(free).text);
}

Status CheckPorts(const Session& session) {
  const int ports = session.inputs() + session.outputs();
  if (ValueOf(ports, kPort) > std::numeric_limits<unsigned short>::max())
    return Status::Unsupported("%d inputs and outputs", ports);
  return Status();
}

// What the ROM image has prepared of a model. False when there is nothing, or nothing that fits
// this program.
bool FindPreparedModel(lua_State* L, const char* path, PreparedModel* prepared) {
  const PreparedBytes found = FindPrepared(L, path);
  if (found.section.empty()) return false;
  return prepared->Open(found.section, {found.model_crc, found.model_size, MOONLET_VERSION}).ok();
}

// `prepared` may be null. Otherwise the image's checksums, which were made at the start, stand for
// everything that is not checked.
Status OpenCore(lua_State* L, Bytes bytes, const PreparedModel* prepared,
                ModelCore* core) noexcept {
  Status s;
  if (prepared != nullptr) {
    Model::OpenVerified(std::move(bytes), &core->model);
    s = Session::Open(core->model, *prepared, core->memory, &core->session);
  } else {
    s = Model::Open(std::move(bytes), core->memory, &core->model);
    if (!s.ok()) return s;
    s = Session::Open(core->model, core->memory, &core->session,
                      {npu::WithCpu(core->npu), &Runtime::Of(L).packed_memory(), core->workers,
                       core->memory.limit()});
  }
  if (s.code() == Code::kNoMemory)
    return DoesNotFit(L, *core, prepared != nullptr ? prepared->arena_bytes() : RamOf(L, *core), s);
  return s.ok() ? CheckPorts(core->session) : s;
}

// Where a model's file comes from, and the name that messages and reports give it.
struct Source {
  const char* name;
  const char* path;           // null: the bytes
  std::string_view contents;  // of the file
};

Status OpenSource(lua_State* L, const Source& source, const LoadOptions& options,
                  ModelCore* core) noexcept {
  Bytes bytes;
  const auto* data = reinterpret_cast<const uint8_t*>(source.contents.data());
  Status s = source.path != nullptr ? ReadFile(L, source.path, options.map, &bytes)
                                    : CopyBytes(L, {data, source.contents.size()}, &bytes);
  if (!s.ok()) return s;
  core->memory.SetUp(Runtime::Of(L).engine_memory(), options.ram);
  if (options.threads > 1) s = StartWorkers(options.threads, MallocAllocator(), &core->workers);
  if (!s.ok()) return s;
  PreparedModel prepared;
  const bool found = source.path != nullptr && options.prepared &&
                     FindPreparedModel(L, source.path, &prepared) &&
                     prepared.arena_bytes() <= options.ram;  // else it may run in patches
  return OpenCore(L, std::move(bytes), found ? &prepared : nullptr, core);
}

// Pushes the model of a source, or nil and a message. Options are argument 2.
int PushModel(lua_State* L, const Source& source) {
  lua_settop(L, 2);
  const LoadOptions options =
      CheckLoadOptions(L, 2, source.path != nullptr ? std::span(kFileOptions) : kOptions);
  auto* core = new (NewObject(L, kCoreClass, sizeof(ModelCore), 0)) ModelCore();
  core->npu = SelectedNpu(L);
  if (Status s = OpenSource(L, source, options, core); !s.ok()) {
    core->Close();
    return PushFailure(L, source.name, s);
  }
  const int ports = core->session.inputs() + core->session.outputs();
  auto* box = static_cast<ModelBox*>(
      NewObject(L, kModelClass, sizeof(ModelBox), ValueOf(ports, kPort) - 1));
  *box = {core, options.float_io, false};
  lua_pushvalue(L, 3);
  lua_setiuservalue(L, -2, kCore);
  lua_pushstring(L, FileName(source.name));
  lua_setiuservalue(L, -2, kName);
  return 1;
}

// nn.load(path [, options]) -> model | nil, message
int LoadModel(lua_State* L) {
  const char* path = luaL_checkstring(L, 1);
  return PushModel(L, {path, path, {}});
}

// nn.frombytes(string [, options]) -> model | nil, message
int ModelFromBytes(lua_State* L) {
  size_t size;
  const char* data = luaL_checklstring(L, 1, &size);
  return PushModel(L, {"model", nullptr, {data, size}});
}

constexpr Entry kNnLoadFunctionTable[] = {
    {"load", LoadModel, "nn.load(path [, options]) -> model | nil, message",
     "options: map: boolean; float_io: boolean; ram: bytes; threads: integer; prepared: boolean",
     Doc("Loads a `.tflite` model and makes it ready to run: the file is verified, every operator "
         "prepared, all memory planned and taken; running takes no more. Weights are used where "
         "they lie in the file: in memory, or with `map = true` in a mapping of it. `float_io = "
         "true` makes `run` return float32 in place of quantised outputs. `ram` limits the "
         "engine's memory for this model: where that is less than it takes, layers run in patches, "
         "some rows at a time, if that is enough; `model:summary()` tells what it costs. With "
         "`threads = N`, on a host, N threads share the work of large layers. The results are the "
         "same. What `moonlet image build` has prepared of a model in `/rom` is used where it fits "
         "the device, unless `prepared = false`. A file that is missing, malformed, needs an "
         "operator that is not there, or does not fit gives nil and a message with the place."),
     Doc("local model = assert(nn.load(sys.find \"digits.tflite\"))\n"
         "print(#model.inputs, #model.outputs) --> 1 1\n"
         "print(nn.load \"no such file.tflite\" == nil) --> true")},
    {"frombytes", ModelFromBytes, "nn.frombytes(string [, options]) -> model | nil, message",
     "options: float_io: boolean; ram: bytes; threads: integer",
     Doc("The model whose `.tflite` file has these bytes, which are copied: what `nn.load` does, "
         "without a file."),
     Doc("local tflite = require \"tflite\"\n"
         "local bytes = tflite.tobytes {\n"
         "  tensors = {{shape = {4}, dtype = \"float32\"}, {shape = {4}, dtype = \"float32\"}},\n"
         "  operators = {{\"ADD\", inputs = {1, 1}, outputs = {2}}},\n"
         "  inputs = {1}, outputs = {2},\n"
         "}\n"
         "local model = assert(nn.frombytes(bytes))\n"
         "print(model:run(tensor.new {1, 2, 3, 4}):sum()) --> 20.0")},
};

}  // namespace

const std::span<const Entry> kNnLoadFunctions = kNnLoadFunctionTable;

void* LimitedAllocator::Allocate(size_t size, size_t alignment) {
  if (size > left()) return nullptr;
  void* block = base_->Allocate(size, alignment);
  if (block != nullptr) live_ += size;
  return block;
}

void LimitedAllocator::Free(void* block, size_t size) {
  if (block == nullptr) return;
  live_ -= size;
  base_->Free(block, size);
}

bool ModelInputAt(lua_State* L, int index, Quantization* quantization) {
  const Tensor* t = TestTensor(L, index);
  if (t == nullptr) return false;
  lua_getiuservalue(L, index, 1);  // what a view keeps alive
  const auto* core = static_cast<ModelCore*>(TestObject(L, -1, kCoreClass));
  lua_pop(L, 1);
  for (int i = 0; core != nullptr && i < core->session.inputs(); ++i) {
    if (!Identical(*t, core->session.input(i))) continue;
    *quantization = core->session.input_quantization(i);
    return true;
  }
  return false;
}

}  // namespace moonlet
