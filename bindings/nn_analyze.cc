// bindings/nn_analyze.cc - what is in a model: nn.analyze and model:summary.
#include <cstdio>
#include <cstring>
#include <new>
#include <utility>

#include "bindings/nn_parts.h"
#include "bindings/npu_parts.h"
#include "bindings/report.h"
#include "engine/nn/analyze.h"
#include "vm/files.h"
#include "vm/runtime.h"

namespace moonlet {
namespace {

// Pushes what is known of a tensor: its `index` in the file, `name`, `dtype`, `shape` ({} for a
// scalar), `bytes`, where it is quantised `scale` and `zero_point` (the first of `scales` along
// `axis`), and whether it is a constant.
void PushTensorReport(lua_State* L, const Model& model, int index) {
  const TensorReport tensor = DescribeTensor(model, index);
  lua_createtable(L, 0, 7);
  SetInteger(L, "index", static_cast<uint64_t>(index) + 1);
  SetText(L, "name", tensor.name);
  SetText(L, "dtype", tensor.dtype);
  lua_createtable(L, tensor.rank, 0);
  for (int i = 0; i < tensor.rank; ++i) {
    lua_pushinteger(L, tensor.dims[i]);
    lua_rawseti(L, -2, i + 1);
  }
  lua_setfield(L, -2, "shape");
  SetInteger(L, "bytes", tensor.bytes);
  if (tensor.scales > 0) {
    SetNumber(L, "scale", static_cast<lua_Number>(tensor.scale));
    lua_pushinteger(L, tensor.zero_point);
    lua_setfield(L, -2, "zero_point");
  }
  if (tensor.scales > 1) {
    SetInteger(L, "scales", static_cast<uint64_t>(tensor.scales));
    SetInteger(L, "axis", static_cast<uint64_t>(tensor.axis) + 1);
  }
  if (!tensor.constant) return;
  lua_pushboolean(L, 1);
  lua_setfield(L, -2, "constant");
}

// Sets a list of tensors. An optional input left out is false.
template <typename TensorOf>
void SetTensors(lua_State* L, const Model& model, const char* name, int count, TensorOf tensor_of) {
  lua_createtable(L, count, 0);
  for (int i = 0; i < count; ++i) {
    const int tensor = tensor_of(i);
    if (tensor < 0) {
      lua_pushboolean(L, 0);
    } else {
      PushTensorReport(L, model, tensor);
    }
    lua_rawseti(L, -2, i + 1);
  }
  lua_setfield(L, -2, name);
}

// What has become of an operator that no run steps through, for people.
void SetFate(lua_State* L, const OperatorFate& fate) {
  switch (fate.fate) {
    case Fate::kRuns:
    case Fate::kRefused:
      return;
    case Fate::kComputed:
      return SetText(L, "becomes", "constants, computed at load");
    case Fate::kAlias:
      return SetText(L, "becomes", "nothing to copy");
    case Fate::kDropped:
      return SetText(L, "becomes", "dropped: nothing reads it");
    case Fate::kFolded:
    case Fate::kPatched:
      break;
  }
  char text[40];
  const char* how = fate.fate == Fate::kPatched ? "in patches with" : "part of";
  std::snprintf(text, sizeof(text), "%s operator %d", how, fate.into + 1);
  SetText(L, "becomes", text);
}

// One row of `operators`. The rows of what cannot run go to the table at `unsupported` too.
void PushOperator(lua_State* L, const Model& model, Backends backends, int index,
                  const OperatorPlan& plan, int unsupported) {
  const OperatorReport op = DescribeOperator(model, index, backends);
  lua_createtable(L, 0, 12);
  SetInteger(L, "index", static_cast<uint64_t>(index) + 1);
  SetInteger(L, "time", static_cast<uint64_t>(plan.time));
  SetText(L, "name", op.name);
  SetInteger(L, "macs", op.macs);
  SetInteger(L, "weights", op.weight_bytes);
  SetInteger(L, "ram", plan.live);
  SetTensors(L, model, "inputs", op.inputs, [&](int k) { return OperatorInput(model, index, k); });
  SetTensors(L, model, "outputs", op.outputs,
             [&](int k) { return OperatorOutput(model, index, k); });
  if (!op.declined.ok()) SetText(L, "npu", op.declined.what());
  // An operator may be missing a constant that is computed at load: by itself it could not run.
  if (op.support.ok() || plan.fate.fate != Fate::kRefused) {
    SetFate(L, plan.fate);
    return SetText(L, "runs_on", op.backend);
  }
  SetText(L, "reason", op.support.what());
  lua_pushvalue(L, -1);
  lua_rawseti(L, unsupported, static_cast<lua_Integer>(lua_rawlen(L, unsupported)) + 1);
}

// Sets `memory`: a row for each block of the arena, of tensors first, then what operators have to
// themselves.
void SetMemory(lua_State* L, std::span<const BlockPlan> blocks, int tensors) {
  lua_createtable(L, 0, 0);
  lua_Integer rows = 0;
  for (size_t i = 0; i < blocks.size(); ++i) {
    const BlockPlan& block = blocks[i];
    if (block.bytes == 0) continue;
    const auto count = static_cast<size_t>(tensors);
    lua_createtable(L, 0, 6);
    SetInteger(L, i < count ? "tensor" : "operator", i < count ? i + 1 : i - count + 1);
    SetInteger(L, "offset", block.offset);
    SetInteger(L, "bytes", block.bytes);
    SetInteger(L, "first", static_cast<uint64_t>(block.first));
    SetInteger(L, "last", static_cast<uint64_t>(block.last));
    if (block.within >= 0) SetInteger(L, "within", static_cast<uint64_t>(block.within) + 1);
    lua_rawseti(L, -2, ++rows);
  }
  lua_setfield(L, -2, "memory");
}

// nn.analyze -------------------------------------------------------------------------

// A model for the time of a report, collected when something raises in between.
struct ReportedModel {
  Model model;
};

int CloseReported(lua_State* L) {
  static_cast<ReportedModel*>(lua_touserdata(L, 1))->model = Model();
  return 0;
}
constexpr luaL_Reg kReportedMetamethods[] = {{"__gc", CloseReported}, {nullptr, nullptr}};
const luaL_Reg* const kReportedMetamethodLists[] = {kReportedMetamethods};
const Class kReportedClass = {
    "model file", "moonlet.model_file", nullptr, {}, kReportedMetamethodLists};

Status OpenModel(lua_State* L, const char* path, std::span<const uint8_t> contents,
                 Model* model) noexcept {
  Bytes bytes;
  const Status s =
      path != nullptr ? ReadFile(L, path, false, &bytes) : CopyBytes(L, contents, &bytes);
  if (!s.ok()) return s;
  return Model::Open(std::move(bytes), Runtime::Of(L).engine_memory(), model);
}

// nn.analyze(path) -> table | nil, message
int AnalyzeFile(lua_State* L) {
  const char* path = luaL_checkstring(L, 1);
  lua_settop(L, 1);
  Status s;
  const Model* model = PushModelFile(L, path, {}, &s);
  if (model == nullptr) return PushFailure(L, path, s);
  PushAnalysis(L, *model, nullptr, SelectedNpu(L), SessionOptions::kAnyAmount, FileName(path));
  // The file goes now, not when the collector comes.
  static_cast<ReportedModel*>(lua_touserdata(L, 2))->model = Model();
  return 1;
}

// model:summary() -> string | nil, message
int Summary(lua_State* L) {
  const ModelBox& box = *CheckModel(L, 1);
  if (!box.core->model.Unchanged()) return PushChanged(L);
  lua_getiuservalue(L, 1, kName);
  const ModelCore& core = *box.core;
  PushAnalysis(L, core.model, &core.session, core.npu, core.memory.limit(), lua_tostring(L, -1));
  luaL_tolstring(L, -1, nullptr);
  return 1;
}

constexpr Entry kNnAnalyzeFunctionTable[] = {
    {"analyze", AnalyzeFile, "nn.analyze(path) -> table | nil, message", "bytes, multiply-adds",
     Doc("What is in a `.tflite` file and what running it would take, without running it: `ram` "
         "bytes in all, of which `arena` for activations (`arena_bound`: no plan can do with "
         "less), `weights` bytes, `macs`; `inputs` and `outputs`, one row for each tensor: name, "
         "dtype, shape, bytes and, where it is quantised, scale and zero_point (the first of "
         "`scales` along `axis`, where there are several); `operators`, one row each with index, "
         "name, macs, weights, `ram` (what is in use while it runs), `time` (in which step of a "
         "run it does) and its own `inputs` (false where one is left out) and `outputs`, where it "
         "`runs_on`, \"cpu\" or \"npu\", what it `becomes` where loading finds that a run can do "
         "without it (part of another, computed "
         "at load, nothing to copy, dropped: docs/models.md), and in `npu` why not there: "
         "what the NPU lacks, where there is a compiler to ask, which no device has. "
         "`unsupported` has the rows of all operators that cannot run here, each with "
         "its `reason`. `memory` is the plan of the arena, a row for each tensor that lies there "
         "(`tensor`: the `index` of its rows) and for each `operator` that needs some for itself: "
         "offset, bytes, the `first` and `last` step that it is kept for (0 is before a run, one "
         "behind the last after it), and `within` which other tensor's memory it lies, if it "
         "shares. The table prints as text."),
     Doc("local a = assert(nn.analyze(sys.find \"digits.tflite\"))\n"
         "print(#a.unsupported, a.operators[1].name) --> 0 CONV_2D\n"
         "print(a.macs > 10000, a.ram < 20000) --> true true\n"
         "print(a.operators[1].outputs[1].dtype) --> int8")},
};

constexpr Entry kNnAnalyzeMethodTable[] = {
    {"summary", Summary, "model:summary() -> string | nil, message", "bytes, multiply-adds",
     Doc("The model as text: inputs, outputs, and each operator with its output, multiply-adds, "
         "weights and memory, and what it has become where a run does without it; what "
         "`nn.analyze` "
         "tells as a table. A mapped file that was "
         "overwritten gives nil, \"model file changed\"."),
     Doc("local model = assert(nn.load(sys.find \"digits.tflite\"))\n"
         "print(model:summary():find(\"FULLY_CONNECTED\") ~= nil) --> true")},
};

}  // namespace

const std::span<const Entry> kNnAnalyzeFunctions = kNnAnalyzeFunctionTable;
const std::span<const Entry> kNnAnalyzeMethods = kNnAnalyzeMethodTable;

const Model* PushModelFile(lua_State* L, const char* path, std::span<const uint8_t> contents,
                           Status* status) {
  auto* reported = new (NewObject(L, kReportedClass, sizeof(ReportedModel), 0)) ReportedModel();
  *status = OpenModel(L, path, contents, &reported->model);
  return status->ok() ? &reported->model : nullptr;
}

void PushAnalysis(lua_State* L, const Model& model, const Session* session, const npu::EthosU& npu,
                  size_t ram, const char* name) {
  const npu::WithCpu backends(npu);
  const auto count = static_cast<size_t>(OperatorCount(model));
  auto* plans =
      static_cast<OperatorPlan*>(lua_newuserdatauv(L, sizeof(OperatorPlan) * (count + 1), 0));
  const size_t places = count + static_cast<size_t>(TensorCount(model));
  auto* memory = static_cast<BlockPlan*>(lua_newuserdatauv(L, sizeof(BlockPlan) * (places + 1), 0));
  const std::span<BlockPlan> blocks(memory, places);
  ModelReport report;
  const bool keeps = session != nullptr ? session->keeps() : kKeepPrepared;
  const Status s = Analyze(model, Runtime::Of(L).engine_memory(), &report, std::span(plans, count),
                           backends, keeps, ram, blocks);
  if (!s.ok()) RaiseStatus(L, s);
  luaL_checkstack(L, LUA_MINSTACK, "a report");
  lua_createtable(L, 0, 13);
  const int table = lua_gettop(L);
  SetText(L, "name", name);
  SetInteger(L, "bytes", model.bytes().size());
  SetInteger(L, "macs", report.macs);
  SetInteger(L, "weights", report.weight_bytes);
  const size_t arena = session == nullptr ? report.arena_bytes : session->arena_bytes();
  const size_t records = session == nullptr ? report.record_bytes : session->record_bytes();
  SetInteger(L, "ram", arena + records);
  SetInteger(L, "arena", arena);
  SetInteger(L, "arena_bound", report.arena_bound);
  if (report.patch_bands > 0) {
    SetInteger(L, "patches", static_cast<uint64_t>(report.patch_bands));
    SetInteger(L, "patch_macs", report.patch_macs);
  }
  SetTensors(L, model, "inputs", report.inputs, [&](int k) { return ModelInput(model, k); });
  SetTensors(L, model, "outputs", report.outputs, [&](int k) { return ModelOutput(model, k); });
  lua_createtable(L, report.unsupported, 0);
  lua_createtable(L, report.operators, 0);
  for (int i = 0; i < report.operators; ++i) {
    PushOperator(L, model, backends, i, plans[i], table + 1);
    lua_rawseti(L, table + 2, i + 1);
  }
  SetNpuReasons(L, model);
  lua_setfield(L, table, "operators");
  lua_setfield(L, table, "unsupported");
  SetMemory(L, blocks, report.tensors);
  SetReportType(L, "moonlet.analysis", AnalysisToString);
}

}  // namespace moonlet
