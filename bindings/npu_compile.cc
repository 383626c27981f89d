// bindings/npu_compile.cc - npu.compile: models for the Ethos-U from plain ones. Hosts alone.
#include <cstddef>
#include <cstdio>
#include <new>
#include <utility>

#include "bindings/npu_parts.h"
#include "bindings/options.h"
#include "bindings/report.h"
#include "bindings/tensor.h"
#include "engine/npu/compiler/compile.h"
#include "vm/files.h"
#include "vm/runtime.h"

namespace moonlet {
namespace {

constexpr int kUsualMacs = 128;

// What a call makes, collected when something raises in between.
struct CompileBox {
  Model model;
  npu::Compilation compiled;
};

void Empty(CompileBox* box) {
  box->model = Model();
  box->compiled = npu::Compilation();
}

int CloseCompileBox(lua_State* L) {
  Empty(static_cast<CompileBox*>(lua_touserdata(L, 1)));
  return 0;
}
constexpr luaL_Reg kCompileMetamethods[] = {{"__gc", CloseCompileBox}, {nullptr, nullptr}};
const luaL_Reg* const kCompileMetamethodLists[] = {kCompileMetamethods};
const Class kCompileClass = {
    "compilation", "moonlet.npu_compilation", nullptr, {}, kCompileMetamethodLists};

// The compiler uses the C++ library's containers, which know nothing of the cap on memory. So what
// it takes at most is taken from the cap as one block meanwhile: measured, up to 66 times the file
// where most of it is one layer's weights, which the writer of weight streams tries in many ways.
constexpr size_t kCompileMemory = 72;
constexpr size_t kExplainMemory = 4;

template <typename Work>
Status WithMemory(lua_State* L, size_t bytes, Work work) noexcept {
  Allocator& memory = Runtime::Of(L).engine_memory();
  void* block = memory.Allocate(bytes, alignof(max_align_t));
  if (block == nullptr) return Status::NoMemory(bytes);
  const Status s = work();
  memory.Free(block, bytes);
  return s;
}

Status CompileFile(lua_State* L, const char* path, const npu::Config& config,
                   CompileBox* box) noexcept {
  Bytes bytes;
  Status s = ReadFile(L, path, false, &bytes);
  if (s.ok()) s = Model::Open(std::move(bytes), Runtime::Of(L).engine_memory(), &box->model);
  if (!s.ok()) return s;
  return WithMemory(L, kCompileMemory * box->model.bytes().size(),
                    [&] { return npu::Compile(box->model, config, StopOf(L), &box->compiled); });
}

Status ExplainModel(lua_State* L, const Model& model, CompileBox* box) noexcept {
  const npu::Config& config = *npu::FindConfig(npu::Product::kU55, kUsualMacs);
  return WithMemory(L, kExplainMemory * model.bytes().size(), [&] {
    return npu::Explain(model, config, StopOf(L), &box->compiled.operators);
  });
}

// Adds a line for row `i` of the operators at 3 to the text at 2, if that stays on the CPU.
void AddReason(lua_State* L, lua_Integer i) {
  char name[kNameSize], reason[2 * kNameSize], line[kLineSize];
  if (lua_rawgeti(L, 3, i) == LUA_TTABLE) {
    TextField(L, 4, "name", name, sizeof(name));
    TextField(L, 4, "reason", reason, sizeof(reason));
    std::snprintf(line, sizeof(line), "\n%3d %s: %s", static_cast<int>(i), name, reason);
    lua_pushstring(L, reason[0] == '\0' ? "" : line);
    lua_pushvalue(L, 2);
    lua_insert(L, -2);
    lua_concat(L, 2);
    lua_replace(L, 2);
  }
  lua_settop(L, 3);
}

// What runs where in one line, then a line for each operator that stays on the CPU.
int CompilationToString(lua_State* L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  lua_settop(L, 1);
  char unit[kNameSize], line[kLineSize];
  TextField(L, 1, "configuration", unit, sizeof(unit));
  const auto count = [L](const char* name) { return ExactText(SizeField(L, 1, name)); };
  std::snprintf(line, sizeof(line),
                "%s: %s of %s operators on the NPU (parts: %s), %s cycles, arena %s, constants %s",
                unit, count("on_npu").text, count("count").text, count("parts").text,
                count("cycles").text, BytesText(SizeField(L, 1, "arena")).text,
                BytesText(SizeField(L, 1, "constants")).text);
  lua_pushstring(L, line);
  if (lua_getfield(L, 1, "operators") == LUA_TTABLE) {
    const auto rows = static_cast<lua_Integer>(lua_rawlen(L, 3));
    for (lua_Integer i = 1; i <= rows; ++i) AddReason(L, i);
  }
  lua_settop(L, 2);
  return 1;
}

void PushCompilation(lua_State* L, const npu::Compilation& compiled, const npu::Config& config) {
  lua_createtable(L, 0, 9);
  SetText(L, "configuration", npu::ConfigName(config).text);
  SetInteger(L, "parts", static_cast<uint64_t>(compiled.parts));
  SetInteger(L, "arena", compiled.arena);
  SetInteger(L, "constants", compiled.constants);
  SetInteger(L, "streams", compiled.streams);
  SetInteger(L, "cycles", static_cast<uint64_t>(compiled.cycles));
  uint64_t on_npu = 0;
  lua_createtable(L, static_cast<int>(compiled.operators.size()), 0);
  lua_Integer next = 0;
  for (const npu::OperatorReport& op : compiled.operators) {
    lua_createtable(L, 0, 3);
    SetText(L, "name", op.name);
    SetText(L, "runs_on", op.unit ? "npu" : "cpu");
    if (!op.unit) SetText(L, "reason", op.reason);
    on_npu += op.unit ? 1 : 0;
    lua_rawseti(L, -2, ++next);
  }
  lua_setfield(L, -2, "operators");
  SetInteger(L, "count", compiled.operators.size());
  SetInteger(L, "on_npu", on_npu);
  SetReportType(L, "moonlet.npu_compiled", CompilationToString);
}

constexpr const char* const kCompileOptions[] = {"macs", "product"};
constexpr const char* const kCompileProducts[] = {"U55", "U65"};

const npu::Config& CheckUnit(lua_State* L, int index) {
  const OptionTable options(L, index, kCompileOptions);
  const auto product = static_cast<npu::Product>(options.Choice("product", 0, kCompileProducts));
  const int64_t otherwise = product == npu::Product::kU55 ? kUsualMacs : 256;
  const auto macs = static_cast<int>(options.Integer("macs", otherwise, 1, 4096));
  const npu::Config* config = npu::FindConfig(product, macs);
  if (config == nullptr)
    ArgumentError(L, index, "option 'macs': no %s has %d",
                  kCompileProducts[static_cast<int>(product)], macs);
  return *config;
}

// npu.compile(path, target [, options]) -> table | nil, message
int CompileModel(lua_State* L) {
  const char* path = luaL_checkstring(L, 1);
  const char* target = luaL_checkstring(L, 2);
  const npu::Config& config = CheckUnit(L, 3);
  lua_settop(L, 3);
  auto* box = new (NewObject(L, kCompileClass, sizeof(CompileBox), 0)) CompileBox();
  if (Status s = CompileFile(L, path, config, box); !s.ok()) return PushFailure(L, path, s);
  if (Status s = WriteFile(L, target, box->compiled.file); !s.ok())
    return PushFailure(L, target, s);
  PushCompilation(L, box->compiled, config);
  Empty(box);
  return 1;
}

}  // namespace

void SetNpuReasons(lua_State* L, const Model& model) {
  const int rows = lua_gettop(L);
  auto* box = new (NewObject(L, kCompileClass, sizeof(CompileBox), 0)) CompileBox();
  if (Status s = ExplainModel(L, model, box); !s.ok()) RaiseStatus(L, s);
  lua_Integer row = 0;
  for (const npu::OperatorReport& op : box->compiled.operators) {
    lua_rawgeti(L, rows, ++row);
    if (!op.unit && lua_getfield(L, -1, "npu") != LUA_TNIL) {
      lua_pop(L, 1);
      SetText(L, "npu", op.reason);
    }
    lua_settop(L, rows + 1);
  }
  Empty(box);  // not when the collector comes: memory may be short then
  lua_settop(L, rows);
}

namespace {

constexpr Entry kNpuCompileFunctionTable[] = {
    {"compile", CompileModel, "npu.compile(path, target [, options]) -> table | nil, message",
     "options: macs: whole number, 128 unless given; product: \"U55\" or \"U65\"",
     Doc("Compiles an int8 `.tflite` model for an Ethos-U and writes the result, which `nn.load` "
         "takes, to `target`. Operators that the unit has become command streams, the others stay "
         "on the CPU; outputs are the same bytes. The table says how many streams there are "
         "(`parts`), bytes of `arena`, `constants` and `streams`, estimated `cycles`, and in "
         "`operators`, one row each, the `name`, where it `runs_on`, \"npu\" or \"cpu\", and the "
         "`reason` for the latter. It prints as text. Hosts alone compile."),
     Doc("local report = assert(npu.compile(sys.find \"digits.tflite\", "
         "\"/ram/digits_npu.tflite\"))\n"
         "print(report.parts, report.operators[1].runs_on) --> 1 npu")},
};

}  // namespace

const std::span<const Entry> kNpuCompileFunctions = kNpuCompileFunctionTable;

}  // namespace moonlet
