// bindings/nn_profile.cc - what operators of a model take and give: model:profile and
// model:trace.
#include <cstdio>
#include <cstring>

#include "bindings/nn_parts.h"
#include "bindings/npu_parts.h"
#include "bindings/report.h"
#include "bindings/tensor.h"
#include "boards/board.h"
#include "engine/nn/analyze.h"
#include "engine/nn/layers.h"
#include "vm/runtime.h"

namespace moonlet {
namespace {

// model:profile ----------------------------------------------------------------------

constexpr int kMostOperator = 32;

class Stopwatch final : public StepObserver {
 public:
  explicit Stopwatch(uint64_t* totals) : totals_(totals) {}
  void Before(int) override { start_ = board::Microseconds(); }
  void After(int op) override { totals_[op] += board::Microseconds() - start_; }

 private:
  uint64_t* totals_;
  uint64_t start_ = 0;
};

int ProfileToString(lua_State* L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  lua_settop(L, 1);
  const lua_Integer runs = IntegerField(L, 1, "runs");
  const lua_Number total = NumberField(L, 1, "us");
  const lua_Unsigned count = lua_rawlen(L, 1);
  char name[kNameSize], line[kLineSize];
  int width = 0;
  Widen(&width, "operator", kMostOperator);
  for (lua_Unsigned i = 1; i <= count; ++i) {
    if (lua_rawgeti(L, 1, static_cast<lua_Integer>(i)) == LUA_TTABLE) {
      TextField(L, lua_gettop(L), "name", name, sizeof(name));
      Widen(&width, name, kMostOperator);
    }
    lua_pop(L, 1);
  }
  luaL_Buffer text;
  luaL_buffinit(L, &text);
  std::snprintf(line, sizeof(line), "%.1f us per run, mean of %lld\n%5s  %-*s %9s %7s %12s", total,
                runs, "", width, "operator", "us", "share", "MAC per us");
  luaL_addstring(&text, line);
  for (lua_Unsigned i = 1; i <= count; ++i) {
    if (lua_rawgeti(L, 1, static_cast<lua_Integer>(i)) != LUA_TTABLE) {
      lua_pop(L, 1);
      continue;
    }
    const int row = lua_gettop(L);
    TextField(L, row, "name", name, sizeof(name));
    Fit(name, kMostOperator);
    const lua_Number us = NumberField(L, row, "us");
    const auto macs = static_cast<lua_Number>(SizeField(L, row, "macs"));
    lua_pop(L, 1);
    std::snprintf(line, sizeof(line), "\n%5s  %-*s %9.1f %6.1f%%", ExactText(i).text, width, name,
                  us, total > 0 ? 100 * us / total : 0);
    luaL_addstring(&text, line);
    if (macs > 0 && us > 0) {
      std::snprintf(line, sizeof(line), " %12.0f", macs / us);
      luaL_addstring(&text, line);
    }
    AddNpuLines(L, &text, 1, static_cast<lua_Integer>(i));
  }
  luaL_pushresult(&text);
  return 1;
}

// model:profile([runs]) -> table
int Profile(lua_State* L) {
  const ModelBox& box = *CheckModel(L, 1);
  const lua_Integer runs = luaL_optinteger(L, 2, 10);
  if (runs < 1)
    ArgumentError(L, 2, "at least 1 run expected, got %I", static_cast<LUAI_UACINT>(runs));
  ModelCore& core = *box.core;
  if (!core.model.Unchanged()) return PushChanged(L);
  const int operators = OperatorCount(core.model);
  const auto count = static_cast<size_t>(operators);
  auto* totals = static_cast<uint64_t*>(lua_newuserdatauv(L, sizeof(uint64_t) * (count + 1), 0));
  std::memset(totals, 0, sizeof(uint64_t) * count);
  Stopwatch stopwatch(totals);
  const uint64_t start = board::Microseconds();
  for (lua_Integer i = 0; i < runs; ++i) {
    if (Status s = core.session.Run(StopOf(L), &stopwatch); !s.ok()) {
      if (s.code() != Code::kChanged) RaiseStatus(L, s);
      return PushChanged(L);
    }
  }
  if (!core.model.Unchanged()) return PushChanged(L);
  const auto elapsed = static_cast<lua_Number>(board::Microseconds() - start);
  const auto mean = [runs](lua_Number us) { return us / static_cast<lua_Number>(runs); };

  lua_createtable(L, operators, 2);
  lua_pushinteger(L, runs);
  lua_setfield(L, -2, "runs");
  lua_pushnumber(L, mean(elapsed));
  lua_setfield(L, -2, "us");
  for (int i = 0; i < operators; ++i) {
    const OperatorReport op = DescribeOperator(core.model, i);
    lua_createtable(L, 0, 4);
    SetInteger(L, "index", static_cast<uint64_t>(i) + 1);
    SetText(L, "name", op.name);
    SetInteger(L, "macs", op.macs);
    SetNpuCycles(L, Node(core.model, i));
    lua_pushnumber(L, mean(static_cast<lua_Number>(totals[i])));
    lua_setfield(L, -2, "us");
    lua_rawseti(L, -2, i + 1);
  }
  SetReportType(L, "moonlet.profile", ProfileToString);
  return 1;
}

// model:trace ------------------------------------------------------------------------

// An operator's output: where it lies in the arena, and where its copy goes.
struct Tap {
  int op;
  int after;   // the operator after whose step it is there, or -1
  int tensor;  // in the model's graph
  Tensor view;
  void* copy;
};

// Copies what each step wrote before another one takes its memory.
class Recorder final : public StepObserver {
 public:
  explicit Recorder(std::span<const Tap> taps) : taps_(taps) {}
  void Before(int) override {
    if (!started_) After(-1);
    started_ = true;
  }
  void After(int op) override {
    for (const Tap& tap : taps_)
      if (tap.after == op && tap.copy != nullptr)
        std::memcpy(tap.copy, tap.view.data, tap.view.bytes());
  }

 private:
  std::span<const Tap> taps_;
  bool started_ = false;
};

// Pushes a userdata of all outputs of all operators, in order.
std::span<Tap> PushTaps(lua_State* L, const ModelCore& core) {
  size_t count = 0;
  const int operators = OperatorCount(core.model);
  for (int op = 0; op < operators; ++op)
    count += static_cast<size_t>(OperatorOutputs(core.model, op));
  auto* taps = static_cast<Tap*>(lua_newuserdatauv(L, sizeof(Tap) * (count + 1), 0));
  Tap* next = taps;
  for (int op = 0; op < operators; ++op)
    for (int k = 0; k < OperatorOutputs(core.model, op); ++k)
      *next++ = {op, op, OperatorOutput(core.model, op, k), {}, nullptr};
  return {taps, count};
}

Status FindViews(lua_State* L, const ModelCore& core, std::span<Tap> taps) noexcept {
  const npu::WithCpu backends(core.npu);
  Layers layers(core.model, Runtime::Of(L).engine_memory(), backends, core.session.keeps(),
                core.memory.limit());
  if (Status s = layers.Open(); !s.ok()) return s;
  for (Tap& tap : taps) {
    tap.after = layers.AvailableAfter(tap.op);
    if (!layers.Find(core.session, tap.tensor, &tap.view)) tap.view.data = nullptr;
  }
  return Status();
}

// Pushes one output with room for its copy.
void PushTap(lua_State* L, const Model& model, Tap* tap) {
  const TensorReport report = DescribeTensor(model, tap->tensor);
  lua_createtable(L, 0, 4);
  SetText(L, "name", report.name);
  if (report.scales > 0) {
    SetNumber(L, "scale", static_cast<lua_Number>(report.scale));
    lua_pushinteger(L, report.zero_point);
    lua_setfield(L, -2, "zero_point");
  }
  if (tap->view.data == nullptr) return;
  const Tensor& copy = *NewTensor(L, tap->view.dtype, tap->view.shape);
  if (copy.bytes() > 0) std::memset(copy.data, 0, copy.bytes());
  tap->copy = copy.data;
  lua_setfield(L, -2, "tensor");
}

// Pushes the rows of all operators, their outputs still to be filled.
void PushRows(lua_State* L, const ModelCore& core, std::span<Tap> taps) {
  const int operators = OperatorCount(core.model);
  lua_createtable(L, operators, 0);
  for (int op = 0; op < operators; ++op) {
    lua_createtable(L, 0, 3);
    SetInteger(L, "index", static_cast<uint64_t>(op) + 1);
    SetText(L, "name", OperatorName(core.model, op));
    lua_newtable(L);
    for (int k = 1; !taps.empty() && taps.front().op == op; taps = taps.subspan(1), ++k) {
      PushTap(L, core.model, &taps.front());
      lua_rawseti(L, -2, k);
    }
    lua_setfield(L, -2, "outputs");
    lua_rawseti(L, -2, op + 1);
  }
}

// model:trace([x1, x2, ...]) -> table | nil, message
int Trace(lua_State* L) {
  const ModelBox& box = *CheckModel(L, 1);
  const int given = lua_gettop(L) - 1;
  if (given > 0) TakeInputs(L, box, given);
  lua_settop(L, 1);
  ModelCore& core = *box.core;
  if (!core.model.Unchanged()) return PushChanged(L);
  const std::span<Tap> taps = PushTaps(L, core);
  if (Status s = FindViews(L, core, taps); !s.ok()) RaiseStatus(L, s);
  luaL_checkstack(L, LUA_MINSTACK, "a trace");
  PushRows(L, core, taps);
  Recorder recorder(taps);
  if (Status s = core.session.Run(StopOf(L), &recorder); !s.ok()) {
    if (s.code() != Code::kChanged) RaiseStatus(L, s);
    return PushChanged(L);
  }
  return 1;
}

constexpr Entry kNnProfileMethodTable[] = {
    {"profile", Profile, "model:profile([runs]) -> table | nil, message", "microseconds",
     Doc("Runs the model on what lies in its inputs, 10 times or `runs` times, and tells how long "
         "each operator took on average: rows with `index`, `name`, `macs` and `us`; `us` and "
         "`runs` of the whole. The row of a command stream for the NPU tells on a host what it "
         "would take on a unit, by the formulas of Arm's compiler: `cycles`, `utilisation` of its "
         "MACs from 0 to 1, which side `bound`s most of it (\"MAC\", \"output\", \"SRAM\" or "
         "\"flash\"), `layers` with the same of each and the `word` where it begins, for the "
         "memories of `system` at `clock_mhz`. The table prints as text. Variables move on as in "
         "`run`."),
     Doc("local model = assert(nn.load(sys.find \"digits.tflite\"))\n"
         "local p = model:profile(3)\n"
         "print(p.runs, p[1].name) --> 3 CONV_2D")},
    {"trace", Trace, "model:trace([x1, x2, ...]) -> table | nil, message", "inputs as in `run`",
     Doc("Runs the model once and keeps what every operator gives: rows with `index`, `name` and "
         "`outputs`, each of which has `name`, `scale` and `zero_point` where it is quantised, and "
         "a `tensor` of its own: none for what scripts have no dtype for and what no run computes "
         "(`becomes` in `nn.analyze`), zeros where the run ended before it. Variables move on as "
         "in `run`."),
     Doc("local model = assert(nn.load(sys.find \"digits.tflite\"))\n"
         "local rows = model:trace(tensor.zeros(model.inputs[1].shape))\n"
         "print(rows[1].name, rows[1].outputs[1].tensor.dtype) --> CONV_2D int8\n"
         "local last = rows[#rows].outputs[1].tensor\n"
         "print(last:equals(model.outputs[1].tensor)) --> true")},
};

}  // namespace

const std::span<const Entry> kNnProfileMethods = kNnProfileMethodTable;

}  // namespace moonlet
